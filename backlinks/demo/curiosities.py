"""What is unusual within a page: encodings, base, broken markup, image maps, directives, canonicals, odd hrefs.

Each function adds its curiosity to the world and links to it from an ordinary page. Not here: what is unusual about
asking (oddities.py).
"""

from storage import LinkKind, Placement

from . import topics
from .cast import Genre, Site
from .model import Charset, Document, Host, Markup, Place, Reference, Robots, Spelling, dice
from .sites import Loom, punycode
from .world import World

LINDENHOF = punycode("bäckerei-lindenhof.test")


def add_curiosities(world: World) -> None:
    for add in (
        _add_french_dairy,
        _add_japanese_coffee_house,
        _add_mislabelled_pages,
        _add_umlauts,
        _add_radio_museum,
        _add_canonicals,
        _add_refresh,
        _add_directives,
        _add_links_to_self,
        _add_mentions,
    ):
        add(world)


def _small_site(world: World, host: Host, pages: dict[str, tuple[str, str]], charset: Charset, language: str) -> None:
    """Pages by path, each with title and text, that all list each other."""
    world.add_host(host)
    world.seeds.append(Place(host.name, "/"))
    for path, (title, text) in pages.items():
        document = Document(
            place=Place(host.name, path),
            title=title,
            topic=topics.COFFEE,
            text=(text,),
            charset=charset,
            language=language,
        )
        document.is_listing = True
        document.references = [
            Reference(Place(host.name, other), words, placement=Placement.NAV, spelling=Spelling.ROOTED)
            for other, (words, _) in pages.items()
            if other != path
        ]
        host.add(document)


def _add_french_dairy(world: World) -> None:
    """In windows-1252, as its header says under the name that most use for it; smart quotes, euro and ligature."""
    host = Host(name="fromagerie-du-col.test", brand="Fromagerie du Col", address="127.0.30.14", robots=Robots())
    pages = {
        "/": (
            "Fromagerie du Col — l’été à l’alpage",
            "Nos vaches montent à l’alpage en juin et descendent à l’automne.",
        ),
        "/affinage.html": ("L’affinage, œuvre de patience", "Dix-huit mois de cave, pas un jour de moins."),
        "/tarifs.html": ("Tarifs : 24 € le kilo", "La tome se vend entière ou à la coupe, au marché de Farrowgate."),
    }
    _small_site(world, host, pages, Charset("windows-1252", "iso-8859-1", None), "fr")
    home = host.content["/"]
    assert isinstance(home, Document)  # noqa: S101 — it was just added
    home.references.append(
        Reference(world.sites["visit-farrowgate.test"].home.place, "Où nous trouver : vallée de Farrowgate")
    )
    world.sites["visit-farrowgate.test"].home.references.append(Reference(home.place, "Fromagerie du Col"))


def _add_japanese_coffee_house(world: World) -> None:
    """In Shift_JIS, which only the page itself tells."""
    host = Host(name="hoshi-coffee.test", brand="星珈琲", address="127.0.30.15", robots=Robots())
    pages = {
        "/": ("星珈琲 — ブラックウォーターの喫茶店", "毎朝六時に焙煎しています。豆は小さな農園から届きます。"),
        "/mame.html": ("豆の表と能書き", "浅煎りから深煎りまで、八種類の豆があります。"),
        "/kissa.html": ("喫茶室のご案内", "窓の席からは古い時計塔が見えます。"),
    }
    _small_site(world, host, pages, Charset("shift_jis", None, "shift_jis"), "ja")
    world.sites["slowpour.test"].home.references.append(Reference(Place(host.name, "/"), "星珈琲"))


def _add_mislabelled_pages(world: World) -> None:
    """UTF-8 that its header calls something else, with a mark at its start or without, and UTF-8 unannounced."""
    laid = world.sites["ridgewalker.test"]
    for path, charset in (
        ("/postcards/hangzhou", Charset("utf-8", "gb2312", "gb2312")),
        ("/postcards/lisboa", Charset("utf-8-sig", "iso-8859-1", None)),
        ("/postcards/tromso", Charset("utf-8", None, None)),
    ):
        document = Document(
            place=Place(laid.host.name, path),
            title=f"Postcard from {path.rpartition('/')[2].title()}",
            topic=topics.TRAVEL,
            text=(
                "杭州的西湖边有许多茶馆，我们在那里坐了一个下午，看着船来船往。",
                "São Tomé, Tromsø, Łódź – naïve café.",
            ),
            charset=charset,
        )
        document.references = [
            Reference(laid.home.place, "Back home"),
            Reference(world.page("visit-farrowgate.test", len(path)).place, "The walk that began it all"),
        ]
        laid.host.add(document)
        laid.home.references.append(Reference(document.place, document.title, spelling=Spelling.ROOTED))


def _add_umlauts(world: World) -> None:
    """A name and a path outside ASCII, typed as people do; the canonical form has neither."""
    laid = world.sites[LINDENHOF]
    bread = Place(LINDENHOF, "/brot/r%C3%B6stzwiebelbrot%20gro%C3%9F")
    document = Document(place=bread, title="Röstzwiebelbrot, groß", topic=topics.BREAD)
    document.references.append(Reference(laid.home.place, "Zurück", spelling=Spelling.ROOTED))
    laid.host.add(document)
    laid.home.references.append(Reference(bread, "Röstzwiebelbrot", spelling=Spelling.UNICODE))
    for name in ("sourdough-school.test", "ada-bakes.quillpad.test", "valley-directory.test"):
        page = world.page(name, 2)
        page.references.append(Reference(laid.home.place, laid.site.brand, spelling=Spelling.UNICODE))


def _add_radio_museum(world: World) -> None:
    """Made in 1998 and never touched again: old and broken markup, a base elsewhere, an image map."""
    laid = world.add_site(
        Site(
            domain="grandpas-radios.test",
            brand="Grandpa's Radios",
            topic=topics.CLOCKS,
            genre=Genre.SHOP,
            pages=9,
            address="127.0.50.3",
            sections=("Tubes",),
        )
    )
    world.seeds.append(laid.home.place)
    loom = Loom(
        [laid, *(world.sites[name] for name in ("commonbook.test", "clockmuseum.test"))], dice(world.seed, "old")
    )
    loom.furnish(laid)
    for index, document in enumerate(laid.documents):
        document.markup = Markup.BROKEN if index % 2 else Markup.OLD
        document.charset = Charset("windows-1252", None, None)
    for article in laid.articles:
        article.references += [*loom.related(laid, article), *loom.outward(laid, article.topic)]
    laid.articles[0].base = Place(laid.host.name, "/tubes/old/attic/")
    laid.articles[1].base = Place(laid.host.name, "/")
    laid.home.references += [
        Reference(article.place, f"Shelf {number}", kind=LinkKind.AREA, spelling=Spelling.ROOTED)
        for number, article in enumerate(laid.articles[:4], 1)
    ]
    world.page("clockmuseum.test", 3).references.append(Reference(laid.home.place, "an old friend's radios"))


def _add_canonicals(world: World) -> None:
    """Print versions that name the page they are of, and an article that names its original on another host."""
    laid = world.sites["docs.stonebridge.test"]
    for article in laid.articles[:5]:
        copy = Document(
            place=Place(laid.host.name, f"{article.place.path}?print=1&lang=en"),
            title=article.title,
            topic=article.topic,
        )
        copy.canonical = article.place
        copy.references.append(Reference(article.place, "Screen version", spelling=Spelling.RELATIVE))
        laid.host.add(copy)
        article.references.append(Reference(copy.place, "Print version", spelling=Spelling.RELATIVE))
        article.canonical = article.place
    original, echo = world.page("ada-bakes.quillpad.test", 0), world.page("sourdough-school.test", 0)
    echo.title, echo.canonical = original.title, original.place


def _add_refresh(world: World) -> None:
    laid = world.sites["clockmuseum.test"]
    old = Document(place=Place(laid.host.name, "/visit/opening-hours-2009"), title="Moved", topic=topics.CLOCKS)
    old.refresh = laid.articles[0].place
    old.references.append(Reference(laid.articles[0].place, "Please go here"))
    laid.host.add(old)
    world.page("visit-farrowgate.test", 1).references.append(Reference(old.place, "opening hours"))


def _add_directives(world: World) -> None:
    """Pages that do not vouch for their links, as page or header say; what only they link to stays unread."""
    for name, meta, header in (
        ("gadget-gazette.test", "noindex, nofollow", ""),
        ("best-of-brackwater.test", "", "nofollow"),
        ("valley-directory.test", "none", ""),
        ("fiddle-and-bow.test", "noindex", ""),
        ("three-sparrows.test", "", "noindex"),
    ):
        laid = world.sites[name]
        page = laid.articles[3]
        page.meta_robots, page.header_robots = meta, header
        partner = Document(place=Place(name, "/partners/vouched-by-nobody"), title="Partners", topic=laid.site.topic)
        partner.references.append(Reference(laid.home.place, "Home"))
        laid.host.add(partner)
        page.references.append(Reference(partner.place, "Our partners", spelling=Spelling.ROOTED))


def _add_links_to_self(world: World) -> None:
    for name in ("aldermoor-courier.test", "commonbook.test", "gearforum.test"):
        for number in (0, 1):
            page = world.page(name, number)
            page.references.append(Reference(page.place, "Back to top", spelling=Spelling.HERE))
            home = world.sites[name].home
            page.references.append(Reference(home.place, "Start", placement=Placement.NAV, spelling=Spelling.DOTTED))


def _add_mentions(world: World) -> None:
    """Names that are praised and not linked."""
    rng = dice(world.seed, "mentions")
    makers = [laid for laid in world.sites.values() if laid.articles and laid.site.is_seed]
    for _ in range(40):
        about, by = rng.sample(makers, 2)
        article = rng.choice(by.articles)
        if all(one.target.host != about.host.name for one in article.references):
            article.mentions.append(about.site.brand)

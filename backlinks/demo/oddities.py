"""What is unusual about asking: robots rules, sitemaps, redirects, errors, files, a host that is gone.

Each function adds its oddity to the world and links to it from an ordinary page, so that a crawl meets it.

Not here: what is unusual within a page (curiosities.py).
"""

from itertools import pairwise

from . import topics
from .cast import Genre, Site
from .model import Document, File, Host, Moved, Place, Reference, Robots, Sitemap, Spelling, Trouble, dice
from .sites import Loom
from .world import World

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
REDIRECTS = (301, 302, 307, 308)
CHAIN_LENGTH = 8
DEAD_ADDRESS = "127.0.99.1"


def add_oddities(world: World) -> None:
    for add in (
        _add_rules,
        _add_locked_archive,
        _add_sitemaps,
        _add_shortener,
        _add_www,
        _add_renamed_bakery,
        _add_closed_bookshop,
        _add_passing_troubles,
        _add_files,
        _add_dead_shop,
        _add_typing_errors,
    ):
        add(world)
    for name in ("docs.stonebridge.test", "aldermoor-courier.test", "commonbook.test"):
        world.hosts[name].is_gzipped = True
    for name in ("stonebridge.test", "docs.stonebridge.test", "clockmuseum.test"):
        world.hosts[name].has_etags = True


def _document(world: World, host: str, path: str, title: str) -> Document:
    """One more page of a site, with a way home and linked from nowhere yet."""
    laid = world.sites[host]
    document = Document(place=Place(host, path), title=title, topic=laid.site.topic)
    document.references.append(Reference(laid.home.place, "Home", spelling=Spelling.ROOTED))
    return laid.host.add(document)


def _add_rules(world: World) -> None:
    """Rules of several kinds, and pages on both sides of each."""
    wiki, forum = world.sites["commonbook.test"], world.sites["gearforum.test"]
    wiki.host.robots = Robots(rules=[("Disallow", "/wiki/Special:"), ("Allow", "/wiki/Special:Recent")])
    forum.host.robots = Robots(
        rules=[
            ("Disallow", "/members/"),
            ("Allow", "/members/welcome"),
            ("Disallow", "/*sort="),
            ("Disallow", "/*.php$"),
        ],
        crawl_delay_seconds=0.2,
    )
    for laid, path, words, is_forbidden in (
        (wiki, "/wiki/Special:Export", "Export pages", True),
        (wiki, "/wiki/Special:Recent", "Recent changes", False),
        (forum, "/members/brakelever", "Member of the month", True),
        (forum, "/members/welcome", "New here?", False),
        (forum, "/board.php?b=1&sort=newest", "Newest first", True),
        (forum, "/login.php", "Log in", True),
    ):
        document = _document(world, laid.host.name, path, words)
        laid.home.references.append(Reference(document.place, document.title, spelling=Spelling.ROOTED))
        if is_forbidden:
            laid.host.forbidden.add(path)
    world.hosts["uni-dunmere.test"].robots = Robots(status=403)
    world.hosts["clockmuseum.test"].robots = None
    world.hosts["candlewick.test"].robots = Robots(rules=[("Disallow", "")], crawl_delay_seconds=0.15)


def _add_locked_archive(world: World) -> None:
    """Its robots.txt answers 503, so nothing on it may be asked for now."""
    archive = world.add_site(
        Site(
            domain="archive.aldermoor-courier.test",
            brand="Courier Archive",
            topic=topics.CIVIC,
            genre=Genre.NEWS,
            pages=4,
            address="127.0.10.2",
            sections=("Years",),
        )
    )
    archive.host.robots = Robots(status=503)
    Loom([archive], dice(world.seed, "archive")).furnish(archive)
    world.sites["aldermoor-courier.test"].home.references.append(Reference(archive.home.place, "Archive"))


def _add_sitemaps(world: World) -> None:
    """Pages that only sitemaps know: an index with a gzipped part, and one at the usual place that nobody names."""
    courier, bakery = world.sites["aldermoor-courier.test"].host, world.sites["crumb-and-ember.test"].host
    fresh = [_document(world, courier.name, f"/town/extra-{n}.html", f"Extra edition {n}").place for n in (1, 2, 3)]
    old = [_document(world, courier.name, f"/town/found-{n}.html", f"Found in the cellar {n}").place for n in (1, 2, 3)]
    parts = {
        "/sitemap-fresh.xml": Sitemap(entries=tuple(fresh)),
        "/sitemap-old.xml.gz": Sitemap(entries=tuple(old), is_gzipped=True),
    }
    courier.content |= parts
    courier.content["/sitemap-index.xml"] = Sitemap(children=tuple(Place(courier.name, path) for path in parts))
    index = Place(courier.name, "/sitemap-index.xml")
    courier.robots = Robots(rules=[("Disallow", "/search")], sitemaps=[index])
    secret = _document(world, bakery.name, "/bread/tomorrows-loaf", "Tomorrow's loaf")
    bakery.content["/sitemap.xml"] = Sitemap(entries=(secret.place, Place(bakery.name, "/")))


def _add_shortener(world: World) -> None:
    """Short links of every status, a chain longer than anyone should follow, and a loop."""
    host = world.add_host(Host(name="snip.test", brand="Snip", address="127.0.40.9", robots=Robots()))
    host.add(Document(place=Place(host.name, "/"), title="Snip, short links", topic=topics.SOFTWARE))
    world.seeds.append(Place(host.name, "/"))
    blogs = [laid for laid in world.sites.values() if laid.site.genre is Genre.BLOG]
    targets = [laid for laid in world.sites.values() if laid.articles and laid.site.is_seed]
    for index, blog in enumerate(blogs):
        short = Place(host.name, f"/s{index}")
        target = targets[index * 3 % len(targets)].articles[0]
        spelling = Spelling.SCHEMELESS if index % 3 else Spelling.ABSOLUTE
        host.content[short.path] = Moved(status=REDIRECTS[index % 4], target=target.place, spelling=spelling)
        blog.articles[0].references.append(Reference(short, "snip.test" + short.path))
    chain = [Place(host.name, f"/chain/{number}") for number in range(CHAIN_LENGTH)]
    for one, following in pairwise(chain):
        host.content[one.path] = Moved(status=302, target=following, spelling=Spelling.RELATIVE)
    around, back = Place(host.name, "/around"), Place(host.name, "/back")
    host.content[around.path] = Moved(status=301, target=back, spelling=Spelling.ROOTED)
    host.content[back.path] = Moved(status=301, target=around, spelling=Spelling.ROOTED)
    page = world.page("ridgewalker.test", 1)
    page.references += [Reference(chain[0], "the long way"), Reference(around, "round and round")]


def _add_www(world: World) -> None:
    """Two sites answer under www. too, with a redirect for every page; some people link there."""
    for index, name in enumerate(("aldermoor-courier.test", "crumb-and-ember.test")):
        bare = world.hosts[name]
        host = world.add_host(Host(name=f"www.{name}", brand=bare.brand, address=bare.address))
        for path in bare.content:
            host.content[path] = Moved(status=301, target=Place(name, path))
        for number in range(4):
            page = world.page("best-of-brackwater.test", 2 * number + index)
            page.references.append(Reference(Place(host.name, "/"), f"www.{name}"))


def _add_renamed_bakery(world: World) -> None:
    """A seed that moved to another domain, which the crawl then takes for a seed's own."""
    old = world.add_host(Host(name="oldmill-bread.test", brand="Old Mill Bread", address="127.0.30.12"))
    new = world.add_site(
        Site(
            domain="newmill.test",
            brand="New Mill",
            topic=topics.BREAD,
            genre=Genre.SHOP,
            pages=8,
            address="127.0.30.12",
            sections=("Bread",),
            is_seed=False,
        )
    )
    Loom([new], dice(world.seed, "newmill")).furnish(new)
    old.content["/"] = Moved(status=301, target=new.home.place)
    old.content["/bread"] = Moved(status=308, target=new.sections[0].place)
    world.seeds.append(Place(old.name, "/"))
    for name in ("valley-directory.test", "sourdough-school.test", "visit-farrowgate.test", "gadget-gazette.test"):
        world.page(name, 0).references.append(Reference(Place(old.name, "/"), old.brand))
        world.page(name, 1).references.append(Reference(Place(old.name, "/bread"), "stone-baked bread"))


def _add_closed_bookshop(world: World) -> None:
    """A shop that many linked to and that is gone but for a notice: links worth rescuing."""
    host = world.add_host(Host(name="shuttered-books.test", brand="Shuttered Books", address="127.0.30.13"))
    host.add(Document(place=Place(host.name, "/"), title="Closed for good", topic=topics.BOOKS))
    world.seeds.append(Place(host.name, "/"))
    for number in range(4, 8):
        host.content[f"/catalogue/{number}"] = Trouble(status=410)
    rng = dice(world.seed, "closed")
    makers = [laid for laid in world.sites.values() if laid.articles and laid.site.is_seed]
    for number in range(8):
        for laid in rng.sample(makers, rng.randint(2, 7)):
            words = rng.choice((host.brand, "second-hand books", "their catalogue"))
            rng.choice(laid.articles).references.append(Reference(Place(host.name, f"/catalogue/{number}"), words))


def _add_passing_troubles(world: World) -> None:
    """Errors that pass, one that stays, and a page that takes its time."""
    for name, trouble in (
        ("potting-shed.test", Trouble(status=500, times=1)),
        ("redkettle.test", Trouble(status=503, times=1, retry_after="1")),
        ("slowpour.test", Trouble(status=429, times=1, retry_after="1")),
        ("gadget-gazette.test", Trouble(status=500)),
    ):
        laid = world.sites[name]
        document = _document(world, name, "/busy-page", "The page everybody wants")
        laid.home.references.append(Reference(document.place, document.title, spelling=Spelling.ROOTED))
        then = document if trouble.times else None
        laid.host.content[document.place.path] = Trouble(
            status=trouble.status, times=trouble.times, retry_after=trouble.retry_after, then=then
        )
    world.page("clockmuseum.test", 0).delay_seconds = 1.0


def _add_files(world: World) -> None:
    """What is linked to and is no page, with and without saying so in its name."""
    for name, path, words, file in (
        ("slowpour.test", "/menu.pdf", "Menu (PDF)", File(content_type="application/pdf", body=PDF)),
        ("candlewick.test", "/download?form=7", "Form 7", File(content_type="application/pdf", body=PDF)),
        ("moss-and-fern.test", "/img/large/fern.jpg", "A fern", File(content_type="image/jpeg", body=JPEG)),
        ("clockmuseum.test", "/picture?id=11", "The tower", File(content_type="image/jpeg", body=JPEG)),
    ):
        laid = world.sites[name]
        laid.host.content[path] = file
        laid.home.references.append(Reference(Place(name, path), words, spelling=Spelling.ROOTED))


def _add_dead_shop(world: World) -> None:
    """Its name resolves and nobody answers there."""
    name = "shop.redkettle.test"
    world.add_host(Host(name=name, brand="Red Kettle Shop", address=DEAD_ADDRESS, is_listening=False))
    world.sites["redkettle.test"].home.references.append(Reference(Place(name, "/"), "Our shop"))


def _add_typing_errors(world: World) -> None:
    """Links to pages that never were, inside a site and from outside."""
    rng = dice(world.seed, "typing")
    makers = [laid for laid in world.sites.values() if laid.articles and laid.site.is_seed]
    for laid in rng.sample(makers, 10):
        other = rng.choice(makers)
        wrong = Place(other.host.name, f"{rng.choice(other.articles).place.path}-typo")
        rng.choice(laid.articles).references.append(Reference(wrong, other.site.brand))

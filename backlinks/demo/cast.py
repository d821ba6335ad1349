"""Who there is in the invented web: its sites, what they are about, and how their kind links.

Plain data, most popular first: popularity falls with the place in the list as a power law. All names are invented.
"""

from dataclasses import dataclass
from enum import StrEnum

from . import topics
from .topics import Topic


class Genre(StrEnum):
    NEWS = "news"
    ENCYCLOPEDIA = "encyclopedia"
    UNIVERSITY = "university"
    DIRECTORY = "directory"
    FORUM = "forum"
    MAGAZINE = "magazine"
    CIVIC = "civic"
    BLOG = "blog"
    SHOP = "shop"
    DOCS = "docs"
    FARM = "farm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a genre links out: how many links a page, with which rel (tokens and weights), and what surrounds them."""

    outward: tuple[int, int]
    rels: tuple[tuple[str, int], ...]
    comments: int = 0
    sidebar: int = 0
    path: str = "/{slug}"
    section: str = "/{slug}/"
    words: tuple[tuple[str, int], ...] = (("brand", 5), ("title", 3), ("keyword", 2), ("generic", 2), ("naked", 1))


HABITS = {
    Genre.NEWS: Habits(
        outward=(1, 5),
        rels=(("", 6), ("noopener", 3), ("nofollow", 2), ("nofollow noopener", 1)),
        comments=3,
        path="/{section}/{slug}.html",
        section="/{slug}/",
    ),
    Genre.ENCYCLOPEDIA: Habits(
        outward=(1, 6),
        rels=(("nofollow", 9), ("nofollow noopener noreferrer", 1)),
        path="/wiki/{title}",
        section="/wiki/Portal:{title}",
        words=(("title", 8), ("brand", 3)),
    ),
    Genre.UNIVERSITY: Habits(outward=(0, 3), rels=(("", 9), ("noopener", 1)), path="/{section}/{slug}.html"),
    Genre.DIRECTORY: Habits(
        outward=(8, 20),
        rels=(("", 5), ("nofollow", 3), ("sponsored nofollow", 1)),
        path="/listing/{slug}",
        words=(("brand", 8), ("naked", 3), ("keyword", 2)),
    ),
    Genre.FORUM: Habits(
        outward=(0, 3),
        rels=(("ugc", 3), ("nofollow ugc", 6), ("UGC NoFollow", 1)),
        comments=4,
        path="/thread.php?id={number}",
        section="/board.php?b={number}",
        words=(("naked", 5), ("generic", 4), ("title", 2)),
    ),
    Genre.MAGAZINE: Habits(
        outward=(2, 6),
        rels=(("sponsored", 4), ("sponsored nofollow noopener", 3), ("", 4), ("nofollow", 1)),
        comments=2,
        sidebar=2,
        path="/{year}/{slug}/",
    ),
    Genre.CIVIC: Habits(outward=(0, 3), rels=(("", 8), ("external", 1), ("external noopener", 1)), sidebar=2),
    Genre.BLOG: Habits(
        outward=(1, 4), rels=(("", 9), ("noopener", 1)), comments=2, sidebar=4, path="/{year}/{month:02}/{slug}"
    ),
    Genre.SHOP: Habits(outward=(0, 2), rels=(("", 8), ("noopener noreferrer", 2)), path="/{section}/{slug}"),
    Genre.DOCS: Habits(outward=(0, 2), rels=(("", 1),), path="/docs/{slug}.html", section="/docs/{slug}/"),
    Genre.FARM: Habits(outward=(0, 0), rels=(("", 1),), path="/{slug}.html", words=(("keyword", 1),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host with pages. `domain` may be written in Unicode. `is_seed` is False for what is only linked to."""

    domain: str
    brand: str
    topic: Topic
    genre: Genre
    pages: int
    address: str
    town: str = "Aldermoor"
    sections: tuple[str, ...] = ()
    is_seed: bool = True
    charset: str = "utf-8"
    language: str = "en"


def _site(line: str, topic: Topic, genre: Genre, *sections: str) -> Site:
    domain, brand, pages, address, town = (part.strip() for part in line.split("|"))
    return Site(
        domain=domain,
        brand=brand,
        topic=topic,
        genre=genre,
        pages=int(pages),
        address=f"127.0.{address}",
        town=town,
        sections=sections,
    )


SITES = (
    _site("commonbook.test | Commonbook | 64 | 10.1 | Dunmere", topics.BOOKS, Genre.ENCYCLOPEDIA,
          "Trades", "Places", "Crafts", "People"),
    _site("aldermoor-courier.test | The Aldermoor Courier | 56 | 10.2 | Aldermoor", topics.CIVIC, Genre.NEWS,
          "Town", "Trade", "Culture", "Sport"),
    _site("uni-dunmere.test | University of Dunmere | 24 | 20.1 | Dunmere", topics.PHYSICS, Genre.UNIVERSITY,
          "Research", "Teaching", "People"),
    _site("physics.uni-dunmere.test | Dunmere Physics | 14 | 20.2 | Dunmere", topics.PHYSICS, Genre.UNIVERSITY,
          "Groups", "Lectures"),
    _site("library.uni-dunmere.test | Dunmere University Library | 12 | 20.1 | Dunmere", topics.BOOKS,
          Genre.UNIVERSITY, "Collections", "Guides"),
    _site("visit-farrowgate.test | Visit Farrowgate | 26 | 10.3 | Farrowgate", topics.TRAVEL, Genre.CIVIC,
          "Walks", "Stay", "Eat"),
    _site("candlewick.test | Town of Candlewick | 20 | 20.7 | Candlewick", topics.CIVIC, Genre.CIVIC,
          "Council", "Services"),
    _site("crumb-and-ember.test | Crumb & Ember | 18 | 30.1 | Aldermoor", topics.BREAD, Genre.SHOP,
          "Bread", "Courses"),
    _site("gadget-gazette.test | Gadget Gazette | 32 | 10.4 | Eastholm", topics.GADGETS, Genre.MAGAZINE,
          "Kitchen", "Outdoors", "Desk"),
    _site("valley-directory.test | The Valley Directory | 30 | 40.1 | Brackwater", topics.CIVIC, Genre.DIRECTORY,
          "Food", "Repairs", "Leisure"),
    _site("spoke-and-chain.test | Spoke & Chain | 16 | 30.2 | Brackwater", topics.CYCLING, Genre.SHOP,
          "Workshop", "Tours"),
    _site("shop.spoke-and-chain.test | Spoke & Chain Shop | 14 | 30.2 | Brackwater", topics.CYCLING, Genre.SHOP,
          "Parts", "Frames"),
    _site("gearforum.test | Gear Forum | 40 | 40.2 | Hexley", topics.CYCLING, Genre.FORUM, "Bikes", "Kitchens"),
    _site("stonebridge.test | Stonebridge Software | 10 | 40.3 | Eastholm", topics.SOFTWARE, Genre.DOCS, "Product"),
    _site("docs.stonebridge.test | Stonebridge Manual | 22 | 40.3 | Eastholm", topics.SOFTWARE, Genre.DOCS,
          "Guide", "Reference"),
    _site("clockmuseum.test | Museum of Clocks | 15 | 20.8 | Gullhaven", topics.CLOCKS, Genre.CIVIC,
          "Exhibits", "Visit"),
    _site("slowpour.test | Slowpour Coffee | 12 | 30.3 | Dunmere", topics.COFFEE, Genre.SHOP, "Beans", "Guides"),
    _site("three-sparrows.test | Three Sparrows Bakery | 12 | 30.4 | Candlewick", topics.BREAD, Genre.SHOP,
          "Bread", "Cakes"),
    _site("hilltop-cycles.test | Hilltop Cycles | 12 | 30.5 | Hexley", topics.CYCLING, Genre.SHOP, "Bikes", "Repairs"),
    _site("moss-and-fern.test | Moss & Fern | 12 | 30.6 | Farrowgate", topics.GARDENS, Genre.SHOP,
          "Plants", "Advice"),
    _site("bäckerei-lindenhof.test | Bäckerei Lindenhof | 10 | 30.7 | Gullhaven", topics.BREAD, Genre.SHOP,
          "Brot", "Café"),
    _site("redkettle.test | Red Kettle Roasters | 10 | 30.8 | Eastholm", topics.COFFEE, Genre.SHOP, "Coffee"),
    _site("fiddle-and-bow.test | Fiddle & Bow | 10 | 30.9 | Hexley", topics.MUSIC, Genre.SHOP, "Workshop"),
    _site("potting-shed.test | The Potting Shed | 10 | 30.10 | Candlewick", topics.GARDENS, Genre.SHOP, "Tools"),
    _site("sourdough-school.test | Sourdough School | 10 | 30.11 | Dunmere", topics.BREAD, Genre.BLOG, "Lessons"),
    _site("ridgewalker.test | Ridgewalker | 12 | 50.1 | Farrowgate", topics.TRAVEL, Genre.BLOG, "Routes"),
    _site("quillpad.test | Quillpad | 5 | 50.10 | Eastholm", topics.BOOKS, Genre.BLOG, "About"),
    _site("ada-bakes.quillpad.test | Ada Bakes | 6 | 50.10 | Aldermoor", topics.BREAD, Genre.BLOG, "Diary"),
    _site("slow-wheels.quillpad.test | Slow Wheels | 6 | 50.10 | Hexley", topics.CYCLING, Genre.BLOG, "Diary"),
    _site("bean-counter.quillpad.test | Bean Counter | 5 | 50.10 | Dunmere", topics.COFFEE, Genre.BLOG, "Diary"),
    _site("under-the-dial.quillpad.test | Under the Dial | 5 | 50.10 | Gullhaven", topics.CLOCKS, Genre.BLOG, "Diary"),
    _site("wet-boots.quillpad.test | Wet Boots | 5 | 50.10 | Farrowgate", topics.TRAVEL, Genre.BLOG, "Diary"),
    _site("the-third-fiddle.quillpad.test | The Third Fiddle | 5 | 50.10 | Hexley", topics.MUSIC, Genre.BLOG, "Diary"),
    _site("compost-queen.quillpad.test | Compost Queen | 5 | 50.10 | Candlewick", topics.GARDENS, Genre.BLOG, "Diary"),
    _site("borrowed-books.quillpad.test | Borrowed Books | 5 | 50.10 | Dunmere", topics.BOOKS, Genre.BLOG, "Diary"),
    _site("best-of-brackwater.test | Best of Brackwater | 14 | 40.4 | Brackwater", topics.TRAVEL, Genre.DIRECTORY,
          "Eat", "Do"),
)  # fmt: skip

FARM_ADDRESS = "127.0.66.6"
FARM_TARGET = Site(
    domain="cheap-ovens-direct.test",
    brand="Cheap Ovens Direct",
    topic=topics.GADGETS,
    genre=Genre.SHOP,
    pages=8,
    address="127.0.66.9",
    town="Eastholm",
    sections=("Ovens",),
)
FARM_DOMAINS = (
    "best-bread-oven-tips.test", "oven-deals-today.test", "my-baking-blog-online.test", "top10-kitchen-ovens.test",
    "home-oven-reviews.test", "bread-baking-secrets.test", "the-oven-expert.test", "kitchen-bargain-finder.test",
)  # fmt: skip
FARM_ANCHORS = ("cheap ovens", "best bread oven", "cheap bread ovens online", "buy cheap ovens")

FARMS = tuple(
    Site(
        domain=domain,
        brand=domain.removesuffix(".test").replace("-", " ").title(),
        topic=topics.GADGETS,
        genre=Genre.FARM,
        pages=4,
        address=FARM_ADDRESS if index < 6 else f"127.0.66.{index + 1}",  # noqa: PLR2004 — two stand beside the rest
        sections=("Articles",),
    )
    for index, domain in enumerate(FARM_DOMAINS)
)

OUTSIDE = (
    ("chirpline.test", "Chirpline"),
    ("facegrove.test", "Facegrove"),
    ("vidbarn.test", "Vidbarn"),
    ("national-weather.test", "National Weather"),
    ("paper-and-paste.test", "Paper & Paste"),
    ("ovenworks-international.test", "Ovenworks International"),
    ("railways-of-the-north.test", "Railways of the North"),
    ("ministry-of-measures.test", "Ministry of Measures"),
)
"""Linked to, never crawled: no seed names them."""

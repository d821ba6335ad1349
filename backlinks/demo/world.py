"""The whole invented world: its hosts, the sites on them, and which places are the seeds.

Not here: answering (web.py), the walk over it (truth.py).
"""

from dataclasses import dataclass, field

from storage import LinkKind, Placement

from . import topics
from .cast import FARM_ANCHORS, FARM_TARGET, FARMS, OUTSIDE, SITES, Genre, Site
from .model import Document, Host, Place, Reference, Robots, dice
from .sites import Laid, Loom, lay_out

SITEWIDE = 0.4


@dataclass(slots=True)
class World:
    seed: int
    sites: dict[str, Laid] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    seeds: list[Place] = field(default_factory=list)

    def add_site(self, site: Site) -> Laid:
        laid = lay_out(site, self.seed)
        self.sites[laid.host.name] = laid
        self.add_host(laid.host)
        return laid

    def add_host(self, host: Host) -> Host:
        self.hosts[host.name] = host
        return host

    def page(self, host: str, number: int) -> Document:
        """An article of a site, counted around."""
        articles = self.sites[host].articles
        return articles[number % len(articles)]


def registrable_domain(host: str) -> str:
    """Two labels: the invented web stays below .test, which no list of suffixes splits further."""
    return ".".join(host.split(".")[-2:])


def populate(seed: int) -> World:
    """The ordinary web: the cast, the link farm and those who are only linked to."""
    world = World(seed)
    woven = [world.add_site(site) for site in SITES]
    Loom(woven, dice(seed, "loom")).weave()
    _link_subdomains(woven)
    _grow_farm(world)
    _add_outside(world)
    for laid in woven:
        laid.host.robots = Robots(rules=[("Disallow", "/cart/"), ("Disallow", "/search")])
    world.seeds = [laid.home.place for laid in world.sites.values() if laid.site.is_seed and _is_apex(laid.host.name)]
    return world


def _is_apex(host: str) -> bool:
    return host == registrable_domain(host)


def _link_subdomains(woven: list[Laid]) -> None:
    """A parent names its children, and they name it in the footer."""
    by_host = {laid.host.name: laid for laid in woven}
    for laid in woven:
        parent = by_host[registrable_domain(laid.host.name)]
        if parent is not laid:
            parent.home.references.append(Reference(laid.home.place, laid.site.brand))


def _grow_farm(world: World) -> None:
    """One owner, many names, one address: all point at one shop, with the words it wants to rank for."""
    shop = world.add_site(FARM_TARGET)
    farms = [world.add_site(site) for site in FARMS]
    loom = Loom([shop, *farms], dice(world.seed, "farm"))
    loom.weave()
    for farm in farms:
        following = farms[(farms.index(farm) + 1) % len(farms)]
        for document in farm.documents:
            words = loom.rng.choice(FARM_ANCHORS)
            document.references += [
                Reference(shop.home.place, words),
                Reference(following.home.place, following.site.brand),
            ]


def _add_outside(world: World) -> None:
    """Sites that no seed names, linked from the footers of some and from a page or two of others."""
    rng = dice(world.seed, "outside")
    makers = [laid for laid in world.sites.values() if laid.site.genre is not Genre.FARM]
    for index, (domain, brand) in enumerate(OUTSIDE):
        outside = world.add_site(
            Site(
                domain=domain,
                brand=brand,
                topic=topics.EVERYTHING[index],
                genre=Genre.CIVIC,
                pages=3,
                address="127.0.80.1",
                sections=("About",),
                is_seed=False,
            )
        )
        Loom([outside], rng).furnish(outside)
        for laid in rng.sample(makers, 12):
            for document in laid.documents if rng.random() < SITEWIDE else laid.documents[:2]:
                document.references.append(
                    Reference(outside.home.place, brand, "me noopener", LinkKind.IMAGE, Placement.FOOTER)
                )

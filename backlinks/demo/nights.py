"""What changes from one night to the next: links won, lost and altered, pages gone and new.

Night n is night n - 1 and a day's changes, so the same seed tells the same story every time.
"""

from .model import Document, Place, Reference, Spelling, dice
from .prose import Voice
from .sites import Laid, Loom
from .world import World, registrable_domain

LOST_SHARE = 0.05
WON_SHARE = 0.08
QUALIFIED_SHARE = 0.02
PAGES_GONE = 4
PAGES_NEW = 6
PAGES_HIDDEN = 2


def pass_nights(world: World, night: int) -> None:
    """From the first night to `night`."""
    for number in range(2, night + 1):
        _Day(world, number).pass_by()


class _Day:
    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number
        self._rng = dice(world.seed, "night", number)
        self._sites = [laid for laid in world.sites.values() if laid.site.is_seed and laid.articles]
        self._loom = Loom(self._sites, self._rng)

    def pass_by(self) -> None:
        for laid in self._sites:
            for article in laid.articles:
                self._change_links(laid, article)
        for laid in self._rng.sample(self._sites, PAGES_NEW):
            self._write_page(laid)
        for laid in self._rng.sample(self._sites, PAGES_GONE):
            gone = laid.articles.pop()
            laid.host.content.pop(gone.place.path)
        for laid in self._rng.sample(self._sites, PAGES_HIDDEN):
            laid.articles[0].meta_robots = "noindex"

    def _change_links(self, laid: Laid, article: Document) -> None:
        kept = []
        for one in article.references:
            throw = self._rng.random()
            if not _leads_out(article, one) or throw >= LOST_SHARE + QUALIFIED_SHARE:
                kept.append(one)
            elif throw >= LOST_SHARE:
                kept.append(one._replace(rel="nofollow"))
        article.references = kept
        if self._rng.random() < WON_SHARE:
            article.references += self._loom.outward(laid, article.topic)

    def _write_page(self, laid: Laid) -> None:
        path = f"/news/{self._number}"
        title = Voice(laid.site.topic, self._rng).title()
        document = Document(place=Place(laid.host.name, path), title=title, topic=laid.site.topic)
        home = Reference(laid.home.place, "Home", spelling=Spelling.ROOTED)
        document.references = [home, *self._loom.outward(laid, document.topic)]
        laid.host.add(document)
        laid.home.references.append(Reference(document.place, title, spelling=Spelling.ROOTED))


def _leads_out(article: Document, reference: Reference) -> bool:
    return registrable_domain(article.place.host) != registrable_domain(reference.target.host)

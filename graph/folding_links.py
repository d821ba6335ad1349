"""Links of one source at a time folded into edges: what selection.py does with arrays, done while streaming.

Not here: which links are wanted (wanted.py), pages that are one page (folding.py).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from storage import UNFOLLOWED, EdgeRow, LinkRow

MASK = int(UNFOLLOWED)


class _Edge:
    """Links of one pair as they come, page after page. Its words are those of the first link that has some."""

    __slots__ = (
        "first_seen", "followed_links", "followed_pages", "last_followed_page", "last_page", "last_seen", "links",
        "pages", "words",
    )  # fmt: skip

    def __init__(self, first_seen: int, last_seen: int) -> None:
        self.links = self.followed_links = self.pages = self.followed_pages = 0
        self.last_page = self.last_followed_page = 0
        self.first_seen, self.last_seen = first_seen, last_seen
        self.words = ""

    def add(self, link: LinkRow) -> None:
        _, _, page, flags, first_seen, last_seen, words = link
        self.links += 1
        if page != self.last_page:
            self.pages += 1
            self.last_page = page
        if not flags & MASK:
            self.followed_links += 1
            if page != self.last_followed_page:
                self.followed_pages += 1
                self.last_followed_page = page
        self.first_seen = min(self.first_seen, first_seen)
        self.last_seen = max(self.last_seen, last_seen)
        self.words = self.words or words

    def row(self, source: int, target: int) -> EdgeRow:
        return (
            source, target, self.links, self.followed_links, self.pages, self.followed_pages, self.first_seen,
            self.last_seen,
        )  # fmt: skip


def fold_links(links: Iterable[LinkRow]) -> Iterator[tuple[EdgeRow, str]]:
    """An edge for each pair, with its anchor text; the links of a source must come together."""
    for source, its_links in groupby(links, key=itemgetter(0)):
        edges: dict[int, _Edge] = {}
        for link in its_links:
            edge = edges.get(link[1])
            if edge is None:
                edge = edges[link[1]] = _Edge(link[4], link[5])
            edge.add(link)
        for target, edge in edges.items():
            yield edge.row(source, target), edge.words

"""Pages and links for the writer's benchmark, made as they are asked for.

Pages have 60 links: 45 repeat what a site's pages all carry (menu, footer, neighbours), 8 name pages of the same site,
half of them for the first time, 7 lead to pages of other sites by a power law. A link's words are mostly the title of
its target, so that a target met again brings no new words; four links a page have words of their own. So 7 % of
the links bring a new path, of 27 characters, and 13 % new words, of 24. (The crawl of a real documentation site,
168,254 links: 4.5 %, of 25 characters, and 22 %, of 22; without surroundings of links it had 46 bytes a link.)

Sites are visited in turn, as politeness has it, so that the pages of a batch have little in common, and which page of a
site a link leads to is chosen evenly, which is harder on the writer's memory than the web is. What waits is kept as
plain numbers, so that the garbage collector's work on it is not taken for the writer's.
"""

import random
import time
from collections import deque
from collections.abc import Iterator, Sequence

from storage import (
    Candidate,
    FetchKind,
    FetchRecord,
    HostClock,
    Link,
    LinkFlags,
    Outcome,
    Page,
    StopReason,
    Visit,
    Waiting,
    pack_flags,
)

SITES = 2_000
LINKS_PER_PAGE = 60
MENU_LINKS = 45
OWN_WORDS = 4
PRIMES = (1_000_003, 7_368_787, 15_485_863)
EXTERNAL = int(LinkFlags.EXTERNAL)  # a plain number, as the crawler sends it
WORDS = [f"word{number}" for number in range(5_000)]
MAX_SENT = 500_000


class LinkWeb:
    """Sites whose pages are made as they are asked for."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._known: list[int] = [1] * SITES
        self._menus = [
            [self.link(site, site, menu, f"menu {menu}", placement=1) for menu in range(MENU_LINKS)]
            for site in range(SITES)
        ]

    def links(self, site: int) -> Iterator[tuple[Candidate, Link]]:
        rng = self._rng
        yield from self._menus[site]
        for _ in range(4):
            self._known[site] += 1
            yield self._article(site, site, self._known[site])
        for _ in range(4):
            yield self._article(site, site, rng.randrange(self._known[site]) + 1)
        for number in range(7):
            target = int(rng.paretovariate(0.6) * 3) % SITES
            yield self._article(site, target, rng.randrange(self._known[target]) + 1, own_words=number < OWN_WORDS)

    def _article(self, site: int, target: int, number: int, *, own_words: bool = False) -> tuple[Candidate, Link]:
        seed = self._rng.randrange(1 << 30) if own_words else target * 7_919 + number
        words = " ".join(WORDS[(seed * prime >> 12) % len(WORDS)] for prime in PRIMES)
        return self.link(site, target, 100 + number, words)

    def link(self, site: int, target: int, number: int, words: str, *, placement: int = 0) -> tuple[Candidate, Link]:
        host = f"www.site{target}.test"
        url = f"https://{host}/section-{number % 17}/page-{number}.html"
        candidate = Candidate(url, f"https://{host}", host, f"site{target}.test", 1, StopReason.WANTED)
        flags = pack_flags(EXTERNAL if site != target else 0, 0, placement)
        before, after = ("some words before it", "and after") if site != target else ("", "")
        return candidate, Link(url, words, "", flags, before, after)


class Turns:
    """What waits, a queue a site, taken in turn. Kept as plain numbers: see the module."""

    def __init__(self) -> None:
        self._queues: list[deque[int]] = [deque() for _ in range(SITES)]
        self._turn: deque[int] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, waiting: Sequence[Waiting]) -> None:
        for one in waiting:
            site = int(one.host.split(".")[1][4:])
            queue = self._queues[site]
            if not queue:
                self._turn.append(site)
            queue.append(one.url_id)
        self._count += len(waiting)

    def take(self) -> tuple[int, int]:
        """A site and the id of one of its URLs."""
        site = self._turn.popleft()
        queue = self._queues[site]
        url_id = queue.popleft()
        if queue:
            self._turn.append(site)
        self._count -= 1
        return site, url_id


class Sender:
    """What a shard does before the writer: remembers what it has sent, and makes one visit a page."""

    def __init__(self, web: LinkWeb) -> None:
        self.waiting = Turns()
        self._web = web
        self._sent: set[str] = set()

    def visits(self, count: int) -> list[Visit]:
        return [self._visit() for _ in range(min(len(self.waiting), count))]

    def _visit(self) -> Visit:
        site, url_id = self.waiting.take()
        links, candidates = [], []
        for candidate, link in self._web.links(site):
            links.append(link)
            if candidate.url not in self._sent:
                self._sent.add(candidate.url)
                candidates.append(candidate)
        if len(self._sent) > MAX_SENT:
            self._sent.clear()
        page = Page(
            outcome=Outcome.OK, status=200, fetched_at=time.time(), title="A title of usual length for a page",
            content_type="text/html; charset=utf-8", text="words of the page " * 55, text_digest=url_id,
            word_count=600, bytes_received=30_000, elapsed_seconds=0.2,
        )  # fmt: skip
        host = f"www.site{site}.test"
        fetch = FetchRecord(
            url=f"https://{host}/", host=host, kind=FetchKind.PAGE, started_at=page.fetched_at,
            elapsed_seconds=0.2, outcome=Outcome.OK, status=200, bytes_received=30_000, address="192.0.2.1",
        )  # fmt: skip
        clock = HostClock(host=host, ready_at=page.fetched_at + 1)
        return Visit(url_id=url_id, depth=1, host=clock, fetch=fetch, page=page, links=links, candidates=candidates)

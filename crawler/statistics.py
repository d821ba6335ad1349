"""What a crawl says of itself while it works, and when it ends."""

import os
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storage import FetchKind, FetchRecord, HostClock, Outcome, StopReason

RATE_WINDOW = 15
"""Looks over which pages and links per second are averaged."""

FINE_OUTCOMES = frozenset({Outcome.OK, Outcome.NOT_MODIFIED, Outcome.REDIRECT, Outcome.NOT_HTML})
LACKING_STATUSES = frozenset({401, 403, 404, 410})

PROC_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlStatistics:
    """One look at a running crawl; counts are of this process, `waiting_urls` and hosts of the whole frontier.

    `heap_operations` over `leases` is what choosing the next URL costs, which does not grow with what waits.
    """

    elapsed_seconds: float
    pages: int
    links: int
    fetches: int
    pages_per_second: float
    links_per_second: float
    in_flight: int
    hosts_due: int
    hosts_resting: int
    hosts_retired: int
    waiting_urls: int
    unsaved_visits: int
    errors_by_outcome: Mapping[str, int]
    stops: Mapping[str, int]
    resident_bytes: int
    politeness_seconds_left: float
    why_idle: str | None = None
    leases: int = 0
    heap_operations: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSummary:
    """How a run ended: `done`, `idle`, `max_pages`, `max_seconds` or `interrupted`. Resting hosts keep their URLs."""

    run_id: int
    is_continued: bool
    end_reason: str
    statistics: CrawlStatistics
    resting: tuple[HostClock, ...] = ()
    retired: tuple[HostClock, ...] = ()


@dataclass(slots=True)
class Tally:
    """Counts as the crawl goes."""

    clock: Callable[[], float] = time.monotonic
    pages: int = 0
    links: int = 0
    fetches: int = 0
    leases: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    _began: float = 0.0
    _looks: deque[tuple[float, int, int]] = field(default_factory=lambda: deque(maxlen=RATE_WINDOW))

    def __post_init__(self) -> None:
        self._began = self.clock()
        self._looks.append((self._began, 0, 0))

    @property
    def elapsed_seconds(self) -> float:
        return self.clock() - self._began

    def count_fetch(self, record: FetchRecord) -> None:
        """A sitemap or robots.txt that a site does not have is no error."""
        self.fetches += 1
        is_lacking = record.kind is not FetchKind.PAGE and record.status in LACKING_STATUSES
        if record.outcome not in FINE_OUTCOMES and not is_lacking:
            self.errors[record.outcome.value] += 1

    def count_page(self, link_count: int) -> None:
        self.pages += 1
        self.links += link_count

    def count_stop(self, stop: StopReason) -> None:
        self.stops[stop.name.lower()] += 1

    def rates(self) -> tuple[float, float]:
        """Pages and links per second over the last looks; each call is a look."""
        now = self.clock()
        then, pages, links = self._looks[0]
        self._looks.append((now, self.pages, self.links))
        seconds = max(now - then, 1e-3)
        return (self.pages - pages) / seconds, (self.links - links) / seconds


def resident_bytes() -> int:
    """Memory of this process now, or at its most where the system tells no more."""
    try:
        pages = int(PROC_STATM.read_text().split()[1])
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")

"""The waiting URLs of one host, with its clock.

The URLs in memory are the first of the host's queue, by depth and then by age; what is behind them is on disk, and only
counted. So memory is a cache: a URL can be dropped back to disk at any time, unless its row there is not yet what we
know (it was tried in this run). Nothing here knows of other hosts.

Not here: whose turn it is (frontier.py), when a host may be asked again (politeness.py).
"""

from bisect import insort
from collections.abc import Iterable
from enum import IntEnum
from heapq import heappop, heappush
from typing import NamedTuple

from storage import FetchKind, HostClock, Waiting

from .addresses import AddressGroup, Charge
from .budgets import DomainAccount
from .due_heap import DueHeap
from .errors import FrontierError
from .politeness import Tries

NO_ROW = 0
"""The `url_id` of an errand: a robots.txt is not in the frontier on disk."""

ERRAND_DEPTH = -1
"""Errands go before all URLs."""


class HostQueueState(IntEnum):
    """Where a host stands.

    Who makes each transition (methods of Frontier):

    EMPTY    → READY, HUNGRY   add, add_errand
    HUNGRY   → READY, RESTING  refill; add_errand
    READY    → LEASED          lease
    RESTING  → LEASED          lease, once the rest is over
    READY    → PARKED          lease, when all pages left to the domain, or too many requests, are out
    PARKED   → READY           when one of these has ended
    LEASED   → READY, RESTING, HUNGRY, EMPTY   release, put_back, drop
    any      → RETIRED         release (the verdict), budget spent; LEASED only at its release
    RETIRED  → READY, HUNGRY   reconsider, when a spent budget has grown
    """

    READY = 0  # has a URL and is asked when its pause is over
    LEASED = 1  # one of its URLs is out
    RESTING = 2  # as READY, but the pause has a reason: it asked for it
    HUNGRY = 3  # all its URLs are on disk
    PARKED = 4  # waits for a page of its domain's budget, or for room
    EMPTY = 5  # nothing waits
    RETIRED = 6  # given up, or used up, for this run


class Lease:
    """One URL of one host, out to be asked for. `tries` is for the judge of the fetch."""

    __slots__ = ("address", "charge", "host", "leased_at", "tries", "waiting")

    def __init__(self, waiting: Waiting, *, address: str | None, tries: Tries, leased_at: float) -> None:
        self.waiting = waiting
        self.host = waiting.host
        self.address = address
        self.tries = tries
        self.leased_at = leased_at
        self.charge: Charge[HostQueue] | None = None  # None: the address is not charged, or no longer

    @property
    def kind(self) -> FetchKind:
        return self.waiting.kind

    def __repr__(self) -> str:
        return f"<Lease {self.waiting.url}>"


class HungryHost(NamedTuple):
    """Give `refill` the first `limit` rows of the host's frontier on disk, in order."""

    host: str
    limit: int


def place_in_queue(waiting: Waiting) -> tuple[int, int]:
    return waiting.depth, waiting.url_id


def as_errand(waiting: Waiting) -> Waiting:
    if waiting.url_id != NO_ROW:
        raise FrontierError(f"an errand has no frontier row: {waiting.url}")
    return waiting._replace(depth=ERRAND_DEPTH)


def is_pinned(waiting: Waiting) -> bool:
    """Tried in this run or an errand: what the disk says of it may be older than what we know."""
    return waiting.attempts > 0 or waiting.not_before > 0 or waiting.url_id == NO_ROW


class HostQueue:
    """`on_disk` counts the URLs that are only there; 0 is certain, more may be too many."""

    __slots__ = (
        "account", "added_late", "busy_since", "clock", "due", "forgotten", "group", "heap", "later", "lease", "memory",
        "newest", "on_disk", "released", "slow_downs", "state", "ticket",
    )  # fmt: skip

    def __init__(self, clock: HostClock, account: "HostAccount") -> None:
        self.clock = clock
        self.account = account
        self.group: AddressGroup[HostQueue] | None = None
        self.state = HostQueueState.EMPTY
        self.lease: Lease | None = None
        self.memory: list[Waiting] = []
        self.later: list[tuple[float, Waiting]] | None = None  # a heap by not_before
        self.on_disk = 0
        self.busy_since = 0.0  # when something first waited after nothing had
        self.newest = 0  # no URL with a greater id was ever here
        self.released: set[int] | None = None  # asked for; their rows' end may not be on disk yet
        self.added_late: int | None = None  # put on disk since a refill was asked for; None: none is on its way
        self.forgotten: list[int] | None = None  # to leave `released` when that refill is here
        self.slow_downs: dict[int, int] | None = None
        self.due = 0.0
        self.ticket = 0
        self.heap: DueHeap[HostQueue] | None = None

    @property
    def name(self) -> str:
        return self.clock.host

    @property
    def address(self) -> str | None:
        """Where it would be asked, as far as we know."""
        return None if self.group is None else self.group.address

    @property
    def ready_at(self) -> float:
        """From when on it waits for its turn; a host that had nothing to ask for does not go before those that had."""
        return max(self.clock.ready_at, self.busy_since)

    @property
    def in_memory(self) -> int:
        return len(self.memory) + (len(self.later) if self.later else 0)

    @property
    def waiting(self) -> int:
        return self.in_memory + self.on_disk

    def due_at(self, now: float) -> float | None:
        """When the next URL in memory may be asked for; None when the disk has to be read first, or nothing waits."""
        ready_at = self.ready_at
        if self.memory:
            return ready_at
        if not self.later:
            return None
        first = self.later[0][0]
        if self.on_disk and first > max(now, ready_at):
            return None
        return max(ready_at, first)

    def peek(self, now: float) -> Waiting | None:
        """Who is next at `now`."""
        self._bring_due(now)
        return self.memory[0] if self.memory else None

    def take(self, now: float) -> Waiting:
        self._bring_due(now)
        return self.memory.pop(0)

    def held_ids(self) -> set[int]:
        """In memory, out, or asked for and not yet forgotten: must not be taken again.

        Ids alone tell URLs apart: a shorter way found later moves a URL to another depth on disk.
        """
        held = {waiting.url_id for waiting in self.memory}
        held.update(waiting.url_id for _, waiting in self.later or ())
        held.update(self.released or ())
        if self.lease is not None:
            held.add(self.lease.waiting.url_id)
        return held

    def is_held(self, url_id: int) -> bool:
        """The same for one URL; a newly discovered one, whose id is the greatest so far, costs one comparison."""
        return url_id <= self.newest and url_id in self.held_ids()

    @property
    def held_count(self) -> int:
        """At most so many of the host's first rows on disk are already here."""
        return self.in_memory + (self.lease is not None) + (len(self.released) if self.released else 0)

    def refile(self, waiting: Waiting) -> None:
        """A URL that is held came nearer to a seed; when it stands in memory it moves up."""
        for index, held in enumerate(self.memory):
            if held.url_id == waiting.url_id and waiting.depth < held.depth:
                del self.memory[index]
                self.keep(held._replace(depth=waiting.depth))
                return

    def keep(self, waiting: Waiting) -> None:
        """In its place in memory."""
        self.newest = max(self.newest, waiting.url_id)
        insort(self.memory, waiting, key=place_in_queue)

    def keep_for_later(self, waiting: Waiting) -> None:
        """Until its `not_before`, without standing in the way of the others."""
        self.newest = max(self.newest, waiting.url_id)
        if self.later is None:
            self.later = []
        heappush(self.later, (waiting.not_before, waiting))

    def drop_last(self) -> int:
        """Leave the last URL of memory to the disk. How many were dropped."""
        if is_pinned(self.memory[-1]):
            return 0
        self.memory.pop()
        self.count_on_disk(1)
        return 1

    def drop_all(self, *, with_pinned: bool = False) -> int:
        """Leave memory to the disk, errands to nobody. How many were dropped."""
        before = self.in_memory
        kept = [] if with_pinned else [waiting for waiting in self.memory if is_pinned(waiting)]
        dropped = [waiting for waiting in self.memory if with_pinned or not is_pinned(waiting)]
        if with_pinned:
            dropped += [waiting for _, waiting in self.later or ()]
            self.later = None
        self.memory = kept
        self.count_on_disk(sum(waiting.url_id != NO_ROW for waiting in dropped))
        return before - self.in_memory

    def count_on_disk(self, rows: int) -> None:
        self.on_disk += rows
        if self.added_late is not None:
            self.added_late += rows

    def take_rows(self, rows: Iterable[Waiting], *, now: float, is_all: bool) -> int:
        """The answer to a refill. How many URLs were new to memory."""
        held = self.held_ids()
        new = [row for row in rows if row.url_id not in held]
        for row in new:
            if row.not_before > now:
                self.keep_for_later(row)
            else:
                self.memory.append(row)
                self.newest = max(self.newest, row.url_id)
        self.memory.sort(key=place_in_queue)
        late = self.added_late or 0
        self.added_late = None
        # Only a reader that saw the end of the queue may say that nothing is left there.
        self.on_disk = late if is_all else max(1, self.on_disk - len(new))
        self.forget(self.forgotten or ())
        self.forgotten = None
        return len(new)

    def remember_released(self, url_id: int) -> None:
        """Until `forget`; an errand has nothing to remember."""
        if url_id == NO_ROW:
            return
        if self.released is None:
            self.released = set()
        self.released.add(url_id)

    def forget(self, url_ids: Iterable[int]) -> None:
        """Their rows are gone from the disk. While a refill is on its way it may still bring them."""
        if self.added_late is not None:
            self.forgotten = [*(self.forgotten or ()), *url_ids]
        elif self.released is not None:
            self.released.difference_update(url_ids)
            if not self.released:
                self.released = None

    def note_slow_down(self, url_id: int) -> None:
        if self.slow_downs is None:
            self.slow_downs = {}
        self.slow_downs[url_id] = self.slow_downs.get(url_id, 0) + 1

    def tries_of(self, waiting: Waiting) -> Tries:
        slow_downs = self.slow_downs.get(waiting.url_id, 0) if self.slow_downs else 0
        return Tries(waiting.attempts, slow_downs)

    def _bring_due(self, now: float) -> None:
        while self.later and self.later[0][0] <= now:
            self.keep(heappop(self.later)[1])


HostAccount = DomainAccount[HostQueue]

"""What a person wants to know of a frontier: how many hosts do what, how long it still takes, and why it idles.

The estimate is a lower bound: no host can be done sooner than its waiting URLs, as far as its budget goes, times its
pause, and no address sooner than those of all its hosts times the address's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from .budgets import PageBudgets
from .host_queue import HostQueue, HostQueueState
from .politeness import Politeness

WAITING = frozenset({HostQueueState.READY, HostQueueState.RESTING, HostQueueState.HUNGRY, HostQueueState.PARKED})


class IdleReason(StrEnum):
    """Why no host may be asked at this moment; the values are for people."""

    NOT_IDLE = "not idle"
    PAGE_LIMIT = "the run has had its pages"
    NOTHING_LEFT = "nothing is left to ask for"
    READING = "waiting URLs are being read from disk"
    ADDRESSES = "every due host shares an address that was just asked"
    PAUSES = "every host is in its pause or being asked"
    RESTS = "every host that is left rests"


class Counts:
    """Hosts by state, kept as they change."""

    __slots__ = ("_hosts",)

    def __init__(self) -> None:
        self._hosts = [0] * len(HostQueueState)

    def of(self, *states: HostQueueState) -> int:
        return sum(self._hosts[state] for state in states)

    def enter(self, state: HostQueueState) -> None:
        self._hosts[state] += 1

    def move(self, old: HostQueueState, new: HostQueueState) -> None:
        self._hosts[old] -= 1
        self._hosts[new] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierStatistics:
    """`hosts_due` may be asked now, `hosts_pausing` soon, `hosts_resting` when the rest they asked for is over.

    `seconds_left` is what politeness alone still takes.
    """

    hosts: int
    hosts_due: int
    hosts_pausing: int
    hosts_resting: int
    hosts_leased: int
    hosts_retired: int
    urls_in_memory: int
    urls_on_disk: int
    pages_spent: int
    seconds_left: float
    next_due: float | None
    idle_reason: IdleReason


class Survey:
    """One pass over all hosts."""

    def __init__(self, budgets: PageBudgets[HostQueue], politeness: Politeness, now: float) -> None:
        self._budgets = budgets
        self._politeness = politeness
        self._now = now
        self._host_seconds = 0.0
        self._address_seconds: dict[str, float] = {}
        self._in_memory = 0
        self._on_disk = 0
        self._due = self._pausing = self._resting = self._reading = 0

    def statistics(self, queues: Collection[HostQueue], counts: Counts, next_due: float | None) -> FrontierStatistics:
        for queue in queues:
            self._in_memory += queue.in_memory
            self._on_disk += queue.on_disk
            if queue.state in WAITING:
                self._tell_apart(queue)
            if queue.state is not HostQueueState.RETIRED:
                self._estimate(queue)
        return FrontierStatistics(
            hosts=len(queues),
            hosts_due=self._due,
            hosts_pausing=self._pausing,
            hosts_resting=self._resting,
            hosts_leased=counts.of(HostQueueState.LEASED),
            hosts_retired=counts.of(HostQueueState.RETIRED),
            urls_in_memory=self._in_memory,
            urls_on_disk=self._on_disk,
            pages_spent=self._budgets.spent,
            seconds_left=max(self._host_seconds, max(self._address_seconds.values(), default=0.0)),
            next_due=next_due,
            idle_reason=self._idle_reason(counts, next_due),
        )

    def _tell_apart(self, queue: HostQueue) -> None:
        clock = queue.clock
        if clock.rest_reason is not None and clock.ready_at > self._now:
            self._resting += 1
        elif queue.due > self._now:
            self._pausing += 1
        else:
            self._due += 1
            self._reading += queue.state is HostQueueState.HUNGRY

    def _estimate(self, queue: HostQueue) -> None:
        limits = (queue.waiting, self._budgets.pages_left(queue.account), self._budgets.run_pages_left())
        pages = min(limit for limit in limits if limit is not None)
        if not pages:
            return
        clock = queue.clock
        pauses = (pages - 1) * self._politeness.expected_pause_seconds(clock)
        self._host_seconds = max(self._host_seconds, max(0.0, clock.ready_at - self._now) + pauses)
        if clock.address is not None:
            seconds = pages * self._politeness.options.address_delay_seconds
            self._address_seconds[clock.address] = self._address_seconds.get(clock.address, 0.0) + seconds

    def _idle_reason(self, counts: Counts, next_due: float | None) -> IdleReason:
        if self._budgets.run_pages_left() == 0:
            return IdleReason.PAGE_LIMIT
        if next_due is not None and next_due <= self._now:
            return IdleReason.NOT_IDLE
        if self._due:
            return IdleReason.READING if self._reading == self._due else IdleReason.ADDRESSES
        if self._pausing or counts.of(HostQueueState.LEASED):
            return IdleReason.PAUSES
        return IdleReason.RESTS if self._resting else IdleReason.NOTHING_LEFT

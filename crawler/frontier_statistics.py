"""What a person wants to know of a frontier: how many hosts do what, how long it still takes, and why it idles.

The estimate is a lower bound: no host can be done sooner than its waiting URLs, as far as its budget goes, times its
pause, and no address sooner than those of all its hosts times the address's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from storage import HostClock

from .budgets import PageBudgets
from .host_queue import HostQueue, HostQueueState
from .politeness import Politeness

HOSTS_A_LOOK = 5_000
"""About ten milliseconds."""

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


class Pass:
    """What was seen of the hosts on one way through all of them."""

    def __init__(self, budgets: PageBudgets[HostQueue], politeness: Politeness) -> None:
        self._budgets = budgets
        self._politeness = politeness
        self._host_seconds = 0.0
        self._address_seconds: dict[str, float] = {}
        self.seen = 0
        self.in_memory = self.on_disk = 0
        self.due = self.pausing = self.resting = self.reading = 0

    def see(self, queue: HostQueue, now: float) -> None:
        self.seen += 1
        self.in_memory += queue.in_memory
        self.on_disk += queue.on_disk
        if queue.state in WAITING:
            self._tell_apart(queue, now)
        if queue.state is not HostQueueState.RETIRED:
            self._estimate(queue, now)

    @property
    def seconds_left(self) -> float:
        return max(self._host_seconds, max(self._address_seconds.values(), default=0.0))

    def _tell_apart(self, queue: HostQueue, now: float) -> None:
        clock = queue.clock
        if clock.rest_reason is not None and clock.ready_at > now:
            self.resting += 1
        elif queue.due > now:
            self.pausing += 1
        else:
            self.due += 1
            self.reading += queue.state is HostQueueState.HUNGRY

    def _estimate(self, queue: HostQueue, now: float) -> None:
        limits = (queue.waiting, self._budgets.pages_left(queue.account), self._budgets.run_pages_left())
        pages = min(limit for limit in limits if limit is not None)
        if not pages:
            return
        clock = queue.clock
        pauses = (pages - 1) * self._politeness.expected_pause_seconds(clock)
        self._host_seconds = max(self._host_seconds, max(0.0, clock.ready_at - now) + pauses)
        if clock.address is not None:
            seconds = pages * self._politeness.options.address_delay_seconds
            self._address_seconds[clock.address] = self._address_seconds.get(clock.address, 0.0) + seconds


class Survey:
    """Looks at all hosts, a bounded number at a time, so that a look never holds up the crawl.

    With more hosts than `hosts_a_look`, what each is doing is as of the last pass that is complete.
    """

    def __init__(
        self, budgets: PageBudgets[HostQueue], politeness: Politeness, counts: Counts, hosts_a_look: int = HOSTS_A_LOOK
    ) -> None:
        self._budgets = budgets
        self._politeness = politeness
        self._counts = counts
        self._hosts_a_look = hosts_a_look
        self._queues: list[HostQueue] = []
        self._pass = self._last = Pass(budgets, politeness)

    def add(self, queue: HostQueue) -> None:
        self._queues.append(queue)

    def look(self, now: float, next_due: float | None) -> FrontierStatistics:
        self._walk(now)
        last = self._last
        return FrontierStatistics(
            hosts=len(self._queues),
            hosts_due=last.due,
            hosts_pausing=last.pausing,
            hosts_resting=last.resting,
            hosts_leased=self._counts.of(HostQueueState.LEASED),
            hosts_retired=self._counts.of(HostQueueState.RETIRED),
            urls_in_memory=last.in_memory,
            urls_on_disk=last.on_disk,
            pages_spent=self._budgets.spent,
            seconds_left=last.seconds_left,
            next_due=next_due,
            idle_reason=self._idle_reason(now, next_due),
        )

    def resting(self, now: float) -> Iterator[HostClock]:
        """Hosts that wait for a reason, by no order."""
        clocks = (queue.clock for queue in self._queues if queue.state is not HostQueueState.RETIRED)
        return (clock for clock in clocks if clock.rest_reason is not None and clock.ready_at > now)

    def retired(self) -> Iterator[HostClock]:
        return (queue.clock for queue in self._queues if queue.state is HostQueueState.RETIRED)

    def _walk(self, now: float) -> None:
        """The first pass is complete at once; there is nothing to tell before."""
        end = len(self._queues) if not self._last.seen else self._pass.seen + self._hosts_a_look
        for queue in islice(self._queues, self._pass.seen, end):
            self._pass.see(queue, now)
        if self._pass.seen >= len(self._queues):
            self._last, self._pass = self._pass, Pass(self._budgets, self._politeness)

    def _idle_reason(self, now: float, next_due: float | None) -> IdleReason:
        last = self._last
        if self._budgets.run_pages_left() == 0:
            return IdleReason.PAGE_LIMIT
        if next_due is not None and next_due <= now:
            return IdleReason.NOT_IDLE
        if last.due:
            return IdleReason.READING if last.reading == last.due else IdleReason.ADDRESSES
        if last.pausing or self._counts.of(HostQueueState.LEASED):
            return IdleReason.PAUSES
        return IdleReason.RESTS if last.resting else IdleReason.NOTHING_LEFT

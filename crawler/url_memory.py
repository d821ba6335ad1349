"""Which of the waiting URLs are in memory, and whose must be read from disk next.

There is a limit for all hosts together, and a fair share of it for each, but one URL each whatever the limit: a host
that waits in memory for its turn must never keep another from having one.

Not here: the reading (the caller's), the order within a host (host_queue.py).
"""

from collections.abc import Sequence

from storage import Waiting

from .due_heap import DueHeap, Operations
from .host_queue import HostQueue, HungryHost, place_in_queue

MAX_URLS_PER_HOST = 64

REFILL_AHEAD_SECONDS = 10.0
"""So long before a hungry host is due its URLs are asked for."""


class UrlMemory:
    """`count` is how many URLs are in memory."""

    def __init__(self, max_urls: int, operations: Operations) -> None:
        self._max_urls = max_urls
        self._hungry: DueHeap[HostQueue] = DueHeap(operations)
        self.count = 0

    def share(self, active_hosts: int) -> int:
        """URLs that one host may have here."""
        if self.count >= self._max_urls:
            return 1
        return max(1, min(MAX_URLS_PER_HOST, self._max_urls // max(1, active_hosts)))

    def add(self, queue: HostQueue, waiting: Waiting, *, share: int, now: float) -> None:
        """Take in a URL whose row is on disk, if it is among the first of its host; it may displace the last."""
        is_before_last = bool(queue.memory) and place_in_queue(waiting) < place_in_queue(queue.memory[-1])
        if not is_before_last and (queue.on_disk or len(queue.memory) >= share):
            queue.count_on_disk(1)
            return
        self.keep(queue, waiting, now=now)
        if len(queue.memory) > share:
            self.count -= queue.drop_last()

    def keep(self, queue: HostQueue, waiting: Waiting, *, now: float) -> None:
        """Take in a URL whatever the limit, such as one that must be tried again."""
        if waiting.not_before > now:
            queue.keep_for_later(waiting)
        else:
            queue.keep(waiting)
        self.count += 1

    def take(self, queue: HostQueue, now: float) -> Waiting:
        self.count -= 1
        return queue.take(now)

    def drop(self, queue: HostQueue, *, with_pinned: bool) -> None:
        """Leave a host's URLs to the disk."""
        self.count -= queue.drop_all(with_pinned=with_pinned)

    def want(self, queue: HostQueue, due: float) -> None:
        """The host will have nothing to ask for at `due`, unless it is read from disk."""
        if queue.on_disk and queue.added_late is None:
            self._hungry.set(queue, due)

    def is_wanted(self, queue: HostQueue) -> bool:
        return queue.heap is self._hungry

    def hungry(self, limit: int, *, share: int, now: float) -> list[HungryHost]:
        """Whom to read, the soonest first; each is told once and answered with `refill`."""
        found: list[HungryHost] = []
        while len(found) < limit:
            queue = self._hungry.top()
            if queue is None or queue.due > now + REFILL_AHEAD_SECONDS:
                break
            self._hungry.discard(queue)
            queue.added_late = 0
            found.append(HungryHost(queue.name, max(1, share - queue.in_memory) + queue.held_count))
        return found

    def refill(self, queue: HostQueue, rows: Sequence[Waiting], *, now: float, is_all: bool) -> None:
        self.count += queue.take_rows(rows, now=now, is_all=is_all)

    def next_due(self) -> float | None:
        """When the first hungry host may be asked."""
        queue = self._hungry.top()
        return None if queue is None else queue.due

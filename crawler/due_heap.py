"""A heap of things by the moment they are due, whose moments may change.

An entry is never looked for: a thing that moves gets a new entry, and the old one is known as stale by its ticket when
it comes to the top. When more than half of the entries are stale they are swept out, so that memory follows the living
and the cost stays logarithmic, taken over many operations. Ties go to whoever came first.

A thing is in at most one heap at a time; entering another leaves the first.
"""

from heapq import heapify, heappop, heappush, heapreplace
from itertools import count
from typing import Generic, Protocol, Self, TypeVar

SWEEP_SLACK = 32

_tickets = count(1)


class Operations:
    """Counts heap pushes, pops and swept entries of all heaps that share it: the cost of choosing, without a clock."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Dueable(Protocol):
    """What a heap may hold. The heap alone writes these three."""

    due: float
    ticket: int
    heap: "DueHeap[Self] | None"


Item = TypeVar("Item", bound=Dueable)


class DueHeap(Generic[Item]):
    __slots__ = ("_entries", "_live", "_operations")

    def __init__(self, operations: Operations) -> None:
        self._entries: list[tuple[float, int, Item]] = []
        self._live = 0
        self._operations = operations

    def __len__(self) -> int:
        return self._live

    def set(self, item: Item, due: float) -> None:
        """Enter, or move."""
        if item.heap is self:
            if item.due == due:
                return
        else:
            if item.heap is not None:
                item.heap.discard(item)
            item.heap = self
            self._live += 1
        self._push(item, due)

    def top(self) -> Item | None:
        entries = self._entries
        while entries:
            _, ticket, item = entries[0]
            if item.ticket == ticket:
                return item
            heappop(entries)
            self._operations.count += 1
        return None

    def take(self) -> Item | None:
        """The top, which leaves."""
        item = self.top()
        if item is not None:
            heappop(self._entries)
            self._operations.count += 1
            item.heap = None
            item.ticket = 0
            self._live -= 1
        return item

    def discard(self, item: Item) -> None:
        """Leave; nothing happens to what is not here."""
        if item.heap is not self:
            return
        item.heap = None
        item.ticket = 0
        self._live -= 1
        self._sweep()

    def _push(self, item: Item, due: float) -> None:
        entries = self._entries
        is_on_top = bool(entries) and entries[0][1] == item.ticket
        item.due = due
        item.ticket = next(_tickets)
        entry = (due, item.ticket, item)
        self._operations.count += 1
        if is_on_top:
            heapreplace(entries, entry)
        else:
            heappush(entries, entry)
            self._sweep()

    def _sweep(self) -> None:
        if len(self._entries) <= 2 * self._live + SWEEP_SLACK:
            return
        self._operations.count += len(self._entries)
        self._entries = [entry for entry in self._entries if entry[2].ticket == entry[1]]
        heapify(self._entries)

"""The addresses behind the hosts, and which of them may be asked next.

Each address has a heap of its hosts. The addresses stand in two heaps: those that are not due by the moment they will
be, those that are by their host that has waited longest, so that under load a crowded address gets the turns of all its
hosts and not of one. A request moves one host and one address. A host of unknown address has one to itself.

An address is kept by starts: two requests to it begin at least its delay apart, but may overlap, so that a slow host
does not hold up the thousands that share its address.
"""

from collections import deque
from typing import Generic, Protocol, Self, TypeVar

from .due_heap import Dueable, DueHeap, Operations
from .errors import FrontierError


class Addressed(Dueable, Protocol):
    """A host, as far as addresses care. They alone write `group`."""

    group: "AddressGroup[Self] | None"


Host = TypeVar("Host", bound=Addressed)


class AddressGroup(Generic[Host]):
    """The hosts of one address that wait for their turn. `members` counts those too that do not."""

    __slots__ = ("address", "due", "heap", "hosts", "members", "ready_at", "ticket")

    def __init__(self, address: str | None, operations: Operations) -> None:
        self.address = address
        self.ready_at = 0.0
        self.hosts: DueHeap[Host] = DueHeap(operations)
        self.members = 0
        self.due = 0.0
        self.ticket = 0
        self.heap: DueHeap[AddressGroup[Host]] | None = None


class Charge(Generic[Host]):
    """One request's claim on an address, to be undone when nothing was asked."""

    __slots__ = ("_group", "_ready_at", "_ready_before")

    def __init__(self, group: AddressGroup[Host], ready_at: float) -> None:
        self._group = group
        self._ready_before = group.ready_at
        self._ready_at = group.ready_at = ready_at

    def undo(self) -> AddressGroup[Host]:
        """Nothing happens when another request has come since."""
        if self._group.ready_at == self._ready_at:
            self._group.ready_at = self._ready_before
        return self._group


class Addresses(Generic[Host]):
    def __init__(self, delay_seconds: float, operations: Operations) -> None:
        self._delay = delay_seconds
        self._operations = operations
        self._groups: dict[str, AddressGroup[Host]] = {}
        self._left: deque[AddressGroup[Host]] = deque()  # without hosts, and to be forgotten when their pause is over
        self._later: DueHeap[AddressGroup[Host]] = DueHeap(operations)  # by when they may be asked
        self._due: DueHeap[AddressGroup[Host]] = DueHeap(operations)  # may be asked; by how long a host has waited
        self._now = 0.0

    def __len__(self) -> int:
        """Addresses that are known."""
        return len(self._groups)

    def join(self, host: Host, address: str | None) -> AddressGroup[Host]:
        """Put a host that does not wait to its address, from where it was."""
        left = host.group
        if left is not None:
            if left.address == address:
                return left
            self._leave(left)
        group = self._group(address)
        group.members += 1
        host.group = group
        return group

    def wait(self, host: Host, due: float) -> None:
        """The host waits for its turn from `due` on."""
        group = _group_of(host)
        group.hosts.set(host, due)
        self._place(group)

    def withdraw(self, host: Host) -> None:
        """The host does not wait, here or in whatever heap it stands."""
        if host.heap is not None:
            host.heap.discard(host)
        self._place(_group_of(host))

    def take(self, now: float) -> Host | None:
        """The host that has been due longest at any address that is due.

        Follow with `charge`, `wait` or `withdraw`: only then is its address in its place again.
        """
        self._now = now
        while (group := self._later.top()) is not None and group.due <= now:
            self._place(group)
        group = self._due.top()
        return None if group is None else group.hosts.take()

    def charge(self, host: Host, started_at: float) -> Charge[Host]:
        """A request to the host's address begins."""
        group = _group_of(host)
        self._forget_left(started_at)
        charge = Charge(group, max(group.ready_at, started_at + self._delay))
        self._place(group)
        return charge

    def refund(self, charge: Charge[Host]) -> None:
        """The request did not begin after all."""
        self._place(charge.undo())

    def is_due(self, host: Host, now: float) -> bool:
        """Whether the host's address may be asked, whatever the host's own clock says."""
        return _group_of(host).ready_at <= now

    def next_due(self) -> float | None:
        """The soonest moment a host may be asked; in the past when one may be asked already."""
        group = self._due.top() or self._later.top()
        return None if group is None else group.due

    def _group(self, address: str | None) -> AddressGroup[Host]:
        if address is None:
            return AddressGroup(None, self._operations)
        group = self._groups.get(address)
        if group is None:
            group = self._groups[address] = AddressGroup(address, self._operations)
        return group

    def _leave(self, group: AddressGroup[Host]) -> None:
        group.members -= 1
        self._place(group)
        if not group.members and group.address is not None:
            self._left.append(group)

    def _forget_left(self, now: float) -> None:
        while self._left and self._left[0].ready_at <= now:
            group = self._left.popleft()
            address = group.address or ""
            if not group.members and self._groups.get(address) is group:
                del self._groups[address]

    def _place(self, group: AddressGroup[Host]) -> None:
        host = group.hosts.top()
        if host is None:
            if group.heap is not None:
                group.heap.discard(group)
        elif max(group.ready_at, host.due) <= self._now:
            self._due.set(group, host.due)
        else:
            self._later.set(group, max(group.ready_at, host.due))


def _group_of(host: Host) -> AddressGroup[Host]:
    if host.group is None:
        raise FrontierError("a host joins an address before it waits")
    return host.group

"""The addresses behind the hosts, and which of them may be asked next.

Two levels of heaps: the addresses by the moment each may be asked, and in each address its hosts by theirs. However
many hosts share an address, a request moves one host and one address. A host of unknown address has one to itself.

An address is kept by starts: two requests to it begin at least its delay apart, but may overlap, so that a slow host
does not hold up the thousands that share its address.
"""

from typing import Generic, Protocol, Self, TypeVar

from .due_heap import Dueable, DueHeap, Operations


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
        self._due: DueHeap[AddressGroup[Host]] = DueHeap(operations)

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
        """The host that has been due longest at an address that is due. Charge the address, or put the host back."""
        group = self._due.top()
        if group is None or group.due > now:
            return None
        host = group.hosts.take()
        self._place(group)
        return host

    def charge(self, host: Host, started_at: float) -> Charge[Host]:
        """A request to the host's address begins."""
        group = _group_of(host)
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
        group = self._due.top()
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
        if not group.members:
            self._due.discard(group)

    def _place(self, group: AddressGroup[Host]) -> None:
        host = group.hosts.top()
        if host is None:
            self._due.discard(group)
        else:
            self._due.set(group, max(group.ready_at, host.due))


def _group_of(host: Host) -> AddressGroup[Host]:
    if host.group is None:
        raise AssertionError("a host joins an address before it waits")
    return host.group

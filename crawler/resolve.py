"""Names to addresses: c-ares through aiodns, a cache of our own, and the guard against private addresses.

Answers are kept for their TTL within bounds; concurrent questions for one name are one question. The connector asks
this object for addresses and then, for the very address it is about to use, its guard: no second look-up comes between.
HTTP is the fetcher's.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import NamedTuple

import aiodns
import pycares
from aiohttp.abc import AbstractResolver, ResolveResult

from storage import OptionError

from .errors import AddressRefused, CrawlerError, NameUnknown
from .guard import AddressGuard
from .options import NetworkOptions

MIN_TTL_SECONDS = 300.0
MAX_TTL_SECONDS = 21_600.0
NEGATIVE_SECONDS = 60.0
OWN_FAILURE_SECONDS = 5.0
MAX_NAMES = 200_000
MAX_LOOKUPS = 256
"""More questions at once overrun the buffers of small name servers."""

_TRIES = 3
_AS_ANSWERED = 1 << 7  # ARES_AI_NOSORT, which pycares does not name: sorting opens a socket for each address
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_NO_SUCH_NAME = {aiodns.error.ARES_ENOTFOUND, aiodns.error.ARES_ENODATA}
_NOBODY_ANSWERED = {aiodns.error.ARES_ETIMEOUT, aiodns.error.ARES_ECONNREFUSED, aiodns.error.ARES_ECANCELLED}
_REASONS = {
    aiodns.error.ARES_ENOTFOUND: "no such name",
    aiodns.error.ARES_ENODATA: "the name has no address",
    aiodns.error.ARES_ESERVFAIL: "the name server failed",
    aiodns.error.ARES_EREFUSED: "the name server refused",
    aiodns.error.ARES_ETIMEOUT: "no name server answered in time",
    aiodns.error.ARES_ECONNREFUSED: "no name server could be reached",
    aiodns.error.ARES_EBADNAME: "not a name that can be looked up",
}


class _Entry(NamedTuple):
    """What is known of a name until `expires_at`: addresses, or the reason for none."""

    expires_at: float
    addresses: tuple[str, ...]
    failure: CrawlerError | None = None


class _Target(NamedTuple):
    """Where an override leads. `port` 0 keeps the port of the URL."""

    address: str
    port: int


class Resolver(AbstractResolver):
    """Made inside a running loop; close it there."""

    def __init__(
        self, options: NetworkOptions, guard: AddressGuard, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._options = options
        self._guard = guard
        self._clock = clock
        self._overrides = _parse_overrides(options.resolve)
        self._cares = _open_cares(options)
        self._families = _usable_families()
        self._entries: dict[str, _Entry] = {}
        self._unknown: set[str] = set()
        self._pending: dict[str, asyncio.Task[_Entry]] = {}
        self._slots = asyncio.Semaphore(MAX_LOOKUPS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """What the connector asks. Raise AddressRefused or NameUnknown."""
        override = self._override_of(host)
        addresses = await self.addresses_of(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=override.port if override and override.port else port,
                family=_family_of(address),
                proto=socket.IPPROTO_TCP,
                flags=_NUMERIC,
            )
            for address in addresses
            if family in (socket.AF_UNSPEC, _family_of(address))
        ]

    async def addresses_of(self, host: str) -> tuple[str, ...]:
        """Every address of a name that may be connected to. Raise AddressRefused or NameUnknown."""
        entry = self._known(host)
        if entry is None:
            # Shielded: one waiter's cancellation must not take the answer from the others.
            entry = await asyncio.shield(self._pending.get(host) or self._ask(host))
        if entry.failure:
            raise entry.failure.with_traceback(None)
        return entry.addresses

    async def address_of(self, host: str) -> str | None:
        """The address that requests for this host will go to, looked up if need be; None when there is none."""
        with suppress(AddressRefused, NameUnknown):
            return (await self.addresses_of(host))[0]
        return None

    def cached_address(self, host: str) -> str | None:
        """The same without asking anyone."""
        entry = self._known(host)
        return entry.addresses[0] if entry and entry.addresses else None

    def forget_failures(self) -> None:
        """Ask again for every name that was not found: our own network is or was down, and may have been why."""
        for host in self._unknown:
            entry = self._entries.get(host)
            if entry is not None and entry.failure is not None:
                del self._entries[host]
        self._unknown.clear()

    async def close(self) -> None:
        pending = list(self._pending.values())
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self._cares.close()

    def _known(self, host: str) -> _Entry | None:
        if override := self._override_of(host):
            return self._judged((override.address,), 0.0)
        if _is_literal(host):
            return self._judged((host.strip("[]"),), 0.0)
        entry = self._entries.get(host)
        return entry if entry and entry.expires_at > self._clock() else None

    def _override_of(self, host: str) -> _Target | None:
        """The exact name, then the wildcards from the longest to `*`."""
        if not self._overrides:
            return None
        name = host.rstrip(".")
        while name not in self._overrides:
            _, _, name = name.removeprefix("*.").partition(".")
            if not name:
                return self._overrides.get("*")
            name = f"*.{name}"
        return self._overrides[name]

    def _ask(self, host: str) -> asyncio.Task[_Entry]:
        task = asyncio.get_running_loop().create_task(self._look_up(host))
        self._pending[host] = task
        task.add_done_callback(lambda _task: self._pending.pop(host, None))
        return task

    async def _look_up(self, host: str) -> _Entry:
        """Ask the families in turn until one has a usable address. Failures are entries too."""
        entry = self._failed("no address family is usable")
        for family in self._families:
            found = await self._look_up_family(host, family)
            # That an address was refused says more than that the other family has none.
            entry = entry if isinstance(entry.failure, AddressRefused) and not found.addresses else found
            if found.addresses or _is_unanswered(found):
                break
        self._remember(host, entry)
        return entry

    async def _look_up_family(self, host: str, family: socket.AddressFamily) -> _Entry:
        try:
            async with self._slots, asyncio.timeout(self._options.dns_seconds):
                answer = await self._cares.getaddrinfo(host, family=family, type=socket.SOCK_STREAM, flags=_AS_ANSWERED)
        except TimeoutError:
            return self._failed(_REASONS[aiodns.error.ARES_ETIMEOUT], may_be_ours=True)
        except aiodns.error.DNSError as error:
            return self._refused_by_dns(error)
        addresses = tuple(dict.fromkeys(node.addr[0].decode("ascii") for node in answer.nodes))
        ttl = min([node.ttl for node in answer.nodes] + [alias.ttl for alias in answer.cnames], default=0)
        expires_at = self._clock() + min(max(ttl, MIN_TTL_SECONDS), MAX_TTL_SECONDS)
        return self._judged(addresses, expires_at)

    def _judged(self, addresses: tuple[str, ...], expires_at: float) -> _Entry:
        """Keep the addresses that the guard lets pass; when none is left, its reason is the entry's."""
        allowed: list[str] = []
        failure: CrawlerError = NameUnknown(_REASONS[aiodns.error.ARES_ENODATA])
        for address in addresses:
            try:
                self._guard.check(address)
            except AddressRefused as refused:
                failure = AddressRefused(str(refused))
            else:
                allowed.append(address)
        return _Entry(expires_at, tuple(allowed), None if allowed else failure)

    def _refused_by_dns(self, error: aiodns.error.DNSError) -> _Entry:
        code = error.args[0]
        return self._failed(_REASONS.get(code, str(error.args[-1])), may_be_ours=code in _NOBODY_ANSWERED)

    def _failed(self, reason: str, *, may_be_ours: bool = False) -> _Entry:
        seconds = OWN_FAILURE_SECONDS if may_be_ours else NEGATIVE_SECONDS
        return _Entry(self._clock() + seconds, (), NameUnknown(reason, may_be_ours=may_be_ours))

    def _remember(self, host: str, entry: _Entry) -> None:
        self._entries.pop(host, None)
        if isinstance(entry.failure, NameUnknown):
            self._unknown.add(host)
        if len(self._entries) >= MAX_NAMES:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._unknown.discard(oldest)
        self._entries[host] = entry


def _is_unanswered(entry: _Entry) -> bool:
    """A name that nobody answers for needs no second question."""
    return isinstance(entry.failure, NameUnknown) and entry.failure.may_be_ours


def _is_literal(host: str) -> bool:
    if not (host[-1:].isdigit() or ":" in host):
        return False
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _parse_overrides(resolve: Mapping[str, str]) -> dict[str, _Target]:
    return {name.lower().rstrip("."): _parse_target(target) for name, target in resolve.items()}


def _parse_target(target: str) -> _Target:
    """An address, or an address and a port as in 127.0.0.1:8080 and [::1]:8080; the options have checked it."""
    address, port = target, "0"
    if target.startswith("[") or target.count(":") == 1:
        address, _, port = target.rpartition(":")
    return _Target(address.strip("[]"), int(port))


def _open_cares(options: NetworkOptions) -> aiodns.DNSResolver:
    """Names come from pages: no search list may complete them into names of our own network."""
    try:
        return aiodns.DNSResolver(
            nameservers=list(options.nameservers) or None,
            flags=pycares.ARES_FLAG_NOSEARCH,
            timeout=max(options.dns_seconds / (_TRIES + 1), 0.1),
            tries=_TRIES,
        )
    except (ValueError, pycares.AresError) as error:
        raise OptionError("nameservers", options.nameservers, f"cannot be used ({error})") from error


def _usable_families() -> tuple[socket.AddressFamily, ...]:
    """The families that this machine has a route for, IPv4 first: one question a name suffices nearly always."""
    routes = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
    usable = tuple(family for family, address in routes if _has_route(family, address))
    return usable or (socket.AF_INET, socket.AF_INET6)


def _has_route(family: socket.AddressFamily, address: str) -> bool:
    """Connecting a datagram socket sends nothing; it only asks the routing table."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
    except OSError:
        return False
    return True

"""A small UDP name server for the tests: answers, delays, failures and silence, by name; counts what it is asked."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

A, AAAA = 1, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5


@dataclass
class Zone:
    """What is said of a name. `addresses` of both families; none at all is an answer without data.

    Nothing is said before `held` is set.
    """

    addresses: list[str] = field(default_factory=list)
    ttl: int = 3_600
    code: int = NOERROR
    delay: float = 0.0
    is_silent: bool = False
    answers: Iterator[list[str]] | None = None
    held: asyncio.Event | None = None

    def records(self, kind: int) -> list[bytes]:
        addresses = next(self.answers) if self.answers else self.addresses
        packed = [ip_address(address).packed for address in addresses]
        return [data for data in packed if len(data) == (4 if kind == A else 16)]


class NameServer(asyncio.DatagramProtocol):
    def __init__(self, find: Callable[[str], Zone]) -> None:
        self.find = find
        self.questions: list[tuple[str, int]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._holding: list[asyncio.Task[None]] = []

    def connection_made(self, transport) -> None:
        self._transport = transport
        # A burst of questions must fit until the loop comes by.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_194_304)
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, peer) -> None:
        name, end = _name_in(data)
        (kind,) = struct.unpack_from("!H", data, end)
        self.questions.append((name, kind))
        zone = self.find(name)
        if zone.is_silent:
            return
        answer = _answer_to(data, end + 4, kind, zone)
        loop = asyncio.get_running_loop()
        if zone.held:
            self._holding.append(loop.create_task(self._send_when(zone.held, answer, peer)))
        else:
            self._timers.append(loop.call_later(zone.delay, self._transport.sendto, answer, peer))

    async def _send_when(self, held: asyncio.Event, answer: bytes, peer) -> None:
        await held.wait()
        self._transport.sendto(answer, peer)

    def names(self) -> list[str]:
        return [name for name, _ in self.questions]

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        for task in self._holding:
            task.cancel()
        self._transport.close()


def _name_in(data: bytes) -> tuple[str, int]:
    labels, place = [], 12
    while length := data[place]:
        labels.append(data[place + 1 : place + 1 + length].decode("latin-1"))
        place += 1 + length
    return ".".join(labels).lower(), place + 1


def _answer_to(question: bytes, end: int, kind: int, zone: Zone) -> bytes:
    records = zone.records(kind) if zone.code == NOERROR and kind in (A, AAAA) else []
    head = question[:2] + struct.pack("!HHHHH", 0x8180 | zone.code, 1, len(records), 0, 0)
    rows = [struct.pack("!HHHIH", 0xC00C, kind, 1, zone.ttl, len(data)) + data for data in records]
    return head + question[12:end] + b"".join(rows)


@asynccontextmanager
async def serve_names(zones: dict[str, Zone] | Callable[[str], Zone]) -> AsyncIterator[NameServer]:
    find = zones if callable(zones) else lambda name: zones.get(name, Zone(code=NXDOMAIN))
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(lambda: NameServer(find), local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        server.stop()

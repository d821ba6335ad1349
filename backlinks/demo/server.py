"""A small HTTP/1.1 server for invented webs, on loopback only.

Raw asyncio protocols: one per connection, answers in the order of the questions, connections kept open, so that the
server costs little beside the crawler it is there for. Every request is kept in a log with its moments on the monotonic
clock: the tests read politeness from it.

Not here: what is answered (web.py), running it as a process of its own (__main__.py).
"""

import asyncio
import errno
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple, cast

from .model import Answer, Web

HEADERS_END = b"\r\n\r\n"
MAX_REQUEST_BYTES = 65_536
PORT_ATTEMPTS = 20
BAD_REQUEST = Answer(status=400, headers=(), body=b"")
NOT_ALLOWED = Answer(status=405, headers=(("Allow", "GET, HEAD"),), body=b"")


class Access(NamedTuple):
    """One request: when its last byte came and when its answer was handed to the socket."""

    started_at: float
    ended_at: float
    host: str
    address: str
    path: str
    agent: str
    status: int


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]

    @property
    def host(self) -> str:
        return self.headers.get("host", "").rpartition(":")[0] or self.headers.get("host", "")


def parse_request(head: bytes) -> Request | None:
    """The request without its last empty line; None when it is not one."""
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 — method, target, version
        return None
    pairs = (line.partition(":") for line in lines)
    return Request(parts[0], parts[1], {name.strip().lower(): value.strip() for name, _, value in pairs})


def render_answer(answer: Answer, *, keep_alive: bool, with_body: bool = True) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    head = "\r\n".join(lines).encode() + HEADERS_END
    return head + answer.body if with_body else head


@dataclass(slots=True, eq=False)
class Connection(asyncio.Protocol):
    """Requests wait in `asked` until the one before is answered; `timer` is set while an answer is held back."""

    web: Web
    log: Callable[[Access], None]
    open_connections: set["Connection"]
    clock: Callable[[], float] = time.monotonic  # a loop's own time stands still between its turns
    received: bytearray = field(default_factory=bytearray)
    asked: deque[tuple[float, Request | None]] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None
    transport: asyncio.Transport | None = None
    address: str = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self.address = transport.get_extra_info("sockname")[0]
        self.open_connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — asyncio's signature
        self.open_connections.discard(self)
        self.transport = None
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(HEADERS_END)) >= 0:
            self.asked.append((self.clock(), parse_request(bytes(self.received[:end]))))
            del self.received[: end + len(HEADERS_END)]
        if len(self.received) > MAX_REQUEST_BYTES:
            self.asked.append((self.clock(), None))
        self._answer_next()

    def _answer_next(self) -> None:
        while self.asked and self.transport and not self.timer:
            started_at, request = self.asked.popleft()
            answer = self._answer(request)
            if answer.delay_seconds:
                self.timer = asyncio.get_running_loop().call_later(
                    answer.delay_seconds, self._send_late, started_at, request, answer
                )
            else:
                self._send(started_at, request, answer)

    def _answer(self, request: Request | None) -> Answer:
        if request is None:
            return BAD_REQUEST
        if request.method not in {"GET", "HEAD"}:
            return NOT_ALLOWED
        return self.web.answer(request.host, request.path, request.headers)

    def _send_late(self, started_at: float, request: Request | None, answer: Answer) -> None:
        self.timer = None
        self._send(started_at, request, answer)
        self._answer_next()

    def _send(self, started_at: float, request: Request | None, answer: Answer) -> None:
        if self.transport is None:
            return
        keep_alive = request is not None and request.headers.get("connection", "").lower() != "close"
        with_body = request is None or request.method != "HEAD"
        self.transport.write(render_answer(answer, keep_alive=keep_alive, with_body=with_body))
        if not keep_alive:
            self.transport.close()
        if request is not None:
            agent = request.headers.get("user-agent", "")
            self.log(Access(started_at, self.clock(), request.host, self.address, request.path, agent, answer.status))


@dataclass(slots=True, kw_only=True)
class Server:
    """A web that is being served. `resolve` leads only to addresses that listen or are meant to be dead."""

    web: Web
    port: int
    resolve: dict[str, str]
    log: list[Access]


@asynccontextmanager
async def serve(web: Web, port: int = 0, log: Callable[[Access], None] | None = None) -> AsyncIterator[Server]:
    """Listen on every address of the web, all on one port; 0 finds a free one. Closes all connections at the end."""
    accesses: list[Access] = []
    connections: set[Connection] = set()

    def connect() -> Connection:
        return Connection(web, log or accesses.append, connections)

    listeners, port = await _listen(connect, web.addresses, port)
    web.port = port
    try:
        yield Server(web=web, port=port, resolve=_reachable(web, listeners), log=accesses)
    finally:
        for listener in listeners.values():
            listener.close()
        for connection in list(connections):
            if connection.transport:
                connection.transport.abort()
        for listener in listeners.values():
            await listener.wait_closed()
        await asyncio.sleep(0)  # aborted transports close their sockets in the loop's next turn


def _reachable(web: Web, listeners: dict[str, asyncio.Server]) -> dict[str, str]:
    """Where only 127.0.0.1 exists (macOS), all hosts share it."""
    missing = set(web.addresses) - set(listeners)
    return {name: "127.0.0.1" if address in missing else address for name, address in web.resolve.items()}


async def _listen(
    connect: Callable[[], Connection], addresses: list[str], port: int
) -> tuple[dict[str, asyncio.Server], int]:
    for _ in range(PORT_ATTEMPTS):
        listeners: dict[str, asyncio.Server] = {}
        try:
            for address in addresses:
                await _listen_on(connect, address, _port_of(listeners, port), listeners)
        except OSError:
            for listener in listeners.values():
                listener.close()
            if port:
                raise
        else:
            return listeners, _port_of(listeners, port)
    raise OSError(errno.EADDRINUSE, "no port is free on all addresses of the web")


def _port_of(listeners: dict[str, asyncio.Server], port: int) -> int:
    return next((listener.sockets[0].getsockname()[1] for listener in listeners.values()), port)


async def _listen_on(
    connect: Callable[[], Connection], address: str, port: int, listeners: dict[str, asyncio.Server]
) -> None:
    loop = asyncio.get_running_loop()
    try:
        listeners[address] = await loop.create_server(connect, address, port, backlog=1024)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise

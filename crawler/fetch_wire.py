"""The connections that fetching runs over: guarded, verified, counted and bounded.

The guard is asked where the socket is made, for the address that is used, so no look-up can come after it. Each
connection counts what it receives, because aiohttp bounds a header line but neither their sum nor a flood of 1xx
answers. What is asked over a connection, and what an answer means, is the fetcher's.
"""

import asyncio
import importlib.metadata
import socket
import ssl
from contextvars import ContextVar
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import aiohttp
import certifi
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.tracing import Trace

from storage import OptionError

from .descriptors import connections_for
from .guard import AddressGuard
from .heads import end_of_head, may_be_http, mend_head
from .options import CrawlerOptions
from .resolve import Resolver

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"
ACCEPT_ENCODING = "gzip, deflate, br, zstd"
KEEP_ALIVE_SECONDS = 5.0
MAX_IDLE_CONNECTIONS = 256
MAX_HEADERS = 512
MAX_HEADS = 32
"""Heads of one answer: any number of 1xx may come before the one that counts."""
READ_BYTES = 65_536
"""A connection reads ahead up to twice this, then its server waits."""

_INTERIM = frozenset(range(100, 200)) - {HTTPStatus.SWITCHING_PROTOCOLS}
_LEGACY_RENEGOTIATION = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, which has its name since Python 3.12


class Exchange:
    """One request and its answer: what may still be received for it, and the connection it got."""

    __slots__ = ("body_allowance", "head_allowance", "wire")

    def __init__(self, head_allowance: int, body_allowance: int) -> None:
        self.head_allowance = head_allowance
        self.body_allowance = body_allowance
        self.wire: Wire | None = None


current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


class Wire(ResponseHandler):
    """A connection that hangs up on who sends too much, or anything when not asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connector: "Connector") -> None:
        super().__init__(loop)
        self.address: str | None = None
        self.overrun: str | None = None
        self.broken: str | None = None
        self.is_reused = False
        self._connector = connector
        self._exchange: Exchange | None = None
        self._has_served = False
        self._has_head = False
        self._head_start = b""
        self._head_count = 0
        self._payload_reader: aiohttp.StreamReader | None = None

    def begin(self, exchange: Exchange) -> None:
        exchange.wire = self
        self._exchange = exchange
        self._has_head = False
        self._head_start = b""
        self._head_count = 0
        self._payload_reader = None
        self.is_reused, self._has_served = self._has_served, True

    @property
    def has_received(self) -> bool:
        return self._has_head or bool(self._head_start)

    def end(self) -> None:
        """From here on the server has nothing to say."""
        self._exchange = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connector.open_count += 1
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else None

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connector.open_count -= 1
        super().connection_lost(exc)
        if self._payload_reader is not None and self._payload_reader.exception():
            self._end_payload("the connection was cut within the body" if exc else "the body ended early")

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self._hang_up("the server spoke without being asked")
        elif self._has_head:
            self._take_body(data, exchange)
        else:
            self._take_head(data, exchange)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """The library calls this for each message head, those of 1xx answers included."""
        if self._has_head:
            self.force_close()  # a second answer to one question
            return
        message, self._payload_reader = data
        self._has_head = message.code not in _INTERIM
        super().feed_data(data, size)

    def _take_head(self, data: bytes, exchange: Exchange) -> None:
        """Give the parser one whole, mended head at a time: what is wrong after it must not spoil it."""
        seen, self._head_start = len(self._head_start), self._head_start + data
        while (end := end_of_head(self._head_start, seen)) is not None:
            self._head_count += 1
            if self._head_count > MAX_HEADS:
                self._hang_up("interim answers without end")
                return
            head, rest = self._head_start[:end], self._head_start[end:]
            seen, self._head_start = 0, rest
            exchange.head_allowance -= end
            super().data_received(mend_head(head))
            if self._has_head or self.exception():
                self._head_start = b""
                self._take_body(rest, exchange)
                return
        if not may_be_http(self._head_start):
            super().data_received(self._head_start)
        elif len(self._head_start) > exchange.head_allowance:
            self._hang_up("the head of the answer is longer than any may be")

    def _take_body(self, data: bytes, exchange: Exchange) -> None:
        super().data_received(data)
        exchange.body_allowance -= len(data)
        if exchange.body_allowance < 0:
            self._hang_up("the answer is longer than any may be")
        elif self.exception():
            self._end_payload(complaint_of(self.exception()))

    def _end_payload(self, reason: str) -> None:
        """End a body that broke off. The library would forget what came before, or let its reader wait for ever."""
        reader = self._payload_reader
        if reader is None or reader.is_eof():
            return
        self.broken = reason
        reader.set_exception(None)  # type: ignore[arg-type]  # there is no other way to take one back
        reader.feed_eof()

    def _hang_up(self, reason: str) -> None:
        self.overrun = self.overrun or reason
        self.force_close()
        if self.transport is not None:
            self.transport.abort()


class Connector(aiohttp.TCPConnector):
    """Gives each exchange its connection, and keeps no more idle ones than descriptors allow."""

    def __init__(self, max_open: int, **options: Any) -> None:
        super().__init__(**options)
        self.open_count = 0
        self._max_open = max_open
        self._factory = cast("partial[ResponseHandler]", partial(Wire, self._loop, self))

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:  # noqa: ASYNC109 — aiohttp's signature
        connection = await super().connect(req, traces, timeout)
        wire = connection.protocol
        if isinstance(wire, Wire):
            wire.begin(current_exchange.get())
            if self.open_count > self._max_open:
                wire.force_close()
        return connection


def open_session(options: CrawlerOptions, resolver: Resolver, guard: AddressGuard) -> aiohttp.ClientSession:
    """A session for public pages: no cookies, no proxies, no limits of its own. It closes its connector."""
    connector = Connector(
        connections_for(options.crawl.max_in_flight + MAX_IDLE_CONNECTIONS),
        resolver=resolver,
        use_dns_cache=False,
        ssl=_trust(options.network.ca_file),
        limit=0,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        socket_factory=partial(_guarded_socket, guard),
    )
    session = aiohttp.ClientSession(
        connector=connector,
        headers=_standing_headers(options),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, connect=options.fetch.connect_seconds),
        max_line_size=options.fetch.max_header_bytes,
        max_field_size=options.fetch.max_header_bytes,
        max_headers=MAX_HEADERS,
        read_bufsize=READ_BYTES,
    )
    # aiohttp would ask a second time, at once, whoever hangs up on the first; the fetcher knows when that is fair.
    session._retry_connection = False  # noqa: SLF001 — there is no public name; a test counts the connections
    return session


def complaint_of(error: BaseException | None) -> str:
    """What the parser says, without its drawing of the place."""
    lines = [line.strip() for line in str(getattr(error, "message", error)).splitlines()]
    said = [line for line in lines if line and not line.startswith(("b'", 'b"', "^"))]
    return " ".join(said).rstrip(": ")


def _guarded_socket(guard: AddressGuard, address_info: AddrInfoType) -> socket.socket:
    """Called for every connection, those to IP literals included, with the address that is used."""
    family, kind, protocol, _, address = address_info
    guard.check(str(address[0]))
    return socket.socket(family, kind, protocol)


def _standing_headers(options: CrawlerOptions) -> dict[str, str]:
    agent = f"{options.crawl.user_agent}/{_version()}"
    contact = options.crawl.contact
    return {
        "User-Agent": f"{agent} (+{contact})" if contact else agent,
        "Accept": ACCEPT,
        "Accept-Language": options.fetch.accept_language,
        "Accept-Encoding": ACCEPT_ENCODING,
    }


def _version() -> str:
    try:
        return importlib.metadata.version("backlinks")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        return "dev"


def _trust(ca_file: str) -> ssl.SSLContext:
    """The system's certificates, or certifi's where the system has none, and those of `ca_file`."""
    context = ssl.create_default_context()
    context.options |= _LEGACY_RENEGOTIATION  # old servers that browsers still talk to
    if not _has_system_certificates():
        context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise OptionError("ca_file", ca_file, f"cannot be read as certificates ({error})") from error
    return context


def _has_system_certificates() -> bool:
    paths = ssl.get_default_verify_paths()
    has_folder = paths.capath is not None and any(Path(paths.capath).iterdir())
    return paths.cafile is not None or has_folder

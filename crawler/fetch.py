"""One URL to one Fetch value: what is asked over a connection, and what the answer means.

One GET, no redirect followed, nothing decompressed but by ourselves within the cap. Whatever the web does comes back
as a value. The connections are `fetch_wire.py`'s; retrying over time, HTML and robots are other files'.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import yarl

from storage import FetchKind, Outcome

from .decompress import Decompressor, UndecodableBody
from .fetch_failures import OUR_ERRNOS, SHORTAGES, classify
from .fetch_wire import Exchange, Wire, current_exchange, open_session
from .guard import AddressGuard
from .headers import (
    MAX_VALUE_CHARACTERS,
    SNIFF_BYTES,
    declares_html,
    looks_binary,
    looks_like_html,
    one_line,
    readable,
    retry_after_seconds,
    validator,
)
from .options import CrawlerOptions, FetchOptions
from .resolve import Resolver

MAX_HEAD_LINES = 4
"""A whole head, 1xx answers included, may be as long as this many of its longest lines."""
BODY_SLACK = 65_536
DRAIN_BYTES = 16_384
DRAIN_SECONDS = 0.5
TURN_BYTES = 1_048_576
"""After so much decompressed at a stretch, others get their turn."""
LARGE_BYTES = 4_194_304
"""Of bodies larger than this only so many may be held at once, says who asks for them."""
ROOM_SECONDS = 30.0
"""How long a body waits for room; afterwards it is used as far as it was read."""

MakeRoom = Callable[[], Awaitable[object]]

_ON_THE_WIRE = re.compile(r"[\x21-\x7e]+")
_WEB_ERRORS = (aiohttp.ClientError, OSError, ValueError, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """How one attempt to get one URL ended. Header values are as sent; `error` is a sentence.

    `may_be_ours`: the failure can be our own network's (no route, no name server). `is_ours`: it can only be this
    machine's (no descriptors left). `is_reached`: though it failed, the host took a connection or sent something.
    """

    url: str
    outcome: Outcome
    started_at: float
    elapsed_seconds: float
    status: int | None = None
    address: str | None = None
    bytes_received: int = 0
    body: bytes = b""
    is_truncated: bool = False
    content_type: str | None = None
    location: str | None = None
    retry_after_seconds: float | None = None
    robots_tags: tuple[str, ...] = ()
    link_header: str | None = None
    refresh_header: str | None = None
    content_location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    may_be_ours: bool = False
    is_ours: bool = False
    is_reached: bool = False


@dataclass(slots=True)
class _Attempt:
    """One fetch under way: what it may cost, what it has read, and when it began."""

    url: str
    kind: FetchKind
    limit: int
    clock: Callable[[], float]
    wall_clock: Callable[[], float]
    started_at: float = 0.0
    began: float = 0.0
    exchange: Exchange | None = None
    outcome: Outcome = Outcome.OK
    error: str | None = None
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    is_sniffed: bool = False
    is_truncated: bool = False
    make_room: MakeRoom | None = None
    deadline: asyncio.Timeout = field(init=False)

    def restart_clock(self) -> None:
        self.started_at = self.wall_clock()
        self.began = self.clock()

    def take(self, piece: bytes, content_type: str | None) -> bool:
        """Keep a piece of the body. Whether more is wanted."""
        self.pieces.append(piece)
        self.size += len(piece)
        if not self.is_sniffed and self.size >= SNIFF_BYTES:
            self.sniff(content_type)
        if self.size > self.limit:
            self.is_truncated = True
        return self.outcome is Outcome.OK and not self.is_truncated

    def sniff(self, content_type: str | None) -> None:
        self.is_sniffed = True
        if self.kind is not FetchKind.PAGE:
            return
        start = b"".join(self.pieces)[:SNIFF_BYTES]
        is_html = not looks_binary(start) if declares_html(content_type) else looks_like_html(start)
        if not is_html:
            self.outcome = Outcome.NOT_HTML

    def body(self) -> bytes:
        if self.outcome is not Outcome.OK:
            return b""
        if self.size > self.limit:  # the last piece alone is cut: a copy of the whole would be as large again
            self.pieces[-1] = self.pieces[-1][: self.limit - self.size]
        return b"".join(self.pieces)

    def answered(self, response: aiohttp.ClientResponse) -> Fetch:
        headers = response.headers
        retry_after, date = headers.get("Retry-After"), headers.get("Date")
        return Fetch(
            url=self.url,
            outcome=self.outcome,
            started_at=self.started_at,
            elapsed_seconds=self.clock() - self.began,
            status=response.status,
            address=None if self.wire is None else self.wire.address,
            bytes_received=response.content.total_bytes,
            body=self.body(),
            is_truncated=self.is_truncated and self.outcome is Outcome.OK,
            content_type=_text_of(response, "Content-Type"),
            location=_text_of(response, "Location", limit=None),
            retry_after_seconds=retry_after_seconds(retry_after, date, self.wall_clock()) if retry_after else None,
            robots_tags=tuple(readable(value) for value in headers.getall("X-Robots-Tag", ())),
            link_header=", ".join(readable(value) for value in headers.getall("Link", ())) or None,
            refresh_header=_text_of(response, "Refresh", limit=None),
            content_location=_text_of(response, "Content-Location", limit=None),
            etag=validator(headers.get("ETag")),
            last_modified=validator(headers.get("Last-Modified")),
            error=self.error,
        )

    def failed(self, error: BaseException) -> Fetch:
        outcome, sentence, cause = classify(error)
        number = getattr(cause, "errno", None)
        wire = self.wire
        return Fetch(
            url=self.url,
            outcome=outcome,
            started_at=self.started_at,
            elapsed_seconds=self.clock() - self.began,
            address=None if wire is None else wire.address,
            error=one_line(sentence if wire is None else wire.overrun or sentence),
            may_be_ours=number in OUR_ERRNOS or getattr(cause, "may_be_ours", False),
            is_ours=number in SHORTAGES,
            is_reached=wire is not None and (not wire.is_reused or wire.has_received),
        )

    @property
    def wire(self) -> Wire | None:
        return self.exchange.wire if self.exchange else None

    def finish(self) -> None:
        if self.wire is not None:  # a wire is a queue too, and false when empty
            self.wire.end()


class Fetcher:
    """Made by `open_fetcher`. Its `resolver` knows a host's address before anything is asked of it."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        resolver: Resolver,
        options: FetchOptions,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self.resolver = resolver
        self._session = session
        self._clock = clock
        self._wall_clock = wall_clock
        self._total_seconds = options.total_seconds
        self._head_allowance = options.max_header_bytes * MAX_HEAD_LINES
        self._limits = {
            FetchKind.PAGE: options.max_body_bytes,
            FetchKind.SITEMAP: options.max_sitemap_bytes,
            FetchKind.ROBOTS: options.max_robots_bytes,
        }

    async def fetch(
        self,
        url: str,
        *,
        kind: FetchKind = FetchKind.PAGE,
        etag: str | None = None,
        last_modified: str | None = None,
        make_room: MakeRoom | None = None,
    ) -> Fetch:
        """Ask once. Nothing that the web does is raised; a cancellation passes through.

        `make_room` is awaited before more than `LARGE_BYTES` of the body are held, in our own time and not the host's.
        OK with an `error` is a body that ended early: it is usable, and another attempt may bring more.
        """
        attempt = _Attempt(url, kind, self._limits[kind], self._clock, self._wall_clock, make_room=make_room)
        attempt.restart_clock()
        try:
            target = _parse_target(url)
            await self.resolver.addresses_of(target.raw_host or "")
            attempt.restart_clock()  # what counts for politeness begins when the host is asked
            async with asyncio.timeout(self._total_seconds) as attempt.deadline:
                return await self._ask_anew_if_stale(target, attempt, _conditions(etag, last_modified))
        except _WEB_ERRORS as error:
            return attempt.failed(error)
        finally:
            attempt.finish()

    async def _ask_anew_if_stale(self, target: yarl.URL, attempt: _Attempt, headers: dict[str, str]) -> Fetch:
        """A kept connection may be closed just as it is used: nothing was answered, so a new one is asked."""
        try:
            return await self._ask(target, attempt, headers)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            wire = attempt.wire
            if wire is None or not wire.is_reused or wire.has_received:
                raise
        return await self._ask(target, attempt, headers)

    async def _ask(self, target: yarl.URL, attempt: _Attempt, headers: dict[str, str]) -> Fetch:
        attempt.exchange = Exchange(self._head_allowance, 2 * attempt.limit + BODY_SLACK)
        current_exchange.set(attempt.exchange)
        async with self._session.get(target, headers=headers, allow_redirects=False) as response:
            attempt.outcome = _outcome_of(response, attempt.kind)
            if attempt.outcome is Outcome.OK:
                await _read(response, attempt)
            elif attempt.outcome is not Outcome.NOT_HTML:
                await _drain(response)
            return attempt.answered(response)


@asynccontextmanager
async def open_fetcher(
    options: CrawlerOptions,
    clock: Callable[[], float] = time.monotonic,
    wall_clock: Callable[[], float] = time.time,
) -> AsyncIterator[Fetcher]:
    guard = AddressGuard(allow_private=options.network.allow_private_addresses)
    resolver = Resolver(options.network, guard, clock)
    try:
        async with open_session(options, resolver, guard) as session:
            yield Fetcher(session, resolver, options.fetch, clock=clock, wall_clock=wall_clock)
    finally:
        await resolver.close()


def _parse_target(url: str) -> yarl.URL:
    """The URL as it goes on the wire, byte for byte. Raise ValueError for what cannot be asked for."""
    if not _ON_THE_WIRE.fullmatch(url):
        raise ValueError("the URL has characters that are not sent as they are")
    target = yarl.URL(url, encoded=True)
    if target.scheme not in ("http", "https") or not target.raw_host:
        raise ValueError("not an http or https URL with a host")
    return _exactly(target, url)


def _exactly(target: yarl.URL, url: str) -> yarl.URL:
    """Credentials are not sent. An empty query is: the library would leave its question mark out."""
    if target.raw_user or target.raw_password:
        target = target.with_user(None)
    if url.partition("#")[0].endswith("?") and not target.raw_query_string:
        return target.with_path(f"{target.raw_path}?", encoded=True)
    return target


def _conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    wanted = {"If-None-Match": validator(etag), "If-Modified-Since": validator(last_modified)}
    return {name: value for name, value in wanted.items() if value}


def _outcome_of(response: aiohttp.ClientResponse, kind: FetchKind) -> Outcome:
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        is_other = kind is FetchKind.PAGE and declares_html(response.headers.get("Content-Type")) is False
        return Outcome.NOT_HTML if is_other else Outcome.OK
    if status == HTTPStatus.NOT_MODIFIED:
        return Outcome.NOT_MODIFIED
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST and "Location" in response.headers
    return Outcome.REDIRECT if is_redirect else Outcome.HTTP_ERROR


async def _read(response: aiohttp.ClientResponse, attempt: _Attempt) -> None:
    """Read what is wanted of the body. One that breaks off is used for what it is, unless it is a robots.txt."""
    try:
        await _read_pieces(response, attempt)
    except UndecodableBody as error:
        attempt.outcome, attempt.error = Outcome.DECODE_ERROR, one_line(str(error))
    except aiohttp.ClientPayloadError:
        pass  # the wire knows why
    broken = attempt.wire.broken if attempt.wire is not None else None
    if broken and attempt.outcome is Outcome.OK and not attempt.is_truncated:
        attempt.is_truncated, attempt.error = True, one_line(broken)
        if not attempt.size or attempt.kind is FetchKind.ROBOTS:
            attempt.outcome = Outcome.PROTOCOL_ERROR
    if not attempt.is_sniffed and attempt.outcome is Outcome.OK:
        attempt.sniff(response.headers.get("Content-Type"))


async def _read_pieces(response: aiohttp.ClientResponse, attempt: _Attempt) -> None:
    content, content_type = response.content, response.headers.get("Content-Type")
    decompressor = Decompressor(",".join(response.headers.getall("Content-Encoding", ())), attempt.limit)
    since_turn = 0
    while data := await content.readany():
        for piece in decompressor.feed(data):
            if not attempt.take(piece, content_type):
                return
            since_turn += len(piece)
            if since_turn > TURN_BYTES:
                since_turn = 0
                await asyncio.sleep(0)
            if (
                attempt.make_room is not None
                and attempt.size > LARGE_BYTES
                and not await _has_room(attempt, attempt.make_room)
            ):
                return
        if content.total_bytes > attempt.limit:
            attempt.is_truncated = True
            return
    if not decompressor.is_complete:
        attempt.is_truncated, attempt.error = True, "the compressed body ended early"


async def _has_room(attempt: _Attempt, make_room: MakeRoom) -> bool:
    """Wait once for room while the clock of the host stands still; False when there is none in time."""
    attempt.make_room = None
    due, began, loop = attempt.deadline.when(), attempt.clock(), asyncio.get_running_loop()
    left = (due or 0.0) - loop.time()
    attempt.deadline.reschedule(None)
    try:
        async with asyncio.timeout(ROOM_SECONDS):
            await make_room()
    except TimeoutError:
        attempt.is_truncated = True
    finally:
        attempt.deadline.reschedule(loop.time() + left)
        attempt.began += attempt.clock() - began
    return not attempt.is_truncated


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a short rest, so that the connection can be kept; a long or slow one is not worth it."""
    content = response.content
    if content.is_eof() or (response.content_length or 0) > DRAIN_BYTES:
        return
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while content.total_bytes <= DRAIN_BYTES and await content.readany():
                pass


def _text_of(response: aiohttp.ClientResponse, name: str, limit: int | None = MAX_VALUE_CHARACTERS) -> str | None:
    value = response.headers.get(name)
    return None if value is None else readable(value)[:limit]

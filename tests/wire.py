"""A server that sends exactly the bytes it is told, in the pieces and with the pauses it is told.

A `Reply` is a run of steps (bytes are sent, numbers are seconds to wait) and an ending. Steps may be a callable that
begins them anew for each request, and may be endless: what the client does not take is not made. The server notes the
requests and connections it saw and leaves nothing open.
"""

import asyncio
import contextlib
import enum
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple


class Ending(enum.Enum):
    KEEP = "wait for the next request"
    CLOSE = "close in order"
    RESET = "close with a reset"
    HOLD = "stay silent until the test ends"


Steps = Iterable[bytes | float]


class Reply(NamedTuple):
    steps: Steps | Callable[[], Steps]
    ending: Ending = Ending.KEEP


def page(body: bytes = b"<p>hello", *headers: str, status: str = "200 OK") -> Reply:
    """A well-formed answer; HTML unless the headers say otherwise."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    if not any(header.lower().startswith("content-type:") for header in headers):
        lines.append("Content-Type: text/html")
    return Reply(["\r\n".join([*lines, "", ""]).encode("latin-1") + body])


def raw(*steps: bytes | float, ending: Ending = Ending.CLOSE) -> Reply:
    return Reply(steps, ending)


Script = Callable[[bytes], Reply]


class WireServer:
    """`reply` answers each request unless `replies` holds one for its path."""

    def __init__(self, reply: Reply | Script) -> None:
        self.reply = reply
        self.replies: dict[str, Reply | Script] = {}
        self.requests: list[bytes] = []
        self.connection_count = 0
        self.open_count = 0
        self.sent_bytes = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ", 2)[1].decode("latin-1") for request in self.requests]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        self.open_count += 1
        try:
            while await self._answer(reader, writer) is Ending.KEEP:
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.open_count -= 1
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Ending:
        request = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(request)
        path = request.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
        chosen = self.replies.get(path, self.reply)
        reply = chosen if isinstance(chosen, Reply) else chosen(request)
        for step in reply.steps() if callable(reply.steps) else reply.steps:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
                self.sent_bytes += len(step)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(step)
        await self._end(reply.ending, writer)
        return reply.ending

    async def _end(self, ending: Ending, writer: asyncio.StreamWriter) -> None:
        if ending is Ending.HOLD:
            await asyncio.Event().wait()
        elif ending is Ending.CLOSE:
            writer.close()
            await writer.wait_closed()
        elif ending is Ending.RESET:
            # Lingering for no time makes the close a reset.
            plain: socket.socket = writer.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


@asynccontextmanager
async def serve(
    reply: Reply | Script | None = None, *, context: ssl.SSLContext | None = None
) -> AsyncIterator[WireServer]:
    server = WireServer(reply or page())
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0, ssl=context, limit=1_048_576)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await server.stop()
        await listener.wait_closed()

"""Messages between the process that writes and the shards: values in frames over a socket pair.

Both ends are this program, started by this program, so pickle is at home here; nothing from the web decides what is
unpickled. Order is kept, and the shards rely on it: what a visit names is with the writer before any later visit.
"""

import asyncio
import pickle
import socket
from contextlib import suppress
from typing import Any, Self

LENGTH_BYTES = 4
MAX_BUFFERED_BYTES = 4_194_304


class Channel:
    """One end. `receive` gives None when the other end is gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> Self:
        reader, writer = await asyncio.open_connection(sock=end)
        writer.transport.set_write_buffer_limits(high=MAX_BUFFERED_BYTES)
        return cls(reader, writer)

    def post(self, *message: Any) -> None:
        """Send without waiting. What is posted to a process that is gone is lost, and it is noticed by `receive`."""
        if self._writer.is_closing():
            return
        frame = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        self._writer.write(len(frame).to_bytes(LENGTH_BYTES, "big") + frame)

    async def send(self, *message: Any) -> None:
        """Send, and wait while the other end is far behind."""
        self.post(*message)
        with suppress(ConnectionError):  # noticed by `receive`
            await self._writer.drain()

    async def receive(self) -> tuple[Any, ...] | None:
        try:
            length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
            frame = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        message: tuple[Any, ...] = pickle.loads(frame)  # noqa: S301 — the sender is our own process
        return message

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

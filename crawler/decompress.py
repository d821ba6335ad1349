"""Compressed bodies to plain bytes, a bounded piece at a time.

Every decoder is asked for at most one piece and asked again, and each layer of a nested encoding may give no more than
the limit; so a bomb costs the memory and the work of a body of that limit, whatever its ratio. Cutting the last layer
at the limit is the caller's, who stops asking.
"""

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

from .errors import CrawlerError

PIECE_BYTES = 131_072
MAX_LAYERS = 4
_MAX_MEMBERS = 1_000
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that RFC 9659 lets a server use
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGICS = (b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18")


class UndecodableBody(CrawlerError):
    """Internal: the fetcher makes an outcome of it."""


class Layer(Protocol):
    """One coding. `pull` gives at most a piece, and nothing when it has to be fed first."""

    @property
    def is_complete(self) -> bool: ...

    def push(self, data: bytes) -> None: ...

    def pull(self) -> bytes: ...


class _Plain:
    """What claims to be gzip and is not: servers compress twice in their configuration and once in fact."""

    is_complete = True

    def __init__(self) -> None:
        self._waiting = b""

    def push(self, data: bytes) -> None:
        self._waiting += data

    def pull(self) -> bytes:
        piece, self._waiting = self._waiting, b""
        return piece


class _Zlib:
    """gzip with any number of members, and deflate with and without its header."""

    def __init__(self, *, is_gzip: bool, window_bits: int) -> None:
        self._is_gzip = is_gzip
        self._window_bits = window_bits
        self._decoder = zlib.decompressobj(window_bits)
        self._waiting = b""
        self._member_count = 1
        self.is_complete = False

    def push(self, data: bytes) -> None:
        if self._decoder.eof:
            self._begin_member(self._waiting + data)
        else:
            self._waiting += data

    def pull(self) -> bytes:
        while not self.is_complete:
            piece = self._decoder.decompress(self._waiting, PIECE_BYTES)
            self._waiting = self._decoder.unconsumed_tail
            if self._decoder.eof:
                self._begin_member(self._decoder.unused_data)
            elif not piece:
                return b""
            if piece:
                return piece
        return b""

    def _begin_member(self, rest: bytes) -> None:
        """Go on with the next member; what else follows the end is padding."""
        self.is_complete = True
        self._waiting = rest if self._is_gzip and _GZIP_MAGIC.startswith(rest[:2]) else b""
        self._is_gzip &= self._waiting == rest and self._member_count < _MAX_MEMBERS
        if self._is_gzip and len(self._waiting) >= len(_GZIP_MAGIC):
            self._member_count += 1
            self._decoder = zlib.decompressobj(self._window_bits)
            self.is_complete = False


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self._waiting = b""

    @property
    def is_complete(self) -> bool:
        return bool(self._decoder.is_finished())

    def push(self, data: bytes) -> None:
        self._waiting += data

    def pull(self) -> bytes:
        if self._decoder.is_finished():
            return b""
        if not self._decoder.can_accept_more_data():
            return bytes(self._decoder.process(b"", output_buffer_limit=PIECE_BYTES))
        data, self._waiting = self._waiting, b""
        return bytes(self._decoder.process(data, output_buffer_limit=PIECE_BYTES)) if data else b""


class _Zstd:
    def __init__(self) -> None:
        self._decoder = self._new_decoder()
        self._waiting = b""
        self._frame_count = 1

    @staticmethod
    def _new_decoder() -> ZstdDecompressor:
        return ZstdDecompressor(options={DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})

    @property
    def is_complete(self) -> bool:
        return self._decoder.eof

    def push(self, data: bytes) -> None:
        self._waiting += data

    def pull(self) -> bytes:
        while True:
            if self._decoder.eof and not self._begin_frame():
                return b""
            if self._decoder.needs_input and not self._waiting:
                return b""
            data, self._waiting = self._waiting, b""
            if piece := self._decoder.decompress(data, PIECE_BYTES):
                return piece

    def _begin_frame(self) -> bool:
        rest = self._decoder.unused_data + self._waiting
        is_frame = rest[:4] == _ZSTD_MAGICS[0] or rest[1:4] == _ZSTD_MAGICS[1]
        if not is_frame or self._frame_count >= _MAX_MEMBERS:
            return False
        self._frame_count += 1
        self._decoder = self._new_decoder()
        self._waiting = rest
        return True


def _gzip(head: bytes) -> Layer:
    return _Zlib(is_gzip=True, window_bits=16 + zlib.MAX_WBITS) if head == _GZIP_MAGIC else _Plain()


def _deflate(head: bytes) -> Layer:
    """The standard says zlib; many send the bare stream. A zlib header names its method and is a multiple of 31."""
    has_header = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head, "big") % 31 == 0
    return _Zlib(is_gzip=False, window_bits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


_HEAD_BYTES = 2
_DECODER_ERRORS = (zlib.error, brotli.error, ZstdError, EOFError)


class _Late:
    """A layer that is chosen by its first two bytes."""

    def __init__(self, make: Callable[[bytes], Layer]) -> None:
        self._make = make
        self._head = b""
        self._layer: Layer | None = None

    @property
    def is_complete(self) -> bool:
        return self._layer.is_complete if self._layer else not self._head

    def push(self, data: bytes) -> None:
        if self._layer:
            self._layer.push(data)
            return
        self._head += data
        if len(self._head) >= _HEAD_BYTES:
            self._layer = self._make(self._head[:_HEAD_BYTES])
            self._layer.push(self._head)

    def pull(self) -> bytes:
        return self._layer.pull() if self._layer else b""


_MAKERS: dict[str, Callable[[], Layer]] = {
    "gzip": lambda: _Late(_gzip),
    "x-gzip": lambda: _Late(_gzip),
    "deflate": lambda: _Late(_deflate),
    "br": _Brotli,
    "zstd": _Zstd,
}


class Decompressor:
    """The layers of one body, outermost first. Unknown names in Content-Encoding mean nothing, as in browsers."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        """Raise UndecodableBody when more layers are named than anyone needs."""
        names = [name.strip().lower() for name in content_encoding.split(",", maxsplit=100)]
        makers = [_MAKERS[name] for name in reversed(names) if name in _MAKERS]
        if len(makers) > MAX_LAYERS:
            raise UndecodableBody(f"the body is compressed {len(makers)} times over")
        self._layers = [make() for make in makers]
        self._left = [limit] * len(makers)

    def __bool__(self) -> bool:
        return bool(self._layers)

    @property
    def is_complete(self) -> bool:
        """Whether every layer has seen its end; otherwise the body was cut."""
        return all(layer.is_complete for layer in self._layers)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces that `data` brings. Raise UndecodableBody for what is not compressed as it claims."""
        try:
            yield from self._through(0, data)
        except _DECODER_ERRORS as error:
            raise UndecodableBody(f"the body does not decompress: {error}") from error

    def _through(self, depth: int, data: bytes) -> Iterator[bytes]:
        if depth == len(self._layers):
            yield data
            return
        layer = self._layers[depth]
        layer.push(data)
        while piece := layer.pull():
            if depth + 1 < len(self._layers) and self._left[depth] < len(piece):
                raise UndecodableBody("a compressed layer of the body is larger than a body may be")
            self._left[depth] -= len(piece)
            yield from self._through(depth + 1, piece)

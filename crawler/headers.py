"""What the headers and first bytes of an answer mean to us: pure text work.

Headers come from aiohttp as UTF-8 with surrogate escapes for bytes that are none; `readable` undoes that. Whether HTML
is in a body is decided here; what its charset is, elsewhere.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_VALUE_CHARACTERS = 1_024
MAX_ERROR_CHARACTERS = 300
SNIFF_BYTES = 512
MAX_RETRY_SECONDS = 10 * 365 * 86_400.0

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_VISIBLE_ASCII = re.compile(r"[\x20-\x7e]+")
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_UNKNOWN_TYPES = frozenset(("", "unknown/unknown", "application/unknown", "*/*", "text/xml", "application/xml"))
_HTML_START = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?"
    rb"<(?:!--|!doctype\s+html|(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link)[\s>/])",
    re.IGNORECASE,
)
_BINARY_STARTS = (
    b"%PDF-", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"\x1f\x9d", b"RIFF",
    b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!", b"\x7fELF", b"ID3", b"OggS", b"wOF", b"\x00\x00\x01\x00", b"MZ\x90",
)  # fmt: skip


def readable(value: str) -> str:
    """The header as its sender meant it: UTF-8 if it is, Latin-1 otherwise."""
    if value.isascii():
        return value
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def one_line(text: str, limit: int = MAX_ERROR_CHARACTERS) -> str:
    """Text that is safe to print and to store: no control characters, no lone surrogates, not long."""
    return _CONTROLS.sub(" ", text)[:limit].strip()


def validator(value: str | None) -> str | None:
    """An ETag or Last-Modified that may be sent back; anything odd is dropped, since it was only a saving."""
    is_sound = value is not None and len(value) <= MAX_VALUE_CHARACTERS and _VISIBLE_ASCII.fullmatch(value)
    return value if is_sound else None


def retry_after_seconds(value: str | None, date: str | None, now: float) -> float | None:
    """Both forms of Retry-After. A date is taken relative to the sender's own clock, its Date header."""
    text = (value or "").strip()
    if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text, re.ASCII):
        return _clamped(float(text))
    until = _epoch_of(text)
    return None if until is None else _clamped(until - (_epoch_of(date or "") or now))


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_SECONDS)


def _epoch_of(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return _in_utc(moment).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def declares_html(content_type: str | None) -> bool | None:
    """None: the type says nothing, look at the bytes."""
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence in _HTML_TYPES:
        return True
    return None if essence in _UNKNOWN_TYPES or "/" not in essence else False


def looks_like_html(start: bytes) -> bool:
    """For bodies without a type, after the WHATWG's sniffing table. UTF-16 is recognised by leaving out its zeros."""
    bare = start.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    return not start.strip() or _HTML_START.match(bare.lstrip()) is not None


def looks_binary(start: bytes) -> bool:
    """For bodies that claim to be HTML and begin like an image, an archive or a PDF."""
    return start.startswith(_BINARY_STARTS)

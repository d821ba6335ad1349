"""Heads of answers as servers send them, made into heads that a strict parser takes.

Browsers put up with these faults and so must a crawler that is to see the same web: lines without a colon, spaces in
names, NULs, several equal lengths, a length beside chunking, an odd version. What would make the end of the body
doubtful, as two different lengths do, is left for the parser to refuse. Sound heads pass through untouched.
"""

import re

LONGEST_END = 3
"""A head's end may begin this many bytes before the piece that completes it."""

_SEEN_BYTES = 64
_END = re.compile(rb"\n\r?\n")
_SOUND = re.compile(
    rb"HTTP/1\.[01] [1-9]\d\d(?: [^\r\n\0]*)?\r?\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r?\n)*\r?\n"
)  # fmt: skip
_FRAMING = re.compile(rb"\n(?:content-length|(transfer-encoding)):[ \t]*([^\r\n]*)", re.IGNORECASE)
_STATUS = re.compile(rb"\s*HTTP(?:/(\d)(?:\.(\d{1,3}))?)?[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MAX_LENGTH_DIGITS = 18
"""Longer bodies than any there are; the parser would take the number for a fault."""


def end_of_head(data: bytes, start: int = 0) -> int | None:
    """Where the first head in `data` ends. Empty lines before it are part of it."""
    leading = len(data) - len(data.lstrip(b"\r\n")) if data.startswith((b"\r", b"\n")) else 0
    found = _END.search(data, max(start - LONGEST_END, leading, 0))
    return found.end() if found else None


def may_be_http(data: bytes) -> bool:
    """Whether an answer that begins so can still become a head."""
    start = data[:_SEEN_BYTES].lstrip(b"\r\n \t")[:4].upper()
    return b"HTTP".startswith(start)


def mend_head(head: bytes) -> bytes:
    """The head, unchanged if it is sound or beyond mending."""
    if _SOUND.fullmatch(head) and _has_sound_framing(head):
        return head
    status, *lines = head.replace(b"\0", b"").strip(b"\r\n").split(b"\n")
    found = _STATUS.fullmatch(status.rstrip(b"\r").replace(b"\r", b" "))
    if not found:
        return head
    major, minor, code, reason = found.groups()
    version = b"HTTP/1.0" if (major, minor) == (b"1", b"0") else b"HTTP/1.1"
    fields = _one_length(_fields_of(lines))
    return b"\r\n".join([b"%b %b %b" % (version, code, reason), *(b"%b: %b" % field for field in fields), b"", b""])


def _has_sound_framing(head: bytes) -> bool:
    framing = _FRAMING.findall(head)
    if len(framing) > 1:
        return False
    if not framing or framing[0][0]:
        return True
    length = framing[0][1].rstrip()
    return length.isdigit() and len(length) <= _MAX_LENGTH_DIGITS


def _fields_of(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Names and values; folded lines joined, what has no usable name dropped."""
    fields: list[tuple[bytes, bytes]] = []
    for raw_line in lines:
        line = raw_line.rstrip(b"\r").replace(b"\r", b" ")
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip()
        if colon and _TOKEN.fullmatch(name):
            fields.append((name, value.strip()))
    return fields


def _one_length(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Transfer-Encoding outranks any length; equal lengths are one; an empty or impossible one is none."""
    has_transfer_encoding = any(name.lower() == b"transfer-encoding" for name, _ in fields)
    values = [value for name, value in fields if name.lower() == b"content-length"]
    parts = {part.strip().removeprefix(b"+") for value in values for part in value.split(b",")} - {b""}
    if not (has_transfer_encoding or all(part.isdigit() for part in parts)):
        return fields
    lengths = {part.lstrip(b"0") or b"0" for part in parts if not has_transfer_encoding}
    others = [(name, value) for name, value in fields if name.lower() != b"content-length"]
    return others + [(b"Content-Length", length) for length in sorted(lengths) if len(length) <= _MAX_LENGTH_DIGITS]

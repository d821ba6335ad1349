"""Bytes of a page to text: which encoding it is in, decided by us before any parser sees it.

The standard's order (byte-order mark, HTTP label, <meta> prescan) gives the declared encoding. Then the bytes are asked
whether they agree, because on the web the label is wrong more often than the bytes: UTF-8 of some length is never
valid by accident, so bytes that are valid UTF-8 are read as UTF-8 whatever they are declared as. What declares nothing
and is not UTF-8 is guessed from a bounded sample.

Never raises: what cannot be decoded becomes U+FFFD. What a declaration looks like is left to prescan.py.
"""

import codecs
import re
from typing import NamedTuple

import cchardet
import webencodings

from .prescan import encoding_of_label, label_in_header, prescan_encoding

DEFAULT_ENCODING = "windows-1252"
"""What browsers assume of a page that says nothing, in most of the world."""

SAMPLE_BYTES = 65_536
"""As much as the guess and the search for a late declaration look at."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_CJK = frozenset({"gbk", "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis"})
_CONVINCING_BYTES = 4
"""So many continuation bytes in valid UTF-8 outweigh any label: two Chinese characters or four accented letters."""
_TYPICAL_START = re.compile(rb"[\xc2\xc3\xe2]")
"""First bytes of the UTF-8 of Latin letters, quotes and dashes, which legacy text has no use for before a symbol."""
_ESCAPE = b"\x1b"  # looked for at the speed of memory, where the pattern goes byte by byte
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_LATE_DECLARATION = re.compile(rb"charset|encoding", re.IGNORECASE)
_GUESSES_AS_WEB_LABELS = {"maccyrillic": "x-mac-cyrillic", "uhc": "euc-kr", "viscii": "windows-1258"}


class DecodedText(NamedTuple):
    """`encoding` is the WHATWG's name."""

    text: str
    encoding: str

    @property
    def python_codec(self) -> str:
        """The same encoding by the name that `str.encode` knows."""
        codec = webencodings.lookup(self.encoding)
        return str(codec.codec_info.name) if codec else "utf-8"


def decode_html(body: bytes, *, content_type: str | None = None) -> DecodedText:
    """The page's text and the WHATWG name of the encoding it was read in."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return DecodedText(_decode(body[len(mark) :], encoding), encoding)
    if encoding_without_mark := _utf_16_by_its_zeros(body):
        return DecodedText(_decode(body, encoding_without_mark), encoding_without_mark)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _decode_other(body, declared_encoding_of(body, content_type))
    if len(body) - len(text) >= _CONVINCING_BYTES:
        return DecodedText(text, "utf-8")
    return _decode_nearly_ascii(body, text, declared_encoding_of(body, content_type))


def declared_encoding_of(body: bytes, content_type: str | None) -> str | None:
    """What HTTP says, else what the page says of itself; browsers honour a late <meta> too, by starting again."""
    label = label_in_header(content_type) if content_type else None
    if label and (encoding := encoding_of_label(label)):
        return encoding
    if early := prescan_encoding(body):
        return early
    if _LATE_DECLARATION.search(body, 0, SAMPLE_BYTES):
        return prescan_encoding(body, SAMPLE_BYTES)
    return None


def _decode(body: bytes, encoding: str) -> str:
    codec = webencodings.lookup(encoding)
    text: str = codec.codec_info.decode(body, "replace")[0] if codec else body.decode(errors="replace")
    return text


def _utf_16_by_its_zeros(body: bytes) -> str | None:
    """UTF-16 without a mark: markup is ASCII, so every second byte of its beginning is zero."""
    head = body[:256]
    zeros = head.count(0)
    if zeros * 3 < len(head):
        return None
    first_zeros = head[::2].count(0)
    if first_zeros * 8 < zeros:
        return "utf-16le"
    return "utf-16be" if (zeros - first_zeros) * 8 < zeros else None


def _decode_nearly_ascii(body: bytes, utf_8: str, declared: str | None) -> DecodedText:
    """Valid UTF-8 with so few characters beyond ASCII that it may be valid by accident."""
    if declared is not None and declared.startswith("utf-"):  # bytes that are no UTF-16 do not become it by a label
        declared = "utf-8"
    if declared in (None, "utf-8"):
        if _ESCAPE in body and _ISO_2022_JP.search(body):
            return DecodedText(_decode(body, "iso-2022-jp"), "iso-2022-jp")
        return DecodedText(utf_8, declared or ("utf-8" if len(utf_8) < len(body) else DEFAULT_ENCODING))
    if len(utf_8) == len(body) and declared != "iso-2022-jp":
        return DecodedText(utf_8, declared)
    if len(utf_8) < len(body) and declared not in _CJK and _TYPICAL_START.search(body):
        return DecodedText(utf_8, "utf-8")
    return DecodedText(_decode(body, declared), declared)


def _decode_other(body: bytes, declared: str | None) -> DecodedText:
    """Not valid UTF-8: a legacy encoding, or UTF-8 with some bytes broken or cut off."""
    utf_8 = body.decode(errors="replace")
    broken = utf_8.count("\N{REPLACEMENT CHARACTER}")
    whole = len(utf_8) - len(utf_8.encode("ascii", "ignore")) - broken
    if whole > 4 * broken or (declared == "utf-8" and whole >= broken):
        return DecodedText(utf_8, "utf-8")
    if declared is None or declared.startswith("utf-"):
        declared = _guessed_encoding(body)
    return DecodedText(_decode(body, declared), declared)


def _guessed_encoding(body: bytes) -> str:
    found = cchardet.detect(body[:SAMPLE_BYTES])["encoding"] or ""
    name = encoding_of_label(_GUESSES_AS_WEB_LABELS.get(found.lower(), found))
    return DEFAULT_ENCODING if name is None or name.startswith("utf-") else name

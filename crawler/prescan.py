"""The encoding that a page declares in its own first bytes.

The prescan of the HTML standard (13.2.3.2): comments, tags and processing instructions are stepped over as the standard
says, attributes are parsed properly, and only a <meta> that really is one counts. Whether the declaration is believed
is decided in charset.py.
"""

import re

import webencodings

PRESCAN_BYTES = 1_024
"""Where the standard stops looking."""

_TAG = re.compile(rb"</?[A-Za-z]|<!--|<[!/?]")
_META = re.compile(rb"<meta[\t\n\f\r /]", re.IGNORECASE)
_TAG_NAME_END = re.compile(rb"[\t\n\f\r >]")
_ATTRIBUTE = re.compile(
    rb"""[\t\n\f\r /]*
    (?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*)
    (?:[\t\n\f\r ]*=[\t\n\f\r ]*
        (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\t\n\f\r >"'][^\t\n\f\r >]*)|(?=>)|(?P<open>["'])))?""",
    re.VERBOSE,
)
_CONTENT_CHARSET = re.compile(
    r"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|(?!["'])([^\t\n\f\r ;]*))""", re.IGNORECASE
)
_PARAMETER = re.compile(r""";[\t ]*([^\s;="]+)=(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]*+))?""")
_XML_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding[\x00-\x20]*=[\x00-\x20]*(["'])([^"'>\x00-\x20]*)\1""")

_UNREAD = frozenset({"replacement"})
"""Encodings that the standard refuses to decode; the markup of such pages is ASCII, so a guess keeps their links."""


def prescan_encoding(body: bytes, max_bytes: int = PRESCAN_BYTES) -> str | None:
    """The name of the declared encoding, or None. UTF-16 in a declaration that can be read this way means UTF-8."""
    head = body[:max_bytes]
    position = 0
    while found := _TAG.search(head, position):
        if _META.match(head, found.start()):
            attributes, position = _attributes_at(head, found.start() + 5)
            if encoding := _meta_encoding(attributes):
                return encoding
        else:
            position = _end_of_tag(head, found)
        if position < 0:
            break
    xml = _XML_ENCODING.match(head)
    return declared_encoding(xml[2].decode("latin-1")) if xml else None


def encoding_of_label(label: str) -> str | None:
    """The WHATWG name of an encoding label such as `latin1`; None for labels it does not know or does not decode."""
    encoding = webencodings.lookup(label)
    return encoding.name if encoding and encoding.name not in _UNREAD else None


def declared_encoding(label: str) -> str | None:
    """The same for a label found inside the page, which was read as ASCII and so cannot be UTF-16."""
    name = encoding_of_label(label)
    if name in ("utf-16le", "utf-16be"):
        return "utf-8"
    return "windows-1252" if name == "x-user-defined" else name


def label_in_header(content_type: str) -> str | None:
    """The charset parameter of an HTTP Content-Type; what another parameter quotes is not one."""
    for name, quoted, bare in _PARAMETER.findall(content_type):
        if name.lower() == "charset" and (quoted or bare):
            return str(quoted or bare)
    return None


def label_in_content(content: str) -> str | None:
    """The label after `charset=` in the content of a <meta>, wherever it stands there."""
    found = _CONTENT_CHARSET.search(content)
    return next((label for label in found.groups() if label is not None), None) if found else None


def _end_of_tag(head: bytes, tag: re.Match[bytes]) -> int:
    """Where to look on after a comment, a tag or a bogus comment; -1 at the end of the bytes."""
    start = tag.start()
    if tag[0] == b"<!--":
        end = head.find(b"-->", start + 2)
        return end if end < 0 else end + 3
    if tag[0][-1:] in b"!/?":
        end = head.find(b">", start)
        return end if end < 0 else end + 1
    name_end = _TAG_NAME_END.search(head, tag.end())
    return _attributes_at(head, name_end.start())[1] if name_end else -1


def _attributes_at(head: bytes, position: int) -> tuple[dict[bytes, bytes], int]:
    """The attributes from here to the end of the tag and where that is; -1 when the bytes end inside of one."""
    attributes: dict[bytes, bytes] = {}
    while found := _ATTRIBUTE.match(head, position):
        if found["open"] or found.end() == len(head):
            return {}, -1
        value = found["double"] or found["single"] or found["bare"] or b""
        attributes.setdefault(found["name"].lower(), value)
        position = found.end()
    return attributes, position


def _meta_encoding(attributes: dict[bytes, bytes]) -> str | None:
    if b"charset" in attributes:
        return declared_encoding(attributes[b"charset"].decode("latin-1"))
    if attributes.get(b"http-equiv", b"").lower() != b"content-type":
        return None
    label = label_in_content(attributes.get(b"content", b"").decode("latin-1"))
    return declared_encoding(label) if label else None

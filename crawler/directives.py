"""What a page or a response tells robots: index and follow directives, refreshes, links in headers.

Strings in, values out. Several statements add up, so the strictest counts, as search engines do. Which element or
header the strings come from is extract.py's and crawl.py's matter.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

KNOWN_DIRECTIVES = frozenset(
    {"noindex", "nofollow", "noarchive", "nosnippet", "noimageindex", "notranslate", "indexifembedded", "nocache"}
)
"""What may be in an answer. `none` is given as the two it stands for; what only permits is left out."""

_DIRECTIVES_WITH_VALUES = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_SEPARATORS = re.compile(r"[,\s]+")
_REFRESH = re.compile(
    r"\s*(?:[0-9]+(?:\.[0-9.]*)?|\.[0-9.]+)(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_LINK_VALUE = re.compile(r"<(?P<href>[^<>]*)>(?P<parameters>(?:[^,\"]|\"(?:[^\"\\]|\\.)*+\"?)*+)")
_LINK_PARAMETER = re.compile(
    r";\s*(?P<name>[\w!#$&+\-^`|~*]+)\s*(?:=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*+)\"?|(?P<bare>[^;,\s]*)))?"
)
_PAGE_RELATIONS = frozenset(
    {
        "canonical",
        "next",
        "prev",
        "previous",
        "first",
        "last",
        "start",
        "up",
        "top",
        "contents",
        "index",
        "chapter",
        "section",
        "amphtml",
        "shortlink",
        "prerender",
    }
)
_WHEN_A_DOCUMENT = frozenset({"prefetch", "preload"})
_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})
_MAX_HEADER_CHARACTERS = 65_536


class HeaderLink(NamedTuple):
    """One link of a `Link` header. `parameters` has lower-case names, `rel` among them."""

    href: str
    parameters: dict[str, str]


def parse_robots_content(content: str) -> frozenset[str]:
    """The directives in the content of a robots meta element."""
    return _expanded(_SEPARATORS.split(content.lower()))


def parse_robots_header(values: Sequence[str], product_token: str) -> frozenset[str]:
    """The directives of all X-Robots-Tag headers that are for every robot or for this one.

    `otherbot: noindex, nofollow` names its robot once for the whole value; a name later in the value starts a new list.
    """
    ours = product_token.lower()
    found: set[str] = set()
    for value in values:
        applies = True
        for part in value.lower().split(","):
            name, colon, rest = part.partition(":")
            if colon and name.strip() not in _DIRECTIVES_WITH_VALUES:
                applies = name.strip() in (ours, "*", "robots")
                part = rest  # noqa: PLW2901 — what stands after the robot's name
            if applies:
                found |= _expanded(part.split())
    return frozenset(found)


def parse_refresh(content: str) -> str | None:
    """The URL of a Refresh header or meta element; None when it only reloads the same page."""
    found = _REFRESH.match(content)
    if not found:
        return None
    rest = found["rest"].strip()
    if rest[:1] in ("'", '"'):
        rest = rest[1:].partition(rest[0])[0].strip()
    return rest or None


def parse_link_header(value: str | None) -> list[HeaderLink]:
    """The links of a `Link` header (RFC 8288), in order; what is not one is stepped over."""
    return [
        HeaderLink(found["href"].strip(), _parameters(found["parameters"]))
        for found in _LINK_VALUE.finditer((value or "")[:_MAX_HEADER_CHARACTERS])
    ]


def parse_canonical_header(value: str | None) -> str | None:
    """The first `rel=canonical` of a `Link` header."""
    for link in parse_link_header(value):
        if "canonical" in link.parameters.get("rel", "").lower().split() and "anchor" not in link.parameters:
            return link.href or None
    return None


def leads_to_a_page(rel: str, media_type: str = "", destination: str = "", language: str = "") -> bool:
    """Whether a <link> or a Link header of this kind names a page rather than a style, a font, a feed or a name."""
    relations = set(rel.lower().split())
    if "stylesheet" in relations or media_type.partition(";")[0].strip().lower() not in _PAGE_TYPES:
        return False
    if relations & _WHEN_A_DOCUMENT:
        return destination.lower() in ("", "document")
    return bool(relations & _PAGE_RELATIONS) or ("alternate" in relations) or bool(language)


def header_discoveries(link: str | None, content_location: str | None) -> list[str]:
    """The hrefs in response headers that lead to pages, to be resolved against the page's own URL."""
    found = [
        one.href
        for one in parse_link_header(link)
        if one.href and leads_to_a_page(*(one.parameters.get(name, "") for name in ("rel", "type", "as", "hreflang")))
    ]
    if content_location and content_location.strip():
        found.append(content_location.strip())
    return found


def _expanded(tokens: Iterable[str]) -> frozenset[str]:
    found = set(tokens)
    if "none" in found:
        found |= {"noindex", "nofollow"}
    return frozenset(found & KNOWN_DIRECTIVES)


def _parameters(text: str) -> dict[str, str]:
    """The first of each name counts (RFC 8288 section 3.3 for rel)."""
    parameters: dict[str, str] = {}
    for found in _LINK_PARAMETER.finditer(text):
        value = found["bare"] or re.sub(r"\\(.)", r"\1", found["quoted"] or "")
        parameters.setdefault(found["name"].lower(), value)
    return parameters

"""The links of one page, each as a row: href, words, rel, kind, placement.

Words are what a reader sees in the link; where there are none, the images' alternative texts; where these are empty
too, the link's title, as search engines do. Costly things are bounded: the words of all links together are read from
about as much text as the page has, so that links inside links stay linear.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from storage import LinkKind, Placement

from .placement import PlacementReader
from .surroundings import words_around

MAX_ANCHOR_CHARACTERS = 255
ASCII_SPACE = " \t\n\f\r"

_PICTURES = frozenset({"img", "svg", "input", "object", "canvas", "video"})
_MAX_ELEMENTS_IN_LINK = 64
_REL_SEPARATOR = re.compile(r"[\s,]+")
_MAX_REL_CHARACTERS = 500
_MAX_CACHED_CHARACTERS = 100
_AUTHORITY = re.compile(r"(?:https?:)?//([^/?#\\]*)", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_TEXT, _IMAGE, _AREA = LinkKind


class ExtractedLink(NamedTuple):
    """One `<a>` or `<area>` with an href, as written but for surrounding whitespace. `rel`: sorted, one of each."""

    href: str
    anchor_text: str
    rel: str
    kind: LinkKind
    placement: Placement
    text_before: str = ""
    text_after: str = ""


class LinkReader:
    """Reads the link elements of one page, in order. Words around links are read for those that leave `domain`."""

    def __init__(self, *, domain: str, base_href: str | None, max_link_text_characters: int, page_bytes: int) -> None:
        self._placement_in = PlacementReader().placement_in
        self._domain = domain
        self._subdomain_end = f".{domain}"
        self._width = max_link_text_characters if domain else 0
        self._relative_leaves = False
        self._relative_leaves = bool(base_href) and self._leaves(base_href or "")
        self._characters_left = 2 * page_bytes

    def read(self, node: LexborNode, attributes: dict[str, str | None]) -> ExtractedLink:
        href = (attributes["href"] or "").strip(ASCII_SPACE)
        rel = attributes.get("rel")
        raw = node.text() if self._characters_left > 0 else ""
        self._characters_left -= len(raw)
        words, kind = folded(raw)[:MAX_ANCHOR_CHARACTERS], _TEXT
        if not words:
            words, kind = _unspoken(node, attributes)
        before = after = ""
        if self._width and self._leaves(href):
            before, after = words_around(node, self._width)
        placement = self._placement_in(node.parent)
        return ExtractedLink(href, words, normal_rel(rel) if rel else "", kind, placement, before, after)

    def _leaves(self, href: str) -> bool:
        """Whether an href leads out of the domain, judged by its spelling alone: cheap, and right when usual."""
        if href[:1] == "/" and href[1:2] != "/":
            return self._relative_leaves
        slash = href.find("/", len("https://"))  # what follows it is no part of the authority
        start = href if slash < 0 else href[:slash]
        host = _spelled_host(start) if len(start) <= _MAX_CACHED_CHARACTERS else _find_spelled_host(start)
        if host is None:
            return self._relative_leaves and not _OTHER_SCHEME.match(href)
        return host != self._domain and not host.endswith(self._subdomain_end)


def _find_spelled_host(href: str) -> str | None:
    found = _AUTHORITY.match(href)
    return None if found is None else found[1].rpartition("@")[2].partition(":")[0].lower().rstrip(".")


_spelled_host = lru_cache(maxsize=16_384)(_find_spelled_host)


def _unspoken(node: LexborNode, attributes: dict[str, str | None]) -> tuple[str, LinkKind]:
    """What stands for the words of a link that has none."""
    if node.tag == "area":
        return _first_said(attributes, "alt", "title"), _AREA
    pictures = _pictures_in(node)
    alternatives = dict.fromkeys(folded(picture.attributes.get("alt") or "") for picture in pictures)
    words = " ".join(filter(None, alternatives))[:MAX_ANCHOR_CHARACTERS]
    return words or _first_said(attributes, "title"), _IMAGE if pictures else _TEXT


def _pictures_in(link: LexborNode) -> list[LexborNode]:
    """Those among the first elements: there may be a million more."""
    if link.first_child is None:
        return []
    return [node for node in islice(link.traverse(), 1, _MAX_ELEMENTS_IN_LINK) if node.tag in _PICTURES]


def folded(text: str) -> str:
    """Every run of whitespace as one space, none at the ends. A stray byte-order mark counts as whitespace."""
    if "\ufeff" in text:
        text = text.replace("\ufeff", " ")
    return " ".join(text.split())


def normal_rel(rel: str) -> str:
    """All tokens in lower case, sorted, one of each; commas separate too, as pages are written that way."""
    return _normal_rel(rel[:_MAX_REL_CHARACTERS])


@lru_cache(maxsize=2_048)
def _normal_rel(rel: str) -> str:
    return " ".join(sorted(set(filter(None, _REL_SEPARATOR.split(rel.lower())))))


def _first_said(attributes: dict[str, str | None], *names: str) -> str:
    return next((words for name in names if (words := folded(attributes.get(name) or ""))), "")[:MAX_ANCHOR_CHARACTERS]

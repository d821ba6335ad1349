"""What a page says of itself: base, canonical, robots, refresh, language, description, and the pages it names.

Search engines ignore a canonical link that stands among the text, where a visitor may have put it; so do we. A head
that broke off early (a tracking image in a <noscript>) still counts as head as long as no text came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from .directives import leads_to_a_page, parse_refresh, parse_robots_content
from .extract_links import ASCII_SPACE, folded

_MAX_DESCRIPTION_CHARACTERS = 1_000
_MAX_LANGUAGE_CHARACTERS = 35
_MAX_ROBOTS = 50
_MAX_CANONICALS = 10
_NOT_YET_TEXT = frozenset({
    "-comment", "noscript", "img", "iframe", "script", "style", "link", "meta", "title", "base", "template",
})  # fmt: skip
_MAX_SIBLINGS = 300


@dataclass(slots=True)
class PageHead:
    """Filled once by `read_head`."""

    base_href: str | None = None
    canonical_href: str | None = None
    canonical_count: int = 0
    description: str | None = None
    language: str | None = None
    refresh_href: str | None = None
    directives_by_robot: dict[str, frozenset[str]] = field(default_factory=dict)
    discoveries: list[str] = field(default_factory=list)


def read_head(elements: Mapping[str, Sequence[LexborNode]]) -> PageHead:
    head = PageHead()
    for node in elements.get("html", ())[:1]:
        attributes = node.attributes
        head.language = _language(attributes.get("lang") or attributes.get("xml:lang"))
    _read_base(head, elements.get("base", ()))
    for node in elements.get("meta", ()):
        _read_meta(head, node)
    for node in elements.get("link", ()):
        _read_link(head, node)
    return head


def _read_base(head: PageHead, nodes: Sequence[LexborNode]) -> None:
    for node in nodes:
        attributes = node.attributes
        if "href" in attributes:
            head.base_href = (attributes["href"] or "").strip(ASCII_SPACE)
            head.discoveries.append(head.base_href)
            return


def _read_meta(head: PageHead, node: LexborNode) -> None:
    attributes = node.attributes
    content = attributes.get("content")
    if not content:
        return
    name = (attributes.get("name") or "").strip(ASCII_SPACE).lower()
    if name == "description":
        head.description = head.description or folded(content)[:_MAX_DESCRIPTION_CHARACTERS] or None
    elif name and (directives := parse_robots_content(content)) and len(head.directives_by_robot) < _MAX_ROBOTS:
        head.directives_by_robot[name] = head.directives_by_robot.get(name, frozenset()) | directives
    event = (attributes.get("http-equiv") or "").strip(ASCII_SPACE).lower()
    if event == "refresh" and (href := parse_refresh(content)):
        if _is_in(node, "noscript"):  # sends away those without scripts only
            head.discoveries.append(href)
        elif head.refresh_href is None:
            head.refresh_href = href
    elif event == "content-language":
        head.language = head.language or _language(content.partition(",")[0])


def _read_link(head: PageHead, node: LexborNode) -> None:
    attributes = node.attributes
    href = (attributes.get("href") or "").strip(ASCII_SPACE)
    rel = attributes.get("rel") or ""
    if not href:
        return
    if "canonical" in rel.lower().split():
        head.canonical_count += 1
        if head.canonical_href is None and head.canonical_count <= _MAX_CANONICALS and _is_before_text(node):
            head.canonical_href = href
    elif leads_to_a_page(rel, *(attributes.get(name) or "" for name in ("type", "as", "hreflang"))):
        head.discoveries.append(href)


def _is_before_text(node: LexborNode) -> bool:
    if _is_in(node, "head"):
        return True
    for _ in range(_MAX_SIBLINGS):
        earlier = node.prev
        if earlier is None:
            return _is_in(node, "body") or _is_in(node, "html")
        node = earlier
        if node.tag not in _NOT_YET_TEXT and not node.is_empty_text_node:
            return False
    return False


def _is_in(node: LexborNode, tag: str) -> bool:
    parent = node.parent
    return parent is not None and parent.tag == tag


def _language(written: str | None) -> str | None:
    return (written or "").strip(ASCII_SPACE)[:_MAX_LANGUAGE_CHARACTERS] or None

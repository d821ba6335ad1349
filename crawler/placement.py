"""Where on a page a link stands, read from its ancestors.

The nearest ancestor that says something decides: by its ARIA role, a comment word in its class or id, its element,
another such word; exceptions stand at `_combined`, the whole of it in docs/extraction.md. Each container is asked once
per page, the words of a class once per process.
"""

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

from storage import Placement

from .extract_tags import tag_id

CONTENT, NAV, HEADER, FOOTER, ASIDE, COMMENT = Placement

_ROLES = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "banner": HEADER, "contentinfo": FOOTER, "complementary": ASIDE,
    "main": CONTENT, "article": CONTENT,
}  # fmt: skip
_ELEMENTS = {
    "nav": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "main": CONTENT, "article": CONTENT,
    "menu": NAV,
}  # fmt: skip
_BARE_ELEMENTS = {tag_id(name): placement for name, placement in _ELEMENTS.items()}
_MAIN = tag_id("main")
_WORDS = (
    (COMMENT, {"comment", "comments", "commentlist", "commenttext", "disqus", "replies", "guestbook"}),
    (NAV, {"nav", "navi", "navbar", "navigation", "mainnav", "subnav", "topnav", "menu", "mainmenu", "submenu",
           "dropdown", "megamenu", "breadcrumb", "breadcrumbs", "pagination", "pager", "paging", "sitenav", "toc",
           "tabs", "navbox"}),
    (FOOTER, {"footer", "colophon", "copyright", "imprint", "pagefooter", "sitefooter"}),
    (HEADER, {"header", "masthead", "topbar", "toolbar", "pageheader", "siteheader"}),
    (ASIDE, {"aside", "sidebar", "sidebars", "widget", "widgets", "rail", "blogroll", "related", "recommended",
             "recommendations", "promo", "advert", "advertisement", "ads", "sponsor", "sponsors", "share", "sharing",
             "social", "tagcloud"}),
)  # fmt: skip
_LAYOUT_WORDS = frozenset({"has", "with", "no", "without", "is", "layout", "hide", "show", "open", "enabled", "js"})
_PART_OF_TEXT = frozenset({"article", "post", "entry", "section", "story", "card", "content", "table", "box", "block",
    "panel", "modal", "widget", "list", "item",
})  # fmt: skip
_SPEAKING_WORDS = frozenset(word for _, vocabulary in _WORDS for word in vocabulary)
_WORD = re.compile(r"[a-z]+")
_CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MAX_CLASS_CHARACTERS = 200
_SILENT = frozenset({"html", "body"})

_IN_MAIN = 8
_IN_ARTICLE = 16
_PLACEMENT = 7
_PLACEMENTS = tuple(Placement)


class PlacementReader:
    """The placements of one page. Holds one number per container it was asked about."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def placement_in(self, container: LexborNode | None) -> Placement:
        """Where a link stands whose parent is this node."""
        if container is None:
            return CONTENT
        state = self._known.get(container.mem_id)
        if state is None:
            state = self._learn(container)
        return _PLACEMENTS[state & _PLACEMENT]

    def _learn(self, container: LexborNode) -> int:
        """Ask the container, and those around it that were not asked yet, from the outermost in."""
        known = self._known
        unknown = [container]
        state: int | None = 0
        around = container.parent
        while around is not None:
            state = known.get(around.mem_id)
            if state is not None:
                break
            unknown.append(around)
            around = around.parent
        state = state or 0
        while unknown:
            node = unknown.pop()
            state = known[node.mem_id] = _state_inside(node, state)
        return state


def _state_inside(node: LexborNode, outside: int) -> int:
    """The placement inside a node, with two bits for being in an article or in main."""
    attributes = node.attributes
    if not attributes:
        said = _BARE_ELEMENTS.get(node.tag_id)
        return outside if said is None else _combined(said, outside, is_main=node.tag_id == _MAIN)
    tag = node.tag or ""
    if tag in _SILENT:
        return outside
    role = attributes.get("role")
    names = f"{attributes.get('class')} {attributes.get('id')}"[:_MAX_CLASS_CHARACTERS]
    said = _what_it_says(tag, role, names)
    return outside if said is None else _combined(said, outside, is_main=tag == "main" or role == "main")


def _combined(said: Placement, outside: int, *, is_main: bool) -> int:
    """What a container says, seen from where it stands.

    A comment keeps all that is inside it. An article is text only where no sidebar, menu or footer is around it: there
    it is a teaser. A header or footer of an article, and a header in main, are text. A widget in a footer is footer.
    """
    around = outside & _PLACEMENT
    if around == COMMENT:
        return outside
    if is_main:
        return CONTENT | _IN_MAIN
    if said is CONTENT:
        return outside if around != CONTENT else outside | _IN_ARTICLE
    if said is HEADER and outside & (_IN_MAIN | _IN_ARTICLE):
        return outside
    if (said is FOOTER and outside & _IN_ARTICLE) or (said is ASIDE and around == FOOTER):
        return outside
    return said | (outside & ~_PLACEMENT)


@lru_cache(maxsize=16_384)
def _what_it_says(tag: str, role: str | None, names: str) -> Placement | None:
    """`names` are the classes and the id, `None` where there are none: no word of ours."""
    said = _ROLES.get((role or "").lower())
    if said is not None:
        return said
    words = _said_by_words(names)
    return words if words is COMMENT else _ELEMENTS.get(tag, words)


def _said_by_words(names: str) -> Placement | None:
    """Of several answers the first in the order of `_WORDS`."""
    spelled = _CAMEL_HUMP.sub("-", names).lower()
    if _SPEAKING_WORDS.isdisjoint(_WORD.findall(spelled)):
        return None
    said = {_said_by_name(name) for name in spelled.split()}
    return next((placement for placement, _ in _WORDS if placement in said), None)


def _said_by_name(name: str) -> Placement | None:
    words = _WORD.findall(name)
    if not _LAYOUT_WORDS.isdisjoint(words):
        return None
    for placement, vocabulary in _WORDS:
        for position, word in enumerate(words):
            if word in vocabulary:
                before = words[position - 1] if position else ""
                is_page_part = placement not in (HEADER, FOOTER) or before not in _PART_OF_TEXT
                return placement if is_page_part else None
    return None

"""What a page's HTML says: title, directives, links with their words, rel and placement. Pure.

One parse, one walk. Not here: bytes and charsets (charset.py), what a URL means (urls.py).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from storage import LinkKind, Placement

MAX_ANCHOR_CHARACTERS = 255
PLACEMENTS = {
    "nav": Placement.NAV,
    "header": Placement.HEADER,
    "footer": Placement.FOOTER,
    "aside": Placement.ASIDE,
    "main": Placement.CONTENT,
    "article": Placement.CONTENT,
}


class ExtractedLink(NamedTuple):
    href: str
    anchor_text: str
    rel: str
    kind: LinkKind
    placement: Placement
    text_before: str = ""
    text_after: str = ""


@dataclass(slots=True, kw_only=True)
class ExtractedPage:
    links: list[ExtractedLink] = field(default_factory=list)
    link_count: int = 0
    base_href: str | None = None
    title: str | None = None
    heading: str | None = None
    description: str | None = None
    language: str | None = None
    canonical_href: str | None = None
    robots_directives: frozenset[str] = frozenset()
    refresh_href: str | None = None
    discoveries: list[str] = field(default_factory=list)
    text: str = ""
    word_count: int = 0
    text_digest: int | None = None


def extract_page(
    text: str, *, max_links: int, max_text_characters: int, max_link_text_characters: int
) -> ExtractedPage:
    """Never raises, whatever the text is."""
    parser = etree.HTMLParser(encoding="utf-8", collect_ids=False, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.ParserError:
        return ExtractedPage()
    except etree.XMLSyntaxError:
        return ExtractedPage()
    page = ExtractedPage()
    if root is None:
        return page
    del max_text_characters, max_link_text_characters
    for element in root.iter("a", "area"):
        href = element.get("href")
        if href is None:
            continue
        page.link_count += 1
        if page.link_count <= max_links:
            page.links.append(_link(element, href))
    page.title = _words(root.find(".//title"))
    page.heading = _words(root.find(".//h1"))
    page.language = root.get("lang")
    return page


def _words(element: etree._Element | None) -> str | None:
    return " ".join("".join(map(str, element.itertext())).split()) if element is not None else None


def _link(element: etree._Element, href: str) -> ExtractedLink:
    rel = " ".join(sorted(set((element.get("rel") or "").lower().replace(",", " ").split())))
    words = (_words(element) or "")[:MAX_ANCHOR_CHARACTERS]
    kind = LinkKind.AREA if element.tag == "area" else LinkKind.TEXT
    if not words:
        words = " ".join(filter(None, (image.get("alt") for image in element.iter("img"))))
        kind = LinkKind.IMAGE if element.find(".//img") is not None else kind
    placement = next((PLACEMENTS[up.tag] for up in element.iterancestors() if up.tag in PLACEMENTS), Placement.CONTENT)
    return ExtractedLink(href.strip(), words, rel, kind, placement)


def parse_robots_header(values: tuple[str, ...], product_token: str) -> frozenset[str]:
    """Directives of X-Robots-Tag for everyone or for `product_token`."""
    found = set()
    for value in values:
        agent, colon, rest = value.lower().partition(":")
        if not colon:
            rest = value.lower()
        elif agent.strip() != product_token.lower():
            continue
        found |= {token.strip() for token in rest.split(",")}
    return frozenset(found | ({"noindex", "nofollow"} if "none" in found else set()))


def parse_canonical_header(value: str | None) -> str | None:
    """The target of `Link: <…>; rel=canonical`."""
    for part in (value or "").split(","):
        target, _, parameters = part.partition(";")
        if "canonical" in parameters:
            return target.strip(" <>")
    return None

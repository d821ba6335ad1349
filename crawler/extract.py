"""Text of a page to its links and to what it says of itself, in one parse and one walk.

The hottest function of the program. The parser is lexbor's (docs/decisions/0020): it builds the tree that browsers
build, so links in broken markup are found where readers see them. One selector query fetches every element that
matters, in document order; what is costly is done per container or not at all.

Pure and never raising: whatever the text, an `ExtractedPage` comes back. Bytes to text is charset.py's, resolving
hrefs urls.py's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import xxhash
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from .extract_head import read_head
from .extract_links import ASCII_SPACE, ExtractedLink, LinkReader, folded
from .hazards import tamed

MAX_TITLE_CHARACTERS = 1_000

_UNSPOKEN = ("script", "style")
_NOT_TEXT = ("noscript", "iframe", "textarea", "select", "svg", "canvas")
_SELECTOR = ",".join(
    ("a", "area", "base", "meta", "link", "iframe", "frame", "title", "h1", "html", "main", *_UNSPOKEN, *_NOT_TEXT)
)
_WITHOUT_EVENTS = int(LexborDocumentOptions.WO_EVENTS)
_DIGITS = b"0123456789"
_SPACES = b" \t\n\f\r\v"
_SPACE_OR_NOT = bytes(ord(" ") if byte in _SPACES else ord("x") for byte in range(256))
_RAW_FRAME = re.compile(rb"""<frame\b[^<>]*?\ssrc\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s<>"']+))""", re.IGNORECASE)
_RAW_FRAMESET = re.compile(rb"<frameset\b", re.IGNORECASE)
_FEW_LINKS = 20  # pages of frames have few of their own
_MAX_INNER_PAGES = 20

Elements = dict[str, list[LexborNode]]
"""The elements that matter by tag, in document order; under `links` both `a` and `area`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedPage:
    """`link_count` is before the cap. hrefs are unresolved; the first `base_href` is theirs to be resolved against.

    `directives_by_robot` has what metas say to robots by name, `robots` being all. `discoveries` are hrefs that are no
    links but lead to pages: base, frames, next, alternates (canonical and refresh stand apart). `text_digest` has 63
    bits and ignores digits, so that pages which differ in a date or a counter are alike; None without text.
    """

    links: list[ExtractedLink]
    link_count: int
    base_href: str | None
    title: str | None
    heading: str | None
    description: str | None
    language: str | None
    canonical_href: str | None
    directives_by_robot: dict[str, frozenset[str]]
    refresh_href: str | None
    discoveries: list[str]
    text: str
    word_count: int
    text_digest: int | None

    def robots_directives(self, product_token: str) -> frozenset[str]:
        """What holds for this robot: what is said to it and to all, together."""
        spoken_to = self.directives_by_robot
        return spoken_to.get("robots", frozenset()) | spoken_to.get(product_token.lower(), frozenset())


def extract_page(
    text: str, *, max_links: int, max_text_characters: int, max_link_text_characters: int, domain: str = ""
) -> ExtractedPage:
    """Read a page. Words around a link are kept where it leaves the registrable domain given."""
    markup = tamed(text.encode("utf-8", "replace"))
    tree = LexborHTMLParser(markup, options=_WITHOUT_EVENTS)
    elements = _elements_by_tag(tree)
    _take_out(elements, _UNSPOKEN)
    head = read_head(elements)
    reader = LinkReader(
        domain=domain,
        base_href=head.base_href,
        max_link_text_characters=max_link_text_characters,
        page_bytes=len(markup),
    )
    anchors = [(node, attributes) for node in elements["links"] if "href" in (attributes := node.attributes)]
    links = [reader.read(node, attributes) for node, attributes in anchors[:max_links]]
    discoveries = [*head.discoveries, *_framed_pages(elements, markup), *_drawn_links(elements)]
    title = _title(elements)
    _take_out(elements, _NOT_TEXT)
    spoken = tree.body.text(separator=" ", skip_empty=True) if tree.body else ""
    word_count, digest = _measured(spoken)
    return ExtractedPage(
        links=links,
        link_count=len(anchors),
        base_href=head.base_href,
        title=title,
        heading=_first_words(elements, "h1"),
        description=head.description,
        language=head.language,
        canonical_href=head.canonical_href,
        directives_by_robot=head.directives_by_robot,
        refresh_href=head.refresh_href,
        discoveries=list(dict.fromkeys(filter(None, discoveries)))[:max_links],
        text=_main_text(elements, spoken, max_text_characters),
        word_count=word_count,
        text_digest=digest,
    )


def _elements_by_tag(tree: LexborHTMLParser) -> Elements:
    """Grouped by the parser's tag number first: asking a node for its name makes a string each time."""
    nodes = tree.css(_SELECTOR)
    by_number: dict[int, list[LexborNode]] = {}
    for node in nodes:
        by_number.setdefault(node.tag_id, []).append(node)
    elements: Elements = {group[0].tag or "": group for group in by_number.values()}
    elements["links"] = elements.get("a", [])
    if "area" in elements:
        elements["links"] = [node for node in nodes if node.tag in ("a", "area")]
    return elements


def _take_out(elements: Elements, tags: Iterable[str]) -> None:
    for tag in tags:
        for node in elements.get(tag, ()):
            node.decompose()


def _title(elements: Elements) -> str | None:
    """The first title that is not a picture's."""
    for node in elements.get("title", ())[:_MAX_INNER_PAGES]:
        around = node.parent
        while around is not None and around.tag != "svg":
            around = around.parent
        if around is None:
            return folded(node.text())[:MAX_TITLE_CHARACTERS] or None
    return None


def _first_words(elements: Elements, tag: str) -> str | None:
    for node in elements.get(tag, ())[:_MAX_INNER_PAGES]:
        if words := folded(node.text()):
            return words[:MAX_TITLE_CHARACTERS]
    return None


def _framed_pages(elements: Elements, markup: bytes) -> Iterator[str]:
    """What frames show. A frameset after some text is no element of the tree, but old pages are written so."""
    for tag in ("iframe", "frame"):
        for node in elements.get(tag, ()):
            yield (node.attributes.get("src") or "").strip(ASCII_SPACE)
    for node in elements.get("iframe", ())[:_MAX_INNER_PAGES]:
        if inner := node.attributes.get("srcdoc"):
            yield from _hrefs(inner)
    if "frame" not in elements and len(elements["links"]) <= _FEW_LINKS and _RAW_FRAMESET.search(markup):
        for found in _RAW_FRAME.finditer(markup):
            yield (found[1] or found[2] or found[3] or b"").decode("utf-8", "replace").strip(ASCII_SPACE)


def _hrefs(markup: str) -> Iterator[str]:
    tree = LexborHTMLParser(tamed(markup.encode("utf-8", "replace")), options=_WITHOUT_EVENTS)
    for node in tree.css("a,area"):
        yield (node.attributes.get("href") or "").strip(ASCII_SPACE)


def _drawn_links(elements: Elements) -> Iterator[str]:
    """Links in SVG pictures in their old spelling; in the new one they are `<a href>` like any other."""
    if "svg" in elements:
        for node in elements["links"]:
            yield (node.attributes.get("xlink:href") or "").strip(ASCII_SPACE)


def _main_text(elements: Elements, spoken: str, max_characters: int) -> str:
    """The beginning of <main> where there is one with words, else of the whole page."""
    if not max_characters:
        return ""
    main = next((node.text(separator=" ", skip_empty=True) for node in elements.get("main", ())[:1]), "")
    return _beginning(main, max_characters) or _beginning(spoken, max_characters)


def _beginning(text: str, max_characters: int) -> str:
    """The first characters of the folded text, without folding all of it where a part will do."""
    part = folded(text[: max_characters + max_characters // 4])
    return (part if len(part) > max_characters else folded(text))[:max_characters]


def _measured(text: str) -> tuple[int, int | None]:
    """How many words, and the digest of all but spaces and digits. On bytes: splitting costs an object a word."""
    if "\N{NO-BREAK SPACE}" in text:
        text = text.replace("\N{NO-BREAK SPACE}", " ")
    said = text.encode("utf-8", "replace")
    letters = said.translate(None, _SPACES + _DIGITS)
    word_count = (b" " + said).translate(_SPACE_OR_NOT).count(b" x")
    return word_count, xxhash.xxh3_64_intdigest(letters) >> 1 if letters else None

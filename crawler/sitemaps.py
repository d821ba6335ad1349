"""Sitemap bytes to URLs: XML sitemaps and indexes, RSS and Atom feeds, plain lists of URLs; gzip or not.

Everything streams: inflated by pieces, decoded, mended, and pushed through a parser that builds no tree, until a cap is
reached. What was read before a fault is kept. Which kind it is, the bytes say; names and content types lie.

Not here: fetching, resolving and judging URLs, and how deep indexes are followed (crawl.py, scope.py).
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import webencodings
from lxml import etree

from .decompress import PIECE_BYTES, Decompressor, UndecodableBody

MAX_SITEMAP_DEPTH = 3
"""Indexes in indexes that are worth following; the standard allows none."""

_MAX_TEXT_CHARACTERS = 16_384
_MAX_DEPTH = 256
_MAX_SILENT_CHARACTERS = 1_048_576
_STEPS_PER_URL = 40  # tags and texts; an entry with dates, images and news has under thirty
_SPARE_STEPS = 100_000

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]{1,40})""", re.IGNORECASE)

# An & that begins none of XML's own references: written so by people who did not escape a query, and by bombs.
_LOOSE = re.compile(r"<!\[CDATA\[|\]\]>|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_UNFINISHED = re.compile(r"[&<\]]")
_LONGEST_TOKEN = 12

_ROOTS = frozenset({"urlset", "sitemapindex", "rss", "rdf", "feed"})
_ITEMS = frozenset({"url", "sitemap", "item", "entry"})
_DATES = frozenset({"lastmod", "pubdate", "date", "updated", "modified", "published", "issued"})


class SitemapEntry(NamedTuple):
    """`url` and `last_modified` as written, stripped; a date may be in any format."""

    url: str
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file names, each once and in order. `is_truncated`: a cap ended the reading; `problem`: a fault did."""

    urls: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[str, ...] = ()
    is_truncated: bool = False
    problem: str | None = None


def parse_sitemap(body: bytes, *, content_type: str | None = None, max_urls: int, max_bytes: int) -> Sitemap:
    """Never raises. `max_bytes` counts after decompression; `max_urls` bounds pages and nested sitemaps each."""
    found = _Found(max_urls)
    source = _Source(body, max_bytes)
    try:
        _read(source, found, content_type)
    except etree.LxmlError as error:
        found.problem = found.problem or f"broken: {error}"
    found.finish()
    return Sitemap(
        urls=tuple(SitemapEntry(url, date) for url, date in found.urls.items()),
        sitemaps=tuple(found.sitemaps),
        is_truncated=source.is_cut or found.is_full,
        problem=source.problem or found.problem,
    )


def _read(source: "_Source", found: "_Found", content_type: str | None) -> None:
    chunks = source.chunks()
    first = next(chunks, b"")
    text = _decoded(first, chunks, content_type)
    start = ""
    while not start and (piece := next(text, None)) is not None:
        start = piece.lstrip("\ufeff \t\r\n")
    if not start:
        found.problem = "empty"
    elif start[0] == "<":
        _read_xml(start, text, found)
    else:
        rest = _read_lines(start, text, found)
        if not (source.is_cut or source.problem):
            _add_lines([rest], found)
        if not found.urls:
            found.problem = "not a sitemap"


class _Found:
    """What the markup said so far. Also lxml's parser target: it is told of tags and text, and no tree is built.

    `steps` counts what it was told; past the cap, as past any, reading ends with what there is.
    """

    def __init__(self, max_urls: int) -> None:
        self.urls: dict[str, str | None] = {}
        self.sitemaps: dict[str, None] = {}
        self.problem: str | None = None
        self.is_full = False
        self.root = ""
        self.has_items = False
        self.steps = 0
        self._max_steps = _STEPS_PER_URL * max_urls + _SPARE_STEPS
        self._max_urls = max_urls
        self._open: list[str] = []
        self._item: _Item | None = None
        self._text: list[str] | None = None
        self._text_length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        self.step()
        self.root = self.root or name
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        self._text = None
        if name in _ITEMS:
            self.finish()
            self.has_items = True
            self._item = _Item(is_sitemap=name == "sitemap", is_feed=name in {"item", "entry"})
        elif self._item is not None and parent in _ITEMS:
            if name == "link":
                self._item.take_link(attributes)
            if name in {"loc", "link", "guid"} or name in _DATES:
                self._text, self._text_length = [], 0
                self._item.is_permalink = attributes.get("isPermaLink", "true").lower() != "false"

    def data(self, text: str) -> None:
        self.step()
        if self._text is not None and self._text_length < _MAX_TEXT_CHARACTERS:
            self._text.append(text)
            self._text_length += len(text)

    def end(self, tag: str) -> None:
        name = _local(tag)
        if self._text is not None and self._item is not None and self._text_length < _MAX_TEXT_CHARACTERS:
            self._item.take_text(name, "".join(self._text).strip())
        self._text = None
        # A wrong end tag ends the innermost element: lxml passes on that element's name, so the two never part.
        self._open.pop()
        if name in _ITEMS:
            self.finish()

    def step(self) -> None:
        self.steps += 1
        if self.steps > self._max_steps:
            self.is_full = True

    @property
    def is_too_deep(self) -> bool:
        return len(self._open) > _MAX_DEPTH

    def close(self) -> None:
        """Nothing to do when lxml asks for its result: it is read from the fields."""

    def finish(self) -> None:
        """The item that was being read is complete, or as complete as it will be."""
        item, self._item = self._item, None
        if item is None:
            return
        for url in item.urls():
            self.add(url, item.date, is_sitemap=item.is_sitemap)

    def add(self, url: str, date: str | None = None, *, is_sitemap: bool = False) -> None:
        known: dict[str, str | None] | dict[str, None] = self.sitemaps if is_sitemap else self.urls
        if not url or url in known:
            return
        if len(known) >= self._max_urls:
            self.is_full = True
        elif is_sitemap:
            self.sitemaps[url] = None
        else:
            self.urls[url] = date


class _Item:
    """One `<url>`, `<sitemap>`, feed `<item>` or `<entry>` while it is read."""

    def __init__(self, *, is_sitemap: bool, is_feed: bool) -> None:
        self.is_sitemap = is_sitemap
        self.is_permalink = True
        self.date: str | None = None
        self._is_feed = is_feed
        self._location = ""
        self._guid = ""
        self._alternates: list[str] = []

    def take_link(self, attributes: dict[str, str]) -> None:
        href = attributes.get("href", "").strip()
        if len(href) >= _MAX_TEXT_CHARACTERS:
            return
        if self._is_feed:
            # Atom's first link to the page itself; self, edit and enclosure are something else.
            if attributes.get("rel", "alternate").lower() == "alternate":
                self._location = self._location or href
        elif attributes.get("hreflang"):
            self._alternates.append(href)

    def take_text(self, name: str, text: str) -> None:
        if name == "loc" or (name == "link" and self._is_feed):
            self._location = self._location or text
        elif name == "guid" and self.is_permalink and text.startswith(("http://", "https://")):
            self._guid = text
        elif name in _DATES:
            self.date = self.date or text or None

    def urls(self) -> Iterator[str]:
        yield self._location or self._guid
        yield from self._alternates


def _local(tag: str) -> str:
    """The name without namespace or prefix: declarations are missing or wrong as often as not."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _read_xml(start: str, text: Iterator[str], found: _Found) -> None:
    parser = etree.XMLParser(
        target=found,  # type: ignore[arg-type]  # the stubs ask for a method that is optional
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    silent_characters = 0
    for piece in _mended(start, text):
        steps = found.steps
        parser.feed(piece.encode("utf-8", "replace"))
        silent_characters = silent_characters + len(piece) if found.steps == steps else 0
        # libxml2 keeps a tag until it ends and open tags until they close: megabytes of either are no sitemap.
        if silent_characters > _MAX_SILENT_CHARACTERS:
            found.problem = "broken: a tag or comment without an end"
        if found.problem or found.is_full or found.is_too_deep:
            break
    else:
        parser.close()
    found.problem = _problem_of(found, parser)


def _problem_of(found: _Found, parser: etree.XMLParser) -> str | None:
    if found.root not in _ROOTS and not found.has_items:
        return "not a sitemap"
    if found.problem or found.is_full:
        return found.problem
    if found.is_too_deep:
        return "broken: nested too deep"
    faults = parser.feed_error_log
    return f"broken: {faults[0].message.strip()}" if faults else None


def _read_lines(start: str, text: Iterator[str], found: _Found) -> str:
    """A list of URLs, one a line; other lines say nothing. Returns the last line, which may be cut."""
    rest = start
    while not found.is_full:
        *lines, rest = rest.replace("\r", "\n").split("\n")
        _add_lines(lines, found)
        piece = next(text, None)
        if piece is None:
            break
        rest = rest[: _MAX_TEXT_CHARACTERS + 1] + piece
    return rest


def _add_lines(lines: list[str], found: _Found) -> None:
    for line in lines:
        found.step()
        url = line.strip()
        if len(url) <= _MAX_TEXT_CHARACTERS and url[:8].lower().startswith(("http://", "https://")):
            found.add(url)


def _mended(start: str, text: Iterator[str]) -> Iterator[str]:
    """Loose ampersands escaped, outside CDATA. No entity of the document's own is left to be expanded."""
    is_cdata = False

    def mend(found: re.Match[str]) -> str:
        nonlocal is_cdata
        sign = found.group()
        if sign != "&":
            is_cdata = sign[0] == "<"
            return sign
        return "&" if is_cdata else "&amp;"

    rest = start
    for piece in text:
        rest += piece
        unfinished = _UNFINISHED.search(rest, max(len(rest) - _LONGEST_TOKEN, 0))
        end = unfinished.start() if unfinished is not None else len(rest)
        # ]]> is the one token with a sign inside that it may begin with: no cut between the two brackets.
        end -= rest[:end].endswith("]") and rest.startswith("]", end)
        yield _LOOSE.sub(mend, rest[:end])
        rest = rest[end:]
    yield _LOOSE.sub(mend, rest)


def _decoded(first: bytes, chunks: Iterator[bytes], content_type: str | None) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(_encoding_of(first, content_type))("replace")
    yield decoder.decode(first)
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _encoding_of(first: bytes, content_type: str | None) -> str:
    """By mark, XML declaration, Content-Type, else UTF-8; a UTF-16 that the bytes contradict is passed over."""
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    if first[:4] in {b"<\x00?\x00", b"<\x00u\x00"}:
        return "utf-16-le"
    declared = _DECLARED.search(first[:256])
    charset = _CHARSET.search(content_type or "")
    labels = [declared.group(1).decode("ascii")] if declared is not None else []
    labels += [charset.group(1)] if charset is not None else []
    for label in labels:
        encoding = webencodings.lookup(label)
        if encoding is not None and not encoding.name.startswith("utf-16"):
            return str(encoding.codec_info.name)
    return "utf-8"


class _Source:
    """The bytes, inflated by pieces (twice where a server compressed a .gz file once more) and cut at `max_bytes`."""

    def __init__(self, body: bytes, max_bytes: int) -> None:
        self.is_cut = False
        self.problem: str | None = None
        self._body = body
        self._left = max_bytes
        self._decompressor = Decompressor("gzip, gzip", max_bytes + PIECE_BYTES)

    def chunks(self) -> Iterator[bytes]:
        try:
            yield from self._inflated()
        except UndecodableBody as error:
            self.problem = f"broken: {error}"

    def _inflated(self) -> Iterator[bytes]:
        for at in range(0, len(self._body), PIECE_BYTES):
            for piece in self._decompressor.feed(self._body[at : at + PIECE_BYTES]):
                # A body of exactly the cap was cut by whoever fetched it, as far as anyone can tell.
                self.is_cut = len(piece) >= self._left
                yield piece[: self._left]
                self._left -= len(piece)
                if self.is_cut:
                    return
        if len(self._body) > 1 and not self._decompressor.is_complete:
            raise UndecodableBody("the gzip stream has no end")

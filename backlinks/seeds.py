"""Seed lists as people have them: plain text, top lists, exports of spreadsheets, from a file or a pipe.

One line is one seed, whatever the encoding and the line ends. The first line that says how the file is laid out settles
it: a header, a rank and a domain, or a bare domain followed by a separator make it a CSV; anything else is text.

Not here: what a URL is (the crawler's UrlReader), which URLs are wanted, printing.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from crawler import UrlReader, WebUrl, seed_url

from .errors import SeedError
from .terminal import shortened

MAX_LINE_CHARACTERS = 8_192
MAX_HOST_CHARACTERS = 255
SHOWN_CHARACTERS = 60
HEAD_BYTES = 1_024

HEADER_NAMES = (
    *("domain", "registrable_domain", "root_domain", "referring_domain", "host", "hostname", "url", "seed", "seeds"),
    *("site", "website", "source_url", "target_url", "origin", "page", "link", "address"),
)  # the first of these that a header has wins
SEPARATORS = (",", ";", "\t")

BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
NOT_TEXT = (
    (b"SQLite format 3\x00", "is a database, not a list; did you mean --db?"),
    (b"PK\x03\x04", "is a zip file; unpack it first"),
    (b"\x1f\x8b", "is compressed; unpack it first"),
    (b"%PDF", "is a PDF document, not a list"),
)

_BARE_HOST = re.compile(r"[^\s,;:/?#\"@]+\.[^\s,;:/?#\"@.]*[^\W\d][^\s,;:/?#\"@.]*\.?")
_WEB_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\]")
_ADDRESS = re.compile(r"[\d.]+")
_COMMENT = re.compile(r"(?:\A|\s)#.*")
_CREDENTIALS = re.compile(r"[^\s/,;]*@")


class BadLine(NamedTuple):
    """A line that gave no seed. `text` is safe to print and holds no credentials."""

    number: int
    text: str
    reason: str


OnBad = Callable[[BadLine], None]


class _Rejected(Exception):
    """Its message is the reason."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One seed a line; `#` after a blank begins a remark."""

    def seed_in(self, line: str) -> str:
        return _COMMENT.sub("", line).strip()


@dataclass(frozen=True, slots=True)
class _Csv:
    """The seed is one cell of each line; `is_header` says that the line that settled this is none itself."""

    separator: str
    column: int
    is_header: bool = False

    def seed_in(self, line: str) -> str:
        cells = _cells(line, self.separator)
        if self.column >= len(cells):
            raise _Rejected(f"has no column {self.column + 1}")
        return cells[self.column]


_Layout = _Text | _Csv


@contextmanager
def open_seeds(name: str, stdin: BinaryIO) -> Iterator["io.BufferedReader[Any]"]:
    """The list of that name; "-" is standard input, which stays open."""
    if name == "-":
        buffered = io.BufferedReader(cast("io.RawIOBase", stdin))
        yield buffered
        buffered.detach()
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 — closed below; here only opening it may fail
    except OSError as error:
        raise SeedError(f"{name}: {error.strerror or error}") from error
    with stream:
        yield stream


def read_seeds(stream: "io.BufferedReader[Any]", *, name: str, reader: UrlReader, on_bad: OnBad) -> tuple[WebUrl, ...]:
    """The seeds of a list, each once, in order; a list without any raises SeedError. `name` is what errors call it."""
    try:
        with _as_text(stream, name) as lines:
            seeds = {seed.canonical_url: seed for seed in _good_seeds(_laid_out(lines, name, on_bad), reader, on_bad)}
    except OSError as error:
        raise SeedError(f"{name}: {error.strerror or error}") from error
    if not seeds:
        raise SeedError(f"{name}: no line of it is a domain or a URL")
    return tuple(seeds.values())


def _good_seeds(lines: Iterable[tuple[int, str, _Layout]], reader: UrlReader, on_bad: OnBad) -> Iterator[WebUrl]:
    for number, line, layout in lines:
        try:
            yield _parse(layout.seed_in(line), reader)
        except _Rejected as rejected:
            on_bad(_bad_line(number, line, rejected))


def _parse(text: str, reader: UrlReader) -> WebUrl:
    if "\ufffd" in text:
        raise _Rejected("holds bytes that are not text in its encoding")
    seed = seed_url(text, reader)
    if seed is None or not _HOST_NAME.fullmatch(seed.host):
        raise _Rejected("is not a domain or an http(s) URL")
    if not _WEB_SCHEME.match(text) and _is_word_or_number(text, seed.host):
        raise _Rejected("is not a domain; write http:// in front if it is a host of yours")
    return seed


def _is_word_or_number(text: str, host: str) -> bool:
    """A URL parser takes `hello` for a host and 123 for the address 0.0.0.123; in a list they are slips."""
    if _ADDRESS.fullmatch(host):
        return host not in text
    return "." not in host and ":" not in text


def _bad_line(number: int, line: str, rejected: _Rejected) -> BadLine:
    return BadLine(number, shortened(_CREDENTIALS.sub("…@", line.strip()), SHOWN_CHARACTERS), str(rejected))


def _laid_out(lines: TextIO, name: str, on_bad: OnBad) -> Iterator[tuple[int, str, _Layout]]:
    """Each line that may hold a seed, with the layout to read it by."""
    layout: _Layout | None = None
    is_csv_name = name.lower().endswith((".csv", ".tsv"))
    for number, line in _content_lines(lines, on_bad):
        if layout is None:
            layout = _layout_of(line, is_csv_name=is_csv_name)
            if layout is None:
                on_bad(_bad_line(number, line, _Rejected("has no column named domain, host, url or site")))
            if layout is None or (isinstance(layout, _Csv) and layout.is_header):
                continue
        yield number, line, layout


def _content_lines(lines: TextIO, on_bad: OnBad) -> Iterator[tuple[int, str]]:
    """Numbered lines that are neither blank nor a remark; memory is bounded whatever the file holds."""
    number = 0
    while line := lines.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS and not line.endswith("\n"):
            on_bad(_bad_line(number, line, _Rejected(f"is longer than {MAX_LINE_CHARACTERS:,} characters")))
            while line and not line.endswith("\n"):
                line = lines.readline(MAX_LINE_CHARACTERS)
            continue
        line = line.strip()
        if line and not line.startswith("#"):
            yield number, line


def _layout_of(line: str, *, is_csv_name: bool) -> _Layout | None:
    """How a list is laid out that begins with this line; None when the line does not tell."""
    for separator in SEPARATORS:
        if separator in line and (column := _column_of(_cells(line, separator), is_csv_name=is_csv_name)) is not None:
            return _Csv(separator, column, is_header=not _holds_seed(_cells(line, separator)[column]))
    if _as_name(line) in HEADER_NAMES:
        return _Csv(SEPARATORS[0], 0, is_header=True)
    return _Text() if _WEB_SCHEME.match(line) or not any(separator in line for separator in SEPARATORS) else None


def _column_of(cells: list[str], *, is_csv_name: bool) -> int | None:
    """Where the seed stands. A URL may hold commas itself, so alone it makes a CSV only where the name says so."""
    names = [_as_name(cell) for cell in cells]
    for name in HEADER_NAMES:
        if name in names:
            return names.index(name)
    for column, cell in enumerate(cells):
        if _is_bare_host(cell) or (is_csv_name and _WEB_SCHEME.match(cell)):
            return column
    return None


def _holds_seed(cell: str) -> bool:
    return _is_bare_host(cell) or _WEB_SCHEME.match(cell) is not None


def _is_bare_host(cell: str) -> bool:
    return len(cell) <= MAX_HOST_CHARACTERS and _BARE_HOST.fullmatch(cell) is not None


def _as_name(cell: str) -> str:
    return re.sub(r"\W+", "_", cell.strip().lower())


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
    except csv.Error:
        return [cell.strip() for cell in line.split(separator)]


@contextmanager
def _as_text(stream: "io.BufferedReader[Any]", name: str) -> Iterator[TextIO]:
    text = io.TextIOWrapper(stream, encoding=_encoding_of(stream.peek(HEAD_BYTES), name), errors="replace")
    try:
        yield text
    finally:
        text.detach()  # who opened the stream closes it


def _encoding_of(head: bytes, name: str) -> str:
    for magic, what in NOT_TEXT:
        if head.startswith(magic):
            raise SeedError(f"{name}: {what}")
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if b"\x00" not in head:
        return "utf-8"
    # UTF-16 without a mark: of ASCII letters every other byte is zero.
    evens, odds = head[0:HEAD_BYTES:2], head[1:HEAD_BYTES:2]
    if odds.count(0) > len(odds) * 0.8:
        return "utf-16-le"
    if evens.count(0) > len(evens) * 0.8:
        return "utf-16-be"
    raise SeedError(f"{name}: is not a text file")

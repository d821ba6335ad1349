"""Streams the link graph out: rows of integers for arrays, and the few names that go with them.

Everything a reader gives belongs to one moment of the file: it holds read transactions, which never wait for a crawl's
writer and never make it wait. Rows leave as flat integers, or from a large file as a statement for compiled code to
step (native.py). Text that is no UTF-8 is read with marks in its place.

Not here: what the graph means, folding, ranking (graph/).
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from .database import BUSY_SECONDS, open_snapshot, read_only_uri, replace_undecodable
from .errors import StoreBusy
from .native import NativeReader, NativeRows, open_native
from .node_rows import NodeReader

NATIVE_FROM_BYTES = 32 * 1024 * 1024
"""Below it all rows are read before the compiled loop would have been loaded."""

ALIGN_ATTEMPTS = 100

DOMAIN_IDS = "SELECT id FROM domain ORDER BY id"
# Bare columns and no condition: an expression in each of ten million rows takes a third of the row's time.
DOMAIN_EDGES = "SELECT source, target, links, followed_links, pages FROM domain_edge"
HOST_ADDRESSES = "SELECT domain_id, address FROM host WHERE address IS NOT NULL ORDER BY domain_id"
ORIGINS = """
SELECT o.id, o.text, o.host_id, h.domain_id FROM origin o JOIN host h ON h.id = o.host_id ORDER BY o.id"""
URLS = "SELECT id, origin_id FROM url ORDER BY id"
PAGES = "SELECT url_id FROM page WHERE outcome IN ('ok', 'not_modified') ORDER BY url_id"
# A redirect says more than what the redirecting page declares.
POINTERS = """
SELECT url_id, coalesce(redirect_id, 0), coalesce(canonical_id, 0) FROM page
WHERE redirect_id IS NOT NULL OR canonical_id IS NOT NULL"""
TIMED_DOMAIN_EDGES = """
SELECT source, target, links, followed_links, pages, followed_pages, first_seen, last_seen FROM domain_edge"""
TIMED_LINKS = """
SELECT l.source, l.target, l.flags, coalesce(l.first_seen, CAST(p.first_fetched_at AS INTEGER)),
    CAST(coalesce(p.seen_at, p.fetched_at) AS INTEGER)
FROM link l JOIN page p ON p.url_id = l.source"""
HOST_IDS = "SELECT id FROM host ORDER BY id"
LINKS = "SELECT source, target, flags FROM link"
# Equal paths below origins that are spellings of one site; the parameter list is the ids of these origins.
SAME_PATHS = """
SELECT group_concat(id) FROM url WHERE origin_id IN ({marks}) GROUP BY hash, path HAVING count(*) > 1"""
FILE_BYTES = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
DATA_VERSION = "PRAGMA data_version"  # differs from the last answer when another connection has committed since


class OriginRow(NamedTuple):
    origin_id: int
    text: str
    host_id: int
    domain_id: int


class Rows:
    """Rows of integers, to be read once: natively when `native` gives addresses, else as flat integers."""

    def __init__(self, connection: sqlite3.Connection, native: NativeReader | None, *, sql: str, width: int) -> None:
        self._connection = connection
        self._native = native
        self._sql = sql
        self.width = width

    def native(self) -> AbstractContextManager[NativeRows | None]:
        return self._native.rows(self._sql) if self._native else nullcontext()

    def check(self, code: int) -> None:
        """Takes the code that ended a native reading; raises a StorageError when it was not the end of the rows."""
        if self._native:
            self._native.check(code)

    def flat(self) -> Iterator[int]:
        """`width` integers a row."""
        return chain.from_iterable(self._connection.execute(self._sql))


class EdgeReader:
    """The graph as of one moment. Made by `open_edges`; what it gives must be used before it closes."""

    def __init__(self, connection: sqlite3.Connection, native: NativeReader | None) -> None:
        self._connection = connection
        self._native = native

    def _rows(self, sql: str, width: int) -> Rows:
        return Rows(self._connection, self._native, sql=sql, width=width)

    def domain_ids(self) -> Rows:
        """One integer a domain, ascending."""
        return self._rows(DOMAIN_IDS, 1)

    def domain_edges(self) -> Rows:
        """Edges by id, loops too: source, target, links, followed links, pages."""
        return self._rows(DOMAIN_EDGES, 5)

    def timed_domain_edges(self) -> Rows:
        """The same, followed pages, and when each edge was first and last seen, in seconds since the epoch."""
        return self._rows(TIMED_DOMAIN_EDGES, 8)

    def host_ids(self) -> Rows:
        return self._rows(HOST_IDS, 1)

    def nodes(self) -> NodeReader:
        """What is known of the nodes, as of the same moment."""
        return NodeReader(self._connection)

    def addresses(self) -> list[tuple[int, str]]:
        """Domain id and address of every host whose address is known."""
        return self._connection.execute(HOST_ADDRESSES).fetchall()

    def origins(self) -> list[OriginRow]:
        return [OriginRow(*row) for row in self._connection.execute(ORIGINS)]

    def urls(self) -> Rows:
        """A URL's id, ascending, and its origin's."""
        return self._rows(URLS, 2)

    def read_pages(self) -> Rows:
        """The ids of URLs that answered with a document, ascending."""
        return self._rows(PAGES, 1)

    def pointers(self) -> Rows:
        """Pages that point elsewhere: their id, the id of the redirect's target, that of the canonical; 0 is none."""
        return self._rows(POINTERS, 3)

    def links(self) -> Rows:
        """Source and target by URL id, and the flags."""
        return self._rows(LINKS, 3)

    def timed_links(self) -> Rows:
        """The same and when each link was first and last seen."""
        return self._rows(TIMED_LINKS, 5)

    def same_paths(self, origin_ids: Iterable[int]) -> Iterator[list[int]]:
        """The ids of URLs that differ in nothing but which of these origins they are on."""
        ids = tuple(origin_ids)
        sql = SAME_PATHS.format(marks=", ".join("?" * len(ids)))
        for (text,) in self._connection.execute(sql, ids):
            yield sorted(map(int, text.split(",")))


@contextmanager
def open_edges(path: Path) -> Iterator[EdgeReader]:
    """Read the graph as it is now; raises a StorageError for a file that cannot be read."""
    with open_snapshot(path) as connection:
        # Of a file that may not be written to, two connections cannot tell whether they see the same moment.
        is_worth_it = connection.execute(FILE_BYTES).fetchone()[0] >= NATIVE_FROM_BYTES and os.access(path, os.W_OK)
        opening = open_native(read_only_uri(path), busy_seconds=BUSY_SECONDS) if is_worth_it else nullcontext()
        with opening as native:
            connection.text_factory = replace_undecodable
            _begin(connection, native, path)
            yield EdgeReader(connection, native)
            connection.execute("ROLLBACK")


def _begin(connection: sqlite3.Connection, native: NativeReader | None, path: Path) -> None:
    """Start both read transactions at one moment: nobody committed between the two looks at data_version."""
    if native is None:
        connection.execute("BEGIN")
        connection.execute(DATA_VERSION).fetchone()  # the first look decides which moment it is
        return
    for _ in range(ALIGN_ATTEMPTS):
        before = connection.execute(DATA_VERSION).fetchone()
        native.execute("BEGIN; SELECT count(*) FROM sqlite_master")
        connection.execute("BEGIN")
        if connection.execute(DATA_VERSION).fetchone() == before:
            return
        connection.execute("ROLLBACK")
        native.execute("ROLLBACK")
    raise StoreBusy(f"{path}: written to without a pause, so that no moment of it could be read. Try again.")

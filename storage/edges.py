"""Streams the link graph out: flat integers for arrays, and the few names that go with them.

Everything a reader gives belongs to one moment of the file: it holds one read transaction, which never waits for a
crawl's writer and never makes it wait. Rows leave as flat integers (two or three to a row), because that is what an
array is filled from fastest; a pair of ids is one integer, source << 32 | target.

Not here: what the graph means, folding, ranking (graph/).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from .database import open_snapshot

DOMAINS = "SELECT id, name, is_seed, pages_crawled FROM domain ORDER BY id"
DOMAIN_EDGES = """
SELECT source << 32 | target, links, followed_links, pages, followed_pages FROM domain_edge WHERE source <> target"""
HOST_ADDRESSES = "SELECT domain_id, address FROM host WHERE address IS NOT NULL ORDER BY domain_id"
ORIGINS = """
SELECT o.id, o.text, o.host_id, h.domain_id FROM origin o JOIN host h ON h.id = o.host_id ORDER BY o.id"""
URLS = "SELECT id << 32 | origin_id FROM url ORDER BY id"
PAGES = "SELECT url_id FROM page WHERE outcome IN ('ok', 'not_modified') ORDER BY url_id"
# A redirect says more than what the redirecting page declares.
POINTERS = """
SELECT url_id, coalesce(redirect_id, 0), coalesce(canonical_id, 0) FROM page
WHERE redirect_id IS NOT NULL OR canonical_id IS NOT NULL"""
LINKS = "SELECT source << 32 | target, flags FROM link"
# Equal paths below origins that are spellings of one site; the parameter list is the ids of these origins.
SAME_PATHS = """
SELECT group_concat(id) FROM url WHERE origin_id IN ({marks}) GROUP BY hash, path HAVING count(*) > 1"""
SIZES = "SELECT (SELECT count(*) FROM domain_edge), (SELECT coalesce(max(id), 0) FROM link)"


class DomainRow(NamedTuple):
    domain_id: int
    name: str
    is_seed: bool
    pages_crawled: int


class OriginRow(NamedTuple):
    origin_id: int
    text: str
    host_id: int
    domain_id: int


class EdgeReader:
    """The graph as of one moment. Made by `open_edges`; the iterators must be used before it closes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def _flat(self, sql: str) -> Iterator[int]:
        return chain.from_iterable(self._connection.execute(sql))

    def sizes(self) -> tuple[int, int]:
        """How many domain pairs there are, and the highest link id (about how many links)."""
        pairs, links = self._connection.execute(SIZES).fetchone()
        return pairs, links

    def domains(self) -> list[DomainRow]:
        rows = self._connection.execute(DOMAINS)
        return [DomainRow(number, name, bool(is_seed), pages) for number, name, is_seed, pages in rows]

    def domain_edges(self) -> Iterator[int]:
        """Five integers an edge between different domains: the pair, links, followed links, pages, followed pages."""
        return self._flat(DOMAIN_EDGES)

    def addresses(self) -> list[tuple[int, str]]:
        """Domain id and address of every host whose address is known."""
        return self._connection.execute(HOST_ADDRESSES).fetchall()

    def origins(self) -> list[OriginRow]:
        return [OriginRow(*row) for row in self._connection.execute(ORIGINS)]

    def urls(self) -> Iterator[int]:
        """One integer a URL, ascending: url id << 32 | origin id."""
        return self._flat(URLS)

    def read_pages(self) -> Iterator[int]:
        """The ids of URLs that answered with a document, ascending."""
        return self._flat(PAGES)

    def pointers(self) -> Iterator[int]:
        """Three integers a page that points elsewhere: its id, its redirect's target, declared canonical; 0 is none."""
        return self._flat(POINTERS)

    def links(self) -> Iterator[int]:
        """Two integers a link: the pair of URL ids, the flags."""
        return self._flat(LINKS)

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
        connection.execute("BEGIN")
        yield EdgeReader(connection)
        connection.execute("ROLLBACK")

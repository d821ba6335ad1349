"""Streams the link graph out in the order of ids, one row after the other, for files that may be larger than memory.

A row of links belongs to its source: all links of one source come together, those of one page too, so who folds them
holds one source at a time. Everything is of one moment of the file. Text that is no UTF-8 is read with marks in its
place, for a file that a person mended may hold some.

Not here: folding, what a graph means (graph/), rows as arrays (edges.py).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .database import open_snapshot, replace_undecodable
from .node_rows import NodeReader

IDS = {
    "domain": "SELECT id FROM domain ORDER BY id",
    "host": "SELECT id FROM host ORDER BY id",
    "page": "SELECT url_id FROM page WHERE outcome IN ('ok', 'not_modified') ORDER BY url_id",
}
HIGHEST_ID = {
    "domain": "SELECT max(id) FROM domain",
    "host": "SELECT max(id) FROM host",
    "page": "SELECT max(id) FROM url",
}
SCORES = {
    "domain": """
SELECT domain_id, pagerank FROM domain_score WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)""",
    "page": "SELECT url_id, pagerank FROM page_score WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)",
}
LINK_ENDS = "SELECT source, target, flags FROM link"
DOMAIN_EDGES = """
SELECT source, target, links, followed_links, pages, followed_pages, first_seen, last_seen
FROM domain_edge WHERE source <> target ORDER BY source, target"""
# CROSS JOIN keeps SQLite to the order written: page by page, each page's links one range of rows.
PAGE_LINKS = """
SELECT p.url_id, l.target, p.url_id, l.flags, coalesce(l.first_seen, CAST(p.first_fetched_at AS INTEGER)),
    CAST(coalesce(p.seen_at, p.fetched_at) AS INTEGER), coalesce(a.text, '')
FROM page p CROSS JOIN link l ON l.id BETWEEN p.first_link AND p.first_link + p.link_count - 1
LEFT JOIN anchor a ON a.id = l.anchor
WHERE l.target <> p.url_id ORDER BY p.url_id"""
# Host by host through the indexes, so that nothing has to be sorted.
HOST_LINKS = """
SELECT o.host_id, tor.host_id, p.url_id, l.flags, coalesce(l.first_seen, CAST(p.first_fetched_at AS INTEGER)),
    CAST(coalesce(p.seen_at, p.fetched_at) AS INTEGER), ''
FROM host h CROSS JOIN origin o ON o.host_id = h.id CROSS JOIN url u ON u.origin_id = o.id
CROSS JOIN page p ON p.url_id = u.id
CROSS JOIN link l ON l.id BETWEEN p.first_link AND p.first_link + p.link_count - 1
CROSS JOIN url t ON t.id = l.target CROSS JOIN origin tor ON tor.id = t.origin_id
WHERE tor.host_id <> h.id ORDER BY h.id"""

LinkRow = tuple[int, int, int, int, int, int, str]
"""Source, target, the page that it is on, flags, first and last seen, anchor text (at page level)."""

EdgeRow = tuple[int, int, int, int, int, int, int, int]
"""Source, target, links, followed links, pages, followed pages, first and last seen."""


class GraphRows:
    """The graph as of one moment. Made by `open_graph_rows`; what it gives must be used before it closes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ids(self, level: str) -> Iterator[int]:
        """Every domain, every host, or every page that was read."""
        for (number,) in self._execute(IDS[level]):
            yield number

    def highest_id(self, level: str) -> int:
        return int(self._execute(HIGHEST_ID[level]).fetchone()[0] or 0)

    def scores(self, level: str) -> Iterator[tuple[int, float]]:
        """Id and PageRank, none without a ranking or at host level."""
        return iter(self._execute(SCORES[level]) if level in SCORES else ())

    def link_ends(self) -> Iterator[tuple[int, int, int]]:
        """Source and target URL of every link, and its flags."""
        return iter(self._execute(LINK_ENDS))

    def domain_edges(self) -> Iterator[EdgeRow]:
        return iter(self._execute(DOMAIN_EDGES))

    def links(self, level: str) -> Iterator[LinkRow]:
        """At host or page level; without those of a node to itself."""
        return iter(self._execute({"host": HOST_LINKS, "page": PAGE_LINKS}[level]))

    def nodes(self) -> NodeReader:
        return NodeReader(self._connection)

    def _execute(self, sql: str) -> sqlite3.Cursor:
        return self._connection.execute(sql)


@contextmanager
def open_graph_rows(path: Path) -> Iterator[GraphRows]:
    """Read the graph as it is now; raises a StorageError for a file that cannot be read."""
    with open_snapshot(path) as connection:
        connection.text_factory = replace_undecodable
        connection.execute("BEGIN")
        yield GraphRows(connection)
        connection.execute("ROLLBACK")

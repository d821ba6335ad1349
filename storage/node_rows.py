"""What is known of the nodes of a graph: domains, hosts and pages with their scores in the current ranking.

Asked for by id, as many as wanted at once. What a file does not know (a ranking that was never made, a page that was
never fetched) is None. Not here: edges (edges.py), reports.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

# The ids come as one JSON list: a temporary table would need a connection that writes.
DOMAINS = """
SELECT d.id, d.name, d.is_seed, d.pages_crawled, s.pagerank, s.authority, s.rank, s.percentile, s.harmonic, s.trust,
    s.trust_ratio, s.inbound_links, s.referring_pages, s.referring_domains, s.followed_referring_domains,
    s.referring_subnets
FROM domain d
LEFT JOIN domain_score s ON s.domain_id = d.id AND s.ranking_id = (SELECT id FROM ranking WHERE is_current)
WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id"""
HOSTS = """
SELECT h.id, h.name, d.name, d.is_seed, s.authority
FROM host h JOIN domain d ON d.id = h.domain_id
LEFT JOIN domain_score s ON s.domain_id = d.id AND s.ranking_id = (SELECT id FROM ranking WHERE is_current)
WHERE h.id IN (SELECT value FROM json_each(?)) ORDER BY h.id"""
PAGES = """
SELECT u.id, o.text || u.path, h.name, d.name, u.depth, p.outcome, p.status, p.title, p.language, s.pagerank,
    s.authority, s.inbound_links, s.referring_domains, ds.authority
FROM url u JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id JOIN domain d ON d.id = h.domain_id
LEFT JOIN page p ON p.url_id = u.id
LEFT JOIN page_score s ON s.url_id = u.id AND s.ranking_id = (SELECT id FROM ranking WHERE is_current)
LEFT JOIN domain_score ds ON ds.domain_id = d.id AND ds.ranking_id = s.ranking_id
WHERE u.id IN (SELECT value FROM json_each(?)) ORDER BY u.id"""
DOMAIN_SCORES = """
SELECT domain_id, pagerank FROM domain_score WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"""
PAGE_SCORES = "SELECT url_id, pagerank FROM page_score WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"
DOMAIN_IDS = "SELECT name, id FROM domain WHERE name IN (SELECT value FROM json_each(?))"
DOMAIN_NAMES = "SELECT id, name FROM domain WHERE id IN (SELECT value FROM json_each(?))"
DOMAIN_ID = "SELECT id FROM domain WHERE name = ?"
HOST_ID = "SELECT id FROM host WHERE name = ?"
PAGE_ID = """
SELECT u.id FROM url u JOIN origin o ON o.id = u.origin_id WHERE o.text = ?1 AND u.path = ?2"""


class DomainNode(NamedTuple):
    """A domain; from `pagerank` on None when it is in no current ranking."""

    domain_id: int
    name: str
    is_seed: bool
    pages_crawled: int
    pagerank: float | None
    authority: float | None
    rank: int | None
    percentile: float | None
    harmonic: float | None
    trust: float | None
    trust_ratio: float | None
    inbound_links: int | None
    referring_pages: int | None
    referring_domains: int | None
    followed_referring_domains: int | None
    referring_subnets: int | None


class HostNode(NamedTuple):
    host_id: int
    name: str
    domain: str
    is_seed: bool
    domain_authority: float | None


class PageNode(NamedTuple):
    """A URL; `outcome` to `language` are None when it was never fetched, the rest when it is in no ranking."""

    url_id: int
    name: str
    host: str
    domain: str
    depth: int
    outcome: str | None
    status: int | None
    title: str | None
    language: str | None
    pagerank: float | None
    authority: float | None
    inbound_links: int | None
    referring_domains: int | None
    domain_authority: float | None


class NodeReader:
    """Reads in the transaction of the connection it is given."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def domains(self, ids: Iterable[int]) -> Iterator[DomainNode]:
        for number, name, is_seed, *rest in self._asked(DOMAINS, ids):
            yield DomainNode(number, name, bool(is_seed), *rest)

    def hosts(self, ids: Iterable[int]) -> Iterator[HostNode]:
        for number, name, domain, is_seed, authority in self._asked(HOSTS, ids):
            yield HostNode(number, name, domain, bool(is_seed), authority)

    def pages(self, ids: Iterable[int]) -> Iterator[PageNode]:
        return map(PageNode._make, self._asked(PAGES, ids))

    def domain_scores(self) -> dict[int, float]:
        """PageRank by domain id; empty without a ranking."""
        return dict(self._connection.execute(DOMAIN_SCORES))

    def page_scores(self) -> dict[int, float]:
        """PageRank by URL id; empty without a ranking, or when it left pages out."""
        return dict(self._connection.execute(PAGE_SCORES))

    def domain_ids_of(self, names: Iterable[str]) -> dict[str, int]:
        """The ids of those names that are known."""
        return dict(self._asked(DOMAIN_IDS, names))

    def domain_names_of(self, ids: Iterable[int]) -> dict[int, str]:
        return dict(self._asked(DOMAIN_NAMES, ids))

    def domain_id(self, name: str) -> int | None:
        return self._id(DOMAIN_ID, name)

    def host_id(self, name: str) -> int | None:
        return self._id(HOST_ID, name)

    def page_id(self, url: str) -> int | None:
        """The id of a URL in canonical form."""
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        return self._id(PAGE_ID, f"{scheme}://{host}", slash + path)

    def _id(self, sql: str, *parameters: str) -> int | None:
        row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def _asked(self, sql: str, wanted: Iterable[int | str]) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(sql, (json.dumps(list(wanted)),))

"""Texts to ids: origins, URLs, anchor texts and rels.

What was seen lately is answered from memory (recent.py) and only the rest asks the file, a batch at a time. Ids are
given here, in order of discovery, because the writer is alone.

Not here: rows of pages and links (batch.py).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import aiosqlite
import xxhash

from .bulk_insert import BulkInsert
from .recent import ID_SHIFT, MAX_DEPTH_STORED, KnownUrl, RecentMap, pack_known, unpack_known
from .records import Candidate

HASH_BITS = 0x7FFF_FFFF

CREATE_WANTED = """
CREATE TEMP TABLE IF NOT EXISTS wanted (
    number INTEGER PRIMARY KEY, origin_id INTEGER NOT NULL, hash INTEGER NOT NULL, path TEXT NOT NULL
)"""
INSERT_WANTED = BulkInsert("temp.wanted", "number", "origin_id", "hash", "path")
# CROSS JOIN keeps the order: walk the small table, seek in the large one.
SELECT_KNOWN = """
SELECT w.number, u.id, u.depth, u.stop FROM temp.wanted w CROSS JOIN url u INDEXED BY url_by_hash
ON u.origin_id = w.origin_id AND u.hash = w.hash AND u.path = w.path"""
INSERT_URL = BulkInsert("url", "id", "origin_id", "hash", "path", "stop", "depth", "fetch_form")
SELECT_ORIGINS = """
SELECT o.text, o.id, o.host_id, h.domain_id FROM origin o JOIN host h ON h.id = o.host_id
WHERE o.text IN (SELECT value FROM json_each(?))"""
INSERT_DOMAIN = "INSERT OR IGNORE INTO domain (name) VALUES (?)"
INSERT_HOST = """
INSERT OR IGNORE INTO host (name, domain_id) SELECT ?, id FROM domain WHERE name = ?"""
INSERT_ORIGIN = """
INSERT OR IGNORE INTO origin (text, host_id) SELECT ?, id FROM host WHERE name = ?"""


class KnownOrigin(NamedTuple):
    origin_id: int
    host_id: int
    domain_id: int


@dataclass(slots=True)
class Ids:
    """The URLs and origins that a batch mentions, with their ids; `created` got their row in this batch.

    `urls` holds packed numbers (`pack_known`); `origins` those that somebody needs: of URLs not seen lately, of
    candidates, of links to other domains, of robots.txt files. One of the last may be missing, see `Origins`.
    """

    candidates: dict[str, Candidate]
    origins: dict[str, KnownOrigin] = field(default_factory=dict)
    urls: dict[str, int] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)

    def url_id(self, url: str | None) -> int | None:
        return None if url is None else self.urls[url] >> ID_SHIFT

    def known(self, url: str) -> KnownUrl:
        return unpack_known(self.urls[url])


def origin_of(url: str) -> str:
    """The origin part of a URL in canonical form, which always has a slash after it."""
    return url[: url.index("/", 8)]


def path_hash(path: str) -> int:
    return xxhash.xxh3_64_intdigest(path.encode("utf-8", "surrogatepass")) & HASH_BITS


def host_of(origin: str) -> str:
    """The host in an origin, without scheme and port."""
    authority = origin.partition("://")[2]
    host, colon, port = authority.rpartition(":")
    return host if colon and not port.endswith("]") else authority


class Origins:
    """Origin texts to the ids of origin, host and domain."""

    def __init__(self, size: int = 200_000) -> None:
        self._recent: RecentMap[KnownOrigin] = RecentMap(size)

    async def resolve(
        self, connection: aiosqlite.Connection, texts: Iterable[str], splits: dict[str, Candidate]
    ) -> dict[str, KnownOrigin]:
        """The origins named; those without a row get one, with host and domain as `splits` says.

        One that `splits` does not name gets a row when its host has one (https beside http, another port), because
        only a candidate says what the registrable domain of a host is. Otherwise it is left out.
        """
        found, missing = self._recent.find(dict.fromkeys(texts))
        if missing:
            await self._read(connection, missing, found)
            unknown = [text for text in missing if text not in found]
            if unknown:
                await self._create(connection, unknown, splits)
                await self._read(connection, unknown, found)
        return found

    async def _read(self, connection: aiosqlite.Connection, texts: list[str], found: dict[str, KnownOrigin]) -> None:
        for text, *ids in await connection.execute_fetchall(SELECT_ORIGINS, (json_list(texts),)):
            found[text] = self._recent[text] = KnownOrigin(*ids)

    @staticmethod
    async def _create(connection: aiosqlite.Connection, unknown: list[str], splits: dict[str, Candidate]) -> None:
        named = [splits[text] for text in unknown if text in splits]
        await connection.executemany(INSERT_DOMAIN, [(candidate.domain,) for candidate in named])
        await connection.executemany(INSERT_HOST, [(candidate.host, candidate.domain) for candidate in named])
        hosts = [(text, splits[text].host if text in splits else host_of(text)) for text in unknown]
        await connection.executemany(INSERT_ORIGIN, hosts)


class Urls:
    """Canonical URLs to ids, with the depth and stop reason on record; see `pack_known`."""

    def __init__(self, next_id: int, size: int = 1_000_000) -> None:
        self._next_id = next_id
        self._recent: RecentMap[int] = RecentMap(size)

    def remember(self, url: str, known: KnownUrl) -> None:
        self._recent[url] = pack_known(*known)

    def recall(self, urls: dict[str, None]) -> tuple[dict[str, int], list[str]]:
        """What is remembered, and the URLs that `read_or_create` must be asked for."""
        return self._recent.find(urls)

    async def read_or_create(self, connection: aiosqlite.Connection, missing: list[str], ids: Ids) -> None:
        """Add to `ids` what is on record of URLs that were not recalled; those without a row get one."""
        if not missing:
            return
        keys = [self._key(url, ids.origins) for url in missing]
        await self._read(connection, missing, keys, ids.urls)
        created = {url: key for url, key in zip(missing, keys, strict=True) if url not in ids.urls}
        await self._create(connection, created, ids)
        ids.created = dict.fromkeys(created)

    @staticmethod
    def _key(url: str, origins: dict[str, KnownOrigin]) -> tuple[int, int, str]:
        origin = origin_of(url)
        path = url[len(origin) :]
        return origins[origin].origin_id, path_hash(path), path

    async def _read(
        self,
        connection: aiosqlite.Connection,
        missing: list[str],
        keys: list[tuple[int, int, str]],
        known: dict[str, int],
    ) -> None:
        await connection.execute(CREATE_WANTED)
        # Sorted, so that neighbours in the index are asked for one after the other.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        wanted: list[object] = []
        for place, number in enumerate(order):
            wanted += (place, *keys[number])
        await INSERT_WANTED.run(connection, wanted)
        for place, *state in await connection.execute_fetchall(SELECT_KNOWN):
            url = missing[order[place]]
            known[url] = self._recent[url] = pack_known(*state)
        await connection.execute("DELETE FROM temp.wanted")

    async def _create(
        self, connection: aiosqlite.Connection, created: dict[str, tuple[int, int, str]], ids: Ids
    ) -> None:
        rows: list[object] = []
        for url, (origin_id, hashed, path) in created.items():
            candidate = ids.candidates[url]
            depth, stop = min(candidate.depth, MAX_DEPTH_STORED), int(candidate.stop)
            rows += (self._next_id, origin_id, hashed, path, stop, depth, candidate.fetch_form)
            ids.urls[url] = self._recent[url] = pack_known(self._next_id, depth, stop)
            self._next_id += 1
        await INSERT_URL.run(connection, rows)


class Texts:
    """Anchor texts to ids, as far as memory reaches: a text met again after a long time gets a second id."""

    INSERT = BulkInsert("anchor", "id", "text")

    def __init__(self, next_id: int, size: int = 200_000) -> None:
        self._next_id = next_id
        self._recent: RecentMap[int] = RecentMap(size)
        self._created: list[object] = []

    def id_of(self, text: str) -> int:
        if not text:
            return 0
        text_id = self._recent.get(text)
        if text_id is None:
            text_id = self._next_id
            self._next_id += 1
            self._recent[text] = text_id
            self._created += (text_id, text)
        return text_id

    async def save(self, connection: aiosqlite.Connection) -> None:
        created, self._created = self._created, []
        await self.INSERT.run(connection, created)


class Rels(Texts):
    """Rels to ids; there are few, all are kept in memory."""

    INSERT = BulkInsert("rel", "id", "text")

    def __init__(self, known: Iterable[tuple[int, str]], size: int = 20_000_000) -> None:
        rows = list(known)
        super().__init__(max((rel_id for rel_id, _ in rows), default=0) + 1, size)
        for rel_id, text in rows:
            self._recent[text] = rel_id


def json_list(values: Iterable[str | int]) -> str:
    """The argument for `IN (SELECT value FROM json_each(?))`: any number of values in one bound parameter."""
    return json.dumps(list(values))

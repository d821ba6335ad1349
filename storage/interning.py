"""Texts to ids: origins, URLs, anchor texts and rels.

A crawl meets the same few URLs over and over, so what was seen lately is answered from memory and only the rest asks
the file, a batch at a time. Ids are given here, in order of discovery, because the writer is alone. Memory is bounded:
a `RecentMap` drops what was not asked for since half its size ago.

Not here: rows of pages and links (batch.py).
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import aiosqlite
import xxhash

from .records import Candidate

V = TypeVar("V")

HASH_BITS = 0x7FFF_FFFF
MAX_DEPTH_STORED = 1_023

CREATE_WANTED = """
CREATE TEMP TABLE IF NOT EXISTS wanted (
    number INTEGER PRIMARY KEY, origin_id INTEGER NOT NULL, hash INTEGER NOT NULL, path TEXT NOT NULL
)"""
INSERT_WANTED = "INSERT INTO temp.wanted (number, origin_id, hash, path) VALUES (?, ?, ?, ?)"
# CROSS JOIN keeps the order: walk the small table, seek in the large one.
SELECT_KNOWN = """
SELECT w.number, u.id, u.depth, u.stop FROM temp.wanted w CROSS JOIN url u INDEXED BY url_by_hash
ON u.origin_id = w.origin_id AND u.hash = w.hash AND u.path = w.path"""
INSERT_URL = "INSERT INTO url (id, origin_id, hash, path, stop, depth, fetch_form) VALUES (?, ?, ?, ?, ?, ?, ?)"
SELECT_ORIGINS = """
SELECT o.text, o.id, o.host_id, h.domain_id FROM origin o JOIN host h ON h.id = o.host_id
WHERE o.text IN (SELECT value FROM json_each(?))"""
INSERT_DOMAIN = "INSERT OR IGNORE INTO domain (name) VALUES (?)"
INSERT_HOST = """
INSERT OR IGNORE INTO host (name, domain_id) SELECT ?, id FROM domain WHERE name = ?"""
INSERT_ORIGIN = """
INSERT OR IGNORE INTO origin (text, host_id) SELECT ?, id FROM host WHERE name = ?"""


class RecentMap(Generic[V]):
    """A bounded mapping in two generations: when the young one is full it becomes the old one."""

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self[key] = value
        return value

    def __setitem__(self, key: str, value: V) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value


class KnownUrl(NamedTuple):
    url_id: int
    depth: int
    stop: int


class KnownOrigin(NamedTuple):
    origin_id: int
    host_id: int
    domain_id: int


@dataclass(slots=True)
class Ids:
    """The URLs and origins that a batch mentions, with their ids; `created` got their row in this batch."""

    candidates: dict[str, Candidate]
    origins: dict[str, KnownOrigin] = field(default_factory=dict)
    urls: dict[str, KnownUrl] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)

    def url_id(self, url: str | None) -> int | None:
        return None if url is None else self.urls[url].url_id


def origin_of(url: str) -> str:
    """The origin part of a URL in canonical form, which always has a slash after it."""
    return url[: url.index("/", 8)]


def path_hash(path: str) -> int:
    return xxhash.xxh3_64_intdigest(path.encode("utf-8", "surrogatepass")) & HASH_BITS


class Origins:
    """Origin texts to the ids of origin, host and domain."""

    def __init__(self, size: int = 200_000) -> None:
        self._recent: RecentMap[KnownOrigin] = RecentMap(size)

    async def resolve(
        self, connection: aiosqlite.Connection, texts: Iterable[str], splits: dict[str, Candidate]
    ) -> dict[str, KnownOrigin]:
        """Every origin named; those without a row get one, with host and domain as `splits` says."""
        found: dict[str, KnownOrigin] = {}
        missing = []
        for text in texts:
            known = self._recent.get(text)
            if known is None:
                missing.append(text)
            else:
                found[text] = known
        if missing:
            await self._read(connection, missing, found)
            unknown = [splits[text] for text in missing if text not in found]
            if unknown:
                await self._create(connection, unknown)
                await self._read(connection, [candidate.origin for candidate in unknown], found)
        return found

    async def _read(self, connection: aiosqlite.Connection, texts: list[str], found: dict[str, KnownOrigin]) -> None:
        for text, *ids in await connection.execute_fetchall(SELECT_ORIGINS, (json_list(texts),)):
            found[text] = self._recent[text] = KnownOrigin(*ids)

    @staticmethod
    async def _create(connection: aiosqlite.Connection, unknown: list[Candidate]) -> None:
        await connection.executemany(INSERT_DOMAIN, [(candidate.domain,) for candidate in unknown])
        await connection.executemany(INSERT_HOST, [(candidate.host, candidate.domain) for candidate in unknown])
        await connection.executemany(INSERT_ORIGIN, [(candidate.origin, candidate.host) for candidate in unknown])


class Urls:
    """Canonical URLs to ids, with the depth and stop reason on record."""

    def __init__(self, next_id: int, size: int = 400_000) -> None:
        self._next_id = next_id
        self._recent: RecentMap[KnownUrl] = RecentMap(size)

    def remember(self, url: str, known: KnownUrl) -> None:
        self._recent[url] = known

    async def resolve(
        self,
        connection: aiosqlite.Connection,
        urls: Collection[str],
        candidates: dict[str, Candidate],
        origins: dict[str, KnownOrigin],
    ) -> tuple[dict[str, KnownUrl], set[str]]:
        """What is on record of each URL, and which of them got their row just now."""
        known: dict[str, KnownUrl] = {}
        missing = []
        for url in urls:
            entry = self._recent.get(url)
            if entry is None:
                missing.append(url)
            else:
                known[url] = entry
        if not missing:
            return known, set()
        keys = [self._key(url, origins) for url in missing]
        await self._read(connection, missing, keys, known)
        created = {url: key for url, key in zip(missing, keys, strict=True) if url not in known}
        await self._create(connection, created, candidates, known)
        return known, set(created)

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
        known: dict[str, KnownUrl],
    ) -> None:
        await connection.execute(CREATE_WANTED)
        # Sorted, so that neighbours in the index are asked for one after the other.
        numbered = sorted((*key, number) for number, key in enumerate(keys))
        await connection.executemany(INSERT_WANTED, [(number, *key) for *key, number in numbered])
        for number, url_id, depth, stop in await connection.execute_fetchall(SELECT_KNOWN):
            url = missing[number]
            known[url] = self._recent[url] = KnownUrl(url_id, depth, stop)
        await connection.execute("DELETE FROM temp.wanted")

    async def _create(
        self,
        connection: aiosqlite.Connection,
        created: dict[str, tuple[int, int, str]],
        candidates: dict[str, Candidate],
        known: dict[str, KnownUrl],
    ) -> None:
        rows = []
        for url, (origin_id, hashed, path) in created.items():
            candidate = candidates[url]
            entry = KnownUrl(self._next_id, min(candidate.depth, MAX_DEPTH_STORED), int(candidate.stop))
            self._next_id += 1
            known[url] = self._recent[url] = entry
            rows.append((entry.url_id, origin_id, hashed, path, entry.stop, entry.depth, candidate.fetch_form))
        await connection.executemany(INSERT_URL, rows)


class Texts:
    """Anchor texts to ids, as far as memory reaches: a text met again after a long time gets a second id."""

    INSERT = "INSERT INTO anchor (id, text) VALUES (?, ?)"

    def __init__(self, next_id: int, size: int = 200_000) -> None:
        self._next_id = next_id
        self._recent: RecentMap[int] = RecentMap(size)
        self._created: list[tuple[int, str]] = []

    def id_of(self, text: str) -> int:
        if not text:
            return 0
        text_id = self._recent.get(text)
        if text_id is None:
            text_id = self._next_id
            self._next_id += 1
            self._recent[text] = text_id
            self._created.append((text_id, text))
        return text_id

    async def save(self, connection: aiosqlite.Connection) -> None:
        created, self._created = self._created, []
        await connection.executemany(self.INSERT, created)


class Rels(Texts):
    """Rels to ids; there are few, all are kept in memory."""

    INSERT = "INSERT INTO rel (id, text) VALUES (?, ?)"

    def __init__(self, known: Iterable[tuple[int, str]], size: int = 20_000_000) -> None:
        rows = list(known)
        super().__init__(max((rel_id for rel_id, _ in rows), default=0) + 1, size)
        for rel_id, text in rows:
            self._recent[text] = rel_id


def json_list(values: Iterable[str | int]) -> str:
    """The argument for `IN (SELECT value FROM json_each(?))`: any number of values in one bound parameter."""
    return json.dumps(list(values))

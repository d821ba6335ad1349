"""The store as the crawl holds it: the lock, the writing and the reading connection, the run.

Opened once per crawl, closed in the same function; everything else of this room works on what is opened here.
"""

import math
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from .batch import BatchSaver
from .database import crawl_lock, open_reading, open_writing
from .inbound_index import build_inbound_index
from .options import StorageOptions
from .records import RobotsRecord, StopReason, Waiting
from .referring_counts import ReferringNews, count_referring_domains
from .reopening import StoppedUrl, read_new_domains, read_stopped, recount_stops, reopen
from .runs import Run, begin_run, end_run, keep_options, mark_seeds, queue_recrawl, read_adopted, read_spent
from .waiting import WaitingHost, read_hosts, read_robots, read_validators, read_waiting
from .writer import OnSaved, StoreWriter


@dataclass(frozen=True, slots=True)
class CrawlReading:
    """What a crawl, or one shard of it, asks of the file; made by `open_crawl_reading`."""

    run_id: int
    _connection: aiosqlite.Connection

    async def hosts(self) -> list[WaitingHost]:
        return await read_hosts(self._connection, self.run_id)

    async def waiting(self, host: str, limit: int) -> list[Waiting]:
        return await read_waiting(self._connection, host, limit)

    async def robots(self, origins: Sequence[str]) -> dict[str, RobotsRecord]:
        return await read_robots(self._connection, origins)

    async def validators(self, url_id: int) -> tuple[str | None, str | None]:
        return await read_validators(self._connection, url_id)

    async def spent(self) -> dict[str, int]:
        return await read_spent(self._connection, self.run_id)

    async def adopted(self) -> list[str]:
        return await read_adopted(self._connection)

    async def referring_domains(self, domains: Sequence[str], *, at_most: int) -> dict[str, int]:
        return await count_referring_domains(self._connection, domains, at_most=at_most)


@dataclass(frozen=True, slots=True)
class CrawlStore:
    """One crawl's hold on the file; made by `open_crawl_store`. Only its process writes."""

    path: Path
    run: Run
    options: StorageOptions
    reading: CrawlReading
    _writing: aiosqlite.Connection

    async def writer(self, *, max_depth: int, on_saved: OnSaved, news: ReferringNews | None = None) -> StoreWriter:
        saver = await BatchSaver.on(self._writing, run_id=self.run.run_id, max_depth=max_depth)
        if news is not None:
            await news.begin_on(self._writing)
        writer = StoreWriter(saver, self.path, self.options, on_saved=on_saved)
        writer.news = news
        return writer

    async def mark_seeds(self, domains: Sequence[str]) -> None:
        await mark_seeds(self._writing, domains)

    async def queue_recrawl(self, domains: Sequence[str], *, fetched_before: float, now: float = math.inf) -> bool:
        """`now`: pages fetched later than that are asked for as well."""
        return await queue_recrawl(self._writing, domains, fetched_before=fetched_before, now=now)

    async def new_domains(self, domains: Collection[str]) -> list[str]:
        return await read_new_domains(self._writing, domains)

    def stopped(self, domains: Collection[str], reasons: Collection[StopReason]) -> AsyncIterator[list[StoppedUrl]]:
        """As of now: what is reopened while it is read changes nothing."""
        return read_stopped(
            self.reading._connection,  # noqa: SLF001 — both are of this file
            domains,
            reasons,
        )

    async def reopen(self, url_ids: Collection[int]) -> None:
        await reopen(self._writing, url_ids)

    async def recount_stops(self) -> None:
        await recount_stops(self._writing)

    async def keep_options(self, options_json: str) -> None:
        await keep_options(self._writing, self.run.run_id, options_json)

    async def end(self, *, now: float, reason: str) -> None:
        """Record how the run ended, build the inbound index if it was dropped, and gather figures for query plans."""
        await end_run(self._writing, self.run.run_id, now=now, reason=reason)
        await build_inbound_index(self._writing)
        await self._writing.execute("PRAGMA analysis_limit = 1000")
        await self._writing.execute("ANALYZE")


@asynccontextmanager
async def open_crawl_reading(path: Path, run_id: int) -> AsyncIterator[CrawlReading]:
    """For a shard in a process of its own; the process with the crawl lock has opened the file before."""
    async with open_reading(path) as connection:
        yield CrawlReading(run_id, connection)


@asynccontextmanager
async def open_crawl_store(
    path: Path, options: StorageOptions, *, now: float, version: str, options_json: str
) -> AsyncIterator[CrawlStore]:
    """Take the crawl lock, open and migrate the file, and begin or continue a run. Raises a StorageError."""
    with crawl_lock(path):
        async with open_writing(path, options) as writing, open_reading(path) as reading:
            run = await begin_run(writing, now=now, version=version, options_json=options_json)
            yield CrawlStore(path, run, options, CrawlReading(run.run_id, reading), writing)

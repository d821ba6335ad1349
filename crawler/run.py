"""A run from its beginning to its end: open the store, put the seeds in, let the shards crawl, write how it ended.

Not here: the loop (crawl.py), processes (shards.py).
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from storage import Candidate, CrawlStore, StorageError, StoreWriter, Visit, Waiting, open_crawl_store

from .budgets import referring_news
from .clock import Clock
from .crawl import Crawl, CrawlJob, Surroundings, scope_of
from .errors import first_of
from .fetch import Fetch, open_fetcher
from .garbage import collected_rarely
from .reopening import reopen_stopped
from .shards import ShardedCrawl
from .statistics import CrawlStatistics, CrawlSummary

LOOK_SECONDS = 1.0

OnProgress = Callable[[CrawlStatistics], None]


async def run_crawl(
    job: CrawlJob,
    *,
    stop: asyncio.Event | None = None,
    on_progress: OnProgress | None = None,
    shards: int = 1,
    clock: Clock | None = None,
) -> CrawlSummary:
    """Crawl until there is nothing left to do tonight. Setting `stop` ends it after what is in flight.

    Cancelling ends it at once; what was written stays. Raises a StorageError when the file cannot be used, a
    CrawlerError when a shard dies.
    """
    clock, stop = clock or Clock(), stop or asyncio.Event()
    options_json = json.dumps({"crawler": asdict(job.crawler), "storage": asdict(job.storage)}, default=str)
    async with open_crawl_store(
        job.path, job.storage, now=clock.wall(), version=job.version, options_json=options_json
    ) as store:
        is_recrawl = await _begin(job, store, clock)
        await store.keep_options(options_json)
        crawling: LocalCrawl | ShardedCrawl
        if shards > 1:
            crawling = ShardedCrawl(job, store, clock, is_recrawl=is_recrawl, shards=shards)
        else:
            crawling = LocalCrawl(job, store, clock, is_recrawl=is_recrawl)
        with collected_rarely():
            summary = await crawling.run(stop, on_progress)
        await store.end(now=clock.wall(), reason=summary.end_reason)
    return summary


async def _begin(job: CrawlJob, store: CrawlStore, clock: Clock) -> bool:
    """Put seeds and old pages into the frontier; whether pages will be seen again."""
    domains = list(dict.fromkeys(seed.registrable_domain for seed in job.seeds))
    adopted = await store.reading.adopted()
    is_recrawl = store.run.is_continued
    hours = job.crawler.crawl.recrawl_after_hours
    if not store.run.has_asked and hours:  # one that was killed before its first request may not have come so far
        now = clock.wall()
        fetched_before = now - hours * 3_600
        is_recrawl |= await store.queue_recrawl([*domains, *adopted], fetched_before=fetched_before, now=now)
    await reopen_stopped(store, job.crawler, scope_of(job, adopted), domains, adopted)
    writer = await store.writer(max_depth=job.crawler.crawl.max_depth, on_saved=lambda _visits, _waiting: None)
    await writer.add_candidates(seed_candidates(job, adopted))
    await store.mark_seeds(domains)
    return is_recrawl


def seed_candidates(job: CrawlJob, adopted: Sequence[str]) -> list[Candidate]:
    scope = scope_of(job, adopted)
    return [
        Candidate(
            seed.canonical_url,
            seed.origin,
            seed.host,
            seed.registrable_domain,
            0,
            scope.judge(seed, depth=0),
            seed.url if seed.url != seed.canonical_url else None,
        )
        for seed in job.seeds
    ]


class LocalHub:
    """The writer at hand, as the loop sees it."""

    def __init__(self) -> None:
        self.crawl: Crawl
        self.writer: StoreWriter

    @property
    def is_idle(self) -> bool:
        return self.writer.is_idle

    @property
    def pending(self) -> int:
        return self.writer.pending

    def hurry(self) -> None:
        self.writer.hurry()

    async def put(self, visit: Visit) -> None:
        await self.writer.put(visit)

    def adopt(self, domain: str) -> None:
        """There is no other shard to tell."""

    def send_errand(self, waiting: Waiting) -> None:
        """There is no other shard to ask."""

    def answer_errand(self, waiting: Waiting, fetch: Fetch) -> None:
        """There is no other shard that asked."""

    def may_end(self, reason: str) -> bool:
        return bool(reason)

    def on_saved(self, visits: Sequence[Visit], waiting: Sequence[Waiting]) -> None:
        self.crawl.take_saved(ended_of(visits), waiting)

    def on_referring(self, referring_domains: Mapping[str, int]) -> None:
        self.crawl.take_referring(referring_domains)


def ended_of(visits: Sequence[Visit]) -> list[tuple[str, int]]:
    """Host and url_id of the visits whose frontier rows are gone."""
    return [(visit.host.host, visit.url_id) for visit in visits if visit.url_id is not None and visit.retry is None]


class LocalCrawl:
    """The one shard of a run in this process, with the writer beside it."""

    def __init__(self, job: CrawlJob, store: CrawlStore, clock: Clock, *, is_recrawl: bool) -> None:
        self._job = job
        self._store = store
        self._clock = clock
        self._is_recrawl = is_recrawl
        self._hub = LocalHub()

    async def run(self, stop: asyncio.Event, on_progress: OnProgress | None) -> CrawlSummary:
        hub = self._hub
        news = referring_news(self._job.crawler, hub.on_referring)
        max_depth = self._job.crawler.crawl.max_depth
        hub.writer = await self._store.writer(max_depth=max_depth, on_saved=hub.on_saved, news=news)
        async with open_fetcher(self._job.crawler, self._clock.monotonic, self._clock.wall) as fetcher:
            lent = Surroundings(
                reading=self._store.reading,
                fetcher=fetcher,
                hub=hub,
                clock=self._clock,
                rng=random.Random(),  # noqa: S311 — jitter, not secrets
                is_recrawl=self._is_recrawl,
            )
            hub.crawl = Crawl(self._job, lent)
            await hub.crawl.prepare()
            reason = await self._run_beside_writer(stop, on_progress)
        return self._summary(reason)

    async def _run_beside_writer(self, stop: asyncio.Event, on_progress: OnProgress | None) -> str:
        try:
            async with asyncio.TaskGroup() as group:
                saving = group.create_task(self._hub.writer.run())
                looking = group.create_task(self._look(on_progress))
                reason = await self._hub.crawl.run(stop)
                self._hub.writer.finish()
                await saving
                looking.cancel()
        except* StorageError as failures:
            raise first_of(failures) from None
        return reason

    async def _look(self, on_progress: OnProgress | None) -> None:
        while True:
            if on_progress is not None:
                on_progress(self._hub.crawl.statistics())
            await asyncio.sleep(LOOK_SECONDS)

    def _summary(self, reason: str) -> CrawlSummary:
        crawl = self._hub.crawl
        return CrawlSummary(
            run_id=self._store.run.run_id,
            is_continued=self._store.run.is_continued,
            end_reason=reason,
            statistics=crawl.statistics(),
            resting=crawl.resting(),
            retired=crawl.retired(),
        )

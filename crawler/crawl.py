"""The crawl: what is opened, the loop that leases, and how it ends.

One dispatcher starts a task per lease while there is room on the wire, reads hungry hosts' URLs from disk, and sleeps
until something is due. The frontier changes only between two awaits, so nothing is locked; a URL's row there ends in
the transaction that holds its page, so the crawl may be killed anywhere.

Not here: one lease (worker.py), SQL, delay arithmetic, printing.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from storage import (
    Candidate,
    CrawlStore,
    StopReason,
    StorageError,
    StorageOptions,
    Visit,
    Waiting,
    open_crawl_store,
)

from .clock import Clock
from .errors import FrontierError
from .fetch import Fetcher, open_fetcher
from .frontier import Frontier
from .frontier_statistics import IdleReason
from .host_queue import Lease
from .options import CrawlerOptions
from .outage import OutageWatch
from .politeness import Politeness, Verdict
from .robots_desk import RobotsDesk
from .scope import Scope
from .statistics import CrawlStatistics, CrawlSummary, Tally, resident_bytes
from .urls import UrlReader, WebUrl
from .visit import VisitReader
from .worker import Worker

log = logging.getLogger(__name__)

REFILL_HOSTS = 64
LOOK_SECONDS = 1.0
LONGEST_SLEEP_SECONDS = 5.0

OnProgress = Callable[[CrawlStatistics], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob:
    """What to crawl, and into which file. `version` goes into the run's record."""

    seeds: Sequence[WebUrl]
    path: Path
    crawler: CrawlerOptions
    storage: StorageOptions
    version: str = "0"


async def run_crawl(
    job: CrawlJob, *, stop: asyncio.Event | None = None, on_progress: OnProgress | None = None,
    clock: Clock | None = None, rng: random.Random | None = None,
) -> CrawlSummary:  # fmt: skip
    """Crawl until there is nothing left to do tonight. Setting `stop` ends it after what is in flight.

    Cancelling ends it at once; what was written stays. Raises a StorageError when the file cannot be used.
    """
    clock = clock or Clock()
    options_json = json.dumps({"crawler": asdict(job.crawler), "storage": asdict(job.storage)}, default=str)
    async with (
        open_crawl_store(
            job.path, job.storage, now=clock.wall(), version=job.version, options_json=options_json
        ) as store,
        open_fetcher(job.crawler, clock.monotonic, clock.wall) as fetcher,
    ):
        crawl = Crawl(job, store, fetcher, clock, rng or random.Random())  # noqa: S311 — jitter, not secrets
        return await crawl.run(stop or asyncio.Event(), on_progress)


def first_of(failures: ExceptionGroup[StorageError]) -> StorageError:
    """The store fails once, however many tasks come to feel it."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure if isinstance(failure, StorageError) else StorageError(str(failure))


class Crawl:
    """One run over an open store and an open fetcher; use `run_crawl`."""

    def __init__(self, job: CrawlJob, store: CrawlStore, fetcher: Fetcher, clock: Clock, rng: random.Random) -> None:
        self._job = job
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._options = job.crawler
        self._politeness = Politeness(job.crawler.politeness, rng)
        self._urls = UrlReader(
            drop_parameters=job.crawler.scope.drop_parameters, user_platforms=job.crawler.scope.user_platforms
        )
        self._tally = Tally(clock.monotonic)
        self._outage = OutageWatch()
        self._wake = asyncio.Event()
        self._in_flight = 0
        self._adopted: list[str] = []
        self._is_over = False

    async def run(self, stop: asyncio.Event, on_progress: OnProgress | None) -> CrawlSummary:
        await self._prepare()
        try:
            reason = await self._run_tasks(stop, on_progress)
        except* StorageError as failures:
            raise first_of(failures) from None
        await self._save_adopted()
        await self._store.end(now=self._clock.wall(), reason=reason)
        return self._summary(reason)

    async def _run_tasks(self, stop: asyncio.Event, on_progress: OnProgress | None) -> str:
        async with asyncio.TaskGroup() as group:
            saving = group.create_task(self._writer.run())
            others = [group.create_task(self._look(on_progress)), group.create_task(self._wake_on(stop))]
            reason = await self._dispatch(group, stop)
            self._writer.finish()
            await saving
            for task in others:
                task.cancel()
        return reason

    # Before

    async def _prepare(self) -> None:
        store, options = self._store, self._options
        adopted = await store.adopted()
        self._scope = Scope(
            options.scope,
            max_depth=options.crawl.max_depth,
            seeds=self._job.seeds,
            allowed_ports=options.network.allowed_ports,
            adopted_domains=adopted,
            max_redirect_hops=options.fetch.max_redirect_hops,
        )
        spent = await store.spent()
        self._frontier = Frontier(
            self._politeness,
            budget=lambda _: options.crawl.max_pages_per_domain,
            max_pages=options.crawl.max_pages,
            pages_spent=sum(spent.values()),
        )
        for domain, pages in spent.items():
            self._frontier.add_domain(domain, pages_spent=pages)
        self._writer = await store.writer(max_depth=options.crawl.max_depth, on_saved=self._on_saved)
        is_recrawl = await self._queue_recrawl(
            [*dict.fromkeys(seed.registrable_domain for seed in self._job.seeds), *adopted]
        )
        await self._load_hosts()
        await self._add_seeds()
        self._worker = self._make_worker(is_recrawl=is_recrawl)

    async def _queue_recrawl(self, domains: Sequence[str]) -> bool:
        hours = self._options.crawl.recrawl_after_hours
        if self._store.run.is_continued or not hours:
            return self._store.run.is_continued
        return await self._store.queue_recrawl(domains, fetched_before=self._clock.wall() - hours * 3_600)

    async def _load_hosts(self) -> None:
        now = self._clock.now()
        follows_out = self._options.scope.follow_external_depth > 0
        for host in await self._store.hosts():
            if follows_out or self._scope.is_inside(host.domain):
                self._frontier.add_host(
                    host.host, domain=host.domain, clock=host.clock, waiting_on_disk=host.waiting_count, now=now
                )

    async def _add_seeds(self) -> None:
        candidates = [
            Candidate(
                seed.canonical_url, seed.origin, seed.host, seed.registrable_domain, 0,
                self._scope.judge(seed, depth=0), seed.url if seed.url != seed.canonical_url else None,
            )
            for seed in self._job.seeds
        ]  # fmt: skip
        await self._writer.add_candidates(candidates)
        await self._store.mark_seeds(list(dict.fromkeys(seed.registrable_domain for seed in self._job.seeds)))

    def _make_worker(self, *, is_recrawl: bool) -> Worker:
        options = self._options
        return Worker(
            clock=self._clock,
            frontier=self._frontier,
            politeness=self._politeness,
            fetcher=self._fetcher,
            robots=RobotsDesk(
                self._store.robots, options.politeness, self._urls, product_token=options.crawl.user_agent
            ),
            reader=VisitReader(
                options,
                self._scope,
                self._urls,
                text_characters=self._job.storage.keep_text_characters,
                link_text_characters=self._job.storage.keep_link_text_characters,
            ),
            urls=self._urls,
            store=self._store,
            writer=self._writer,
            tally=self._tally,
            outage=self._outage,
            on_adopted=self._adopted.append,
            is_recrawl=is_recrawl,
            use_sitemaps=options.scope.use_sitemaps,
        )

    # The loop

    async def _dispatch(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> str:
        """Start a task per lease until there is nothing left for tonight; the reason it ended."""
        while True:
            self._wake.clear()
            reason = self._why_stop(stop)
            if reason is None:
                await self._refill()
                self._lease_all(group)
                reason = self._why_end()
            if reason is not None and not self._in_flight:
                return reason
            await self._sleep()

    def _why_stop(self, stop: asyncio.Event) -> str | None:
        """A reason to lease nothing more, whatever waits."""
        if stop.is_set():
            return "interrupted"
        seconds = self._options.crawl.max_seconds
        if seconds and self._tally.elapsed_seconds >= seconds:
            return "max_seconds"
        down_since, longest = self._outage.down_since, self._options.crawl.max_outage_seconds
        if down_since is not None and self._clock.now() - down_since >= longest:
            return "unreachable"
        return None

    def _why_end(self) -> str | None:
        """Why nothing more will come, once nothing is in flight or unsaved."""
        if self._in_flight or not self._writer.is_idle:
            return None
        if self._frontier.is_exhausted():
            pages = self._options.crawl.max_pages
            return "max_pages" if pages and self._frontier.pages_spent >= pages else "done"
        due = self._frontier.next_due()
        if due is not None and due - self._clock.now() > self._options.crawl.max_idle_seconds:
            return "idle"
        return None

    def _lease_all(self, group: asyncio.TaskGroup) -> None:
        while self._in_flight < self._options.crawl.max_in_flight:
            now = self._clock.now()
            lease = self._frontier.lease(now) if self._outage.may_ask(now) else None
            if lease is None:
                self._hurry_if_starved()
                return
            self._in_flight += 1
            group.create_task(self._serve(lease))

    def _hurry_if_starved(self) -> None:
        """What is pending may name the URLs that are wanting: do not wait for the batch to grow."""
        due = self._frontier.next_due()
        if due is None or due - self._clock.now() > self._job.storage.batch_seconds:
            self._writer.hurry()

    async def _serve(self, lease: Lease) -> None:
        try:
            await self._worker.serve(lease)
        except StorageError:
            raise
        except Exception as error:
            # The one place where our own mistakes meet the unattended night: one URL fails, the crawl goes on.
            log.exception("failed on %s", lease.waiting.url)
            await self._give_up(lease, error)
        finally:
            self._in_flight -= 1
            self._wake.set()

    async def _give_up(self, lease: Lease, error: Exception) -> None:
        now = self._clock.now()
        with suppress(FrontierError):  # it may have ended before the mistake
            self._frontier.release(lease, Verdict(clock=self._frontier.clock_of(lease.host)), now=now)
        if lease.waiting.url_id:
            clock = self._frontier.clock_of(lease.host)
            visit = Visit(url_id=lease.waiting.url_id, depth=lease.waiting.depth, host=clock, stop=StopReason.FAILED)
            self._tally.errors[f"internal: {type(error).__name__}"] += 1
            await self._writer.put(visit)

    async def _refill(self) -> None:
        for hungry in self._frontier.hungry(REFILL_HOSTS, now=self._clock.now()):
            rows = await self._store.waiting(hungry.host, hungry.limit)
            self._frontier.refill(hungry.host, rows, now=self._clock.now(), is_all=len(rows) < hungry.limit)

    async def _sleep(self) -> None:
        """Until a lease ends, a batch is saved, or the next host is due."""
        wait = LONGEST_SLEEP_SECONDS
        due = self._frontier.next_due()
        if due is not None and self._in_flight < self._options.crawl.max_in_flight:
            wait = min(wait, max(0.0, max(due, self._outage.next_probe() or 0.0) - self._clock.now()))
        if self._options.crawl.max_seconds:
            wait = min(wait, max(0.0, self._options.crawl.max_seconds - self._tally.elapsed_seconds))
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()

    def _on_saved(self, visits: Sequence[Visit], waiting: Sequence[Waiting]) -> None:
        """A batch is on disk: its URLs cannot come back from there, and what it named may be asked for."""
        now = self._clock.now()
        for visit in visits:
            if visit.url_id is not None and visit.retry is None:
                self._frontier.forget(visit.host.host, (visit.url_id,))
        for one in waiting:
            self._frontier.add(one, domain=self._urls.registrable_domain(one.host), now=now)
        self._wake.set()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    # What is said of it

    async def _look(self, on_progress: OnProgress | None) -> None:
        while True:
            if on_progress is not None:
                on_progress(self._statistics())
            await self._save_adopted()
            await asyncio.sleep(LOOK_SECONDS)

    async def _save_adopted(self) -> None:
        if self._adopted:
            adopted, self._adopted[:] = list(self._adopted), []
            await self._store.mark_adopted(adopted)

    def _statistics(self) -> CrawlStatistics:
        frontier = self._frontier.statistics(self._clock.now())
        pages_per_second, links_per_second = self._tally.rates()
        return CrawlStatistics(
            elapsed_seconds=self._tally.elapsed_seconds,
            pages=self._tally.pages,
            links=self._tally.links,
            fetches=self._tally.fetches,
            pages_per_second=pages_per_second,
            links_per_second=links_per_second,
            in_flight=self._in_flight,
            hosts_due=frontier.hosts_due,
            hosts_resting=frontier.hosts_resting,
            hosts_retired=frontier.hosts_retired,
            waiting_urls=frontier.urls_in_memory + frontier.urls_on_disk,
            unsaved_visits=self._writer.pending,
            errors_by_outcome=dict(self._tally.errors),
            stops=dict(self._tally.stops),
            resident_bytes=resident_bytes(),
            politeness_seconds_left=frontier.seconds_left,
            why_idle="our own network seems to be down"
            if self._outage.is_down
            else frontier.idle_reason.value
            if frontier.idle_reason is not IdleReason.NOT_IDLE
            else None,
        )

    def _summary(self, reason: str) -> CrawlSummary:
        now = self._clock.now()
        return CrawlSummary(
            run_id=self._store.run.run_id,
            is_continued=self._store.run.is_continued,
            end_reason=reason,
            statistics=self._statistics(),
            resting=tuple(self._frontier.resting(now)),
            retired=tuple(self._frontier.retired()),
        )

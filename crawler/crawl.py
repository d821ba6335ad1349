"""The loop of one shard: lease, start a task, refill from disk, sleep until something is due.

The frontier changes only between two awaits, so nothing is locked; a URL's row there ends in the transaction that holds
its page, so the loop may be killed anywhere. With one shard the writer is at hand, with several it is in another
process behind the same few calls (`Hub`); nothing here knows the difference.

Not here: one lease (worker.py), opening and ending a run (run.py), SQL, delay arithmetic, printing.
"""

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage import CrawlReading, HostClock, StopReason, StorageError, StorageOptions, Visit, Waiting

from .budgets import most_referring_domains, page_budget
from .clock import Clock
from .descriptors import connections_for
from .errors import FrontierError, first_of
from .fetch import Fetch, Fetcher
from .frontier import Frontier
from .frontier_statistics import IdleReason
from .host_queue import Lease
from .options import CrawlerOptions
from .outage import OutageWatch
from .politeness import Politeness, Verdict
from .robots_desk import RobotsDesk
from .scope import Scope
from .shard import ONE_SHARD, Shard
from .statistics import CrawlStatistics, Tally, resident_bytes
from .urls import UrlReader, WebUrl
from .visit import VisitReader
from .worker import Worker

log = logging.getLogger(__name__)

REFILL_HOSTS = 64
LONGEST_SLEEP_SECONDS = 5.0

LEASES_A_TURN = 16
"""So many requests begin before others are heard again: when a thousand hosts are due at once, each waits a little, and
the loop for none of them long."""


class Hub(Protocol):
    """Where a shard hands its visits, and who says that it may end."""

    @property
    def is_idle(self) -> bool:
        """Everything that was put is committed."""
        ...

    @property
    def pending(self) -> int:
        """Visits that are not committed yet."""
        ...

    def hurry(self) -> None:
        """Somebody waits for what the pending visits name."""
        ...

    async def put(self, visit: Visit) -> None: ...

    def adopt(self, domain: str) -> None:
        """A seed redirects to this domain: it is in scope for all shards; the visit says so to later runs."""
        ...

    def send_errand(self, waiting: Waiting) -> None:
        """A robots.txt is to be had from a host of another shard."""
        ...

    def answer_errand(self, waiting: Waiting, fetch: Fetch) -> None:
        """A robots.txt was fetched that other shards may have asked for."""
        ...

    def may_end(self, reason: str) -> bool:
        """Asked when this shard has nothing left; another may still find something for it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob:
    """What to crawl, and into which file. `version` goes into the run's record."""

    seeds: Sequence[WebUrl]
    path: Path
    crawler: CrawlerOptions
    storage: StorageOptions
    version: str = "0"


def in_flight_of(wanted: int) -> int:
    """As many requests at once as are wanted, or as this process may hold connections."""
    possible = connections_for(wanted)
    if possible < wanted:
        log.warning("only %d requests at once instead of %d: the system's limit on open files is low", possible, wanted)
    return possible


def scope_of(job: CrawlJob, adopted: Sequence[str]) -> Scope:
    options = job.crawler
    return Scope(
        options.scope,
        max_depth=options.crawl.max_depth,
        seeds=job.seeds,
        allowed_ports=options.network.allowed_ports,
        adopted_domains=adopted,
        max_redirect_hops=options.fetch.max_redirect_hops,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a loop is lent, and who opened it closes. `is_recrawl`: pages may be asked for with their validators."""

    reading: CrawlReading
    fetcher: Fetcher
    hub: Hub
    clock: Clock
    rng: random.Random
    is_recrawl: bool = False
    shard: Shard = ONE_SHARD


class Crawl:
    """One shard of a run. `prepare` once, then `run` once."""

    def __init__(self, job: CrawlJob, lent: Surroundings) -> None:
        self._job = job
        self._lent = lent
        self._hub = lent.hub
        self._clock = lent.clock
        self._options = job.crawler
        self._politeness = Politeness(job.crawler.politeness, lent.rng)
        self._urls = UrlReader(
            drop_parameters=job.crawler.scope.drop_parameters, user_platforms=job.crawler.scope.user_platforms
        )
        self._tally = Tally(lent.clock.monotonic)
        self._outage = OutageWatch()
        self._wake = asyncio.Event()
        self._in_flight = 0
        self._max_in_flight = in_flight_of(job.crawler.crawl.max_in_flight)

    # Before

    async def prepare(self) -> None:
        """Read what waits for this shard."""
        reading, shard, crawl = self._lent.reading, self._lent.shard, self._options.crawl
        self._scope = scope_of(self._job, await reading.adopted())
        spent = {domain: pages for domain, pages in (await reading.spent()).items() if shard.owns(domain)}
        self._frontier = Frontier(
            self._politeness,
            budget=lambda referring_domains: page_budget(crawl, referring_domains),
            max_pages=shard.share_of(crawl.max_pages),
            max_in_flight=crawl.max_in_flight,
            pages_spent=sum(spent.values()),
        )
        for domain, pages in spent.items():
            self._frontier.add_domain(domain, pages_spent=pages)
        await self._load_hosts()
        self._worker = self._make_worker()

    async def _load_hosts(self) -> None:
        now = self._clock.now()
        follows_out = self._options.scope.follow_external_depth > 0
        for host in await self._lent.reading.hosts():
            if self._lent.shard.owns(host.domain) and (follows_out or self._scope.is_inside(host.domain)):
                self._frontier.add_host(
                    host.host, domain=host.domain, clock=host.clock, waiting_on_disk=host.waiting_count, now=now
                )

    def _make_worker(self) -> Worker:
        options, reading = self._options, self._lent.reading
        self._reader = VisitReader(
            options,
            self._scope,
            self._urls,
            text_characters=self._job.storage.keep_text_characters,
            link_text_characters=self._job.storage.keep_link_text_characters,
        )
        robots = RobotsDesk(reading.robots, options.politeness, self._urls, product_token=options.crawl.user_agent)
        return Worker(
            clock=self._clock,
            frontier=self._frontier,
            politeness=self._politeness,
            fetcher=self._lent.fetcher,
            robots=robots,
            reader=self._reader,
            urls=self._urls,
            store=reading,
            hub=self._hub,
            tally=self._tally,
            outage=self._outage,
            shard=self._lent.shard,
            is_recrawl=self._lent.is_recrawl,
            use_sitemaps=options.scope.use_sitemaps,
        )

    # The loop

    async def run(self, stop: asyncio.Event) -> str:
        """Lease until there is nothing left for tonight; why it ended. Raises a StorageError when the store fails."""
        try:
            async with asyncio.TaskGroup() as group:
                stopping = group.create_task(self._wake_on(stop))
                reason = await self._dispatch(group, stop)
                stopping.cancel()
        except* StorageError as failures:
            raise first_of(failures) from None
        return reason

    async def _dispatch(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> str:
        while True:
            self._wake.clear()
            reason = self._why_stop(stop)
            if reason is None:
                await self._refill()
                self._lease_some(group)
                reason = self._why_end()
                if reason is not None and not self._hub.may_end(reason):
                    reason = None
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
        if self._in_flight or not self._hub.is_idle or self._frontier.spent_domains:
            return None
        if self._frontier.is_exhausted():
            pages = self._lent.shard.share_of(self._options.crawl.max_pages)
            return "max_pages" if self._options.crawl.max_pages and self._frontier.pages_spent >= pages else "done"
        due = self._frontier.next_due()
        if due is not None and due - self._clock.now() > self._options.crawl.max_idle_seconds:
            return "idle"
        return None

    def _lease_some(self, group: asyncio.TaskGroup) -> None:
        for _ in range(min(LEASES_A_TURN, self._max_in_flight - self._in_flight)):
            now = self._clock.now()
            lease = self._frontier.lease(now) if self._outage.may_ask(now) else None
            if lease is None:
                self._hurry_if_starved()
                return
            self._in_flight += 1
            self._tally.leases += 1
            group.create_task(self._serve(lease))

    def _hurry_if_starved(self) -> None:
        """What is pending may name the URLs that are wanting: do not wait for the batch to grow."""
        due = self._frontier.next_due()
        if due is None or due - self._clock.now() > self._job.storage.batch_seconds:
            self._hub.hurry()

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
        with suppress(FrontierError):  # it may have ended before the mistake
            clock = self._frontier.clock_of(lease.host)
            self._frontier.release(lease, Verdict(clock=clock), now=self._clock.now())
        self._tally.errors[f"internal: {type(error).__name__}"] += 1
        if lease.waiting.url_id:
            clock = self._frontier.clock_of(lease.host)
            await self._hub.put(
                Visit(url_id=lease.waiting.url_id, depth=lease.waiting.depth, host=clock, stop=StopReason.FAILED)
            )

    async def _refill(self) -> None:
        for hungry in self._frontier.hungry(REFILL_HOSTS, now=self._clock.now()):
            rows = await self._lent.reading.waiting(hungry.host, hungry.limit)
            self._frontier.refill(hungry.host, rows, now=self._clock.now(), is_all=len(rows) < hungry.limit)
        if self._frontier.spent_domains:
            await self._ask_who_links()

    async def _ask_who_links(self) -> None:
        """A domain at the end of its budget may have earned more, in earlier runs too; what it earns later is told."""
        domains = self._frontier.spent_domains.copy()
        self._frontier.spent_domains.clear()
        most = most_referring_domains(self._options.crawl)
        if most:
            counts = await self._lent.reading.referring_domains(domains, at_most=most)
            self._frontier.note_referring(counts, now=self._clock.now())

    async def _sleep(self) -> None:
        """Until a lease ends, a batch is saved, or the next host is due."""
        wait = 0.0 if self._frontier.spent_domains else LONGEST_SLEEP_SECONDS
        due = self._frontier.next_due()
        if due is not None and self._in_flight < self._max_in_flight:
            wait = min(wait, max(0.0, max(due, self._outage.next_probe() or 0.0) - self._clock.now()))
        if self._options.crawl.max_seconds:
            wait = min(wait, max(0.0, self._options.crawl.max_seconds - self._tally.elapsed_seconds))
        if wait <= 0:
            await asyncio.sleep(0)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()

    async def _wake_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    # What the outside tells it

    def take_saved(self, ended: Iterable[tuple[str, int]], waiting: Iterable[Waiting]) -> None:
        """A batch is on disk: (host, url_id) that ended cannot come back from there, what it named may be asked for."""
        now = self._clock.now()
        for host, url_id in ended:
            self._frontier.forget(host, (url_id,))
        for one in waiting:
            self._frontier.add(one, domain=self._urls.registrable_domain(one.host), now=now)
        self._wake.set()

    def take_referring(self, referring_domains: Mapping[str, int]) -> None:
        """A batch gave these domains new referring domains: so many link to them now."""
        self._frontier.note_referring(referring_domains, now=self._clock.now())
        self._wake.set()

    def adopt(self, domain: str) -> None:
        """A domain came into scope, found by another shard."""
        self._scope.adopt(domain)
        self._reader.forget_sent()

    def take_errand(self, waiting: Waiting) -> None:
        """Another shard's origin redirects its robots.txt to a host of this one."""
        self._worker.take_errand(waiting)
        self._wake.set()

    async def take_answer(self, waiting: Waiting, fetch: Fetch) -> None:
        """What another shard was asked for."""
        await self._worker.take_answer(waiting, fetch)
        self._wake.set()

    def wake(self) -> None:
        """Look again whether the loop may end."""
        self._wake.set()

    # What it tells the outside

    def statistics(self) -> CrawlStatistics:
        frontier = self._frontier.statistics(self._clock.now())
        pages_per_second, links_per_second = self._tally.rates()
        why_idle = frontier.idle_reason.value if frontier.idle_reason is not IdleReason.NOT_IDLE else None
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
            unsaved_visits=self._hub.pending,
            errors_by_outcome=dict(self._tally.errors),
            stops=dict(self._tally.stops),
            resident_bytes=resident_bytes(),
            politeness_seconds_left=frontier.seconds_left,
            leases=self._tally.leases,
            heap_operations=self._frontier.operations,
            why_idle="our own network seems to be down" if self._outage.is_down else why_idle,
        )

    def resting(self) -> tuple[HostClock, ...]:
        return tuple(self._frontier.resting(self._clock.now()))

    def retired(self) -> tuple[HostClock, ...]:
        return tuple(self._frontier.retired())

"""Several shards and one writer: the process that starts them, writes for them, and decides when the run is over.

Visits come up, saved batches go down, each to the shard that owns the domain. The run is over when every shard has said
that nothing is left since the last thing it was told. A shard that dies ends the run: the others finish what is in
flight, everything that came up is saved, and the same command goes on from there.

Not here: a shard's side (shard_process.py), the loop (crawl.py), batches (storage).
"""

import asyncio
import logging
import multiprocessing
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from storage import CrawlStore, HostClock, StorageError, StoreWriter, Visit, Waiting

from .address_board import AddressBoard
from .budgets import referring_news
from .channel import Channel
from .clock import Clock
from .crawl import CrawlJob
from .errors import ShardDied, first_of
from .shard import Shard, shard_of
from .shard_process import ShardJob, serve_shard
from .statistics import CrawlStatistics, CrawlSummary, resident_bytes
from .urls import UrlReader

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
GRACE_SECONDS = 10.0

ENDS = ("unreachable", "interrupted", "max_seconds", "max_pages", "idle", "done")
"""How a run ended, the most telling of its shards' reasons first."""


@dataclass(slots=True)
class Member:
    """One shard as its parent knows it. `idle` is what it last said: the reason, and how many batches it had taken."""

    index: int
    process: BaseProcess
    channel: Channel
    sent: int = 0
    idle: tuple[str, int] | None = None
    ended: str | None = None
    look: CrawlStatistics | None = None
    resting: tuple[HostClock, ...] = ()
    retired: tuple[HostClock, ...] = ()

    @property
    def has_nothing_left(self) -> bool:
        return self.ended is not None or (self.idle is not None and self.idle[1] == self.sent)

    def tell(self, *message: object) -> None:
        """Post what may give it something to do: what it said of being idle before counts no more."""
        self.sent += 1
        self.channel.post(*message)


@dataclass(slots=True)
class ShardedCrawl:
    """A run over an open store, by `shards` processes."""

    job: CrawlJob
    store: CrawlStore
    clock: Clock
    is_recrawl: bool
    shards: int
    _members: list[Member] = field(default_factory=list)
    _owner_of: dict[int, int] = field(default_factory=dict)
    _failure: ShardDied | None = None
    _urls: UrlReader = field(init=False)
    _writer: StoreWriter = field(init=False)

    async def run(self, stop: asyncio.Event, on_progress: Callable[[CrawlStatistics], None] | None) -> CrawlSummary:
        """Raises a StorageError when the store fails, ShardDied when a shard does, after saving what can be saved."""
        scope = self.job.crawler.scope
        self._urls = UrlReader(drop_parameters=scope.drop_parameters, user_platforms=scope.user_platforms)
        max_depth, news = self.job.crawler.crawl.max_depth, referring_news(self.job.crawler, self._on_referring)
        self._writer = await self.store.writer(max_depth=max_depth, on_saved=self._on_saved, news=news)
        context = multiprocessing.get_context("spawn")
        began = self.clock.monotonic()
        delay = self.job.crawler.politeness.address_delay_seconds
        board = AddressBoard(context, delay) if delay else None
        try:
            for index in range(self.shards):
                self._members.append(await self._start(context, Shard(index, self.shards, board)))
            await self._run_members(stop, on_progress, began)
        finally:
            await self._end_processes()
        if self._failure is not None:
            raise self._failure
        return self._summary(began)

    async def _start(self, context: SpawnContext, shard: Shard) -> Member:
        here, there = socket.socketpair()
        job = ShardJob(
            job=self.job,
            run_id=self.store.run.run_id,
            shard=shard,
            is_recrawl=self.is_recrawl,
            log_level=log.getEffectiveLevel(),
        )
        process = context.Process(target=serve_shard, args=(job, there), name=f"shard-{shard.index}", daemon=True)
        await asyncio.to_thread(process.start)
        there.close()
        return Member(shard.index, process, await Channel.over(here))

    async def _run_members(
        self, stop: asyncio.Event, on_progress: Callable[[CrawlStatistics], None] | None, began: float
    ) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                saving = group.create_task(self._writer.run())
                others = [
                    group.create_task(self._pass_on(stop)),
                    group.create_task(self._look(on_progress, began)),
                ]
                listening = [group.create_task(self._listen(member)) for member in self._members]
                await asyncio.wait(listening)
                self._writer.finish()
                await saving
                for task in others:
                    task.cancel()
        except* StorageError as failures:
            raise first_of(failures) from None

    async def _listen(self, member: Member) -> None:
        while (message := await member.channel.receive()) is not None:
            match message:
                case ("visit", visit):
                    member.idle = None
                    self._owner_of[id(visit)] = member.index
                    await self._writer.put(visit)
                case ("idle", reason, received):
                    member.idle = (reason, received)
                    self._finish_if_over()
                case ("ended", reason, look, resting, retired):
                    member.ended, member.look, member.resting, member.retired = reason, look, resting, retired
                    self._finish_if_over()
                    return
                case _:
                    self._hear(member, message)
        self._note_death(member)

    def _hear(self, member: Member, message: tuple[Any, ...]) -> None:
        """What is passed on, or only noted."""
        match message:
            case ("errand", waiting):
                owner = shard_of(self._urls.registrable_domain(waiting.host), self.shards)
                self._members[owner].tell("errand", member.index, waiting)
            case ("answer", asker, waiting, fetch):
                self._members[asker].tell("answer", waiting, fetch)
            case ("hurry",):
                self._writer.hurry()
            case ("look", look):
                member.look = look
            case ("log", record):
                _log_again(record)
            case ("adopt", domain):
                self._adopt(member, domain)

    def _note_death(self, member: Member) -> None:
        member.ended = "died"
        self._failure = ShardDied(
            f"shard {member.index + 1} of {self.shards} ended unexpectedly. What was written is safe; "
            "the same command goes on from there."
        )
        for other in self._members:
            other.channel.post("stop")

    def _adopt(self, finder: Member, domain: str) -> None:
        for member in self._members:
            if member is not finder:
                member.channel.post("adopt", domain)

    def _on_saved(self, visits: Sequence[Visit], waiting: Sequence[Waiting]) -> None:
        """Tell each shard which of its visits are on disk, and what waits for it because of anybody's."""
        counts: Counter[int] = Counter()
        ended: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for visit in visits:
            owner = self._owner_of.pop(id(visit))
            counts[owner] += 1
            if visit.url_id is not None and visit.retry is None:
                ended[owner].append((visit.host.host, visit.url_id))
        found: dict[int, list[Waiting]] = defaultdict(list)
        for one in waiting:
            found[shard_of(self._urls.registrable_domain(one.host), self.shards)].append(one)
        for member in self._members:
            if counts[member.index] or found[member.index]:
                member.tell("saved", counts[member.index], ended[member.index], found[member.index])

    def _on_referring(self, referring_domains: Mapping[str, int]) -> None:
        """Budgets are of the shard that owns the domain."""
        news: dict[int, dict[str, int]] = defaultdict(dict)
        for domain, count in referring_domains.items():
            news[shard_of(domain, self.shards)][domain] = count
        for index, counts in news.items():
            member = self._members[index]
            member.tell("referring", counts)

    def _finish_if_over(self) -> None:
        if self._writer.is_idle and all(member.has_nothing_left for member in self._members):
            for member in self._members:
                member.channel.post("finish")

    async def _pass_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        for member in self._members:
            member.channel.post("stop")

    async def _look(self, on_progress: Callable[[CrawlStatistics], None] | None, began: float) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if on_progress is not None:
                on_progress(self._statistics(began))

    async def _end_processes(self) -> None:
        """Close the channels, which ends the shards, and make sure of it."""
        for member in self._members:
            await member.channel.close()
        for member in self._members:
            await asyncio.to_thread(member.process.join, GRACE_SECONDS)
            if member.process.is_alive():
                member.process.kill()
                await asyncio.to_thread(member.process.join)
            member.process.close()

    def _statistics(self, began: float) -> CrawlStatistics:
        looks = [member.look for member in self._members if member.look is not None]
        return sum_of(looks, elapsed_seconds=self.clock.monotonic() - began, unsaved_visits=self._writer.pending)

    def _summary(self, began: float) -> CrawlSummary:
        reasons = {member.ended for member in self._members}
        return CrawlSummary(
            run_id=self.store.run.run_id,
            is_continued=self.store.run.is_continued,
            end_reason=next(reason for reason in ENDS if reason in reasons),
            statistics=self._statistics(began),
            resting=tuple(clock for member in self._members for clock in member.resting),
            retired=tuple(clock for member in self._members for clock in member.retired),
        )


def sum_of(looks: Sequence[CrawlStatistics], *, elapsed_seconds: float, unsaved_visits: int) -> CrawlStatistics:
    """The shards' statistics as one; memory includes this process."""
    reasons = [look.why_idle for look in looks]
    return CrawlStatistics(
        elapsed_seconds=elapsed_seconds,
        pages=sum(look.pages for look in looks),
        links=sum(look.links for look in looks),
        fetches=sum(look.fetches for look in looks),
        pages_per_second=sum(look.pages_per_second for look in looks),
        links_per_second=sum(look.links_per_second for look in looks),
        in_flight=sum(look.in_flight for look in looks),
        hosts_due=sum(look.hosts_due for look in looks),
        hosts_resting=sum(look.hosts_resting for look in looks),
        hosts_retired=sum(look.hosts_retired for look in looks),
        waiting_urls=sum(look.waiting_urls for look in looks),
        unsaved_visits=unsaved_visits,
        errors_by_outcome=_added(look.errors_by_outcome for look in looks),
        stops=_added(look.stops for look in looks),
        resident_bytes=resident_bytes() + sum(look.resident_bytes for look in looks),
        politeness_seconds_left=max((look.politeness_seconds_left for look in looks), default=0.0),
        leases=sum(look.leases for look in looks),
        heap_operations=sum(look.heap_operations for look in looks),
        why_idle=next(iter(reasons), None) if all(reasons) else None,
    )


def _log_again(record: logging.LogRecord) -> None:
    """An entry of a shard's, under its own name and with its own moment."""
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)

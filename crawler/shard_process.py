"""One shard in a process of its own: the loop, with the writer at the other end of a channel.

It ends when it is told to, or at once when the channel closes: a shard never outlives the process that writes.

Not here: the other end (shards.py), the loop (crawl.py).
"""

import asyncio
import logging
import logging.handlers
import queue
import random
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass

import uvloop

from storage import Visit, Waiting, open_crawl_reading

from .channel import Channel
from .clock import Clock
from .crawl import Crawl, CrawlJob, Surroundings
from .fetch import Fetch, open_fetcher
from .garbage import collected_rarely
from .shard import Shard

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardJob:
    """What a shard needs to begin."""

    job: CrawlJob
    run_id: int
    shard: Shard
    is_recrawl: bool
    log_level: int = logging.WARNING


def serve_shard(shard_job: ShardJob, end: socket.socket) -> None:
    """The child process. Signals for the whole group are the parent's to answer."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with collected_rarely(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(shard_job, end))


async def _run(shard_job: ShardJob, end: socket.socket) -> None:
    clock = Clock()
    channel = await Channel.over(end)
    hub = RemoteHub(channel)
    job = shard_job.job
    logging.basicConfig(level=shard_job.log_level, handlers=[ChannelHandler(channel)])
    try:
        async with (
            open_crawl_reading(job.path, shard_job.run_id) as reading,
            open_fetcher(job.crawler, clock.monotonic, clock.wall) as fetcher,
        ):
            lent = Surroundings(
                reading=reading,
                fetcher=fetcher,
                hub=hub,
                clock=clock,
                rng=random.Random(),  # noqa: S311 — jitter, not secrets
                is_recrawl=shard_job.is_recrawl,
                shard=shard_job.shard,
            )
            crawl = Crawl(job, lent)
            await crawl.prepare()
            await _serve(crawl, hub, channel)
    finally:
        await channel.close()


async def _serve(crawl: Crawl, hub: "RemoteHub", channel: Channel) -> None:
    """Crawl beside listening; whichever ends first ends the other."""
    stop = asyncio.Event()
    listening = asyncio.create_task(_listen(crawl, hub, channel, stop))
    looking = asyncio.create_task(_look(crawl, channel))
    crawling = asyncio.create_task(crawl.run(stop))
    try:
        await asyncio.wait({listening, crawling}, return_when=asyncio.FIRST_COMPLETED)
        if crawling.done():
            reason = crawling.result()
            await channel.send("ended", reason, crawl.statistics(), crawl.resting(), crawl.retired())
            await listening
    finally:
        for task in (listening, looking, crawling):
            task.cancel()
        await asyncio.gather(listening, looking, crawling, return_exceptions=True)


async def _listen(crawl: Crawl, hub: "RemoteHub", channel: Channel, stop: asyncio.Event) -> None:
    while (message := await channel.receive()) is not None:
        match message:
            case ("saved", count, ended, waiting):
                hub.take_saved(count)
                crawl.take_saved(ended, waiting)
            case ("referring", counts):
                hub.take_news()
                crawl.take_referring(counts)
            case ("adopt", domain):
                crawl.adopt(domain)
            case ("errand", asker, waiting):
                if hub.take_errand(asker, waiting):
                    crawl.take_errand(waiting)
            case ("answer", waiting, fetch):
                hub.take_news()
                await crawl.take_answer(waiting, fetch)
            case ("stop",):
                stop.set()
            case ("finish",):
                hub.finish()
                crawl.wake()


async def _look(crawl: Crawl, channel: Channel) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        channel.post("look", crawl.statistics())


class ChannelHandler(logging.handlers.QueueHandler):
    """What is logged here goes where the parent's log goes. Entries may come from any thread."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(queue.SimpleQueue())  # it is asked for one, and never used
        self._channel = channel
        self._loop = asyncio.get_running_loop()

    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody listens
            self._loop.call_soon_threadsafe(self._channel.post, "log", record)


class RemoteHub:
    """The writer's process, as the loop sees it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._unsaved = 0
        self._received = 0
        self._reported: tuple[str, int] | None = None
        self._is_finishing = False
        self._askers: dict[tuple[str, str], list[int]] = {}

    @property
    def is_idle(self) -> bool:
        return self._unsaved == 0

    @property
    def pending(self) -> int:
        return self._unsaved

    def hurry(self) -> None:
        if self._unsaved:
            self._channel.post("hurry")

    async def put(self, visit: Visit) -> None:
        self._unsaved += 1
        self._reported = None
        await self._channel.send("visit", visit)

    def adopt(self, domain: str) -> None:
        self._channel.post("adopt", domain)

    def send_errand(self, waiting: Waiting) -> None:
        self._channel.post("errand", waiting)

    def take_errand(self, asker: int, waiting: Waiting) -> bool:
        """Another shard asks; whether it is the first to ask for this."""
        self.take_news()
        askers = self._askers.setdefault((waiting.host, waiting.url), [])
        askers.append(asker)
        return len(askers) == 1

    def answer_errand(self, waiting: Waiting, fetch: Fetch) -> None:
        for asker in self._askers.pop((waiting.host, waiting.url), ()):
            self._channel.post("answer", asker, waiting, fetch)

    def may_end(self, reason: str) -> bool:
        """Say that nothing is left here, once per state; the end comes when that is true of all shards at once."""
        if not self._is_finishing and self._reported != (reason, self._received):
            self._reported = (reason, self._received)
            self._channel.post("idle", reason, self._received)
        return self._is_finishing

    def take_saved(self, count: int) -> None:
        self._unsaved -= count
        self.take_news()

    def take_news(self) -> None:
        """What was said before of having nothing left is said again, or taken back."""
        self._received += 1
        self._reported = None

    def finish(self) -> None:
        self._is_finishing = True

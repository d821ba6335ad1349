"""Politeness-bound: 2,000 hosts, a second between two requests to each, over real sockets, and none out of work.

    python -m bench.polite_night [--hosts 2000] [--delay 1] [--seconds 60] [--shards 1] [--record]

The web is a process of its own that answers small pages without end: what is measured is waiting, choosing and
bookkeeping, not parsing. Throughput is held against hosts divided by delay. A heartbeat in every loop, the shards' and
the writer's, says how late it comes to its work, and the worst loop counts. A busy core means that the machine was the
bound, not politeness; it is printed.

Run without arguments it measures at the asked delay with one and with two shards, and at one that leaves room.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from crawler import (
    CrawlerOptions,
    CrawlJob,
    CrawlOptions,
    CrawlStatistics,
    NetworkOptions,
    PolitenessOptions,
    ScopeOptions,
    UrlReader,
    run_crawl,
    seed_url,
    shard_process,
)
from crawler import shards as sharding
from crawler.shard_process import ShardJob, serve_shard
from storage import StorageOptions

from .figures import Figure, tell
from .processes import ROOT

RUNS = ((1.0, 1), (1.0, 2), (5.0, 1))
"""Delays and shards. At the last delay 2,000 hosts keep no core busy."""

TICK_SECONDS = 0.005
WARM_UP = 0.5
"""Share of the run that is not counted: robots.txt comes first, and the first requests of all hosts come at once."""

REQUESTS = """
SELECT count(*), min(started_at), max(started_at) FROM fetch WHERE started_at BETWEEN ? AND ? GROUP BY host_id"""

HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/%s\r\nContent-Length: %d\r\n\r\n"
WORDS = b"<p>Some words that stand on every page, so that it is not empty.\n" * 12


class Answers(asyncio.Protocol):
    """Page n of any host links to three more, and to the front page of another host."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        path = data.split(b" ", 2)[1]
        if path == b"/robots.txt":
            self.transport.write(HEAD % (b"200 OK", b"plain", 0))
            return
        number = int(path[1:] or 0)
        links = b"".join(b'<a href="/%d">more %d</a>\n' % (3 * number + one, one) for one in (1, 2, 3))
        links += b'<a href="http://h%d.test/">elsewhere</a>' % (number % 100)
        body = b"<!doctype html><html><head><title>Page %d</title></head><body>%s%s" % (number, WORDS, links)
        self.transport.write(HEAD % (b"200 OK", b"html", len(body)) + body)


def serve(told: Connection) -> None:
    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0, backlog=4_096)
        told.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(told.poll, None)  # until the measuring process has done

    with suppress(KeyboardInterrupt):
        uvloop.run(listen())


class Beat(NamedTuple):
    """How late a heartbeat came, and how much the loop's own thread had worked since the one before."""

    at: float
    lag_seconds: float
    own_seconds: float


@dataclass(slots=True)
class Watch:
    """What is seen of the crawl while it goes on."""

    began_at: float = 0.0
    beats: list[Beat] = field(default_factory=list)
    others: list[list[Beat]] = field(default_factory=list)
    """Of the shards' loops, where they are processes of their own."""

    def loops(self, begin: float, end: float) -> list[list[Beat]]:
        return [[beat for beat in beats if begin <= beat.at <= end] for beats in (self.beats, *self.others)]

    def look(self, _: CrawlStatistics) -> None:
        """As a display would, once a second."""
        self.began_at = self.began_at or time.time()

    async def beat(self) -> None:
        while True:
            began, cpu_began = time.time(), time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            now = time.time()
            self.beats.append(Beat(now, now - began - TICK_SECONDS, time.thread_time() - cpu_began))


def watched_shard(job: ShardJob, end: socket.socket) -> None:
    """A shard's process, with a heartbeat in its loop that is kept in a file beside the store's."""
    plain = shard_process._run

    async def run(job: ShardJob, end: socket.socket) -> None:
        watch = Watch()
        beating = asyncio.create_task(watch.beat())
        try:
            await plain(job, end)
        finally:
            beating.cancel()
            beats_file(job.job.path, job.shard.index).write_text(json.dumps(watch.beats))

    shard_process._run = run
    serve_shard(job, end)


def beats_file(path: Path, shard: int) -> Path:
    return path.with_suffix(f".beats-{shard}")


def job_of(port: int, path: Path, arguments: argparse.Namespace) -> CrawlJob:
    options = CrawlerOptions(
        crawl=CrawlOptions(
            contact="me@example.org", max_in_flight=1_000, max_depth=1_000, max_pages_per_domain=0,
            max_seconds=arguments.seconds,
        ),
        scope=ScopeOptions(use_sitemaps=False),
        politeness=PolitenessOptions(
            delay_seconds=arguments.delay, delay_jitter=0.0, address_delay_seconds=0.0, slow_server_factor=0.0
        ),
        network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": f"127.0.0.1:{port}"}),
    )  # fmt: skip
    reader = UrlReader(drop_parameters=(), user_platforms=())
    named = (seed_url(f"http://h{number}.test/", reader) for number in range(arguments.hosts))
    return CrawlJob(seeds=[seed for seed in named if seed], path=path, crawler=options, storage=StorageOptions())


async def crawl(job: CrawlJob, shards: int) -> Watch:
    watch = Watch()
    beating = asyncio.create_task(watch.beat())
    await run_crawl(job, on_progress=watch.look, shards=shards)
    beating.cancel()
    if shards > 1:
        watch.others = [
            [Beat(*beat) for beat in json.loads(beats_file(job.path, shard).read_text())] for shard in range(shards)
        ]
    return watch


def cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def requests_a_second(path: Path, begin: float, end: float) -> float:
    """Each host's by the time between its first and its last request of that time, so that no edge is counted."""
    with closing(sqlite3.connect(path)) as connection:
        hosts = connection.execute(REQUESTS, (begin, end)).fetchall()
    return sum((count - 1) / (last - first) for count, first, last in hosts if count > 1)


def figures_of(watch: Watch, path: Path, arguments: argparse.Namespace, cores: float) -> list[Figure]:
    begin, end = watch.began_at + WARM_UP * arguments.seconds, watch.began_at + arguments.seconds
    loops = watch.loops(begin, end)
    lags = [[beat.lag_seconds * 1_000 for beat in beats] for beats in loops]
    own = [[beat.own_seconds * 1_000 for beat in beats] for beats in loops]
    rate = requests_a_second(path, begin, end)
    asked_rate = arguments.hosts / arguments.delay
    about = (
        f"{arguments.hosts:,} hosts at {arguments.delay:g} s, {arguments.shards} shard{'s' * (arguments.shards > 1)}"
    )
    command = (
        f"python -m bench.polite_night --hosts {arguments.hosts} --delay {arguments.delay:g} "
        f"--seconds {arguments.seconds:g} --shards {arguments.shards}"
    )
    table = [
        ("requests a second", rate, "", f"at least {0.95 * asked_rate:,.0f}"),
        ("of hosts divided by delay", rate / asked_rate * 100, "%", "at least 95"),
        ("lag of the loop, 99th percentile", max(percentile(one, 0.99) for one in lags), "ms", "under 50"),
        ("lag of the loop, median", max(map(statistics.median, lags)), "ms", "-"),
        ("of that its own work, 99th percentile", max(percentile(one, 0.99) for one in own), "ms", "-"),
        ("cores that the crawl kept busy", cores, "", "-"),
        ("load of the machine, by all programs", os.getloadavg()[0], f"on {os.cpu_count()} cores", "-"),
    ]
    return [
        Figure(name=f"Polite, {about}: {name}", rounds=[value], unit=unit, command=command, asked=asked)
        for name, value, unit, asked in table
    ]


def measure(arguments: argparse.Namespace) -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,))
    server.start()
    sharding.serve_shard = watched_shard
    try:
        with tempfile.TemporaryDirectory() as name:
            job = job_of(ours.recv(), Path(name) / "x.db", arguments)
            began, cpu_began = time.monotonic(), cpu_seconds()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                watch = runner.run(crawl(job, arguments.shards))
            cores = (cpu_seconds() - cpu_began) / (time.monotonic() - began)
            figures = figures_of(watch, job.path, arguments, cores)
    finally:
        ours.send("done")
        server.join()

    tell(figures, is_recorded=arguments.record)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hosts", type=int, default=2_000)
    parser.add_argument("--delay", type=float, help="seconds; without it, at 1 and at 5")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    arguments = parser.parse_args()
    if arguments.delay is not None:
        measure(arguments)
        return
    for delay, shards in RUNS:  # each in a process of its own, so that CPU time is its own
        size = ["--delay", f"{delay:g}", "--shards", str(shards)]
        command = [sys.executable, "-m", "bench.polite_night", *sys.argv[1:], *size]
        subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

"""The wall clock set forward and back, and a computer asleep for eight hours, in the middle of whole crawls.

The crawl counts time by a clock that never goes back (clock.py), which on some systems stands still during sleep and
on others runs on; both are played. Nobody is asked too early for it, nobody is given up, and the sum is the same.
"""

import asyncio
import itertools
import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import replace

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, run_crawl, seed_url
from crawler.clock import Clock
from storage import StorageOptions
from tests.test_kill import contents

DELAY = 0.08
HOURS, DAYS = 3_600.0, 86_400.0
JUMPS = {
    "asleep for eight hours": (0.0, 8 * HOURS),
    "asleep, and the clock ran on": (8 * HOURS, 8 * HOURS),
    "set back a day": (0.0, -DAYS),
    "set forward a year": (0.0, 365 * DAYS),
}


class Time:
    """The system's two clocks; `jump` moves them while nobody looks."""

    def __init__(self):
        self.slept = self.corrected = 0.0
        self.jumped_at = float("inf")

    def clock(self):
        return Clock(lambda: time.monotonic() + self.slept, lambda: time.time() + self.corrected)

    async def jump(self, log, after_requests, by):
        while len(log) < after_requests:  # noqa: ASYNC110 — the log is a list
            await asyncio.sleep(0.005)
        self.slept, self.corrected = by
        self.jumped_at = time.monotonic()

    def told(self, real):
        """A moment of the server's, as the crawl's clock told it."""
        return real + (self.slept if real >= self.jumped_at else 0.0)


def job_for(served, path):
    options = served.options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org", max_idle_seconds=1)))
    # A request that is out while the clock runs on seems to take hours: its host is left alone for the longest pause.
    pauses = {"delay_seconds": DELAY, "address_delay_seconds": 0, "max_delay_seconds": 0.3}
    options = replace(options, politeness=replace(options.politeness, **pauses))
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [seed_url(seed, reader) for seed in served.seeds]
    return CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions(batch_seconds=0.1))


def check_pauses(log, times):
    by_host = defaultdict(list)
    for access in log:
        by_host[access.host].append(access)
    for accesses in by_host.values():
        accesses.sort(key=lambda access: access.started_at)
        for before, after in itertools.pairwise(accesses):
            assert times.told(after.started_at) - times.told(before.ended_at) >= DELAY, (before, after)


def ask(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("jump", JUMPS)
async def test_clocks_that_jump_in_the_middle_of_a_crawl_change_nothing(tmp_path, jump):
    async with serve_web(InventedWeb(4, profile="plain", size=Size(hosts=6, pages_per_host=8))) as served:
        await run_crawl(job_for(served, tmp_path / "calm.db"))
        served.log.clear()
        times, path = Time(), tmp_path / "x.db"
        jumping = asyncio.create_task(times.jump(served.log, 25, JUMPS[jump]))
        summary = await run_crawl(job_for(served, path), clock=times.clock())
        await jumping
        assert (summary.end_reason, summary.retired, summary.resting) == ("done", (), ())
        check_pauses(served.log, times)
        assert contents(path) == contents(tmp_path / "calm.db")
        # The next run begins by the wall clock, wherever that is now: what was stored must make sense to it.
        stored = ask(path, "SELECT max(ready_at) FROM host")[0][0]
        assert stored == pytest.approx(times.clock().wall(), abs=60)


@pytest.mark.slow
async def test_what_was_stored_by_a_clock_a_year_ahead_is_not_believed(tmp_path):
    """Neither that a robots.txt is still known, nor that pages were fetched just now, nor that a host must wait."""
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(4, profile="plain", size=Size(hosts=3, pages_per_host=5))) as served:
        times = Time()
        times.corrected = 365 * DAYS
        await run_crawl(job_for(served, path), clock=times.clock())
        served.log.clear()
        summary = await run_crawl(job_for(served, path))
    assert summary.end_reason == "done"
    asked = {access.path for access in served.log}
    assert "/robots.txt" in asked
    assert ask(path, "SELECT count(*) FROM page WHERE fetched_at > unixepoch() + 60") == [(0,)]
    assert ask(path, "SELECT count(*) FROM robots WHERE fetched_at > unixepoch() + 60") == [(0,)]

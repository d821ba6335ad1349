"""The whole crawl over real sockets, against an invented web that knows its own graph."""

import asyncio
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, crawl, run_crawl, seed_url
from crawler.crawl import Crawl
from storage import StorageOptions, StoreBusy
from tests.timing import until


def job_for(served, path, *, storage=None, **sections):
    options = served.hurried_options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org")))
    for section, values in sections.items():
        options = replace(options, **{section: replace(getattr(options, section), **values)})
    reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)
    seeds = [seed_url(seed, reader) for seed in served.seeds]
    return CrawlJob(seeds=seeds, path=path, crawler=options, storage=storage or StorageOptions())


def ask(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def pages_of(path):
    """As another program sees it; none while the file is being made."""
    try:
        return ask(path, "SELECT count(*) FROM page")[0][0]
    except sqlite3.OperationalError:
        return 0


EARNING = {"max_pages_per_domain": 12, "base_pages_per_domain": 2, "pages_per_referring_domain": 1}

SPENT = """
SELECT d.name, d.run_pages, (SELECT count(*) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id),
    (SELECT count(*) FROM frontier f JOIN host h ON h.id = f.host_id
     WHERE h.domain_id = d.id AND h.rest_reason IS NULL AND h.retired_reason IS NULL AND f.not_before = 0)
FROM domain d WHERE d.run_pages > 0"""


def check_earned_budgets(path):
    """Nobody had more pages than it earned; who still waits had all of them; and not all earned the same."""
    budgets = set()
    for domain, spent, referring, waiting in ask(path, SPENT):
        budget = min(12, 2 + referring)
        assert spent == budget if waiting else spent <= budget, domain
        budgets |= {budget} if waiting else set()
    assert len(budgets) > 1


FAST = {"politeness": {"delay_seconds": 0, "address_delay_seconds": 0, "retry_seconds": (0.1, 0.2)}}


@pytest.mark.slow
async def test_no_host_is_asked_too_soon_in_parallel_or_for_what_it_forbids(tmp_path):
    web = InventedWeb(1)
    async with serve_web(web) as served:
        job = job_for(served, tmp_path / "x.db", politeness={"delay_seconds": 0.2}, crawl={"max_seconds": 15})
        await run_crawl(job)
        by_host = defaultdict(list)
        for access in served.log:
            by_host[access.host].append(access)
    assert len(by_host) > 30
    for host, accesses in by_host.items():
        accesses.sort(key=lambda access: access.started_at)
        assert accesses[0].path == "/robots.txt"
        for before, after in pairwise(accesses):
            assert after.started_at - before.ended_at >= 0.2, (host, before, after)
        assert not {access.path for access in accesses} & web.forbidden(host)


async def test_the_page_limit_is_kept_exactly(tmp_path):
    async with serve_web(InventedWeb(2)) as served:
        summary = await run_crawl(job_for(served, tmp_path / "x.db", crawl={"max_pages": 25}, **FAST))
    assert summary.end_reason == "max_pages"
    assert ask(tmp_path / "x.db", "SELECT count(*) FROM page") == [(25,)]


async def test_a_stopped_crawl_says_so_and_the_next_one_goes_on_with_the_same_run(tmp_path):
    path = tmp_path / "x.db"
    stop = asyncio.Event()
    async with serve_web(InventedWeb(2)) as served:
        job = job_for(served, path, crawl={"max_idle_seconds": 1}, **FAST)
        crawling = asyncio.create_task(run_crawl(job, stop=stop))
        await until(lambda: served.log)
        stop.set()
        first = await crawling
        second = await run_crawl(job)
    assert (first.end_reason, first.is_continued) == ("interrupted", False)
    assert (second.run_id, second.is_continued) == (first.run_id, True)
    assert ask(path, "SELECT count(*) FROM run") == [(1,)]


async def test_a_second_crawl_of_the_same_file_is_refused(tmp_path):
    async with serve_web(InventedWeb(2)) as served:
        job, stop = job_for(served, tmp_path / "x.db"), asyncio.Event()
        first = asyncio.create_task(run_crawl(job, stop=stop))
        await until(lambda: served.log)
        with pytest.raises(StoreBusy, match="another crawl"):
            await run_crawl(job)
        stop.set()
        assert (await first).end_reason == "interrupted"


async def test_the_page_budget_of_a_domain_is_kept_and_the_rest_waits_for_the_next_run(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2)) as served:
        job = job_for(served, path, crawl={"max_pages_per_domain": 5, "max_idle_seconds": 1}, **FAST)
        await run_crawl(job)
        assert max(row[0] for row in ask(path, "SELECT run_pages FROM domain")) == 5
        before = ask(path, "SELECT count(*) FROM page")[0][0]
        await run_crawl(job)
    assert ask(path, "SELECT count(*) FROM page")[0][0] > before


async def test_a_cancelled_crawl_leaves_a_whole_file_and_what_was_written(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2)) as served:
        job = job_for(served, path, storage=StorageOptions(batch_seconds=0.05), **FAST)
        task = asyncio.create_task(run_crawl(job))
        await until(lambda: pages_of(path))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert ask(path, "SELECT end_reason FROM run") == [(None,)]
    assert pages_of(path) > 0


async def test_domains_that_others_link_to_earn_more_pages_and_the_next_run_begins_with_what_they_earned(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2, profile="plain", size=Size(hosts=12, pages_per_host=40))) as served:
        job = job_for(served, path, crawl={**EARNING, "max_idle_seconds": 1}, **FAST)
        for _ in range(2):
            await run_crawl(job)
            check_earned_budgets(path)


async def test_requests_begin_a_few_at_a_time_so_that_the_loop_is_never_held_for_long(tmp_path, monkeypatch):
    begun = []
    lease_some = Crawl._lease_some

    def counted(self, group):
        before = self._tally.leases
        lease_some(self, group)
        begun.append(self._tally.leases - before)

    monkeypatch.setattr(Crawl, "_lease_some", counted)
    monkeypatch.setattr(crawl, "LEASES_A_TURN", 3)
    async with serve_web(InventedWeb(2, profile="plain", size=Size(hosts=12, pages_per_host=2))) as served:
        summary = await run_crawl(job_for(served, tmp_path / "x.db", **FAST))
    assert max(begun) == 3
    assert sum(begun) == summary.statistics.leases > 24

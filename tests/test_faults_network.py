"""Our own network gone and back, the name servers dead, no descriptors left: nobody is given up or blamed for it.

Whole crawls over loopback. The network goes by the server's sockets being closed, names by a name server that falls
silent or fails; the constants of waiting are small. Afterwards the sum is that of an undisturbed crawl.
"""

import asyncio
import json
import resource
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, outage, resolve, run_crawl, seed_url
from storage import StorageOptions
from tests.nameserver import SERVFAIL, Zone, serve_names
from tests.test_kill import ROOT, contents, write_job

SIZE = Size(hosts=16, pages_per_host=12)
ENOUGH_FILES = 1_024
NO_FILES_FOR = (6, 17)
"""The first and the last of the sockets for which there is no descriptor: some hosts have theirs before."""
OUT_SECONDS = 1.0
"""Twenty times the first probe's pause, as ten minutes are of two seconds'; each host could fail five times over."""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(outage, "FIRST_PROBE_SECONDS", 0.02)
    monkeypatch.setattr(outage, "MAX_PROBE_SECONDS", 0.1)


def job_for(served, path, *, names=None, delay=0.0, **crawl):
    options = served.options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org", max_idle_seconds=1, **crawl)))
    politeness = replace(options.politeness, delay_seconds=delay, address_delay_seconds=0, retry_seconds=(0.2, 0.4))
    network = options.network
    if names is not None:
        network = replace(network, resolve={}, nameservers=(names,), dns_seconds=0.4)
    options = replace(options, politeness=politeness, network=network)
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [seed_url(seed, reader) for seed in served.seeds]
    return CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions(batch_seconds=0.1))


class Cable:
    """A server that can be cut off: `out` closes every socket of it, and the same port is served again after that."""

    def __init__(self):
        self.web = InventedWeb(4, profile="plain", size=SIZE)
        self.served = None
        self._serving = None

    async def plug_in(self, port=0):
        self._serving = serve_web(self.web, port)
        log = self.served.log if self.served else []
        self.served = await self._serving.__aenter__()
        self.served.log[:0] = log

    async def pull(self):
        await self._serving.__aexit__(None, None, None)

    async def out(self, *, after_requests):
        await asked(self.served.log, after_requests)
        await self.pull()
        await asyncio.sleep(OUT_SECONDS)
        await self.plug_in(self.served.port)


@asynccontextmanager
async def cable():
    one = Cable()
    await one.plug_in()
    try:
        yield one
    finally:
        await one.pull()


def blame(path):
    """What is held against hosts: failures in a row, rests, and being given up."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT name, consecutive_failures, connect_failures, rest_reason, retired_reason FROM host "
            "WHERE consecutive_failures OR connect_failures OR rest_reason IS NOT NULL OR retired_reason IS NOT NULL"
        ).fetchall()


def failed_fetches(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM fetch WHERE outcome = 'connect_error'").fetchone()[0]


async def asked(log, count):
    while len(log) < count:  # noqa: ASYNC110 — the log is a list
        await asyncio.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("after_requests", [0, 25, 120], ids=["from the start", "at the first pages", "in the middle"])
async def test_a_network_that_goes_and_comes_back_costs_nobody_anything(tmp_path, after_requests):
    async with cable() as line:
        await run_crawl(job_for(line.served, tmp_path / "calm.db"))
        line.served.log.clear()
        going = asyncio.create_task(line.out(after_requests=after_requests))
        if not after_requests:
            await asyncio.sleep(0.05)
        summary = await run_crawl(job_for(line.served, tmp_path / "x.db"))
        await going
    assert (summary.end_reason, summary.retired, summary.resting) == ("done", (), ())
    assert summary.statistics.errors_by_outcome["connect_error"] > 0
    assert contents(tmp_path / "x.db") == contents(tmp_path / "calm.db")
    assert blame(tmp_path / "x.db") == []


@pytest.mark.slow
@pytest.mark.parametrize("dead", [Zone(is_silent=True), Zone(code=SERVFAIL)], ids=["silent", "failing"])
async def test_dead_name_servers_cost_nobody_anything(tmp_path, monkeypatch, dead):
    monkeypatch.setattr(resolve, "OWN_FAILURE_SECONDS", 0.05)
    for bound in ("MIN_TTL_SECONDS", "MAX_TTL_SECONDS"):
        monkeypatch.setattr(resolve, bound, 0.02)  # names are asked for again and again
    state = {"is_dead": False}

    async def die_for_a_while(log):
        await asked(log, 60)
        state["is_dead"] = True
        await asyncio.sleep(2 * OUT_SECONDS)
        state["is_dead"] = False

    async with cable() as line:
        zones = {name: Zone([address], ttl=0) for name, address in line.served.resolve.items()}
        async with serve_names(lambda name: dead if state["is_dead"] else zones[name]) as names:
            await run_crawl(job_for(line.served, tmp_path / "calm.db", names=names.address, delay=0.05))
            line.served.log.clear()
            dying = asyncio.create_task(die_for_a_while(line.served.log))
            summary = await run_crawl(job_for(line.served, tmp_path / "x.db", names=names.address, delay=0.05))
            await dying
    assert (summary.end_reason, summary.retired, summary.resting) == ("done", (), ())
    assert summary.statistics.errors_by_outcome["dns_error"] > 0
    assert contents(tmp_path / "x.db") == contents(tmp_path / "calm.db")
    assert blame(tmp_path / "x.db") == []


async def crawl_in_child(job, *, files=ENOUGH_FILES):
    """What a crawl says in a process of its own, which may have so many open files."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crawl_child", str(job), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (files, files)),
    )  # fmt: skip
    words, errors = await process.communicate()
    assert (words, b"Traceback" in errors) == (b"done", False), errors.decode()
    return errors.decode()


@pytest.mark.slow
async def test_few_descriptors_are_fewer_requests_at_once_and_none_left_is_nobodys_fault(tmp_path):
    """A low limit is kept to; when somebody else has taken what we counted on, requests fail and are made again."""
    async with serve_web(InventedWeb(4, profile="plain", size=SIZE)) as served:
        calm, low, none = (write_job(served, tmp_path, name) for name in ("calm", "low", "none"))
        none.write_text(json.dumps(json.loads(none.read_text()) | {"no_files": NO_FILES_FOR}))
        assert "requests at once instead of 256" not in await crawl_in_child(calm)
        assert "requests at once instead of 256" in await crawl_in_child(low, files=60)
        await crawl_in_child(none)
    calm, low, none = (job.with_suffix(".db") for job in (calm, low, none))
    assert failed_fetches(none) > 0
    assert failed_fetches(low) == failed_fetches(calm) == 0
    for path in (low, none):
        assert contents(path) == contents(calm)
        assert blame(path) == []

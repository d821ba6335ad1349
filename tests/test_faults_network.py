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
from crawler.politeness import is_unreached
from storage import StorageOptions
from tests.nameserver import SERVFAIL, Zone, serve_names
from tests.ports import kept_port
from tests.test_kill import ROOT, contents, write_job

SIZE = Size(hosts=16, pages_per_host=12)
ENOUGH_FILES = 1_024
NO_FILES_FOR = (6, 17)
"""The first and the last of the sockets for which there is no descriptor: some hosts have theirs before."""
ENOUGH_FAILURES = 5 * SIZE.hosts
"""The network stays away until so many requests have failed: each host could have been given up."""
DEAD_NAMES = SIZE.hosts + 2
"""Name servers stay dead until so many requests have failed for it; each takes its time."""
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(outage, "FIRST_PROBE_SECONDS", 0.005)
    monkeypatch.setattr(outage, "MAX_PROBE_SECONDS", 0.01)


@pytest.fixture
def unreached(monkeypatch):
    """The hosts of the requests that reached nobody, as they fail."""
    hosts, note = [], outage.OutageWatch.note

    def counted(self, fetch, **circumstances):
        hosts.extend([fetch.host] * is_unreached(fetch))
        return note(self, fetch, **circumstances)

    monkeypatch.setattr(outage.OutageWatch, "note", counted)
    return hosts


def job_for(served, path, *, names=None, dns_seconds=10.0, delay=0.0, **crawl):
    options = served.options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org", max_idle_seconds=1, **crawl)))
    pauses = {"delay_seconds": delay, "slow_server_factor": 0, "address_delay_seconds": 0, "retry_seconds": (0.2, 0.4)}
    politeness = replace(options.politeness, **pauses)
    network = options.network
    if names is not None:
        network = replace(network, resolve={}, nameservers=(names,), dns_seconds=dns_seconds)
    options = replace(options, politeness=politeness, network=network)
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [seed_url(seed, reader) for seed in served.seeds]
    return CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions(batch_seconds=0.1))


class Cable:
    """A server that can be cut off: `pull` closes every socket of it, and `plug_in` serves the same port again."""

    def __init__(self, port):
        self.web = InventedWeb(4, profile="plain", size=SIZE)
        self.served = None
        self._port = port
        self._serving = None

    async def plug_in(self):
        self._serving = serve_web(self.web, self._port)
        log = self.served.log if self.served else []
        self.served = await self._serving.__aenter__()
        self.served.log[:0] = log

    async def pull(self):
        await self._serving.__aexit__(None, None, None)

    async def out(self, unreached, *, after_requests):
        if after_requests:
            await grown(self.served.log, after_requests)
            await self.pull()
        await grown(unreached, ENOUGH_FAILURES)
        await self.plug_in()


@asynccontextmanager
async def cable():
    with kept_port(InventedWeb(4, profile="plain", size=SIZE).addresses) as port:
        one = Cable(port)
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


async def grown(log, count):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(log) < count:  # noqa: ASYNC110 — a list tells nobody that it grew
            await asyncio.sleep(0.002)


@pytest.mark.slow
@pytest.mark.parametrize("after_requests", [0, 25, 120], ids=["from the start", "at the first pages", "in the middle"])
async def test_a_network_that_goes_and_comes_back_costs_nobody_anything(tmp_path, unreached, after_requests):
    async with cable() as line:
        await run_crawl(job_for(line.served, tmp_path / "calm.db"))
        line.served.log.clear()
        assert unreached == []
        if not after_requests:
            await line.pull()
        going = asyncio.create_task(line.out(unreached, after_requests=after_requests))
        summary = await run_crawl(job_for(line.served, tmp_path / "x.db"))
        await going
    assert (summary.end_reason, summary.retired, summary.resting) == ("done", (), ())
    assert summary.statistics.errors_by_outcome["connect_error"] > 0
    assert contents(tmp_path / "x.db") == contents(tmp_path / "calm.db")
    assert blame(tmp_path / "x.db") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dead", "dns_seconds"), [(Zone(is_silent=True), 1.0), (Zone(code=SERVFAIL), 10.0)], ids=["silent", "failing"]
)
async def test_dead_name_servers_cost_nobody_anything(tmp_path, monkeypatch, unreached, dead, dns_seconds):
    monkeypatch.setattr(resolve, "OWN_FAILURE_SECONDS", 0.05)
    for bound in ("MIN_TTL_SECONDS", "MAX_TTL_SECONDS"):
        monkeypatch.setattr(resolve, bound, 0.02)  # names are asked for again and again
    state = {"is_dead": False}

    async def die_for_a_while(log):
        await grown(log, 60)
        state["is_dead"] = True
        await grown(unreached, DEAD_NAMES)
        state["is_dead"] = False

    async with cable() as line:
        zones = {name: Zone([address], ttl=0) for name, address in line.served.resolve.items()}
        async with serve_names(lambda name: dead if state["is_dead"] else zones[name]) as names:
            asking = {"names": names.address, "dns_seconds": dns_seconds, "delay": 0.05}
            await run_crawl(job_for(line.served, tmp_path / "calm.db", **asking))
            line.served.log.clear()
            unreached.clear()
            dying = asyncio.create_task(die_for_a_while(line.served.log))
            summary = await run_crawl(job_for(line.served, tmp_path / "x.db", **asking))
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

"""A real crawl of hosts that ask for a rest, for a Crawl-delay and for nothing, and what the ledger says of it.

The ledger is held to what the hosts' own server saw, by its own clock.
"""

import json
import re
import time
from itertools import pairwise

import pytest

from crawler import (
    CrawlerOptions,
    CrawlJob,
    CrawlOptions,
    NetworkOptions,
    PolitenessOptions,
    UrlReader,
    run_crawl,
    seed_url,
)
from storage import StorageOptions, read_conduct
from tests.command import run
from tests.wire import page, serve

__all__ = ["run"]

DELAY, CRAWL_DELAY, RETRY_AFTER = 0.05, 0.4, 1
CLOCKS = 0.01
"""How far the clock of the record and the one here may be apart, besides rounding."""
URLS = UrlReader(drop_parameters=(), user_platforms=())
LINKS = page("".join(f"<a href=/{number}>x</a>" for number in range(1, 5)).encode())
ROBOTS = {
    "slow.test": page(f"User-agent: *\nCrawl-delay: {CRAWL_DELAY}\nDisallow: /3".encode(), "Content-Type: text/plain"),
}
NOT_FOUND = page(b"", status="404 Not Found")
BUSY = page(b"", f"Retry-After: {RETRY_AFTER}", status="429 Too Many Requests")
HOSTS = ("plain.test", "slow.test", "busy.test")


class Hosts:
    """Answers for all, and writes down when each was asked for what."""

    def __init__(self):
        self.seen = {host: [] for host in HOSTS}

    def __call__(self, request):
        lines = request.decode().split("\r\n")
        host = next(line[6:] for line in lines if line.lower().startswith("host: "))
        path = lines[0].split()[1]
        is_first = path not in [before for _, before in self.seen[host]]
        self.seen[host].append((time.time(), path))
        if path in ("/robots.txt", "/sitemap.xml"):
            return ROBOTS.get(host, NOT_FOUND) if path == "/robots.txt" else NOT_FOUND
        if host == "busy.test" and path in ("/1", "/3") and is_first:
            return BUSY
        return LINKS


@pytest.fixture
async def crawled(tmp_path):
    hosts = Hosts()
    async with serve(hosts) as server:
        options = CrawlerOptions(
            crawl=CrawlOptions(contact="me@example.org", max_idle_seconds=5),
            politeness=PolitenessOptions(
                delay_seconds=DELAY, delay_jitter=0, rest_jitter=0, slow_server_factor=0, address_delay_seconds=0
            ),
            network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": f"127.0.0.1:{server.port}"}),
        )
        seeds = [seed_url(f"http://{host}/", URLS) for host in HOSTS]
        storage = StorageOptions(batch_seconds=0.1)
        job = CrawlJob(seeds=seeds, path=tmp_path / "x.db", crawler=options, storage=storage)
        assert (await run_crawl(job)).end_reason == "done"
    return tmp_path / "x.db", hosts.seen


async def test_the_ledger_says_what_the_hosts_own_server_saw(crawled):
    path, seen = crawled
    conduct = {one.host: one for one in read_conduct(path)}
    for host, asked in seen.items():
        one = conduct[host]
        shortest = min(after - before for (before, _), (after, _) in pairwise(asked))
        assert one.requests == len(asked)
        assert one.robots_requests == 1
        assert one.most_parallel == 1
        assert one.shortest_pause_seconds <= shortest + CLOCKS
        assert one.shortest_pause_seconds >= DELAY - 0.002
        assert one.robots_fetched_at == pytest.approx(asked[0][0], abs=5)
    slow, busy = conduct["slow.test"], conduct["busy.test"]
    assert (slow.crawl_delay_seconds, slow.refused_urls) == (CRAWL_DELAY, 1)
    assert slow.shortest_pause_seconds >= CRAWL_DELAY - 0.002
    assert slow.robots_verdict.startswith("HTTP 200")
    assert (busy.slow_downs, busy.rests_cut_short) == (2, 0)
    assert busy.pause_after_slow_down_seconds >= RETRY_AFTER - 0.002


async def test_the_command_says_so_of_all_and_of_one(crawled, run):
    path, seen = crawled
    said = run("politeness", "--db", path).out
    assert "No host was ever asked sooner than due" in said
    assert "asked to slow down 2 times; 1 URL left alone" in said
    rows = json.loads(run("politeness", "--db", path, "--json").out)
    assert {row["host"]: row["is_polite"] for row in rows} == dict.fromkeys(HOSTS, True)
    slow = run("politeness", "--db", path, "--host", "slow.test").out
    assert f"due were {CRAWL_DELAY} s." in slow
    assert f"Crawl-delay {CRAWL_DELAY} s; 1 URL left alone for it." in slow
    busy = run("politeness", "--db", path, "--host", "BUSY.test").out
    came = re.search(r"Asked to slow down 2 times; the next request came ([0-9.]+) s later", busy)
    assert float(came[1]) >= RETRY_AFTER
    record = json.loads(run("politeness", "--db", path, "--host", "busy.test", "--json").out)
    assert len(record) == len(seen["busy.test"])
    assert [one["retry_after_seconds"] for one in record if one["status"] == 429] == [RETRY_AFTER] * 2

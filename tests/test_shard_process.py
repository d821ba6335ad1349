"""A shard in a process of its own: what it says to the process that writes, and what others ask of it."""

import itertools
import json
import sqlite3
from contextlib import closing

import pytest

from crawler.fetch import Fetch
from crawler.shard import shard_of
from crawler.shard_process import RemoteHub
from storage import FetchKind, Outcome, Waiting
from tests.test_shards import start
from tests.wire import page, serve


class Posted:
    """A channel that keeps what is posted."""

    def __init__(self):
        self.messages = []

    def post(self, *message):
        self.messages.append(message)


def test_an_errand_for_several_shards_is_run_once_and_answered_to_each():
    channel = Posted()
    hub = RemoteHub(channel)
    errand = Waiting(0, "https://b.test/robots.txt", "b.test", 0, FetchKind.ROBOTS)
    assert [hub.take_errand(asker, errand) for asker in (2, 5)] == [True, False]
    fetch = Fetch(url=errand.url, outcome=Outcome.OK, status=200, started_at=0.0, elapsed_seconds=0.1)
    hub.answer_errand(errand, fetch)
    assert channel.messages == [("answer", 2, errand, fetch), ("answer", 5, errand, fetch)]
    hub.answer_errand(errand, fetch)
    assert len(channel.messages) == 2, "nobody asked again"
    assert hub.take_errand(2, errand), "a new question is a new errand"


def test_a_shard_that_was_given_something_to_do_says_again_when_nothing_is_left():
    channel = Posted()
    hub = RemoteHub(channel)
    errand = Waiting(0, "https://b.test/robots.txt", "b.test", 0, FetchKind.ROBOTS)
    for _ in range(2):
        hub.may_end("done")
    hub.take_errand(1, errand)
    hub.may_end("done")
    assert channel.messages == [("idle", "done", 0), ("idle", "done", 1)]


NEAR, FAR = "near.test", "far2.test"
DELAY = 0.3


def two_hosts(request):
    """near.test takes its robots.txt from far2.test, which has pages of its own."""
    path = request.split(b" ", 2)[1]
    port = request.split(b"Host: ")[1].split(b"\r\n")[0].partition(b":")[2].decode()
    if f"Host: {NEAR}".encode() in request and path == b"/robots.txt":
        return page(b"", f"Location: http://{FAR}:{port}/robots.txt", status="301 Moved Permanently")
    if path == b"/robots.txt":
        return page(b"User-agent: *\nDisallow: /closed\nSitemap: /none.xml", "Content-Type: text/plain")
    return page(b"".join(b"<a href=/%d>a</a>" % number for number in range(6)) + b"<a href=/closed>no</a>")


@pytest.mark.slow
async def test_a_robots_txt_of_another_shards_host_is_asked_for_by_that_shard(tmp_path):
    assert shard_of(NEAR, 2) != shard_of(FAR, 2)
    path = tmp_path / "x.db"
    async with serve(two_hosts) as server:
        hosts = (NEAR, FAR)
        job = {
            "path": str(path),
            "shards": 2,
            "seeds": [f"http://{host}:{server.port}/" for host in hosts],
            "storage": {"batch_seconds": 0.1},
            "sections": {
                "crawl": {"contact": "me@example.org", "max_idle_seconds": 30},
                "politeness": {"delay_seconds": DELAY, "slow_server_factor": 0, "address_delay_seconds": 0},
                "scope": {"use_sitemaps": False},
                "network": {
                    "allow_private_addresses": True,
                    "allowed_ports": [server.port],
                    "resolve": dict.fromkeys(hosts, "127.0.0.1"),
                },
            },
        }
        (tmp_path / "job.json").write_text(json.dumps(job))
        process = await start(tmp_path / "job.json")
        words, errors = await process.communicate()
        assert words == b"done", errors.decode()
    with closing(sqlite3.connect(path)) as connection:
        requests = connection.execute(
            "SELECT h.name, f.kind, f.started_at, f.started_at + f.elapsed_ms / 1000.0 FROM fetch f "
            "JOIN host h ON h.id = f.host_id ORDER BY f.started_at"
        ).fetchall()
        refused = connection.execute("SELECT url_count FROM stop_reason WHERE name = 'robots'").fetchone()
    far = [request for request in requests if request[0] == FAR]
    assert refused == (2,), "the rules of the one hold for the other"
    assert len(requests) == len(server.requests), "each request is on record once"
    assert sum(kind == FetchKind.ROBOTS for _, kind, _, _ in far) == 2, "its own, and the errand"
    assert min(later[2] - sooner[3] for sooner, later in itertools.pairwise(far)) >= DELAY - 0.005

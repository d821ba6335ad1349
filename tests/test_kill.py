"""kill -9 at random moments, each followed by the same command: the sum equals that of an undisturbed crawl."""

import asyncio
import json
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from backlinks.demo import InventedWeb, Size, serve_web

ROOT = Path(__file__).resolve().parents[1]
KILLS = 10
LONGEST_SECONDS = 400
"""A crawl that nobody kills takes some ten; one that hangs must not take the night."""
BATCH_LINKS = 400


def write_job(served, folder, name):
    job = {
        "path": str(folder / f"{name}.db"),
        "seeds": served.seeds,
        "storage": {"batch_links": BATCH_LINKS, "batch_seconds": 0.2},
        "sections": {
            "crawl": {"contact": "me@example.org", "max_idle_seconds": 30},
            "politeness": {
                "delay_seconds": 0.08,
                "slow_server_factor": 0,
                "address_delay_seconds": 0,
                "retry_seconds": [0.1, 0.2],
            },
            "network": {
                "allow_private_addresses": True,
                "allowed_ports": [80, 443, served.port],
                "resolve": served.resolve,
            },
        },
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(job))
    return path


async def requests(served, count):
    """Return when the server has been asked so often from now on."""
    enough = len(served.log) + count
    while len(served.log) < enough:  # noqa: ASYNC110 — the log is a list, which tells nobody that it grew
        await asyncio.sleep(0.005)


async def crawl(job, *, kill_after=None):
    """The crawl's last words, or None when it was killed because `kill_after` was over first."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crawl_child", str(job), stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )  # fmt: skip
    last_words = asyncio.ensure_future(process.communicate())
    moment = asyncio.ensure_future(kill_after or asyncio.sleep(LONGEST_SECONDS))
    await asyncio.wait((last_words, moment), return_when=asyncio.FIRST_COMPLETED)
    moment.cancel()
    if last_words.done():
        return last_words.result()[0].decode().strip()
    process.kill()
    await last_words
    return None


def contents(path):
    """Everything a crawl is for, without moments and ids."""
    with closing(sqlite3.connect(path)) as connection:
        ask = connection.execute
        assert ask("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {
            "links": Counter(ask("SELECT source_url, target_url, anchor_text, rel, kind, placement FROM links")),
            "pages": set(ask("SELECT url, outcome, status, title, depth, canonical_url, redirect_url FROM pages")),
            "domains": set(ask("SELECT domain, is_seed, pages_crawled, inbound_links, referring_domains FROM domains")),
            "stops": set(ask("SELECT name, url_count FROM stop_reason WHERE url_count > 0")),
            "waiting": ask("SELECT count(*) FROM frontier").fetchone(),
        }


@pytest.mark.slow
async def test_ten_kills_change_nothing_in_what_is_found(tmp_path):
    dice = random.Random(7)
    async with serve_web(InventedWeb(3, profile="plain", size=Size(hosts=12, pages_per_host=80))) as served:
        calm = write_job(served, tmp_path, "calm")
        assert await crawl(calm) in ("done", "idle")
        served.log.clear()
        killed = write_job(served, tmp_path, "killed")
        kills, words = 0, None
        while words is None:
            moment = requests(served, dice.randrange(10, 80)) if kills < KILLS else None
            words = await crawl(killed, kill_after=moment)
            kills += words is None
        asked = Counter((access.host, access.path) for access in served.log if access.path != "/robots.txt")
    assert words in ("done", "idle")
    assert kills == KILLS, "the crawl was over before it was killed often enough"
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "calm.db")
    twice = sum(count - 1 for count in asked.values())
    assert twice < kills * BATCH_LINKS / 4

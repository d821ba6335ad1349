"""A crawl in several processes: it finds what one process finds, and survives the death of any of them."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler.channel import Channel
from crawler.shard import Shard, shard_of
from crawler.shard_process import ChannelHandler
from crawler.shards import _log_again
from tests.test_crawl import EARNING, check_earned_budgets
from tests.test_kill import ROOT, contents, write_job

PROC = Path("/proc")
OWNERS = [5, 3, 7]
SIZE = Size(hosts=12, pages_per_host=40)


def test_every_domain_has_one_owner():
    domains = [f"site{number}.test" for number in range(1_000)]
    shards = [Shard(index, 4) for index in range(4)]
    assert all(sum(shard.owns(domain) for shard in shards) == 1 for domain in domains)
    assert min(sum(shard.owns(domain) for domain in domains) for shard in shards) > 200


def test_the_shares_of_a_page_limit_add_up_to_it():
    for limit in (1, 2, 7, 1_000):
        assert sum(Shard(index, 4).share_of(limit) for index in range(4)) == limit
    assert Shard(1, 4).share_of(0) == 0


def test_ownership_is_the_same_in_every_process():
    assert [shard_of(domain, 8) for domain in ("example.org", "example.com", "xn--mnchen-3ya.de")] == OWNERS


def job_file(served, folder, name, shards, **crawl):
    path = write_job(served, folder, name)
    job = json.loads(path.read_text())
    job["shards"] = shards
    job["sections"]["crawl"] |= crawl
    path.write_text(json.dumps(job))
    return path


async def start(job):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crawl_child", str(job), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


def state_and_parent(entry):
    state, parent, *_ = (entry / "stat").read_text().rsplit(")", 1)[1].split()
    return state, int(parent)


def children_of(pid):
    """Process ids of the shards: children that are not the resource tracker."""
    found = []
    for entry in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if state_and_parent(entry)[1] == pid and "spawn_main" in (entry / "cmdline").read_text():
                found.append(int(entry.name))
    return found


def is_alive(pid):
    """Who has ended stays in the list until its parent looks, and who adopted it may never do."""
    with suppress(OSError):
        return state_and_parent(PROC / str(pid))[0] not in "ZX"
    return False


async def until(condition, seconds=120):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — the condition is another process's
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_three_shards_find_what_one_finds(tmp_path):
    async with serve_web(InventedWeb(5, profile="plain", size=SIZE)) as served:
        for name, shards in (("one", 1), ("three", 3)):
            process = await start(job_file(served, tmp_path, name, shards))
            words, errors = await process.communicate()
            assert words in (b"done", b"idle"), errors.decode()
    assert contents(tmp_path / "three.db") == contents(tmp_path / "one.db")


@pytest.mark.slow
@pytest.mark.skipif(not PROC.is_dir(), reason="finds processes in /proc")
async def test_the_death_of_a_shard_is_said_and_the_next_run_goes_on(tmp_path):
    async with serve_web(InventedWeb(5, profile="plain", size=SIZE)) as served:
        calm = await start(job_file(served, tmp_path, "calm", 1))
        await calm.communicate()
        job = job_file(served, tmp_path, "killed", 2)
        served.log.clear()
        process = await start(job)
        await until(lambda: len(served.log) > 100)
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        words, errors = await process.communicate()
        assert process.returncode == 1
        assert b"ended unexpectedly" in errors
        assert b"Traceback" not in errors
        again = await start(job)
        words, errors = await again.communicate()
        assert words in (b"done", b"idle"), errors.decode()
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "calm.db")


@pytest.mark.slow
@pytest.mark.skipif(not PROC.is_dir(), reason="finds processes in /proc")
async def test_shards_do_not_outlive_the_process_that_writes(tmp_path):
    async with serve_web(InventedWeb(5, profile="plain", size=SIZE)) as served:
        job = job_file(served, tmp_path, "killed", 2)
        process = await start(job)
        await until(lambda: len(served.log) > 50)
        shards = children_of(process.pid)
        assert len(shards) == 2
        process.kill()
        await process.communicate()
        await until(lambda: not any(is_alive(pid) for pid in shards))
        again = await start(job)
        words, errors = await again.communicate()
        assert words in (b"done", b"idle"), errors.decode()


@pytest.mark.slow
async def test_a_domain_earns_pages_by_links_that_another_shard_finds(tmp_path):
    async with serve_web(InventedWeb(2, profile="plain", size=Size(hosts=12, pages_per_host=40))) as served:
        process = await start(job_file(served, tmp_path, "earning", 2, **EARNING))
        words, errors = await process.communicate()
        assert words in (b"done", b"idle"), errors.decode()
    check_earned_budgets(tmp_path / "earning.db")


async def test_what_a_shard_logs_comes_up_the_channel_from_any_thread():
    here, there = socket.socketpair()
    up, down = await Channel.over(here), await Channel.over(there)
    logger = logging.getLogger("crawler.somewhere")
    handler = ChannelHandler(down)
    logger.addHandler(handler)
    logger.warning("lost %s", "a.test")
    await asyncio.to_thread(log_a_failure, logger)
    logger.removeHandler(handler)
    messages = [await up.receive() for _ in range(2)]
    await up.close()
    await down.close()
    assert [(kind, entry.name, entry.levelname) for kind, entry in messages] == [
        ("log", "crawler.somewhere", "WARNING"),
        ("log", "crawler.somewhere", "ERROR"),
    ]
    assert messages[0][1].getMessage() == "lost a.test"
    assert "ZeroDivisionError" in messages[1][1].getMessage()


def log_a_failure(logger):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("failed on it")


def test_an_entry_of_a_shard_is_logged_again_where_its_level_is_wanted(caplog):
    entries = [
        logging.LogRecord("crawler.somewhere", level, "x.py", 1, "words", None, None)
        for level in (logging.DEBUG, logging.WARNING)
    ]
    with caplog.at_level(logging.INFO, "crawler"):
        for entry in entries:
            _log_again(entry)
    assert caplog.records == entries[1:]


@pytest.mark.slow
@pytest.mark.skipif(not PROC.is_dir(), reason="finds processes in /proc")
@pytest.mark.parametrize(
    ("word", "count"), [("COMMIT", 4), ("SELECT u.id, u.depth, u.stop", 4)], ids=["saved", "in the middle"]
)
async def test_the_process_that_writes_dies_at_a_step_of_a_batch_and_nothing_is_lost(tmp_path, word, count):
    """Before the shards hear that their visits are saved, and in the middle of saving them."""
    async with serve_web(InventedWeb(5, profile="plain", size=Size(hosts=6, pages_per_host=20))) as served:
        calm = await start(job_file(served, tmp_path, "calm", 1))
        await calm.communicate()
        job = job_file(served, tmp_path, "killed", 2)
        dying = job.with_name("dying.json")
        dying.write_text(json.dumps(json.loads(job.read_text()) | {"die_after": [word, count]}))
        process = await start(dying)
        await process.communicate()
        assert process.returncode == -signal.SIGKILL
        again = await start(job)
        words, errors = await again.communicate()
        assert words in (b"done", b"idle"), errors.decode()
    assert contents(tmp_path / "killed.db") == contents(tmp_path / "calm.db")

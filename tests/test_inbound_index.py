"""The inbound index: live while the writer keeps up, dropped when that pays, there again at the end of a run."""

import asyncio
import sqlite3
import threading
from collections import Counter

import aiosqlite
import pytest

from storage import (
    Candidate,
    NewRanking,
    StopReason,
    StorageOptions,
    Target,
    TargetScope,
    find_target,
    links_question,
    open_crawl_store,
    open_questions,
    write_ranking,
)
from storage.inbound_index import LEAST_LINKS, InboundIndex, build_inbound_index, has_inbound_index
from storage.schema import MIGRATIONS
from tests.report_world import ME, world

TABLE = "CREATE TABLE link (id INTEGER PRIMARY KEY, target INTEGER); CREATE INDEX link_by_target ON link (target)"


async def indexes(connection):
    rows = await connection.execute_fetchall("SELECT name FROM sqlite_master WHERE type = 'index'")
    return [name for (name,) in rows]


async def is_live_after(links_before, links):
    async with aiosqlite.connect(":memory:", isolation_level=None) as connection:
        await connection.executescript(TABLE)
        index = InboundIndex(connection, links_before=links_before)
        await index.drop_if_it_pays(links)
        return bool(await indexes(connection))


@pytest.mark.parametrize(
    ("links_before", "links", "is_live"),
    [
        # a small crawl: nobody would notice the difference
        (0, 0, True),
        (0, LEAST_LINKS - 1, True),
        # a large one
        (0, LEAST_LINKS, False),
        (0, 30 * LEAST_LINKS, False),
        # a night that adds little to many earlier ones: building it would read them all
        (29 * LEAST_LINKS, 30 * LEAST_LINKS, True),
        (8 * LEAST_LINKS, 10 * LEAST_LINKS, True),
        # one that adds a quarter
        (9 * LEAST_LINKS, 12 * LEAST_LINKS, False),
    ],
)
async def test_the_index_is_dropped_when_this_run_pays_for_building_it(links_before, links, is_live):
    assert await is_live_after(links_before, links) is is_live


async def test_building_makes_what_is_missing_and_leaves_what_is_there():
    async with aiosqlite.connect(":memory:", isolation_level=None) as connection:
        await connection.executescript(TABLE)
        for _ in range(2):
            await build_inbound_index(connection)
            assert await indexes(connection) == ["link_by_target"]
            await connection.execute("DROP INDEX link_by_target")
        await build_inbound_index(connection)
        assert await indexes(connection) == ["link_by_target"]


async def test_a_build_that_is_cancelled_ends_at_once_and_leaves_no_half_of_an_index():
    async with aiosqlite.connect(":memory:", isolation_level=None) as connection:
        await connection.executescript(f"{TABLE}; DROP INDEX link_by_target")
        await connection.executemany("INSERT INTO link (target) VALUES (?)", [(number,) for number in range(20_000)])
        begun, go_on = threading.Event(), threading.Event()

        def look():
            begun.set()
            go_on.wait()  # SQLite is in the midst of it while the task is cancelled

        await connection.set_progress_handler(look, 1_000)
        building = asyncio.create_task(build_inbound_index(connection))
        await asyncio.to_thread(begun.wait)
        building.cancel()
        with pytest.raises(asyncio.CancelledError):
            await building
        go_on.set()
        await connection.set_progress_handler(None, 0)
        assert await indexes(connection) == []
        await build_inbound_index(connection)
        assert await indexes(connection) == ["link_by_target"]


def in_file(path):
    connection = sqlite3.connect(path)
    try:
        return has_inbound_index(connection)
    finally:
        connection.close()


def make_store_without_index(path):
    connection = sqlite3.connect(path)
    connection.executescript("".join(MIGRATIONS) + "DROP INDEX link_by_target;")
    connection.executescript(f"PRAGMA application_id = {0x626C6B73}; PRAGMA user_version = {len(MIGRATIONS)};")
    connection.close()


def opened(path):
    return open_crawl_store(path, StorageOptions(), now=0.0, version="0", options_json="{}")


async def test_producers_that_wait_cost_the_index_and_the_end_of_the_run_builds_it(tmp_path, monkeypatch):
    monkeypatch.setattr("storage.inbound_index.LEAST_LINKS", 0)
    path = tmp_path / "x.db"
    async with opened(path) as store:
        writer = await store.writer(max_depth=1, on_saved=lambda _, __: None)
        seed = Candidate("https://a.test/", "https://a.test", "a.test", "a.test", 0, StopReason.WANTED)
        await writer.add_candidates([seed])
        assert in_file(path), "nobody waited"
        writer._saver.is_behind = True
        await writer.add_candidates([seed])
        assert not in_file(path)
        await store.end(now=1.0, reason="done")
        assert in_file(path)


async def test_the_next_run_builds_what_a_kill_left_missing(tmp_path):
    path = tmp_path / "x.db"
    make_store_without_index(path)
    async with opened(path) as store:
        assert not in_file(path)
        await store.end(now=1.0, reason="done")
    assert in_file(path)


def empty_ranking():
    return NewRanking(made_at=0.0, parameters={}, domain_count=0, page_count=0, domain_batches=[])


def test_a_ranking_builds_what_a_kill_left_missing(tmp_path):
    path = tmp_path / "x.db"
    make_store_without_index(path)
    write_ranking(path, empty_ranking())
    assert in_file(path)


async def test_a_ranking_beside_a_crawl_leaves_the_index_to_the_crawl(tmp_path):
    path = tmp_path / "x.db"
    make_store_without_index(path)
    async with opened(path):
        write_ranking(path, empty_ranking())
        assert not in_file(path)


def answers(path):
    with open_questions(path) as questions:
        aim = find_target(questions, Target(scope=TargetScope.DOMAIN, domain=ME, host=ME))
        return Counter(questions.ask(links_question(aim)))  # equal links have no order


def test_a_report_answers_the_same_without_the_index(tmp_path):
    path = world(tmp_path / "x.db")
    expected = answers(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP INDEX link_by_target")
    connection.close()
    assert expected
    assert answers(path) == expected

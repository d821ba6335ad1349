"""The writer's benchmark saves what it says it saves, and its figures follow from the steps."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from bench import shards, writer
from bench.link_web import LINKS_PER_PAGE, MENU_LINKS, LinkWeb, Turns
from storage import Waiting

GIVEN = {
    "links": 12_000, "every": 6_000, "batch": 3_000, "cache": 8, "checkpoint": 0, "mmap": 0, "index": "late",
    "page_size": 8_192,
}  # fmt: skip
USED = writer.Meter(user=1.0, system=0.0, wall=2.0, read=0, written=0)


async def test_all_links_are_in_the_store_with_the_index_built(tmp_path, capsys):
    path = tmp_path / "x.db"
    result = await writer.fill(path, SimpleNamespace(**GIVEN))
    with closing(sqlite3.connect(path)) as connection:
        count, pages = connection.execute("SELECT count(*), count(DISTINCT source_url) FROM links").fetchone()
        index = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'link_by_target'").fetchone()
        assert connection.execute("PRAGMA page_size").fetchone() == (8_192,)
    assert (count, count // pages, index) == (result.links, LINKS_PER_PAGE, (1,))
    assert result.bytes_a_link == path.stat().st_size / count
    assert len(capsys.readouterr().out.splitlines()) == len(result.steps) == 2


def test_a_page_repeats_its_sites_menu_and_names_new_pages():
    web = LinkWeb(1)
    first, second = ([link.target for _, link in web.links(7)] for _ in range(2))
    assert len(first) == LINKS_PER_PAGE
    assert first[:MENU_LINKS] == second[:MENU_LINKS]
    assert not set(first[MENU_LINKS : MENU_LINKS + 4]) & set(second)


def test_sites_take_turns():
    turns = Turns()
    hosts = ("www.site1.test", "www.site1.test", "www.site1.test", "www.site2.test")
    turns.extend([Waiting(number, "", host, 0) for number, host in enumerate(hosts)])
    assert [turns.take() for _ in range(len(turns))] == [(1, 0), (2, 3), (1, 1), (1, 2)]


def test_the_share_is_of_the_first_steps_without_the_very_first():
    steps = [writer.Step(links, USED, [0.5]) for links in (50, 400, 400, 200, 200)]
    figures = {one.name.partition(", ")[2]: one.median for one in writer.Result(steps).figures(1_000_000, "x")}
    assert figures["slowest step"] == 200
    assert figures["rate at the end / at the beginning"] == pytest.approx(0.5)
    assert figures["the same in fixed work"] == pytest.approx(0.5)


def test_on_paper_more_cores_help_until_the_writer_is_full():
    run = shards.Run(
        shards=2, pages=100, wall=1.0, writer=0.1, writer_loop=0.05, crawling=0.2, server=0.0, traffic={}
    )  # fmt: skip
    two, four, eight, _, full = shards.on_paper(run)
    assert two == "2 cores: 500 pages/s, 30,000 links/s; the shards are full first"
    assert four == "4 cores: 1,000 pages/s, 60,000 links/s; the writer is full first"
    assert eight.startswith("8 cores: 1,000 pages/s")
    assert full == "the writer is full with 2.0 shards, at 1,000 pages/s"

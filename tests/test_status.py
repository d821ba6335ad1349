import asyncio
import re
import sqlite3
import time

import pytest

from storage import (
    Counted,
    HostClock,
    Outcome,
    RobotsRecord,
    StopReason,
    StorageOptions,
    StoreUnreadable,
    TroubledHost,
    Visit,
    open_crawl_store,
    read_status,
)
from storage import status as status_sql
from tests.small_store import BEGAN_AT, Keeper, link, small_store, visit


def read(path, now=BEGAN_AT + 100):
    return read_status(path, wall_clock=lambda: now)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("status") / "x.db")


def test_what_is_in_the_file_is_counted(path):
    status = read(path)
    assert dict(status.pages_by_outcome) == {"ok": 3, "timeout": 1, "http_error": 1}
    assert (status.link_count, status.external_link_count) == (8, 2)
    assert (status.domain_count, status.seed_domain_count, status.crawled_domain_count) == (4, 3, 2)
    assert status.host_count == 4
    assert status.ranked_at is None
    assert status.file_bytes == path.stat().st_size


def test_what_stopped_urls_is_counted(path):
    assert Counted("out_of_scope", 1) in read(path).urls_by_stop
    assert Counted("robots", 1) in read(path).urls_by_stop
    assert dict(read(path).urls_by_stop)["wanted"] == 9


def test_counts_equal_those_of_the_rows_themselves(path):
    """The counters and sums that make it quick against the slow, plain questions."""
    connection = sqlite3.connect(path)
    try:
        status = read(path)
        stops = connection.execute("SELECT s.name, count(*) FROM url u JOIN stop_reason s ON s.id = u.stop GROUP BY 1")
        assert dict(status.urls_by_stop) == dict(stops)
        links = "SELECT count(*), sum(is_external) FROM links"
        assert connection.execute(links).fetchone() == (status.link_count, status.external_link_count)
        waiting = connection.execute("SELECT count(*) FROM frontier").fetchone()[0]
        assert sum(host.waiting_count for host in status.waiting) == waiting
    finally:
        connection.close()


def test_what_waits_is_told_by_host_with_its_clock(path):
    a, c = sorted(read(path).waiting)
    assert (a.host, a.domain, a.waiting_count, a.domain_pages_spent) == ("a.test", "a.test", 1, 3)
    assert c.waiting_count == 3
    assert c.clock == HostClock(
        host="c.test", ready_at=BEGAN_AT + 600, rest_reason="429", crawl_delay_seconds=30.0, address=None
    )


def test_hosts_that_rest_say_why_and_until_when(path):
    assert read(path).resting == (TroubledHost("c.test", "429", BEGAN_AT + 600),)
    assert read(path, now=BEGAN_AT + 601).resting == ()


def test_hosts_that_were_given_up_say_why(path):
    ((host, reason, until),) = read(path).retired
    assert (host, until) == ("b.test", None)
    assert reason.startswith("5 failed connections")


def test_a_host_given_up_in_an_earlier_run_is_no_longer_so(path, tmp_path):
    copy = tmp_path / "x.db"
    copy.write_bytes(path.read_bytes())
    connection = sqlite3.connect(copy)
    connection.execute("INSERT INTO run (started_at, version, options) VALUES (1, '0', '{}')")
    connection.commit()
    connection.close()
    assert read(copy).retired == ()


async def save(path, *visits_of):
    async with open_crawl_store(path, StorageOptions(), now=BEGAN_AT, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open(["https://a.test/", "https://b.test/"])
        await keeper.save(*(make(keeper) for make in visits_of))


def test_hosts_that_refuse_us_say_how(tmp_path):
    path = tmp_path / "x.db"

    def refused_seed(keeper):
        waiting = keeper.waiting["https://a.test/"]
        return Visit(url_id=waiting.url_id, depth=0, host=HostClock(host="a.test"), stop=StopReason.ROBOTS)

    def robots_down(_):
        record = RobotsRecord(
            origin="https://b.test", fetched_at=1.0, expires_at=700.0, outcome=Outcome.HTTP_ERROR, status=503
        )
        return Visit(url_id=None, host=HostClock(host="b.test"), robots=record)

    asyncio.run(save(path, refused_seed, robots_down))
    assert read(path).refused == (
        TroubledHost("b.test", "robots.txt could not be had: 503", 700.0),
        TroubledHost("a.test", "robots.txt refuses a seed: 1 in all"),
    )
    (waiting,) = read(path, now=600.0).waiting
    assert (waiting.clock.rest_reason, waiting.clock.ready_at) == ("robots.txt could not be had", 700.0)


def test_a_robots_txt_that_is_not_there_refuses_nobody(tmp_path):
    path = tmp_path / "x.db"

    def robots_missing(_):
        record = RobotsRecord(
            origin="https://b.test", fetched_at=1.0, expires_at=700.0, outcome=Outcome.HTTP_ERROR, status=404
        )
        return Visit(url_id=None, host=HostClock(host="b.test"), robots=record)

    asyncio.run(save(path, robots_missing))
    assert read(path).refused == ()


def test_the_number_in_the_sql_is_that_of_the_reason():
    assert f"u.stop = {StopReason.ROBOTS:d} " in status_sql.SELECT_REFUSED


@pytest.mark.parametrize(("end_reason", "ended_at"), [("done", BEGAN_AT + 60), (None, None)])
def test_the_last_run_says_how_it_ended(tmp_path, end_reason, ended_at):
    status = read(small_store(tmp_path / "x.db", end_reason=end_reason))
    run = status.last_run
    assert (run.run_id, run.started_at, run.ended_at, run.end_reason) == (1, BEGAN_AT, ended_at, end_reason)
    assert run.version == "0.1.0"
    assert not status.is_crawl_running


async def test_a_crawl_at_work_is_seen_to_run_and_is_not_disturbed(tmp_path):
    path = tmp_path / "x.db"
    async with open_crawl_store(path, StorageOptions(), now=BEGAN_AT, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open(["https://a.test/"])
        assert read(path).is_crawl_running
        await keeper.save(visit(keeper.waiting["https://a.test/"]))
        assert dict(read(path).pages_by_outcome) == {"ok": 1}
    assert not read(path).is_crawl_running


def test_a_file_without_anything_in_it_yet_has_zeros(tmp_path):
    status = read(small_store(tmp_path / "x.db", seeds=(), fill=None))
    assert (status.pages_by_outcome, status.urls_by_stop, status.waiting) == ((), (), ())
    assert (status.link_count, status.domain_count, status.host_count) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (b"hello" * 1_000, "not an SQLite database"),
        (b"SQLite format 3\x00" + b"\xff" * 84, "not an SQLite database|damaged"),
    ],
)
def test_a_file_that_is_no_store_is_told_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreUnreadable, match=sentence):
        read(path)
    assert [file.name for file in tmp_path.iterdir()] == ([] if content is None else ["x.db"])


def test_another_programs_file_is_not_taken_for_ours(tmp_path):
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE page (x)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreUnreadable, match="belongs to another program"):
        read(tmp_path / "x.db")


def test_a_large_frontier_is_counted_in_little_time(tmp_path):
    path = small_store(tmp_path / "x.db", fill=None)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    hosts = ((number, f"h{number}.test", 1) for number in range(100, 2_100))
    connection.executemany("INSERT INTO host (id, name, domain_id) VALUES (?, ?, ?)", hosts)
    rows = ((host, 1, host * 1_000 + number) for host in range(100, 2_100) for number in range(100))
    connection.executemany("INSERT INTO frontier (host_id, depth, url_id) VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")
    connection.close()
    began = time.process_time()
    status = read(path)
    assert time.process_time() - began < 1.5
    assert sum(host.waiting_count for host in status.waiting) == 200_003


PLAIN_SCANS = {"domain", "host", "domain_edge", "frontier", "stop_reason", "run", "ranking", "robots"}


@pytest.mark.parametrize("name", [name for name in vars(status_sql) if name.startswith(("SELECT_", "COUNT_"))])
def test_no_question_reads_through_pages_urls_or_links(path, name):
    connection = sqlite3.connect(path)
    try:
        sql = getattr(status_sql, name)
        arguments = [1] * (len(set(re.findall(r"\?\d", sql))) or sql.count("?"))
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)]
    finally:
        connection.close()
    scans = [step for step in plan if step.startswith("SCAN") and "USING" not in step]
    tables = {"d": "domain", "h": "host", "r": "robots", "u": "url", "o": "origin"}
    named = {step.split()[1] for step in scans}
    assert {tables.get(one, one) for one in named} <= PLAIN_SCANS | {"w", "(subquery-2)"}, plan


async def linked_from_three_domains(keeper):
    visits = [
        visit(keeper.waiting[f"https://{name}.test/"], links=[link("https://c.test/", external=True)] * 2)
        for name in ("a", "b", "d")
    ]
    await keeper.save(*visits)


def test_who_had_pages_or_waits_is_told_with_what_earns_its_budget(tmp_path):
    seeds = [f"https://{name}.test/" for name in "abcd"]
    path = small_store(tmp_path / "x.db", seeds=seeds, fill=linked_from_three_domains)
    assert [tuple(one) for one in read(path).spending] == [
        ("a.test", 1, 0),
        ("b.test", 1, 0),
        ("d.test", 1, 0),
        ("c.test", 0, 3),
    ]
    assert [(host.host, host.referring_domains) for host in read(path).waiting] == [("c.test", 3)]

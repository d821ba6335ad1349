"""The politeness ledger, over records written by hand: it must show a breach where there was one."""

import sqlite3
from contextlib import closing

import pytest

from storage import FetchKind, read_conduct, read_requests
from storage.ledger import _Timed, most_at_once
from tests.small_store import small_store


def timed(*spans):
    return [_Timed("h.test", 0, start, end - start, 200, 1) for start, end in spans]


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([(0, 1)], 1),
        ([(0, 1), (1, 2)], 1),
        ([(0, 1), (1.0005, 2)], 1),
        ([(0, 2), (1, 3)], 2),
        ([(0, 9), (1, 3), (2, 5), (4, 6)], 3),
        ([(0, 0), (0.5, 0.5)], 1),
    ],
)
def test_requests_under_way_at_one_moment_are_counted(spans, most):
    assert most_at_once(timed(*spans)) == most


def add_fetches(path, host, rows):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO fetch (run_id, host_id, kind, url, started_at, elapsed_ms, outcome, status, bytes) "
            "SELECT ?, id, ?, 'https://x.test/', ?, ?, 'ok', ?, 0 FROM host WHERE name = ?",
            [(*row, host) for row in rows],
        )


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.db"
    small_store(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM fetch")
    return path


def test_the_shortest_pause_is_from_end_to_start(path):
    add_fetches(path, "a.test", [(1, 2, 100.0, 500, 200), (1, 0, 102.0, 1_000, 200), (1, 0, 104.5, 10, 200)])
    (conduct,) = read_conduct(path)
    assert conduct.shortest_pause_seconds == 1.5
    assert (conduct.requests, conduct.robots_requests, conduct.most_parallel) == (3, 1, 1)


def test_a_breach_shows(path):
    add_fetches(path, "a.test", [(1, 0, 100.0, 2_000, 200), (1, 0, 101.0, 500, 200)])
    (conduct,) = read_conduct(path)
    assert conduct.shortest_pause_seconds == -1.0
    assert conduct.most_parallel == 2


def test_what_followed_a_plea_to_slow_down_is_told_apart(path):
    add_fetches(path, "a.test", [(1, 0, 100.0, 0, 200), (1, 0, 101.0, 0, 429), (1, 0, 161.0, 0, 200)])
    (conduct,) = read_conduct(path)
    assert (conduct.slow_downs, conduct.pause_after_slow_down_seconds) == (1, 60.0)
    assert conduct.shortest_pause_seconds == 1.0


@pytest.mark.parametrize(
    ("asked", "again_at", "cut_short"),
    [(60.0, 161.0, 0), (60.0, 160.9, 1), (None, 101.5, 0), (0.0, 101.5, 0), (1e9, 101.0 + 604_800, 0), (1e9, 900.0, 1)],
)
@pytest.mark.parametrize("run_id", [1, 2])
def test_a_rest_shorter_than_was_asked_for_is_a_breach_in_the_next_run_too(path, run_id, asked, again_at, cut_short):
    add_fetches(path, "a.test", [(1, 0, 101.0, 0, 429), (run_id, 0, again_at, 0, 200)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE fetch SET retry_after_seconds = ? WHERE status = 429", [asked])
    (conduct,) = read_conduct(path)
    assert conduct.rests_cut_short == cut_short
    assert [one.host for one in read_conduct(path, "a.test")] == ["a.test"]
    assert not list(read_conduct(path, "b.test"))


def test_a_pause_between_two_runs_says_nothing_of_either(path):
    add_fetches(path, "a.test", [(1, 0, 100.0, 0, 200), (2, 0, 100.1, 0, 200)])
    assert next(read_conduct(path)).shortest_pause_seconds is None


def test_the_full_record_of_a_host_is_in_order(path):
    add_fetches(path, "a.test", [(1, 0, 102.0, 5, 200), (1, FetchKind.ROBOTS, 100.0, 5, 404)])
    assert [(one.kind, one.started_at) for one in read_requests(path, "a.test")] == [("robots", 100.0), ("page", 102.0)]
    assert list(read_requests(path, "never.test")) == []

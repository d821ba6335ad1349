import json
import sqlite3
from contextlib import closing

from backlinks.commands.politeness import is_polite
from crawler import PolitenessOptions
from storage import HostConduct
from tests.command import run
from tests.small_store import small_store

__all__ = ["run"]


def conduct(**values):
    plain = dict.fromkeys(HostConduct._fields)
    return HostConduct(
        **(plain | {"most_parallel": 1, "robots_verdict": "", "slow_downs": 0, "rests_cut_short": 0} | values)
    )


def test_the_ledger_says_in_one_sentence_whether_everybody_was_treated_well(run, tmp_path):
    path = tmp_path / "x.db"
    small_store(path)  # its requests all bear the same moment
    assert "1 host asked sooner than due or in parallel" in run("politeness", "--db", path).out
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE fetch SET started_at = started_at + 2 * id")
    ran = run("politeness", "--db", path)
    assert ran.code == 0
    assert "No host was ever asked sooner than due" in ran.out


def test_the_ledger_of_one_host_lists_every_request(run, tmp_path):
    small_store(tmp_path / "x.db")
    ran = run("politeness", "--host", "A.test", "--json", "--db", tmp_path / "x.db")
    rows = json.loads(ran.out)
    assert rows
    assert all(row["url"].startswith("https://a.test/") for row in rows)


def test_the_machine_readable_ledger_has_every_host_and_the_verdict(run, tmp_path):
    small_store(tmp_path / "x.db")
    rows = json.loads(run("politeness", "--json", "--db", tmp_path / "x.db").out)
    assert {"host", "shortest_pause_seconds", "most_parallel", "is_polite"} <= set(rows[0])


def test_a_pause_shorter_than_due_or_a_second_request_at_once_is_no_politeness():
    options = PolitenessOptions(delay_seconds=1.0)
    assert is_polite(conduct(shortest_pause_seconds=1.0), options)
    assert is_polite(conduct(shortest_pause_seconds=None), options)
    assert not is_polite(conduct(shortest_pause_seconds=0.9), options)
    assert not is_polite(conduct(shortest_pause_seconds=2.0, crawl_delay_seconds=5.0), options)
    assert not is_polite(conduct(shortest_pause_seconds=2.0, most_parallel=2), options)
    assert not is_polite(conduct(shortest_pause_seconds=2.0, rests_cut_short=1), options)

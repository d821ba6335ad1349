"""When links came and went, against plain Python over the view of links and the table of lost ones."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from backlinks.reports import timeline
from storage import Target, TargetScope, count_runs, find_target, open_questions, read_ranking_parameters
from tests.command import run  # noqa: F401 — a fixture
from tests.report_world import ME, Oracle, world

DAY = 86_400


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The web of the reports, with first sights spread over days and every ninth link lost again."""
    path = world(tmp_path_factory.mktemp("timeline") / "world.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE link SET first_seen = 1700000000 + 86400 * (id % 7) WHERE id % 3")
        connection.execute(
            "INSERT INTO lost_link (source, target, anchor, rel, flags, first_seen, last_seen, lost_at, reason) "
            "SELECT source, target, anchor, rel, flags, 1, 2, 1700000000 + 86400 * (id % 5), 'removed' FROM link "
            "WHERE id % 9 = 0"
        )
    return path


def rows_of(path):
    with open_questions(path) as questions:
        aim = find_target(questions, Target(scope=TargetScope.DOMAIN, domain=ME))
        return list(timeline(questions, aim))


def test_links_and_domains_count_on_the_day_of_their_first_sight(path):
    backlinks = Oracle(path).of_domain()
    first = {}
    for link in backlinks:
        day = link["first_seen"][:10]
        first[link["source_domain"]] = min(day, first.get(link["source_domain"], day))
    rows = rows_of(path)
    assert {row.day: row.links for row in rows if row.links} == Counter(link["first_seen"][:10] for link in backlinks)
    assert {row.day: row.domains for row in rows if row.domains} == Counter(first.values())
    assert [row.day for row in rows] == sorted({row.day for row in rows})
    assert len(rows) > 5


def test_lost_links_count_on_the_day_they_were_missed(path):
    with closing(sqlite3.connect(path)) as connection:
        lost = connection.execute(
            "SELECT date(x.lost_at, 'unixepoch'), o.text || u.path, d.name <> ? "
            "FROM lost_link x JOIN url u ON u.id = x.target JOIN origin o ON o.id = u.origin_id "
            "JOIN url s ON s.id = x.source JOIN origin so ON so.id = s.origin_id JOIN host h ON h.id = so.host_id "
            "JOIN domain d ON d.id = h.domain_id",
            (ME,),
        ).fetchall()
    oracle = Oracle(path)
    expected = Counter(
        day
        for day, target, is_foreign in lost
        if is_foreign and any(oracle.domain_of(url) == ME for url in oracle.leads_to(target))
    )
    assert {row.day: row.lost_links for row in rows_of(path) if row.lost_links} == expected
    assert expected


def test_the_small_print_of_a_store_is_read_from_it(path):
    with open_questions(path) as questions:
        assert count_runs(questions) == 1
        assert '"damping": 0.85' in read_ranking_parameters(questions)


def test_the_command_gives_a_row_a_day(run, path):
    ran = run("timeline", ME, "--db", path, "--csv")
    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, "day,links,domains,lost_links")
    assert lines[1:] == [",".join(map(str, row)) for row in rows_of(path)]

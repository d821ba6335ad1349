"""The generator that the reports are measured on makes what it says, and the reports keep their plans on it."""

import sqlite3
from contextlib import closing

import pytest

from backlinks.reports import intersect, links, overview, referring_domains
from bench import report_store
from bench.report_store import Plan, write_store
from storage import Target, TargetScope, find_target, open_questions

MEASURED = (
    ("big.test", 200, 60, 20),
    ("rival1.test", 300, 50, 20),
    ("rival2.test", 300, 50, 20),
    ("small.test", 30, 10, 5),
)
PLAN = Plan(links=20_000, domains=100, seed=1, measured=MEASURED)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "small.db"
    write_store(path, PLAN)
    return path


@pytest.fixture
def questions(path):
    with open_questions(path) as questions:
        yield questions


def aim(questions, name):
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=name))


@pytest.mark.parametrize(("name", "backlinks", "domains", "pages"), MEASURED)
def test_measured_domains_have_about_the_planned_backlinks(questions, name, backlinks, domains, pages):
    rows = list(links(questions, aim(questions, name)))
    assert 0.5 * backlinks <= len(rows) <= backlinks
    found = list(referring_domains(questions, aim(questions, name)))
    assert 0.9 * domains <= len(found) <= domains
    assert sum(row.links for row in found) == len(rows)
    assert len({row.target_url for row in rows}) <= pages
    totals = {row.name: row.value for row in overview(questions, aim(questions, name)) if row.section == "total"}
    assert totals["inbound_links"] == len(rows)


def test_rivals_share_linkers(questions):
    rivals = [aim(questions, name) for name in ("rival1.test", "rival2.test")]
    voices = [{row.domain for row in referring_domains(questions, rival)} for rival in rivals]
    assert {row.domain for row in intersect(questions, rivals, me=None)} == set.intersection(*voices)


def test_links_reads_no_whole_table_first(questions):
    plan = questions.plan(links(questions, aim(questions, "big.test")).question)
    assert not [step for step in plan if "BLOOM" in step and step.split()[3] in {"ps", "ds", "sh", "su"}]
    assert not [step for step in plan if "AUTOMATIC" in step]


def test_edges_between_domains_are_those_of_all_links(tmp_path, monkeypatch):
    """Also where pages are written in several runs, and the last is a shorter one."""
    monkeypatch.setattr(report_store, "CHUNK_PAGES", 150)
    path = tmp_path / "uneven.db"
    write_store(path, PLAN)
    with closing(sqlite3.connect(path)) as connection:
        counts = (
            "SELECT (SELECT sum(links) FROM domain_edge), (SELECT count(*) FROM links WHERE source_host <> target_host)"
        )
        edges, links = connection.execute(counts).fetchone()
    assert edges == links > 2_000

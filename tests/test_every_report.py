"""What holds for every report: all columns can be asked, the SQL shown is the SQL asked, and no store is too odd."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from backlinks import reports
from backlinks.errors import CommandFailed
from storage import Choice, StorageOptions, Target, TargetScope, find_target, open_crawl_store, open_questions
from tests.command import run  # noqa: F401 — a fixture
from tests.report_checks import THRESHOLDS
from tests.report_world import ME, world
from tests.small_store import BEGAN_AT, Keeper, candidate, link, small_store, visit

ONE_TARGET = (
    *("addresses", "anchor_classes", "anchors", "broken", "broken_prospects", "links", "lost_links", "new_links"),
    *("outgoing_anchors", "outgoing_broken", "outgoing_domains", "overview", "pages", "reciprocal"),
    *("referring_domains", "review", "score"),
)
REPORTS = (*ONE_TARGET, "compare", "decisions", "intersect", "mentions", "resources")
NO_REPORTS = {"coverage_sentence", "disavow_file", "read_target", "timeline"}

COMMANDS = [
    *([name, ME] for name in ("overview", "links", "referring-domains", "anchors", "pages", "addresses", "score")),
    *([name, ME] for name in ("outgoing", "broken", "reciprocal", "new", "lost", "review")),
    ["links", ME, "--group", "similar"],
    ["anchors", ME, "--by", "class"],
    ["outgoing", ME, "--show", "broken", "--internal"],
    ["broken", ME, "--prospects"],
    ["review", ME, "--decisions"],
    ["compare", ME, "rival.test"],
    ["intersect", "rival.test", "--me", ME],
    ["mentions", "Mine", "--target", ME],
    ["resources", "shoes"],
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("every") / "world.db", seed=7, nights=2)


@pytest.fixture
def questions(path):
    with open_questions(path) as questions:
        yield questions


def report_of(questions, name, choice):
    aims = [find_target(questions, Target(scope=TargetScope.DOMAIN, domain=one)) for one in (ME, "rival.test")]
    report = getattr(reports, name)
    if name == "review":
        return report(questions, aims[0], choice, options=THRESHOLDS)
    if name in ONE_TARGET:
        return report(questions, aims[0], choice)
    if name == "compare":
        return report(questions, aims, choice)
    if name == "intersect":
        return report(questions, aims, choice, me=None)
    return report(questions, {"decisions": ME, "mentions": "Mine", "resources": "shoes"}[name], choice)


def test_no_report_is_forgotten_here():
    public = {name for name in reports.__all__ if name[0].islower()}
    assert {name for name in public if not name.startswith("html")} - NO_REPORTS == set(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_every_column_is_filtered_and_sorted_and_rows_end_only_where_asked(questions, name):
    whole = list(report_of(questions, name, Choice()))
    assert whole or name == "decisions"
    for column in report_of(questions, name, Choice()).columns:
        values = [getattr(row, column) for row in whole]
        chosen = Choice(where=f"{column} is not empty", sort=(f"-{column}",))
        found = [getattr(row, column) for row in report_of(questions, name, chosen)]
        assert found == sorted((value for value in values if value not in {None, ""}), reverse=True), column
        rest = list(report_of(questions, name, Choice(where=f"{column} is empty")))
        assert len(rest) + len(found) == len(whole), column
    assert len(list(report_of(questions, name, Choice(limit=2)))) == min(2, len(whole))


@pytest.mark.parametrize("name", REPORTS)
def test_the_sql_that_is_shown_is_the_sql_that_is_asked(questions, name):
    report = report_of(questions, name, Choice(limit=5))
    prepared = report.prepared()
    assert [tuple(row) for row in report] == questions._connection.execute(prepared.sql, prepared.parameters).fetchall()


@pytest.mark.parametrize("typed", COMMANDS, ids=" ".join)
def test_an_empty_store_answers_that_it_is_empty(run, empty, typed):
    ran = run(*typed, "--db", empty)
    assert (ran.code, ran.err) == (0, "")
    assert "this store holds no pages yet" in ran.out
    if typed[0] != "resources":
        assert f"{ME} is not in this store" in ran.out
    if typed[0] not in {"overview", "compare"}:
        assert ran.out.endswith("\n0 rows\n")


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("every") / "empty.db", seeds=(), fill=None)


@pytest.mark.parametrize("typed", COMMANDS, ids=" ".join)
def test_without_the_inbound_index_the_answer_is_the_same(run, path, no_index, typed):
    """A fast crawl drops it until it ends."""
    lines = [run(*typed, "--db", one, "--jsonl").out.splitlines() for one in (no_index, path)]
    assert sorted(lines[0]) == sorted(lines[1])


@pytest.fixture(scope="module")
def no_index(path, tmp_path_factory):
    copy = tmp_path_factory.mktemp("every") / "no_index.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("DROP INDEX link_by_target")
    return copy


async def crawling(path, look):
    """`look` is called between two batches, and while the second is being written and not yet committed."""
    home, page = f"https://{ME}/", "https://a.test/"
    async with open_crawl_store(path, StorageOptions(), now=BEGAN_AT, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open([page])
        links = [link(home, "Mine", external=True), link(f"{page}next")]
        await keeper.save(
            visit(keeper.waiting[page], links=links, candidates=[candidate(home), candidate(f"{page}next")])
        )
        look(COMMANDS[1:2])
        await store._writing.execute("BEGIN IMMEDIATE")
        await store._writing.execute("UPDATE page SET title = 'not committed'")
        await store._writing.execute("DELETE FROM link")
        look(COMMANDS)
        await store._writing.execute("ROLLBACK")


def test_a_crawl_at_work_is_said_and_what_it_has_committed_is_answered(run, tmp_path):
    path, looks = tmp_path / "busy.db", []

    def look(commands):
        for typed in commands:
            ran = run(*typed, "--db", path)
            assert (ran.code, ran.err) == (0, ""), typed
            assert "still crawling: numbers grow" in ran.out
            assert "not ranked yet" in ran.out
        looks.append(run("links", ME, "--db", path, "--csv", "--columns", "source_url,title,anchor_text").out)

    asyncio.run(crawling(path, look))
    assert looks == ["source_url,source_title,anchor_text\nhttps://a.test/,,Mine\n"] * 2


HOSTILE = ["(a+)+$", "[", "\\", "%_", "'; DROP TABLE link; --", "a" * 5_000, "(?="]


@pytest.mark.parametrize("text", HOSTILE)
def test_words_that_are_looked_for_are_words_and_no_pattern(questions, text):
    for name in (reports.mentions, reports.resources):
        assert list(name(questions, text)) == []


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_not_looked_for(questions, text):
    for name in (reports.mentions, reports.resources):
        with pytest.raises(CommandFailed, match="is a word or more"):
            name(questions, text)

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import EVIL_TITLE, small_store

ROOT = Path(__file__).resolve().parents[1]
SQL = "SELECT url, title, status FROM pages WHERE status = 200 ORDER BY url"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("query") / "x.db")


def test_without_a_flag_the_answer_is_a_table(run, path):
    ran = run("query", "--db", path, "SELECT domain, pages_crawled FROM domains WHERE is_seed")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "domain  pages_crawled",
        "──────  ─────────────",
        "a.test              2",
        "b.test              0",
        "c.test              1",
    ]


def test_csv_json_and_json_lines_hold_the_same_rows(run, path):
    from_csv = list(csv.DictReader(io.StringIO(run("query", "--csv", "--db", path, SQL).out)))
    from_json = json.loads(run("query", "--json", "--db", path, SQL).out)
    from_jsonl = [json.loads(line) for line in run("query", "--jsonl", "--db", path, SQL).out.splitlines()]
    assert from_json == from_jsonl
    assert [row["url"] for row in from_csv] == [row["url"] for row in from_json]
    assert from_json[0] == {"url": "https://a.test/", "title": EVIL_TITLE, "status": 200}


@pytest.mark.parametrize("form", ["--csv", "--json", "--jsonl", None])
def test_a_hostile_title_cannot_steer_the_terminal_in_any_form(run, path, form):
    out = run("query", *filter(None, [form]), "--db", path, SQL).out
    assert "cmd" in out
    assert not set(out) & {"\x1b", "\u202e"}
    assert not any(cell.startswith("=") for line in out.splitlines() for cell in line.split(","))


def test_the_question_may_come_from_standard_input(path):
    ran = subprocess.run(
        [sys.executable, "-m", "backlinks", "query", "--csv", "--db", str(path), "-"],
        cwd=ROOT, input=b"SELECT 1 AS one", capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    assert ran.stdout == b"one\n1\n"


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("DELETE FROM link", "backlinks: only reading is allowed, and DELETE is not: write a SELECT\n"),
        ("SELEC", 'backlinks: near "SELEC": syntax error\n'),
        ("", "backlinks: there is nothing to ask in it: write a SELECT\n"),
    ],
)
def test_a_refused_question_is_a_sentence_and_code_2(run, path, sql, sentence):
    assert run("query", "--db", path, sql) == (2, "", sentence)


def test_a_question_that_takes_too_long_is_stopped(run, path):
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    ran = run("query", "--db", path, "--max-seconds", "0.2", sql)
    assert ran == (2, "", "backlinks: it took longer than 0.2 seconds; ask for less, or allow more time\n")


def test_a_function_that_sqlite_cannot_be_stopped_in_ends_the_process_all_the_same(path):
    """Which would run for a day."""
    sql = "SELECT instr(printf('%.*c', 60000000, 'a'), printf('%.*c', 30000000, 'a') || 'b')"
    ran = subprocess.run(
        [sys.executable, "-m", "backlinks", "query", "--db", str(path), "--max-seconds", "0.5", sql],
        cwd=ROOT, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr == b"backlinks: it took longer than 0.5 seconds; ask for less, or allow more time\n"

import json
import math

import pytest

from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import small_store


@pytest.fixture
def path(tmp_path, run):
    path = small_store(tmp_path / "x.db")
    assert run("rank", "--db", path).code == 0
    return path


@pytest.mark.parametrize("name", ["far.test", "FAR.test", "https://www.far.test/page", " far.test"])
def test_a_domain_is_explained_however_it_is_typed(run, path, name):
    ran = run("explain", name, "--db", path)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("far.test: authority 100.0, rank 1 of 4 domains, pagerank 0.")
    assert lines[3].split()[0] == "a.test"
    assert lines[-1].startswith("(spread by domains without links)")


def test_the_parts_add_up_to_the_score_that_is_stored(run, path):
    answer = json.loads(run("explain", "far.test", "--db", path, "--json").out)
    parts = [answer["teleport"], answer["from_dangling"], answer["from_evaporated"]]
    parts += [one["passes"] for one in answer["contributions"]]
    assert math.fsum(parts) == pytest.approx(answer["pagerank"], rel=1e-12)
    assert answer["stored_pagerank"] == pytest.approx(answer["pagerank"], rel=1e-6)
    assert [one["domain"] for one in answer["contributions"]] == ["a.test"]


def test_the_shares_on_the_terminal_add_up_too_when_some_are_cut(run, path):
    whole = run("explain", "far.test", "--db", path).out.splitlines()
    cut = run("explain", "far.test", "--db", path, "--limit", 0).out.splitlines()
    assert any(line.startswith("(1 more)") for line in cut)
    for lines in (whole, cut):
        shares = [float(cell[:-1]) for line in lines for cell in line.split() if cell.endswith("%")]
        assert sum(shares) == pytest.approx(100, abs=0.3)


def test_what_would_change_is_shown(run, path):
    ran = run("explain", "far.test", "--db", path, "--without", "A.test")
    assert "\nWhat would change\n" in ran.out
    answer = json.loads(run("explain", "b.test", "--db", path, "--with", "a.test:b.test", "--json").out)
    (first, *_) = answer["changes"]
    assert first["domain"] == "b.test"
    assert first["pagerank"][1] > first["pagerank"][0]


def test_a_change_that_changes_nothing_shows_the_same_twice(run, path):
    (row,) = json.loads(run("explain", "far.test", "--db", path, "--without", "b.test", "--json").out)["changes"]
    assert row["domain"] == "far.test"
    assert row["pagerank"][0] == row["pagerank"][1]


def test_a_file_that_was_never_ranked_is_explained_and_said_to_be_so(run, tmp_path):
    out = run("explain", "far.test", "--db", small_store(tmp_path / "x.db")).out
    assert "The file was never ranked; this is what `backlinks rank` would store.\n" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.test"], "nowhere.test: this crawl knows no such domain"),
        (["no domain"], "no domain: is not a domain"),
        (["far.test", "--without", "nowhere.test"], "nowhere.test: this crawl knows no such domain"),
        (["far.test", "--with", "a.test"], "--with a.test: write the two domains with a colon between them, as A:B"),
        (["far.test", "--without-link", "b.test:far.test"], "b.test has no link to far.test in this crawl"),
        (["far.test", "--limit", "-1"], "is not in the range"),
    ],
)
def test_a_name_that_is_not_there_is_a_sentence_and_code_2(run, path, arguments, sentence):
    ran = run("explain", *arguments, "--db", path)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err

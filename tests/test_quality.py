"""`score` on a web drawn from a number: every term is worked out again by hand."""

from collections import Counter
from dataclasses import replace

import pytest

from backlinks.options import ScoreOptions
from backlinks.reports import links, score
from storage import Choice, OptionError, Target, TargetScope, find_target, open_questions
from tests.command import run  # noqa: F401 — a fixture
from tests.report_world import ME, Oracle, world

TERMS = ("authority", "page", "relevance", "placement", "anchor", "followed", "dilution", "indexability", "language")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("quality") / "world.db", seed=5)


@pytest.fixture
def questions(path):
    with open_questions(path) as questions:
        yield questions


def aim(questions):
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=ME))


WANTED = (("best shoes", "shoes"), ())


def test_every_backlink_is_scored_once(questions):
    scored = Counter((row.source_url, row.target_url, row.anchor_text) for row in score(questions, aim(questions)))
    assert scored == Counter(
        (row.source_url, row.target_url, row.anchor_text) for row in links(questions, aim(questions))
    )


def test_the_score_is_the_sum_of_the_terms_and_never_below_zero(questions):
    rows = list(score(questions, aim(questions), wanted=WANTED))
    for row in rows:
        total = sum(getattr(row, f"{term}_term") for term in TERMS)
        assert row.score == pytest.approx(max(0, total), abs=0.011)
    assert len({row.score for row in rows}) > 10


def test_each_term_is_what_its_column_says(questions, path):
    options, oracle = ScoreOptions(dilution_from=2, dilution_full=6), Oracle(path)
    for row in score(questions, aim(questions), options=options, wanted=WANTED):
        near = {"abs": 0.0051}
        assert row.authority_term == pytest.approx(30 * (row.domain_authority or 0) / 100, **near)
        assert row.page_term == pytest.approx(15 * (row.page_authority or 0) / 100, **near)
        assert row.relevance_term == pytest.approx(20 * min(1, (row.relevance or 0) / 0.25), **near)
        assert row.placement_term == pytest.approx(15 * options.placement_factors[row.placement], **near)
        assert row.anchor_term == pytest.approx(10 * options.anchor_factors[row.anchor_class], **near)
        assert row.followed_term == 10 * row.followed
        assert row.dilution_term == pytest.approx(-10 * min(1, max(0, row.external_domains - 2) / 4), **near)
        page = oracle.pages[row.source_url]
        is_copy = page["canonical_url"] not in {None, row.source_url}
        assert row.indexability_term == -100 * bool(page["noindex"] or is_copy or page["status"] != 200)
        differs = row.language and row.target_language and row.language != row.target_language
        assert row.language_term == (-5 if differs else 0)
        assert row.domain_authority == oracle.domains[Oracle.domain_of(row.source_url)]["domain_authority"]


def test_points_are_options(questions):
    nothing = dict.fromkeys((f"{term}_points" for term in TERMS if term != "indexability"), 0.0)
    only_followed = replace(ScoreOptions(), **{**nothing, "followed_points": 40.0, "unindexable_points": 0.0})
    rows = list(score(questions, aim(questions), options=only_followed))
    assert {row.score for row in rows} == {0, 40}
    assert all(row.score == 40 * row.followed for row in rows)


@pytest.mark.parametrize(
    "wrong", [{"authority_points": -1}, {"placement_factors": {"roof": 1}}, {"anchor_factors": {"exact": 2}}]
)
def test_wrong_points_are_refused(wrong):
    with pytest.raises(OptionError):
        ScoreOptions(**wrong)


def test_the_command_takes_keywords_brand_and_configuration(run, path, tmp_path):
    keywords = tmp_path / "keywords.txt"
    keywords.write_text("# mine\nbest shoes\n\n", encoding="utf-8")
    config = tmp_path / "c.toml"
    config.write_text("[score]\nfollowed_points = 3.0\n", encoding="utf-8")
    ran = run("score", ME, "--db", path, "--keywords", keywords, "--brand", "Mine", "--config", config, "--jsonl",
              "--where", "followed and anchor_class = exact")  # fmt: skip
    assert ran.code == 0
    assert '"followed_term": 3.0' in ran.out
    assert '"anchor_class": "exact"' in ran.out
    assert run("score", ME, "--db", path, "--keywords", tmp_path / "none.txt").code == 2
    ran = run("score", ME, "--db", path, "--sql")
    assert "-- :authority_points = 30.0" in ran.out


def test_rows_can_be_chosen_by_any_term(questions):
    for name in score(questions, aim(questions)).columns:
        assert list(score(questions, aim(questions), Choice(where=f"{name} is not empty", sort=(name,), limit=3)))

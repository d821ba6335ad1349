"""Every report, every column: against what plain Python makes of the tables, on webs drawn from a number."""

import pytest

from graph import rank_store
from storage import open_questions
from tests.report_checks import CHECKS
from tests.report_facts import Facts
from tests.report_world import ME, world

DOMAINS = (ME, "rival.test", "d1.test", "only-linked.test")


def named(check):
    return check.__name__.removeprefix("check_")


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    """Two nights, so links were won and lost; and trust from one domain."""
    path = world(tmp_path_factory.mktemp("checks") / "ranked.db", seed=7, nights=2, is_ranked=False)
    rank_store(path, trusted_domains=["rival.test"])
    return path, Facts(path)


@pytest.fixture(scope="module")
def unranked(tmp_path_factory):
    path = world(tmp_path_factory.mktemp("checks") / "unranked.db", seed=8, is_ranked=False)
    return path, Facts(path)


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_report_says_what_the_tables_say(ranked, check):
    path, facts = ranked
    with open_questions(path) as questions:
        for domain in DOMAINS:
            check(questions, facts, domain, word="shoes")


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_report_of_a_store_that_was_never_ranked_leaves_scores_empty(unranked, check):
    path, facts = unranked
    assert facts.domain_scores == {}
    with open_questions(path) as questions:
        for domain in DOMAINS:
            check(questions, facts, domain, word="shoes")


def test_the_drawn_web_has_all_that_reports_tell_apart(ranked):
    _, facts = ranked
    own = facts.backlinks(ME)
    assert any(one.first_seen >= facts.last_run_began for one in own)
    assert any(one.first_seen < facts.last_run_began for one in own)
    assert {reason for one, _, reason in facts.lost if one.target_domain == ME} >= {"removed"}
    assert any(one.target_domain != ME for one in own)
    assert any(score["trust"] < score["pagerank"] for score in facts.domain_scores.values())
    assert {one.kind for one in own} >= {"text", "image"}

"""The sentences on top of the report: each says what its numbers say, in whole sentences."""

from dataclasses import replace

import pytest

from backlinks.reports.html import Wanted, gather
from backlinks.reports.html.findings import Flagged, Listed
from backlinks.reports.html.highlights import key_figures, points
from storage import AnchorClassRow, OverviewRow, Target, TargetScope, find_target, open_questions
from tests.report_world import ME, world


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    with open_questions(world(tmp_path_factory.mktemp("highlights") / "world.db")) as questions:
        return gather(questions, find_target(questions, Target(scope=TargetScope.DOMAIN, domain=ME)), Wanted())


def said(findings, label):
    return [(point.text, point.tone) for point in points(findings) if point.label == label]


def ranked(rank, percentile):
    rows = (("authority_rank", rank), ("authority_percentile", percentile))
    return tuple(OverviewRow("authority", name, value, None, 0) for name, value in rows)


@pytest.mark.parametrize(
    ("overview", "texts"),
    [
        (ranked(1, 100.0), [f"{ME} is the strongest of the 13 domains that this crawl knows."]),
        (ranked(5, 61.7), [f"{ME} scores higher than 62 % of the others among the 13 domains that this crawl knows."]),
        ((), []),
    ],
)
def test_standing_is_by_rank_and_percentile(findings, overview, texts):
    assert [text for text, _ in said(replace(findings, overview=overview), "Standing")] == texts


@pytest.mark.parametrize(("links", "followed", "how"), [(1, 0, "1 link, none followed"), (9, 2, "9 links, 2 followed")])
def test_the_strongest_linker_is_the_first_of_its_table(findings, links, followed, how):
    best = findings.domains.rows[0]._replace(links=links, followed_links=followed)
    one = replace(findings, domains=Listed((best,), 1))
    expected = f"{best.domain} is the strongest domain that links here: authority {best.domain_authority:.1f}, {how}."
    assert said(one, "Strongest") == [(expected, "")]


def test_without_links_that_is_what_is_said(findings):
    assert said(replace(findings, domains=Listed((), 0)), "No links") == [
        ("No crawled page of another domain links here.", "")
    ]


@pytest.mark.parametrize(
    ("finding", "tone", "ending"),
    [
        ("fine: not above 10 %", "good", "not above 10 %."),
        ("note: above 10 %", "warn", "note: above 10 %."),
        ("warning: above 20 %", "warn", "warning: above 20 %."),
        ("alert: above 30 %", "bad", "alert: above 30 %."),
        ("too few linking domains to say (below 20)", "", "too few linking domains to say (below 20)."),
    ],
)
def test_the_risk_of_words_names_its_threshold(findings, finding, tone, ending):
    exact = AnchorClassRow("exact", 3, 12.5, 2, 3, 4, 4, finding)
    ((text, said_tone),) = said(replace(findings, anchor_classes=(exact,)), "Words")
    assert (text.startswith("12.5 % of linking domains"), said_tone) == (True, tone)
    assert text.endswith(ending)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (
            1,
            "1 page that others link to is gone. The best linked has 4 linking domains. A redirect keeps what its",
        ),
        (3, "3 pages that others link to are gone. The best linked has 4 linking domains. A redirect keeps what their"),
    ],
)
def test_pages_to_mend_are_counted(findings, count, text):
    gone = findings.pages.rows[0]._replace(referring_domains=4, outcome="http_error", status=404)
    ((mend, tone),) = said(replace(findings, broken=Listed((gone,) * count, count)), "To mend")
    assert mend.startswith(text)
    assert tone == "bad"


def test_what_came_and_went_is_counted(findings):
    link, since = findings.links.rows[0], replace(findings.wanted, since="2026-11-01")
    changed = replace(findings, new=Listed((link,), 1), lost=Listed((), 2), wanted=since)
    assert said(changed, "Won") == [("1 new link since 2026-11-01 (UTC).", "good")]
    assert said(changed, "Lost") == [("2 links seen before, and gone now.", "warn")]
    assert {figure.name: (figure.value, figure.under) for figure in key_figures(changed)}["Lost links"] == (
        "2",
        "1 new",
    )


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 domain links to a competitor"), (2, "2 domains link to a competitor")]
)
def test_what_could_be_won_is_counted(findings, count, text):
    ((win, _),) = said(replace(findings, intersect=Listed((), count)), "To win")
    assert win.startswith(text)


def test_flags_are_named_and_are_no_verdicts(findings):
    flagged = replace(findings, flagged=Flagged(2, ("reciprocal", "shared network")))
    ((text, _),) = said(flagged, "To look at")
    assert text.startswith(
        "2 linking domains with something unusual: reciprocal, shared network. A flag is a reason to"
    )
    assert said(replace(findings, flagged=Flagged(0, ())), "To look at") == []


def test_a_domain_without_a_score_says_so(findings):
    assert key_figures(replace(findings, overview=()))[0].under == "no score yet: rank again"

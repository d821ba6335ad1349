from backlinks.ranking_tables import (
    CHANGE_COLUMNS,
    PART_COLUMNS,
    TOP_COLUMNS,
    change_rows,
    explanation_sentences,
    part_rows,
    ranking_object,
    ranking_sentences,
    top_rows,
)
from graph import Change, Contribution, Explanation, RankedDomain, RankingSummary

SUMMARY = RankingSummary(
    ranking_id=1,
    domain_count=2_000,
    domain_edge_count=1,
    page_count=30_000,
    page_edge_count=90_000,
    sweeps=44,
    is_converged=False,
    top=(RankedDomain(domain="a.test", rank=1, authority=100.0, pagerank=0.1, referring_domains=9),),
    unknown_trusted=("x.test", "y.test"),
)


def explained(count, **changed):
    parts = tuple(
        Contribution(domain=f"d{number}.test", share=0.01, fraction=0.05, pagerank=0.02, authority=50.04, splits_over=3)
        for number in range(count)
    )
    given = {
        "domain": "a.test", "pagerank": 0.2, "authority": 61.26, "rank": 7, "percentile": 99.0, "domain_count": 1_500,
        "damping": 0.85, "teleport": 0.05, "from_dangling": 0.05, "from_evaporated": 0.0, "contributions": parts,
        "stored_pagerank": 0.2,
    }  # fmt: skip
    return Explanation(**(given | changed))


def test_the_top_has_a_cell_for_each_column():
    assert top_rows(SUMMARY) == [(1, "a.test", "100.0", 0.1, 9)]
    assert len(TOP_COLUMNS) == 5


def test_a_ranking_says_what_it_is_of_and_what_went_wrong():
    assert list(ranking_sentences(SUMMARY)) == [
        "Ranked 2,000 domains by 1 link between them, and 30,000 pages.",
        "The scores had not settled after 44 sweeps; raise max_sweeps under [graph].",
        "Trusted, but not in this crawl: x.test, y.test.",
        "Authority is relative to this crawl of 2,000 domains; it is no vendor's score.",
    ]


def test_the_object_has_the_names_of_the_view():
    (top,) = ranking_object(SUMMARY)["top"]
    assert {"domain", "domain_authority", "pagerank", "referring_domains"} <= set(top)


def test_parts_that_are_cut_stand_as_one_row_with_their_sum():
    rows = part_rows(explained(10), limit=4)
    assert [row[0] for row in rows[4:]] == [
        "(6 more)",
        "(every domain's own start)",
        "(spread by domains without links)",
    ]
    assert rows[4][1] == "30.0%"
    assert all(len(row) == len(PART_COLUMNS) for row in rows)


def test_evaporated_authority_is_shown_where_there_is_some():
    assert part_rows(explained(0, from_evaporated=0.1), limit=9)[-1][:2] == ("(spread by nofollow links)", "50.0%")


def test_a_stored_score_that_differs_is_told():
    assert list(explanation_sentences(explained(0))) == [
        "a.test: authority 61.3, rank 7 of 1,500 domains, pagerank 0.2"
    ]
    (_, told) = explanation_sentences(explained(0, stored_pagerank=0.3))
    assert told == "The stored ranking says 0.3: links changed since, or the options did."


def test_changes_have_a_cell_for_each_column():
    change = Change(domain="b.test", pagerank=(0.1, 0.2), authority=(1.0, 2.0), rank=(5, 4))
    (row,) = change_rows(explained(0, changes=(change,)))
    assert row == ("b.test", "1.0", "2.0", 5, 4, 0.1, 0.2)
    assert len(row) == len(CHANGE_COLUMNS)

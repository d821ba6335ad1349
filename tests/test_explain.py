import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import GraphError, GraphOptions, UnknownNode, WhatIf, explain_domain, rank_store
from storage import Placement
from tests.link_store import NOFOLLOW, LinkStore
from tests.test_ranking import SIX


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db").add(SIX)


def parts_of(explanation):
    shares = [contribution.share for contribution in explanation.contributions]
    return [explanation.teleport, explanation.from_dangling, explanation.from_evaporated, *shares]


def test_the_parts_add_up_to_the_score_that_is_stored(store):
    rank_store(store.path)
    for domain, stored in store.scores().items():
        explanation = explain_domain(store.path, domain)
        assert math.fsum(parts_of(explanation)) == explanation.pagerank
        assert explanation.pagerank == pytest.approx(stored, abs=1e-9)
        assert explanation.stored_pagerank == stored
        assert explanation.authority == pytest.approx(store.scores("authority")[domain], abs=1e-5)
        assert explanation.rank == store.scores("rank")[domain]
        assert explanation.percentile == store.scores("percentile")[domain]


def test_each_referring_domain_passes_its_damped_score_over_what_it_splits(store):
    rank_store(store.path)
    explanation = explain_domain(store.path, "c.test")
    splits = {row.domain: row.splits_over for row in explanation.contributions}
    assert splits == {"a.test": 2, "b.test": 1, "d.test": 1, "e.test": 2}
    for row in explanation.contributions:
        assert row.share == pytest.approx(0.85 * row.pagerank / row.splits_over, abs=1e-15)
        assert row.fraction == row.share / explanation.pagerank
        assert row.authority == pytest.approx(store.scores("authority")[row.domain], abs=1e-5)
    shares = [row.share for row in explanation.contributions]
    assert shares == sorted(shares, reverse=True)
    assert explanation.teleport == pytest.approx(0.15 / 6)
    assert explanation.from_dangling == pytest.approx(0.85 * store.scores()["f.test"] / 6)
    assert explanation.from_evaporated == 0


def test_a_domain_nobody_refers_to_lives_on_the_teleport_and_the_dangling(store):
    explanation = explain_domain(store.path, "d.test")
    assert explanation.contributions == ()
    assert explanation.rank == 5
    assert explanation.authority == 0
    assert explanation.stored_pagerank is None


POLICIES = [
    GraphOptions(nofollow="keep"),
    GraphOptions(nofollow="evaporate"),
    GraphOptions(damping=0.5, exclude_domains=("b.test",)),
    GraphOptions(placement_weights={"footer": 0.25}),
    GraphOptions(placement_weights={"footer": 0.25, "content": 0.5}, nofollow="evaporate"),
]


@pytest.mark.parametrize("options", POLICIES)
def test_it_explains_with_the_options_the_ranking_was_made_with(store, options):
    store.add({"a.test/foot": [("f.test/", 0, Placement.FOOTER), ("e.test/", NOFOLLOW)]})
    rank_store(store.path, options)
    for domain, stored in store.scores().items():
        explanation = explain_domain(store.path, domain)
        assert explanation.damping == options.damping
        assert math.fsum(parts_of(explanation)) == pytest.approx(stored, abs=1e-9)
        given_options = explain_domain(store.path, domain, options=options)
        assert given_options == explanation


def test_what_evaporates_is_shared_by_all(store):
    options = GraphOptions(nofollow="evaporate")
    explanation = explain_domain(store.path, "c.test", options=options)
    d = next(row for row in explanation.contributions if row.domain == "d.test")
    assert d.splits_over == 2
    assert explanation.from_evaporated == pytest.approx(d.share / 6)


def test_a_crawl_that_went_on_is_seen_from_the_stored_score(store):
    rank_store(store.path)
    store.add({"g.test/": ["c.test/"]})
    explanation = explain_domain(store.path, "c.test")
    assert abs(explanation.pagerank - explanation.stored_pagerank) > 1e-3
    assert explain_domain(store.path, "g.test").stored_pagerank is None


def ranked_after(tmp_path, pages, **options):
    other = LinkStore(tmp_path / "other.db").add(pages)
    rank_store(other.path, GraphOptions(**options))
    return other.scores()


def test_without_a_domain_is_a_graph_where_it_links_to_nobody(store, tmp_path):
    explanation = explain_domain(store.path, "c.test", what_if=WhatIf(without=("e.test",)))
    expected = ranked_after(tmp_path, SIX | {"e.test/": [("c.test/", NOFOLLOW), ("f.test/", NOFOLLOW)]})
    assert {change.domain: change.pagerank[1] for change in explanation.changes} == pytest.approx(expected, abs=1e-9)
    assert explanation.changes[0].domain == "c.test"
    assert explanation.changes[0].pagerank[0] == pytest.approx(explanation.pagerank, abs=1e-12)
    assert explanation.changes[0].rank == (1, 1)


def test_without_a_link_only_that_one_is_gone(store, tmp_path):
    explanation = explain_domain(store.path, "c.test", what_if=WhatIf(without_links=(("e.test", "c.test"),)))
    expected = ranked_after(tmp_path, SIX | {"e.test/": ["f.test/"]})
    assert {change.domain: change.pagerank[1] for change in explanation.changes} == pytest.approx(expected, abs=1e-9)


def test_with_a_link_it_is_as_if_it_had_been_there(store, tmp_path):
    links = (("a.test", "f.test"), ("B.test ", "f.test"))
    explanation = explain_domain(store.path, "f.test", what_if=WhatIf(with_links=links))
    pages = SIX | {"a.test/": ["b.test/", "c.test/", "f.test/"], "b.test/": ["c.test/", "f.test/"]}
    expected = ranked_after(tmp_path, pages)
    assert {change.domain: change.pagerank[1] for change in explanation.changes} == pytest.approx(expected, abs=1e-9)
    assert explanation.changes[0].authority[1] > explanation.changes[0].authority[0]


def test_a_nofollow_link_that_would_be_followed_counts_as_one(store, tmp_path):
    explanation = explain_domain(store.path, "e.test", what_if=WhatIf(with_links=(("d.test", "e.test"),)))
    expected = ranked_after(tmp_path, SIX | {"d.test/": ["c.test/", "e.test/"]})
    assert {change.domain: change.pagerank[1] for change in explanation.changes} == pytest.approx(expected, abs=1e-9)


def test_a_link_that_is_there_already_changes_nothing(store):
    assert explain_domain(store.path, "c.test", what_if=WhatIf(with_links=(("b.test", "c.test"),))).changes[1:] == ()
    assert explain_domain(store.path, "c.test", what_if=WhatIf()).changes[0].rank == (1, 1)


def test_nothing_is_written(store):
    rank_store(store.path)
    before = store.rows("SELECT * FROM domain_score")
    explain_domain(store.path, "c.test", what_if=WhatIf(without=("a.test",)))
    assert store.rows("SELECT * FROM domain_score") == before


BAD = [
    (WhatIf(), "nowhere.test", UnknownNode, "nowhere.test: this crawl knows no such domain"),
    (WhatIf(without=("nowhere.test",)), "c.test", UnknownNode, "nowhere.test"),
    (WhatIf(with_links=(("a.test", "nowhere.test"),)), "c.test", UnknownNode, "nowhere.test"),
    (WhatIf(with_links=(("a.test", "a.test"),)), "c.test", GraphError, "itself"),
    (WhatIf(without_links=(("c.test", "f.test"),)), "c.test", GraphError, "c.test has no link to f.test"),
]


@pytest.mark.parametrize(("what_if", "domain", "error", "said"), BAD)
def test_names_and_links_that_are_not_there_are_a_sentence(store, what_if, domain, error, said):
    with pytest.raises(error, match=said):
        explain_domain(store.path, domain, what_if=what_if)


def test_a_domain_left_out_of_the_ranking_cannot_be_explained(store):
    rank_store(store.path, GraphOptions(exclude_domains=("c.test",)))
    with pytest.raises(UnknownNode, match="or leaves it out"):
        explain_domain(store.path, "c.test")


domains = st.sampled_from([f"{name}.test" for name in "abcdefg"])


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(domains, st.lists(st.tuples(domains, st.sampled_from([0, NOFOLLOW])), max_size=5), min_size=1),
    st.sampled_from(["drop", "keep", "evaporate"]),
    st.sampled_from([0.0, 0.5, 0.85]),
)
def test_on_any_graph_the_parts_of_all_domains_add_up_to_one(tmp_path_factory, pages, policy, damping):
    store = LinkStore(tmp_path_factory.mktemp("any") / "links.db")
    store.add({f"{source}/": [(f"{target}/", flag) for target, flag in links] for source, links in pages.items()})
    options = GraphOptions(nofollow=policy, damping=damping, page_scores=False)
    rank_store(store.path, options)
    explained = [explain_domain(store.path, domain) for domain in store.scores()]
    assert math.fsum(part for explanation in explained for part in parts_of(explanation)) == pytest.approx(1.0)
    assert all(abs(one.pagerank - one.stored_pagerank) < 1e-9 for one in explained)
    assert replace(explained[0], stored_pagerank=None).domain_count == len(explained)

import json
import math
import sqlite3
from contextlib import closing

import networkx as nx
import pytest

from graph import GraphOptions, UnknownTrust, rank_store
from storage import Placement, StoreTooNew, StoreUnreadable, crawl_lock, read_current_ranking
from tests.link_store import NOFOLLOW, LinkStore

PLAIN = GraphOptions(page_scores=False)


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db")


SIX = {
    "a.test/": ["b.test/", "c.test/"],
    "b.test/": ["c.test/"],
    "c.test/": ["a.test/"],
    "d.test/": ["c.test/", ("e.test/", NOFOLLOW)],
    "e.test/": ["c.test/", "c.test/x", "f.test/"],
}


def by_networkx(edges, nodes, **more):
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return nx.pagerank(graph, tol=1e-13, max_iter=1_000, **more)


def test_domain_scores_agree_with_networkx_on_the_followed_folded_graph(store):
    store.add(SIX)
    summary = rank_store(store.path, PLAIN)
    edges = ["ab", "ac", "bc", "ca", "dc", "ec", "ef"]
    expected = by_networkx([(f"{s}.test", f"{t}.test") for s, t in edges], [f"{name}.test" for name in "abcdef"])
    assert store.scores() == pytest.approx(expected, abs=1e-9)
    assert summary.domain_count == 6
    assert summary.domain_edge_count == 7
    assert summary.top[0].domain == "c.test"


def test_the_scale_runs_from_the_weakest_to_the_strongest(store):
    store.add(SIX)
    rank_store(store.path, PLAIN)
    pagerank, authority = store.scores(), store.scores("authority")
    low, high = min(pagerank.values()), max(pagerank.values())
    for domain, score in authority.items():
        assert score == pytest.approx(100 * math.log(pagerank[domain] / low) / math.log(high / low), abs=1e-6)
    assert store.scores("rank") == {"c.test": 1, "a.test": 2, "b.test": 3, "f.test": 4, "d.test": 5, "e.test": 5}
    assert store.scores("percentile")["c.test"] == 100
    assert store.scores("percentile")["e.test"] == 0


def test_counts_are_of_all_links_whoever_follows_them(store):
    store.add(SIX, addresses={"a.test": "192.0.2.1", "b.test": "192.0.2.9", "e.test": "2001:db8::1", "d.test": "no"})
    rank_store(store.path, PLAIN)
    assert store.scores("inbound_links")["c.test"] == 5
    assert store.scores("referring_pages")["c.test"] == 4
    assert store.scores("referring_domains")["c.test"] == 4
    assert store.scores("referring_subnets")["c.test"] == 2  # a and b share a /24
    assert store.scores("referring_domains")["e.test"] == 1
    assert store.scores("followed_referring_domains")["e.test"] == 0


def test_harmonic_centrality_is_that_of_networkx(store):
    store.add(SIX)
    rank_store(store.path, PLAIN)
    graph = nx.DiGraph(["ab", "ac", "bc", "ca", "dc", "ec", "ef"])
    assert store.scores("harmonic") == pytest.approx(
        {f"{name}.test": value for name, value in nx.harmonic_centrality(graph).items()}
    )
    rank_store(store.path, GraphOptions(page_scores=False, harmonic=False))
    assert set(store.scores("harmonic").values()) == {None}


NOFOLLOW_CASES = [
    # a links to b, and to c with nofollow: what b and c get of a's score
    ("drop", 1.0, 0.0),
    ("keep", 0.5, 0.5),
    ("evaporate", 0.5, 0.0),
]


@pytest.mark.parametrize(("policy", "to_b", "to_c"), NOFOLLOW_CASES)
def test_what_nofollow_does_is_a_choice(store, policy, to_b, to_c):
    store.add({"a.test/": ["b.test/", ("c.test/", NOFOLLOW)]})
    rank_store(store.path, GraphOptions(nofollow=policy, page_scores=False))
    y = {"a": 1.0, "b": 1 + 0.85 * to_b, "c": 1 + 0.85 * to_c}
    expected = {f"{name}.test": value / sum(y.values()) for name, value in y.items()}
    assert store.scores() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("policy", "to_b", "to_c"), NOFOLLOW_CASES)
def test_and_does_the_same_to_pages(store, policy, to_b, to_c):
    store.add({"a.test/": ["a.test/b", ("a.test/c", NOFOLLOW), "a.test/"]})
    rank_store(store.path, GraphOptions(nofollow=policy))
    y = {"": 1.0, "b": 1 + 0.85 * to_b, "c": 1 + 0.85 * to_c}
    expected = {f"a.test/{name}": value / sum(y.values()) for name, value in y.items()}
    assert store.page_scores() == pytest.approx(expected, abs=1e-9)


def test_a_second_link_adds_nothing_and_a_followed_one_outweighs_an_unfollowed_one(store):
    store.add({"a.test/": ["b.test/", ("b.test/", NOFOLLOW), "b.test/2"], "a.test/more": ["b.test/", "c.test/"]})
    rank_store(store.path, PLAIN)
    assert store.scores()["b.test"] == pytest.approx(store.scores()["c.test"])


def test_links_inside_a_domain_count_for_its_pages_and_not_for_it(store):
    store.add({"a.test/": ["a.test/b"], "b.test/": ["c.test/"]})
    rank_store(store.path)
    assert store.scores("inbound_links")["a.test"] == 0
    assert store.page_scores("inbound_links")["a.test/b"] == 1
    assert store.page_scores("referring_domains")["a.test/b"] == 0
    assert store.page_scores("referring_domains")["c.test/"] == 1


def test_page_scores_agree_with_networkx(store):
    pages = {
        "a.test/": ["a.test/1", "a.test/2", "b.test/"],
        "a.test/1": ["a.test/", "a.test/2", "a.test/2"],
        "a.test/2": ["a.test/", "c.test/x"],
        "b.test/": ["a.test/"],
    }
    store.add(pages)
    summary = rank_store(store.path)
    edges = {(source, target) for source, targets in pages.items() for target in targets}
    expected = by_networkx(edges, sorted({url for edge in edges for url in edge}))
    assert store.page_scores() == pytest.approx(expected, abs=1e-9)
    assert (summary.page_count, summary.page_edge_count) == (5, 8)
    assert store.page_scores("authority")["a.test/"] == 100


def test_links_through_a_redirect_are_credited_to_where_it_leads(store):
    pages = {"a.test/": ["old.test/x"], "b.test/": ["old.test/x"], "new.test/x": []}
    store.add(pages, redirects={"old.test/x": "hop.test/", "hop.test/": "new.test/x"})
    rank_store(store.path)
    assert store.page_scores("inbound_links") == {"a.test/": 0, "b.test/": 0, "new.test/x": 2}
    assert store.scores("referring_domains") == {
        "a.test": 0, "b.test": 0, "old.test": 0, "hop.test": 0, "new.test": 2,
    }  # fmt: skip
    assert store.scores("rank")["new.test"] == 1
    rank_store(store.path, GraphOptions(fold_redirects=False))
    assert store.scores("referring_domains")["old.test"] == 2
    assert store.page_scores("inbound_links")["old.test/x"] == 2


def test_a_page_cannot_speak_for_the_one_it_names_as_canonical(store):
    """Else anyone could make a big site link to them by declaring its address."""
    store.add(
        {"big.test/": [], "thief.test/": ["shop.test/"], "x.test/": ["big.test/", "thief.test/"]},
        canonicals={"thief.test/": "big.test/"},
    )
    rank_store(store.path)
    pairs = store.page_scores("referring_domains")
    assert pairs["big.test/"] == 1  # both links of x lead there
    assert pairs["shop.test/"] == 1
    inbound = store.scores("inbound_links")
    assert inbound["big.test"] == 2
    graph = by_networkx([("x", "big"), ("thief", "shop")], ["big", "thief", "shop", "x"])
    assert store.scores() == pytest.approx({f"{name}.test": score for name, score in graph.items()}, abs=1e-9)


def test_domain_edges_folded_from_links_equal_those_the_crawl_keeps(store):
    """The short way is taken when nothing crosses domains; a weight that changes nothing forces the long one."""
    store.add(SIX | {"a.test/2": ["c.test/", ("d.test/", NOFOLLOW)]})
    rank_store(store.path, PLAIN)
    columns = ("pagerank", "inbound_links", "referring_pages", "referring_domains", "followed_referring_domains")
    short = [store.scores(column) for column in columns]
    rank_store(store.path, GraphOptions(page_scores=False, placement_weights={"comment": 0.5}))
    assert [store.scores(column) for column in columns] == [pytest.approx(column, abs=1e-12) for column in short]


def test_a_link_is_worth_what_its_place_is(store):
    store.add({"a.test/": ["b.test/", ("c.test/", 0, Placement.FOOTER), ("d.test/", 0, Placement.COMMENT)]})
    rank_store(store.path, GraphOptions(placement_weights={"footer": 0.25, "comment": 0}, page_scores=False))
    y = {"a": 1.0, "b": 1 + 0.85 * 0.8, "c": 1 + 0.85 * 0.2, "d": 1.0}
    assert store.scores() == pytest.approx({f"{name}.test": v / sum(y.values()) for name, v in y.items()}, abs=1e-9)


def test_excluded_domains_are_no_part_of_the_graph(store):
    store.add(SIX)
    rank_store(store.path, GraphOptions(exclude_domains=("c.test", "unknown.test")))
    expected = by_networkx([("a", "b"), ("e", "f")], "abdef")
    assert store.scores() == pytest.approx({f"{name}.test": score for name, score in expected.items()}, abs=1e-9)
    assert "c.test/" not in store.page_scores()
    assert store.scores("referring_domains")["a.test"] == 0


def test_trust_flows_from_the_trusted_domains_only(store):
    store.add(SIX)
    summary = rank_store(store.path, PLAIN, trusted_domains=["A.test", "nowhere.test", ""])
    edges = ["ab", "ac", "bc", "ca", "dc", "ec", "ef"]
    expected = by_networkx(edges, "abcdef", personalization={"a": 1})
    trust = store.scores("trust")
    assert trust == pytest.approx({f"{name}.test": score for name, score in expected.items()}, abs=1e-9)
    assert trust["d.test"] == 0
    pagerank = store.scores()
    assert store.scores("trust_ratio") == pytest.approx({name: trust[name] / pagerank[name] for name in trust})
    assert summary.unknown_trusted == ("nowhere.test",)
    assert read_current_ranking(store.path).parameters["trusted_domains"] == ["a.test"]


def test_trust_from_domains_nobody_saw_is_refused_and_the_old_scores_stay(store):
    store.add(SIX)
    first = rank_store(store.path, PLAIN)
    with pytest.raises(UnknownTrust, match="None of the 1 trusted domains is in this crawl"):
        rank_store(store.path, PLAIN, trusted_domains=["nowhere.test"])
    assert read_current_ranking(store.path).ranking_id == first.ranking_id


def test_parameters_and_convergence_are_stored_with_the_scores(store):
    store.add(SIX)
    rank_store(store.path, GraphOptions(damping=0.5, exclude_domains=("f.test",)), clock=lambda: 1234.5)
    record = read_current_ranking(store.path)
    assert record.made_at == 1234.5
    assert record.domain_count == 5
    assert record.page_count == 6
    assert record.parameters["options"]["damping"] == 0.5
    assert record.parameters["options"]["exclude_domains"] == ["f.test"]
    assert record.parameters["domains"]["is_converged"]
    assert record.parameters["domains"]["l1_change"] < 1e-9
    assert record.parameters["pages"]["nodes"] == 6
    assert GraphOptions(**record.parameters["options"] | {"exclude_domains": ("f.test",)}).damping == 0.5


def test_a_new_ranking_replaces_the_old_one_whole(store):
    store.add(SIX)
    first = rank_store(store.path)
    store.add({"g.test/": ["b.test/"]})
    second = rank_store(store.path)
    assert second.ranking_id > first.ranking_id
    assert store.rows("SELECT DISTINCT ranking_id FROM domain_score") == [(second.ranking_id,)]
    assert store.rows("SELECT DISTINCT ranking_id FROM page_score") == [(second.ranking_id,)]
    assert store.rows("SELECT id, is_current FROM ranking") == [(second.ranking_id, 1)]


EMPTY_CASES = {
    "nothing at all": ({}, 0, 0),
    "one page without links": ({"a.test/": []}, 1, 1),
    "only links to itself": ({"a.test/": ["a.test/", "a.test/"]}, 1, 1),
    "only nofollow": ({"a.test/": [("b.test/", NOFOLLOW)]}, 2, 2),
}


@pytest.mark.parametrize("case", EMPTY_CASES)
def test_a_graph_without_edges_has_no_stronger_and_no_weaker(store, case):
    pages, domain_count, page_count = EMPTY_CASES[case]
    store.add(pages)
    summary = rank_store(store.path)
    assert (summary.domain_count, summary.page_count) == (domain_count, page_count)
    assert summary.is_converged
    assert set(store.scores("authority").values()) <= {0.0}
    assert set(store.scores("rank").values()) <= {1}
    assert sum(store.scores().values()) == pytest.approx(1.0 if domain_count else 0.0)


def test_only_dangling_domains_and_disconnected_parts_have_scores(store):
    store.add({"a.test/": ["b.test/"], "b.test/": ["a.test/"], "c.test/": ["d.test/"], "d.test/": ["c.test/"]})
    rank_store(store.path, PLAIN)
    assert store.scores() == pytest.approx(dict.fromkeys(("a.test", "b.test", "c.test", "d.test"), 0.25))


def test_ranking_beside_a_running_crawl_waits_for_nobody_and_sees_one_moment(store):
    store.add(SIX)
    with crawl_lock(store.path), closing(sqlite3.connect(store.path, isolation_level=None)) as crawl:
        crawl.execute("BEGIN IMMEDIATE")
        crawl.execute("INSERT INTO domain (name) VALUES ('half.test')")
        crawl.execute("COMMIT")
        rank_store(store.path, PLAIN)
        crawl.execute("BEGIN IMMEDIATE")  # the ranking left no lock behind
        crawl.execute("COMMIT")
    assert store.scores()["half.test"] > 0


def test_missing_foreign_and_newer_files_are_each_one_sentence(tmp_path):
    with pytest.raises(StoreUnreadable, match="there is no such file"):
        rank_store(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("seeds and things " * 100, encoding="utf-8")
    with pytest.raises(StoreUnreadable, match="not an SQLite database"):
        rank_store(tmp_path / "text.db")
    newer = LinkStore(tmp_path / "newer.db")
    newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match="newer version"):
        rank_store(newer.path)


def test_progress_tells_each_stage(store):
    store.add(SIX)
    said = []
    rank_store(store.path, progress=said.append)
    assert [line.split()[0] for line in said] == ["reading", "ranking", "ranking", "writing"]


def test_stored_parameters_are_plain_json(store):
    store.add(SIX)
    rank_store(store.path)
    ((text,),) = store.rows("SELECT parameters FROM ranking")
    assert json.loads(text)["options"]["nofollow"] == "drop"

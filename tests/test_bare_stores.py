"""Stores with hardly anything in them: every answer of the graph room is correct, empty or one sentence."""

import json
import math

import networkx as nx
import pytest

from graph import LEVELS, ExportError, Selection, explain_domain, export_graph, load_arrays, load_graph, rank_store
from storage import StorageError, StoreTooNew
from tests.link_store import NOFOLLOW, LinkStore

BARE = {
    "nothing": ({}, 0, 0),
    "no links": ({"a.test/": [], "b.test/": []}, 2, 0),
    "one domain": ({"a.test/": ["a.test/2"], "a.test/2": ["a.test/"]}, 1, 0),
    "only links to itself": ({"a.test/": ["a.test/", "a.test/"]}, 1, 0),
    "only unfollowed links": ({"a.test/": [("b.test/", NOFOLLOW)]}, 2, 1),
    "only dangling targets": ({"a.test/": ["b.test/", "c.test/", "d.test/"]}, 4, 3),
    "two parts apart": (
        {"a.test/": ["b.test/"], "b.test/": ["a.test/"], "c.test/": ["d.test/"], "d.test/": ["c.test/"]},
        4,
        4,
    ),
}
READERS = {
    ".graphml": nx.read_graphml,
    ".gexf": nx.read_gexf,
    ".json": lambda file: nx.node_link_graph(json.loads(file.read_text(encoding="utf-8")), edges="edges"),
}


@pytest.fixture(params=BARE)
def bare(request, tmp_path):
    """A ranked store, and how many domains and edges between them it has."""
    pages, domain_count, edge_count = BARE[request.param]
    store = LinkStore(tmp_path / "links.db").add(pages)
    rank_store(store.path)
    return store, domain_count, edge_count


@pytest.mark.parametrize("level", LEVELS)
def test_a_bare_store_is_a_graph_of_what_it_holds(bare, level):
    store, domain_count, edge_count = bare
    graph = load_graph(store.path, Selection(level=level))
    assert load_arrays(store.path, Selection(level=level)).names == list(graph)
    assert nx.number_of_selfloops(graph) == 0
    if level == "domain":
        assert (len(graph), graph.number_of_edges()) == (domain_count, edge_count)


@pytest.mark.parametrize("suffix", READERS)
def test_every_format_of_a_bare_store_reads_back_as_it(bare, tmp_path, suffix):
    store, domain_count, edge_count = bare
    exported = export_graph(store.path, tmp_path / f"out{suffix}")
    graph = READERS[suffix](exported.files[0])
    assert (len(graph), graph.number_of_edges()) == (exported.nodes, exported.edges) == (domain_count, edge_count)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".graphml.gz"])
def test_tables_of_a_bare_store_are_written(bare, tmp_path, suffix):
    store, domain_count, edge_count = bare
    exported = export_graph(store.path, tmp_path / f"out{suffix}")
    assert (exported.nodes, exported.edges) == (domain_count, edge_count)
    assert all(file.stat().st_size for file in exported.files)


def test_every_domain_of_a_bare_store_is_explained_by_parts_that_add_up(bare):
    store, domain_count, _ = bare
    names = list(load_graph(store.path))
    assert len(names) == domain_count
    for name in names:
        why = explain_domain(store.path, name)
        parts = [why.teleport, why.from_dangling, why.from_evaporated, *(one.share for one in why.contributions)]
        assert math.fsum(parts) == pytest.approx(why.pagerank, abs=1e-9)


def test_a_store_of_a_newer_version_is_one_sentence_whatever_is_asked(tmp_path):
    store = LinkStore(tmp_path / "links.db").add({"a.test/": ["b.test/"]})
    store.execute("PRAGMA user_version = 99")
    asked = (
        rank_store,
        load_graph,
        load_arrays,
        lambda path: explain_domain(path, "a.test"),
        lambda path: export_graph(path, tmp_path / "out.json"),
    )
    for ask in asked:
        with pytest.raises(StoreTooNew, match="written by a newer version of backlinks"):
            ask(store.path)
    assert not (tmp_path / "out.json").exists()


def test_a_store_that_takes_no_scores_keeps_its_old_ones_and_can_still_be_exported(tmp_path):
    store = LinkStore(tmp_path / "links.db").add({"a.test/": ["b.test/"]})
    rank_store(store.path)
    before = store.scores()
    store.add({"c.test/": ["a.test/"]})
    store.execute("CREATE TRIGGER full BEFORE INSERT ON domain_score BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(StorageError, match="no room"):
        rank_store(store.path)
    assert store.scores() == before
    assert export_graph(store.path, tmp_path / "out.json").nodes == 3
    with pytest.raises(ExportError, match=r"cannot be written"):
        export_graph(store.path, tmp_path / "none" / "out.json")

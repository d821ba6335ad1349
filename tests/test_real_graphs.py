"""Real graphs go the whole way, from a store through ranking to networkx, and must come out as their publishers say."""

import gzip
import json
import sqlite3
from collections import Counter
from contextlib import closing

import networkx as nx
import numpy as np
import pytest

from graph import GraphOptions, Selection, load_graph, rank_store
from tests.conformance import conformance_path
from tests.link_store import LinkStore
from tests.test_pagerank import GRAPHS

EDGE = "INSERT INTO domain_edge VALUES (?, ?, 1, 1, 1, 1, 1700000000, 1700000000)"


def read_edges(folder, name):
    with gzip.open(conformance_path("graphs", folder, f"{name}.edges.tsv.gz"), "rt", encoding="utf-8") as lines:
        return np.unique(np.loadtxt(lines, dtype=np.int64), axis=0)


@pytest.fixture(scope="module", params=GRAPHS, ids=[name for _, name in GRAPHS])
def real(request, tmp_path_factory):
    """The published statistics and edges of a graph, and its ranked store; node n is the domain n<n>.test."""
    folder, name = request.param
    edges = read_edges(folder, name)
    stats = json.loads(conformance_path("graphs", "reference_stats.json").read_text(encoding="utf-8"))[name]
    path = tmp_path_factory.mktemp("real") / "links.db"
    LinkStore(path)
    with closing(sqlite3.connect(path)) as store, store:
        names = [(node + 1, f"n{node}.test") for node in range(stats["nodes"])]
        store.executemany("INSERT INTO domain (id, name) VALUES (?, ?)", names)
        store.executemany(EDGE, (edges + 1).tolist())
    rank_store(path, GraphOptions(page_scores=False, harmonic=False))
    return stats, edges, load_graph(path, Selection(followed_only=True))


def statistics_of(graph):
    weak, strong = list(nx.weakly_connected_components(graph)), list(nx.strongly_connected_components(graph))
    arriving, leaving = (Counter(dict(degree)) for degree in (graph.in_degree, graph.out_degree))
    return {
        "nodes": len(graph),
        "unique_edges": graph.number_of_edges(),
        "dangling": sum(not degree for degree in leaving.values()),
        "no_inlinks": sum(not degree for degree in arriving.values()),
        "max_in": max(arriving.values()),
        "max_out": max(leaving.values()),
        "weak_components": len(weak),
        "largest_weak": max(map(len, weak)),
        "strong_components": len(strong),
        "largest_strong": max(map(len, strong)),
    }


def test_a_real_graph_comes_out_of_its_store_with_its_published_statistics(real):
    stats, edges, stored = real
    graph = nx.DiGraph(stored)
    assert nx.number_of_selfloops(graph) == 0
    loops = [f"n{source}.test" for source, target in edges.tolist() if source == target]
    assert len(loops) == stats["self_loops"]
    graph.add_edges_from(zip(loops, loops, strict=True))  # our domains have none, the published graph keeps them
    found = statistics_of(graph)
    assert found == {name: stats[name] for name in found}


def test_its_stored_scores_are_those_of_networkx(real):
    _, _, graph = real
    theirs = nx.pagerank(graph, weight=None, tol=1e-11 / len(graph), max_iter=1_000)
    stored = dict(graph.nodes(data="pagerank"))
    assert sum(abs(theirs[name] - score) for name, score in stored.items()) < 1e-9


def test_its_best_nodes_are_the_published_ones(real):
    stats, _, graph = real
    ranks = dict(graph.nodes(data="rank"))
    published = [f"n{node}.test" for node, *_ in stats["top5"]]
    assert sorted(ranks, key=ranks.get)[:5] == published

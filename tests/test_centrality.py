import gzip

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from graph.centrality import compute_harmonic
from tests.conformance import conformance_path
from tests.test_pagerank import GRAPHS, inlinks_of, small_graphs


@given(small_graphs())
def test_harmonic_centrality_is_that_of_networkx(graph):
    node_count, edges = graph
    theirs = nx.DiGraph()
    theirs.add_nodes_from(range(node_count))
    theirs.add_edges_from(edges)
    expected = list(nx.harmonic_centrality(theirs).values())
    assert compute_harmonic(inlinks_of(node_count, edges)) == pytest.approx(expected)


def test_more_nodes_than_one_round_of_bits_holds_add_up():
    count = 2_500
    path = inlinks_of(count, [(node, node + 1) for node in range(12)] + [(node, 0) for node in range(100, count)])
    harmonic = compute_harmonic(path)
    assert harmonic[0] == count - 100
    assert harmonic[1] == pytest.approx(1 + (count - 100) / 2)


def test_no_nodes_and_no_edges_have_no_closeness():
    assert compute_harmonic(inlinks_of(0, [])).tolist() == []
    assert compute_harmonic(inlinks_of(3, [])).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("folder", "name"), GRAPHS)
def test_real_graphs_agree_with_the_published_centralities(folder, name):
    with gzip.open(conformance_path("graphs", folder, f"{name}.edges.tsv.gz"), "rt", encoding="utf-8") as lines:
        edges = np.loadtxt(lines, dtype=np.int32)
    with gzip.open(conformance_path("graphs", folder, f"{name}.reference.tsv.gz"), "rt", encoding="utf-8") as lines:
        reference = np.array([float(line.split("\t")[5]) for line in list(lines)[1:]])
    count = len(reference)
    assert compute_harmonic(inlinks_of(count, edges)) / (count - 1) == pytest.approx(reference, abs=1e-10)

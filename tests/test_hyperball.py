import gzip

import numpy as np
import pytest

from graph import centrality
from graph.centrality import compute_harmonic, is_exact
from graph.hyperball import REGISTERS, SAMPLE, estimate_harmonic, exact_harmonic
from tests.conformance import conformance_path
from tests.test_pagerank import GRAPHS, inlinks_of


def random_graph(node_count, edge_count, seed):
    dice = np.random.default_rng(seed)
    edges = np.column_stack(
        (dice.integers(0, node_count, edge_count), (node_count * dice.random(edge_count) ** 3).astype(np.int64))
    )
    return inlinks_of(node_count, np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0))


@pytest.mark.parametrize("seed", range(4))
def test_the_sampled_nodes_are_counted_exactly(seed):
    inlinks = random_graph(700, 1_500, seed)
    nodes = np.arange(0, 700, 11)[:SAMPLE]
    assert exact_harmonic(inlinks.starts, inlinks.sources, nodes) == pytest.approx(compute_harmonic(inlinks)[nodes])


@pytest.mark.parametrize("seed", range(4))
def test_the_estimate_is_near_the_sum(seed):
    inlinks = random_graph(3_000, 9_000, seed)
    exact = compute_harmonic(inlinks)
    estimate = estimate_harmonic(inlinks.starts, inlinks.sources)
    linked = exact > 0
    error = estimate[linked] / exact[linked] - 1
    assert np.sqrt((error**2).mean()) < 1.5 / np.sqrt(REGISTERS)
    assert abs(error.mean()) < 0.05
    assert (estimate[~linked] == 0).all()


@pytest.mark.parametrize(("folder", "name"), GRAPHS)
def test_on_real_graphs_it_is_within_a_few_percent(folder, name):
    with gzip.open(conformance_path("graphs", folder, f"{name}.edges.tsv.gz"), "rt", encoding="utf-8") as lines:
        edges = np.loadtxt(lines, dtype=np.int32)
    inlinks = inlinks_of(int(edges.max()) + 1, edges[edges[:, 0] != edges[:, 1]])
    exact = compute_harmonic(inlinks)
    estimate = estimate_harmonic(inlinks.starts, inlinks.sources)
    linked = exact > 0
    assert np.sqrt(((estimate[linked] / exact[linked] - 1) ** 2).mean()) < 0.05
    popular = np.argsort(-exact)[:200]
    assert np.abs(estimate[popular] / exact[popular] - 1).mean() < 0.03


def test_a_node_linked_from_one_is_as_close_as_in_the_definition():
    path = inlinks_of(5, [(0, 1), (1, 2), (2, 3)])
    assert estimate_harmonic(path.starts, path.sources) == pytest.approx([0, 1, 1.5, 1 + 1 / 2 + 1 / 3, 0])


def test_without_edges_nobody_is_close():
    empty = inlinks_of(3, [])
    assert estimate_harmonic(empty.starts, empty.sources).tolist() == [0, 0, 0]


def test_the_same_graph_gives_the_same_estimate():
    inlinks = random_graph(2_000, 6_000, 9)
    first, second = (estimate_harmonic(inlinks.starts, inlinks.sources) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_large_graphs_are_estimated_and_small_ones_are_not(monkeypatch):
    inlinks = random_graph(2_000, 6_000, 5)
    assert is_exact(inlinks)
    exact = compute_harmonic(inlinks)
    monkeypatch.setattr(centrality, "EXACT_COST", 1_000_000)
    assert not is_exact(inlinks)
    assert compute_harmonic(inlinks).tobytes() == estimate_harmonic(inlinks.starts, inlinks.sources).tobytes()
    assert compute_harmonic(inlinks).tobytes() != exact.tobytes()

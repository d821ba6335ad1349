import gzip

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.inlinks import COMPILED_FROM_EDGES, build_inlinks
from graph.pagerank import Iteration, compute_pagerank, dangling, step
from tests.conformance import conformance_path

GRAPHS = (("hollins", "hollins"), ("polblogs", "polblogs"), ("snap-small", "wiki-Vote"))


def inlinks_of(node_count, edges, weights=None, strength=None):
    table = np.array(edges, np.int32).reshape(-1, 2)
    return build_inlinks(
        node_count,
        table[:, 0].copy(),
        target=table[:, 1].copy(),
        weights=None if weights is None else np.array(weights, np.float64),
        strength=None if strength is None else np.array(strength, np.float64),
    )


def by_textbook(node_count, edges, damping=0.85, **more):
    """The definition, as a dense linear system without any of our shortcuts."""
    weights, teleport, strength = more.get("weights", np.ones(len(edges))), more.get("teleport"), more.get("strength")
    out = np.zeros(node_count)
    np.add.at(out, [source for source, _ in edges], weights)
    out = out if strength is None else np.array(strength, np.float64)
    jump = np.full(node_count, 1 / node_count) if teleport is None else np.array(teleport, np.float64)
    follow = np.zeros((node_count, node_count))
    for (source, target), weight in zip(edges, weights, strict=True):
        follow[target, source] += weight / out[source]
    follow += np.outer(jump, 1 - follow.sum(axis=0))  # what is not passed along links is spread like the jump
    return np.linalg.solve(np.eye(node_count) - damping * follow, (1 - damping) * jump)


@st.composite
def small_graphs(draw):
    node_count = draw(st.integers(1, 12))
    node = st.integers(0, node_count - 1)
    edges = draw(st.lists(st.tuples(node, node), unique=True, max_size=40))
    return node_count, edges


@pytest.fixture(params=["numpy", "compiled"])
def engine(request, monkeypatch):
    """Both engines are held to the same answers, whatever the size."""
    limit = 10**9 if request.param == "numpy" else 0
    for module in ("inlinks", "pagerank"):
        monkeypatch.setattr(f"graph.{module}.COMPILED_FROM_EDGES", limit)


@pytest.mark.usefixtures("engine")
def test_both_engines_solve_the_definition():
    @settings(deadline=None)  # the first example may wait for the compiler
    @given(small_graphs(), st.sampled_from([0.0, 0.5, 0.85, 0.99]))
    def check(graph, damping):
        ranked = compute_pagerank(inlinks_of(*graph), how=Iteration(damping=damping, max_sweeps=10_000))
        assert ranked.scores == pytest.approx(by_textbook(*graph, damping), abs=1e-9)
        assert ranked.scores.sum() == pytest.approx(1.0, abs=1e-12)
        assert ranked.is_converged

    check()


@pytest.mark.usefixtures("engine")
def test_both_engines_solve_it_with_weights_a_teleport_and_leaks():
    @settings(deadline=None)  # the first example may wait for the compiler
    @given(small_graphs(), st.integers(0, 2**32 - 1))
    def check(graph, seed):
        dice = np.random.default_rng(seed)
        node_count, edges = graph
        weights = dice.uniform(0.1, 1.0, len(edges))
        teleport = dice.random(node_count) ** 4
        teleport /= teleport.sum()
        strength = np.bincount([source for source, _ in edges], weights=weights, minlength=node_count).astype(float)
        strength[strength > 0] += dice.random()  # a share that evaporates
        ranked = compute_pagerank(inlinks_of(node_count, edges, weights, strength), teleport)
        expected = by_textbook(node_count, edges, weights=weights, teleport=teleport, strength=strength)
        assert ranked.scores == pytest.approx(expected, abs=1e-9)

    check()


@pytest.mark.parametrize(("folder", "name"), GRAPHS)
@pytest.mark.usefixtures("engine")
def test_real_graphs_agree_with_prpack_and_networkx(folder, name):
    with gzip.open(conformance_path("graphs", folder, f"{name}.edges.tsv.gz"), "rt", encoding="utf-8") as lines:
        edges = np.loadtxt(lines, dtype=np.int32)
    with gzip.open(conformance_path("graphs", folder, f"{name}.reference.tsv.gz"), "rt", encoding="utf-8") as lines:
        reference = np.array([float(line.split("\t")[4]) for line in list(lines)[1:]])
    count = len(reference)
    ours = compute_pagerank(inlinks_of(count, edges)).scores
    assert np.abs(ours - reference).sum() < 1e-9
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges.tolist())
    theirs = nx.pagerank(graph, tol=1e-10 / count, max_iter=1_000)
    assert np.abs(ours - np.array([theirs[node] for node in range(count)])).sum() < 1e-9


@pytest.mark.usefixtures("engine")
def test_trust_agrees_with_networkx_personalisation():
    dice = np.random.default_rng(7)
    edges = np.unique(dice.integers(0, 300, (900, 2)), axis=0)
    teleport = np.zeros(300)
    teleport[[3, 4, 5]] = 1 / 3
    graph = nx.DiGraph()
    graph.add_nodes_from(range(300))
    graph.add_edges_from(edges.tolist())
    theirs = nx.pagerank(graph, personalization={3: 1, 4: 1, 5: 1}, tol=1e-13, max_iter=1_000)
    ours = compute_pagerank(inlinks_of(300, edges), teleport).scores
    assert ours == pytest.approx([theirs[node] for node in range(300)], abs=1e-10)


@pytest.mark.parametrize(
    ("node_count", "edges", "expected"),
    [
        (0, [], []),
        (1, [], [1.0]),
        (1, [(0, 0)], [1.0]),
        (3, [], [1 / 3] * 3),  # only dangling nodes
        (2, [(0, 1), (1, 0)], [0.5, 0.5]),
        (4, [(0, 1), (1, 0), (2, 3), (3, 2)], [0.25] * 4),  # disconnected parts
        (2, [(0, 1)], [20 / 57, 37 / 57]),  # a links to b, b to nobody: x = 0.075 + 0.425 y, y = x + 0.85 x by hand
    ],
)
@pytest.mark.usefixtures("engine")
def test_the_smallest_graphs_have_the_obvious_scores(node_count, edges, expected):
    assert compute_pagerank(inlinks_of(node_count, edges)).scores == pytest.approx(expected, abs=1e-9)


@pytest.mark.usefixtures("engine")
def test_a_ranking_that_runs_out_of_sweeps_says_so():
    ring = [(node, (node * 7 + 1) % 50) for node in range(50)] + [(0, node) for node in range(2, 40)]
    ranked = compute_pagerank(inlinks_of(50, ring), how=Iteration(max_sweeps=2))
    assert ranked.sweeps == 2
    assert not ranked.is_converged
    assert ranked.change > 1e-9


@pytest.mark.usefixtures("engine")
def test_the_reported_change_is_what_one_more_step_moves():
    edges = [(0, 1), (1, 2), (2, 0), (0, 2), (3, 0)]
    inlinks = inlinks_of(5, edges)
    ranked = compute_pagerank(inlinks, how=Iteration(tolerance=1e-4))
    moved = np.abs(step(inlinks, ranked.scores, np.full(5, 0.2), damping=0.85) - ranked.scores).sum()
    assert moved <= ranked.change < 1e-4


@pytest.mark.usefixtures("engine")
def test_the_same_graph_gives_the_same_bits():
    edges = np.unique(np.random.default_rng(3).integers(0, 500, (3_000, 2)), axis=0)
    first, second = (compute_pagerank(inlinks_of(500, edges)).scores for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_dangling_nodes_are_those_without_out_edges():
    assert dangling(inlinks_of(4, [(0, 1), (1, 2)])).tolist() == [False, False, True, True]


def test_small_graphs_never_wake_the_compiler():
    """The first start of the compiled engine costs seconds; a crawl of some hundred domains must not pay them."""
    assert COMPILED_FROM_EDGES >= 10_000

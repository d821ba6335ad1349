"""networkx looks for backends when it is imported, so it is asked in a Python of its own that has one."""

import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from graph import load_arrays, load_graph
from graph.backend import LinkGraph, can_run, convert_from_nx, convert_to_nx, harmonic_centrality, pagerank
from tests.link_store import LinkStore
from tests.test_ranking import SIX

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that makes our entry point known, as installing the package does."""
    folder = tmp_path_factory.mktemp("site")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entries = project["entry-points"]["networkx.backends"]
    known = folder / "backlinks-0.dist-info"
    known.mkdir()
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (known / "entry_points.txt").write_text("\n".join(["[networkx.backends]", *lines]), encoding="utf-8")
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: backlinks\nVersion: 0\n", encoding="utf-8")
    return folder


def ask(installed, script):
    """Run it and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{installed}:{ROOT}", "PATH": ""},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


GRAPH = """
    import networkx as nx, numpy as np
    from graph.backend import LinkGraph
    source, target = np.array([0, 0, 1, 2, 3, 4, 4], np.int32), np.array([1, 2, 2, 0, 2, 2, 5], np.int32)
    ours = LinkGraph(list("abcdef"), source, target, {"links": np.arange(1.0, 8.0)})
    theirs = nx.DiGraph()
    theirs.add_nodes_from("abcdef")
    for s, t, n in zip(source.tolist(), target.tolist(), range(1, 8)):
        theirs.add_edge("abcdef"[s], "abcdef"[t], links=n)
    def near(one, other):
        print(set(one) == set(other) and all(abs(one[node] - other[node]) < 1e-9 for node in other))
"""

CALLS = [
    ("nx.pagerank(ours)", "nx.pagerank(theirs, tol=1e-13, max_iter=999)"),
    ("nx.pagerank(ours, 0.5)", "nx.pagerank(theirs, 0.5, tol=1e-13, max_iter=999)"),
    ("nx.pagerank(ours, weight='links')", "nx.pagerank(theirs, weight='links', tol=1e-13, max_iter=999)"),
    (
        "nx.pagerank(ours, personalization={'d': 2, 'e': 1})",
        "nx.pagerank(theirs, personalization={'d': 2, 'e': 1}, tol=1e-13, max_iter=999)",
    ),
    ("nx.pagerank(theirs, backend='backlinks')", "nx.pagerank(theirs, tol=1e-13, max_iter=999)"),
    ("nx.pagerank(theirs, weight='links', backend='backlinks')", "nx.pagerank(ours, weight='links')"),
    ("nx.pagerank(theirs.to_undirected(), backend='backlinks')", "nx.pagerank(theirs.to_undirected(), tol=1e-13)"),
    ("nx.harmonic_centrality(ours)", "nx.harmonic_centrality(theirs)"),
    ("nx.in_degree_centrality(ours)", "nx.in_degree_centrality(theirs)"),  # not ours: networkx, on a copy
    ("nx.pagerank(ours, nstart={'a': 1.0}, tol=1e-13, max_iter=999)", "nx.pagerank(ours)"),  # the same
]


def test_networkx_functions_take_our_graph(installed):
    lines = [f"near({ours}, {theirs})" for ours, theirs in CALLS]
    assert ask(installed, GRAPH + "    nx.config.fallback_to_nx = True\n    " + "\n    ".join(lines)) == ["True"] * len(
        CALLS
    )


def test_networkx_own_graphs_stay_with_networkx_unless_told(installed):
    script = (
        GRAPH
        + """
    import graph.backend
    graph.backend.pagerank = None
    near(nx.pagerank(theirs, tol=1e-13, max_iter=999), nx.pagerank(theirs, tol=1e-13, max_iter=999))
    """
    )
    assert ask(installed, script) == ["True"]


def test_a_store_as_arrays_ranks_like_the_same_store_as_a_networkx_graph(tmp_path):
    store = LinkStore(tmp_path / "links.db").add(SIX)
    expected = nx.pagerank(load_graph(store.path), weight="links", tol=1e-13, max_iter=999)
    graph = load_arrays(store.path).link_graph()
    assert pagerank(graph, weight="links") == pytest.approx(expected, abs=1e-9)
    assert harmonic_centrality(graph) == pytest.approx(nx.harmonic_centrality(load_graph(store.path)))


def test_there_and_back_is_the_same_graph():
    graph = nx.gnp_random_graph(30, 0.2, seed=4, directed=True)
    nx.set_edge_attributes(graph, {edge: sum(edge) / 2 for edge in graph.edges}, "weight")
    back = convert_to_nx(convert_from_nx(graph, edge_attrs={"weight": 1.0}))
    assert nx.utils.graphs_equal(back, graph)


def test_an_answer_is_not_converted():
    assert convert_to_nx({"a": 1.0}) == {"a": 1.0}


def test_an_edge_without_the_attribute_has_the_default():
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    graph["a"]["b"]["weight"] = 3
    assert convert_from_nx(graph, edge_attrs={"weight": 1}).columns["weight"].tolist() == [3, 1]


REFUSED = [
    ("pagerank", ["G"], {"nstart": {"a": 1}}, "nstart is not taken"),
    ("pagerank", ["G", 0.85, None, 100, 1e-6, None, "weight", {"a": 1}], {}, "dangling is not taken"),
    ("pagerank", ["G", 1.0], {}, "without a teleport there may be no one answer"),
    ("pagerank", ["G"], {"alpha": 0.9, "dangling": None}, True),
    ("harmonic_centrality", ["G"], {"sources": ["a"]}, "sources is not taken"),
    ("harmonic_centrality", ["G"], {}, True),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "answer"), REFUSED)
def test_what_it_cannot_do_it_says(name, args, kwargs, answer):
    assert can_run(name, args, kwargs) == answer


def test_the_errors_are_those_of_networkx(monkeypatch):
    graph = LinkGraph(["a", "b"], np.array([0], np.int32), np.array([1], np.int32))
    with pytest.raises(ZeroDivisionError):
        pagerank(graph, personalization={"c": 1.0})
    monkeypatch.setattr("graph.backend.MAX_SWEEPS", 1)
    ring = LinkGraph(list("abc"), np.array([0, 1, 2, 0], np.int32), np.array([1, 2, 0, 2], np.int32))
    with pytest.raises(nx.PowerIterationFailedConvergence):
        pagerank(ring, max_iter=1)
    assert pagerank(LinkGraph([], np.zeros(0, np.int32), np.zeros(0, np.int32))) == {}


def test_it_answers_what_networkx_asks_of_a_graph():
    graph = LinkGraph(["a", "b"], np.array([0], np.int32), np.array([1], np.int32))
    assert (len(graph), list(graph), graph.number_of_nodes(), graph.number_of_edges()) == (2, ["a", "b"], 2, 1)
    assert graph.is_directed()
    assert not graph.is_multigraph()

import networkx as nx
import pytest

from graph import GraphOptions, LinkArrays, Selection, UnknownNode, load_arrays, load_graph, rank_store
from storage import OptionError
from tests.link_store import FETCHED_AT, NOFOLLOW, LinkStore

MOMENT = "2023-11-14T22:13:20Z"


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db").add(
        {
            "a.test/": ["b.test/", "b.test/", ("b.test/x", NOFOLLOW), "www.a.test/", "a.test/"],
            "www.a.test/": ["b.test/", "a.test/"],
            "b.test/": [("c.test/", NOFOLLOW)],
            "alone.test/": [],
        }
    )


def test_the_domain_graph_has_an_edge_a_pair_with_its_counts(store):
    graph = load_graph(store.path)
    assert isinstance(graph, nx.DiGraph)
    assert graph.graph == {"level": "domain"}
    assert set(graph) == {"a.test", "b.test", "c.test", "alone.test"}
    assert dict(graph.edges) == {
        ("a.test", "b.test"): {
            "links": 4, "followed_links": 3, "pages": 2, "followed_pages": 2, "first_seen": MOMENT, "last_seen": MOMENT,
        },
        ("b.test", "c.test"): {
            "links": 1, "followed_links": 0, "pages": 1, "followed_pages": 0, "first_seen": MOMENT, "last_seen": MOMENT,
        },
    }  # fmt: skip


def test_the_host_graph_keeps_hosts_of_one_domain_apart(store):
    graph = load_graph(store.path, Selection(level="host"))
    assert graph["a.test"]["b.test"]["links"] == 3
    assert graph["www.a.test"]["b.test"] == graph["a.test"]["www.a.test"] | {"first_seen": MOMENT}
    assert graph.nodes["www.a.test"] == {"domain": "a.test", "is_seed": False}
    assert set(load_graph(store.path, Selection(level="host", external_only=True)).edges) == {
        ("a.test", "b.test"), ("www.a.test", "b.test"), ("b.test", "c.test"),
    }  # fmt: skip


def test_the_page_graph_has_urls_and_no_loops(store):
    graph = load_graph(store.path, Selection(level="page"))
    assert graph["https://a.test/"]["https://b.test/"]["links"] == 2
    assert graph["https://a.test/"]["https://b.test/"]["pages"] == 1
    assert not graph.has_edge("https://a.test/", "https://a.test/")
    assert "https://alone.test/" in graph
    assert graph.nodes["https://b.test/x"] == {"host": "b.test", "domain": "b.test", "depth": 0}
    assert graph.nodes["https://a.test/"]["outcome"] == "ok"


FILTERS = [
    # selection, edges at domain level
    ({"followed_only": True}, {("a.test", "b.test")}),
    ({"since": FETCHED_AT}, {("a.test", "b.test"), ("b.test", "c.test")}),
    ({"since": FETCHED_AT + 1}, set()),
    ({"external_only": True}, {("a.test", "b.test"), ("b.test", "c.test")}),
    ({"around": "c.test", "hops": 1}, {("b.test", "c.test")}),
    ({"around": "c.test", "hops": 2}, {("a.test", "b.test"), ("b.test", "c.test")}),
    ({"around": "c.test", "hops": 2, "followed_only": True}, set()),
    ({"around": "c.test", "hops": 0}, set()),
    ({"top": 2}, {("b.test", "c.test")}),  # never ranked: those with the most inbound links
]


@pytest.mark.parametrize(("choice", "edges"), FILTERS)
def test_a_selection_takes_a_part(store, choice, edges):
    assert set(load_graph(store.path, Selection(**choice)).edges) == edges


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_arrays_hold_the_same_graph(store, level):
    selection = Selection(level=level)
    arrays = load_arrays(store.path, selection)
    assert isinstance(arrays, LinkArrays)
    graph = load_graph(store.path, selection)
    assert arrays.names == list(graph)
    matrix = arrays.adjacency()
    for (source, target), attributes in dict(graph.edges).items():
        assert matrix[arrays.names.index(source), arrays.names.index(target)] == attributes["links"]
    assert matrix.nnz == graph.number_of_edges() == arrays.inlinks().edge_count


def test_scores_come_along_once_there_are_some(store):
    assert "pagerank" not in load_graph(store.path).nodes["b.test"]
    rank_store(store.path)
    node = load_graph(store.path).nodes["b.test"]
    assert node["authority"] == 100
    assert node["rank"] == 1
    assert node["referring_domains"] == 1
    assert "trust" not in node
    assert load_graph(store.path, Selection(level="page")).nodes["https://b.test/"]["authority"] > 0
    assert load_graph(store.path, Selection(level="host")).nodes["b.test"]["domain_authority"] == 100


def test_the_followed_graph_gives_networkx_the_scores_that_are_stored(store):
    rank_store(store.path, GraphOptions(page_scores=False))
    graph = load_graph(store.path, Selection(followed_only=True))
    stored = {name: data["pagerank"] for name, data in graph.nodes(data=True)}
    assert nx.pagerank(graph, weight=None, tol=1e-13, max_iter=500) == pytest.approx(stored, abs=1e-9)


def test_the_best_are_those_with_the_highest_pagerank_and_the_center_always_stays(store):
    store.add({"x.test/": ["c.test/"], "y.test/": ["c.test/"]})
    rank_store(store.path, GraphOptions(page_scores=False))
    assert set(load_graph(store.path, Selection(top=1))) == {"c.test"}
    assert set(load_graph(store.path, Selection(top=2, around="x.test", hops=3))) == {"c.test", "x.test"}
    assert set(load_graph(store.path, Selection(level="page", top=1))) == {"https://b.test/"}, (
        "by links: no page scores"
    )
    rank_store(store.path)
    assert set(load_graph(store.path, Selection(level="page", top=1))) == {"https://c.test/"}


UNKNOWN = [
    ("domain", "nowhere.test"),
    ("host", "www.nowhere.test"),
    ("page", "https://a.test/none"),
    ("page", "a.test"),
]


@pytest.mark.parametrize(("level", "name"), UNKNOWN)
def test_a_name_nobody_has_is_a_sentence(store, level, name):
    with pytest.raises(UnknownNode, match=f"{name}: this crawl knows no such {level}"):
        load_graph(store.path, Selection(level=level, around=name))


@pytest.mark.parametrize("choice", [{"level": "site"}, {"top": -1}, {"hops": -1}, {"since": float("nan")}])
def test_nonsense_is_refused(choice):
    with pytest.raises(OptionError):
        Selection(**choice)


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_an_empty_store_is_an_empty_graph(tmp_path, level):
    graph = load_graph(LinkStore(tmp_path / "empty.db").path, Selection(level=level))
    assert len(graph) == graph.number_of_edges() == 0
    assert load_arrays(tmp_path / "empty.db", Selection(level=level)).adjacency().shape == (0, 0)


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_text_that_is_no_utf_8_is_read_with_marks_in_its_place(store, level):
    store.execute("UPDATE page SET title = CAST(x'61FF62' AS TEXT), language = CAST(x'C3' AS TEXT)")
    rank_store(store.path)
    graph = load_graph(store.path, Selection(level=level))
    titles = {data["title"] for _, data in graph.nodes(data=True) if "title" in data}
    assert titles == ({"a\ufffdb"} if level == "page" else set())
    assert load_arrays(store.path, Selection(level=level)).names == list(graph)


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_every_attribute_is_a_plain_value(store, level):
    """Writers of graph files accept nothing else."""
    rank_store(store.path)
    graph = load_graph(store.path, Selection(level=level))
    values = [value for _, data in graph.nodes(data=True) for value in data.values()]
    values += [value for *_, data in graph.edges(data=True) for value in data.values()]
    assert {type(value) for value in values} <= {str, int, float, bool}

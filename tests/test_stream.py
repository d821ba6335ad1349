"""The stream gives what `load_graph` gives: the one holds arrays, the other nothing, so each checks the other."""

import random

import pytest

from graph import Selection, UnknownNode, load_graph, rank_store
from graph.stream import clean, edge_fields, moment_text, node_fields, open_stream
from storage import Placement
from tests.link_store import FETCHED_AT, NOFOLLOW, LinkStore

ADDED = {"label", "is_crawled", "weight", "anchor_text"}
"""What files have and the graph in memory says in another way, or not at all."""


def invented_store(path, seed):
    """Links between few URLs on few hosts, so that parallel links, loops and unread targets are common."""
    dice = random.Random(seed)
    hosts = [*(f"{name}.test" for name in "abcdef"), "www.a.test", "blog.a.test", "www.b.test"]
    urls = [f"{host}/{page}" for host in hosts for page in ("", "x", "y")]
    pages = {}
    for url in dice.sample(urls, 15):
        links = [
            (dice.choice(urls), dice.choice([0, 0, NOFOLLOW]), Placement.CONTENT) for _ in range(dice.randrange(12))
        ]
        pages[url] = links
    store = LinkStore(path)
    store.add(pages)
    store.execute(f"UPDATE link SET first_seen = {FETCHED_AT} + id WHERE id % 2")
    store.execute(f"UPDATE page SET seen_at = {FETCHED_AT} + 100 * url_id WHERE url_id % 3")
    store.execute("UPDATE page SET outcome = 'http_error' WHERE url_id % 7 = 0")
    store.execute("UPDATE domain_edge SET last_seen = last_seen + source * 100")
    return store


def streamed(path, selection):
    """Nodes by name and edges by names, each with the attributes that are known."""
    with open_stream(path, selection, lambda *_: None) as graph:
        names, nodes, edges = {}, {}, {}
        for number, *values in graph.nodes():
            known = known_values(graph.node_fields, values)
            names[number] = known["label"]
            nodes[known["label"]] = without(known)
        for source, target, *values in graph.edges():
            pair = names[source], names[target]
            assert pair not in edges
            edges[pair] = without(known_values(graph.edge_fields, values))
        assert graph.node_count == graph.nodes_read == len(nodes)
        assert graph.edges_read == len(edges)
    assert list(names) == sorted(names)
    return nodes, edges


def known_values(fields, values):
    known = {field.name: value for field, value in zip(fields, values, strict=True) if value is not None}
    assert all(
        type(known[field.name]) is field.type or field.name == "weight" for field in fields if field.name in known
    )
    return known


def without(known):
    return {name: value for name, value in known.items() if name not in ADDED}


SELECTIONS = [
    {},
    {"followed_only": True},
    {"external_only": True},
    {"since": FETCHED_AT + 500},
    {"top": 4},
    {"top": 4, "followed_only": True},
    {"top": 100},
    {"around": True, "hops": 0},
    {"around": True, "hops": 1},
    {"around": True, "hops": 2, "followed_only": True},
    {"around": True, "hops": 100, "top": 5},
]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Every other one is ranked."""
    made = []
    for seed in range(4):
        made.append(invented_store(tmp_path_factory.mktemp("stores") / f"{seed}.db", seed))
        if seed % 2:
            rank_store(made[-1].path)
    return made


@pytest.mark.parametrize("choice", SELECTIONS, ids=str)
@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_a_streamed_part_of_the_graph_is_the_same_part_as_loaded(stores, level, choice):
    for number, store in enumerate(stores):
        names = sorted(load_graph(store.path, Selection(level=level)))
        around = {"around": names[number]} if "around" in choice else {}
        selection = Selection(level=level, **choice | around)
        nodes, edges = streamed(store.path, selection)
        loaded = load_graph(store.path, selection)
        assert nodes == dict(loaded.nodes(data=True))
        assert edges == {(source, target): data for source, target, data in loaded.edges(data=True)}


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_an_empty_store_is_an_empty_stream(tmp_path, level):
    assert streamed(LinkStore(tmp_path / "x.db").path, Selection(level=level)) == ({}, {})


@pytest.mark.parametrize("level", ["domain", "host", "page"])
def test_a_name_nobody_has_is_a_sentence(tmp_path, level):
    store = LinkStore(tmp_path / "x.db").add({"a.test/": ["b.test/"]})
    with pytest.raises(UnknownNode, match=f"nowhere.test: this crawl knows no such {level}"):
        streamed(store.path, Selection(level=level, around="nowhere.test"))


def test_a_page_edge_has_the_words_of_its_first_link_that_has_some(tmp_path):
    store = LinkStore(tmp_path / "x.db").add({"a.test/": ["b.test/", "b.test/", "b.test/", "c.test/"]})
    store.execute("INSERT INTO anchor VALUES (1, 'first words'), (2, 'second words')")
    store.execute("UPDATE link SET anchor = id - 1 WHERE id <= 3")
    with open_stream(store.path, Selection(level="page"), lambda *_: None) as graph:
        list(graph.nodes())
        assert [edge[-1] for edge in graph.edges()] == ["first words", None]


def test_what_was_never_crawled_is_marked(tmp_path):
    store = LinkStore(tmp_path / "x.db").add({"a.test/": ["b.test/"]})
    for level in ("domain", "page"):
        with open_stream(store.path, Selection(level=level), lambda *_: None) as graph:
            assert [node[-1] for node in graph.nodes()] == [True, False]
    assert "is_crawled" not in {field.name for field in node_fields("host")}


def test_progress_is_told_on_the_way_and_at_the_end(tmp_path):
    store = LinkStore(tmp_path / "x.db").add({"a.test/": [f"d{number}.test/" for number in range(10_500)]})
    told = []
    with open_stream(store.path, Selection(), lambda *counts: told.append(counts)) as graph:
        for _ in (*graph.nodes(), *graph.edges()):
            pass
    assert told == [(10_000, 0), (10_501, 0), (10_501, 10_000), (10_501, 10_500)]


CLEANED = [
    ("plain", "plain"),
    ("nul \0 and bell \a", "nul \ufffd and bell \ufffd"),
    ("lone \ud800 surrogate \udfff", "lone \ufffd surrogate \ufffd"),
    ("not characters \ufffe \uffff", "not characters \ufffd \ufffd"),
    ("kept: \t \n \r \x7f \x85 \u2028 \u200f \u202e \ue000 \U0010ffff", None),
    ("]]> & <b> \"'", None),
]


@pytest.mark.parametrize(("text", "cleaned"), CLEANED)
def test_text_is_cleaned_to_what_xml_can_hold(text, cleaned):
    assert clean(text) == (text if cleaned is None else cleaned)


def test_moments_are_told_in_utc():
    assert moment_text(FETCHED_AT) == "2023-11-14T22:13:20Z"
    assert moment_text(0) == "1970-01-01T00:00:00Z"


def test_every_attribute_has_a_type_and_a_name_of_its_own():
    for level in ("domain", "host", "page"):
        for fields in (node_fields(level), edge_fields(level)):
            names = [field.name for field in fields]
            assert len(set(names)) == len(names)
            assert {field.type for field in fields} <= {str, int, float, bool}
    types = {field.name: field.type for field in node_fields("domain")}
    assert (types["label"], types["is_seed"], types["rank"], types["trust"]) == (str, bool, int, float)

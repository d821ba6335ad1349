import struct

import networkx as nx
import pytest
from lxml import etree

from graph import ExportError, Selection, export_graph, rank_store
from graph.picture import build_scene, plural_of
from graph.stream import open_stream
from tests.link_store import LinkStore

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", autouse=True)
def _fonts_are_open_already(tmp_path_factory):
    """Matplotlib opens its fonts with the first picture, and keeps them for the life of the process."""
    folder = tmp_path_factory.mktemp("fonts")
    export_graph(LinkStore(folder / "x.db").add({"a.test/": ["b.test/"]}).path, folder / "x.png")


def ring(names):
    return {f"{name}.test/": [f"{names[(at + 1) % len(names)]}.test/"] for at, name in enumerate(names)}


@pytest.fixture
def store(tmp_path):
    """Two rings with one link between them, and a domain that nobody links to."""
    links = ring(["a", "b", "c", "d"]) | ring(["e", "f", "g", "h"])
    links["a.test/"] = [*links["a.test/"], "e.test/"]
    return LinkStore(tmp_path / "x.db").add(links | {"alone.test/": []})


def scene_of(store, **selection):
    with open_stream(store.path, Selection(**selection), lambda *_: None) as graph:
        return build_scene(graph)


def test_a_png_is_a_picture_of_a_size_for_paper(store, tmp_path):
    exported = export_graph(store.path, tmp_path / "x.png")
    head = exported.files[0].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (2400, 1600)
    assert (exported.nodes, exported.edges) == (9, 9)


def test_an_svg_is_sound_xml_and_the_same_for_the_same_graph(store, tmp_path):
    first = export_graph(store.path, tmp_path / "1.svg").files[0].read_bytes()
    assert etree.fromstring(first).tag == f"{SVG}svg"
    assert export_graph(store.path, tmp_path / "2.svg").files[0].read_bytes() == first


def test_communities_are_told_apart_and_lone_nodes_left_out(store):
    scene = scene_of(store)
    assert "alone.test" not in scene.names
    colour = dict(zip(scene.names, scene.colours, strict=True))
    assert len({colour[f"{name}.test"] for name in "abcd"}) == 1
    assert len({colour[f"{name}.test"] for name in "efgh"}) == 1
    assert colour["a.test"] != colour["e.test"]


def test_size_follows_authority_and_without_a_ranking_who_links_here(store):
    assert not scene_of(store).is_authority
    assert scene_of(store).names[0] == "e.test"
    rank_store(store.path)
    scene = scene_of(store)
    assert scene.is_authority
    assert list(scene.weights) == sorted(scene.weights, reverse=True)
    radii = dict(zip(scene.names, scene.radii(), strict=True))
    assert radii["e.test"] > radii["c.test"]


def test_who_links_to_the_best_is_drawn_with_them(tmp_path):
    """Seeds of a small crawl have no authority, and all the links."""
    store = LinkStore(tmp_path / "x.db").add({"seed.test/": [f"t{number}.test/" for number in range(60)]})
    rank_store(store.path)
    exported = export_graph(store.path, tmp_path / "x.svg", selection=Selection(top=8))
    assert (exported.nodes, exported.edges) == (9, 8)


@pytest.mark.parametrize("links", [{}, {"a.test/": []}, {"a.test/": ["b.test/"]}, {"a.test/": ["a.test/"]}])
@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_smallest_graphs_can_be_drawn(tmp_path, links, suffix):
    exported = export_graph(LinkStore(tmp_path / "x.db").add(links).path, tmp_path / f"x{suffix}")
    assert exported.files[0].stat().st_size > 1_000


@pytest.mark.parametrize("level", ["host", "page"])
def test_other_levels_can_be_drawn(store, tmp_path, level):
    assert export_graph(store.path, tmp_path / "x.svg", selection=Selection(level=level)).edges == 9


def test_more_than_anyone_could_see_is_refused(store, tmp_path):
    with pytest.raises(ExportError, match="a picture of 151 nodes shows nothing: ask for at most 150"):
        export_graph(store.path, tmp_path / "x.svg", selection=Selection(top=151))


LABELS = [
    ("xn--bckerei-5wa.test", "bäckerei.test"),
    ("www.xn--bckerei-5wa.test", "www.bäckerei.test"),
    ("xn--e1afmkfd.test", "xn--e1afmkfd.test"),  # Cyrillic: looks like Latin to a reader
    ("xn--\u0080.test", "xn--?.test"),
    ("\u202e\u5b57\ufffd.test", "???.test"),
    ("a" * 40 + ".test", "a" * 33 + "…"),
    ("docs.a.test/a/long/way/down/to/client-settings.html", "docs.a.test…o/client-settings.html"),
    ("cost$1$2.test", "cost$1$2.test"),
]


@pytest.mark.parametrize(("domain", "label"), LABELS)
def test_a_label_is_what_a_reader_would_call_the_domain(store, tmp_path, domain, label):
    store.execute("UPDATE domain SET name = ? WHERE name = 'a.test'", domain)
    assert label in scene_of(store).names
    export_graph(store.path, tmp_path / "x.svg")


def test_a_picture_says_what_it_shows():
    assert (plural_of(1, "page"), plural_of(1_200, "link")) == ("1 page", "1,200 links")


def test_the_scene_is_the_graph_of_the_stream(store):
    scene = scene_of(store)
    named = nx.relabel_nodes(scene.graph, dict(enumerate(scene.names)))
    assert nx.has_path(named, "d.test", "e.test")
    assert not nx.has_path(named, "e.test", "a.test")

import csv
import gzip
import json
import re
import sqlite3
import sys
import tracemalloc

import igraph
import networkx as nx
import pytest
from lxml import etree
from pyarrow import parquet

from graph import Exported, ExportError, Selection, UnknownNode, export_graph, load_graph, rank_store
from storage import StorageError
from tests.conformance import conformance_path
from tests.link_store import NOFOLLOW, LinkStore
from tests.rights import run_as_anybody  # noqa: F401 — a fixture

LEVELS = ("domain", "host", "page")
SUFFIXES = (".graphml", ".graphml.gz", ".gexf", ".json", ".csv", ".parquet")
ADDED = {"label", "is_crawled", "weight", "anchor_text", "id"}

NASTY = "nul \0 ]]> <b>&amp;\"' tab\there\r\nnew \u202eright\u202c \u200f\u05d0 \U0001f600 \ud83d =1+1"
SHOWN = "nul \ufffd ]]> <b>&amp;\"' tab\there\r\nnew \u202eright\u202c \u200f\u05d0 \U0001f600 \ufffd\ufffd\ufffd =1+1"


@pytest.fixture
def store(tmp_path):
    store = LinkStore(tmp_path / "links.db").add(
        {
            "a.test/": ["b.test/", "b.test/", ("b.test/x?q=1&r=<2>", NOFOLLOW), "www.a.test/", "a.test/"],
            "www.a.test/": ["b.test/", "a.test/"],
            "b.test/": [("c.test/", NOFOLLOW)],
            "alone.test/": [],
        }
    )
    rank_store(store.path)
    return store


@pytest.fixture
def nasty_store(store):
    """SQLite takes bytes that are no text when they are cast, as a file mended by hand may hold them."""
    raw = NASTY.encode("utf-8", "surrogatepass").hex()
    store.execute(f"UPDATE page SET title = CAST(x'{raw}' AS TEXT)")
    store.execute(f"INSERT INTO anchor VALUES (1, CAST(x'{raw}' AS TEXT))")
    store.execute("UPDATE link SET anchor = 1")
    return store


def read_graph(exported):
    """Every format as a networkx graph by names, as its own reader gives it."""
    file = exported.files[0]
    if file.name.endswith((".graphml", ".graphml.gz")):
        graph = nx.read_graphml(file)
    elif file.suffix == ".gexf":
        graph = nx.read_gexf(file)
    elif file.suffix == ".json":
        graph = nx.node_link_graph(json.loads(file.read_text(encoding="utf-8")), edges="edges")
    else:
        graph = from_tables(*exported.files)
    assert isinstance(graph, nx.DiGraph)
    assert not graph.is_multigraph()
    assert all(re.fullmatch(r"n\d+", name) for name in graph)
    return nx.relabel_nodes(graph, nx.get_node_attributes(graph, "label"))


def from_tables(nodes_file, edges_file):
    graph = nx.DiGraph()
    read = read_csv if nodes_file.suffix == ".csv" else lambda file: parquet.read_table(file).to_pylist()
    for row in read(nodes_file):
        graph.add_node(row["id"], **{name: value for name, value in row.items() if value is not None})
    for row in read(edges_file):
        data = {name: value for name, value in row.items() if value is not None and name not in {"source", "target"}}
        graph.add_edge(row["source"], row["target"], **data)
    return graph


def read_csv(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return [{name: typed(value) for name, value in row.items() if value} for row in csv.DictReader(lines)]


def typed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text.removeprefix("'")


def plain(data):
    return {name: value for name, value in data.items() if name not in ADDED}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_reads_back_as_the_graph_in_memory(store, tmp_path, suffix, level):
    exported = export_graph(store.path, tmp_path / f"out{suffix}", selection=Selection(level=level))
    graph, loaded = read_graph(exported), load_graph(store.path, Selection(level=level))
    assert {name: plain(data) for name, data in graph.nodes(data=True)} == dict(loaded.nodes(data=True))
    assert {(a, b): plain(data) for a, b, data in graph.edges(data=True)} == dict(loaded.edges)
    assert all(data["weight"] == data["links"] for _, _, data in graph.edges(data=True))
    assert (exported.level, exported.nodes, exported.edges) == (level, len(loaded), loaded.number_of_edges())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_hostile_text_survives(nasty_store, tmp_path, suffix):
    exported = export_graph(nasty_store.path, tmp_path / f"out{suffix}", selection=Selection(level="page"))
    graph = read_graph(exported)
    assert graph.nodes["https://a.test/"]["title"] == SHOWN
    assert graph["https://a.test/"]["https://b.test/"]["anchor_text"] == SHOWN


@pytest.mark.parametrize("suffix", [".graphml", ".graphml.gz"])
def test_igraph_reads_the_same_graph(nasty_store, tmp_path, suffix):
    exported = export_graph(nasty_store.path, tmp_path / f"out{suffix}", selection=Selection(level="page"))
    read = igraph.Graph.Read_GraphMLz if suffix.endswith("gz") else igraph.Graph.Read_GraphML
    graph, loaded = read(str(exported.files[0])), read_graph(exported)
    labels = graph.vs["label"]
    assert set(labels) == set(loaded)
    assert {(labels[edge.source], labels[edge.target]): edge["links"] for edge in graph.es} == {
        (a, b): links for a, b, links in loaded.edges(data="links")
    }
    assert graph.vs.find(label="https://a.test/")["title"] == SHOWN
    assert graph.is_directed()


SCHEMAS = {".graphml": ("schema-jgrapht", "graphml.xsd"), ".gexf": ("schema-gexf", "specs", "1.3", "gexf.xsd")}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("suffix", SCHEMAS)
def test_files_validate_against_the_schema_of_their_format(nasty_store, tmp_path, suffix, level):
    schema = etree.XMLSchema(etree.parse(conformance_path("graphml", *SCHEMAS[suffix])))
    exported = export_graph(nasty_store.path, tmp_path / f"out{suffix}", selection=Selection(level=level))
    schema.assertValid(etree.parse(exported.files[0]))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_store_gives_a_sound_file_without_nodes(tmp_path, suffix):
    exported = export_graph(LinkStore(tmp_path / "x.db").path, tmp_path / f"out{suffix}")
    assert (exported.nodes, exported.edges) == (0, 0)
    assert len(read_graph(exported)) == 0


def test_tables_come_in_two_files_and_others_in_one(store, tmp_path):
    assert export_graph(store.path, tmp_path / "g.v2.CSV").files == (
        tmp_path / "g.v2.nodes.CSV",
        tmp_path / "g.v2.edges.CSV",
    )
    assert export_graph(store.path, tmp_path / "g.GraphML.gz").files == (tmp_path / "g.GraphML.gz",)


def test_no_formula_reaches_a_spreadsheet(store, tmp_path):
    store.execute("UPDATE page SET title = '=cmd|calc'")
    nodes, _ = export_graph(store.path, tmp_path / "g.csv", selection=Selection(level="page")).files
    with nodes.open(encoding="utf-8", newline="") as lines:
        assert {row["title"] for row in csv.DictReader(lines)} == {"'=cmd|calc", ""}


def test_parquet_keeps_types_also_of_columns_without_any_value(store, tmp_path):
    nodes, edges = export_graph(store.path, tmp_path / "g.parquet").files
    types = {field.name: str(field.type) for field in parquet.read_schema(nodes)}
    assert (types["label"], types["is_seed"], types["rank"], types["trust"]) == ("string", "bool", "int64", "double")
    assert str(parquet.read_schema(edges).field("weight").type) == "double"


def test_parquet_without_pyarrow_says_what_to_install(store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"pip install 'backlinks\[parquet\]'"):
        export_graph(store.path, tmp_path / "g.parquet")
    assert [file.name for file in tmp_path.iterdir() if "g." in file.name] == []


def test_the_same_graph_gives_the_same_compressed_bytes(store, tmp_path):
    first = export_graph(store.path, tmp_path / "1.graphml.gz").files[0].read_bytes()
    again = export_graph(store.path, tmp_path / "2.graphml.gz").files[0].read_bytes()
    assert first == again
    assert gzip.decompress(first).startswith(b"<?xml")


@pytest.mark.parametrize("name", ["g.txt", "g", ".graphml", "g.gz", "g.graphml.zip", "g.xlsx"])
def test_an_ending_that_no_format_has_is_a_sentence(store, tmp_path, name):
    with pytest.raises(ExportError, match=r"must end in one of \.graphml, \.graphml\.gz, "):
        export_graph(store.path, tmp_path / name)


def test_a_target_in_no_folder_is_a_sentence(store, tmp_path):
    with pytest.raises(ExportError, match=r"none/g\.json: cannot be written: No such file or directory"):
        export_graph(store.path, tmp_path / "none" / "g.json")


def test_a_folder_as_target_is_a_sentence(store, tmp_path):
    (tmp_path / "g.json").mkdir()
    with pytest.raises(ExportError, match="this is a folder"):
        export_graph(store.path, tmp_path / "g.json")


def test_a_folder_that_may_not_be_written_to_is_a_sentence(run_as_anybody, store, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    code, out, err = run_as_anybody("export", folder / "g.json", "--db", store.path)
    assert (code, out) == (2, "")
    assert (
        err == f"backlinks: {folder / 'g.json'}: cannot be written: Permission denied. Choose another file or folder.\n"
    )
    assert list(folder.iterdir()) == []


FAILURES = [
    (lambda: Selection(around="nowhere.test"), UnknownNode),
    (lambda: Selection(top=2), KeyboardInterrupt),
    (lambda: Selection(top=2), OSError(28, "No space left on device")),
]


@pytest.mark.parametrize(("selection", "failure"), FAILURES)
def test_a_failed_export_leaves_the_older_file_and_nothing_else(store, tmp_path, selection, failure):
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "g.graphml"
    target.write_text("older", encoding="utf-8")

    def fail(_nodes, edges):
        if edges:
            raise failure

    expected = ExportError if isinstance(failure, OSError) else failure
    with pytest.raises(expected):
        export_graph(store.path, target, selection=selection(), progress=fail)
    assert [file.name for file in folder.iterdir()] == ["g.graphml"]
    assert target.read_text(encoding="utf-8") == "older"


def test_a_link_to_a_file_stays_a_link(store, tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    export_graph(store.path, link)
    assert link.is_symlink()
    assert json.loads(real.read_text(encoding="utf-8"))["nodes"]


def test_a_store_that_is_none_is_a_sentence_and_leaves_no_file(tmp_path):
    with pytest.raises(StorageError, match="no such file"):
        export_graph(tmp_path / "none.db", tmp_path / "g.json")
    assert list(tmp_path.iterdir()) == []


def test_a_crawl_that_writes_meanwhile_changes_nothing_in_the_file(store, tmp_path):
    before = load_graph(store.path)

    def crawl(nodes, edges):
        if nodes and not edges:
            with sqlite3.connect(store.path) as connection:
                connection.execute("INSERT INTO domain (name) VALUES ('late.test')")
                connection.execute("UPDATE domain_edge SET links = links + 1")
            connection.close()

    graph = read_graph(export_graph(store.path, tmp_path / "g.graphml", progress=crawl))
    assert dict(graph.nodes).keys() == dict(before.nodes).keys()
    assert dict(nx.get_edge_attributes(graph, "links")) == nx.get_edge_attributes(before, "links")


def test_graphs_that_drawing_programs_cannot_take_are_told_apart():
    assert not Exported(files=(), level="domain", nodes=50_000, edges=0).is_large
    assert Exported(files=(), level="domain", nodes=50_001, edges=0).is_large


def test_memory_does_not_grow_with_the_graph(tmp_path):
    """Ten times the nodes and edges may cost a byte a node more, never the rows."""
    peaks = []
    for count in (2_000, 20_000):
        store = LinkStore(tmp_path / f"{count}.db")
        with sqlite3.connect(store.path) as connection:
            connection.executemany(
                "INSERT INTO domain (id, name) VALUES (?, ?)", ((n, f"{n}.test") for n in range(1, count + 1))
            )
            edges = ((n, 1 + (n + step) % count) for n in range(1, count) for step in (0, 2, 3))
            connection.executemany("INSERT OR IGNORE INTO domain_edge VALUES (?, ?, 1, 1, 1, 1, 0, 0)", edges)
        connection.close()
        tracemalloc.start()
        export_graph(store.path, tmp_path / "g.graphml")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_500_000

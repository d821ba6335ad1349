import json

import networkx as nx
import pytest

from backlinks.commands.export import NODES
from backlinks.tables import json_text
from graph.export import PICTURED
from tests.command import run  # noqa: F401 — a fixture
from tests.link_store import NOFOLLOW, LinkStore


@pytest.fixture
def path(tmp_path):
    pages = {
        "www.a.test/": ["b.test/", ("c.test/", NOFOLLOW)],
        "b.test/": ["c.test/", "d.test/"],
        "d.test/": ["e.test/"],
    }
    return LinkStore(tmp_path / "links.db").add(pages).path


def test_the_graph_is_written_and_said_to_be(run, path, tmp_path):
    ran = run("export", tmp_path / "web.graphml", "--db", path)
    assert (ran.code, ran.out, ran.err) == (0, f"Wrote 5 domains and 5 edges to {tmp_path}/web.graphml\n", "")
    assert len(nx.read_graphml(tmp_path / "web.graphml")) == 5


def test_the_json_names_every_file(run, path, tmp_path):
    answer = json.loads(run("export", tmp_path / "web.csv", "--db", path, "--json").out)
    assert answer == {
        "files": [str(tmp_path / "web.nodes.csv"), str(tmp_path / "web.edges.csv")],
        "level": "domain",
        "nodes": 5,
        "edges": 5,
    }


PARTS = [
    # flags, nodes and edges
    ([], (5, 5)),
    (["--followed"], (5, 4)),
    (["--top", "2"], (2, 1)),
    (["--level", "host"], (5, 5)),
    (["--level", "page"], (5, 5)),
    (["--around", "B.test"], (4, 4)),
    (["--around", "https://www.a.test/some/page"], (3, 3)),
    (["--around", "a.test", "--hops", "0"], (1, 0)),
    (["--around", "a.test", "--hops", "9"], (5, 5)),
    (["--around", "www.a.test", "--level", "host"], (3, 3)),
    (["--around", "www.a.test", "--level", "page", "--followed"], (2, 1)),
]


@pytest.mark.parametrize(("flags", "counts"), PARTS)
def test_a_part_is_chosen_by_flags(run, path, tmp_path, flags, counts):
    answer = json.loads(run("export", tmp_path / "web.json", "--db", path, "--json", *flags).out)
    assert (answer["nodes"], answer["edges"]) == counts


@pytest.fixture
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


WRONG = [
    (["web.txt"], "the name must end in one of .graphml, .graphml.gz, .gexf, .csv, .parquet, .json, .svg, .png"),
    (["none/web.gexf"], "none/web.gexf: cannot be written: No such file or directory. Choose another"),
    (["web.gexf", "--around", "nowhere.test"], "nowhere.test: this crawl knows no such domain"),
    (["web.gexf", "--around", "a b c"], "a b c: is not a domain"),
    (["web.gexf", "--around", "a b c", "--level", "page"], "a b c: is not a URL"),
    (["web.gexf", "--around", "", "--hops", "-1"], "-1 is not in the range"),
    (["web.gexf", "--hops", "2"], "--hops says how near to --around; give both"),
    (["web.gexf", "--top", "-1"], "-1 is not in the range"),
    (["web.gexf", "--level", "site"], "'site' is not one of"),
    (["web.png", "--top", "1000"], "a picture of 1,000 nodes shows nothing"),
    (["web.gexf", "--db", "none.db"], "there is no such file"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
@pytest.mark.usefixtures("_in_a_folder_of_its_own")
def test_what_cannot_be_is_one_sentence(run, path, arguments, sentence):
    database = [] if "--db" in arguments else ["--db", path]
    ran = run("export", *arguments, *database)
    assert ran.code == 2
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert [file.name for file in path.parent.iterdir() if "web" in file.name] == []


def test_an_empty_graph_is_written_and_said_to_be_empty(run, tmp_path):
    store = LinkStore(tmp_path / "x.db")
    ran = run("export", tmp_path / "web.graphml", "--db", store.path)
    assert ran.code == 0
    assert "Wrote 0 domains and 0 edges" in ran.out
    assert "There is nothing in it" in ran.err


def test_a_graph_too_large_to_draw_comes_with_a_smaller_cut_to_ask_for(run, tmp_path, monkeypatch):
    monkeypatch.setattr("graph.export.GEPHI_NODES", 4)
    store = LinkStore(tmp_path / "x.db").add({"a.test/": [f"t{number}.test/" for number in range(5)]})
    ran = run("export", tmp_path / "web.graphml", "--db", store.path)
    assert ran.code == 0
    assert f"backlinks export {tmp_path}/web.graphml --level domain --top 5000" in ran.err


def test_the_help_says_what_a_picture_shows(run):
    assert f"best {PICTURED})" in NODES
    assert ".svg, .png" in run("export", "--help").out


def test_a_hostile_name_steers_no_terminal(run, path, tmp_path):
    ran = run("export", tmp_path / "\x1b[2Jweb.json", "--db", path)
    assert "\x1b" not in ran.out
    assert "\x1b" not in json_text(json.loads(run("export", tmp_path / "\x1b]web.json", "--db", path, "--json").out))

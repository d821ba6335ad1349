"""`backlinks report` as it is typed: what it writes, what it says, and how it refuses."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import lxml.html
import pytest

from backlinks.commands import report
from backlinks.commands.report import default_name, spread
from storage import Target, TargetScope, crawl_lock
from tests.command import run  # noqa: F401 — a fixture
from tests.report_world import ME, world
from tests.small_store import small_store


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("report") / "world.db")


@pytest.fixture
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def document_of(file):
    return lxml.html.document_fromstring(file.read_text(encoding="utf-8"))


def plain(element):
    return " ".join(element.text_content().split())


def test_a_report_is_written_and_said(run, path, tmp_path):
    file, keywords = tmp_path / "r.html", tmp_path / "keywords.txt"
    keywords.write_text("best shoes\n", encoding="utf-8")
    ran = run(
        *("report", ME, "--db", path, "-o", file, "--keywords", keywords, "--brand", "Mine", "--client", "Mine & Co"),
        *("--competitors", "rival.test", "other.test", "--title", "Who links to us", "--note", "For <you>"),
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Coverage: 12 domains crawled")
    assert f"Wrote {file} (" in ran.out
    document = document_of(file)
    assert plain(document.xpath("//h1")[0]) == "Who links to us"
    assert "For Mine & Co" in plain(document.xpath("//header")[0])
    assert "For <you>" in plain(document.xpath("//header")[0])
    assert {"table-compare", "table-scores", "table-links"} <= set(document.xpath("//table/@id"))
    assert "Beside rival.test, other.test." in plain(document.xpath("//section[@id='opportunities']")[0])


def test_without_a_name_the_target_and_the_day_make_it(run, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report.time, "time", lambda: 1_795_000_000.0)
    assert run("report", ME, "--db", path).code == 0
    assert [file.name for file in tmp_path.iterdir()] == [f"{ME}-2026-11-18.html"]


def page(path, **about):
    return Target(scope=TargetScope.EXACT, domain="a.test", host="a.test", path=path, **about)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target(scope=TargetScope.DOMAIN, domain="a.test"), "a.test-1970-01-01.html"),
        (page("/b/ć?d=/../e"), "a.test-b-d-..-e-1970-01-01.html"),
        (page("/", origins=("https://a.test",)), "a.test-1970-01-01.html"),
    ],
)
def test_a_default_name_is_one_that_any_file_system_takes(target, name):
    assert str(default_name(target, 0.0)) == name


def test_a_long_target_makes_no_long_name():
    assert len(str(default_name(page(f"/{'x' * 3000}"), 0.0))) < 100


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("x --competitors a b -o f", "x --competitors a --competitors b -o f"),
        ("--competitors a --rows 3 x", "--competitors a --rows 3 x"),
        ("x --competitors a --competitors b c", "x --competitors a --competitors b --competitors c"),
        ("x -o f", "x -o f"),
        ("x --competitors", "x --competitors"),
        ("x --competitors=a y", "x --competitors=a y"),
    ],
)
def test_competitors_take_every_word_up_to_the_next_flag(typed, read):
    assert spread(typed.split()) == read.split()


def test_links_since_a_day_are_new(run, path, tmp_path):
    file = tmp_path / "r.html"
    assert run("report", ME, "--db", path, "-o", file, "--since", "2000-01-01").code == 0
    said = plain(document_of(file).xpath("//section[@id='changes']/p")[0])
    assert " new since 2000-01-01 00:00:00 (UTC); 0 lost since " in said
    assert document_of(file).xpath("//table[@id='table-new']")


REFUSED = [
    (("report", "nobody.example"), 2, "nobody.example is not in this store"),
    (("report", ME, "--competitors", "nobody.example"), 2, "nobody.example is not in this store"),
    (("report", "not a name"), 2, "'not a name' is no domain, host or URL"),
    (("report", "--competitors", "rival.test", ME), 2, "Missing argument 'TARGET'"),
    (("report", ME, "--rows", "0"), 2, "--rows"),
    (("report", ME, "-o", "/nowhere/at/all/r.html"), 1, "/nowhere/at/all/r.html: cannot be written: No such file"),
]


@pytest.mark.parametrize(("typed", "code", "said"), REFUSED)
@pytest.mark.usefixtures("_in_an_empty_folder")
def test_what_cannot_be_is_one_sentence_and_no_file(run, path, typed, code, said):
    ran = run(*typed, "--db", path)
    assert ran.code == code
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert list(Path().iterdir()) == []


def test_a_store_that_was_never_ranked_is_told_to_be(run, tmp_path):
    path = tmp_path / "small.db"
    small_store(path)
    ran = run("report", "a.test", "--db", path, "-o", tmp_path / "r.html")
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.err == f"backlinks: {path}: was never ranked, and a report needs authority. Run `backlinks rank` first.\n"
    )


def test_an_empty_store_says_to_crawl(run, path, tmp_path):
    empty = tmp_path / "empty.db"
    shutil.copy(path, empty)
    with closing(sqlite3.connect(empty)) as connection, connection:
        connection.execute("DELETE FROM page")
    ran = run("report", ME, "--db", empty, "-o", tmp_path / "r.html")
    assert ran.code == 1
    assert "holds no pages yet" in ran.err
    assert not (tmp_path / "r.html").exists()


def test_in_the_middle_of_a_crawl_the_report_says_so(run, path, tmp_path):
    busy, file = tmp_path / "busy.db", tmp_path / "r.html"
    shutil.copy(path, busy)
    with crawl_lock(busy):
        assert run("report", ME, "--db", busy, "-o", file).code == 0
    assert "The crawl was still running when this was made" in plain(
        document_of(file).xpath("//div[@id='coverage']")[0]
    )

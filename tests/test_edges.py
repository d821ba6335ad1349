import gc
import os
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from graph.arrays import Numbering, fill, read_domain_ids
from storage import StorageError, StoreBusy, StoreUnreadable, edges, native, open_edges
from tests.link_store import NOFOLLOW, LinkStore


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db").add(
        {"a.test/": ["b.test/", "b.test/x", "a.test/2"], "b.test/": [("c.test/", NOFOLLOW)], "www.c.test/": []},
        redirects={"d.test/": "b.test/"},
        canonicals={"www.c.test/": "c.test/"},
        addresses={"a.test": "192.0.2.1"},
    )


@pytest.fixture(params=["through python", "native"])
def way(request, monkeypatch):
    """Both ways of reading give the same rows."""
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0 if request.param == "native" else 10**12)
    return request.param


QUERIES = {
    "domain_edges": "SELECT source, target, links, followed_links, pages FROM domain_edge",
    "domain_ids": "SELECT id FROM domain ORDER BY id",
    "urls": "SELECT id, origin_id FROM url ORDER BY id",
    "read_pages": "SELECT url_id FROM page WHERE outcome = 'ok' ORDER BY url_id",
    "pointers": "SELECT url_id, ifnull(redirect_id, 0), ifnull(canonical_id, 0) FROM page WHERE redirect_id"
    " IS NOT NULL OR canonical_id IS NOT NULL",
    "links": "SELECT source, target, flags FROM link",
}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.usefixtures("way")
def test_an_array_holds_the_rows_of_its_question(store, name):
    with open_edges(store.path) as reader:
        table = fill(getattr(reader, name)())
    expected = store.rows(QUERIES[name])
    assert expected, "a case with rows"
    assert table.T.tolist() == [list(row) for row in expected]


@pytest.mark.usefixtures("way")
def test_an_empty_file_gives_empty_arrays(tmp_path):
    store = LinkStore(tmp_path / "empty.db")
    with open_edges(store.path) as reader:
        assert fill(reader.domain_edges()).shape == (5, 0)
        assert fill(reader.links()).shape == (3, 0)
        assert fill(reader.domain_ids()).shape == (1, 0)


@pytest.mark.usefixtures("way")
def test_more_rows_than_one_part_holds_arrive_in_order(store, monkeypatch):
    monkeypatch.setattr("graph.stepping.ROWS_A_PART", 2)
    with open_edges(store.path) as reader:
        assert fill(reader.urls())[0].tolist() == [row[0] for row in store.rows(QUERIES["urls"])]


def test_the_way_is_the_one_that_was_asked_for(store, way):
    with open_edges(store.path) as reader, reader.links().native() as rows:
        assert (rows is not None) == (way == "native")


@pytest.mark.usefixtures("way")
def test_names_and_origins_come_with_their_ids(store):
    with open_edges(store.path) as reader:
        ids = reader.nodes().domain_ids_of(["a.test", "c.test", "nowhere.test"])
        assert set(ids) == {"a.test", "c.test"}
        assert reader.nodes().domain_names_of(ids.values()) == {number: name for name, number in ids.items()}
        assert reader.addresses() == [(ids["a.test"], "192.0.2.1")]
        hosts = {row.text: row.domain_id for row in reader.origins()}
        assert hosts["https://www.c.test"] == hosts["https://c.test"] == ids["c.test"]


@pytest.mark.usefixtures("way")
def test_all_rows_are_of_one_moment_whatever_is_written_meanwhile(store):
    with open_edges(store.path) as reader:
        before = len(store.rows("SELECT * FROM link"))
        store.add({"z.test/": ["a.test/", "b.test/"]})
        assert fill(reader.links()).shape[1] == before
        assert reader.nodes().domain_id("z.test") is None
    with open_edges(store.path) as reader:
        assert fill(reader.links()).shape[1] == before + 2
        assert reader.nodes().domain_id("z.test")


def test_both_transactions_start_at_one_moment_or_again(store, monkeypatch):
    """A commit between the two is seen, and both begin anew."""
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0)
    execute = native.NativeReader.execute
    begun = []

    def a_crawl_commits_after_the_first(self, sql):
        execute(self, sql)
        begun.append(sql)
        if len(begun) == 1:
            store.add({"z.test/": ["a.test/"]})

    monkeypatch.setattr(native.NativeReader, "execute", a_crawl_commits_after_the_first)
    with open_edges(store.path) as reader:
        assert fill(reader.links()).shape[1] == len(reader._connection.execute("SELECT * FROM link").fetchall())
        assert reader.nodes().domain_id("z.test")
    assert [sql.split(";")[0] for sql in begun] == ["BEGIN", "ROLLBACK", "BEGIN"]


def test_a_file_that_never_rests_is_a_sentence(store, monkeypatch):
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0)
    monkeypatch.setattr(edges, "ALIGN_ATTEMPTS", 3)
    execute = native.NativeReader.execute

    def somebody_always_commits(self, sql):
        execute(self, sql)
        store.execute("UPDATE domain SET is_seed = 1 - is_seed")

    monkeypatch.setattr(native.NativeReader, "execute", somebody_always_commits)
    with pytest.raises(StoreBusy, match="written to without a pause"), open_edges(store.path):
        pass


def test_reading_keeps_no_writer_waiting(store, monkeypatch):
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0)
    with open_edges(store.path) as reader, closing(sqlite3.connect(store.path, timeout=0)) as crawl:
        fill(reader.links())
        with crawl:
            crawl.execute("UPDATE domain SET is_seed = 1")
        assert crawl.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0


@pytest.mark.usefixtures("way")
def test_nothing_stays_open(store):
    descriptors = f"/proc/{os.getpid()}/fd"
    if not os.path.isdir(descriptors):  # noqa: PTH112 — a question to the system
        pytest.skip("open files are counted through /proc")
    with open_edges(store.path) as reader:
        fill(reader.links())
    gc.collect()
    before = len(os.listdir(descriptors))  # noqa: PTH208 — the same
    for _ in range(5):
        with open_edges(store.path) as reader:
            fill(reader.links())
    gc.collect()
    assert len(os.listdir(descriptors)) == before  # noqa: PTH208 — the same


NO_LIBRARY = {
    "built into the interpreter": SimpleNamespace(),
    "a file that is no library": SimpleNamespace(__file__=__file__),
    "a library without these functions": SimpleNamespace(__file__="libc.so.6"),
}


@pytest.mark.parametrize("case", NO_LIBRARY)
def test_where_the_library_cannot_be_reached_there_is_no_native_reader(store, case):
    assert native.load_library(NO_LIBRARY[case]) is None
    uri = edges.read_only_uri(store.path)
    with native.open_native(uri, busy_seconds=1, module=NO_LIBRARY[case]) as reader:
        assert reader is None


def test_the_native_reader_uses_the_very_library_of_python():
    library = native.load_library()
    assert library is not None, "this Python hides SQLite's functions"
    library.sqlite3_libversion.restype = native.c_char_p
    assert library.sqlite3_libversion().decode() == sqlite3.sqlite_version


def test_what_sqlite_refuses_is_a_sentence(store):
    with native.open_native(edges.read_only_uri(store.path), busy_seconds=1) as reader:
        with pytest.raises(StorageError, match="no such table"), reader.rows("SELECT id FROM no_table"):
            pass
        with pytest.raises(StorageError, match="readonly"):
            reader.execute("DELETE FROM link")
    with native.open_native("file:/nowhere/none.db?mode=ro", busy_seconds=1) as reader:
        assert reader is None


def test_a_reading_that_breaks_off_is_an_error_not_a_short_array(store, monkeypatch):
    """Integer overflow stops a statement in the middle."""
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0)
    monkeypatch.setattr(edges, "LINKS", "SELECT abs(-9223372036854775807 - (id > 2)), 1, flags FROM link")
    with open_edges(store.path) as reader, pytest.raises(StorageError, match="integer overflow"):
        fill(reader.links())


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreUnreadable), open_edges(tmp_path / "none.db"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_compiled_and_plain_rows_are_64_bit(store, monkeypatch):
    monkeypatch.setattr(edges, "NATIVE_FROM_BYTES", 0)
    monkeypatch.setattr(edges, "LINKS", f"SELECT {2**62} + id, -id, 0 FROM link")
    with open_edges(store.path) as reader:
        table = fill(reader.links())
    assert table.dtype == np.int64
    assert table[:, 0].tolist() == [2**62 + 1, -1, 0]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("left_out", [(), ("b.test",), ("a.test", "d.test")])
@pytest.mark.parametrize("loops", [True, False])
def test_edges_are_numbered_by_the_ids_that_are_wanted(store, left_out, loops):
    with open_edges(store.path) as reader:
        ids = read_domain_ids(reader, left_out)
        table = Numbering(ids).edges(reader.domain_edges(), loops=loops)
    rows = store.rows(QUERIES["domain_edges"])
    known = set(ids.tolist())
    expected = [list(row) for row in rows if known >= set(row[:2]) and (loops or row[0] != row[1])]
    assert [[int(ids[source]), int(ids[target]), *rest] for source, target, *rest in table.T.tolist()] == expected
    assert table.dtype == np.int32

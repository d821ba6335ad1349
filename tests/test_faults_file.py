"""A file that another program holds, that may not be written to, or that is not what its name says.

One sentence each and an exit code, never a traceback, and the file as it was. Through the commands as a person types
them; what depends on permissions runs in a process that has given up root's right to ignore them.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage import StoreBusy, StoreTooNew, StoreUnreadable, database, read_last_run
from storage.schema import APPLICATION_ID, MIGRATIONS
from tests.command import run  # noqa: F401 — a fixture
from tests.fault_world import contents, crawl, pages_of
from tests.rights import run_as_anybody  # noqa: F401 — a fixture

ROOT = Path(__file__).resolve().parents[1]
HALF = 0.5


def commands(folder, path):
    """Every kind of use: to crawl into it, to write scores, to ask, to write a graph."""
    seeds = folder / "seeds.txt"
    seeds.write_text("a.test\n")
    config = folder / "config.toml"
    config.write_text(f'[log]\nfile = "{folder}/crawl.log"\n[network.resolve]\n"*" = "127.0.0.1:9"\n')
    return [
        ["crawl", seeds, "--contact", "me@example.org", "--config", config, "--db", path],
        ["rank", "--db", path],
        ["status", "--db", path],
        ["links", "out1.test", "--db", path],
        ["query", "SELECT count(*) FROM links", "--db", path],
        ["export", folder / "graph.graphml", "--db", path],
    ]


def foreign(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA application_id = 252006674; CREATE TABLE photo (id INTEGER); VACUUM")


def nameless(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('mine')")


def newer(path):
    crawl(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")


def letters(path):
    path.write_bytes(b"Dear diary, " * 1_000)


def truncated(path):
    crawl(path)
    os.truncate(path, int(path.stat().st_size * HALF) // 4_096 * 4_096)


def cut_in_a_page(path):
    crawl(path)
    os.truncate(path, int(path.stat().st_size * HALF) + 1_000)


def cut_in_the_header(path):
    crawl(path)
    os.truncate(path, 50)


WRONG_FILES = [
    (foreign, "this SQLite file belongs to another program. Choose another --db."),
    (nameless, "this SQLite file belongs to another program. Choose another --db."),
    (
        newer,
        f"written by a newer version of backlinks (format {len(MIGRATIONS) + 1}, this one knows {len(MIGRATIONS)})",
    ),
    (letters, "this is not an SQLite database. Choose another --db."),
    (truncated, "the file is damaged."),
    (cut_in_a_page, "the file is damaged."),
    (cut_in_the_header, "the file is damaged."),
]


@pytest.mark.parametrize(("make", "sentence"), WRONG_FILES)
def test_a_file_that_is_not_ours_or_not_whole_is_one_sentence_and_stays_as_it_is(run, tmp_path, make, sentence):
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes()
    for command in commands(tmp_path, path):
        ran = run(*command)
        assert (ran.code, ran.out) == (2, ""), command
        assert ran.err.startswith(f"backlinks: {path}: {sentence}"), command
        assert ran.err.count("\n") == 1
        assert path.read_bytes() == before, command


@pytest.mark.parametrize(
    ("make", "kind"), [(foreign, StoreUnreadable), (nameless, StoreUnreadable), (newer, StoreTooNew)]
)
def test_not_even_the_journal_mode_of_another_programs_file_is_changed(tmp_path, make, kind):
    """Below the commands, which look first: the crawl's own way of opening changes nothing either."""
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(kind):
        crawl(path)
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} <= {"x.db", "x.db.lock"}


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path):
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield
        process.stdin.close()


def test_a_file_that_another_program_holds_is_a_sentence_and_can_still_be_read(run, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    path = crawl(tmp_path / "x.db")
    writing, ranking, *reading = commands(tmp_path, path)
    with held_by_another_process(path):
        for command in (writing, ranking):
            ran = run(*command)
            assert (ran.code, ran.out) == (1, "")
            assert ran.err == f"backlinks: {path}: another program holds a lock on the file. Close it and try again.\n"
        assert [run(*command).code for command in reading] == [0] * len(reading)
    assert read_last_run(path).run_id == 1
    assert run(*ranking).code == 0


def test_a_crawl_that_cannot_write_for_long_ends_with_what_it_had_and_the_next_goes_on(tmp_path, monkeypatch):
    """The other program comes in the middle, as when a person opens the file and edits a cell."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    expected = contents(crawl(tmp_path / "calm.db"))
    path, saved = tmp_path / "x.db", []

    def on_saved(urls):
        saved.extend(urls)
        if len(saved) == 6:
            holder.__enter__()

    holder = held_by_another_process(path)
    with pytest.raises(StoreBusy, match="another program holds a lock"):
        crawl(path, on_saved=on_saved)
    assert pages_of(path, 1) == set(saved)
    holder.__exit__(None, None, None)
    assert contents(crawl(path)) == expected


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o644, 0o555)])
def test_a_file_or_folder_that_may_not_be_written_to_can_be_read_and_is_one_sentence_to_a_writer(
    run_as_anybody, tmp_path, file_mode, folder_mode
):
    folder = tmp_path / "archive"
    folder.mkdir()
    path = crawl(folder / "x.db")
    before = path.read_bytes()
    path.chmod(file_mode)
    folder.chmod(folder_mode)
    writing, ranking, asking, *_ = commands(tmp_path, path)
    for command in (writing, ranking):
        code, out, err = run_as_anybody(*command)
        assert (code, out) == (2, "")
        assert err == f"backlinks: {path}: the file or its folder may not be written to. Check its permissions.\n"
    assert run_as_anybody(*asking)[0] == 0
    folder.chmod(0o755)
    assert path.read_bytes() == before


def test_a_new_file_in_a_folder_that_may_not_be_written_to_is_a_sentence(run_as_anybody, tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir(mode=0o555)
    code, out, err = run_as_anybody(*commands(tmp_path, folder / "x.db")[0])
    assert (code, out) == (2, "")
    assert err == f"backlinks: {folder / 'x.db'}: cannot be opened: Permission denied.\n"
    assert list(folder.iterdir()) == []


def test_the_id_of_our_files_is_the_one_in_the_documents():
    assert f"0x{APPLICATION_ID:08X}" in (ROOT / "docs" / "schema.md").read_text()

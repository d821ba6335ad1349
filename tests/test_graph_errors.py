from pathlib import Path

import pytest

from backlinks.commands.graph_errors import graph_errors
from backlinks.errors import BacklinksError, CommandFailed
from graph import NotRanked, UnknownNode
from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import small_store


@pytest.mark.parametrize("error", [UnknownNode("x: unknown"), NotRanked("rank first")])
def test_what_the_graph_room_says_reaches_the_person_word_for_word(error):
    with pytest.raises(BacklinksError) as caught, graph_errors():
        raise error
    assert str(caught.value) == str(error)
    assert not isinstance(caught.value, CommandFailed)


@pytest.fixture
def path(tmp_path):
    return small_store(tmp_path / "x.db")


def test_an_ending_that_no_format_has_is_bad_usage(run, path):
    ran = run("export", path.parent / "g.docx", "--db", path)
    assert ran.code == 2
    assert "must end in one of .graphml" in ran.err


def test_a_folder_that_is_not_there_is_bad_usage(run, path):
    ran = run("export", path.parent / "no" / "g.graphml", "--db", path)
    assert ran.code == 2
    assert "cannot be written: No such file or directory" in ran.err


def test_a_full_disk_is_a_failure_and_leaves_nothing(run, path, monkeypatch):
    opened = Path.open

    def open_on_full_disk(self, *arguments, **options):
        return opened(Path("/dev/full") if self.name.endswith(".partial") else self, *arguments, **options)

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    before = {file.name for file in path.parent.iterdir()}
    ran = run("export", path.parent / "g.graphml", "--db", path)
    assert (ran.code, ran.out) == (1, "")
    assert "g.graphml: cannot be written: No space left on device" in ran.err
    assert {file.name for file in path.parent.iterdir()} - before <= {"x.db-shm", "x.db-wal"}

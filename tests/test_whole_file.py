import pytest

from backlinks.errors import CommandFailed
from backlinks.whole_file import written_whole


def test_the_name_is_taken_when_all_is_written(tmp_path):
    file = tmp_path / "report.html"
    file.write_text("before", encoding="utf-8")
    with written_whole(file) as stream:
        stream.write("one\nzażółć")
        assert file.read_text(encoding="utf-8") == "before"
    assert file.read_bytes() == "one\nzażółć".encode()
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    file = tmp_path / "report.html"
    file.write_text("before", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError), written_whole(file) as stream:
        stream.write("half, then half a letter: \ud800")
    assert file.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_to_a_file_stays_a_link(tmp_path):
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    link.symlink_to(real)
    with written_whole(link) as stream:
        stream.write("x")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "x"


def test_a_name_as_long_as_names_may_be_is_written(tmp_path):
    file = tmp_path / f"{'x' * 250}.html"
    with written_whole(file) as stream:
        stream.write("x")
    assert file.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "this is a folder"), ("no/such/folder.html", "cannot be written: No such file or directory")],
)
def test_what_cannot_be_written_is_one_sentence(tmp_path, name, said):
    with pytest.raises(CommandFailed, match=said), written_whole(tmp_path / name) as stream:
        stream.write("x")

import logging
import warnings

import pytest

from backlinks.errors import ConfigError
from backlinks.logfile import Formatter, open_log, path_of
from backlinks.options import LogOptions

log = logging.getLogger("crawler.some_file")


def test_the_log_stands_beside_the_database_unless_named(tmp_path):
    assert path_of(LogOptions(), tmp_path / "x.db") == tmp_path / "backlinks.log"
    assert str(path_of(LogOptions(file="elsewhere.log"), tmp_path / "x.db")) == "elsewhere.log"


def test_an_entry_is_one_line_with_its_moment_in_utc(tmp_path):
    path = tmp_path / "x.log"
    with open_log(path, LogOptions()):
        log.info("fetched %s", "https://a.test/")
    assert path.read_text().endswith(" INFO crawler.some_file: fetched https://a.test/\n")
    assert path.read_text()[10] == "T"
    assert path.read_text()[23] == "Z"


def test_what_came_from_the_web_cannot_make_lines_or_steer_who_reads_the_log(tmp_path):
    path = tmp_path / "x.log"
    with open_log(path, LogOptions()):
        log.warning("title: %s", "evil\n2026-01-01 INFO forged\x1b[2J\u202e")
    assert path.read_text().count("\n") == 1
    assert path.read_text().endswith("title: evil 2026-01-01 INFO forged\n")


def test_half_a_character_does_not_keep_an_entry_out():
    record = logging.LogRecord("crawler.some_file", logging.WARNING, "", 0, "title: %s", ("a\ud800b",), None)
    assert Formatter().format(record).endswith("title: a\ufffdb")


def test_a_traceback_keeps_its_lines_and_loses_what_steers(tmp_path):
    path = tmp_path / "x.log"
    with open_log(path, LogOptions()):
        try:
            raise ValueError("bad \x1b[31mthing\n2026 forged entry")  # noqa: TRY301 — a traceback is wanted
        except ValueError:
            log.exception("failed")
    text = path.read_text()
    assert "\n    Traceback (most recent call last):\n" in text
    assert text.endswith("\n    ValueError: bad thing\n    2026 forged entry\n")


@pytest.mark.parametrize(("level", "written"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_ours_to_choose_and_is_put_back(tmp_path, level, written):
    before = logging.getLogger("crawler").level
    with open_log(tmp_path / "x.log", LogOptions(level=level)):
        for name in ("debug", "info", "warning", "error"):
            getattr(log, name)(name)
    log.error("after it was closed")
    assert len((tmp_path / "x.log").read_text().splitlines()) == written
    assert logging.getLogger("crawler").level == before


def test_libraries_are_heard_when_they_warn(tmp_path):
    with open_log(tmp_path / "x.log", LogOptions(level="debug")):
        logging.getLogger("aiosqlite").debug("executing …")
        logging.getLogger("asyncio").warning("slow callback")
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("deprecated thing", stacklevel=1)
    text = (tmp_path / "x.log").read_text()
    assert "executing" not in text
    assert "WARNING asyncio: slow callback" in text
    assert "deprecated thing" in text


def test_a_full_log_is_set_aside_and_old_ones_are_deleted(tmp_path):
    options = LogOptions(max_mebibytes=0.01, keep_files=2)
    with open_log(tmp_path / "x.log", options):
        for number in range(600):
            log.info("entry %04d %s", number, "x" * 80)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.log", "x.log.1", "x.log.2"]
    assert all(file.stat().st_size <= 10_486 for file in tmp_path.iterdir())
    assert "entry 0599" in (tmp_path / "x.log").read_text()


def test_a_log_that_cannot_be_opened_is_a_sentence(tmp_path):
    with pytest.raises(ConfigError) as caught, open_log(tmp_path / "no" / "x.log", LogOptions()):
        pass
    assert str(caught.value) == f"the log {tmp_path / 'no' / 'x.log'} cannot be written: No such file or directory"


def test_a_full_disk_makes_no_noise(capfd):
    with open_log("/dev/full", LogOptions()):
        log.error("lost")
    assert capfd.readouterr() == ("", "")

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from backlinks import cli
from backlinks.cli import COMMANDS, ExitCode, exit_code_of, main
from backlinks.config import Options, read_options
from backlinks.errors import CommandFailed, ConfigError, SeedError
from backlinks.version import VERSION
from storage import QueryRefused, StorageError, StoreBusy, StoreFull, StoreTooNew, StoreUnreadable
from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import small_store

ROOT = Path(__file__).resolve().parents[1]


def shell(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "backlinks", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        timeout=300,
        check=False,
        **options,
    )


def test_the_version_is_that_of_the_package(run):
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    assert run("--version").out.startswith(f"backlinks {VERSION} (Python 3.")


def test_help_names_every_command_and_gives_examples(run):
    ran = run("--help")
    assert ran.code == 0
    assert all(re.search(rf"^  {name} +\w", ran.out, re.MULTILINE) for name in COMMANDS)
    assert re.search(r"^ +Examples:\n +backlinks ", ran.out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_explains_itself(run, name):
    ran = run(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: backlinks {name} ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_of_every_command_says_what_it_does(name):
    command = cli.backlinks.get_command(click.Context(cli.backlinks), name)
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


def test_loading_the_program_loads_no_command():
    script = "import sys, backlinks.cli; print(*sorted(m for m in sys.modules if m.split('.')[0] in sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", script, "networkx", "numpy", "numba", "aiohttp", "lxml", "rich"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["stats"], "There is no command 'stats'. Did you mean status?"),
        (["qqqqqq"], "No such command 'qqqqqq'."),
        (["status", "--dbb", "x"], "No such option '--dbb'"),
        (["query"], "Missing argument 'SQL'"),
        (["query", "--max-seconds", "-1", "SELECT 1"], "is not in the range x>=0"),
        (["query", "--max-seconds", "soon", "SELECT 1"], "is not a valid float range"),
        (["status", "--db", "."], "is a directory"),
        (["status", "extra"], "Got unexpected extra argument"),
    ],
)
def test_bad_usage_is_a_sentence_and_code_2(run, arguments, sentence):
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(["x"]), 2),
        (SeedError("x"), 2),
        (QueryRefused("x"), 2),
        (StoreUnreadable("x"), 2),
        (StoreTooNew("x"), 2),
        (StoreBusy("x"), 1),
        (StoreFull("x"), 1),
        (StorageError("x"), 1),
        (CommandFailed("x"), 1),
        (PermissionError(13, "Permission denied", "x"), 1),
        (MemoryError(), 1),
    ],
)
def test_what_was_typed_wrongly_is_2_and_what_went_wrong_is_1(error, code):
    assert exit_code_of(error) == code


class Failing:
    def __init__(self, error):
        self._error = error

    def make_context(self, *_):
        raise self._error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError(["one", "two"]), "backlinks: one\nbacklinks: two\n"),
        (StoreFull("the disk is \x1b[31mfull"), "backlinks: the disk is full\n"),
        (MemoryError(), "backlinks: there is not enough memory for this\n"),
        (OSError(28, "No space left on device", "x.csv"), "backlinks: x.csv: No space left on device\n"),
        (OSError(28, "No space left on device"), "backlinks: No space left on device\n"),
    ],
)
def test_errors_are_told_line_by_line_and_printable(monkeypatch, capfd, error, said):
    monkeypatch.setattr(cli, "backlinks", Failing(error))
    assert main([]) in {ExitCode.FAILED, ExitCode.USAGE}
    assert capfd.readouterr().err == said


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_130_and_nothing_is_said(monkeypatch, capfd, error):
    monkeypatch.setattr(cli, "backlinks", Failing(error))
    assert main([]) == ExitCode.INTERRUPTED
    assert capfd.readouterr() == ("", "")


def test_a_mistake_of_our_own_is_not_hidden(monkeypatch):
    monkeypatch.setattr(cli, "backlinks", Failing(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main([])


def test_a_reader_that_wants_no_more_ends_it_quietly(tmp_path):
    path = small_store(tmp_path / "x.db")
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n"
    command = [sys.executable, "-m", "backlinks", "query", "--csv", "--db", str(path), sql]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"i\n"
        process.stdout.close()
        assert process.wait(timeout=300) == 0
        assert process.stderr.read() == b""


def test_letters_that_the_terminal_cannot_show_do_not_end_the_program(tmp_path):
    path = small_store(tmp_path / "x.db")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    ran = shell("query", "--csv", "--db", path, "SELECT 'Łódź' AS city", env=environment)
    assert (ran.returncode, ran.stdout) == (0, b"city\n??d?\n")


def test_an_interrupt_while_it_works_is_130(tmp_path):
    path = small_store(tmp_path / "x.db")
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    command = [sys.executable, "-m", "backlinks", "query", "--csv", "--db", str(path), sql]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        while process.stdout.read(65_536):
            pass
        assert process.wait(timeout=300) == 130
        assert process.stderr.read() == b""


def test_the_printed_configuration_is_one_that_is_read(run, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(run("config").out)
    assert read_options(file) == Options()

import signal
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from backlinks import cli, start

ROOT = Path(__file__).resolve().parents[1]

SCRIPT = """
import importlib, os, signal, sys
from backlinks import start
load = importlib.import_module
def interrupted(*arguments):
    os.kill(os.getpid(), signal.SIGINT)
    return load(*arguments)
start.importlib.import_module = interrupted
sys.argv = ["backlinks", "--version"]
sys.exit(start.entry())
"""


def started(script, **options):
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options
    )


def test_an_interrupt_while_the_program_loads_is_130_without_a_word():
    ran = started(SCRIPT)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")


def test_an_interrupt_that_is_to_be_ignored_is_ignored_while_loading_too():
    ran = started(f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{SCRIPT}")
    assert ran.returncode == 0
    assert ran.stdout.startswith("backlinks ")


@pytest.mark.parametrize("code", [0, 2])
def test_an_interrupt_when_all_is_done_does_not_change_how_it_ended(monkeypatch, code):
    seen = []

    def main():
        seen.append(signal.getsignal(signal.SIGINT))
        return code

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cli, "main", main)
    try:
        assert start.entry() == code
        assert seen == [before]
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_installed_command_starts_here():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, name = scripts["backlinks"].partition(":")
    assert getattr(import_module(module), name) is start.entry

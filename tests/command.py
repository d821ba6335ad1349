"""Running the program in a test: in this process, as `main` is called by the shell's entry point."""

from typing import NamedTuple

import pytest

from backlinks.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capfd):
    """`run("status", "--db", path)`: the exit code, and what went to each stream."""

    def runner(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(int(code), captured.out, captured.err)

    return runner

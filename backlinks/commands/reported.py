"""Bad lines of a list, told as they are found: the first of them on the terminal, all of them in the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..seeds import BadLine
from ..wording import plural

log = logging.getLogger(__name__)

SHOWN_BAD_LINES = 20


class Report:
    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def add(self, bad: BadLine) -> None:
        self._count += 1
        sentence = f"{self._name}, line {bad.number}: {bad.text}: {bad.reason}"
        log.warning("%s", sentence)
        if self._count <= SHOWN_BAD_LINES:
            click.echo(sentence, err=True)

    def finish(self) -> None:
        if self._count > SHOWN_BAD_LINES:
            click.echo(f"… and {plural(self._count - SHOWN_BAD_LINES, 'more bad line')}", err=True)


@contextmanager
def report_bad_lines(name: str) -> Iterator[Report]:
    report = Report(name)
    try:
        yield report
    finally:
        report.finish()

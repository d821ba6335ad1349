"""A table of the report: its columns, its cells, how many rows were left out and the command that gives them all.

Not here: which tables there are (profile_tables.py, work_tables.py), how cells are drawn (the templates).
"""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from storage import Target, TargetScope

from . import cells
from .cells import Cell
from .findings import Findings, Listed

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """`is_choice`: a few values, to be chosen from a list. `hint` says what is counted."""

    title: str
    cell: Callable[[R], Cell]
    hint: str = ""
    is_number: bool = False
    is_choice: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    title: str
    hint: str
    is_number: bool
    is_choice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`noun` names its rows, in the plural; `command` gives all of them."""

    name: str
    caption: str
    noun: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    command: str

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def table(listed: Listed[R], columns: Iterable[Column[R]], **named: str) -> Table:
    """`named` are the table's name, caption, noun and command."""
    columns = tuple(columns)
    headings = tuple(Heading(column.title, column.hint, column.is_number, column.is_choice) for column in columns)
    rows = tuple(tuple(column.cell(row) for column in columns) for row in listed.rows)
    return Table(headings=headings, rows=rows, total=listed.total, **named)


def command(findings: Findings, name: str, *flags: str) -> str:
    """What to type to have the whole list."""
    target = findings.aim.target
    scope = () if target.scope is TargetScope.DOMAIN else ("--scope", target.scope.value)
    return shlex.join(["backlinks", name, str(target), *scope, *flags, "--csv"])


def word_flags(findings: Findings) -> list[str]:
    wanted = findings.wanted
    keywords = ["--keywords", "FILE"] if wanted.keywords else []
    return [*keywords, *(part for brand in wanted.brands for part in ("--brand", brand))]


def place_in(target: Target, address: str) -> str:
    """An address of the target's own as its path: the host is the same in every row."""
    parts = urlsplit(address)
    if parts.hostname not in {target.domain, target.host}:
        return ""
    return address.split("://", 1)[-1][len(parts.netloc) :] or "/"


def target_cell(target: Target, address: str, chain: str | None = None) -> Cell:
    shown = place_in(target, address) or cells.url(address).text
    return Cell("url", shown, shown, cells.linkable(address), ("", chain or ""))

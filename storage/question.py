"""A report's question: its SQL, what is bound in it, and the record that each row becomes.

A person's choice of rows (`--where`, `--sort`, `--limit`, one row a group) is put around the question's SQL as outer
SELECTs, so that every column of every report can be filtered and sorted in one way, and rows stream as they are found.

Not here: the questions themselves (the …_rows.py files), output.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar, get_args, get_type_hints

from .database import open_snapshot, translate
from .errors import QueryRefused
from .inbound_index import INDEX_NAME, has_inbound_index
from .where import NUMBER, TEXT, Value, known_column, parse_where, quoted

R = TypeVar("R", bound=NamedTuple)

FETCHED_AT_ONCE = 512
FORCED_INDEX = f" INDEXED BY {INDEX_NAME}"
MAX_LIMIT = 2**62
CACHE_KIBIBYTES = 16_384
MAPPED_BYTES = 2**31 - 65_536
"""SQLite reads so much of the file in place: a report looks rows up all over it, and copying them was half its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows are wanted. `sort` names columns, a minus before a name for the largest first; `limit` None: all."""

    where: str = ""
    sort: tuple[str, ...] = ()
    limit: int | None = None


ALL_ROWS = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[R]):
    """`sql` answers with the fields of `row`, in their order. `group_by` keeps one row, the first by `best`, of each.

    `functions` are what the SQL calls and SQLite lacks: pure, of one argument or more.
    """

    row: type[R]
    sql: str
    parameters: Mapping[str, Value] = field(default_factory=dict)
    sort: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    best: str = ""
    functions: Mapping[str, Callable[..., Value | None]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.row._fields


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is sent to SQLite; `--sql` shows it."""

    sql: str
    parameters: dict[str, Value]


def column_kinds(row: type[NamedTuple]) -> dict[str, str]:
    """Each column's kind, as the language of `--where` needs it."""
    hints = get_type_hints(row)
    return {name: TEXT if str in (hint, *get_args(hint)) else NUMBER for name, hint in hints.items()}


def prepare(question: Question[R], choice: Choice = ALL_ROWS) -> Prepared:
    """Raises QueryRefused for a choice that this report does not know."""
    kinds = column_kinds(question.row)
    parameters: dict[str, Value] = dict(question.parameters)
    sql = f"SELECT * FROM (\n{question.sql.strip()}\n)"  # noqa: S608 — our own SQL; what is typed is bound
    if choice.where.strip():
        condition = parse_where(choice.where, kinds)
        sql += f"\nWHERE {condition.sql}"
        parameters |= condition.parameters
    if question.group_by:
        sql = _grouped(question, sql)
    if order := _order(choice.sort or question.sort, kinds):
        sql += f"\nORDER BY {order}"
    if choice.limit is not None:
        if not 0 <= choice.limit <= MAX_LIMIT:
            raise QueryRefused("--limit: must be 0 or more")
        sql += "\nLIMIT :limit"
        parameters["limit"] = choice.limit
    return Prepared(sql, parameters)


def _grouped(question: Question[R], sql: str) -> str:
    shown = ", ".join("hidden" if name == "hidden" else quoted(name) for name in question.columns)
    inner = ", ".join(quoted(name) for name in question.columns if name != "hidden")
    partition = f"PARTITION BY {', '.join(map(quoted, question.group_by))}"
    return (
        f"SELECT {shown} FROM (\nSELECT {inner}, row_number() OVER ({partition} ORDER BY {question.best}) AS place, "  # noqa: S608 — names
        f"count(*) OVER ({partition}) - 1 AS hidden FROM (\n{sql}\n)\n) WHERE place = 1"
    )


def _order(sort: tuple[str, ...], kinds: Mapping[str, str]) -> str:
    return ", ".join(
        f"{quoted(known_column(name.lstrip('-+'), kinds))} {'DESC' if name.startswith('-') else 'ASC'} NULLS LAST"
        for name in sort
    )


class Questions:
    """One moment of the file, to be asked. Made by `open_questions`; rows must be read before it closes."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._has_index = has_inbound_index(connection)
        self.path = path

    def _sql(self, prepared: Prepared) -> str:
        """When a fast crawl has dropped the inbound index, SQLite makes its own for the time of the question."""
        return prepared.sql if self._has_index else prepared.sql.replace(FORCED_INDEX, "")

    def ask(self, question: Question[R], choice: Choice = ALL_ROWS) -> Iterator[R]:
        prepared = prepare(question, choice)
        make = question.row._make
        self._register(question.functions)
        try:
            cursor = self._connection.execute(self._sql(prepared), prepared.parameters)
            while rows := cursor.fetchmany(FETCHED_AT_ONCE):
                yield from map(make, rows)
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def _register(self, functions: Mapping[str, Callable[..., Value | None]]) -> None:
        for name, function in functions.items():
            self._connection.create_function(name, -1, function, deterministic=True)

    def value(self, sql: str, parameters: Mapping[str, Value] | tuple[Value, ...] = ()) -> Value | None:
        """The first column of the first row; None without one."""
        row = self._connection.execute(sql, parameters).fetchone()
        found: Value | None = row[0] if row else None
        return found

    def plan(self, question: Question[R], choice: Choice = ALL_ROWS) -> list[str]:
        """SQLite's own account of how it would answer."""
        prepared = prepare(question, choice)
        self._register(question.functions)
        rows = self._connection.execute(f"EXPLAIN QUERY PLAN {self._sql(prepared)}", prepared.parameters)
        return [row[3] for row in rows]


@contextmanager
def open_questions(path: Path) -> Iterator[Questions]:
    """Read the store as it is now, though a crawl may be writing. Raises a StorageError for a file that is no store."""
    with open_snapshot(path) as connection:
        connection.create_function("casefold", 1, _casefold, deterministic=True)
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
        connection.execute("BEGIN")
        yield Questions(connection, path)


def _casefold(text: object) -> str | None:
    return text.casefold() if isinstance(text, str) else None

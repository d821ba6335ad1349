"""A user's own SQL over the file: reading only, one statement, within a time.

Three things keep it from writing: the file is opened read-only, the connection is query-only, and an authorizer lets
nothing but reading be prepared; it also says what was refused. Time is counted while SQLite works, not while the
reader of the rows is slow.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .database import SENTENCES, open_snapshot, translate
from .errors import QueryRefused, StorageError

FETCHED_AT_ONCE = 256
STEPS_BETWEEN_LOOKS = 10_000  # a look at the clock costs about as much as a hundred steps of SQLite's machine
MAX_VALUE_BYTES = 64 * 1024 * 1024
MAX_PATTERN_BYTES = 1_000

ALLOWED_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
ALLOWED_PRAGMAS = {
    *("table_list", "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list"),
    *("database_list", "compile_options", "quick_check", "integrity_check"),
}
PLAIN_PRAGMAS = {"application_id", "user_version", "page_count", "page_size", "freelist_count", "encoding"}
ACTION_WORDS = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_PRAGMA: "this PRAGMA",
    sqlite3.SQLITE_TRANSACTION: "a transaction",
    sqlite3.SQLITE_SAVEPOINT: "a savepoint",
    sqlite3.SQLITE_FUNCTION: "this function",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
    **dict.fromkeys((sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VIEW), "CREATE"),
    **dict.fromkeys((sqlite3.SQLITE_DROP_TABLE, sqlite3.SQLITE_DROP_INDEX, sqlite3.SQLITE_DROP_VIEW), "DROP"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`rows` is read once, while the query is open, and raises QueryRefused when the time is up."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[object, ...]]


class TimeLimit:
    """How long SQLite may work for one query, in all; 0 is no limit. Another thread may look at it."""

    def __init__(self, max_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_seconds = max_seconds
        self._clock = clock
        self._spent = 0.0
        self._began: float | None = None

    @contextmanager
    def counting(self) -> Iterator[None]:
        self._began = self._clock()
        try:
            yield
        finally:
            self._spent, self._began = self._spent + self._clock() - self._began, None

    def overdue_seconds(self) -> float:
        """How long SQLite has been at work beyond its time; 0.0 while nothing is being counted."""
        began = self._began
        if began is None or not self.max_seconds:
            return 0.0
        return max(0.0, self._spent + self._clock() - began - self.max_seconds)

    def sentence(self) -> str:
        return f"it took longer than {self.max_seconds:g} seconds; ask for less, or allow more time"


@contextmanager
def open_query(path: Path, sql: str, *, limit: TimeLimit) -> Iterator[Answer]:
    """The answer to one SELECT; QueryRefused says what is wrong with it."""
    with open_snapshot(path) as connection:
        asking = _Asking(connection, path, limit)
        asking.restrict()
        cursor = asking.execute(sql)
        columns = tuple(column[0] for column in cursor.description)
        yield Answer(columns, asking.rows(cursor))


def is_reading(action: int, first: str | None, second: str | None, /) -> bool:
    """What SQLite's authorizer asks of each thing that a statement does."""
    if action == sqlite3.SQLITE_FUNCTION:
        return second != "load_extension"
    if action == sqlite3.SQLITE_PRAGMA:
        return first in ALLOWED_PRAGMAS or (first in PLAIN_PRAGMAS and second is None)
    if action == sqlite3.SQLITE_UPDATE:
        # What SQLite asks when it declares the columns of json_each or pragma_table_info; to write there is refused
        # by the two other guards.
        return first == "sqlite_master"
    return action in ALLOWED_ACTIONS


class _Asking:
    """One query at work, and what it was refused."""

    def __init__(self, connection: sqlite3.Connection, path: Path, limit: TimeLimit) -> None:
        self._connection = connection
        self._path = path
        self._limit = limit
        self._refused = ""
        self._is_overdue = False

    def restrict(self) -> None:
        self._connection.set_authorizer(self._authorize)
        self._connection.text_factory = _readable
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN_BYTES)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        if self._limit.max_seconds:
            self._connection.set_progress_handler(self._is_time_up, STEPS_BETWEEN_LOOKS)

    def execute(self, sql: str) -> sqlite3.Cursor:
        with self._working():
            cursor = self._connection.execute(sql)
        if cursor.description is None:
            raise QueryRefused("there is nothing to ask in it: write a SELECT")
        return cursor

    def rows(self, cursor: sqlite3.Cursor) -> Iterator[tuple[object, ...]]:
        while True:
            with self._working():
                rows = cursor.fetchmany(FETCHED_AT_ONCE)
            if not rows:
                return
            yield from rows

    @contextmanager
    def _working(self) -> Iterator[None]:
        try:
            with self._limit.counting():
                yield
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            if self._was_cut_off(error):
                raise KeyboardInterrupt from error
            raise self._sentence(error) from error

    def _is_time_up(self) -> bool:
        self._is_overdue = self._limit.overdue_seconds() > 0
        return self._is_overdue

    def _was_cut_off(self, error: Exception) -> bool:
        """An interrupt raised within what SQLite calls back is lost there: the query ends as if we had said so."""
        name = getattr(error, "sqlite_errorname", None)
        return (name == "SQLITE_INTERRUPT" and not self._is_overdue) or (name == "SQLITE_AUTH" and not self._refused)

    def _authorize(
        self, action: int, first: str | None, second: str | None, _database: str | None, _inside: str | None
    ) -> int:
        if is_reading(action, first, second):
            return sqlite3.SQLITE_OK
        self._refused = self._refused or ACTION_WORDS.get(action, "what it does")
        return sqlite3.SQLITE_DENY

    def _sentence(self, error: Exception) -> StorageError:
        name = getattr(error, "sqlite_errorname", None) or ""
        if self._refused:
            return QueryRefused(f"only reading is allowed, and {self._refused} is not: write a SELECT")
        if name == "SQLITE_INTERRUPT":
            return QueryRefused(self._limit.sentence())
        if name == "SQLITE_TOOBIG":
            return QueryRefused(f"a value of it is larger than {MAX_VALUE_BYTES:,} bytes")
        if isinstance(error, sqlite3.Error) and name.startswith(tuple(prefix for prefix, *_ in SENTENCES)):
            return translate(error, self._path)
        if "one statement" in str(error):
            return QueryRefused("only one statement at a time")
        return QueryRefused(f"{error}{_help_with(str(error))}")


def _help_with(message: str) -> str:
    if message.startswith(("no such table", "no such column")):
        return "; the views are links, pages and domains, and docs/schema.md has their columns"
    return ""


def _readable(text: bytes) -> str:
    """SQL can make text that is no UTF-8 out of any bytes; it is shown, not refused."""
    return text.decode("utf-8", "replace")

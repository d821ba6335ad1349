"""SQLite's own C functions, for reading millions of rows without making a Python object of each.

The caller's compiled loop steps a statement by three addresses. They belong to the library that Python's sqlite3 is
linked to and to no other copy of it: two copies in one process drop each other's file locks. Where that library cannot
be reached so, as in some builds of Python, there is no native reader and rows go through Python.

Not here: what is read (edges.py), the loop (graph/).
"""

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_int, c_void_p
from dataclasses import dataclass
from types import ModuleType

from .errors import StorageError

READ_ONLY = 0x1 | 0x40 | 0x8000  # SQLITE_OPEN_READONLY, _URI, _NOMUTEX: one thread at a time uses it
OK, ROW, DONE = 0, 100, 101


@dataclass(frozen=True, slots=True)
class NativeRows:
    """A statement of integer columns: the addresses of sqlite3_step, sqlite3_column_int64 and of itself."""

    step: int
    column: int
    statement: int
    width: int


class NativeReader:
    """A read-only connection of its own. Made by `open_native`; not to be used by two threads at once."""

    def __init__(self, library: ctypes.CDLL, database: c_void_p) -> None:
        self._library = library
        self._database = database

    @contextmanager
    def rows(self, sql: str) -> Iterator[NativeRows]:
        """The statement, to be stepped until it gives something else than ROW; hand that to `check`."""
        statement = c_void_p()
        self.check(self._library.sqlite3_prepare_v2(self._database, sql.encode(), -1, ctypes.byref(statement), None))
        try:
            yield NativeRows(
                step=_address(self._library.sqlite3_step),
                column=_address(self._library.sqlite3_column_int64),
                statement=statement.value or 0,
                width=self._library.sqlite3_column_count(statement),
            )
        finally:
            self._library.sqlite3_finalize(statement)

    def execute(self, sql: str) -> None:
        self.check(self._library.sqlite3_exec(self._database, sql.encode(), None, None, None))

    def check(self, code: int) -> None:
        """Raise what SQLite says unless all is well."""
        if code not in {OK, DONE}:
            raise StorageError(f"SQLite: {self._library.sqlite3_errmsg(self._database).decode('utf-8', 'replace')}")


def load_library(module: ModuleType = _sqlite3) -> ctypes.CDLL | None:
    """The SQLite inside Python, or None where its functions cannot be reached."""
    try:
        library = ctypes.CDLL(module.__file__)  # AttributeError: built into the interpreter
        library.sqlite3_open_v2.argtypes = [c_char_p, ctypes.POINTER(c_void_p), c_int, c_char_p]
        library.sqlite3_busy_timeout.argtypes = [c_void_p, c_int]
        library.sqlite3_exec.argtypes = [c_void_p, c_char_p, c_void_p, c_void_p, c_void_p]
        library.sqlite3_prepare_v2.argtypes = [c_void_p, c_char_p, c_int, ctypes.POINTER(c_void_p), c_void_p]
        for function in (library.sqlite3_column_count, library.sqlite3_finalize, library.sqlite3_close):
            function.argtypes = [c_void_p]
        library.sqlite3_errmsg.argtypes, library.sqlite3_errmsg.restype = [c_void_p], c_char_p
        _address(library.sqlite3_step)
        _address(library.sqlite3_column_int64)
    except (AttributeError, OSError, TypeError):
        return None
    return library


@contextmanager
def open_native(uri: str, *, busy_seconds: float, module: ModuleType = _sqlite3) -> Iterator[NativeReader | None]:
    """None where there is no native reader, or where the file cannot be opened so."""
    library = load_library(module)
    if library is None:
        yield None
        return
    database = c_void_p()
    code = library.sqlite3_open_v2(uri.encode(), ctypes.byref(database), READ_ONLY, None)
    try:
        library.sqlite3_busy_timeout(database, int(busy_seconds * 1000))
        yield NativeReader(library, database) if code == OK else None
    finally:
        library.sqlite3_close(database)


def _address(function: object) -> int:
    address = ctypes.cast(function, c_void_p).value  # type: ignore[arg-type]
    if address is None:
        raise AttributeError("a function without an address")
    return address

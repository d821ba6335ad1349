"""The compiled loop that fills an array from an SQLite statement, by the addresses of SQLite's own functions.

Addresses come in as arguments, not as compiled-in constants, so that the machine code can be kept between runs. The
loop holds no lock of the interpreter. Not here: opening, errors, the life of the statement (storage/native.py).
"""

from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from storage import NativeRows

from .inlinks import Ints, Numbers

ROW = 100  # SQLITE_ROW
ROWS_A_PART = 1 << 18

Addresses = tuple[int, int, int]
"""Of sqlite3_step, of sqlite3_column_int64 and of the statement."""

INT32, INT64 = ir.IntType(32), ir.IntType(64)


@intrinsic
def _step(_typing: Any, _function: Any, _statement: Any) -> Any:
    """Call int sqlite3_step(sqlite3_stmt *)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        function = ir.FunctionType(INT32, [INT64]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], function), arguments[1:])

    return types.int32(types.int64, types.int64), generate


@intrinsic
def _column(_typing: Any, _function: Any, _statement: Any, _index: Any) -> Any:
    """Call sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *, int)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        function = ir.FunctionType(INT64, [INT64, INT32]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], function), arguments[1:])

    return types.int64(types.int64, types.int64, types.int32), generate


@nb.njit(cache=True, nogil=True)
def _fill(step: int, column: int, statement: int, table: Ints) -> tuple[int, int]:
    """How many rows were read, each into a column of the table, and the last code; ROW: there may be more."""
    code = ROW
    count = 0
    while count < table.shape[1]:
        code = _step(step, statement)  # type: ignore[call-arg]  # the first parameter is the compiler's
        if code != ROW:
            break
        for index in range(table.shape[0]):
            table[index, count] = _column(column, statement, np.int32(index))
        count += 1
    return count, code


@nb.njit(cache=True, nogil=True)
def _is_run(numbers: Numbers) -> bool:
    """Whether id 1 has number 0, id 2 number 1 and so on: then a number is told without a look into memory."""
    for number in range(numbers.size):  # noqa: SIM110 — the compiler knows no generators here
        if numbers[number] != number - 1 and number < numbers.size - 1:
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _number(id_: int, numbers: Numbers, run: bool) -> int:  # noqa: FBT001 — compiled
    last = numbers.size - 1  # where no id is
    if id_ < 0 or id_ >= last:
        return -1
    return id_ - 1 if run else numbers[id_]


@nb.njit(cache=True, nogil=True)
def _fill_numbered(addresses: Addresses, numbers: Numbers, loops: bool, table: Numbers) -> tuple[int, int]:  # noqa: FBT001 — compiled
    """The same for edges: the first two columns are ids and become numbers; edges of an unknown id are left out."""
    step, column, statement = addresses
    code = ROW
    count = 0
    run = _is_run(numbers)
    while count < table.shape[1]:
        code = _step(step, statement)  # type: ignore[call-arg]  # the first parameter is the compiler's
        if code != ROW:
            break
        source = _number(_column(column, statement, np.int32(0)), numbers, run)
        target = _number(_column(column, statement, np.int32(1)), numbers, run)
        if source < 0 or target < 0 or (source == target and not loops):
            continue
        table[0, count] = source
        table[1, count] = target
        for index in range(2, table.shape[0]):
            table[index, count] = _column(column, statement, np.int32(index))
        count += 1
    return count, code


def read_numbered(rows: NativeRows, numbers: Numbers, *, loops: bool) -> tuple[list[Numbers], int]:
    """Edges in parts, by the table of numbers, and SQLite's code for how they ended."""
    addresses = (rows.step, rows.column, rows.statement)
    parts = []
    code = ROW
    while code == ROW:
        table = np.empty((rows.width, ROWS_A_PART), np.int32)
        count, code = _fill_numbered(addresses, numbers, loops, table)
        parts.append(table[:, :count])
    return parts, code


def read_all(rows: NativeRows) -> tuple[list[Ints], int]:
    """Tables with a line for each column of the rows, and SQLite's code for how they ended."""
    parts = []
    code = ROW
    while code == ROW:
        table = np.empty((rows.width, ROWS_A_PART), np.int64)
        count, code = _fill(rows.step, rows.column, rows.statement, table)
        parts.append(table[:, :count])
    return parts, code

"""Many rows in one statement: none is lost, none written twice, whatever their number."""

import aiosqlite
import pytest

from storage.bulk_insert import ROWS_AT_ONCE, BulkInsert


async def written(count, conflict="", before=()):
    async with aiosqlite.connect(":memory:", isolation_level=None) as connection:
        await connection.execute("CREATE TABLE fruit (id INTEGER PRIMARY KEY, name TEXT)")
        await connection.executemany("INSERT INTO fruit VALUES (?, ?)", before)
        values = [value for number in range(count) for value in (number, f"fruit {number}")]
        await BulkInsert("fruit", "id", "name", conflict=conflict).run(connection, values)
        return [tuple(row) for row in await connection.execute_fetchall("SELECT id, name FROM fruit")]


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 3 * ROWS_AT_ONCE + 2])
async def test_every_row_is_written_once(count):
    assert await written(count) == [(number, f"fruit {number}") for number in range(count)]


async def test_a_row_that_is_there_stays_when_the_statement_says_so():
    rows = await written(ROWS_AT_ONCE + 1, "ON CONFLICT DO NOTHING", [(0, "old"), (ROWS_AT_ONCE, "old")])
    assert [name for _, name in rows].count("old") == 2
    assert len(rows) == ROWS_AT_ONCE + 1


async def test_a_row_that_is_there_is_an_error_otherwise():
    with pytest.raises(aiosqlite.IntegrityError):
        await written(ROWS_AT_ONCE, before=[(ROWS_AT_ONCE - 1, "old")])

"""When the index on the links' targets is kept, dropped and built again.

"Who links to this URL" is answered by one index whose entries go to all places of it, and so costs more the larger it
is. While the writer keeps up, it is live, and a report in the middle of a crawl answers at once. When producers have to
wait for the writer, and this run has brought enough links to pay for building it anew, it is dropped and built in one
sorted pass when the run ends. A killed run leaves it missing; then the next run's end builds it, or the next ranking.

Not here: reading without it (question.py).
"""

import asyncio
import sqlite3

import aiosqlite

from .schema import INBOUND_INDEX

INDEX_NAME = "link_by_target"
SELECT_IS_LIVE = f"SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = '{INDEX_NAME}'"  # noqa: S608 — our own name
DROP_INDEX = f"DROP INDEX IF EXISTS {INDEX_NAME}"
# Sorted on disk: in memory, as the writer keeps its other temporary tables, 30 M entries are more than a gigabyte.
SORT_ON_DISK, SORT_IN_MEMORY = "PRAGMA temp_store = FILE", "PRAGMA temp_store = MEMORY"

LEAST_LINKS = 1_000_000
"""Below so many links written in this run the index costs less than anyone notices."""
LEAST_SHARE = 0.25
"""… and so much of the file must be of this run: building reads all links, also those of earlier nights."""


class InboundIndex:
    """The writer's side of it; `links_before` were in the file when this run began."""

    def __init__(self, connection: aiosqlite.Connection, *, links_before: int) -> None:
        self._connection = connection
        self._links_before = links_before
        self._is_dropped = False

    async def drop_if_it_pays(self, links: int) -> None:
        """Stop keeping it when what this run wrote, of `links` in all, pays for building it; between two batches."""
        written = links - self._links_before
        if not self._is_dropped and written >= max(LEAST_LINKS, LEAST_SHARE * links):
            await self._connection.execute(DROP_INDEX)
            self._is_dropped = True


async def build_inbound_index(connection: aiosqlite.Connection) -> None:
    """Build the index if it is missing; about a second for a million links. Temporary tables are gone afterwards.

    A cancellation ends SQLite's work too, and leaves the index missing.
    """
    rows = list(await connection.execute_fetchall(SELECT_IS_LIVE))
    if rows[0][0]:
        return
    await connection.execute(SORT_ON_DISK)
    try:
        await connection.execute(INBOUND_INDEX)
    except asyncio.CancelledError:
        await connection.interrupt()
        raise
    await connection.execute(SORT_IN_MEMORY)


def ensure_inbound_index(connection: sqlite3.Connection) -> None:
    """The same on a connection beside the crawl's; not to be called while a crawl may have dropped it on purpose."""
    connection.execute(INBOUND_INDEX)


def has_inbound_index(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(SELECT_IS_LIVE).fetchone()[0])

"""How many domains link to a domain: the counts that page budgets grow by.

The pairs of domains are an index away, so a count is a range of it, cut off where more would change nothing. What a
batch adds is noted by a trigger of the writing connection, which fires for new pairs only: nothing is counted twice,
and nothing is kept in memory.

Not here: what a count earns (the crawler's budgets), the pairs themselves (link_rows.py).
"""

from collections.abc import Callable, Mapping, Sequence

import aiosqlite

from .interning import json_list

OnReferring = Callable[[Mapping[str, int]], None]

CREATE_NOTES = "CREATE TEMP TABLE IF NOT EXISTS newly_referred (domain_id INTEGER PRIMARY KEY)"
CREATE_TRIGGER = """
CREATE TEMP TRIGGER IF NOT EXISTS note_newly_referred AFTER INSERT ON main.domain_edge WHEN NEW.source <> NEW.target
BEGIN INSERT OR IGNORE INTO newly_referred VALUES (NEW.target); END"""
COUNT_SOME = """
SELECT d.name, (SELECT count(*) FROM (
    SELECT 1 FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id LIMIT ?2))
FROM domain d WHERE d.name IN (SELECT value FROM json_each(?1))"""
# Most domains that are linked to are out of scope, and have no budget.
COUNT_NOTED = """
SELECT d.name, (SELECT count(*) FROM (
    SELECT 1 FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id LIMIT ?1))
FROM temp.newly_referred n CROSS JOIN domain d ON d.id = n.domain_id WHERE ?2 OR d.is_seed OR d.is_adopted"""
CLEAR_NOTES = "DELETE FROM temp.newly_referred"


async def count_referring_domains(
    connection: aiosqlite.Connection, domains: Sequence[str], *, at_most: int
) -> dict[str, int]:
    """By domain, counted no further than `at_most`; a domain that is not in the file is missing."""
    return dict(await connection.execute_fetchall(COUNT_SOME, (json_list(domains), at_most)))  # type: ignore[arg-type]


class ReferringNews:
    """Tells which domains in scope got new referring domains, batch by batch, and how many they have now."""

    def __init__(self, tell: OnReferring, *, at_most: int, is_everywhere: bool) -> None:
        """Counts go no further than `at_most`. `is_everywhere`: all domains are in scope, not only the seeds'."""
        self.tell = tell
        self._at_most = at_most
        self._is_everywhere = is_everywhere
        self._connection: aiosqlite.Connection

    async def begin_on(self, connection: aiosqlite.Connection) -> None:
        """Take note of what is written through this connection."""
        self._connection = connection
        await connection.execute(CREATE_NOTES)
        await connection.execute(CREATE_TRIGGER)

    async def take(self) -> dict[str, int]:
        """What was written since the last call."""
        counts = await self._connection.execute_fetchall(COUNT_NOTED, (self._at_most, self._is_everywhere))
        await self._connection.execute(CLEAR_NOTES)
        return dict(counts)  # type: ignore[arg-type]

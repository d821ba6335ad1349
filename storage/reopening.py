"""URLs that were stopped and may be asked for after all: a site's robots.txt has changed, or what the crawl wants.

Not here: judging URLs (the crawler's scope), pages that have grown old (runs.py).
"""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import NamedTuple

import aiosqlite

from .interning import json_list
from .records import FetchKind, Outcome, RobotsRecord, StopReason, Waiting

ROWS_AT_ONCE = 5_000
SERVER_ERROR = 500

SELECT_ROBOTS_BODIES = "SELECT body, last_good_body FROM robots WHERE origin_id = ?"
SELECT_REFUSED = """
SELECT u.id, coalesce(u.fetch_form, o.text || u.path), h.name, u.depth, o.host_id
FROM url u JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id WHERE u.origin_id = ? AND u.stop = 10"""
LIFT_REFUSED = "UPDATE url SET stop = 0 WHERE origin_id = ? AND stop = 10"
SELECT_STOPPED = """
SELECT u.id, o.text || u.path, u.depth, u.stop FROM domain d JOIN host h ON h.domain_id = d.id
JOIN origin o ON o.host_id = h.id JOIN url u ON u.origin_id = o.id
WHERE d.name IN (SELECT value FROM json_each(?)) AND u.stop IN (SELECT value FROM json_each(?))"""
REOPEN_URLS = "UPDATE url SET stop = 0 WHERE id IN (SELECT value FROM json_each(?))"
QUEUE_URLS = """
INSERT OR IGNORE INTO frontier (host_id, depth, url_id) SELECT o.host_id, u.depth, u.id
FROM url u JOIN origin o ON o.id = u.origin_id WHERE u.id IN (SELECT value FROM json_each(?))"""
QUEUE_ROW = "INSERT OR IGNORE INTO frontier (host_id, depth, url_id) VALUES (?, ?, ?)"
RECOUNT_STOPS = "UPDATE stop_reason SET url_count = (SELECT count(*) FROM url WHERE stop = stop_reason.id)"
SELECT_NEW_DOMAINS = """
SELECT name FROM domain WHERE name IN (SELECT value FROM json_each(?)) AND NOT is_seed AND NOT is_adopted"""


class StoppedUrl(NamedTuple):
    url_id: int
    url: str
    depth: int
    stop: StopReason


async def lift_refused(connection: aiosqlite.Connection, records: Sequence[tuple[int, RobotsRecord]]) -> list[Waiting]:
    """Bring back what robots.txt refused where it has changed; the rules of then judge it when its turn comes.

    Takes the origin's id with the new record, before that is saved.
    """
    waiting: list[Waiting] = []
    for origin_id, record in records:
        if _is_answer(record) and await _has_changed(connection, origin_id, record):
            rows = list(await connection.execute_fetchall(SELECT_REFUSED, (origin_id,)))
            await connection.executemany(QUEUE_ROW, [(host_id, depth, url_id) for url_id, _, _, depth, host_id in rows])
            await connection.execute(LIFT_REFUSED, (origin_id,))
            waiting += [Waiting(url_id, url, host, depth, FetchKind.PAGE) for url_id, url, host, depth, _ in rows]
    return waiting


def _is_answer(record: RobotsRecord) -> bool:
    return record.outcome is Outcome.OK or (record.status is not None and record.status < SERVER_ERROR)


async def _has_changed(connection: aiosqlite.Connection, origin_id: int, record: RobotsRecord) -> bool:
    before = list(await connection.execute_fetchall(SELECT_ROBOTS_BODIES, (origin_id,)))
    return bool(before) and record.body not in tuple(before[0])


async def read_new_domains(connection: aiosqlite.Connection, domains: Collection[str]) -> list[str]:
    """Those that are in the file, as targets of links, and were never in scope."""
    return [row[0] for row in await connection.execute_fetchall(SELECT_NEW_DOMAINS, (json_list(domains),))]


async def read_stopped(
    connection: aiosqlite.Connection, domains: Collection[str], reasons: Collection[StopReason]
) -> AsyncIterator[list[StoppedUrl]]:
    """The stopped URLs of these domains, some thousand at a time."""
    arguments = (json_list(domains), json_list(map(int, reasons)))
    async with connection.execute(SELECT_STOPPED, arguments) as cursor:
        while rows := await cursor.fetchmany(ROWS_AT_ONCE):
            yield [StoppedUrl(url_id, url, depth, StopReason(stop)) for url_id, url, depth, stop in rows]


async def reopen(connection: aiosqlite.Connection, url_ids: Collection[int]) -> None:
    """Let these wait again; `recount_stops` afterwards."""
    ids = json_list(url_ids)
    await connection.execute("BEGIN IMMEDIATE")
    await connection.execute(REOPEN_URLS, (ids,))
    await connection.execute(QUEUE_URLS, (ids,))
    await connection.execute("COMMIT")


async def recount_stops(connection: aiosqlite.Connection) -> None:
    await connection.execute(RECOUNT_STOPS)

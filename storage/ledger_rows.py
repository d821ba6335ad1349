"""How hosts were treated: their clocks, their robots.txt, and every request on the wire.

Not here: deciding any of it (the crawler's politeness), reading it (the readers).
"""

from collections.abc import Sequence

import aiosqlite

from .interning import INSERT_DOMAIN, INSERT_HOST, Ids
from .records import FetchRecord, HostClock, RobotsRecord, Visit

UPDATE_HOST = """
UPDATE host SET ready_at = ?, rest_reason = ?, retired_reason = ?, retired_run_id = ?, consecutive_failures = ?,
    connect_failures = ?, slow_downs = ?, slowed_at = ?, crawl_delay_seconds = ?, address = coalesce(?, address)
WHERE name = ?"""
INSERT_FETCH = """
INSERT INTO fetch (run_id, host_id, kind, url, url_id, started_at, elapsed_ms, outcome, status, bytes, address,
    retry_after_seconds)
SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM host WHERE name = ?"""
UPSERT_ROBOTS = """
INSERT OR REPLACE INTO robots (origin_id, fetched_at, expires_at, outcome, status, body, last_good_body,
    last_good_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


async def save_ledger(connection: aiosqlite.Connection, run_id: int, visits: Sequence[Visit], ids: Ids) -> None:
    """The last clock of each host, each origin's robots, and one row per request."""
    errands = [(visit.host.host, visit.host_domain) for visit in visits if visit.host_domain is not None]
    await connection.executemany(INSERT_DOMAIN, [(domain,) for _, domain in errands])
    await connection.executemany(INSERT_HOST, errands)
    clocks = {visit.host.host: visit.host for visit in visits}
    await connection.executemany(UPDATE_HOST, [_host_row(clock, run_id) for clock in clocks.values()])
    # An origin of a host that no URL names yet has no row: its robots.txt is asked for again next time.
    robots = [visit.robots for visit in visits if visit.robots is not None and visit.robots.origin in ids.origins]
    await connection.executemany(UPSERT_ROBOTS, [_robots_row(record, ids) for record in robots])
    fetches = [_fetch_row(visit.fetch, visit.url_id, run_id) for visit in visits if visit.fetch is not None]
    await connection.executemany(INSERT_FETCH, fetches)


def _host_row(clock: HostClock, run_id: int) -> tuple[object, ...]:
    return (
        clock.ready_at, clock.rest_reason, clock.retired_reason, run_id if clock.retired_reason else None,
        clock.consecutive_failures, clock.connect_failures, clock.slow_downs, clock.slowed_at,
        clock.crawl_delay_seconds, clock.address, clock.host,
    )  # fmt: skip


def _robots_row(record: RobotsRecord, ids: Ids) -> tuple[object, ...]:
    return (
        ids.origins[record.origin].origin_id, record.fetched_at, record.expires_at, record.outcome, record.status,
        record.body, record.last_good_body, record.last_good_at,
    )  # fmt: skip


def _fetch_row(fetch: FetchRecord, url_id: int | None, run_id: int) -> tuple[object, ...]:
    return (
        run_id, fetch.kind, None if url_id is not None else fetch.url, url_id, fetch.started_at,
        round(fetch.elapsed_seconds * 1000), fetch.outcome, fetch.status, fetch.bytes_received, fetch.address,
        fetch.retry_after_seconds, fetch.host,
    )  # fmt: skip

"""What the crawl asks of the file while it runs: hosts that have work, their next URLs, robots, validators.

All over a read-only connection beside the writer's, so it sees what is committed and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from .interning import json_list
from .records import FetchKind, HostClock, Outcome, RobotsRecord, Waiting

SELECT_HOSTS = """
SELECT h.name, d.name, w.waiting, h.ready_at, h.rest_reason, iif(h.retired_run_id IS ?, h.retired_reason, NULL),
    h.consecutive_failures, h.connect_failures, h.slow_downs, h.slowed_at, h.crawl_delay_seconds, h.address
FROM (SELECT host_id, count(*) AS waiting FROM frontier GROUP BY host_id) w
JOIN host h ON h.id = w.host_id JOIN domain d ON d.id = h.domain_id"""
SELECT_WAITING = """
SELECT f.url_id, coalesce(u.fetch_form, o.text || u.path), h.name, f.depth, f.kind, f.redirect_hops, f.attempts,
    f.not_before, f.external_hops
FROM host h JOIN frontier f ON f.host_id = h.id JOIN url u ON u.id = f.url_id JOIN origin o ON o.id = u.origin_id
WHERE h.name = ? ORDER BY f.depth, f.url_id LIMIT ?"""
SELECT_ROBOTS = """
SELECT o.text, r.fetched_at, r.expires_at, r.outcome, r.status, r.body, r.last_good_body, r.last_good_at
FROM origin o JOIN robots r ON r.origin_id = o.id WHERE o.text IN (SELECT value FROM json_each(?))"""
SELECT_VALIDATORS = "SELECT etag, last_modified FROM page WHERE url_id = ? AND outcome = 'ok'"


@dataclass(frozen=True, slots=True)
class WaitingHost:
    host: str
    domain: str
    waiting_count: int
    clock: HostClock


async def read_hosts(connection: aiosqlite.Connection, run_id: int) -> list[WaitingHost]:
    """Every host with URLs in the frontier, with its clock; retired only if retired in this run."""
    hosts = []
    for (
        host,
        domain,
        count,
        ready_at,
        rest,
        retired,
        failures,
        connect_failures,
        slow_downs,
        slowed_at,
        delay,
        address,
    ) in await connection.execute_fetchall(SELECT_HOSTS, (run_id,)):
        clock = HostClock(
            host=host, ready_at=ready_at, rest_reason=rest, retired_reason=retired, consecutive_failures=failures,
            connect_failures=connect_failures, slow_downs=slow_downs, slowed_at=slowed_at, crawl_delay_seconds=delay,
            address=address,
        )  # fmt: skip
        hosts.append(WaitingHost(host, domain, count, clock))
    return hosts


async def read_waiting(connection: aiosqlite.Connection, host: str, limit: int) -> list[Waiting]:
    """The first URLs of a host's frontier, nearest to a seed first."""
    rows = await connection.execute_fetchall(SELECT_WAITING, (host, limit))
    return [Waiting(row[0], row[1], row[2], row[3], FetchKind(row[4]), *row[5:]) for row in rows]


async def read_robots(connection: aiosqlite.Connection, origins: Sequence[str]) -> dict[str, RobotsRecord]:
    """What is on record of these origins' robots.txt; an origin never asked is missing."""
    records = {}
    for row in await connection.execute_fetchall(SELECT_ROBOTS, (json_list(origins),)):
        origin, fetched_at, expires_at, outcome, status, body, last_good_body, last_good_at = row
        records[origin] = RobotsRecord(
            origin=origin, fetched_at=fetched_at, expires_at=expires_at, outcome=Outcome(outcome), status=status,
            body=body, last_good_body=last_good_body, last_good_at=last_good_at,
        )  # fmt: skip
    return records


async def read_validators(connection: aiosqlite.Connection, url_id: int) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of a page read before; (None, None) when there is nothing to compare with."""
    for etag, last_modified in await connection.execute_fetchall(SELECT_VALIDATORS, (url_id,)):
        return etag, last_modified
    return None, None

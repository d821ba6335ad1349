"""How each host was treated, read from the record of every request.

The crawler writes down each request when it ends; the ledger puts those of one host in order and looks at the pauses
between them. It trusts nothing but that record, so it would show a breach if there had been one.

Not here: what is polite (the roof compares with the settings of the run), writing the record (ledger_rows.py).
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby, pairwise, starmap
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from .database import open_snapshot
from .records import FetchKind

ROUNDING_SECONDS = 0.0015
"""Ends are kept to the millisecond, so a pause may seem shorter by so much."""

SELECT_FETCHES = """
SELECT h.name, f.kind, f.started_at, f.elapsed_ms / 1000.0, f.status, f.run_id, f.retry_after_seconds
FROM fetch f JOIN host h ON h.id = f.host_id WHERE ?1 IS NULL OR h.name = ?1 ORDER BY f.host_id, f.started_at"""
SELECT_HOST_FETCHES = """
SELECT f.kind, coalesce(f.url, o.text || u.path), f.started_at, f.elapsed_ms / 1000.0, f.outcome, f.status, f.bytes,
    f.address, f.retry_after_seconds
FROM fetch f LEFT JOIN url u ON u.id = f.url_id LEFT JOIN origin o ON o.id = u.origin_id
WHERE f.host_id = (SELECT id FROM host WHERE name = ?) ORDER BY f.started_at"""
SELECT_ROBOTS = """
SELECT h.name, r.fetched_at, r.outcome, r.status, length(r.body) FROM robots r
JOIN origin o ON o.id = r.origin_id JOIN host h ON h.id = o.host_id ORDER BY r.fetched_at"""
SELECT_REFUSED = """
SELECT h.name, count(*) FROM url u JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id
WHERE u.stop = 10 GROUP BY h.id"""
SELECT_DELAYS = "SELECT name, crawl_delay_seconds FROM host WHERE crawl_delay_seconds IS NOT NULL"
SELECT_OPTIONS = "SELECT options FROM run ORDER BY id DESC LIMIT 1"
SLOW_DOWN_STATUSES = (429, 503)
LONGEST_REST_SECONDS = 604_800.0


class HostConduct(NamedTuple):
    """`shortest_pause_seconds` is from the end of one request to the start of the next, None for a single request.

    `pause_after_slow_down_seconds` is the shortest pause that followed a 429 or 503; `rests_cut_short` how often one
    was shorter than the Retry-After that came with it.
    """

    host: str
    requests: int
    first_at: float
    last_at: float
    shortest_pause_seconds: float | None
    most_parallel: int
    crawl_delay_seconds: float | None
    slow_downs: int
    pause_after_slow_down_seconds: float | None
    rests_cut_short: int
    robots_requests: int
    robots_fetched_at: float | None
    robots_verdict: str
    refused_urls: int


class Request(NamedTuple):
    """One request of the full record, as it went out."""

    kind: str
    url: str
    started_at: float
    elapsed_seconds: float
    outcome: str
    status: int | None
    bytes: int
    address: str | None
    retry_after_seconds: float | None


class _Timed(NamedTuple):
    host: str
    kind: int
    started_at: float
    elapsed_seconds: float
    status: int | None
    run_id: int
    retry_after_seconds: float | None = None


class RobotsKnown(NamedTuple):
    fetched_at: float
    verdict: str


def read_conduct(path: Path, host: str | None = None) -> Iterator[HostConduct]:
    """Every host that was asked for anything, or one; memory holds one host's requests at a time."""
    with open_snapshot(path) as connection:
        robots = _read_robots(connection)
        refused = dict(connection.execute(SELECT_REFUSED).fetchall())
        delays = dict(connection.execute(SELECT_DELAYS).fetchall())
        rows = map(_Timed._make, connection.execute(SELECT_FETCHES, (host,)))
        for name, group in groupby(rows, key=itemgetter(0)):
            yield _conduct(name, list(group), robots.get(name), delays.get(name), refused.get(name, 0))


def read_requests(path: Path, host: str) -> Iterator[Request]:
    """The full record of one host, in order; nothing for a host that was never asked."""
    with open_snapshot(path) as connection:
        for kind, *rest in connection.execute(SELECT_HOST_FETCHES, (host,)):
            yield Request(FetchKind(kind).name.lower(), *rest)


def read_last_options(path: Path) -> str:
    """The options of the last run, as JSON text; an empty object when there was none."""
    with open_snapshot(path) as connection:
        row = connection.execute(SELECT_OPTIONS).fetchone()
    return str(row[0]) if row else "{}"


def _read_robots(connection: sqlite3.Connection) -> dict[str, RobotsKnown]:
    known = {}
    for host, fetched_at, outcome, status, size in connection.execute(SELECT_ROBOTS):
        answer = f"HTTP {status}" if status else outcome
        known[host] = RobotsKnown(fetched_at, f"{answer}, {size} bytes of rules" if size else f"{answer}, no rules")
    return known


def _conduct(
    host: str, requests: list[_Timed], robots: RobotsKnown | None, delay: float | None, refused: int
) -> HostConduct:
    pauses = [
        (after.started_at - before.started_at - before.elapsed_seconds, before.status)
        for before, after in pairwise(requests)
        if before.run_id == after.run_id
    ]
    slowed = [pause for pause, status in pauses if status in SLOW_DOWN_STATUSES]
    return HostConduct(
        host=host,
        requests=len(requests),
        first_at=requests[0].started_at,
        last_at=requests[-1].started_at,
        shortest_pause_seconds=round(min(pause for pause, _ in pauses), 3) if pauses else None,
        most_parallel=most_at_once(requests),
        crawl_delay_seconds=delay,
        slow_downs=sum(request.status in SLOW_DOWN_STATUSES for request in requests),
        pause_after_slow_down_seconds=round(min(slowed), 3) if slowed else None,
        rests_cut_short=sum(starmap(_is_cut_short, pairwise(requests))),
        robots_requests=sum(request.kind == FetchKind.ROBOTS for request in requests),
        robots_fetched_at=robots.fetched_at if robots else None,
        robots_verdict=robots.verdict if robots else "never had an answer",
        refused_urls=refused,
    )


def _is_cut_short(before: _Timed, after: _Timed) -> bool:
    """A rest holds for the next run, too; nobody is made to wait longer than a week."""
    if before.status not in SLOW_DOWN_STATUSES or not before.retry_after_seconds:
        return False
    asked = min(before.retry_after_seconds, LONGEST_REST_SECONDS)
    return after.started_at - before.started_at - before.elapsed_seconds < asked - ROUNDING_SECONDS


def most_at_once(requests: list[_Timed]) -> int:
    """The most requests that were under way at one moment."""
    moments = [(request.started_at + ROUNDING_SECONDS, 1) for request in requests]
    moments += [(request.started_at + max(request.elapsed_seconds, 2 * ROUNDING_SECONDS), -1) for request in requests]
    most = under_way = 0
    for _, change in sorted(moments):
        under_way += change
        most = max(most, under_way)
    return most

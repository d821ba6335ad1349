"""What is in the file and what waits, as values.

Quick on a large file, because it reads counters, indexes and the frontier's one range, never pages or links.

Not here: what it means in time (the roof reckons with the politeness it knows), formatting.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .database import is_crawl_running, open_snapshot
from .records import HostClock

SHOWN_HOSTS = 1_000
NO_ROBOTS = "robots.txt could not be had"

SELECT_LAST_RUN = "SELECT id, started_at, ended_at, end_reason, version, options FROM run ORDER BY id DESC LIMIT 1"
COUNT_PAGES = "SELECT outcome, count(*) FROM page GROUP BY outcome ORDER BY 2 DESC, 1"
COUNT_STOPS = "SELECT name, url_count FROM stop_reason WHERE url_count > 0 ORDER BY url_count DESC, id"
# Every link is in its pair of domains, so the sum over pairs is the count of links without a look at them.
COUNT_LINKS = """
SELECT coalesce(sum(links), 0), coalesce(sum(iif(source <> target, links, 0)), 0), count(*) FROM domain_edge"""
COUNT_DOMAINS = "SELECT count(*), coalesce(sum(is_seed), 0), coalesce(sum(pages_crawled > 0), 0) FROM domain"
COUNT_HOSTS = "SELECT count(*) FROM host"
COUNT_RANKED = "SELECT made_at, domain_count FROM ranking WHERE is_current"
# A robots.txt that answered with a server error or not at all denies everything until it is asked again.
ROBOTS_DENY = """
r.outcome NOT IN ('ok', 'redirect', 'not_modified', 'not_html') AND (r.status IS NULL OR r.status >= 500)"""
SELECT_WAITING = f"""
SELECT h.name AS host, d.name AS domain, w.waiting, w.delayed, iif(d.run_id IS ?1, d.run_pages, 0) AS spent,
    h.ready_at, h.rest_reason, iif(h.retired_run_id IS ?1, h.retired_reason, NULL) AS retired_reason,
    h.crawl_delay_seconds, h.address,
    (SELECT max(r.expires_at) FROM origin o JOIN robots r ON r.origin_id = o.id
     WHERE o.host_id = h.id AND {ROBOTS_DENY}) AS denied_until
FROM (
    SELECT host_id, count(*) AS waiting, sum(not_before > ?2) AS delayed FROM frontier GROUP BY host_id
) w
JOIN host h ON h.id = w.host_id JOIN domain d ON d.id = h.domain_id"""  # noqa: S608 — only our own text enters
# The domains that a budget says something of: they had pages in this run, or wait for some.
SELECT_REFERRING = """
SELECT d.name, (SELECT count(*) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id),
    iif(d.run_id IS ?1, d.run_pages, 0)
FROM domain d WHERE (d.run_id IS ?1 AND d.run_pages > 0)
    OR d.id IN (
        SELECT h.domain_id FROM (SELECT host_id FROM frontier GROUP BY host_id) w JOIN host h ON h.id = w.host_id)
ORDER BY 3 DESC, d.name"""
SELECT_RESTING = """
SELECT name, rest_reason, ready_at FROM host WHERE rest_reason IS NOT NULL AND ready_at > ? ORDER BY ready_at LIMIT ?"""
SELECT_RETIRED = """
SELECT name, retired_reason FROM host WHERE retired_run_id = ? AND retired_reason IS NOT NULL ORDER BY name LIMIT ?"""
SELECT_REFUSED = """
SELECT h.name, count(*), min(u.depth) FROM url u JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id
WHERE u.stop = 10 GROUP BY h.id ORDER BY min(u.depth), count(*) DESC, h.name LIMIT ?"""
SELECT_ROBOTS_UNKNOWN = f"""
SELECT h.name, r.outcome, r.status, r.expires_at FROM robots r JOIN origin o ON o.id = r.origin_id
JOIN host h ON h.id = o.host_id
WHERE {ROBOTS_DENY} ORDER BY h.name LIMIT ?"""  # noqa: S608 — the same


class Counted(NamedTuple):
    name: str
    number: int


class LastRun(NamedTuple):
    """`options_json` is as the run was given them; `ended_at` None: it runs, or was killed."""

    run_id: int
    started_at: float
    ended_at: float | None
    end_reason: str | None
    version: str
    options_json: str


class DomainSpending(NamedTuple):
    """What a domain had of its page budget in the last run, and what it earns its budget by."""

    domain: str
    pages_spent: int
    referring_domains: int


class WaitingAtHost(NamedTuple):
    """`delayed_count` of the waiting URLs are to be tried again later; pages and referring domains are the domain's."""

    host: str
    domain: str
    waiting_count: int
    delayed_count: int
    domain_pages_spent: int
    clock: HostClock
    referring_domains: int = 0


class TroubledHost(NamedTuple):
    """A host that rests, was given up, or refuses us; `until` is a moment, None where there is none."""

    host: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """`link_count` includes internal links. Lists of hosts end at SHOWN_HOSTS."""

    file_bytes: int
    is_crawl_running: bool
    last_run: LastRun | None
    pages_by_outcome: tuple[Counted, ...]
    urls_by_stop: tuple[Counted, ...]
    link_count: int
    external_link_count: int
    domain_count: int
    seed_domain_count: int
    crawled_domain_count: int
    host_count: int
    ranked_at: float | None
    waiting: tuple[WaitingAtHost, ...]
    spending: tuple[DomainSpending, ...]
    resting: tuple[TroubledHost, ...]
    retired: tuple[TroubledHost, ...]
    refused: tuple[TroubledHost, ...]


def read_status(path: Path, *, wall_clock: Callable[[], float] = time.time) -> StoreStatus:
    """Raises a StorageError's sentence for a file that is no store."""
    is_running = is_crawl_running(path)
    with open_snapshot(path) as connection:
        connection.execute("BEGIN")  # one moment for all the questions, though a crawl writes
        return _read(connection, is_running=is_running, file_bytes=_size_of(path), now=wall_clock())


def read_last_run(path: Path) -> LastRun | None:
    with open_snapshot(path) as connection:
        return _last_run(connection)


def _last_run(connection: sqlite3.Connection) -> LastRun | None:
    row = connection.execute(SELECT_LAST_RUN).fetchone()
    return LastRun(*row) if row else None


def _read(connection: sqlite3.Connection, *, is_running: bool, file_bytes: int, now: float) -> StoreStatus:
    last_run = _last_run(connection)
    run_id = last_run.run_id if last_run else None
    links, external_links, _ = connection.execute(COUNT_LINKS).fetchone()
    domains, seeds, crawled = connection.execute(COUNT_DOMAINS).fetchone()
    ranked = connection.execute(COUNT_RANKED).fetchone()
    spending = _spending(connection, run_id)
    return StoreStatus(
        file_bytes=file_bytes,
        is_crawl_running=is_running,
        last_run=last_run,
        pages_by_outcome=tuple(Counted(*row) for row in connection.execute(COUNT_PAGES)),
        urls_by_stop=tuple(Counted(*row) for row in connection.execute(COUNT_STOPS)),
        link_count=links,
        external_link_count=external_links,
        domain_count=domains,
        seed_domain_count=seeds,
        crawled_domain_count=crawled,
        host_count=connection.execute(COUNT_HOSTS).fetchone()[0],
        ranked_at=ranked[0] if ranked else None,
        waiting=_waiting(connection, run_id, now, spending),
        spending=spending,
        resting=tuple(TroubledHost(*row) for row in connection.execute(SELECT_RESTING, (now, SHOWN_HOSTS))),
        retired=tuple(TroubledHost(*row) for row in connection.execute(SELECT_RETIRED, (run_id, SHOWN_HOSTS))),
        refused=_refused(connection),
    )


def _waiting(
    connection: sqlite3.Connection, run_id: int | None, now: float, spending: tuple[DomainSpending, ...]
) -> tuple[WaitingAtHost, ...]:
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    referring = {one.domain: one.referring_domains for one in spending}
    hosts = map(_waiting_at_host, cursor.execute(SELECT_WAITING, (run_id, now)))
    return tuple(host._replace(referring_domains=referring[host.domain]) for host in hosts)


def _spending(connection: sqlite3.Connection, run_id: int | None) -> tuple[DomainSpending, ...]:
    """Every domain with pages or waiting URLs, the one that had most first."""
    return tuple(
        DomainSpending(domain, spent, referring)
        for domain, referring, spent in connection.execute(SELECT_REFERRING, (run_id,))
    )


def _waiting_at_host(row: sqlite3.Row) -> WaitingAtHost:
    is_denied = row["denied_until"] is not None and row["denied_until"] > row["ready_at"]
    clock = HostClock(
        host=row["host"],
        ready_at=row["denied_until"] if is_denied else row["ready_at"],
        rest_reason=NO_ROBOTS if is_denied else row["rest_reason"],
        retired_reason=row["retired_reason"],
        crawl_delay_seconds=row["crawl_delay_seconds"],
        address=row["address"],
    )
    return WaitingAtHost(row["host"], row["domain"], row["waiting"], row["delayed"], row["spent"], clock)


def _refused(connection: sqlite3.Connection) -> tuple[TroubledHost, ...]:
    """Hosts whose robots.txt keeps us out, of some URLs or for now of all."""
    unknown = [
        TroubledHost(host, f"{NO_ROBOTS}: {status or outcome}", expires_at)
        for host, outcome, status, expires_at in connection.execute(SELECT_ROBOTS_UNKNOWN, (SHOWN_HOSTS,))
    ]
    refused = [
        TroubledHost(host, f"robots.txt refuses {'a seed' if depth == 0 else 'URLs'}: {count:,} in all")
        for host, count, depth in connection.execute(SELECT_REFUSED, (SHOWN_HOSTS,))
    ]
    return (*unknown, *refused)


def _size_of(path: Path) -> int:
    """The file with its write-ahead log."""
    sizes = (Path(f"{path}{suffix}") for suffix in ("", "-wal"))
    return sum(part.stat().st_size for part in sizes if part.exists())

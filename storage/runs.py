"""Runs of the crawler: when one begins, continues, ends.

A run that was killed or interrupted is continued by the next crawl, with the page budgets as they were; one that came
to its end is followed by a new run with fresh budgets, which asks again for pages that have grown old.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import aiosqlite

from .interning import json_list
from .records import StopReason

INTERRUPTED = "interrupted"
LONGEST_CHAIN = 50
"""Of redirects; the most that options allow."""

SELECT_LAST = "SELECT id, end_reason FROM run ORDER BY id DESC LIMIT 1"
SELECT_LAST_ASKING = "SELECT run_id FROM fetch ORDER BY id DESC LIMIT 1"
# A run that was killed before it asked for anything may not have judged again what its options change.
SELECT_OPTIONS = "SELECT options FROM run WHERE ended_at IS NOT NULL OR id = ? ORDER BY id DESC LIMIT 1"
KEEP_OPTIONS = "UPDATE run SET options = ? WHERE id = ?"
INSERT_RUN = "INSERT INTO run (started_at, version, options) VALUES (?, ?, ?)"
CONTINUE_RUN = "UPDATE run SET ended_at = NULL, end_reason = NULL WHERE id = ?"
END_RUN = "UPDATE run SET ended_at = ?, end_reason = ? WHERE id = ?"
MARK_SEEDS = "UPDATE domain SET is_seed = 1 WHERE name IN (SELECT value FROM json_each(?))"
MARK_ADOPTED = "UPDATE domain SET is_adopted = 1 WHERE name IN (SELECT value FROM json_each(?))"
SELECT_ADOPTED = "SELECT name FROM domain WHERE is_adopted"
SELECT_SPENT = "SELECT name, run_pages FROM domain WHERE run_id = ? AND run_pages > 0"
# Pages of tonight's domains that are old enough, and those that could not be had last time. One from the future was
# fetched while the wall clock was wrong, and would else be left alone until then.
RECRAWL = f"""
INSERT OR IGNORE INTO frontier (host_id, depth, url_id)
SELECT o.host_id, u.depth, u.id FROM domain d JOIN host h ON h.domain_id = d.id JOIN origin o ON o.host_id = h.id
JOIN url u ON u.origin_id = o.id JOIN page p ON p.url_id = u.id
WHERE d.name IN (SELECT value FROM json_each(?1)) AND u.stop IN (0, {StopReason.FAILED:d})
    AND (p.fetched_at < ?2 OR p.fetched_at > ?3)"""  # noqa: S608 — only our own numbers enter
# How many redirects lie before a page is not kept with it; but the redirects are, and begin where none leads to.
RESTORE_HOPS = f"""
WITH RECURSIVE chain (url_id, hops) AS (
    SELECT p.redirect_id, 1 FROM page p WHERE p.redirect_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM page q WHERE q.redirect_id = p.url_id)
    UNION
    SELECT p.redirect_id, c.hops + 1 FROM chain c JOIN page p ON p.url_id = c.url_id
    WHERE p.redirect_id IS NOT NULL AND c.hops < {LONGEST_CHAIN}
)
UPDATE frontier SET redirect_hops = (SELECT min(hops) FROM chain WHERE chain.url_id = frontier.url_id)
WHERE url_id IN (SELECT url_id FROM chain) AND kind = 0"""  # noqa: S608 — only our own number enters
UNSTOP_FAILED = f"""
UPDATE url SET stop = 0 WHERE stop = {StopReason.FAILED:d} AND id IN (SELECT url_id FROM frontier)"""  # noqa: S608 — the same


@dataclass(frozen=True, slots=True)
class Run:
    """`has_asked`: a request of it is on record, so all that belongs before the first one was done.

    `options_before` are those of the run before that did its work, as JSON; None when there was none.
    """

    run_id: int
    is_continued: bool
    has_asked: bool = False
    options_before: str | None = None


async def begin_run(connection: aiosqlite.Connection, *, now: float, version: str, options_json: str) -> Run:
    """Continue the last run if it was killed or interrupted, or begin one."""
    last = list(await connection.execute_fetchall(SELECT_LAST))
    asking = list(await connection.execute_fetchall(SELECT_LAST_ASKING))
    before = await _last_options(connection, asking[0][0] if asking else 0)
    if last and last[0][1] in (None, INTERRUPTED):
        await connection.execute(CONTINUE_RUN, (last[0][0],))
        has_asked = bool(asking) and asking[0][0] == last[0][0]
        return Run(last[0][0], is_continued=True, has_asked=has_asked, options_before=before)
    async with connection.execute(INSERT_RUN, (now, version, options_json)) as cursor:
        return Run(cursor.lastrowid or 0, is_continued=False, options_before=before)


async def _last_options(connection: aiosqlite.Connection, asking_run_id: int) -> str | None:
    return next((str(row[0]) for row in await connection.execute_fetchall(SELECT_OPTIONS, (asking_run_id,))), None)


async def keep_options(connection: aiosqlite.Connection, run_id: int, options_json: str) -> None:
    """A run that is continued goes on with these; call it when all that follows from them is done."""
    await connection.execute(KEEP_OPTIONS, (options_json, run_id))


async def end_run(connection: aiosqlite.Connection, run_id: int, *, now: float, reason: str) -> None:
    await connection.execute(END_RUN, (now, reason, run_id))


async def mark_seeds(connection: aiosqlite.Connection, domains: Collection[str]) -> None:
    await connection.execute(MARK_SEEDS, (json_list(domains),))


async def mark_adopted(connection: aiosqlite.Connection, domains: Collection[str]) -> None:
    """Domains that a visit of this batch named; nothing is asked of the file when there are none."""
    if domains:
        await connection.execute(MARK_ADOPTED, (json_list(domains),))


async def read_adopted(connection: aiosqlite.Connection) -> list[str]:
    """Domains that came into scope because a seed redirected to them."""
    return [row[0] for row in await connection.execute_fetchall(SELECT_ADOPTED)]


async def read_spent(connection: aiosqlite.Connection, run_id: int) -> dict[str, int]:
    """Pages already fetched in this run, by registrable domain."""
    return dict(await connection.execute_fetchall(SELECT_SPENT, (run_id,)))  # type: ignore[arg-type]


async def queue_recrawl(
    connection: aiosqlite.Connection, domains: Sequence[str], *, fetched_before: float, now: float
) -> bool:
    """Put the pages of these domains that were fetched before the moment back into the frontier; whether any were.

    Nothing changes when it is called again before anything was asked for.
    """
    await connection.execute("BEGIN IMMEDIATE")
    async with connection.execute(RECRAWL, (json_list(domains), fetched_before, now)) as cursor:
        count = cursor.rowcount
    await connection.execute(RESTORE_HOPS)
    await connection.execute(UNSTOP_FAILED)
    await connection.execute(
        "UPDATE stop_reason SET url_count = (SELECT count(*) FROM url WHERE stop = stop_reason.id) WHERE id IN (0, ?)",
        (StopReason.FAILED,),
    )
    await connection.execute("COMMIT")
    return count > 0

"""One batch of visits into the file, in one transaction.

Everything that follows from the batch is committed together: pages, their links, the URLs they named, the end of
their frontier rows, host clocks, robots, the ledger and the counters. That is what makes a kill harmless: what is not
there was never begun.

Not here: when a batch is due (writer.py), the rows of pages, links and hosts (page_rows, link_rows, ledger_rows).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple, Self

import aiosqlite

from .bulk_insert import BulkInsert
from .depths import DepthKeeper
from .inbound_index import InboundIndex
from .interning import Ids, Origins, Rels, Texts, Urls, json_list, origin_of
from .ledger_rows import save_ledger
from .link_rows import EXTERNAL, LinkRows
from .page_rows import PageRows, Visited
from .recent import KnownUrl
from .records import Candidate, StopReason, Visit, Waiting
from .reopening import lift_refused
from .runs import mark_adopted

SELECT_VISITED = """
SELECT u.id, u.depth, u.stop, o.host_id, h.domain_id, p.outcome, p.seen_at, p.first_fetched_at, p.first_link,
    p.link_count
FROM url u JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id LEFT JOIN page p ON p.url_id = u.id
WHERE u.id IN (SELECT value FROM json_each(?))"""
SELECT_NEXT_IDS = """
SELECT coalesce(max(id), 0) + 1 FROM url UNION ALL SELECT coalesce(max(id), 0) + 1 FROM link
UNION ALL SELECT coalesce(max(id), 0) + 1 FROM anchor"""
INSERT_FRONTIER = BulkInsert(
    "frontier",
    "host_id",
    "depth",
    "url_id",
    "kind",
    "redirect_hops",
    "external_hops",
    conflict="ON CONFLICT DO NOTHING",
)
DELETE_FRONTIER = "DELETE FROM frontier WHERE host_id = ? AND depth = ? AND url_id = ?"
DELAY_FRONTIER = "UPDATE frontier SET not_before = ?, attempts = ? WHERE host_id = ? AND depth = ? AND url_id = ?"
UPDATE_STOP = "UPDATE url SET stop = ? WHERE id = ?"
COUNT_STOPS = "UPDATE stop_reason SET url_count = url_count + ? WHERE id = ?"

WANTED = StopReason.WANTED
LIFTABLE = frozenset(StopReason) - {WANTED, StopReason.ROBOTS, StopReason.FAILED, StopReason.TEMPLATE_TRAP}
"""Reasons that a better candidate for the same URL sets aside; the others were learnt by asking."""


class NextIds(NamedTuple):
    url: int
    link: int
    anchor: int


def best_candidates(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    """One candidate per URL: a wanted one before any other, then the one with the least depth."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        other = best.get(candidate.url)
        if other is None or (candidate.stop is not WANTED, candidate.depth) < (other.stop is not WANTED, other.depth):
            best[candidate.url] = candidate
    return best


def mentioned_urls(visits: Sequence[Visit], candidates: dict[str, Candidate]) -> dict[str, None]:
    """Every URL that must have an id, in order of discovery."""
    urls: dict[str, None] = dict.fromkeys(candidates)
    for visit in visits:
        urls.update(dict.fromkeys([link[0] for link in visit.links]))
        if visit.page is not None:
            named = (visit.page.declared_canonical, visit.page.redirect_url)
            urls |= dict.fromkeys(url for url in named if url is not None)
    return urls


def external_origins(visits: Sequence[Visit]) -> Iterator[str]:
    return (origin_of(link[0]) for visit in visits for link in visit.links if link[3] & EXTERNAL)


def robots_origins(visits: Sequence[Visit]) -> Iterator[str]:
    return (visit.robots.origin for visit in visits if visit.robots is not None)


class BatchSaver:
    """Saves batches over one connection, which nobody else writes through. Unusable after an error."""

    def __init__(
        self, connection: aiosqlite.Connection, *, run_id: int, max_depth: int, next_ids: NextIds, rels: Rels
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._origins = Origins()
        self._urls = Urls(next_ids.url)
        self._depths = DepthKeeper(connection, max_depth)
        self._links = LinkRows(connection, next_ids.link, Texts(next_ids.anchor), rels)
        self._pages = PageRows(connection, run_id, self._links)
        self._index = InboundIndex(connection, links_before=self._links.last_id)
        self.is_behind = False

    @classmethod
    async def on(cls, connection: aiosqlite.Connection, *, run_id: int, max_depth: int) -> Self:
        """A saver that goes on with the ids where the file ends."""
        ids = [row[0] for row in await connection.execute_fetchall(SELECT_NEXT_IDS)]
        rels = Rels((row[0], row[1]) for row in await connection.execute_fetchall("SELECT id, text FROM rel"))
        return cls(connection, run_id=run_id, max_depth=max_depth, next_ids=NextIds(*ids), rels=rels)

    async def save(self, visits: Sequence[Visit], extra: Sequence[Candidate] = ()) -> list[Waiting]:
        """Commit the visits, what they named and `extra`; the URLs that wait because of it, in order of discovery.

        Set `is_behind` when producers had to wait: the inbound index is then dropped, if that pays.
        """
        if self.is_behind:
            await self._index.drop_if_it_pays(self._links.last_id)
        self.is_behind = False
        await self._connection.execute("BEGIN IMMEDIATE")
        try:
            waiting = await self._save(visits, extra)
            await self._connection.execute("COMMIT")
        except BaseException:
            # Who was cancelled while it was committed, or met a full disk, finds no transaction to take back.
            with suppress(sqlite3.OperationalError):
                await self._connection.execute("ROLLBACK")
            raise
        return waiting

    async def _save(self, visits: Sequence[Visit], extra: Sequence[Candidate]) -> list[Waiting]:
        named = [*extra, *(candidate for visit in visits for candidate in visit.candidates)]
        ids = await self._resolve(visits, best_candidates(named))
        waiting, nearer = await self._save_discoveries(ids)
        visited = await self._read_visited(visits)
        await self._end_frontier_rows(visits, visited)
        for visit in visits:
            if visit.url_id is not None and visit.page is not None:
                await self._pages.add(visit.url_id, visit, visit.page, visited[visit.url_id], ids)
        await self._pages.save()
        waiting += await self._lift_refused(visits, ids)
        await save_ledger(self._connection, self._run_id, visits, ids)
        await mark_adopted(self._connection, [visit.adopted for visit in visits if visit.adopted is not None])
        for visit in visits:
            if visit.url_id is not None and visited[visit.url_id].depth < visit.depth:
                nearer[visit.url_id] = visited[visit.url_id].depth
        return waiting + await self._follow_nearer(nearer)

    async def _resolve(self, visits: Sequence[Visit], candidates: dict[str, Candidate]) -> Ids:
        ids = Ids(candidates)
        urls = mentioned_urls(visits, candidates)
        splits = {candidate.origin: candidate for candidate in candidates.values()}
        ids.urls, missing = self._urls.recall(urls)
        texts = chain(splits, map(origin_of, missing), external_origins(visits), robots_origins(visits))
        ids.origins = await self._origins.resolve(self._connection, texts, splits)
        await self._urls.read_or_create(self._connection, missing, ids)
        return ids

    async def _read_visited(self, visits: Sequence[Visit]) -> dict[int, Visited]:
        url_ids = [visit.url_id for visit in visits if visit.url_id is not None]
        rows = await self._connection.execute_fetchall(SELECT_VISITED, (json_list(url_ids),))
        return {url_id: Visited(*rest) for url_id, *rest in rows}

    async def _save_discoveries(self, ids: Ids) -> tuple[list[Waiting], dict[int, int]]:
        """Frontier rows for the wanted among the new, and for known ones that a better candidate brings back."""
        stops: Counter[int] = Counter()
        frontier: list[object] = []
        waiting: list[Waiting] = []
        for url, candidate in ids.candidates.items():
            known = ids.known(url)
            if url in ids.created:
                stops[known.stop] += 1
            elif not self._improve(url, candidate, known, stops):
                continue
            if candidate.stop is WANTED:
                depth = candidate.depth
                host_id = ids.origins[candidate.origin].host_id
                kind, redirect_hops, external_hops = candidate.kind, candidate.redirect_hops, candidate.external_hops
                frontier += (host_id, depth, known.url_id, kind, redirect_hops, external_hops)
                waiting.append(
                    Waiting(
                        known.url_id,
                        candidate.fetch_form or url,
                        candidate.host,
                        depth,
                        kind,
                        redirect_hops,
                        external_hops=external_hops,
                    )
                )
        nearer = await self._depths.save()
        await INSERT_FRONTIER.run(self._connection, frontier)
        await self._count_stops(stops)
        return waiting, nearer

    def _improve(self, url: str, candidate: Candidate, known: KnownUrl, stops: Counter[int]) -> bool:
        """Note what a better candidate changes of a known URL; whether it must be put into the frontier."""
        is_lifted = candidate.stop is WANTED and known.stop in LIFTABLE
        if not is_lifted and (known.stop != WANTED or candidate.stop is not WANTED or candidate.depth >= known.depth):
            return False
        self._urls.remember(url, KnownUrl(known.url_id, candidate.depth, WANTED))
        if is_lifted:
            stops[known.stop] -= 1
            stops[WANTED] += 1
            self._depths.lift(known.url_id, candidate.depth)
        else:
            self._depths.lower(known.url_id, candidate.depth)
        return is_lifted

    async def _count_stops(self, stops: Counter[int]) -> None:
        await self._connection.executemany(COUNT_STOPS, [(count, stop) for stop, count in stops.items() if count])

    async def _end_frontier_rows(self, visits: Sequence[Visit], visited: dict[int, Visited]) -> None:
        ended, delayed, stopped = [], [], []
        stops: Counter[int] = Counter()
        for visit in visits:
            if visit.url_id is None:
                continue
            state = visited[visit.url_id]
            key = (state.host_id, state.depth, visit.url_id)
            if visit.retry is not None:
                delayed.append((visit.retry.not_before, visit.retry.attempts, *key))
                continue
            ended.append(key)
            if visit.stop != state.stop:
                stopped.append((visit.stop, visit.url_id))
                stops[state.stop] -= 1
                stops[visit.stop] += 1
        await self._connection.executemany(DELETE_FRONTIER, ended)
        await self._connection.executemany(DELAY_FRONTIER, delayed)
        await self._connection.executemany(UPDATE_STOP, stopped)
        await self._count_stops(stops)

    async def _lift_refused(self, visits: Sequence[Visit], ids: Ids) -> list[Waiting]:
        robots = (visit.robots for visit in visits if visit.robots is not None)
        records = [(ids.origins[one.origin].origin_id, one) for one in robots if one.origin in ids.origins]
        lifted = await lift_refused(self._connection, records) if records else []
        if lifted:
            await self._count_stops(Counter({StopReason.ROBOTS: -len(lifted), WANTED: len(lifted)}))
        return lifted

    async def _follow_nearer(self, nearer: dict[int, int]) -> list[Waiting]:
        """Let shorter ways spread; the URLs that only depth had stopped and that wait now."""
        stops: Counter[int] = Counter()
        waiting: dict[int, tuple[int, Waiting]] = {}
        for shorter in await self._depths.relax(nearer):
            self._urls.remember(shorter.url, KnownUrl(shorter.url_id, shorter.depth, WANTED))
            if shorter.waiting is not None:
                stops[StopReason.DEPTH] -= 1
                stops[WANTED] += 1
                waiting[shorter.url_id] = (shorter.host_id, shorter.waiting)
        rows: list[object] = []
        for host_id, row in waiting.values():
            rows += (host_id, row.depth, row.url_id, row.kind, 0, 0)
        await INSERT_FRONTIER.run(self._connection, rows)
        await self._count_stops(stops)
        return [row for _, row in waiting.values()]

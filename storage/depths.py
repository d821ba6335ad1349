"""Shorter ways found later.

Pages arrive in whatever order the hosts answer, so a page may be fetched before the shortest way to it is known. When
one turns up, the page's depth is lowered, and so are those of the pages it links to, and a URL that only depth had
stopped is brought back. In the end depth is the distance from the nearest seed whatever the order was, and a crawl that
was killed ten times finds the same pages as one that was not.
"""

from dataclasses import dataclass

import aiosqlite

from .records import FetchKind, LinkFlags, StopReason, Waiting

MOVE_FRONTIER = """
UPDATE OR IGNORE frontier SET depth = ?1
WHERE url_id = ?2 AND depth = (SELECT depth FROM url WHERE id = ?2)
    AND host_id = (SELECT o.host_id FROM url u JOIN origin o ON o.id = u.origin_id WHERE u.id = ?2)"""
LOWER_URL = "UPDATE url SET depth = min(depth, ?), stop = iif(stop = 2, 0, stop) WHERE id = ?"
LIFT_URL = "UPDATE url SET depth = ?, stop = 0 WHERE id = ?"  # a way that may not be followed is no way
# A page passes its depth + 1 along links that may be followed, and its depth along a redirect and a canonical link.
SELECT_FARTHER = f"""
SELECT u.id, o.text || u.path, u.fetch_form, h.name, o.host_id, u.stop, ?2 + 1
FROM page p JOIN link l ON l.id BETWEEN p.first_link AND p.first_link + p.link_count - 1
JOIN url u ON u.id = l.target JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id
WHERE p.url_id = ?1 AND u.depth > ?2 + 1 AND u.stop IN (0, {StopReason.DEPTH:d})
    AND l.flags & {LinkFlags.NOFOLLOW | LinkFlags.PAGE_NOFOLLOW:d} = 0
UNION
SELECT u.id, o.text || u.path, u.fetch_form, h.name, o.host_id, u.stop, ?2
FROM page p JOIN url u ON u.id IN (p.redirect_id, p.canonical_id)
JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id
WHERE p.url_id = ?1 AND u.depth > ?2 AND u.stop IN (0, {StopReason.DEPTH:d})"""  # noqa: S608 — only our own numbers enter


@dataclass(frozen=True, slots=True)
class Shorter:
    """A URL that is nearer to a seed than was thought; `waiting` when that brings it into the frontier."""

    url: str
    url_id: int
    depth: int
    host_id: int
    waiting: Waiting | None


class DepthKeeper:
    def __init__(self, connection: aiosqlite.Connection, max_depth: int) -> None:
        self._connection = connection
        self._max_depth = max_depth
        self._lowered: dict[int, int] = {}
        self._lifted: dict[int, int] = {}

    def lower(self, url_id: int, depth: int) -> None:
        """Note a shorter way to a URL that is wanted already."""
        self._lowered[url_id] = depth

    def lift(self, url_id: int, depth: int) -> None:
        """Note that a URL once stopped is wanted after all."""
        self._lifted[url_id] = depth

    async def save(self) -> dict[int, int]:
        """Write what was noted; the URLs that came nearer, with their depths."""
        lowered, self._lowered = self._lowered, {}
        lifted, self._lifted = self._lifted, {}
        rows = [(depth, url_id) for url_id, depth in lowered.items()]
        await self._connection.executemany(MOVE_FRONTIER, rows)
        await self._connection.executemany(LOWER_URL, rows)
        await self._connection.executemany(LIFT_URL, [(depth, url_id) for url_id, depth in lifted.items()])
        return lowered

    async def relax(self, nearer: dict[int, int]) -> list[Shorter]:
        """Follow the links of pages that came nearer until nothing changes; every URL that changed, once per change."""
        changed: list[Shorter] = []
        while nearer:
            found: dict[int, Shorter] = {}
            for url_id, depth in nearer.items():
                for row in await self._connection.execute_fetchall(SELECT_FARTHER, (url_id, depth)):
                    self._note(tuple(row), found)
            for shorter in found.values():
                self.lower(shorter.url_id, shorter.depth)
            nearer = await self.save()
            changed += found.values()
        return changed

    def _note(self, row: tuple[int, str, str | None, str, int, int, int], found: dict[int, Shorter]) -> None:
        url_id, url, fetch_form, host, host_id, stop, depth = row
        if depth > self._max_depth or (url_id in found and found[url_id].depth <= depth):
            return
        waiting = None
        if stop == StopReason.DEPTH:
            waiting = Waiting(url_id, fetch_form or url, host, depth, FetchKind.PAGE)
        found[url_id] = Shorter(url, url_id, depth, host_id, waiting)

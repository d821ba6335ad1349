"""The links of a batch as rows, and what they add to the counts between domains.

A page's links get consecutive ids and are replaced as a set: when a page is seen again, links found again keep the
moment they were first seen, links that vanished move to lost_link with the reason, and links that come back take up
their old moment. Domain pairs are counted as deltas and added once a batch.

Not here: pages (page_rows.py), ids of texts (interning.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import aiosqlite

from .bulk_insert import BulkInsert
from .interning import Ids, Rels, Texts, origin_of
from .recent import ID_SHIFT
from .records import UNFOLLOWED, Link, LinkFlags, Outcome, Page

LINK_COLUMNS = ("id", "source", "target", "anchor", "rel", "flags")
INSERT_LINK = BulkInsert("link", *LINK_COLUMNS)  # first_seen is NULL: since the page was
INSERT_SEEN_LINK = BulkInsert("link", *LINK_COLUMNS, "first_seen")
INSERT_LINK_TEXT = BulkInsert("link_text", "link_id", "before", "after")
SELECT_OLD = """
SELECT l.target, coalesce(a.text, ''), l.rel, l.anchor, l.flags, l.first_seen, h.domain_id
FROM link l JOIN url u ON u.id = l.target JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id
LEFT JOIN anchor a ON a.id = l.anchor
WHERE l.id BETWEEN ? AND ?"""
SELECT_LOST = """
SELECT l.id, l.target, coalesce(a.text, ''), l.rel, l.first_seen FROM lost_link l LEFT JOIN anchor a ON a.id = l.anchor
WHERE l.source = ?"""
DELETE_LINKS = "DELETE FROM link WHERE id BETWEEN ? AND ?"
DELETE_LINK_TEXTS = "DELETE FROM link_text WHERE link_id BETWEEN ? AND ?"
DELETE_LOST = "DELETE FROM lost_link WHERE id = ?"
INSERT_LOST = """
INSERT INTO lost_link (source, target, anchor, rel, flags, first_seen, last_seen, lost_at, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
UPSERT_EDGE = BulkInsert(
    "domain_edge", "source", "target", "links", "followed_links", "pages", "followed_pages", "first_seen", "last_seen",
    conflict="""
ON CONFLICT (source, target) DO UPDATE SET links = links + excluded.links,
    followed_links = followed_links + excluded.followed_links, pages = pages + excluded.pages,
    followed_pages = followed_pages + excluded.followed_pages, last_seen = max(last_seen, excluded.last_seen)""",
)  # fmt: skip
DELETE_EMPTY_EDGE = "DELETE FROM domain_edge WHERE source = ? AND target = ? AND links <= 0"

# Plain numbers: an IntFlag's & costs ten times an int's, and these stand in the loop over links.
EXTERNAL = int(LinkFlags.EXTERNAL)
NOT_FOLLOWED = int(UNFOLLOWED)

LinkKey = tuple[int, str, int]
"""What makes a link the same link on a second look: target id, anchor text, rel id."""


class OldLink(NamedTuple):
    anchor_id: int
    flags: int
    first_seen: int | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is on record of a page that is seen again, besides its links."""

    seen_at: float | None
    first_fetched_at: float
    first_link: int | None
    link_count: int


@dataclass(slots=True)
class Memory:
    """A page's earlier links by key (one page may hold the same link several times), and those lost before."""

    present: dict[LinkKey, list[OldLink]] = field(default_factory=dict)
    lost: dict[LinkKey, tuple[int, int]] = field(default_factory=dict)
    restored: list[int] = field(default_factory=list)

    def first_seen(self, key: LinkKey, now: int) -> int | None:
        """When a link of the new set was first seen; it is then no longer remembered."""
        same = self.present.get(key)
        if same:
            return same.pop().first_seen
        if key in self.lost:
            lost_id, first_seen = self.lost.pop(key)
            self.restored.append(lost_id)
            return first_seen
        return now


def lost_reason(page: Page) -> str:
    if page.outcome is Outcome.REDIRECT:
        return "page_redirected"
    return "removed" if page.outcome in (Outcome.OK, Outcome.NOT_HTML) else "not_found"


class LinkRows:
    """Collects the rows of a batch; `save` writes them."""

    def __init__(self, connection: aiosqlite.Connection, next_id: int, anchors: Texts, rels: Rels) -> None:
        self._connection = connection
        self._next_id = next_id
        self._anchors = anchors
        self._rels = rels
        self._clear()

    @property
    def last_id(self) -> int:
        """The id of the last link written; about the number of links in the file."""
        return self._next_id - 1

    def _clear(self) -> None:
        self._rows: list[object] = []  # flat: the values of one row after those of the other
        self._seen_rows: list[object] = []
        self._texts: list[object] = []
        self._anchor_ids: dict[str, int] = {}  # of this batch; most words stand in it many times
        self._lost: list[tuple[int | str, ...]] = []
        self._restored: list[tuple[int]] = []
        self._edges: dict[tuple[int, int], list[int]] = {}
        self._shrunk: set[tuple[int, int]] = set()

    def add(
        self, source: tuple[int, int], links: Sequence[Link], seen_at: float, ids: Ids, memory: Memory | None = None
    ) -> int | None:
        """Note the links of one page, `source` being its url and domain id; the id of the first, None without links."""
        if not links:
            return None
        url_id, domain_id = source
        first = number = self._next_id
        add_row, anchor_ids, rel_id, urls, now = (
            self._rows.extend,
            self._anchor_ids,
            self._rels.id_of,
            ids.urls,
            int(seen_at),
        )
        counts: dict[int, list[int]] = {}
        for target, anchor_text, rel, flags, before, after in links:
            target_id, rel_number = urls[target] >> ID_SHIFT, rel_id(rel) if rel else 0
            anchor = anchor_ids.get(anchor_text)
            if anchor is None:
                anchor = anchor_ids[anchor_text] = self._anchors.id_of(anchor_text)
            if memory is None:
                add_row((number, url_id, target_id, anchor, rel_number, flags))
            else:
                first_seen = memory.first_seen((target_id, anchor_text, rel_number), now)
                self._seen_rows += (number, url_id, target_id, anchor, rel_number, flags, first_seen)
            if before or after:
                self._texts += (number, before, after)
            target_domain = ids.origins[origin_of(target)].domain_id if flags & EXTERNAL else domain_id
            tally = counts.get(target_domain)
            if tally is None:
                tally = counts[target_domain] = [0, 0]
            tally[not flags & NOT_FOLLOWED] += 1
            number += 1
        self._next_id = number
        self._count(domain_id, counts, now, sign=1)
        return first

    async def take_off(self, source: tuple[int, int], earlier: Earlier) -> Memory:
        """Remove a page's earlier links and remember them; `add` what it has now, then `lose` the rest."""
        url_id, domain_id = source
        memory = Memory()
        for lost_id, target, text, rel, first_seen in await self._connection.execute_fetchall(SELECT_LOST, (url_id,)):
            memory.lost[target, text, rel] = (lost_id, first_seen)
        if earlier.first_link is None:
            return memory
        bounds = (earlier.first_link, earlier.first_link + earlier.link_count - 1)
        counts: dict[int, list[int]] = {}
        for target, text, rel, *old, domain in await self._connection.execute_fetchall(SELECT_OLD, bounds):
            link = OldLink(*old)
            memory.present.setdefault((target, text, rel), []).append(link)
            counts.setdefault(domain, [0, 0])[not link.flags & NOT_FOLLOWED] += 1
        self._count(domain_id, counts, int(earlier.seen_at or 0), sign=-1)
        await self._connection.execute(DELETE_LINKS, bounds)
        await self._connection.execute(DELETE_LINK_TEXTS, bounds)
        return memory

    def lose(self, url_id: int, memory: Memory, earlier: Earlier, page: Page) -> None:
        """Note as lost what `add` did not find again."""
        self._restored += [(lost_id,) for lost_id in memory.restored]
        last_seen, lost_at, reason = int(earlier.seen_at or 0), int(page.fetched_at), lost_reason(page)
        for (target, _, rel), links in memory.present.items():
            for link in links:
                first_seen = int(earlier.first_fetched_at) if link.first_seen is None else link.first_seen
                self._lost.append(
                    (url_id, target, link.anchor_id, rel, link.flags, first_seen, last_seen, lost_at, reason)
                )

    def _count(self, domain_id: int, counts: dict[int, list[int]], moment: int, *, sign: int) -> None:
        """Add one page's links to the deltas; `counts` holds [unfollowed, followed] per target domain."""
        for target_domain, (unfollowed, followed) in counts.items():
            pair = (domain_id, target_domain)
            edge = self._edges.get(pair)
            if edge is None:
                edge = self._edges[pair] = [0, 0, 0, 0, moment, moment]
            edge[0] += sign * (unfollowed + followed)
            edge[1] += sign * followed
            edge[2] += sign
            edge[3] += sign * (followed > 0)
            edge[4] = min(edge[4], moment)
            edge[5] = max(edge[5], moment)
            if sign < 0:
                self._shrunk.add(pair)

    async def save(self) -> None:
        await self._anchors.save(self._connection)
        await self._rels.save(self._connection)
        await INSERT_LINK.run(self._connection, self._rows)
        await INSERT_SEEN_LINK.run(self._connection, self._seen_rows)
        await INSERT_LINK_TEXT.run(self._connection, self._texts)
        await self._connection.executemany(INSERT_LOST, self._lost)
        await self._connection.executemany(DELETE_LOST, self._restored)
        edges: list[object] = []
        for pair, edge in sorted(self._edges.items()):
            edges += (*pair, *edge)
        await UPSERT_EDGE.run(self._connection, edges)
        await self._connection.executemany(DELETE_EMPTY_EDGE, sorted(self._shrunk))
        self._clear()

"""The pages of a batch as rows.

A page keeps what it showed when it was last seen: a second look that fails in passing changes only how the fetch ended,
while a page that is gone, or redirects now, gives up its links.

Not here: links (link_rows.py), which URL is a page (batch.py).
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from .interning import Ids
from .link_rows import Earlier, LinkRows
from .records import Link, Outcome, Page, Visit

# A failed second look keeps what the first one saw: title, links and the moment they were seen.
UPSERT_PAGE = """
INSERT INTO page (url_id, run_id, outcome, status, first_fetched_at, fetched_at, seen_at, changed_at, first_link,
    link_count, external_link_count, external_domain_count, title, heading, description, language, content_type,
    encoding, canonical_id, redirect_id, noindex, nofollow, is_truncated, bytes, fetch_ms, word_count, text_digest,
    etag, last_modified, error)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?5, ?7,
    ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
    ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
    ?26, ?27, ?28)
ON CONFLICT (url_id) DO UPDATE SET run_id = excluded.run_id, outcome = excluded.outcome, status = excluded.status,
    fetched_at = excluded.fetched_at, seen_at = coalesce(excluded.seen_at, seen_at),
    changed_at = iif(text_digest IS excluded.text_digest, changed_at, excluded.fetched_at),
    first_link = excluded.first_link, link_count = excluded.link_count,
    external_link_count = excluded.external_link_count, external_domain_count = excluded.external_domain_count,
    title = excluded.title, heading = excluded.heading, description = excluded.description,
    language = excluded.language, content_type = excluded.content_type, encoding = excluded.encoding,
    canonical_id = excluded.canonical_id, redirect_id = excluded.redirect_id, noindex = excluded.noindex,
    nofollow = excluded.nofollow, is_truncated = excluded.is_truncated, bytes = excluded.bytes,
    fetch_ms = excluded.fetch_ms, word_count = excluded.word_count, text_digest = excluded.text_digest,
    etag = excluded.etag, last_modified = excluded.last_modified, error = excluded.error"""
UPDATE_UNSEEN_PAGE = """
UPDATE page SET run_id = ?, outcome = ?, status = ?, fetched_at = ?, fetch_ms = ?, error = ? WHERE url_id = ?"""
UPDATE_UNCHANGED_PAGE = "UPDATE page SET run_id = ?, fetched_at = ?, seen_at = ?, fetch_ms = ? WHERE url_id = ?"
UPSERT_TEXT = "INSERT OR REPLACE INTO page_text (url_id, text) VALUES (?, ?)"
COUNT_PAGES = """
UPDATE domain SET pages_crawled = pages_crawled + ?1, run_pages = iif(run_id IS ?2, run_pages, 0) + ?3, run_id = ?2
WHERE id = ?4"""

SEEN_OUTCOMES = frozenset({Outcome.OK, Outcome.REDIRECT, Outcome.NOT_HTML})
GONE_STATUSES = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Visited:
    """What the file says of a URL that was just fetched; from `outcome` on None when it is the first time."""

    depth: int
    stop: int
    host_id: int
    domain_id: int
    outcome: str | None
    seen_at: float | None
    first_fetched_at: float | None
    first_link: int | None
    link_count: int | None

    def earlier(self) -> Earlier | None:
        if self.first_fetched_at is None:
            return None
        return Earlier(self.seen_at, self.first_fetched_at, self.first_link, self.link_count or 0)


class PageRows:
    """Collects the rows of a batch; `save` writes them, and those of the links."""

    def __init__(self, connection: aiosqlite.Connection, run_id: int, links: LinkRows) -> None:
        self._connection = connection
        self._run_id = run_id
        self._links = links
        self._clear()

    def _clear(self) -> None:
        self._pages: list[tuple[object, ...]] = []
        self._unseen: list[tuple[object, ...]] = []
        self._unchanged: list[tuple[object, ...]] = []
        self._texts: list[tuple[int, bytes]] = []
        self._crawled: Counter[int] = Counter()
        self._spent: Counter[int] = Counter()

    async def add(self, url_id: int, visit: Visit, page: Page, before: Visited, ids: Ids) -> None:
        """Note what one visit of a known URL brought."""
        self._count(page, visit, before)
        milliseconds = round(page.elapsed_seconds * 1000)
        if page.outcome is Outcome.NOT_MODIFIED:
            self._unchanged.append((self._run_id, page.fetched_at, page.fetched_at, milliseconds, url_id))
        elif before.outcome is not None and page.outcome not in SEEN_OUTCOMES and page.status not in GONE_STATUSES:
            self._unseen.append(
                (self._run_id, page.outcome, page.status, page.fetched_at, milliseconds, page.error, url_id)
            )
        else:
            first_link = await self._add_links(url_id, visit.links, page, before, ids)
            self._pages.append(self._row(url_id, page, first_link, len(visit.links), ids))
            if page.text:
                self._texts.append((url_id, zlib.compress(page.text.encode("utf-8", "replace"), 1)))

    async def _add_links(
        self, url_id: int, links: Sequence[Link], page: Page, before: Visited, ids: Ids
    ) -> int | None:  # fmt: skip
        source = (url_id, before.domain_id)
        earlier = before.earlier()
        if earlier is None:
            return self._links.add(source, links, page.fetched_at, ids)
        memory = await self._links.take_off(source, earlier)
        first_link = self._links.add(source, links, page.fetched_at, ids, memory)
        self._links.lose(url_id, memory, earlier, page)
        return first_link

    def _count(self, page: Page, visit: Visit, before: Visited) -> None:
        is_read = page.outcome in (Outcome.OK, Outcome.NOT_MODIFIED)
        was_read = before.outcome == Outcome.OK
        # A passing failure on a page we have read leaves it read.
        is_kept = was_read and page.outcome not in SEEN_OUTCOMES and page.status not in GONE_STATUSES
        self._crawled[before.domain_id] += (is_read or is_kept) - was_read
        self._spent[before.domain_id] += visit.retry is None

    def _row(self, url_id: int, page: Page, first_link: int | None, link_count: int, ids: Ids) -> tuple[object, ...]:
        seen_at = page.fetched_at if page.outcome in SEEN_OUTCOMES else None
        return (
            url_id, self._run_id, page.outcome, page.status, page.fetched_at, seen_at, first_link, link_count,
            page.external_link_count, page.external_domain_count, page.title, page.heading, page.description,
            page.language, page.content_type, page.encoding, ids.url_id(page.declared_canonical),
            ids.url_id(page.redirect_url), page.noindex, page.nofollow, page.is_truncated, page.bytes_received,
            round(page.elapsed_seconds * 1000), page.word_count, page.text_digest, page.etag, page.last_modified,
            page.error,
        )  # fmt: skip

    async def save(self) -> None:
        await self._links.save()
        await self._connection.executemany(UPSERT_PAGE, self._pages)
        await self._connection.executemany(UPDATE_UNSEEN_PAGE, self._unseen)
        await self._connection.executemany(UPDATE_UNCHANGED_PAGE, self._unchanged)
        await self._connection.executemany(UPSERT_TEXT, self._texts)
        await self._connection.executemany(
            COUNT_PAGES, [(self._crawled[key], self._run_id, spent, key) for key, spent in self._spent.items()]
        )
        self._clear()

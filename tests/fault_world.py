"""A crawl of two nights without a network, for faults: the real store and writer, pages out of a table.

Whatever order pages are asked in and however often the crawl is broken off, what is found is the same, moments
included, so that two files can be compared row by row. On the second night links have gone and come back.
"""

import asyncio
import random
import sqlite3
from contextlib import closing

from crawler import CrawlerOptions, CrawlJob, UrlReader, seed_url
from crawler.clock import Clock
from crawler.run import _begin
from storage import (
    Candidate,
    FetchKind,
    FetchRecord,
    HostClock,
    Link,
    LinkFlags,
    Outcome,
    Page,
    Retry,
    RobotsRecord,
    StopReason,
    StorageOptions,
    Visit,
    open_crawl_store,
    pack_flags,
)

NIGHT_SECONDS = 100_000.0
MAX_DEPTH = 3
BATCH = 4
HOSTS = ("a.test", "b.test")
SEEDS = tuple(f"https://{host}/" for host in HOSTS)

# Number of the page: the numbers of the pages it links to, on each host alike. 6 and 7 are first found too deep.
TREE = {0: (1, 2, 3), 1: (4,), 4: (5,), 5: (6,), 6: (7,), 3: (5,), 2: (8, 9, 10)}
REDIRECTS = {8: 6}
CANONICALS = {9: 2}
FLAKY, BROKEN = 10, 7


def url_of(host, number):
    return f"https://{host}/{number}" if number else f"https://{host}/"


def links_of(host, number, night):
    """Inner links; and outward ones that come, go and come back with the nights."""
    inner = [url_of(host, one) for one in TREE.get(number, ())]
    outer = [f"https://out{(number + night + turn) % 5}.test/" for turn in range(3)]
    return inner, [*outer, url_of(HOSTS[host == HOSTS[0]], 3)]


def candidate(url, depth, stop=None):
    host = url.split("/")[2]
    if stop is None:
        is_inside = host in HOSTS
        stop = StopReason.OUT_OF_SCOPE if not is_inside else StopReason.WANTED
        stop = StopReason.DEPTH if is_inside and depth > MAX_DEPTH else stop
    return Candidate(url, url[: url.index("/", 8)], host, host, depth, stop)


def visit_of(one, night):
    """What asking for a waiting URL brings."""
    number = int(one.url.rpartition("/")[2] or 0)
    at = night * NIGHT_SECONDS + number
    fetch = FetchRecord(
        url=one.url, host=one.host, kind=FetchKind.PAGE, started_at=at, elapsed_seconds=0.1, outcome=Outcome.OK,
    )  # fmt: skip
    clock = HostClock(host=one.host, ready_at=night * NIGHT_SECONDS + 500)
    if number == FLAKY and one.attempts == 0:
        return Visit(url_id=one.url_id, depth=one.depth, host=clock, retry=Retry(not_before=at, attempts=1))
    page, links, candidates, stop = _read(one, number, night, at)
    return Visit(
        url_id=one.url_id, depth=one.depth, host=clock, fetch=fetch, page=page, links=links, candidates=candidates,
        stop=stop,
    )  # fmt: skip


def _read(one, number, night, at):
    if number == BROKEN:
        return Page(outcome=Outcome.TIMEOUT, fetched_at=at), [], [], StopReason.FAILED
    if number in REDIRECTS:
        target = url_of(one.host, REDIRECTS[number])
        page = Page(outcome=Outcome.REDIRECT, status=301, fetched_at=at, redirect_url=target)
        return page, [], [candidate(target, one.depth)], StopReason.WANTED
    inner, outer = links_of(one.host, number, night)
    links = [Link(url, f"to {url}", "", pack_flags(0, 0, 0)) for url in inner]
    links += [Link(url, "out", "ugc", pack_flags(LinkFlags.EXTERNAL | LinkFlags.UGC, 0, 0), "x", "y") for url in outer]
    candidates = [candidate(link.target, one.depth + 1) for link in links]
    canonical = CANONICALS.get(number)
    named = {} if canonical is None else {"declared_canonical": url_of(one.host, canonical)}
    candidates += [candidate(url, one.depth) for url in named.values()]
    page = Page(
        outcome=Outcome.OK, status=200, fetched_at=at, title=f"Page {number}",
        text=random.Random(at).randbytes(3_000).hex(),
        text_digest=night, external_link_count=len(outer), external_domain_count=len(outer), **named,
    )  # fmt: skip
    return page, links, candidates, StopReason.WANTED


def robots_of(host, night):
    at = night * NIGHT_SECONDS
    record = RobotsRecord(
        origin=f"https://{host}", fetched_at=at, expires_at=at + 86_400, outcome=Outcome.OK, status=200, body=b"x",
    )  # fmt: skip
    return Visit(url_id=None, host=HostClock(host=host, ready_at=at + 500), robots=record)


def job_of(path):
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [seed_url(seed, reader) for seed in SEEDS]
    return CrawlJob(seeds=seeds, path=path, crawler=CrawlerOptions(), storage=StorageOptions())


async def night(path, number, *, batch=BATCH, max_batches=None, on_saved=lambda _urls: None):
    """One night of the crawl, or what is left of it; `on_saved` is told the URLs of each batch once it is committed."""
    now = number * NIGHT_SECONDS
    clock = Clock(lambda: now, lambda: now)
    options = StorageOptions()
    async with open_crawl_store(path, options, now=now, version="0", options_json="{}") as store:
        await _begin(job_of(path), store, clock)
        writer = await store.writer(
            max_depth=MAX_DEPTH,
            on_saved=lambda visits, _waiting: on_saved([visit.fetch.url for visit in visits if visit.fetch]),
        )
        batches = 0
        while waiting := await next_of(store.reading, batch):
            if batches == max_batches:
                return
            batches += 1
            visits = [visit_of(one, number) for one in waiting]
            visits += [robots_of(one.host, number) for one in waiting if one.url in SEEDS]
            await writer._guarded(writer._save(visits, []))
        await store.end(now=now + 1_000, reason="done")


async def next_of(reading, limit):
    """The URLs of the next batch, taken from the hosts in turn."""
    rows = []
    for host in sorted(await reading.hosts(), key=lambda one: one.host):
        rows += await reading.waiting(host.host, limit)
    return sorted(rows, key=lambda row: (row.attempts, row.depth, row.url))[:limit]


def crawl(path, nights=(1,), **options):
    for number in nights:
        asyncio.run(night(path, number, **options))
    return path


TABLES = {
    "links": "SELECT source_url, target_url, anchor_text, rel, kind, placement, first_seen, last_seen FROM links",
    "pages": "SELECT url, outcome, status, title, depth, fetched_at, canonical_url, redirect_url FROM pages",
    "domains": """
        SELECT domain, is_seed, pages_crawled, outbound_links, inbound_links, referring_pages, referring_domains,
            followed_referring_domains FROM domains""",
    "budgets": "SELECT name, run_id, run_pages, is_seed FROM domain",
    "edges": """
        SELECT s.name, t.name, e.links, e.followed_links, e.pages, e.followed_pages, e.first_seen, e.last_seen
        FROM domain_edge e JOIN domain s ON s.id = e.source JOIN domain t ON t.id = e.target""",
    "lost": """
        SELECT s.path, so.text, t.path, o.text, l.first_seen, l.last_seen, l.lost_at, l.reason FROM lost_link l
        JOIN url s ON s.id = l.source JOIN origin so ON so.id = s.origin_id
        JOIN url t ON t.id = l.target JOIN origin o ON o.id = t.origin_id""",
    "texts": "SELECT o.text, u.path, hex(t.text) FROM page_text t JOIN url u ON u.id = t.url_id "
    "JOIN origin o ON o.id = u.origin_id",
    "around": "SELECT before, after, count(*) FROM link_text GROUP BY 1, 2",
    "robots": "SELECT o.text, r.fetched_at, r.expires_at, r.body FROM robots r JOIN origin o ON o.id = r.origin_id",
    "hosts": "SELECT name, ready_at, address, retired_reason FROM host",
    "fetches": "SELECT url_id IS NULL, started_at, outcome, run_id, count(*) FROM fetch GROUP BY 1, 2, 3, 4",
    "stops": "SELECT name, url_count FROM stop_reason WHERE url_count > 0",
    "frontier": "SELECT o.text, u.path, f.depth, f.attempts FROM frontier f JOIN url u ON u.id = f.url_id "
    "JOIN origin o ON o.id = u.origin_id",
    "runs": "SELECT id, started_at, ended_at, end_reason FROM run",
}


def contents(path):
    """Every row of the file by name, without ids; the file must be whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {name: sorted(connection.execute(sql), key=repr) for name, sql in TABLES.items()}


def pages_of(path, night):
    sql = "SELECT url FROM pages WHERE unixepoch(fetched_at) >= ?"
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute(sql, (night * NIGHT_SECONDS,))}

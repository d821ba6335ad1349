"""The writer over a real file: what a visit leaves, and what a second look changes."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

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
from storage.bulk_insert import ROWS_AT_ONCE
from tests.timing import until

SEED = "https://a.test/"


def candidate(url, *, depth=1, stop=StopReason.WANTED):
    host = url.split("/")[2]
    return Candidate(url, url[: url.index("/", 8)], host, ".".join(host.split(".")[-2:]), depth, stop)


def link(target, words="words", rel="", *, external=False):
    flags = LinkFlags.EXTERNAL if external else 0
    return Link(target, words, rel, pack_flags(flags | ("nofollow" in rel), 0, 0))


def visit(waiting, links=(), *, outcome=Outcome.OK, status=200, at=1_000.0, **page):
    candidates = [candidate(one.target, depth=waiting.depth + 1) for one in links]
    candidates += [candidate(page[key]) for key in ("redirect_url", "declared_canonical") if key in page]
    return Visit(
        url_id=waiting.url_id,
        depth=waiting.depth,
        host=HostClock(host=waiting.host, ready_at=at + 1),
        fetch=FetchRecord(
            url=waiting.url, host=waiting.host, kind=FetchKind.PAGE, started_at=at, elapsed_seconds=0.1, outcome=outcome
        ),
        page=Page(outcome=outcome, status=status, fetched_at=at, **page),
        links=list(links),
        candidates=candidates,
    )


class Opened:
    def __init__(self, store, path):
        self.store, self.path, self.waiting, self.saved = store, path, [], []

    def on_saved(self, visits, waiting):
        self.saved += visits
        self.waiting += waiting

    async def save(self, *visits):
        self.waiting.clear()
        for one in visits:
            await self.writer.put(one)
        self.writer.finish()
        await self.writer.run()
        self.writer._is_finishing = False
        return {one.url: one for one in self.waiting}

    def rows(self, sql, *arguments):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
            try:
                return connection.execute(sql, arguments).fetchall()
            finally:
                connection.rollback()

    def one(self, sql, *arguments):
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(sql, arguments).fetchall()
        finally:
            connection.close()


@asynccontextmanager
async def opened(path, *, max_depth=5, seeds=(SEED,), **options):
    async with open_crawl_store(path, StorageOptions(**options), now=1.0, version="0", options_json="{}") as store:
        each = Opened(store, path)
        each.writer = await store.writer(max_depth=max_depth, on_saved=each.on_saved)
        await each.writer.add_candidates([candidate(url, depth=0) for url in seeds])
        yield each


async def test_a_visit_leaves_its_page_its_links_and_what_waits_next(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        links = [link("https://a.test/1"), link("https://b.test/", "B", "nofollow", external=True)]
        found = await each.save(visit(seed, links, title="Home"))
        assert set(found) == {"https://a.test/1", "https://b.test/"}
        assert each.one("SELECT target_url, anchor_text, rel, nofollow, followed, is_external FROM links") == [
            ("https://a.test/1", "words", "", 0, 1, 0),
            ("https://b.test/", "B", "nofollow", 1, 0, 1),
        ]
        assert each.one("SELECT url, status, outcome, title, depth FROM pages") == [(SEED, 200, "ok", "Home", 0)]
        assert each.one("SELECT url_id FROM frontier ORDER BY 1") == [(2,), (3,)]


async def test_the_domain_pairs_count_links_and_pages(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        far = "https://b.test/"
        found = await each.save(
            visit(
                seed,
                [link("https://a.test/1"), link(far, "1", external=True), link(far, "2", "nofollow", external=True)],
            )
        )
        await each.save(visit(found["https://a.test/1"], [link(far, "3", "nofollow", external=True)]))
        row = each.one(
            "SELECT inbound_links, referring_pages, referring_domains, followed_referring_domains FROM domains "
            "WHERE domain = 'b.test'"
        )
        assert row == [(3, 2, 1, 1)]
        assert each.one("SELECT pages_crawled, run_pages FROM domain WHERE name = 'a.test'") == [(2, 2)]


async def test_a_second_look_replaces_the_links_and_keeps_when_they_were_first_seen(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        await each.save(
            visit(seed, [link("https://a.test/1"), link("https://b.test/", "old", external=True)], at=1_000)
        )
        await each.save(
            visit(seed, [link("https://c.test/", "new", external=True), link("https://a.test/1")], at=5_000)
        )
        assert each.one("SELECT target_url, unixepoch(first_seen), unixepoch(last_seen) FROM links") == [
            ("https://c.test/", 5_000, 5_000),
            ("https://a.test/1", 1_000, 5_000),
        ]
        assert each.one("SELECT first_seen, last_seen, lost_at, reason FROM lost_link") == [
            (1_000, 1_000, 5_000, "removed")
        ]
        assert each.one("SELECT inbound_links, referring_domains FROM domains WHERE domain = 'b.test'") == [(0, 0)]


async def test_a_link_that_comes_back_takes_up_its_old_moment(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        far = link("https://b.test/", external=True)
        for at, links in ((1_000, [far]), (2_000, []), (3_000, [far])):
            await each.save(visit(seed, links, at=at))
        assert each.one("SELECT unixepoch(first_seen) FROM links") == [(1_000,)]
        assert each.one("SELECT count(*) FROM lost_link") == [(0,)]


@pytest.mark.parametrize(
    ("outcome", "status", "links", "reason"),
    [
        (Outcome.TIMEOUT, None, 1, None),
        (Outcome.HTTP_ERROR, 503, 1, None),
        (Outcome.HTTP_ERROR, 404, 0, "not_found"),
        (Outcome.HTTP_ERROR, 410, 0, "not_found"),
    ],
)
async def test_links_are_lost_when_the_page_is_gone_and_not_when_it_only_failed(
    tmp_path, outcome, status, links, reason
):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        await each.save(visit(seed, [link("https://b.test/", external=True)], title="Kept"))
        await each.save(visit(seed, outcome=outcome, status=status, at=2_000))
        assert each.one("SELECT count(*) FROM links") == [(links,)]
        assert each.one("SELECT outcome, status FROM pages") == [(outcome, status)]
        assert each.one("SELECT reason FROM lost_link") == ([(reason,)] if reason else [])
        assert each.one("SELECT pages_crawled FROM domain WHERE name = 'a.test'") == [(links,)]


async def test_a_url_stopped_for_its_depth_is_brought_back_by_a_shorter_way(tmp_path):
    async with opened(tmp_path / "x.db", max_depth=2) as each:
        (seed,) = each.waiting
        found = await each.save(visit(seed, [link("https://a.test/1")]))
        found = await each.save(visit(found["https://a.test/1"], [link("https://a.test/2")]))
        deep = candidate("https://a.test/3", depth=3, stop=StopReason.DEPTH)
        two = visit(found["https://a.test/2"], [])
        await each.save(Visit(url_id=two.url_id, depth=2, host=two.host, page=two.page, candidates=[deep]))
        assert each.one("SELECT stop FROM url WHERE path = '/3'") == [(StopReason.DEPTH,)]
        found = await each.save(
            Visit(url_id=seed.url_id, host=two.host, candidates=[candidate("https://a.test/3", depth=1)])
        )
        assert [one.depth for one in found.values()] == [1]
        assert each.one("SELECT name, url_count FROM stop_reason WHERE url_count > 0") == [("wanted", 4)]


async def test_a_shorter_way_spreads_to_the_pages_behind_it(tmp_path):
    async with opened(tmp_path / "x.db", max_depth=2) as each:
        (seed,) = each.waiting
        found = await each.save(visit(seed, [link("https://a.test/1"), link("https://a.test/s")]))
        shortcut = found["https://a.test/s"]
        found = await each.save(visit(found["https://a.test/1"], [link("https://a.test/2")]))
        two = visit(found["https://a.test/2"], [link("https://a.test/3")])
        deep = candidate("https://a.test/3", depth=3, stop=StopReason.DEPTH)
        await each.save(
            Visit(url_id=two.url_id, depth=2, host=two.host, page=two.page, links=two.links, candidates=[deep])
        )
        found = await each.save(visit(shortcut._replace(depth=0), [link("https://a.test/2")]))
        assert each.one("SELECT path, depth FROM url WHERE path IN ('/2', '/3') ORDER BY 1") == [("/2", 1), ("/3", 2)]
        assert set(found) == {"https://a.test/3"}


async def test_a_way_that_may_not_be_followed_makes_nothing_nearer(tmp_path):
    """Whether the nofollow link at depth 1 or the plain one at depth 2 is seen first must not matter."""
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        hidden = candidate("https://a.test/x", depth=1, stop=StopReason.NOFOLLOW)
        await each.save(Visit(url_id=seed.url_id, host=HostClock(host="a.test"), candidates=[hidden]))
        plain = candidate("https://a.test/x", depth=2)
        found = await each.save(Visit(url_id=seed.url_id, host=HostClock(host="a.test"), candidates=[plain]))
        assert found["https://a.test/x"].depth == 2
        assert each.one("SELECT depth, stop FROM url WHERE path = '/x'") == [(2, StopReason.WANTED)]
        assert each.one("SELECT depth FROM frontier WHERE url_id = ?", found["https://a.test/x"].url_id) == [(2,)]


@pytest.mark.parametrize("kind", ["redirect_url", "declared_canonical"])
async def test_a_shorter_way_spreads_over_redirects_and_canonical_links(tmp_path, kind):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        found = await each.save(visit(seed, [link("https://a.test/1"), link("https://a.test/s")]))
        shortcut = found["https://a.test/s"]
        found = await each.save(visit(found["https://a.test/1"], [link("https://a.test/2")]))
        two = visit(found["https://a.test/2"], [], **{kind: "https://a.test/there"})
        await each.save(replace(two, candidates=[candidate("https://a.test/there", depth=2)]))
        await each.save(visit(shortcut._replace(depth=0), [link("https://a.test/2")]))
        assert each.one("SELECT depth FROM url WHERE path = '/there'") == [(1,)]


async def test_a_retry_keeps_the_frontier_row_and_says_when(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        retry = Retry(not_before=2_000.0, attempts=1)
        await each.save(Visit(url_id=seed.url_id, host=HostClock(host="a.test"), retry=retry))
        (again,) = await each.store.reading.waiting("a.test", 10)
        assert (again.attempts, again.not_before) == (1, 2_000.0)


async def test_what_stopped_a_url_is_recorded_and_counted(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        await each.save(Visit(url_id=seed.url_id, host=HostClock(host="a.test"), stop=StopReason.ROBOTS))
        assert each.one("SELECT name, url_count FROM stop_reason WHERE url_count > 0") == [("robots", 1)]
        assert each.one("SELECT count(*) FROM frontier") == [(0,)]


def robots_visit(origin, host):
    record = RobotsRecord(origin=origin, fetched_at=1.0, expires_at=2.0, outcome=Outcome.OK, status=200, body=b"x")
    return Visit(url_id=None, host=HostClock(host=host), robots=record)


@pytest.mark.parametrize(
    ("origin", "host", "kept"),
    [
        ("https://a.test", "a.test", [("https://a.test", "a.test")]),
        # another origin of a known host
        ("http://a.test", "a.test", [("http://a.test", "a.test")]),
        ("https://a.test:8443", "a.test", [("https://a.test:8443", "a.test")]),
        ("http://[2001:db8::1]:8080", "[2001:db8::1]", [("http://[2001:db8::1]:8080", "[2001:db8::1]")]),
        # a host that no URL has named: nobody says which registrable domain it is of
        ("https://never.test", "never.test", []),
        ("https://[::1]", "[::1]", []),
    ],
)
async def test_the_robots_of_an_origin_without_urls_are_kept_when_its_host_is_known(tmp_path, origin, host, kept):
    async with opened(tmp_path / "x.db", seeds=(SEED, "http://[2001:db8::1]/")) as each:
        await each.save(robots_visit(origin, host))
        kept_rows = each.one(
            "SELECT o.text, h.name FROM robots r JOIN origin o ON o.id = r.origin_id JOIN host h ON h.id = o.host_id"
        )
        assert kept_rows == kept
        assert set(await each.store.reading.robots([origin])) == {text for text, _ in kept}


@pytest.mark.parametrize(("domain", "kept"), [("b.test", [("www.b.test", "b.test")]), (None, [])])
async def test_a_request_to_a_host_that_no_url_names_is_on_record_when_its_domain_is_told(tmp_path, domain, kept):
    url = "https://www.b.test/robots.txt"
    asked = FetchRecord(
        url=url, host="www.b.test", kind=FetchKind.ROBOTS, started_at=5.0, elapsed_seconds=0.1, outcome=Outcome.OK
    )
    clock = HostClock(host="www.b.test", ready_at=6.0)
    async with opened(tmp_path / "x.db") as each:
        await each.save(Visit(url_id=None, host=clock, fetch=asked, host_domain=domain))
        rows = "SELECT h.name, d.name FROM fetch f JOIN host h ON h.id = f.host_id JOIN domain d ON d.id = h.domain_id"
        assert each.one(rows) == kept
        assert each.one("SELECT ready_at FROM host WHERE name = 'www.b.test'") == [(6.0,) for _ in kept]


async def test_more_rows_than_go_into_one_statement_are_all_written_in_order(tmp_path):
    links = [link(f"https://a.test/{number}", f"words {number}") for number in range(2 * ROWS_AT_ONCE + 7)]
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        await each.save(visit(seed, links))
        assert each.one("SELECT target_url, anchor_text FROM links") == [(one[0], one[1]) for one in links]
        await each.save(visit(seed, links[::-1], at=2_000))
        assert each.one("SELECT target_url, anchor_text FROM links") == [(one[0], one[1]) for one in links[::-1]]
        assert each.one("SELECT DISTINCT unixepoch(first_seen) FROM links") == [(1_000,)]


async def test_the_file_is_unchanged_when_a_batch_fails_in_the_middle(tmp_path):
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        broken = visit(seed, [link("https://b.test/", external=True)], title=object())
        with pytest.raises(Exception, match="binding"):
            await each.save(broken)
        assert each.one("SELECT count(*) FROM link") == [(0,)]
        assert each.one("SELECT count(*) FROM frontier") == [(1,)]


async def test_a_domain_that_a_seed_redirects_to_is_adopted_with_the_visit_that_says_so(tmp_path):
    """It need not have been named before: a kill leaves either both or neither."""
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        moved = visit(seed, outcome=Outcome.REDIRECT, status=301, redirect_url="https://b.test/")
        await each.save(replace(moved, adopted="b.test"))
        assert await each.store.reading.adopted() == ["b.test"]


async def test_who_is_cancelled_while_a_batch_is_committed_is_cancelled_and_the_batch_is_there(tmp_path, monkeypatch):
    """A second interrupt in that moment must not end as an error of the store."""
    async with opened(tmp_path / "x.db") as each:
        (seed,) = each.waiting
        connection = each.store._writing
        execute = connection.execute

        def cancelled_at_the_end(sql, *rest):
            if sql == "COMMIT":
                asyncio.current_task().cancel()
            return execute(sql, *rest)

        monkeypatch.setattr(connection, "execute", cancelled_at_the_end)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(each.save(visit(seed, [link("https://a.test/1")])))
        assert each.one("SELECT count(*) FROM link") == [(1,)]


async def test_ids_go_on_where_the_file_ends(tmp_path):
    path = tmp_path / "x.db"
    async with opened(path) as each:
        (seed,) = each.waiting
        await each.save(visit(seed, [link("https://a.test/1", "first", "ugc")]))
    async with opened(path) as each:
        assert each.waiting == []
        (one,) = await each.store.reading.waiting("a.test", 10)
        await each.save(visit(one, [link("https://a.test/2", "second", "ugc"), link("https://a.test/")]))
        assert each.one("SELECT source_url, target_url, anchor_text, rel FROM links") == [
            (SEED, "https://a.test/1", "first", "ugc"),
            ("https://a.test/1", "https://a.test/2", "second", "ugc"),
            ("https://a.test/1", SEED, "words", ""),
        ]


async def test_a_batch_is_committed_when_its_first_visit_is_old_enough(tmp_path):
    async with opened(tmp_path / "x.db", batch_seconds=0.05) as each:
        (seed,) = each.waiting
        async with asyncio.TaskGroup() as group:
            group.create_task(each.writer.run())
            await each.writer.put(visit(seed))
            await until(lambda: each.saved)
            assert each.one("SELECT count(*) FROM page") == [(1,)]
            each.writer.finish()


async def test_a_batch_is_committed_when_it_holds_enough_links(tmp_path):
    async with opened(tmp_path / "x.db", batch_links=1, batch_seconds=60) as each:
        (seed,) = each.waiting
        async with asyncio.TaskGroup() as group:
            group.create_task(each.writer.run())
            await each.writer.put(visit(seed))
            await until(lambda: each.saved)
            assert len(each.saved) == 1
            each.writer.finish()

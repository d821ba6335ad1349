"""What was stopped and is wanted after all: other options, new seeds, another robots.txt; and the other way round."""

import json
from dataclasses import asdict, replace

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import CrawlerOptions, UrlReader, run_crawl
from crawler.reopening import JUDGED_AGAIN, is_wanted, reasons_to_judge, wants_of
from crawler.scope import Scope
from storage import HostClock, Outcome, RobotsRecord, StoppedUrl, StopReason, StorageOptions, Visit, open_crawl_store
from tests.small_store import Keeper, candidate, visit
from tests.test_crawl import FAST, ask, job_for

SIZE = Size(hosts=6, pages_per_host=25)
DEPTHS = "SELECT DISTINCT u.depth FROM page p JOIN url u ON u.id = p.url_id"
STOPS_AND_ROWS = """
SELECT s.name, s.url_count, (SELECT count(*) FROM url u WHERE u.stop = s.id) FROM stop_reason s WHERE s.url_count > 0"""


def depths(path):
    return {row[0] for row in ask(path, DEPTHS)}


def check_stop_counts(path):
    assert all(counted == rows for _, counted, rows in ask(path, STOPS_AND_ROWS)), ask(path, STOPS_AND_ROWS)


async def test_a_greater_depth_goes_on_where_the_last_run_stopped_though_no_page_is_due_again(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2, profile="plain", size=SIZE)) as served:
        await run_crawl(job_for(served, path, crawl={"max_depth": 1, "max_idle_seconds": 1}, **FAST))
        assert depths(path) == {0, 1}
        pages = len(served.log)
        await run_crawl(job_for(served, path, crawl={"max_depth": 1, "max_idle_seconds": 1}, **FAST))
        assert len(served.log) == pages, "nothing has changed, and nothing is due"
        await run_crawl(job_for(served, path, crawl={"max_depth": 2, "max_idle_seconds": 1}, **FAST))
        whole = tmp_path / "whole.db"
        await run_crawl(job_for(served, whole, crawl={"max_depth": 2, "max_idle_seconds": 1}, **FAST))
    assert depths(path) == {0, 1, 2}
    assert ask(path, "SELECT url, outcome FROM pages ORDER BY 1") == ask(
        whole, "SELECT url, outcome FROM pages ORDER BY 1"
    )
    check_stop_counts(path)


async def test_a_domain_that_becomes_a_seed_is_asked_for_all_that_was_known_of_it(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2, profile="plain", size=SIZE)) as served:
        job = job_for(served, path, crawl={"max_depth": 1, "max_idle_seconds": 1}, **FAST)
        first, *others = job.seeds
        await run_crawl(replace(job, seeds=[first]))
        assert ask(path, "SELECT count(*) FROM url WHERE stop = 1")[0][0] > 0
        await run_crawl(replace(job, seeds=[first, *others]))
    wanted = "SELECT count(*) FROM url u JOIN origin o ON o.id = u.origin_id WHERE u.stop = 1 AND u.depth <= 1"
    assert ask(path, wanted) == [(0,)]
    check_stop_counts(path)


async def test_what_waits_and_is_excluded_by_now_is_not_asked_for(tmp_path):
    path = tmp_path / "x.db"
    async with serve_web(InventedWeb(2, profile="plain", size=SIZE)) as served:
        few = {"max_pages": 10, "max_idle_seconds": 1}
        await run_crawl(job_for(served, path, crawl=few, **FAST))
        assert ask(path, "SELECT count(*) FROM frontier")[0][0] > 10
        served.log.clear()
        job = job_for(
            served, path, crawl={"max_idle_seconds": 1}, scope={"exclude": ("*",), "use_sitemaps": False}, **FAST
        )
        await run_crawl(job)
        assert {access.path for access in served.log} <= {"/robots.txt", "/sitemap.xml"}
        check_stop_counts(path)
        await run_crawl(job_for(served, path, crawl={"max_idle_seconds": 1}, **FAST))
    assert ask(path, "SELECT count(*) FROM page")[0][0] > 100, "what was excluded is wanted again"
    check_stop_counts(path)


# The judgement.

READER = UrlReader(drop_parameters=(), user_platforms=())
OPTIONS = CrawlerOptions()


def scope_of(seed="https://a.test/", **changes):
    seeds = [READER.parse(seed)]
    return Scope(replace(OPTIONS.scope, **changes), max_depth=3, seeds=seeds, allowed_ports=(80, 443))


@pytest.mark.parametrize(
    ("url", "depth", "expected"),
    [
        ("https://a.test/x", 3, True),
        ("https://a.test/x", 4, False),
        ("https://other.test/x", 1, False),
        ("https://a.test/x.pdf", 1, False),
        ("https://a.test:8443/x", 1, False),
        ("https://a.test/no/x", 1, False),
    ],
)
def test_a_stopped_url_is_judged_by_the_scope_of_now(url, depth, expected):
    assert is_wanted(StoppedUrl(1, url, depth, StopReason.DEPTH), scope_of(exclude=("/no/*",)), READER) is expected


def recorded(**sections):
    changed = {name: replace(getattr(OPTIONS, name), **values) for name, values in sections.items()}
    return json.loads(json.dumps({"crawler": asdict(replace(OPTIONS, **changed))}, default=str))


@pytest.mark.parametrize(
    ("sections", "is_same"),
    [
        ({}, True),
        ({"crawl": {"max_pages": 5, "max_seconds": 9.0, "contact": "x@example.org"}}, True),
        ({"politeness": {"delay_seconds": 9.0}}, True),
        ({"crawl": {"max_depth": 9}}, False),
        ({"crawl": {"user_agent": "other"}}, False),
        ({"scope": {"exclude": ("/x",)}}, False),
        ({"fetch": {"max_redirect_hops": 9}}, False),
        ({"network": {"allowed_ports": (80, 443, 8080)}}, False),
    ],
)
def test_only_what_decides_what_is_wanted_makes_stopped_urls_be_judged_again(sections, is_same):
    assert (wants_of(recorded(**sections)) == wants_of({"crawler": asdict(OPTIONS)})) is is_same


@pytest.mark.parametrize(
    ("before", "now", "more"),
    [
        ({}, {}, set()),
        ({"crawl": {"user_agent": "other"}}, {}, {StopReason.ROBOTS}),
        ({"fetch": {"max_redirect_hops": 2}}, {}, {StopReason.REDIRECT_HOPS}),
        ({"fetch": {"max_redirect_hops": 9}}, {}, set()),
        ({}, {"scope": {"follow_nofollow": True}}, {StopReason.NOFOLLOW}),
    ],
)
def test_some_reasons_are_set_aside_only_when_their_bound_has_moved(before, now, more):
    options = replace(OPTIONS, **{name: replace(getattr(OPTIONS, name), **values) for name, values in now.items()})
    assert reasons_to_judge(recorded(**before), options) == JUDGED_AGAIN | more


def test_a_store_that_no_run_has_asked_for_anything_has_no_reasons_of_its_own():
    assert reasons_to_judge({}, OPTIONS) == JUDGED_AGAIN


# robots.txt.

A = "https://a.test/"


def robots(body, *, outcome=Outcome.OK, status=200):
    return RobotsRecord(
        origin="https://a.test", fetched_at=1.0, expires_at=2.0, outcome=outcome, status=status, body=body
    )


def store_at(path):
    return open_crawl_store(path, StorageOptions(), now=0.0, version="0", options_json="{}")


@pytest.mark.parametrize(
    ("after", "is_lifted"),
    [
        (robots(b"old"), False),
        (robots(b"new"), True),
        (robots(b"", outcome=Outcome.HTTP_ERROR, status=404), True),
        (robots(b"", outcome=Outcome.HTTP_ERROR, status=503), False),
        (robots(b"", outcome=Outcome.TIMEOUT, status=None), False),
    ],
)
async def test_what_robots_txt_refused_waits_again_when_the_file_has_changed(tmp_path, after, is_lifted):
    path = tmp_path / "x.db"
    async with store_at(path) as store:
        keeper = Keeper(store)
        await keeper.open([A])
        clock = HostClock(host="a.test")
        found = [candidate(f"{A}{name}") for name in ("in", "out")]
        await keeper.save(
            Visit(url_id=None, host=clock, robots=robots(b"old")), visit(keeper.waiting[A], candidates=found)
        )
        refused = keeper.waiting.pop(f"{A}out")
        await keeper.save(Visit(url_id=refused.url_id, depth=1, host=clock, stop=StopReason.ROBOTS))
        await keeper.save(Visit(url_id=None, host=clock, robots=after))
        assert (f"{A}out" in keeper.waiting) is is_lifted
        assert [row.url for row in await store.reading.waiting("a.test", 9)] == [f"{A}in", f"{A}out"][: 1 + is_lifted]
    check_stop_counts(path)


# Redirects.


async def test_a_chain_of_redirects_is_as_long_in_the_second_night_as_in_the_first(tmp_path):
    path = tmp_path / "x.db"
    async with store_at(path) as store:
        keeper = Keeper(store)
        await keeper.open([A, "https://a.test/plain"])
        for number in range(1, 4):
            asked = keeper.waiting[A if number == 1 else f"{A}{number - 1}"]
            hop = candidate(f"{A}{number}", depth=0)._replace(redirect_hops=number)
            moved = {"outcome": Outcome.REDIRECT, "status": 301, "redirect_url": hop.url}
            await keeper.save(visit(asked, candidates=[hop], **moved))
        await keeper.save(visit(keeper.waiting[f"{A}3"]), visit(keeper.waiting["https://a.test/plain"]))
        await store.queue_recrawl(["a.test"], fetched_before=9e9)
        rows = {row.url: row.redirect_hops for row in await store.reading.waiting("a.test", 9)}
    assert rows == {A: 0, f"{A}plain": 0, f"{A}1": 1, f"{A}2": 2, f"{A}3": 3}


async def test_a_loop_of_redirects_ends_the_reckoning(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = Keeper(store)
        await keeper.open([A, f"{A}x", f"{A}y"])
        for source, target in ((A, "x"), (f"{A}x", "y"), (f"{A}y", "x")):
            moved = {"outcome": Outcome.REDIRECT, "status": 301, "redirect_url": f"{A}{target}"}
            await keeper.save(visit(keeper.waiting[source], **moved))
        await store.queue_recrawl(["a.test"], fetched_before=9e9)
        rows = {row.url: row.redirect_hops for row in await store.reading.waiting("a.test", 9)}
    assert rows == {A: 0, f"{A}x": 1, f"{A}y": 2}

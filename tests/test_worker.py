"""What becomes of one leased URL, over real sockets and in a store."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from backlinks.demo import serve_web
from backlinks.demo.model import Answer
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, run_crawl, seed_url, visit, worker
from storage import StorageOptions
from tests.small_web import SmallWeb, html, redirect


async def crawl(web, path, **scope):
    async with serve_web(web) as served:
        options = served.hurried_options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org")))
        options = replace(
            options,
            scope=replace(options.scope, **scope),
            politeness=replace(options.politeness, delay_seconds=0, address_delay_seconds=0),
        )
        reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)
        seeds = [seed_url(seed, reader) for seed in served.seeds]
        await run_crawl(CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions()))


def pages(path):
    """Path, outcome and error of each page."""
    with closing(sqlite3.connect(path)) as connection:
        return set(
            connection.execute(
                "SELECT u.path, p.outcome, p.error FROM page p JOIN url u ON u.id = p.url_id WHERE u.path <> '/'"
            )
        )


def sitemap(urls):
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return Answer(status=200, headers=(), body=f"<urlset>{entries}</urlset>".encode())


def index(urls):
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Answer(status=200, headers=(), body=f"<sitemapindex>{entries}</sitemapindex>".encode())


# A page that redirects to another spelling of its own URL


@pytest.mark.parametrize(
    ("href", "location"),
    [
        ("/p?utm_source=x", "/p"),
        ("/p?utm_source=x", "/p#top"),
        ("/p?id=1&utm_source=x", "/p?id=1"),
        ("/p?", "/p"),
        ("/%7Ep", "/~p"),
    ],
)
async def test_a_page_that_redirects_to_another_spelling_of_its_url_is_asked_for_by_that(tmp_path, href, location):
    target = location.partition("#")[0]
    web = SmallWeb(
        {"/": html(f"<a href='{href}'>x</a>"), href: redirect(location), target: html("<title>here</title>")}
    )
    await crawl(web, tmp_path / "x.db")
    assert pages(tmp_path / "x.db") == {(target, "ok", None)}
    assert (web.asked.count(href), web.asked.count(target)) == (1, 1)


async def test_a_page_that_redirects_to_what_was_asked_for_is_not_asked_again(tmp_path):
    web = SmallWeb({"/": html("<a href=/p>x</a>"), "/p": redirect("/p#top")})
    await crawl(web, tmp_path / "x.db")
    assert pages(tmp_path / "x.db") == {("/p", "redirect", "redirects to itself")}
    assert web.asked.count("/p") == 1


async def test_spellings_that_redirect_to_each_other_end(tmp_path):
    web = SmallWeb({"/": html("<a href='/p?utm_source=x'>x</a>"), "/p?utm_source=x": redirect("/p")})
    web.answers["/p"] = redirect("/p?utm_source=x")
    await crawl(web, tmp_path / "x.db")
    assert pages(tmp_path / "x.db") == {("/p", "redirect", "redirects to itself")}
    assert web.asked.count("/p") + web.asked.count("/p?utm_source=x") == 1 + CrawlerOptions().fetch.max_redirect_hops


async def test_each_request_for_a_spelling_is_in_the_ledger(tmp_path):
    web = SmallWeb({"/": html("<a href='/p?utm_source=x'>x</a>"), "/p?utm_source=x": redirect("/p"), "/p": html("")})
    await crawl(web, tmp_path / "x.db")
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        (fetches,) = connection.execute("SELECT count(*) FROM fetch").fetchone()
    assert fetches == len(web.asked)


async def test_a_spelling_that_robots_forbid_is_not_asked_for(tmp_path):
    web = SmallWeb({"/": html("<a href='/p?utm_source=x'>x</a>"), "/p?utm_source=x": redirect("/p"), "/p": html("")})
    robots = b"User-agent: *\nDisallow: /p$\n"
    web.answers["/robots.txt"] = Answer(status=200, headers=(("Content-Type", "text/plain"),), body=robots)
    await crawl(web, tmp_path / "x.db")
    assert "/p" not in web.asked


# Sitemaps


def listing(files, urls_each):
    """A web whose home page links nowhere and whose index names so many sitemaps of so many pages."""
    web = SmallWeb({"/": html("")})
    for file in range(files):
        web.answers[f"/{file}.xml"] = sitemap(f"/{file}/{page}" for page in range(urls_each))
    web.answers["/sitemap.xml"] = index(f"/{file}.xml" for file in range(files))
    return web


def known_paths(path):
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT path FROM url WHERE path LIKE '/%/%'")}


@pytest.mark.parametrize(("most", "known"), [(50, 24), (24, 24), (20, 20), (8, 8), (3, 3), (0, 0)])
async def test_the_sitemaps_of_a_host_share_what_may_be_taken_from_them(tmp_path, most, known):
    await crawl(listing(3, 8), tmp_path / "x.db", max_sitemap_urls=most)
    assert len(known_paths(tmp_path / "x.db")) == known


async def test_a_sitemap_may_name_more_than_a_page_may(tmp_path):
    web = listing(1, 30)
    await crawl(web, tmp_path / "x.db", max_new_urls_per_page=10)
    assert len([path for path in web.asked if path.startswith("/0/")]) == 30


async def test_a_sitemap_is_parsed_beside_the_loop_and_judged_in_slices(tmp_path, monkeypatch):
    threads, turns = [], []
    parse_sitemap, judge = visit.parse_sitemap, visit.VisitReader._judge

    def parse(*args, **options):
        threads.append(threading.current_thread())
        return parse_sitemap(*args, **options)

    def judged(self, named, *args, **options):
        named = list(named)
        if len(named) > 1:
            asyncio.get_running_loop().call_soon(turns.append, None)  # has its turn before the next slice, or never
            turns.append(len(named))
        return judge(self, named, *args, **options)

    monkeypatch.setattr(visit, "parse_sitemap", parse)
    monkeypatch.setattr(visit.VisitReader, "_judge", judged)
    monkeypatch.setattr(worker, "SITEMAP_TURN", 40)
    await crawl(listing(1, 100), tmp_path / "x.db")
    assert turns == [40, None, 40, None, 20, None]
    assert threading.main_thread() not in threads
    assert len(threads) == 2

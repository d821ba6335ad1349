"""What one fetch asks and what comes of the answer. Hostile answers are in test_fetch_hostile.py."""

import pytest

from crawler.fetch import Fetch, open_fetcher
from crawler.options import CrawlerOptions, CrawlOptions, FetchOptions, NetworkOptions
from storage import FetchKind, Outcome
from tests.wire import page, raw, serve

CONTACT = "owner@example.org"


def options_for_tests(**fetch_options) -> CrawlerOptions:
    return CrawlerOptions(
        crawl=CrawlOptions(contact=CONTACT),
        fetch=FetchOptions(**{"total_seconds": 2.0, "connect_seconds": 1.0} | fetch_options),
        network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": "127.0.0.1"}),
    )


async def fetch_one(reply, path="/", *, kind=FetchKind.PAGE, options=None, **conditions) -> Fetch:
    async with serve(reply) as server, open_fetcher(options or options_for_tests()) as fetcher:
        return await fetcher.fetch(server.url(path), kind=kind, **conditions)


async def test_a_page_comes_back_with_all_that_was_seen():
    reply = page(b"<p>hi", 'ETag: "7"', "Last-Modified: Sun, 01 Nov 2026 00:00:00 GMT", "X-Robots-Tag: noindex",
                 "X-Robots-Tag: other: nofollow", "Link: </a>; rel=canonical", "Refresh: 0; url=/b")  # fmt: skip
    clock, wall_clock = iter([5.0, 7.0, 7.25]), iter([100.0, 101.0])
    async with (
        serve(reply) as server,
        open_fetcher(options_for_tests(), clock=clock.__next__, wall_clock=wall_clock.__next__) as fetcher,
    ):
        url = server.url("/a")
        fetched = await fetcher.fetch(url)
    assert fetched == Fetch(
        url=url, outcome=Outcome.OK, status=200, started_at=101.0, elapsed_seconds=0.25, address="127.0.0.1",
        bytes_received=5, body=b"<p>hi", content_type="text/html", robots_tags=("noindex", "other: nofollow"),
        link_header="</a>; rel=canonical", refresh_header="0; url=/b", etag='"7"',
        last_modified="Sun, 01 Nov 2026 00:00:00 GMT",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (page(status="200 OK"), Outcome.OK),
        (page(b"", status="204 No Content"), Outcome.OK),
        (page(b"", "Location: /b", status="301 Moved"), Outcome.REDIRECT),
        (page(b"", "Location: /b", status="308 Moved"), Outcome.REDIRECT),
        (page(b"", status="302 Found"), Outcome.HTTP_ERROR),
        (raw(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"), Outcome.NOT_MODIFIED),
        (page(status="404 Not Found"), Outcome.HTTP_ERROR),
        (page(status="503 Busy"), Outcome.HTTP_ERROR),
        (page(b"%PDF", "Content-Type: application/pdf"), Outcome.NOT_HTML),
    ],
)
async def test_the_head_decides_the_outcome(reply, outcome):
    assert (await fetch_one(reply)).outcome is outcome


@pytest.mark.parametrize(
    "path",
    ["/", "/a%7Eb", "/a~b", "/%2F%2f", "/a|b^c`{}", "/?q=a+b%20c&d=%C3%A9", "/a//b/../c", "/?", "/a;b=c?d=e:f@g"],
)
async def test_the_url_goes_on_the_wire_byte_for_byte(path):
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url(path))
    assert server.paths == [path]

"""What one fetch asks and what comes of the answer. Hostile answers are in test_fetch_hostile.py."""

import asyncio
import errno
import gzip
import importlib.metadata
import os
import socket
import zlib

import brotli
import pytest
from backports import zstd

from crawler.fetch import LARGE_BYTES, Fetch, open_fetcher
from crawler.options import CrawlerOptions, CrawlOptions, FetchOptions, NetworkOptions
from crawler.resolve import Resolver
from storage import FetchKind, Outcome
from tests.nameserver import Zone, serve_names
from tests.timing import SkippingTime, until
from tests.wire import Ending, page, raw, serve

CONTACT = "owner@example.org"


def options_for_tests(**fetch_options) -> CrawlerOptions:
    return CrawlerOptions(
        crawl=CrawlOptions(contact=CONTACT),
        fetch=FetchOptions(**{"total_seconds": 60.0, "connect_seconds": 60.0} | fetch_options),
        network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": "127.0.0.1"}),
    )


async def fetch_one(reply, path="/", *, kind=FetchKind.PAGE, options=None, **conditions) -> Fetch:
    async with serve(reply) as server, open_fetcher(options or options_for_tests()) as fetcher:
        return await fetcher.fetch(server.url(path), kind=kind, **conditions)


async def test_a_page_comes_back_with_all_that_was_seen():
    reply = page(b"<p>hi", 'ETag: "7"', "Last-Modified: Sun, 01 Nov 2026 00:00:00 GMT", "X-Robots-Tag: noindex",
                 "X-Robots-Tag: other: nofollow", "Link: </a>; rel=canonical", "Refresh: 0; url=/b",
                 "Content-Location: /c")  # fmt: skip
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
        link_header="</a>; rel=canonical", refresh_header="0; url=/b", content_location="/c",
        etag='"7"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT",
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


async def test_the_request_says_who_asks_and_no_more():
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url("/a", host="www.example.test"))
    line, *headers, _, _ = server.requests[0].decode().split("\r\n")
    assert line == "GET /a HTTP/1.1"
    assert dict(header.split(": ", 1) for header in headers) == {
        "Host": f"www.example.test:{server.port}",
        "User-Agent": f"backlinks/{version()} (+{CONTACT})",
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
        "Accept-Language": "en;q=0.8, *;q=0.5",
        "Accept-Encoding": "gzip, deflate, br, zstd",
    }


def version():
    try:
        return importlib.metadata.version("backlinks")
    except importlib.metadata.PackageNotFoundError:
        return "dev"


async def test_credentials_in_a_url_are_not_sent():
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(f"http://user:secret@a.test:{server.port}/x?")
    assert fetched.outcome is Outcome.OK
    assert server.requests[0].startswith(b"GET /x? HTTP/1.1\r\n")
    assert b"uthorization" not in server.requests[0]
    assert b"secret" not in server.requests[0]


async def test_cookies_are_neither_kept_nor_sent():
    async with serve(page(b"<p>", "Set-Cookie: a=b")) as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url())
        await fetcher.fetch(server.url())
    assert len(server.requests) == 2
    assert b"ookie" not in server.requests[1]


@pytest.mark.parametrize(
    ("conditions", "sent"),
    [
        ({"etag": '"1"'}, [b'If-None-Match: "1"']),
        ({"last_modified": "Sun, 01 Nov 2026 00:00:00 GMT"}, [b"If-Modified-Since: Sun, 01 Nov 2026 00:00:00 GMT"]),
        ({"etag": "a\r\nX: y", "last_modified": "\udcff"}, []),
        ({}, []),
    ],
)
async def test_what_is_known_of_a_page_is_asked_against(conditions, sent):
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url(), **conditions)
    assert [line for line in server.requests[0].split(b"\r\n") if line.startswith(b"If-")] == sent


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.test/", "mailto:x@y", "//a.test/", "/a", "", "http://", "http:///a", "http://a.test:99999/",
        "http://a.test:x/", "http://a.test/a b", "http://a.test/a\r\nX: y", "http://a.test/\u00e9", "http://a.test/\0",
        "http://[::1/", "javascript:1", "file:///etc/passwd",
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_not_asked(url):
    async with open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(url)
    assert fetched.outcome is Outcome.PROTOCOL_ERROR
    assert fetched.error


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (b"/b", "/b"),
        (b"http://x.test/\xc3\xa9", "http://x.test/\u00e9"),
        (b"/caf\xe9", "/caf\u00e9"),
        (b"javascript:alert(1)", "javascript:alert(1)"),
        (b"", ""),
        (b"/" + b"x" * 5_000, "/" + "x" * 5_000),
    ],
)
async def test_a_location_comes_back_as_it_was_meant_and_is_not_followed(location, text):
    answer = raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n", ending=Ending.KEEP)
    async with serve(answer) as server, open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(server.url())
    assert (fetched.outcome, fetched.location) == (Outcome.REDIRECT, text)
    assert len(server.requests) == 1


async def test_retry_after_is_relative_to_the_servers_own_clock():
    reply = page(
        b"", "Retry-After: Sun, 01 Nov 2026 00:01:30 GMT", "Date: Sun, 01 Nov 2026 00:00:00 GMT", status="503 Busy"
    )
    fetched = await fetch_one(reply)
    assert (fetched.outcome, fetched.status, fetched.retry_after_seconds) == (Outcome.HTTP_ERROR, 503, 90.0)


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("x", bytes),
    ],
)
async def test_a_compressed_body_is_plain_when_it_comes_back(coding, encode):
    body = b"<p>" + b"words " * 500
    fetched = await fetch_one(page(encode(body), f"Content-Encoding: {coding}"))
    assert fetched.body == body
    assert fetched.bytes_received == len(encode(body))
    assert not fetched.is_truncated


@pytest.mark.parametrize(("size", "times"), [(LARGE_BYTES, 0), (LARGE_BYTES + 1, 1), (3 * LARGE_BYTES, 1)])
async def test_a_large_body_waits_for_room_once(size, times):
    asked = []

    async def make_room():
        asked.append("room")

    fetched = await fetch_one(page(b"x" * size), kind=FetchKind.SITEMAP, make_room=make_room)
    assert (len(fetched.body), len(asked)) == (size, times)


async def test_the_wait_for_room_is_not_the_hosts():
    time = SkippingTime()

    async def make_room():
        time.skip(25)
        await asyncio.sleep(0.01)  # whoever's time is up is told meanwhile

    body = page(b"x" * 2 * LARGE_BYTES)
    async with serve(body) as server, open_fetcher(options_for_tests(total_seconds=20), clock=time) as fetcher:
        fetched = await fetcher.fetch(server.url(), kind=FetchKind.SITEMAP, make_room=make_room)
    assert (fetched.outcome, len(fetched.body)) == (Outcome.OK, 2 * LARGE_BYTES)
    assert fetched.elapsed_seconds < 20


async def test_a_body_for_which_there_is_no_room_is_used_as_far_as_it_was_read(monkeypatch):
    monkeypatch.setattr("crawler.fetch.ROOM_SECONDS", 0.05)
    fetched = await fetch_one(page(b"x" * 3 * LARGE_BYTES), kind=FetchKind.SITEMAP, make_room=asyncio.Event().wait)
    assert (fetched.outcome, fetched.is_truncated) == (Outcome.OK, True)
    assert LARGE_BYTES < len(fetched.body) < 2 * LARGE_BYTES


@pytest.mark.parametrize(("size", "is_truncated"), [(4_095, False), (4_096, False), (4_097, True), (400_000, True)])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_a_body_is_cut_at_the_cap_and_not_before(size, is_truncated, coding):
    body = b"<p>" + b"x" * (size - 3)
    reply = page(gzip.compress(body) if coding == "gzip" else body, f"Content-Encoding: {coding}")
    fetched = await fetch_one(reply, options=options_for_tests(max_body_bytes=4_096))
    assert (fetched.outcome, fetched.is_truncated, fetched.body) == (Outcome.OK, is_truncated, body[:4_096])


# What is HTML


@pytest.mark.parametrize(
    ("header", "body", "outcome"),
    [
        ("Content-Type: text/html", b"", Outcome.OK),
        ("Content-Type: text/html", b"just words", Outcome.OK),
        ("Content-Type: text/html", b"%PDF-1.7 " + b"x" * 1_000, Outcome.NOT_HTML),
        ("Content-Type: text/html", b"\x89PNG\r\n\x1a\n", Outcome.NOT_HTML),
        ("Content-Type: application/xhtml+xml", b"<html/>", Outcome.OK),
        ("Content-Type: text/plain", b"<p>", Outcome.NOT_HTML),
        ("Content-Type: application/xml", b"<?xml version='1.0'?><html>", Outcome.OK),
        ("Content-Type: application/xml", b"<?xml version='1.0'?><rss>", Outcome.NOT_HTML),
        ("Content-Type: ", b"<!doctype html>", Outcome.OK),
        ("Content-Type: ", b"{}", Outcome.NOT_HTML),
        ("Content-Type: nonsense", b"<!doctype html>" + b"x" * 1_000, Outcome.OK),
        ("Content-Type: nonsense", b"\0" * 1_000 + b"x", Outcome.NOT_HTML),
    ],
)
async def test_only_html_is_a_page(header, body, outcome):
    fetched = await fetch_one(page(body, header))
    assert fetched.outcome is outcome
    assert fetched.body == (body if outcome is Outcome.OK else b"")


async def test_an_answer_without_a_type_is_judged_by_its_bytes():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"
    assert (await fetch_one(raw(head + b"<html>hello!"))).outcome is Outcome.OK
    assert (await fetch_one(raw(head + b"hello, text!"))).outcome is Outcome.NOT_HTML


@pytest.mark.parametrize("kind", [FetchKind.ROBOTS, FetchKind.SITEMAP])
@pytest.mark.parametrize("content_type", ["application/octet-stream", "image/png", "text/plain", "application/x-gzip"])
async def test_robots_files_and_sitemaps_are_read_whatever_their_type(kind, content_type):
    fetched = await fetch_one(page(b"\x1f\x8b\x08 anything", f"Content-Type: {content_type}"), kind=kind)
    assert (fetched.outcome, fetched.body) == (Outcome.OK, b"\x1f\x8b\x08 anything")


@pytest.mark.parametrize("content_type", ["video/mp4", "text/html"])
async def test_what_is_no_page_is_not_loaded(content_type):
    movie = b"\x00\x00\x01\x00" + b"x" * 50_000_000
    async with (
        serve(page(movie, f"Content-Type: {content_type}")) as server,
        open_fetcher(options_for_tests()) as fetcher,
    ):
        fetched = await fetcher.fetch(server.url())
        assert fetched.outcome is Outcome.NOT_HTML
        assert fetched.bytes_received < 1_000_000
        await asyncio.sleep(0.01)
        server.reply = page()
        assert (await fetcher.fetch(server.url())).outcome is Outcome.OK
        assert server.connection_count == 2


# Who is reached


async def test_a_name_without_an_address_is_a_dns_error():
    async with serve_names({}) as names, open_fetcher(options_with_names(names)) as fetcher:
        fetched = await fetcher.fetch("http://nowhere.example/")
    assert (fetched.outcome, fetched.error, fetched.may_be_ours) == (Outcome.DNS_ERROR, "no such name", False)


async def test_dead_name_servers_may_be_our_own_network():
    async with (
        serve_names({"a.example": Zone(is_silent=True)}) as names,
        open_fetcher(options_with_names(names, dns_seconds=0.3)) as fetcher,
    ):
        fetched = await fetcher.fetch("http://a.example/")
    assert (fetched.outcome, fetched.may_be_ours) == (Outcome.DNS_ERROR, True)


async def fetched_when_time_is_up(fetcher, server):
    asked = len(server.requests)
    waiting = asyncio.create_task(fetcher.fetch(server.url("/silent")))
    await until(lambda: len(server.requests) > asked)
    await asyncio.sleep(0.01)  # what was sent is read in the loop's next turn
    SkippingTime().skip(100)
    return await waiting


@pytest.mark.parametrize(("steps", "is_reached"), [((), False), ((b"HTTP/1.1 200",), True)])
async def test_only_a_new_connection_or_a_first_word_shows_that_a_silent_host_was_reached(steps, is_reached):
    """A kept connection is silent when our own network is gone, too."""
    async with serve(page()) as server, open_fetcher(options_for_tests()) as fetcher:
        server.replies["/silent"] = raw(*steps, ending=Ending.HOLD)
        anew = await fetched_when_time_is_up(fetcher, server)
        await fetcher.fetch(server.url())
        again = await fetched_when_time_is_up(fetcher, server)
    assert (anew.outcome, anew.is_reached) == (Outcome.TIMEOUT, True)
    assert (again.outcome, again.is_reached) == (Outcome.TIMEOUT, is_reached)


async def test_nobody_listening_is_a_connect_error_with_its_name():
    async with open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch("http://127.0.0.1:1/")
    assert (fetched.outcome, fetched.status, fetched.may_be_ours) == (Outcome.CONNECT_ERROR, None, False)
    assert not fetched.is_reached
    assert fetched.error == "ECONNREFUSED: Connection refused"


@pytest.mark.parametrize(
    ("number", "may_be_ours", "is_ours"),
    [
        (errno.ENETUNREACH, True, False),
        (errno.ENETDOWN, True, False),
        (errno.EMFILE, False, True),
        (errno.ENFILE, False, True),
        (errno.ENOBUFS, False, True),
        (errno.ENOMEM, False, True),
    ],
)
async def test_a_network_of_ours_that_is_down_and_a_machine_at_its_limits_are_told_apart(
    monkeypatch, number, may_be_ours, is_ours
):
    def refuse(*_args):
        raise OSError(number, os.strerror(number))

    async with open_fetcher(options_for_tests()) as fetcher:
        monkeypatch.setattr(socket, "socket", refuse)
        fetched = await fetcher.fetch("http://127.0.0.1:1/")
        monkeypatch.undo()
    assert (fetched.outcome, fetched.may_be_ours, fetched.is_ours) == (Outcome.CONNECT_ERROR, may_be_ours, is_ours)
    assert fetched.error.startswith(errno.errorcode[number])


REFUSED_URLS = [
    "http://127.0.0.1:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/",
    "http://[::]:{port}/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://100.64.0.1/",
    "http://[fe80::1]/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/", "http://a.test:{port}/",
    "http://localhost:{port}/", "https://127.0.0.1:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED_URLS)
async def test_private_addresses_are_not_reached_in_any_form(url):
    options = CrawlerOptions(network=NetworkOptions(resolve={"*.test": "127.0.0.1"}))
    async with serve() as server, open_fetcher(options) as fetcher:
        fetched = await fetcher.fetch(url.format(port=server.port))
    assert fetched.outcome is Outcome.ADDRESS_REFUSED
    assert " address" in fetched.error
    assert server.connection_count == 0


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "0"])
async def test_numbers_that_could_be_read_as_an_address_reach_nobody(host):
    async with serve() as server, open_fetcher(CrawlerOptions(network=NetworkOptions(dns_seconds=1))) as fetcher:
        fetched = await fetcher.fetch(f"http://{host}:{server.port}/")
    assert fetched.outcome in (Outcome.ADDRESS_REFUSED, Outcome.DNS_ERROR, Outcome.PROTOCOL_ERROR)
    assert server.connection_count == 0


async def test_an_address_that_changes_after_the_check_is_still_refused(monkeypatch):
    """The resolver is made to lie, as a rebinding name does: only the guard at the socket is left."""

    async def checked(_self, _host):
        return ("93.184.216.34",)

    async def used(_self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr(Resolver, "addresses_of", checked)
    monkeypatch.setattr(Resolver, "resolve", used)
    async with serve() as server, open_fetcher(CrawlerOptions()) as fetcher:
        fetched = await fetcher.fetch(server.url(host="rebinding.example"))
    assert (fetched.outcome, fetched.error) == (Outcome.ADDRESS_REFUSED, "127.0.0.1 is a loopback address")
    assert server.connection_count == 0


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch):
    async with serve() as server, serve() as proxy, open_fetcher(options_for_tests()) as fetcher:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        assert (await fetcher.fetch(server.url())).outcome is Outcome.OK
    assert (server.connection_count, proxy.connection_count) == (1, 0)


def options_with_names(names, *, dns_seconds=60.0) -> CrawlerOptions:
    return CrawlerOptions(network=NetworkOptions(nameservers=(names.address,), dns_seconds=dns_seconds))


async def test_a_cancelled_fetch_leaves_nothing_behind():
    async with serve(raw(ending=Ending.HOLD)) as server, open_fetcher(options_for_tests()) as fetcher:
        waiting = asyncio.create_task(fetcher.fetch(server.url()))
        await until(lambda: server.requests)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_the_fetcher_knows_a_hosts_address_beforehand():
    async with open_fetcher(options_for_tests()) as fetcher:
        assert await fetcher.resolver.address_of("a.test") == "127.0.0.1"

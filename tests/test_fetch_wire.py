"""The connections: kept and dropped, counted, and verified. Certificates are made here."""

import asyncio
import datetime as dt
import errno
import ssl
from collections.abc import Callable

import pytest
import trustme
import uvloop

from crawler import fetch_wire
from crawler.fetch import open_fetcher
from crawler.options import CrawlerOptions, CrawlOptions, FetchOptions, NetworkOptions
from storage import OptionError, Outcome
from tests.test_fetch import options_for_tests
from tests.timing import until
from tests.wire import Ending, page, raw, serve

# Kept connections


async def test_a_connection_is_kept_for_the_next_page_of_the_host():
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        for _ in range(3):
            assert (await fetcher.fetch(server.url())).address == "127.0.0.1"
    assert (server.connection_count, len(server.requests)) == (1, 3)


@pytest.mark.parametrize(
    "reply",
    [
        page(b"gone", status="404 Not Found"),
        page(b"x" * 10_000, status="503 Busy"),
        page(b"", "Location: /b", status="301 Moved"),
        raw(
            b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", 0.02, b"2\r\nno\r\n0\r\n\r\n", ending=Ending.KEEP
        ),
        raw(b"HTTP/1.1 304 Not Modified\r\n\r\n", ending=Ending.KEEP),
    ],
)
async def test_a_short_rest_is_read_so_that_the_connection_can_be_kept(monkeypatch, reply):
    monkeypatch.setattr("crawler.fetch.DRAIN_SECONDS", 60.0)
    async with serve(reply) as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url())
        await fetcher.fetch(server.url())
    assert (server.connection_count, len(server.requests)) == (1, 2)


@pytest.mark.parametrize(
    "reply",
    [
        page(b"x" * 900_000, status="404 Not Found"),
        page(b"movie" * 200_000, "Content-Type: video/mp4"),
        page(b"<p>", "Connection: close"),
    ],
)
async def test_a_long_or_unwanted_rest_is_hung_up_on(reply):
    async with serve(reply) as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url())
        await fetcher.fetch(server.url())
    assert (server.connection_count, len(server.requests)) == (2, 2)


async def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew_without_a_failure():
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        server.replies["/first"] = raw(page().steps[0], 0.05, ending=Ending.CLOSE)
        assert (await fetcher.fetch(server.url("/first"))).outcome is Outcome.OK
        await asyncio.sleep(0.1)
        assert (await fetcher.fetch(server.url("/next"))).outcome is Outcome.OK
    assert server.paths == ["/first", "/next"]


@pytest.mark.parametrize("ending", [Ending.CLOSE, Ending.RESET])
async def test_a_kept_connection_that_closes_when_asked_is_asked_once_more_on_a_new_one(ending):
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url("/first"))
        asked = iter([raw(ending=ending), page(b"<p>again")])
        server.replies["/next"] = lambda _request: next(asked)
        fetched = await fetcher.fetch(server.url("/next"))
    assert (fetched.outcome, fetched.body) == (Outcome.OK, b"<p>again")
    assert server.paths == ["/first", "/next", "/next"]


@pytest.mark.parametrize("ending", [Ending.CLOSE, Ending.RESET])
async def test_who_hangs_up_on_a_new_connection_is_not_asked_again(ending):
    async with serve(raw(ending=ending)) as server, open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(server.url())
    assert fetched.outcome in (Outcome.PROTOCOL_ERROR, Outcome.CONNECT_ERROR)
    assert fetched.address == "127.0.0.1"
    assert (server.connection_count, len(server.requests)) == (1, 1)


async def test_who_answers_half_on_a_kept_connection_is_not_asked_again():
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        await fetcher.fetch(server.url("/first"))
        server.replies["/next"] = raw(b"HTTP/1.1 2")
        assert (await fetcher.fetch(server.url("/next"))).outcome is Outcome.PROTOCOL_ERROR
    assert len(server.requests) == 2


async def test_a_reset_says_so():
    async with serve(raw(ending=Ending.RESET)) as server, open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(server.url())
    assert fetched.outcome is Outcome.CONNECT_ERROR
    assert fetched.error.startswith(errno.errorcode[errno.ECONNRESET])


async def test_idle_connections_are_bounded(monkeypatch):
    monkeypatch.setattr(fetch_wire, "MAX_IDLE_CONNECTIONS", 4)
    options = CrawlerOptions(
        crawl=CrawlOptions(max_in_flight=2),
        network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": "127.0.0.1"}),
    )
    async with serve() as server, open_fetcher(options) as fetcher:
        for number in range(20):
            assert (await fetcher.fetch(server.url(host=f"h{number}.test"))).outcome is Outcome.OK
        await until(lambda: server.open_count <= 6)
    assert server.connection_count == 20


async def test_closing_the_fetcher_closes_its_connections():
    async with serve() as server:
        async with open_fetcher(options_for_tests()) as fetcher:
            await fetcher.fetch(server.url())
            assert server.open_count == 1
        await until(lambda: server.open_count == 0)


# Certificates


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("certificates") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context_of(authority: trustme.CA, *names: str, **options) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


def secure_options(ca_file: str = "", **fetch_options) -> CrawlerOptions:
    return CrawlerOptions(
        fetch=FetchOptions(**{"total_seconds": 60.0, "connect_seconds": 60.0} | fetch_options),
        network=NetworkOptions(allow_private_addresses=True, resolve={"*.test": "127.0.0.1"}, ca_file=ca_file),
    )


async def test_a_certificate_of_the_ca_file_is_trusted(authority, ca_file):
    async with (
        serve(context=context_of(authority, "a.test")) as server,
        open_fetcher(secure_options(ca_file)) as fetcher,
    ):
        for _ in range(2):
            fetched = await fetcher.fetch(server.url(host="a.test", scheme="https"))
            assert (fetched.outcome, fetched.address, fetched.body) == (Outcome.OK, "127.0.0.1", b"<p>hello")
    assert server.connection_count == 1


YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
LONG_AGO = YESTERDAY - dt.timedelta(days=30)
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)

BAD_CERTIFICATES: dict[str, tuple[Callable[[trustme.CA], ssl.SSLContext], str]] = {
    "expired": (lambda ca: context_of(ca, "a.test", not_before=LONG_AGO, not_after=YESTERDAY), "has expired"),
    "not yet valid": (lambda ca: context_of(ca, "a.test", not_before=TOMORROW), "is not yet valid"),
    "another name": (lambda ca: context_of(ca, "b.test"), "Hostname mismatch"),
    "an unknown authority": (lambda _ca: context_of(trustme.CA(), "a.test"), "unable to get local issuer"),
}


@pytest.mark.parametrize("fault", BAD_CERTIFICATES)
async def test_a_bad_certificate_is_recorded_and_nothing_is_asked(fault, authority, ca_file):
    make_context, sentence = BAD_CERTIFICATES[fault]
    async with serve(context=make_context(authority)) as server, open_fetcher(secure_options(ca_file)) as fetcher:
        fetched = await fetcher.fetch(server.url(host="a.test", scheme="https"))
    assert fetched.outcome is Outcome.TLS_ERROR
    assert sentence in fetched.error
    assert fetched.error.startswith("the certificate is not valid")
    assert server.requests == []


async def test_a_certificate_that_signs_itself_is_recorded(tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    authority.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(certificate))
    context.load_cert_chain(certificate, key)
    async with serve(context=context) as server, open_fetcher(secure_options()) as fetcher:
        fetched = await fetcher.fetch(server.url(host="a.test", scheme="https"))
    assert (fetched.outcome, server.requests) == (Outcome.TLS_ERROR, [])
    assert "self-signed" in fetched.error


async def test_a_handshake_that_stalls_is_left_after_the_connect_time():
    async with serve() as deaf, open_fetcher(secure_options(connect_seconds=0.3)) as fetcher:
        fetched = await fetcher.fetch(deaf.url(scheme="https"))
    assert (fetched.outcome, fetched.error) == (Outcome.TIMEOUT, "no connection in time")
    assert fetched.elapsed_seconds < 30


async def hang_up(_reader, writer):
    writer.close()
    await writer.wait_closed()


async def test_who_hangs_up_in_the_handshake_is_a_connect_error_that_says_so():
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server, open_fetcher(secure_options()) as fetcher:
        fetched = await fetcher.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert fetched.outcome is Outcome.CONNECT_ERROR
    assert "handshake" in fetched.error or fetched.error.startswith("ECONNRESET")


@pytest.mark.parametrize("first", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\0" * 99])
async def test_an_answer_that_is_no_tls_is_a_tls_error(first):
    async def say(_reader, writer):
        writer.write(first)
        await writer.drain()
        await hang_up(_reader, writer)

    async with (
        await asyncio.start_server(say, "127.0.0.1", 0) as server,
        open_fetcher(secure_options()) as fetcher,
    ):
        fetched = await fetcher.fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert fetched.outcome is Outcome.TLS_ERROR
    assert fetched.error.startswith("TLS failed: ")


@pytest.mark.parametrize("content", [None, "no certificates"])
async def test_a_ca_file_that_cannot_be_used_is_our_error(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(OptionError, match="ca_file"):
        async with open_fetcher(secure_options(str(path))):
            pass


def test_without_certificates_of_the_system_those_of_certifi_are_trusted(monkeypatch, tmp_path):
    empty = ssl.DefaultVerifyPaths(None, str(tmp_path), "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: empty)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_args: None)
    assert len(fetch_wire._trust("").get_ca_certs()) > 50


# The other loop


def test_the_same_holds_on_uvloop(authority, ca_file):
    async def ask() -> list[Outcome]:
        cut = raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>")
        replies = [page(), cut, raw(ending=Ending.RESET), raw(b"junk"), raw(b"HTTP/1.1 200 OK\r\n" + b"X" * 400_000)]
        outcomes = []
        async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
            for reply in replies:
                server.reply = reply
                outcomes.append((await fetcher.fetch(server.url())).outcome)
        async with (
            serve(context=context_of(authority, "a.test")) as server,
            open_fetcher(secure_options(ca_file)) as fetcher,
        ):
            urls = [server.url(host=host, scheme="https") for host in ("a.test", "a.test", "b.test")]
            outcomes += [(await fetcher.fetch(url)).outcome for url in urls]
        return outcomes

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ask()) == [
            Outcome.OK,
            Outcome.OK,
            Outcome.CONNECT_ERROR,
            Outcome.PROTOCOL_ERROR,
            Outcome.PROTOCOL_ERROR,
            Outcome.OK,
            Outcome.OK,
            Outcome.TLS_ERROR,
        ]

"""What a hostile server may send: each ends in bounded time and memory with an outcome, and its neighbours go on.

Times are short here; what is shown is that the bounds hold, not what they are.
"""

import asyncio
import base64
import gzip
import itertools
import json
import tracemalloc
import zlib
from collections import Counter

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch import Fetch, open_fetcher
from storage import FetchKind, Outcome
from tests.conformance import conformance_path
from tests.test_decompress import zeros
from tests.test_fetch import fetch_one, options_for_tests
from tests.timing import until, watch_the_loop
from tests.wire import Ending, Reply, page, raw, serve

OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html\r\n"
CHUNKED = OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = 1_048_576
PATIENCE_SECONDS = 120
AT_ONCE_SECONDS = 30
"""Half of what an answer may take here: who waits for the time to be up waits longer, and nobody else does."""

BUFFERS = 12 * MEBIBYTE
"""What the kernel takes for both ends of a connection, above what the client reads."""

QUICK = options_for_tests(total_seconds=0.4)


def repeat(*steps):
    return itertools.chain.from_iterable(itertools.repeat(steps))


def endless(start, *steps):
    return Reply(lambda: itertools.chain([start], repeat(*steps)), Ending.CLOSE)


# Too slow


@pytest.mark.parametrize(
    "reply",
    [
        raw(ending=Ending.HOLD),
        raw(b"HTTP/1.1 200", ending=Ending.HOLD),
        raw(OK + HTML, ending=Ending.HOLD),
        raw(OK + HTML + b"Content-Length: 100\r\n\r\n<p>", ending=Ending.HOLD),
        raw(CHUNKED + b"5\r\n<p>", ending=Ending.HOLD),
        endless(OK, b"X", 0.05),
        endless(OK, b"X-A: b\r\n", 0.05),
        endless(OK + HTML + b"\r\n<p>", b"x", 0.05),
        endless(CHUNKED, b"1\r\nx\r\n", 0.05),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    ],
    ids=[
        "silent",
        "status line",
        "header",
        "body",
        "chunk",
        "byte",
        "field",
        "body bytes",
        "chunks",
        "interim answers",
    ],
)
async def test_who_is_slow_at_any_stage_is_left_when_the_time_is_up(reply):
    async with asyncio.timeout(PATIENCE_SECONDS):
        fetched = await fetch_one(reply, options=QUICK)
    assert fetched.outcome is Outcome.TIMEOUT
    assert fetched.error == "no complete answer in time"
    assert fetched.body == b""


async def test_the_rest_of_an_error_page_is_not_waited_for():
    reply = raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n", ending=Ending.HOLD)
    fetched = await fetch_one(reply)
    assert fetched.outcome is Outcome.HTTP_ERROR
    assert fetched.elapsed_seconds < AT_ONCE_SECONDS


# Too much


@pytest.mark.parametrize(
    "reply",
    [
        endless(OK + b"X: ", b"x" * 65_536),
        endless(OK, b"X-%d: y\r\n" % 1 * 5_000),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 5_000),
        endless(b"", b"\r\n" * 50_000),
        endless(b"HTTP/1.1 200 ", b"O" * 65_536),
        endless(b"", b"junk" * 20_000),
    ],
    ids=["line", "fields", "100", "103", "empty lines", "reason", "not HTTP"],
)
async def test_a_head_without_end_is_cut_by_its_size_not_by_the_clock(reply):
    async with serve(reply) as server, open_fetcher(options_for_tests()) as fetcher:
        fetched = await fetcher.fetch(server.url())
    assert fetched.outcome is Outcome.PROTOCOL_ERROR
    assert server.sent_bytes < BUFFERS
    assert fetched.error


@pytest.mark.parametrize("count", [513, 20_000])
async def test_too_many_header_lines_are_refused(count):
    fetched = await fetch_one(raw(OK + b"A: b\r\n" * count + b"\r\n"))
    assert fetched.outcome is Outcome.PROTOCOL_ERROR


@pytest.mark.parametrize(("size", "outcome"), [(60_000, Outcome.OK), (70_000, Outcome.PROTOCOL_ERROR)])
async def test_a_header_line_may_be_as_long_as_the_option_says(size, outcome):
    fetched = await fetch_one(page(b"<p>hi", "X-Long: " + "x" * size))
    assert fetched.outcome is outcome


@pytest.mark.parametrize("kind", FetchKind)
@pytest.mark.parametrize(
    "reply",
    [endless(OK + HTML + b"\r\n<p>", b"x" * 65_536), endless(CHUNKED, b"10000\r\n" + b"<p>x" * 16_384 + b"\r\n")],
    ids=["to the end", "chunked"],
)
async def test_a_body_without_end_is_cut_at_the_cap_and_used(reply, kind):
    cap = 600_000
    options = options_for_tests(max_body_bytes=cap, max_sitemap_bytes=cap, max_robots_bytes=cap)
    async with serve(reply) as server, open_fetcher(options) as fetcher:
        fetched = await fetcher.fetch(server.url(), kind=kind)
    assert fetched.outcome is Outcome.OK
    assert fetched.is_truncated
    assert len(fetched.body) == cap
    assert fetched.error is None
    assert server.sent_bytes < BUFFERS


@pytest.mark.parametrize(
    "reply",
    [
        endless(CHUNKED + b"5;x=", b"y" * 65_536),
        endless(CHUNKED + b"3\r\n<p>\r\n0\r\n", b"X-A: b\r\n" * 5_000),
        endless(CHUNKED + b"3\r\n<p>\r\n", b"1;" + b"y" * 20_000 + b"\r\nx\r\n"),
        endless(CHUNKED, b"1\r\nx\r\n" * 20_000),
    ],
    ids=["extension", "trailers", "extensions", "small chunks"],
)
async def test_wrapping_without_end_is_cut_by_its_size_too(reply):
    options = options_for_tests(max_body_bytes=200_000)
    async with serve(reply) as server, open_fetcher(options) as fetcher:
        fetched = await fetcher.fetch(server.url())
    assert fetched.outcome in (Outcome.OK, Outcome.PROTOCOL_ERROR)
    assert fetched.outcome is Outcome.PROTOCOL_ERROR or fetched.is_truncated
    assert server.sent_bytes < BUFFERS


# Bombs


BOMBS = {
    "gzip": lambda: zeros(100, "gzip"),
    "br": lambda: zeros(100, "br"),
    "zstd": lambda: zeros(100, "zstd"),
    "deflate": lambda: zlib.compress(bytes(100 * MEBIBYTE)),
    "gzip, gzip": lambda: gzip.compress(zeros(100, "gzip") * 100),
    "gzip, br": lambda: brotli.compress(zeros(100, "gzip") * 100),
    "zstd, zstd": lambda: zstd.compress(zeros(100, "zstd") * 100),
    "gzip, gzip, gzip": lambda: gzip.compress(gzip.compress(zeros(100, "gzip") * 10)),
}


@pytest.fixture(scope="module")
def bombs():
    return {name: make() for name, make in BOMBS.items()}


@pytest.mark.parametrize("kind", FetchKind)
@pytest.mark.parametrize("coding", BOMBS)
async def test_a_bomb_is_cut_at_the_cap_in_little_memory_and_holds_nobody_up(bombs, coding, kind):
    options = options_for_tests(max_sitemap_bytes=4 * MEBIBYTE, max_robots_bytes=MEBIBYTE // 2)
    reply = page(bombs[coding], f"Content-Encoding: {coding}")
    async with serve(reply) as server, open_fetcher(options) as fetcher:
        lags = []
        watcher = asyncio.create_task(watch_the_loop(lags))
        tracemalloc.start()
        fetched = await fetcher.fetch(server.url(), kind=kind)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        watcher.cancel()
    assert (fetched.outcome, fetched.is_truncated) == (Outcome.OK, True)
    assert len(fetched.body) == {FetchKind.PAGE: 2, FetchKind.SITEMAP: 4, FetchKind.ROBOTS: 0.5}[kind] * MEBIBYTE
    assert peak < 24 * MEBIBYTE
    assert max(lags, default=0) < 1.0


async def test_ten_thousand_layers_are_not_unwrapped():
    fetched = await fetch_one(page(b"x", "Content-Encoding: " + "gzip," * 10_000))
    assert fetched.outcome is Outcome.DECODE_ERROR


# Cut and broken


WHOLE = {
    "length": OK + HTML + b"Content-Length: 5\r\n\r\n<p>hi",
    "chunked": CHUNKED + b"3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n",
    "to the end": OK + HTML + b"\r\n<p>hi",
    "gzip": OK + HTML + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<p>hi", mtime=0),
}


@pytest.mark.parametrize("ending", [Ending.CLOSE, Ending.RESET])
@pytest.mark.parametrize("framing", WHOLE)
async def test_a_connection_cut_after_any_byte_ends_at_once_with_an_outcome(framing, ending):
    whole = WHOLE[framing]
    outcomes = Counter()
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        for end in range(len(whole)):
            server.reply = raw(whole[:end], ending=ending)
            fetched = await fetcher.fetch(server.url())
            outcomes[fetched.outcome] += 1
            assert fetched.elapsed_seconds < AT_ONCE_SECONDS
            assert fetched.error or fetched.outcome is Outcome.OK
            assert b"<p>hi".startswith(fetched.body)
        assert server.connection_count == len(whole), "who hangs up is not asked again"
    assert set(outcomes) <= {Outcome.OK, Outcome.PROTOCOL_ERROR, Outcome.CONNECT_ERROR}
    assert outcomes[Outcome.OK] <= 30


@pytest.mark.parametrize("framing", WHOLE)
async def test_an_answer_that_comes_byte_by_byte_is_the_same_answer(framing):
    whole = WHOLE[framing]
    fetched = await fetch_one(Reply([whole[place : place + 1] for place in range(len(whole))], Ending.CLOSE))
    assert (fetched.outcome, fetched.body, fetched.is_truncated) == (Outcome.OK, b"<p>hi", False)


@pytest.mark.parametrize(
    ("answer", "body", "error"),
    [
        (OK + HTML + b"Content-Length: 30\r\n\r\n<p>hi", b"<p>hi", "the body ended early"),
        (CHUNKED + b"5\r\n<p>hi\r\n", b"<p>hi", "the body ended early"),
        (CHUNKED + b"5\r\n<p>hi\r\nzz\r\n", b"<p>hi", "Invalid character in chunk size"),
        (CHUNKED + b"5\r\n<p>hi\r\nffffffffffffffffff\r\n", b"<p>hi", "Chunk size overflow"),
        (CHUNKED + b"500\r\n<p>hi", b"<p>hi", "the body ended early"),
        (
            OK + HTML + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<p>hi" * 1_000)[:-9],
            None,
            "the compressed body ended early",
        ),
    ],
)
@pytest.mark.parametrize("pause", [[], [0.02]])
async def test_a_page_whose_body_breaks_off_is_used_and_says_so(answer, body, error, pause):
    head, blank, rest = answer.partition(b"\r\n\r\n")
    fetched = await fetch_one(raw(head + blank, *pause, rest))
    assert (fetched.outcome, fetched.is_truncated, fetched.error) == (Outcome.OK, True, error)
    assert fetched.body.startswith(b"<p>hi")
    assert body is None or fetched.body == body


async def test_a_robots_file_whose_body_breaks_off_is_not_used():
    reply = raw(OK + b"Content-Length: 99\r\n\r\nUser-agent: *\nAllow: /\n")
    fetched = await fetch_one(reply, kind=FetchKind.ROBOTS)
    assert (fetched.outcome, fetched.body) == (Outcome.PROTOCOL_ERROR, b"")
    assert (await fetch_one(reply, kind=FetchKind.SITEMAP)).outcome is Outcome.OK


async def test_a_body_that_does_not_decompress_is_told():
    damaged = bytearray(gzip.compress(b"<p>" + bytes(range(256)) * 20))
    damaged[40:80] = b"\xff" * 40
    fetched = await fetch_one(page(bytes(damaged), "Content-Encoding: gzip"))
    assert (fetched.outcome, fetched.body) == (Outcome.DECODE_ERROR, b"")
    assert "does not decompress" in fetched.error


# Odd heads that browsers read


BODY = b"\r\n<p>hi"
FRAME = HTML + b"Content-Length: 5\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        (OK + FRAME + b"\r\n").replace(b"\r\n", b"\n") + b"<p>hi",
        OK + b"X: a\n" + FRAME + BODY,
        b"\r\n\r\n" + OK + FRAME + BODY,
        OK + b"garbage line\r\n" + FRAME + BODY,
        OK + b"X-A : b\r\n" + FRAME + BODY,
        OK + b"X A: b\r\n: c\r\n\xe9: d\r\n" + FRAME + BODY,
        OK + b"X: a\0b\rc\x01d\r\n" + FRAME + BODY,
        OK + b"X: a\r\n b\r\n" + FRAME + BODY,
        OK + b"X: \xe9\xff\r\n" + FRAME + BODY,
        OK + FRAME + b"Content-Length: 5\r\n" + BODY,
        OK + HTML + b"Content-Length: 5, 5\r\n" + BODY,
        OK + HTML + b"Content-Length: 36893488147419103232\r\n" + BODY,
        OK + FRAME + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>hi\r\n0\r\n\r\n",
        OK + HTML + b"Transfer-Encoding: chunked, chunked\r\n\r\n5\r\n<p>hi\r\n0\r\n\r\n",
        OK + HTML + b"Transfer-Encoding: identity\r\n" + BODY,
        b"HTTP/2 200 OK\r\n" + FRAME + BODY,
        b"HTTP/1.1  200\r\n" + FRAME + BODY,
        b"HTTP/1.0 200 OK\r\n" + HTML + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK + FRAME + BODY,
        OK + FRAME + BODY + b"more than was said",
        OK + FRAME + BODY + OK + FRAME + b"\r\nEVIL!",
    ],
)
async def test_an_answer_that_browsers_read_is_read(answer):
    fetched = await fetch_one(raw(answer))
    assert (fetched.outcome, fetched.status, fetched.body) == (Outcome.OK, 200, b"<p>hi")


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>HTTP/0.9</html>",
        b"ICY 200 OK\r\n\r\n<p>hi",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 20 OK\r\n" + FRAME + BODY,
        b"HTTP/1.1 2000 OK\r\n" + FRAME + BODY,
        b"HTTP/1.1 -1 OK\r\n" + FRAME + BODY,
        b"HTTP/1.1\r\n\r\n",
        OK + HTML + b"Content-Length: 5\r\nContent-Length: 6\r\n" + BODY,
        OK + HTML + b"Content-Length: crap\r\n" + BODY,
        CHUNKED + b"<p>hi",
        b"\0" * 5_000,
        b"",
    ],
)
async def test_an_answer_that_is_none_is_a_protocol_error_with_a_sentence(answer):
    fetched = await fetch_one(raw(answer))
    assert fetched.outcome is Outcome.PROTOCOL_ERROR
    assert fetched.error
    assert fetched.error.isprintable()
    assert fetched.body == b""


async def test_a_server_that_switches_protocols_has_not_answered():
    fetched = await fetch_one(raw(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nxx"))
    assert (fetched.outcome, fetched.status) == (Outcome.HTTP_ERROR, 101)


@pytest.mark.parametrize("status", ["304 Not Modified", "204 No Content"])
async def test_a_body_that_must_not_be_is_not_taken_for_the_next_answer(status):
    async with serve(page(b"", status=status)) as server, open_fetcher(options_for_tests()) as fetcher:
        server.replies["/odd"] = raw(f"HTTP/1.1 {status}\r\n\r\n".encode() + OK + FRAME + BODY, ending=Ending.KEEP)
        server.replies["/next"] = page(b"<p>next")
        await fetcher.fetch(server.url("/odd"))
        assert (await fetcher.fetch(server.url("/next"))).body == b"<p>next"


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_what_is_sent_unasked_is_not_taken_for_the_next_answer(pause):
    evil = OK + FRAME + b"\r\nEVIL!"
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        server.replies["/first"] = raw(OK + FRAME + BODY, pause, evil, ending=Ending.KEEP)
        server.replies["/next"] = page(b"<p>next")
        assert (await fetcher.fetch(server.url("/first"))).body == b"<p>hi"
        await until(lambda: server.sent_bytes == len(OK + FRAME + BODY + evil))
        await asyncio.sleep(0.01)  # what was sent is read in the loop's next turn
        assert (await fetcher.fetch(server.url("/next"))).body == b"<p>next"
        assert server.connection_count == 2


FRAGMENTS = [
    OK,
    HTML,
    b"HTTP/1.1 100 C\r\n",
    b"HTTP/1.1 302 F\r\nLocation: \xff\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip, br\r\n",
    b"Content-Type: \xff\r\n",
    b"Retry-After: 99999999999999999999\r\n",
    b"ETag: \xe9\r\n",
    b"Link: <\xe9>\r\n",
    b"Set-Cookie: a=\xff\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    b"\r\n",
    b"\n",
    b"5\r\n",
    b"<p>hi",
    b"0\r\n\r\n",
    b"\0",
    b"\x1f\x8b\x08\0",
]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=30), max_size=12))
def test_whatever_is_sent_there_is_an_outcome(pieces):
    fetched = asyncio.run(fetch_one(raw(*pieces), options=options_for_tests()))
    assert isinstance(fetched.outcome, Outcome)
    assert fetched.outcome is not Outcome.TIMEOUT
    for text in (fetched.error, fetched.location, fetched.content_type, fetched.link_header, fetched.etag):
        assert text is None or text.encode("utf-8") is not None


# Recorded replies of curl's tests


async def test_the_replies_of_curls_tests_end_in_time_with_an_outcome(capsys):
    cases = json.loads(conformance_path("http", "curl-replies", "replies_dev.json").read_text(encoding="utf-8"))
    outcomes, unlike = Counter(), []
    async with serve() as server, open_fetcher(options_for_tests()) as fetcher:
        for case in cases:
            for reply in case["replies"].values():
                server.reply = raw(base64.b64decode(reply))
                fetched = await fetcher.fetch(server.url(f"/{case['test']}"))
                outcomes[fetched.outcome] += 1
                assert fetched.elapsed_seconds < AT_ONCE_SECONDS, case["name"]
                if case["curl_exit"] == 0 and fetched.outcome in (Outcome.PROTOCOL_ERROR, Outcome.CONNECT_ERROR):
                    unlike.append(case["test"])
    with capsys.disabled():
        print(f"\ncurl's replies: {dict(outcomes)}; curl reads and we do not: {unlike}")  # noqa: T201 — the count is shown with every run
    assert outcomes.total() >= len(cases) > 100
    assert set(unlike) <= {1116}, "chunk sizes that end with a bare line feed are all that curl reads and we do not"


# Neighbours


async def test_a_hundred_hostile_hosts_do_not_slow_a_good_one(bombs):
    hostile = [
        raw(ending=Ending.HOLD),
        endless(OK + b"X: ", b"x" * 65_536),
        endless(OK + HTML + b"\r\n<p>", b"x" * 65_536),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
        page(bombs["gzip"], "Content-Encoding: gzip"),
        page(bombs["gzip, br"], "Content-Encoding: gzip, br"),
        endless(CHUNKED, b"1\r\nx\r\n", 0.01),
        raw(OK, ending=Ending.RESET),
    ]
    async with serve() as bad, serve() as good, open_fetcher(options_for_tests()) as fetcher:
        for number, reply in enumerate(hostile):
            bad.replies[f"/{number}"] = reply
        attacks = [asyncio.create_task(fetcher.fetch(bad.url(f"/{number % len(hostile)}"))) for number in range(100)]
        lags = []
        watcher = asyncio.create_task(watch_the_loop(lags))
        for _ in range(30):
            assert (await fetcher.fetch(good.url())).outcome is Outcome.OK
            await asyncio.sleep(0.02)
        watcher.cancel()
        is_silent = [number % len(hostile) == 0 for number in range(100)]
        assert not any(attack.done() for attack, holds in zip(attacks, is_silent, strict=True) if holds)
        assert max(lags) < 1.0
        for attack in attacks:
            attack.cancel()
        results = await asyncio.gather(*attacks, return_exceptions=True)
    assert {type(result) for result in results} == {Fetch, asyncio.CancelledError}

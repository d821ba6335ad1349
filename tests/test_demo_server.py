import asyncio
import errno

import pytest

from backlinks.demo.model import Answer
from backlinks.demo.server import parse_request, render_answer, serve
from tests.ports import kept_port


class Echo:
    """A web that answers with what it was asked, late where the path says so."""

    def __init__(self):
        self.port = 0
        self.seeds = []
        self.resolve = {"one.test": "127.0.0.1", "two.test": "127.0.7.1"}
        self.addresses = list(self.resolve.values())

    def answer(self, host, path, headers):
        delay = 0.1 if path.startswith("/slow") else 0.0
        status = 304 if path == "/unchanged" else 200
        body = f"{host} {path} {headers.get('user-agent', '-')}".encode()
        return Answer(status=status, headers=(("X-Kind", "echo"),), body=body, delay_seconds=delay)


@pytest.fixture
async def served():
    async with serve(Echo()) as server:
        yield server


def get(path, host="one.test", *more, method="GET"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *more, "", ""]).encode()


async def exchange(address, port, *requests, until=b""):
    """What comes back, until the server closes or `until` was read."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        for request in requests:
            writer.write(request)
            await writer.drain()
            await asyncio.sleep(0)
        return await (reader.readuntil(until) if until else reader.read())
    finally:
        writer.close()
        await writer.wait_closed()


CLOSE = "Connection: close"


async def test_a_request_is_answered_with_its_length_and_the_connection_closed_on_demand(served):
    answer = await exchange("127.0.0.1", served.port, get("/a?b=1", "one.test:99", CLOSE, "User-Agent: me/1"))
    assert answer == (
        b"HTTP/1.1 200 OK\r\nX-Kind: echo\r\nContent-Length: 20\r\nConnection: close\r\n\r\none.test /a?b=1 me/1"
    )


async def test_pipelined_requests_are_answered_in_order_even_when_the_first_is_slow(served):
    both = get("/slow") + get("/fast", "one.test", CLOSE)
    answer = await exchange("127.0.0.1", served.port, both)
    assert answer.index(b"/slow") < answer.index(b"/fast")


async def test_a_connection_is_kept_for_the_next_request(served):
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    for path in ("/1", "/2", "/3"):
        writer.write(get(path))
        assert (await reader.readuntil(b" -")).endswith(f"one.test {path} -".encode())
    writer.close()
    await writer.wait_closed()


async def test_a_request_may_come_in_pieces(served):
    whole = get("/pieces", "one.test", CLOSE)
    answer = await exchange("127.0.0.1", served.port, whole[:7], whole[7:30], whole[30:])
    assert answer.endswith(b"one.test /pieces -")


async def test_head_gets_the_headers_alone(served):
    answer = await exchange("127.0.0.1", served.port, get("/", "one.test", CLOSE, method="HEAD"))
    assert answer.endswith(b"Content-Length: 12\r\nConnection: close\r\n\r\n")


async def test_an_unchanged_page_has_no_length(served):
    answer = await exchange("127.0.0.1", served.port, get("/unchanged", "one.test", CLOSE, method="HEAD"))
    assert b"304 Not Modified" in answer
    assert b"Content-Length" not in answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n", b"405"),
        (b"\x16\x03\x01 hello tls\r\n\r\n", b"400"),
        (b"GET /\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"400"),
    ],
)
async def test_what_is_no_request_for_a_page_is_refused(served, sent, status):
    answer = await exchange("127.0.0.1", served.port, sent)
    assert answer.split(b" ")[1] == status


async def test_the_log_knows_who_asked_what_where_and_for_how_long(served):
    await exchange("127.0.7.1", served.port, get("/slow", "two.test", CLOSE, "User-Agent: me/1"))
    (access,) = served.log
    assert (access.host, access.address, access.path, access.agent, access.status) == (
        "two.test", "127.0.7.1", "/slow", "me/1", 200,
    )  # fmt: skip
    assert access.ended_at - access.started_at >= 0.1


async def test_every_address_listens_on_the_same_port_and_nothing_else_does(served):
    for address in ("127.0.0.1", "127.0.7.1"):
        assert await exchange(address, served.port, get("/", "one.test", CLOSE))
    with pytest.raises(ConnectionRefusedError):
        await exchange("127.0.7.2", served.port)


async def test_the_port_is_free_again_afterwards_though_a_connection_was_left_open():
    with kept_port(Echo().addresses) as port:
        async with serve(Echo(), port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        async with serve(Echo(), port) as again:
            assert again.port == port
    writer.close()


async def test_a_port_that_was_asked_for_and_is_taken_is_an_error():
    async with serve(Echo()) as server:
        with pytest.raises(OSError, match="in use") as caught:
            async with serve(Echo(), server.port):
                pass
        assert caught.value.errno == errno.EADDRINUSE


async def test_where_loopback_has_one_address_only_all_hosts_share_it(monkeypatch):
    create_server = asyncio.get_running_loop().create_server

    async def only_the_first(factory, address, port, **more):
        if address != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "not here")
        return await create_server(factory, address, port, **more)

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", only_the_first)
    async with serve(Echo()) as server:
        assert set(server.resolve.values()) == {"127.0.0.1"}


def test_header_names_are_read_in_lower_case_and_values_without_blanks():
    request = parse_request(b"GET /x HTTP/1.1\r\nHOST:  a.test:8080 \r\nAccept-Encoding: gzip")
    assert request.headers == {"host": "a.test:8080", "accept-encoding": "gzip"}
    assert request.host == "a.test"


def test_a_kept_connection_says_so():
    rendered = render_answer(Answer(status=200, headers=(), body=b"x"), keep_alive=True)
    assert rendered == b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx"

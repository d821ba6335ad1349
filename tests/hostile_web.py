"""The hostile web and a hundred well-behaved hosts, each at an address of its own, and what a crawl has stored of them.

All listen on 127.77.0.0/16, which the crawl is told to take for the public internet (tests/hostile_child.py); the rest
of 127.0.0.0/8 stays as private as ever, and a server at 127.0.0.1 is the bait that nobody may touch.
"""

import asyncio
import datetime as dt
import sqlite3
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import trustme

from crawler import UrlReader
from storage import StopReason
from tests.hostile_exhibits import AS_WRITTEN, SENTENCE, Exhibit
from tests.hostile_mazes import all_exhibits
from tests.nameserver import NameServer, Zone, serve_names
from tests.ports import kept_port
from tests.wire import Reply, WireServer, page

URLS = UrlReader(drop_parameters=(), user_platforms=())
GOOD_HOSTS = 100
GOOD_PAGES = 6
NOT_FOUND = page(b"", status="404 Not Found")
OUR_OWN = "127.0.0.1"


Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


class Seen(NamedTuple):
    """One request."""

    host: str
    path: str


class HostileWeb:
    """Made by `serve_hostile_web`. `addresses` gives each name its endpoint, as the crawl's configuration has it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.exhibits = {exhibit.name: exhibit for exhibit in all_exhibits(port)}
        self.good = [f"good{number:03}.test" for number in range(GOOD_HOSTS)]
        self.seen: list[Seen] = []
        self.heads: list[bytes] = []
        self.addresses: dict[str, str] = {}
        self.bait = WireServer(page())
        self.servers: dict[str, WireServer] = {}

    @property
    def seeds(self) -> list[str]:
        hostile = [url_of(exhibit, seed) for exhibit in self.exhibits.values() for seed in exhibit.seeds]
        return hostile + [f"http://{host}/" for host in self.good]

    def server_for(self, name: str) -> WireServer:
        def answer(request: bytes) -> Reply:
            return self._answer(name, request)

        self.servers[name] = WireServer(answer)
        return self.servers[name]

    def _answer(self, name: str, request: bytes) -> Reply:
        start, *lines = request.decode("latin-1").split("\r\n")
        path = start.split(" ")[1]
        fields = (line.partition(":") for line in lines)
        host = next(value.strip() for field, _, value in fields if field.lower() == "host")
        self.heads.append(request)
        self.seen.append(Seen(host, path))
        exhibit = self.exhibits.get(name)
        return good_answer(host, path) if exhibit is None else hostile_answer(exhibit, host, path)


def good_answer(host: str, path: str) -> Reply:
    """A front page that links to the others and to the next host, which are plain."""
    number = int(host.removeprefix("good").removesuffix(".test"))
    if path == "/":
        onward = "".join(f"<a href=/{inner}>page {inner}</a> " for inner in range(1, GOOD_PAGES))
        text = f"{onward}<a href=http://good{(number + 1) % GOOD_HOSTS:03}.test/>a neighbour</a>"
        return page(text.encode())
    return page(b"<a href=/>home</a>") if path[1:].isdigit() else NOT_FOUND


def hostile_answer(exhibit: Exhibit, host: str, path: str) -> Reply:
    if callable(exhibit.answers):
        return (
            NOT_FOUND
            if path == "/robots.txt" or (path == "/sitemap.xml" and exhibit.name != "sitemap-maze")
            else exhibit.answers(host, path)
        )
    answer = exhibit.answers.get(path, NOT_FOUND)
    return answer if isinstance(answer, Reply) else answer(b"")


def url_of(exhibit: Exhibit, place: str) -> str:
    """The whole URL of a place in an exhibit: a path, a port with its path, or a URL."""
    if "://" in place:
        return place
    return f"{'https' if exhibit.tls else 'http'}://{exhibit.name}.test{place}"


def address_of(number: int) -> str:
    return f"127.77.{number // 250}.{number % 250 + 1}"


@asynccontextmanager
async def serve_hostile_web(folder: Path) -> AsyncIterator[HostileWeb]:
    async with AsyncExitStack() as stack:
        addresses = [address_of(number) for number in range(GOOD_HOSTS + len(all_exhibits(0)))]
        port = stack.enter_context(kept_port([OUR_OWN, *addresses]))
        web = HostileWeb(port)
        contexts = certificates(folder)
        for address, name in zip(addresses, (*web.exhibits, *web.good), strict=True):
            exhibit = web.exhibits.get(name)
            server = web.server_for(name)
            stack.push_async_callback(server.stop)
            accept = speak_first if name == "tls-plain" else server.accept
            await listen(stack, accept, (address, port), contexts.get(exhibit.tls) if exhibit else None)
            host = name if exhibit is None else f"{name}.test"
            web.addresses[host] = web.addresses[f"*.{host}"] = f"{address}:{port}"
        stack.push_async_callback(web.bait.stop)
        await listen(stack, web.bait.accept, (OUR_OWN, port))
        yield web


async def speak_first(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What a client that waits for a handshake gets from a plain server."""
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def listen(
    stack: AsyncExitStack, accept: Accept, endpoint: tuple[str, int], context: ssl.SSLContext | None = None
) -> None:
    listener = await asyncio.start_server(accept, *endpoint, ssl=context, limit=1_048_576)
    stack.push_async_callback(listener.wait_closed)
    stack.callback(listener.close)


def certificates(folder: Path) -> dict[str, ssl.SSLContext]:
    """Bad certificates by their fault; the authority itself is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    month = dt.timedelta(days=30)
    issued = {
        "expired": authority.issue_cert("tls-expired.test", not_before=yesterday - month, not_after=yesterday),
        "name": authority.issue_cert("another.test"),
        "self": trustme.CA().issue_cert("tls-self.test"),
    }
    contexts = {}
    for fault, certificate in issued.items():
        contexts[fault] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(contexts[fault])
    return contexts


@asynccontextmanager
async def serve_hostile_names(web: HostileWeb) -> AsyncIterator[NameServer]:
    """Names that lead to 127.0.0.1, at once or from the second answer on."""
    public = {name: web.addresses.pop(f"{name}.test").partition(":")[0] for name in ("split", "rebind", "inner")}
    turning = iter([public["rebind"]])
    zones = {
        "inner.test": Zone([OUR_OWN]),
        "split.test": Zone([OUR_OWN, public["split"]]),
        "rebind.test": Zone(ttl=0, answers=iter(lambda: [next(turning, OUR_OWN)], None)),
    }
    async with serve_names(zones) as names:
        yield names


PAGE = """
SELECT p.outcome, p.is_truncated, p.link_count, p.error, u.stop, f.url_id IS NOT NULL, r.outcome
FROM url u
JOIN origin o ON o.id = u.origin_id
LEFT JOIN page p ON p.url_id = u.id
LEFT JOIN frontier f ON f.url_id = u.id
LEFT JOIN robots r ON r.origin_id = o.id
WHERE o.text = ? AND u.path = ?
"""
WORDS = """
SELECT a.text
FROM link l
JOIN anchor a ON a.id = l.anchor
JOIN url u ON u.id = l.target
JOIN origin o ON o.id = u.origin_id
WHERE o.text || u.path = ?
"""
PAGES_OF_DOMAIN = """
SELECT count(*)
FROM page p
JOIN url u ON u.id = p.url_id
JOIN origin o ON o.id = u.origin_id
JOIN host h ON h.id = o.host_id
JOIN domain d ON d.id = h.domain_id
WHERE d.name = ?
"""
SITEMAPS_OF_HOST = "SELECT count(*) FROM fetch f JOIN host h ON h.id = f.host_id WHERE f.kind = 1 AND h.name = ?"
FETCHES = """
SELECT f.started_at, f.started_at + f.elapsed_ms / 1000.0
FROM fetch f
JOIN host h ON h.id = f.host_id
WHERE h.name LIKE ?
"""


class Stored:
    """What a crawl left in its file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, sql: str, *values: object) -> list[tuple]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql, values).fetchall()

    def of(self, exhibit: Exhibit, place: str, wanted: str) -> str:
        """What is stored of a place in an exhibit; `wanted` itself where it sets a limit that is kept."""
        if place == "all":
            _, _, limit, kind = wanted.split()
            found = self.pages_of(exhibit) if kind == "pages" else self.sitemaps_of(exhibit)
            return wanted if 1 < found <= int(limit) else f"{found} {kind}"
        url = url_of(exhibit, place)
        if wanted == AS_WRITTEN:
            return wanted if self.anchor_texts(url) == {SENTENCE} else repr(self.anchor_texts(url))
        return self.in_words(url)

    def in_words(self, url: str) -> str:
        """How the store has one URL; a host in numbers is stored in its one spelling."""
        one = URLS.parse(url)
        rows = self.ask(PAGE, one.origin, one.canonical_url.removeprefix(one.origin))
        if not rows:
            return "unknown"
        outcome, is_cut, links, error, stop, is_waiting, robots = rows[0]
        if outcome is None:
            if not is_waiting:
                return f"not asked: {StopReason(stop).name.lower()}"
            return "waiting" if robots in (None, "ok", "http_error") else f"waiting, robots.txt: {robots}"
        if outcome == "redirect" and error:
            return "redirect to itself" if "itself" in error else "redirect to nowhere"
        if outcome != "ok":
            return outcome
        return ", ".join(["ok", *["cut"] * is_cut, "1 link" if links == 1 else f"{links} links"])

    def anchor_texts(self, url: str) -> set[str]:
        return {text for (text,) in self.ask(WORDS, url)}

    def pages_of(self, exhibit: Exhibit) -> int:
        return self.ask(PAGES_OF_DOMAIN, f"{exhibit.name}.test")[0][0]

    def sitemaps_of(self, exhibit: Exhibit) -> int:
        return self.ask(SITEMAPS_OF_HOST, f"{exhibit.name}.test")[0][0]

    def most_at_once(self, name: str) -> int:
        """Requests to a host and its subdomains that were under way together."""
        rows = self.ask(FETCHES, f"%{name}.test")
        moments = sorted([(began, 1) for began, _ in rows] + [(ended, -1) for _, ended in rows])
        return max(accumulate(change for _, change in moments))

    def good_pages(self, web: HostileWeb) -> Counter:
        """How the pages of the well-behaved hosts stand, by their words."""
        paths = ["/", *(f"/{number}" for number in range(1, GOOD_PAGES))]
        return Counter(self.in_words(f"http://{host}{path}") for host in web.good for path in paths)

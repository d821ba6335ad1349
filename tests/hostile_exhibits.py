"""Exhibits of the hostile web on one page each: what comes slowly, without end, broken, or in letters nobody can read.

An exhibit is one host; `stored` gives, path by path, what the store says of it afterwards in the words of
`hostile_web.Stored`. What leads elsewhere is in hostile_mazes.py.
"""

import gzip
import itertools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import brotli
from backports import zstd

from tests.wire import Ending, Reply, Script, page, raw

OK = b"HTTP/1.1 200 OK\r\n"
HTML = b"Content-Type: text/html\r\n"
CHUNKED = OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n"
IN = b"<a href=/in>in</a>"
MEBIBYTE = 1_048_576
AS_WRITTEN = "known by its words as written"
SENTENCE = "Füße, Äpfel, Öl und eine Straße: größer, schöner, übel"

Answers = Mapping[str, Reply | Script] | Callable[[str, str], Reply]


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """`answers` by path, or made from host and path. `tls` names a certificate; `seeds` are paths, or whole URLs."""

    name: str
    sends: str
    stored: Mapping[str, str]
    answers: Answers = field(default_factory=dict)
    tls: str = ""
    seeds: tuple[str, ...] = ("/",)


def endless(start: bytes, *steps: bytes | float) -> Reply:
    return Reply(lambda: itertools.chain([start], itertools.cycle(steps)), Ending.CLOSE)


def head(*lines: bytes) -> bytes:
    return OK + HTML + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def moved(location: str, *headers: str) -> Reply:
    return page(b"", f"Location: {location}", *headers, status="302 Found")


def bomb(coding: str, start: bytes = IN) -> bytes:
    """A hundred mebibytes of spaces behind `start`, without holding them."""
    spaces = b" " * MEBIBYTE
    match coding:
        case "br":
            packer = brotli.Compressor(quality=5)
            return packer.process(start) + b"".join(packer.process(spaces) for _ in range(100)) + packer.finish()
        case "zstd":
            packer = zstd.ZstdCompressor()
            return packer.compress(start) + b"".join(packer.compress(spaces) for _ in range(100)) + packer.flush()
        case _:
            packer = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
            return packer.compress(start) + b"".join(packer.compress(spaces) for _ in range(100)) + packer.flush()


def packed(coding: str, body: bytes) -> dict[str, Reply]:
    return {"/": page(body, f"Content-Encoding: {coding}")}


def once(reply: Reply | Script) -> dict[str, Reply | Script]:
    return {"/": reply}


def html(text: str) -> Reply:
    return page(text.encode())


def of(name: str, sends: str, answers: Answers, **stored: str) -> Exhibit:
    """One whose front page is what matters: `front`, and `in_` for /in when it is to be known."""
    words = {"/": stored["front"]}
    if "in_" in stored:
        words["/in"] = stored["in_"]
    return Exhibit(name=name, sends=sends, answers=answers, stored=words)


TIMING = [
    of("silent", "takes the connection and says nothing", once(raw(ending=Ending.HOLD)), front="timeout"),
    of(
        "slow-head", "a header without end, a byte at a time", once(endless(OK + b"X-A: ", b"b", 0.05)), front="timeout"
    ),
    of("slow-body", "a page, a byte at a time", once(endless(head() + IN, b"x", 0.05)), front="timeout"),
    of(
        "slow-chunks",
        "a page, a chunk of one byte at a time",
        once(endless(CHUNKED, b"1\r\nx\r\n", 0.05)),
        front="timeout",
    ),
    of(
        "slow-interim",
        "100 Continue, again and again",
        once(endless(b"", b"HTTP/1.1 100 C\r\n\r\n", 0.5)),
        front="timeout",
    ),
]

SIZE = [
    of("endless-line", "a header line without end", once(endless(OK + b"X: ", b"x" * 65_536)), front="protocol_error"),
    of("endless-head", "header lines without end", once(endless(OK, b"X-A: b\r\n" * 5_000)), front="protocol_error"),
    of(
        "interim-flood",
        "1xx answers without end",
        once(endless(b"", b"HTTP/1.1 103 E\r\n\r\n" * 5_000)),
        front="protocol_error",
    ),
    of("endless-body", "a page without end", once(endless(head() + IN, b"x" * 65_536)), front="ok, cut, 1 link"),
    of(
        "endless-chunks",
        "chunks without end",
        once(endless(CHUNKED + b"12\r\n" + IN + b"\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n")),
        front="ok, cut, 1 link",
    ),
    of("header-megabyte", "one header of a megabyte", once(page(IN, "X-A: " + "b" * MEBIBYTE)), front="protocol_error"),
    of("header-thousands", "20,000 headers", once(page(IN, *["X-A: b"] * 20_000)), front="protocol_error"),
    *(
        of(f"bomb-{coding}", f"100 MiB packed with {coding}", packed(coding, bomb(coding)), front="ok, cut, 1 link")
        for coding in ("gzip", "deflate", "br", "zstd")
    ),
    of(
        "bomb-in-bomb",
        "gzip in brotli in gzip",
        packed("gzip, br, gzip", gzip.compress(brotli.compress(bomb("gzip"), quality=5))),
        front="ok, cut, 1 link",
    ),
]

BROKEN = [
    of(
        "length-more",
        "fewer bytes than Content-Length says",
        once(raw(head(b"Content-Length: 99") + IN)),
        front="ok, cut, 1 link",
    ),
    of(
        "length-less",
        "more bytes than Content-Length says",
        once(raw(head(b"Content-Length: 18") + IN + b"<a href=/no>no</a>")),
        front="ok, 1 link",
    ),
    of(
        "length-twice",
        "two lengths that differ",
        once(raw(head(b"Content-Length: 18", b"Content-Length: 5") + IN)),
        front="protocol_error",
    ),
    of(
        "chunk-broken",
        "a chunk whose size is no number",
        once(raw(CHUNKED + b"12\r\n" + IN + b"\r\nzz\r\n")),
        front="ok, cut, 1 link",
    ),
    of("cut-at-once", "a reset in place of an answer", once(raw(ending=Ending.RESET)), front="connect_error"),
    of("cut-in-head", "a reset in the head", once(raw(OK + b"X-A", 0.05, ending=Ending.RESET)), front="connect_error"),
    of(
        "cut-in-body",
        "a reset in the body",
        once(raw(head(b"Content-Length: 99") + IN, 0.2, ending=Ending.RESET)),
        front="ok, cut, 1 link",
    ),
    of(
        "bare-lf", "line feeds without carriage returns", once(raw(head().replace(b"\r", b"") + IN)), front="ok, 1 link"
    ),
    of("http-0-9", "a page without any head", once(raw(b"<html>" + IN)), front="protocol_error"),
    of(
        "gzip-broken",
        "what claims to be gzip and breaks off",
        once(raw(head(b"Content-Encoding: gzip") + gzip.compress(IN * 999)[:-8])),
        front="ok, cut, 999 links",
    ),
]

LETTERS = [
    of(
        "charset-wrong",
        "UTF-8, labelled windows-1251",
        once(page(f"<a href=/in>{SENTENCE}</a>".encode(), "Content-Type: text/html; charset=windows-1251")),
        front="ok, 1 link",
        in_=AS_WRITTEN,
    ),
    of(
        "charset-missing",
        "windows-1252 without a label",
        once(page(f"<a href=/in>{SENTENCE}</a>".encode("cp1252"))),
        front="ok, 1 link",
        in_=AS_WRITTEN,
    ),
    of(
        "charset-unknown",
        "UTF-8, labelled with a charset that is none",
        once(page(f"<a href=/in>{SENTENCE}</a>".encode(), "Content-Type: text/html; charset=x-nonsense")),
        front="ok, 1 link",
        in_=AS_WRITTEN,
    ),
    of(
        "utf-8-broken",
        "UTF-8 with broken bytes among it",
        once(
            page(
                f"<a href=/in>{SENTENCE}</a>".encode() + b"\xff\xc3(\xed\xa0\x80",
                "Content-Type: text/html; charset=utf-8",
            )
        ),
        front="ok, 1 link",
        in_=AS_WRITTEN,
    ),
    of(
        "utf-16-bare",
        "UTF-16 without a mark",
        once(page(f"<html><a href=/in>{SENTENCE}</a>".encode("utf-16-le"))),
        front="ok, 1 link",
        in_=AS_WRITTEN,
    ),
    of(
        "nul-bytes",
        "NUL bytes in tags and text",
        once(page(b"<a href=/in>i\0n</a>\0<a hre\0f=/no>no</a>" + b"\0" * 50)),
        front="ok, 1 link",
    ),
]

MARKUP = [
    of("deep", "100,000 elements in one another", once(page(b"<div>" * 100_000 + IN)), front="ok, 1 link"),
    of(
        "million-links",
        "a million links",
        once(Reply(lambda: [head(), b"".join(b"<a href=//x%d.example/>" % n for n in range(1_000_000))], Ending.CLOSE)),
        front="ok, cut, 5000 links",
    ),
    of(
        "attribute",
        "an attribute of 10 MB between two links",
        once(page(IN + b"<p title='" + b"x" * 10_000_000 + b"'><a href=/no>no</a>")),
        front="ok, cut, 1 link",
    ),
    of(
        "credentials",
        "a link with a name and a password",
        once(html('<a href="http://me:hunter2@credentials.test/in">in</a>')),
        front="ok, 1 link",
    ),
    of(
        "escapes",
        "terminal escapes in title, words and headers",
        once(page(b"<title>\x1b]0;owned\x07\x1b[2J</title><a href=/in>\x1b[31m\xe2\x80\xaein</a>", "ETag: \x1b[2J")),
        front="ok, 1 link",
    ),
]

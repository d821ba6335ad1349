"""Exhibits of the hostile web that lead elsewhere: redirects, our own network, mazes, robots.txt, sitemaps, TLS."""

import gzip
import zlib

from tests.hostile_exhibits import (
    BROKEN,
    IN,
    LETTERS,
    MARKUP,
    OK,
    SIZE,
    TIMING,
    Exhibit,
    bomb,
    endless,
    html,
    moved,
    of,
    once,
)
from tests.wire import Ending, Reply, page, raw

REDIRECTS = [
    of("loop-self", "a redirect to itself", once(moved("/")), front="redirect to itself"),
    of(
        "cookie-wall",
        "a redirect to itself until a cookie is sent",
        once(moved("/", "Set-Cookie: passed=1")),
        front="redirect to itself",
    ),
    Exhibit(
        name="loop-two",
        sends="two pages that redirect to each other",
        answers={"/": moved("/b"), "/b": moved("/")},
        stored={"/": "redirect", "/b": "redirect"},
    ),
    Exhibit(
        name="chain",
        sends="redirects without end",
        answers=lambda _host, path: moved(f"/{int(path[1:] or 0) + 1}"),
        stored={"/": "redirect", "/5": "redirect", "/6": "not asked: redirect_hops"},
    ),
    Exhibit(
        name="chain-hosts",
        sends="redirects from host to host without end",
        answers=lambda host, _path: moved(
            f"http://h{int(host[1:].partition('.')[0]) + 1 if host[0] == 'h' else 1}.chain-hosts.test/"
        ),
        stored={
            "/": "redirect",
            "http://h5.chain-hosts.test/": "redirect",
            "http://h6.chain-hosts.test/": "not asked: redirect_hops",
        },
    ),
    of(
        "to-ftp",
        "a redirect to ftp: with a password",
        once(moved("ftp://me:hunter2@to-ftp.test/")),
        front="redirect to nowhere",
    ),
    of("to-file", "a redirect to file:", once(moved("file:///etc/passwd")), front="redirect to nowhere"),
    of("to-javascript", "a redirect to javascript:", once(moved("javascript:alert(1)")), front="redirect to nowhere"),
    Exhibit(
        name="refresh",
        sends="meta refreshes to itself and to and fro",
        answers={
            "/": html('<meta http-equiv=refresh content="0;url=/b"><meta http-equiv=refresh content="0;url=/">'),
            "/b": html('<meta http-equiv=refresh content="0; /">'),
        },
        stored={"/": "ok, 0 links", "/b": "ok, 0 links"},
    ),
    of(
        "too-many",
        "429 with Retry-After of a day",
        once(page(b"", "Retry-After: 86400", status="429 Too Many")),
        front="waiting",
    ),
]

PRIVATE = {
    "to-loopback": "http://127.0.0.1:{port}/",
    "to-loopback-6": "http://[::1]:{port}/",
    "to-mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "to-decimal": "http://2130706433:{port}/",
    "to-octal": "http://0177.0.0.01:{port}/",
    "to-hexadecimal": "http://0x7f.1:{port}/",
    "to-metadata": "http://169.254.169.254/latest/meta-data/",
    "to-carrier": "http://100.64.0.1/",
    "to-private": "http://10.0.0.1/",
    "to-local-name": "http://inner.test:{port}/",
}


def private_exhibits(port: int) -> list[Exhibit]:
    """Redirects into our own network, and names whose addresses lie there or change."""
    redirects = [
        Exhibit(
            name=name,
            sends=f"a redirect to {target.replace(':{port}', '')}",
            answers=once(moved(target.format(port=port))),
            stored={"/": "redirect", target.format(port=port): "waiting, robots.txt: address_refused"},
        )
        for name, target in PRIVATE.items()
    ]
    own = f":{port}/"
    return [
        *redirects,
        Exhibit(
            name="inner",
            sends="a name whose address is 127.0.0.1",
            seeds=(own,),
            stored={own: "waiting, robots.txt: address_refused"},
        ),
        Exhibit(
            name="split",
            sends="a name with a public and a private address",
            seeds=(own,),
            answers=once(page(IN)),
            stored={own: "ok, 1 link"},
        ),
        Exhibit(
            name="rebind",
            sends="a name whose address turns private after the first answer",
            seeds=(own,),
            answers=once(page(IN)),
            stored={own: "ok, 1 link"},
        ),
    ]


def random_word(path: str, salt: object) -> str:
    return f"{zlib.crc32(f'{path} {salt}'.encode()):08x}"


def links_to(*hrefs: str) -> Reply:
    return html("".join(f"<a href='{href}'>on</a> " for href in hrefs))


def soft_404(_host: str, path: str) -> Reply:
    return links_to(*(f"/{random_word(path, number)}" for number in range(3)))


def subdomains(host: str, _path: str) -> Reply:
    return links_to(*(f"http://{random_word(host, number)}.wildcard.test/" for number in range(20)))


CROWD = 90


def crowd(host: str, _path: str) -> Reply:
    """One that answers, and so many that only hold the line."""
    if host == "crowd.test":
        return links_to(*(f"http://h{number}.crowd.test/" for number in range(CROWD)))
    return raw(ending=Ending.HOLD)


MAZES = [
    Exhibit(
        name="calendar",
        sends="a month that links to the next, without end",
        answers=lambda _host, path: links_to(f"/{int(path[1:] or 0) + 1}"),
        stored={"/": "ok, 1 link", "/5": "ok, 1 link", "/6": "not asked: depth"},
    ),
    Exhibit(
        name="session-query",
        sends="a new session id in the query of every link",
        answers=lambda _host, path: links_to(*(f"/?sid={random_word(path, n)}" for n in range(5))),
        stored={"/": "ok, 5 links", "all": "at most 60 pages"},
    ),
    Exhibit(
        name="session-path",
        sends="a new session id in the path of every link",
        answers=lambda _host, path: links_to(*(f"/s-{random_word(path, n)}/in" for n in range(5))),
        stored={"/": "ok, 5 links", "all": "at most 60 pages"},
    ),
    Exhibit(
        name="stacking",
        sends="relative links that stack",
        answers=lambda _host, _path: links_to("in/"),
        stored={"/": "ok, 1 link", "/in/in/in/": "ok, 1 link", "/in/in/in/in/": "not asked: repeated_segments"},
    ),
    Exhibit(
        name="soft-404",
        sends="a page and three links for every path",
        answers=soft_404,
        stored={"/": "ok, 3 links", "all": "at most 60 pages"},
    ),
    Exhibit(
        name="wildcard",
        sends="subdomains without end on one address",
        answers=subdomains,
        stored={"/": "ok, 20 links", "all": "at most 60 pages"},
    ),
    Exhibit(
        name="crowd",
        sends="90 subdomains that take the connection and say nothing",
        answers=crowd,
        stored={"/": "ok, 90 links", "http://h0.crowd.test/": "timeout", "all": "at most 60 pages"},
    ),
]

ROBOTS = [
    of(
        "robots-html",
        "an HTML page for robots.txt",
        {"/robots.txt": html("<html>User-agent: *\nDisallow: /"), "/": page(IN)},
        front="ok, 1 link",
    ),
    of(
        "robots-gigabyte",
        "a robots.txt without end",
        {"/robots.txt": endless(OK + b"\r\nUser-agent: *\nDisallow: /in\n", b"Disallow: /x\n" * 5_000), "/": page(IN)},
        front="ok, 1 link",
        in_="not asked: robots",
    ),
    of(
        "robots-bomb",
        "100 MiB of robots.txt packed with gzip",
        {
            "/robots.txt": page(
                bomb("gzip", b"User-agent: *\nDisallow: /in\n"), "Content-Type: text/plain", "Content-Encoding: gzip"
            ),
            "/": page(IN),
        },
        front="ok, 1 link",
        in_="not asked: robots",
    ),
    of(
        "robots-silent",
        "no answer to robots.txt",
        {"/robots.txt": raw(ending=Ending.HOLD), "/": page(IN)},
        front="waiting, robots.txt: timeout",
    ),
    of(
        "robots-loop",
        "a robots.txt that redirects to itself",
        {"/robots.txt": moved("/robots.txt"), "/": page(IN)},
        front="ok, 1 link",
    ),
    of(
        "robots-refused",
        "a robots.txt that redirects to 10.0.0.2",
        {"/robots.txt": moved("http://10.0.0.2/robots.txt"), "/": page(IN)},
        front="waiting, robots.txt: address_refused",
    ),
]

XML = "Content-Type: application/xml"


def sitemap_maze(host: str, path: str) -> Reply:
    names = (f"http://{host}/{random_word(path, number)}.xml" for number in range(10))
    named = "".join(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)
    return page(f"<sitemapindex>{named}</sitemapindex>".encode(), XML) if path.endswith(".xml") else page()


URLSET = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
SITEMAPS = [
    of(
        "sitemap-self",
        "a sitemap index that names itself",
        {
            "/": page(),
            "/sitemap.xml": page(
                b"<sitemapindex><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>".replace(
                    b"/site", b"http://sitemap-self.test/site", 1
                ),
                XML,
            ),
        },
        front="ok, 0 links",
    ),
    of(
        "sitemap-bomb",
        "a sitemap packed twice, 100 MiB",
        {
            "/": page(),
            "/robots.txt": page(b"Sitemap: /s.xml.gz", "Content-Type: text/plain"),
            "/s.xml.gz": page(
                gzip.compress(bomb("gzip", URLSET + b"<url><loc>http://sitemap-bomb.test/in</loc></url>")),
                XML,
                "Content-Encoding: gzip",
            ),
            "/in": page(),
        },
        front="ok, 0 links",
        in_="ok, 0 links",
    ),
    of(
        "sitemap-laughs",
        "entities that grow without end",
        {
            "/": page(),
            "/sitemap.xml": page(
                b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
                + b"".join(b"<!ENTITY a%d '%s'>" % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(12))
                + b"]>"
                + URLSET
                + b"<url><loc>http://sitemap-laughs.test/&a11;</loc></url></urlset>",
                XML,
            ),
        },
        front="ok, 0 links",
    ),
    Exhibit(
        name="sitemap-maze",
        sends="sitemap indexes that name ten others each, without end",
        answers=sitemap_maze,
        stored={"/": "ok, 0 links", "all": "at most 100 sitemaps"},
    ),
    of(
        "sitemap-endless",
        "a sitemap index without end",
        {
            "/": page(),
            "/sitemap.xml": endless(
                OK + b"\r\n<sitemapindex>", b"<sitemap><loc>http://sitemap-endless.test/in</loc></sitemap>" * 1_000
            ),
        },
        front="ok, 0 links",
    ),
]

TLS = [
    Exhibit(
        name="tls-expired",
        sends="a certificate that has expired",
        tls="expired",
        stored={"/": "waiting, robots.txt: tls_error"},
    ),
    Exhibit(
        name="tls-self",
        sends="a certificate that it signed itself",
        tls="self",
        stored={"/": "waiting, robots.txt: tls_error"},
    ),
    Exhibit(
        name="tls-name",
        sends="a certificate for another name",
        tls="name",
        stored={"/": "waiting, robots.txt: tls_error"},
    ),
    Exhibit(
        name="tls-stalled",
        sends="nothing, where a handshake should be",
        tls="stalled",
        stored={"/": "waiting, robots.txt: timeout"},
    ),
    Exhibit(
        name="tls-plain", sends="HTTP where TLS should be", tls="plain", stored={"/": "waiting, robots.txt: tls_error"}
    ),
]


def all_exhibits(port: int) -> list[Exhibit]:
    fixed = [*TIMING, *SIZE, *BROKEN, *LETTERS, *MARKUP, *REDIRECTS, *MAZES, *ROBOTS, *SITEMAPS, *TLS]
    return [*fixed, *private_exhibits(port)]

"""A web to measure with: pages of one weight, as many as asked, made by arithmetic when asked for.

Every page is 30 KB of HTML with 60 links: 40 within the host, 20 to other hosts, few of which get most. Nothing is kept
per page, so that a million of them cost the server no memory, and little time beside what a crawler spends on one.
"""

from collections.abc import Mapping
from functools import cached_property

from .hrefs import url_of
from .model import Answer, dice
from .plain import Size, host_address, host_place
from .prose import Voice
from .topics import EVERYTHING

LINKS_PER_PAGE = 60
PAGE_BYTES = 30_000

BRANCHES = 10
IN_MENU = 10
SIDEWAYS = 19
OUTWARD = 20
TEXTS = 48
PRIME = 2_654_435_761
RELS = ("", "", "", ' rel="nofollow"', ' rel="noopener"', ' rel="ugc nofollow"', ' rel="sponsored"')
HTML = (("Content-Type", "text/html; charset=utf-8"),)
PLAIN = (("Content-Type", "text/plain"),)
ROBOTS = Answer(status=200, headers=PLAIN, body=b"User-agent: *\nDisallow: /private/\n")
NOT_FOUND = Answer(status=404, headers=HTML, body=b"<title>404</title>")


class BenchWeb:
    """`size.hosts` hosts of `size.pages_per_host` pages, each page within a few links of its host's home."""

    def __init__(self, seed: int, *, size: Size, port: int = 80) -> None:
        self.seed = seed
        self.size = size
        self.port = port
        self._texts = [Voice(EVERYTHING[n % len(EVERYTHING)], dice(seed, "bench", n)) for n in range(TEXTS)]

    @cached_property
    def _paragraphs(self) -> list[str]:
        return [" ".join(voice.paragraph() for _ in range(2)) for voice in self._texts]

    @property
    def page_count(self) -> int:
        return self.size.hosts * self.size.pages_per_host

    @property
    def seeds(self) -> list[str]:
        return [url_of(host_place(index, 0), self.port) for index in range(self.size.hosts)]

    @property
    def resolve(self) -> dict[str, str]:
        names = {host_place(index, 0).host: host_address(index) for index in range(self.size.hosts)}
        return names | {"*.test": "127.0.0.1"}

    @property
    def addresses(self) -> list[str]:
        return sorted(set(self.resolve.values()))

    def answer(self, host: str, path: str, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002 — the server's signature
        if path == "/robots.txt":
            return ROBOTS
        index, number = _numbers(host, path)
        if not (0 <= index < self.size.hosts and 0 <= number < self.size.pages_per_host):
            return NOT_FOUND
        return Answer(status=200, headers=HTML, body=self._page(index, number).encode())

    def _page(self, index: int, number: int) -> str:
        at = index * self.size.pages_per_host + number
        inward = [f'<a href="{self._path(target)}">Page {target} of {index}</a>' for target in self._inward(at, number)]
        outward = [self._outward(at, nth) for nth in range(OUTWARD)]
        body = [f"<p>{text}</p>" for text in self._woven(at, [*inward[IN_MENU:], *outward])]
        menu = "".join(f"<li>{one}</li>" for one in inward[:IN_MENU])
        page = (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Page {number} of site {index}</title>'
            f'<meta name="description" content="Page {number}"></head>\n<body><nav><ul>{menu}</ul></nav>\n<main>'
            f"<h1>Page {number}</h1>\n{''.join(body)}\n</main><footer>Site {index}</footer>"
        )
        filler = self._paragraphs[at % TEXTS] * 40
        return f"{page}<p>{filler[: max(0, PAGE_BYTES - len(page) - 30)]}</p></body></html>"

    def _path(self, number: int) -> str:
        return host_place(0, number).path

    def _inward(self, at: int, number: int) -> list[int]:
        """The menu is the home page and its first branches; then the page's own branches, then anywhere."""
        count = self.size.pages_per_host
        menu = [one % count for one in range(IN_MENU)]
        branches = [(number * BRANCHES + one) % count for one in range(1, BRANCHES + 1)]
        sideways = [(at * PRIME + nth * 40_503) % count for nth in range(LINKS_PER_PAGE - OUTWARD - IN_MENU - BRANCHES)]
        return [*menu, *branches, *sideways]

    def _outward(self, at: int, nth: int) -> str:
        throw = ((at * OUTWARD + nth) * PRIME % 2**32) / 2**32
        index = int(self.size.hosts * throw**3)
        number = int(throw * 7919) % self.size.pages_per_host
        rel = RELS[(at + nth) % len(RELS)]
        return f'<a href="{url_of(host_place(index, number), self.port)}"{rel}>Site {index}, page {number}</a>'

    def _woven(self, at: int, links: list[str]) -> list[str]:
        """One link after each paragraph's first sentence."""
        texts = [self._paragraphs[(at + nth) % TEXTS] for nth in range(len(links))]
        return [f"{text[:180]} {link} {text[180:360]}" for text, link in zip(texts, links, strict=True)]


def _numbers(host: str, path: str) -> tuple[int, int]:
    """The index of a host and the number of a page; -1 for what is neither."""
    index = host.removeprefix("site-").removesuffix(".test")
    number = "0" if path == "/" else path.removeprefix("/p/")
    return int(index) if index.isdigit() else -1, int(number) if number.isdigit() else -1

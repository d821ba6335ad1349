"""The invented web: made from a number, it answers for every host and knows its own graph.

The same seed gives the same hosts, pages and links in every process; only the port differs, and it is set once the
server listens. Answers depend on what was asked before in one way only: passing troubles pass.

Not here: sockets (server.py), inventing (sites.py, oddities.py, plain.py), the expectations (truth.py).
"""

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Mapping

from .curiosities import add_curiosities
from .hrefs import spell_place, url_of
from .model import Answer, Document, Expected, File, Host, Moved, Place, Resource, Sitemap, Trouble, TrueLink
from .nights import pass_nights
from .oddities import add_oddities
from .pages import render
from .plain import Size, plain_world
from .traps import add_traps
from .truth import Limits, Truth, walk
from .wellknown import render_robots, render_sitemap
from .world import World, populate

TRACKING = re.compile(r"(?<=[?&])(?:utm_\w+|fbclid|gclid)=[^&]*&?")
ERROR_PAGE = '<!DOCTYPE html><title>{status}</title><h1>{status}</h1><p>Try <a href="/">the start page</a>.</p>'
NOT_FOUND = Trouble(status=404)
TEXT = "text/plain; charset=utf-8"


class InventedWeb:
    """`seed` makes it; `port` is where it is served, and is part of every URL it writes.

    The profile "demo" is a small believable web with all that is odd about webs, on any `night` from the first on, with
    endless hosts if asked for; "plain" is as large as `size` says and without surprises.
    """

    def __init__(  # noqa: PLR0913 — each is a choice of its own, and all have defaults
        self,
        seed: int,
        *,
        profile: str = "demo",
        port: int = 80,
        size: Size | None = None,
        night: int = 1,
        has_traps: bool = False,
    ) -> None:
        self.seed = seed
        self.world = plain_world(seed, size or Size()) if profile == "plain" else _demo_world(seed, night)
        if has_traps:
            add_traps(self.world)
        self._asked: Counter[Place] = Counter()
        self._pages: dict[Place, bytes] = {}
        self._port = port

    @property
    def port(self) -> int:
        return self._port

    @port.setter
    def port(self, port: int) -> None:
        self._port = port
        self._pages.clear()

    @property
    def seeds(self) -> list[str]:
        return [url_of(place, self.port) for place in self.world.seeds]

    @property
    def resolve(self) -> dict[str, str]:
        """Names to addresses; the wildcard keeps every other name below .test away from the real DNS."""
        return {host.name: host.address for host in self.world.hosts.values()} | {"*.test": "127.0.0.1"}

    @property
    def addresses(self) -> list[str]:
        """Where the server has to listen."""
        return sorted({"127.0.0.1", *(host.address for host in self.world.hosts.values() if host.is_listening)})

    def true_pages(self, limits: Limits | None = None) -> dict[str, Expected]:
        """What a finished crawl should know, by canonical URL; of endless hosts only where they begin."""
        return self._truth(limits).pages()

    def true_links(self, limits: Limits | None = None) -> list[TrueLink]:
        """Every link on the pages that a finished crawl has read, once per time it stands there."""
        return self._truth(limits).links()

    def forbidden(self, host: str) -> set[str]:
        """The paths of pages that the host's robots.txt forbids."""
        return set(self.world.hosts[host].forbidden)

    def forget(self) -> None:
        """Passing troubles come back, as if nothing had been asked yet."""
        self._asked.clear()

    def answer(self, host: str, path: str, headers: Mapping[str, str]) -> Answer:
        """`host` without port; `headers` with lower-case names."""
        known = self.world.hosts.get(host)
        if known is None:
            return _error(NOT_FOUND)
        if path == "/robots.txt":
            return self._robots(known)
        plain = TRACKING.sub("", path).rstrip("?&") if "?" in path else path
        self._asked[Place(host, plain)] += 1
        return self._resource(known, plain, self._now_at(known, plain), headers)

    def _truth(self, limits: Limits | None) -> Truth:
        return walk(self.world, self.port, limits or Limits())

    def _robots(self, host: Host) -> Answer:
        if host.robots is None:
            return _error(NOT_FOUND)
        if host.robots.status != 200:  # noqa: PLR2004 — HTTP's own number
            return _error(Trouble(status=host.robots.status))
        return Answer(status=200, headers=(("Content-Type", TEXT),), body=render_robots(host.robots, self.port))

    def _now_at(self, host: Host, path: str) -> Resource | None:
        """What stands at a path, once its passing trouble has passed."""
        resource = host.at(path)
        if not isinstance(resource, Trouble) or resource.times is None:
            return resource
        return resource.then if self._asked[Place(host.name, path)] > resource.times else resource

    def _resource(self, host: Host, path: str, resource: Resource | None, headers: Mapping[str, str]) -> Answer:
        match resource:
            case Document():
                return self._document(host, resource, headers)
            case Moved():
                location = spell_place(resource.target, resource.spelling, Place(host.name, path), self.port)
                return Answer(status=resource.status, headers=(("Location", location),), body=b"")
            case File():
                return Answer(status=200, headers=(("Content-Type", resource.content_type),), body=resource.body)
            case Sitemap():
                kind = "application/gzip" if resource.is_gzipped else "application/xml"
                return Answer(status=200, headers=(("Content-Type", kind),), body=render_sitemap(resource, self.port))
            case _:
                return _error(resource or NOT_FOUND)

    def _document(self, host: Host, document: Document, headers: Mapping[str, str]) -> Answer:
        body = self._rendered(document)
        sent = [("Content-Type", _content_type(document))]
        if document.header_robots:
            sent.append(("X-Robots-Tag", document.header_robots))
        if host.has_etags:
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            sent.append(("ETag", etag))
            if headers.get("if-none-match") == etag:
                return Answer(status=304, headers=tuple(sent), body=b"")
        if host.is_gzipped and "gzip" in headers.get("accept-encoding", ""):
            sent.append(("Content-Encoding", "gzip"))
            body = gzip.compress(body, 5, mtime=0)
        return Answer(status=200, headers=tuple(sent), body=body, delay_seconds=document.delay_seconds)

    def _rendered(self, document: Document) -> bytes:
        if document.place not in self._pages:
            self._pages[document.place] = render(document, self.seed, self.port)
        return self._pages[document.place]


def _demo_world(seed: int, night: int) -> World:
    world = populate(seed)
    add_oddities(world)
    add_curiosities(world)
    pass_nights(world, night)
    return world


def _content_type(document: Document) -> str:
    return f"text/html; charset={document.charset.header}" if document.charset.header else "text/html"


def _error(trouble: Trouble) -> Answer:
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if trouble.retry_after:
        headers.append(("Retry-After", trouble.retry_after))
    body = ERROR_PAGE.format(status=trouble.status).encode()
    return Answer(status=trouble.status, headers=tuple(headers), body=body)

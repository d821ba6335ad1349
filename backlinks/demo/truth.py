"""What a finished crawl of an invented world should know: a walk over the plan, not over the HTML.

The walk follows the crawler's published defaults: links are followed within the registrable domains of the seeds, each
known URL once, redirects hop by hop; links on pages or with rel nofollow lead nowhere; robots.txt is obeyed.

Not here: how a URL is written (hrefs.py), what is on the wire (web.py).
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from storage import Outcome, StopReason

from .hrefs import url_of
from .model import Document, Expected, File, Host, Moved, Place, Reference, Resource, Sitemap, Trouble, TrueLink
from .world import World, registrable_domain

SERVER_ERRORS = 500
SITEMAP_DEPTH = 1  # as if the home page linked to it
NOT_FOUND = 404
NOT_PAGES = (".pdf", ".jpg", ".gz", ".css")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The crawler's options that change what it should find."""

    max_depth: int = 5
    max_redirect_hops: int = 5
    use_sitemaps: bool = True


@dataclass(slots=True)
class Truth:
    """Both by place: what became of every URL that is known, and the links of the pages that were read."""

    port: int
    expected: dict[Place, Expected] = field(default_factory=dict)
    read: dict[Place, Document] = field(default_factory=dict)

    def pages(self) -> dict[str, Expected]:
        return {url_of(place, self.port): expected for place, expected in self.expected.items()}

    def links(self) -> list[TrueLink]:
        return [link for document in self.read.values() for link in true_links_of(document, self.port)]


def true_links_of(document: Document, port: int) -> Iterator[TrueLink]:
    source = url_of(document.place, port)
    for one in document.references:
        rel = " ".join(sorted(set(one.rel.lower().split())))
        yield TrueLink(source, url_of(one.target, port), one.words, rel, one.kind, one.placement)


@dataclass(slots=True)
class Walk:
    """Places wait in a heap by depth, so each is visited on its shortest way."""

    world: World
    limits: Limits
    truth: Truth
    scope: set[str]
    waiting: list[tuple[int, int, Place]] = field(default_factory=list)
    visited: set[Place] = field(default_factory=set)

    def run(self) -> Truth:
        for seed in self.world.seeds:
            self._discover(seed, 0)
        for seed in self.world.seeds if self.limits.use_sitemaps else ():
            for place in self._sitemap_entries(self.world.hosts[seed.host]):
                self._discover(place, SITEMAP_DEPTH)
        while self.waiting:
            depth, hops, place = heapq.heappop(self.waiting)
            if place not in self.visited:
                self.visited.add(place)
                self._visit(place, depth, hops)
        return self.truth

    def _discover(self, place: Place, depth: int, hops: int = 0, *, followed: bool = True) -> None:
        stop = self._stop(place, depth, hops, followed=followed)
        known = self.truth.expected.get(place)
        if place in self.visited or (known and not _is_better(stop, depth, known)):
            return
        self.truth.expected[place] = Expected(depth=depth, stop=stop)
        if stop is StopReason.WANTED:
            heapq.heappush(self.waiting, (depth, hops, place))

    def _stop(self, place: Place, depth: int, hops: int, *, followed: bool) -> StopReason:
        if registrable_domain(place.host) not in self.scope:
            return StopReason.OUT_OF_SCOPE
        if place.path.lower().endswith(NOT_PAGES):
            return StopReason.NOT_A_PAGE
        if not followed:
            return StopReason.NOFOLLOW
        if depth > self.limits.max_depth:
            return StopReason.DEPTH
        if hops > self.limits.max_redirect_hops:
            return StopReason.REDIRECT_HOPS
        return StopReason.WANTED

    def _visit(self, place: Place, depth: int, hops: int) -> None:
        host = self.world.hosts.get(place.host)
        expected = self.truth.expected[place]
        if host and not _may_be_asked(host):
            return
        if host and place.path in host.forbidden:
            self.truth.expected[place] = replace(expected, stop=StopReason.ROBOTS)
            return
        resource = host.at(place.path) if host else None
        if isinstance(resource, Trouble) and resource.times is not None:
            resource = resource.then
        self.truth.expected[place] = self._outcome(expected, resource)
        if isinstance(resource, Moved):
            self._adopt(place, resource.target)
            self._discover(resource.target, depth, hops + 1)
        elif isinstance(resource, Document):
            self._read(resource, depth, hops)

    def _read(self, document: Document, depth: int, hops: int) -> None:
        """A canonical link and a refresh lead on like redirects; a base may be a page too."""
        self.truth.read[document.place] = document
        for one in document.references:
            self._discover(one.target, depth + 1, followed=_is_followed(document, one))
        if document.base:
            self._discover(document.base, depth + 1, followed=not document.nofollow)
        if document.canonical:
            self._discover(document.canonical, depth, hops + 1)
        if document.refresh and not document.nofollow:
            self._discover(document.refresh, depth, hops + 1)

    def _outcome(self, expected: Expected, resource: Resource | None) -> Expected:
        port = self.truth.port
        match resource:
            case Document():
                return replace(
                    expected,
                    outcome=Outcome.OK,
                    status=200,
                    title=resource.title,
                    declared_canonical=url_of(resource.canonical, port) if resource.canonical else None,
                    noindex=resource.noindex,
                    nofollow=resource.nofollow,
                )
            case Moved():
                target = url_of(resource.target, port)
                return replace(expected, outcome=Outcome.REDIRECT, status=resource.status, redirect_url=target)
            case File() | Sitemap():
                return replace(expected, outcome=Outcome.NOT_HTML, status=200)
            case _:
                status = resource.status if resource else NOT_FOUND
                return replace(expected, outcome=Outcome.HTTP_ERROR, status=status)

    def _adopt(self, source: Place, target: Place) -> None:
        """A seed that moved to another domain takes the scope along."""
        if source in self.world.seeds:
            self.scope.add(registrable_domain(target.host))

    def _sitemap_entries(self, host: Host) -> Iterator[Place]:
        if not _may_be_asked(host):
            return
        named = host.robots.sitemaps if host.robots else []
        waiting = named or [Place(host.name, "/sitemap.xml")]
        while waiting:
            sitemap = self.world.hosts[waiting[0].host].content.get(waiting[0].path)
            waiting = waiting[1:]
            if isinstance(sitemap, Sitemap):
                waiting += sitemap.children
                yield from sitemap.entries


def _may_be_asked(host: Host) -> bool:
    """An unreachable robots.txt forbids all, for now (RFC 9309 §2.3.1.4). Where endless hosts end is not foretold."""
    return host.is_listening and not host.endless and (host.robots is None or host.robots.status < SERVER_ERRORS)


def _is_better(stop: StopReason, depth: int, known: Expected) -> bool:
    if stop is not StopReason.WANTED:
        return False
    return known.stop is not StopReason.WANTED or depth < known.depth


def _is_followed(document: Document, reference: Reference) -> bool:
    return not document.nofollow and "nofollow" not in reference.rel.lower().split()


def walk(world: World, port: int, limits: Limits) -> Truth:
    scope = {registrable_domain(seed.host) for seed in world.seeds}
    return Walk(world, limits, Truth(port), scope).run()

"""What one fetched answer becomes: a page, its links, and the URLs it names with the verdict of the scope.

Most targets of a page were named by the page before. A bounded memory of what was handed over already, and how well,
keeps those from being judged and sent again; it is updated only when a visit is with the writer.

Not here: the wire (fetch.py), HTML (extract.py), what a URL means (urls.py), when anything happens (crawl.py).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from storage import (
    Candidate,
    FetchKind,
    Link,
    LinkFlags,
    Outcome,
    Page,
    StopReason,
    Waiting,
    pack_flags,
)

from .charset import decode_html
from .directives import header_discoveries, parse_canonical_header, parse_refresh, parse_robots_header
from .extract import ExtractedPage, extract_page
from .extract_links import ExtractedLink
from .fetch import Fetch
from .options import CrawlerOptions
from .scope import CountedGroups, Scope
from .sitemaps import Sitemap, SitemapEntry, parse_sitemap
from .urls import UrlReader, WebUrl, encode_query

NEVER_BETTER = -1
"""In the memory of what was sent: nothing said later about this URL can change its verdict."""
STOPPED = 10_000
"""… it was sent with a verdict that a better candidate could set aside."""

LASTING_STOPS = frozenset({
    StopReason.OUT_OF_SCOPE, StopReason.EXCLUDED, StopReason.URL_TOO_LONG, StopReason.REPEATED_SEGMENTS,
    StopReason.TOO_MANY_SEGMENTS, StopReason.PORT, StopReason.NOT_A_PAGE,
})  # fmt: skip

# Plain numbers: an IntFlag's | and & cost ten times an int's, and these stand in the loop over links.
NOFOLLOW, UGC, SPONSORED = int(LinkFlags.NOFOLLOW), int(LinkFlags.UGC), int(LinkFlags.SPONSORED)
PAGE_NOFOLLOW, EXTERNAL = int(LinkFlags.PAGE_NOFOLLOW), int(LinkFlags.EXTERNAL)
USERINFO = int(LinkFlags.USERINFO)

MAX_SENT_REMEMBERED = 500_000
MAX_ERROR_CHARACTERS = 300
_USERINFO = re.compile(r"^(\s*(?:[a-zA-Z][\w+.-]*:)?[/\\]*)[^/?#\\]*@")


@dataclass(slots=True)
class Reading:
    """A page with what it names. `adopted` is a domain that came into scope because a seed redirects to it."""

    page: Page
    links: list[Link] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    adopted: str | None = None


class Content(NamedTuple):
    page: ExtractedPage
    encoding: str


@dataclass(slots=True)
class Named:
    """A URL named by a page, and whether any of the links to it may be followed."""

    url: WebUrl
    is_followed: bool


class VisitReader:
    """Turns answers into readings; one per shard, since it remembers what it has sent."""

    def __init__(
        self, options: CrawlerOptions, scope: Scope, urls: UrlReader, *, text_characters: int, link_text_characters: int
    ) -> None:
        self._options = options
        self._scope = scope
        self._urls = urls
        self._text_characters = text_characters
        self._link_text_characters = link_text_characters
        self._sitemaps = CountedGroups(options.scope.max_sitemaps_per_domain)
        self._sitemap_urls: dict[str, int] = {}  # by host
        self._sent: dict[str, int] = {}
        self._sent_before: dict[str, int] = {}

    def parse(self, fetch: Fetch) -> Content:
        """Decode and extract a body. Touches nothing else, so it may run on a thread."""
        decoded = decode_html(fetch.body, content_type=fetch.content_type)
        url = self._urls.parse(fetch.url)
        found = extract_page(
            decoded.text,
            max_links=self._options.scope.max_links_per_page,
            max_text_characters=self._text_characters,
            max_link_text_characters=self._link_text_characters,
            domain=url.registrable_domain if url else "",
        )
        if not decoded.encoding.startswith("utf-"):
            codec = decoded.python_codec
            found.links[:] = [link._replace(href=encode_query(link.href, codec)) for link in found.links]
        return Content(found, decoded.encoding)

    def read(self, waiting: Waiting, fetch: Fetch, content: Content | None) -> Reading:
        """What a page's answer says; `content` is its body, parsed, when the outcome is OK."""
        asked = self._urls.parse(waiting.url)
        if asked is None:
            return Reading(Page(outcome=fetch.outcome, fetched_at=fetch.started_at, error="not a URL"))
        if fetch.outcome is Outcome.REDIRECT:
            return self._read_redirect(waiting, fetch, asked)
        if content is None:
            return Reading(Page(**_plain(fetch)))
        return self._read_page(waiting, fetch, asked, content)

    def judge_again(self, waiting: Waiting, url: WebUrl) -> StopReason:
        """Whether this run still wants what an earlier one put there."""
        if waiting.kind is not FetchKind.PAGE:
            return StopReason.WANTED
        return self._scope.judge_again(url, depth=waiting.depth, redirect_hops=waiting.redirect_hops)

    def parse_sitemap(self, fetch: Fetch) -> Sitemap:
        """What a sitemap's bytes name. Touches nothing else, so it may run on a thread."""
        return parse_sitemap(
            fetch.body,
            content_type=fetch.content_type,
            max_urls=self._options.scope.max_sitemap_urls,
            max_bytes=self._options.fetch.max_sitemap_bytes,
        )

    def judge_sitemap(self, entries: Sequence[SitemapEntry], waiting: Waiting) -> list[Candidate]:
        """Some of the URLs that a sitemap lists, as candidates, while the host has not named too many."""
        taken = self._sitemap_urls.get(waiting.host, 0)
        entries = entries[: max(0, self._options.scope.max_sitemap_urls - taken)]
        self._sitemap_urls[waiting.host] = taken + len(entries)
        urls = filter(None, (self._urls.resolve(waiting.url, entry.url) for entry in entries))
        return self._judge([Named(url, is_followed=True) for url in urls], waiting, depth=1, room=len(entries))

    def sitemap_candidates(self, hrefs: Iterable[str], base: str, *, hops: int) -> list[Candidate]:
        """Sitemaps to fetch; `hops` is how many indexes or redirects lie before them."""
        if hops > self._options.fetch.max_redirect_hops:
            return []
        found = {}
        for href in hrefs:
            url = self._urls.resolve(base, href)
            if (
                url is not None
                and self._scope.is_inside(url.registrable_domain)
                and self._sitemaps.admit(url.registrable_domain, url.url)
            ):
                found[url.url] = Candidate(
                    url.url, url.origin, url.host, url.registrable_domain, 0, StopReason.WANTED,
                    kind=FetchKind.SITEMAP, redirect_hops=hops,
                )  # fmt: skip
        return list(found.values())

    def note_sent(self, candidates: Iterable[Candidate]) -> None:
        """Remember what the writer has; call after a visit was put."""
        for candidate in candidates:
            self._sent[candidate.url] = _how_well(candidate.stop, candidate.depth)
        if len(self._sent) > MAX_SENT_REMEMBERED // 2:
            self._sent_before, self._sent = self._sent, {}

    def forget_sent(self) -> None:
        """The scope has grown: what was out of it may not be any more."""
        self._sent, self._sent_before = {}, {}

    def respelled(self, waiting: Waiting, fetch: Fetch) -> Waiting | None:
        """What to ask for instead when a page redirects to another spelling of its own URL; None for any other answer.

        To us both spellings are one page (one may have a parameter for tracking), so nothing else would ask for it.
        """
        if fetch.outcome is not Outcome.REDIRECT or waiting.redirect_hops >= self._options.fetch.max_redirect_hops:
            return None
        asked, target = self._urls.parse(waiting.url), self._urls.resolve(waiting.url, fetch.location or "")
        if asked is None or target is None or target.canonical_url != asked.canonical_url or target.url == asked.url:
            return None
        return waiting._replace(url=target.url, redirect_hops=waiting.redirect_hops + 1)

    def _read_redirect(self, waiting: Waiting, fetch: Fetch, asked: WebUrl) -> Reading:
        target = self._urls.resolve(waiting.url, fetch.location or "")
        if target is None:
            page = Page(**_plain(fetch, error=f"redirects to {_short(fetch.location)}, which is no http(s) URL"))
            return Reading(page)
        adopted = None
        if waiting.depth == 0 and self._may_adopt(asked, target):
            adopted = target.registrable_domain
            self._scope.adopt(adopted)
            self.forget_sent()
        candidate = self._judge_hop(waiting, target)
        error = "redirects to itself" if target.canonical_url == asked.canonical_url else None
        return Reading(Page(**_plain(fetch, error), redirect_url=target.canonical_url), [], [candidate], adopted)

    def _may_adopt(self, asked: WebUrl, target: WebUrl) -> bool:
        return (
            self._options.scope.adopt_seed_redirects
            and self._scope.is_inside(asked.registrable_domain)
            and not self._scope.is_inside(target.registrable_domain)
        )

    def _judge_hop(self, waiting: Waiting, target: WebUrl) -> Candidate:
        """A redirect or refresh leads to the same depth, one hop on."""
        hops = waiting.redirect_hops + 1
        external_hops = 0 if self._scope.is_inside(target.registrable_domain) else max(1, waiting.external_hops)
        stop = self._scope.judge(target, depth=waiting.depth, external_hops=external_hops, redirect_hops=hops)
        return _candidate(target, waiting.depth, stop, redirect_hops=hops, external_hops=external_hops)

    def _read_page(self, waiting: Waiting, fetch: Fetch, asked: WebUrl, content: Content) -> Reading:
        found = content.page
        our_token = self._options.crawl.user_agent
        directives = found.robots_directives(our_token) | parse_robots_header(fetch.robots_tags, our_token)
        base = self._base_of(waiting.url, found)
        is_nofollow = "nofollow" in directives
        links, named = self._links(found.links, base, asked, is_nofollow=is_nofollow)
        external = {one.url.registrable_domain for one in named.values()} - {asked.registrable_domain}
        canonical = self._canonical(found, fetch, base)
        page = Page(
            **_plain(fetch),
            title=found.title,
            heading=found.heading,
            description=found.description,
            language=found.language,
            encoding=content.encoding,
            declared_canonical=canonical.canonical_url if canonical else None,
            noindex="noindex" in directives,
            nofollow=is_nofollow,
            text_digest=found.text_digest,
            word_count=found.word_count,
            text=found.text,
            external_link_count=sum(1 for link in links if link.flags & EXTERNAL),
            external_domain_count=len(external),
        )
        candidates = self._judge(named.values(), waiting, depth=waiting.depth + 1)
        candidates += self._other_candidates(waiting, fetch, found, is_nofollow=is_nofollow)
        if canonical is not None:
            candidates.append(self._judge_hop(waiting, canonical))
        return Reading(page, links, candidates)

    def _base_of(self, url: str, found: ExtractedPage) -> str:
        if found.base_href is None:
            return url
        base = self._urls.resolve(url, found.base_href)
        return base.url if base is not None else url

    def _canonical(self, found: ExtractedPage, fetch: Fetch, base: str) -> WebUrl | None:
        href = found.canonical_href or parse_canonical_header(fetch.link_header)
        return self._urls.resolve(base, href) if href else None

    def _links(
        self, extracted: Iterable[ExtractedLink], base: str, asked: WebUrl, *, is_nofollow: bool
    ) -> tuple[list[Link], dict[str, Named]]:
        resolve = self._urls.resolve
        page_flags = PAGE_NOFOLLOW if is_nofollow else 0
        links: list[Link] = []
        named: dict[str, Named] = {}
        for href, anchor_text, rel, kind, placement, before, after in extracted:
            url = resolve(base, href)
            if url is None:
                continue
            is_external = url.registrable_domain != asked.registrable_domain
            flags = page_flags | (_rel_flags(rel) if rel else 0) | (EXTERNAL if is_external else 0)
            if url.had_userinfo:
                flags |= USERINFO
            if not is_external:
                before = after = ""  # noqa: PLW2901 — only links to other domains keep their surroundings
            links.append(Link(url.canonical_url, anchor_text, rel, pack_flags(flags, kind, placement), before, after))
            is_followed = not flags & (NOFOLLOW | PAGE_NOFOLLOW)
            known = named.get(url.canonical_url)
            if known is None:
                named[url.canonical_url] = Named(url, is_followed)
            elif is_followed:
                known.is_followed = True
        return links, named

    def _other_candidates(
        self, waiting: Waiting, fetch: Fetch, found: ExtractedPage, *, is_nofollow: bool
    ) -> list[Candidate]:
        """What leads on without being a link, in page or headers: frames, next and alternate pages, a refresh."""
        base = self._base_of(waiting.url, found)
        named = [(base, href) for href in found.discoveries]
        named += [(waiting.url, href) for href in header_discoveries(fetch.link_header, fetch.content_location)]
        urls = filter(None, (self._urls.resolve(*one) for one in named))
        others = [Named(url, not is_nofollow) for url in urls]
        candidates = self._judge(others, waiting, depth=waiting.depth + 1)
        refresh_href = found.refresh_href or parse_refresh(fetch.refresh_header or "")
        refresh = self._urls.resolve(base, refresh_href) if refresh_href else None
        if refresh is not None and not is_nofollow:
            candidates.append(self._judge_hop(waiting, refresh))
        return candidates

    def _judge(
        self, named: Iterable[Named], waiting: Waiting, *, depth: int, room: int | None = None
    ) -> list[Candidate]:
        """Candidates for what is news: not yet sent, or sent with a worse verdict or a greater depth.

        `room` is how many may be wanted; as many as of a page unless given.
        """
        if room is None:
            room = self._options.scope.max_new_urls_per_page
        candidates = []
        for one in named:
            url = one.url
            sent = self._sent.get(url.canonical_url)
            if sent is None:
                sent = self._sent_before.get(url.canonical_url)
            if sent is not None and sent <= depth:
                room -= sent != NEVER_BETTER
                continue
            external_hops = self._scope.external_hops(url, waiting.external_hops)
            stop = self._scope.judge(url, depth=depth, external_hops=external_hops, is_nofollow=not one.is_followed)
            if stop is StopReason.WANTED:
                room -= 1
                if room < 0:
                    stop = StopReason.PAGE_LINK_CAP
            if sent is None or _how_well(stop, depth) < sent:
                candidates.append(_candidate(url, depth, stop, external_hops=external_hops))
        return candidates


def _how_well(stop: StopReason, depth: int) -> int:
    """Less is better; see NEVER_BETTER and STOPPED."""
    if stop is StopReason.WANTED:
        return depth
    return NEVER_BETTER if stop in LASTING_STOPS else STOPPED


def _candidate(
    url: WebUrl, depth: int, stop: StopReason, *, redirect_hops: int = 0, external_hops: int = 0
) -> Candidate:
    return Candidate(
        url.canonical_url, url.origin, url.host, url.registrable_domain, depth, stop,
        url.url if url.url != url.canonical_url else None, FetchKind.PAGE, redirect_hops, external_hops,
    )  # fmt: skip


@lru_cache(maxsize=2_048)
def _rel_flags(rel: str) -> int:
    tokens = rel.split()
    return (
        (NOFOLLOW if "nofollow" in tokens else 0)
        | (UGC if "ugc" in tokens else 0)
        | (SPONSORED if "sponsored" in tokens else 0)
    )


def _plain(fetch: Fetch, error: str | None = None) -> dict[str, Any]:
    """What every page has, whatever the answer was."""
    return {
        "outcome": fetch.outcome,
        "fetched_at": fetch.started_at,
        "status": fetch.status,
        "content_type": fetch.content_type,
        "bytes_received": fetch.bytes_received,
        "elapsed_seconds": fetch.elapsed_seconds,
        "is_truncated": fetch.is_truncated,
        "etag": fetch.etag,
        "last_modified": fetch.last_modified,
        "error": error or fetch.error,
    }


def _short(text: str | None) -> str:
    """What a server said of where to go, without a name and a password."""
    return repr(_USERINFO.sub(r"\1", text or "")[:MAX_ERROR_CHARACTERS])

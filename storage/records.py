"""The nouns that cross doors, as frozen values.

A crawler hands a `Visit` to the writer, the writer answers with `Waiting` URLs, a reader answers with rows. Numerous
values (one a link) are NamedTuples, which cost half of a frozen dataclass to build.

Moments are seconds since the epoch in UTC. Never here: SQL, I/O, URL parsing.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How one fetch ended. The web's failures are values of this type, never exceptions."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    REDIRECT = "redirect"
    NOT_HTML = "not_html"
    HTTP_ERROR = "http_error"
    ROBOTS_DENIED = "robots_denied"
    ADDRESS_REFUSED = "address_refused"
    DNS_ERROR = "dns_error"
    CONNECT_ERROR = "connect_error"
    TLS_ERROR = "tls_error"
    TIMEOUT = "timeout"
    PROTOCOL_ERROR = "protocol_error"
    DECODE_ERROR = "decode_error"


class FetchKind(IntEnum):
    """What a URL is asked for: sitemaps and robots.txt wait in the same host queue as pages."""

    PAGE = 0
    SITEMAP = 1
    ROBOTS = 2


class StopReason(IntEnum):
    """Why a known URL is not fetched. The numbers are stored: add, never renumber."""

    WANTED = 0
    OUT_OF_SCOPE = 1
    DEPTH = 2
    EXCLUDED = 3
    NOFOLLOW = 4
    URL_TOO_LONG = 5
    REPEATED_SEGMENTS = 6
    TOO_MANY_SEGMENTS = 7
    TOO_MANY_VARIANTS = 8
    PORT = 9
    ROBOTS = 10
    REDIRECT_HOPS = 11
    FAILED = 12
    PAGE_LINK_CAP = 13
    NOT_A_PAGE = 14
    TEMPLATE_TRAP = 15
    HOSTS_PER_DOMAIN = 16


class LinkKind(IntEnum):
    """What carries the link: words, an image without words, or an image map's area."""

    TEXT = 0
    IMAGE = 1
    AREA = 2


class Placement(IntEnum):
    """Where on the page a link stands, read from its ancestors."""

    CONTENT = 0
    NAV = 1
    HEADER = 2
    FOOTER = 3
    ASIDE = 4
    COMMENT = 5


class LinkFlags(IntFlag):
    """The one small integer stored per link; kind and placement sit among the bits, see `pack_flags`."""

    NOFOLLOW = 1
    UGC = 2
    SPONSORED = 4
    PAGE_NOFOLLOW = 8
    EXTERNAL = 16
    USERINFO = 2048  # its href held a name or a password, which is not stored


UNFOLLOWED = LinkFlags.NOFOLLOW | LinkFlags.UGC | LinkFlags.SPONSORED | LinkFlags.PAGE_NOFOLLOW
"""A link passes authority when it has none of these."""

KIND_SHIFT = 5
PLACEMENT_SHIFT = 8


def pack_flags(flags: int, kind: int, placement: int) -> int:
    """Bits 0-4 and 11 are `LinkFlags`, 5-7 the `LinkKind`, 8-10 the `Placement`."""
    return flags | kind << KIND_SHIFT | placement << PLACEMENT_SHIFT


class Link(NamedTuple):
    """One `<a>` or `<area>` with an http(s) target. Links of a page stand in document order."""

    target: str
    anchor_text: str
    rel: str
    flags: int  # see pack_flags
    text_before: str = ""
    text_after: str = ""


class Candidate(NamedTuple):
    """A URL that a page, a sitemap, a redirect or a seed list names, with the verdict of the scope.

    `url` is the canonical URL form; `fetch_form` the URL to ask for, None when it is the same. `external_hops` counts
    the links followed since the crawl left the seeds' domains; 0 is inside them.
    """

    url: str
    origin: str
    host: str
    domain: str
    depth: int
    stop: StopReason
    fetch_form: str | None = None
    kind: FetchKind = FetchKind.PAGE
    redirect_hops: int = 0
    external_hops: int = 0


class Waiting(NamedTuple):
    """A URL in the frontier. `url` is the form to fetch, `not_before` a moment (0.0: at once)."""

    url_id: int
    url: str
    host: str
    depth: int
    kind: FetchKind = FetchKind.PAGE
    redirect_hops: int = 0
    attempts: int = 0
    not_before: float = 0.0
    external_hops: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRecord:
    """One request on the wire, for the politeness ledger. `url` is as asked, without userinfo."""

    url: str
    host: str
    kind: FetchKind
    started_at: float
    elapsed_seconds: float
    outcome: Outcome
    status: int | None = None
    bytes_received: int = 0
    address: str | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one URL answered, whatever it answered: a redirect and a timeout are pages with that outcome."""

    outcome: Outcome
    fetched_at: float
    status: int | None = None
    title: str | None = None
    heading: str | None = None
    description: str | None = None
    language: str | None = None
    content_type: str | None = None
    encoding: str | None = None
    declared_canonical: str | None = None
    redirect_url: str | None = None
    noindex: bool = False
    nofollow: bool = False
    bytes_received: int = 0
    elapsed_seconds: float = 0.0
    is_truncated: bool = False
    text_digest: int | None = None
    word_count: int = 0
    text: str = ""
    external_link_count: int = 0
    external_domain_count: int = 0
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostClock:
    """What must be remembered of a host between runs, so that a restart is as polite as no restart.

    `slowed_at` is the moment of the last 429 or 503; 0.0 where it was not kept.
    """

    host: str
    ready_at: float = 0.0
    rest_reason: str | None = None
    retired_reason: str | None = None
    consecutive_failures: int = 0
    connect_failures: int = 0
    slow_downs: int = 0
    slowed_at: float = 0.0
    crawl_delay_seconds: float | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRecord:
    """A robots.txt as fetched for one origin. `body` is what counts (at most the size cap), undecoded.

    The last good copy and its moment are kept only while the file cannot be had.
    """

    origin: str
    fetched_at: float
    expires_at: float
    outcome: Outcome
    status: int | None
    body: bytes = b""
    last_good_body: bytes | None = None
    last_good_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """The frontier row stays and may be leased again at `not_before`."""

    not_before: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Everything that one lease brought; committed in one transaction or not at all.

    `url_id` is None for a robots.txt, which has no frontier row. `stop` other than WANTED ends the frontier row and
    says why no page came of it; `retry` keeps the row. `depth` is the one the URL was leased with: the writer corrects
    what follows from it when a shorter way became known meanwhile. `adopted` is a domain that came into scope because
    this seed redirects to it; `host_domain` the registrable domain of a host that no URL may have named yet.
    """

    url_id: int | None
    depth: int = 0
    host: HostClock
    fetch: FetchRecord | None = None
    page: Page | None = None
    links: tuple[Link, ...] | list[Link] = ()
    candidates: tuple[Candidate, ...] | list[Candidate] = ()
    robots: RobotsRecord | None = None
    retry: Retry | None = None
    stop: StopReason = StopReason.WANTED
    adopted: str | None = None
    host_domain: str | None = None

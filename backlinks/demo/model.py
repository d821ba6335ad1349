"""The nouns of the invented web: places, references, and what stands at each path of a host.

Everything is planned as these values first; HTML, robots.txt and sitemaps are rendered from them and the truth is read
from them, so the web never has to be crawled to know its own graph. Ports come in only when rendering.

Not here: inventing (cast.py, sites.py, oddities.py), rendering (pages.py, wellknown.py), the walk (truth.py).
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from storage import LinkKind, Outcome, Placement, StopReason

from .topics import Topic


def dice(*parts: object) -> random.Random:
    """The same parts always give the same throws, in every process."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 — an invented web is no secret


class Place(NamedTuple):
    """A URL without its port: `host` in punycode, `path` with its query, both in canonical form."""

    host: str
    path: str


class Spelling(StrEnum):
    """How an href is written; every spelling of a place means that place."""

    ABSOLUTE = "absolute"
    ROOTED = "rooted"
    RELATIVE = "relative"
    SCHEMELESS = "schemeless"
    FRAGMENT = "fragment"
    TRACKED = "tracked"
    SHOUTED = "shouted"
    DOTTED = "dotted"
    PADDED = "padded"
    UNICODE = "unicode"
    HERE = "here"


class Reference(NamedTuple):
    """One `<a>` or `<area>` to be written. `words` is the anchor text a reader should find, whitespace folded."""

    target: Place
    words: str
    rel: str = ""
    kind: LinkKind = LinkKind.TEXT
    placement: Placement = Placement.CONTENT
    spelling: Spelling = Spelling.ABSOLUTE


class Charset(NamedTuple):
    """The encoding of the bytes, and what the header and the page claim it to be (None: they keep silent)."""

    actual: str = "utf-8"
    header: str | None = "utf-8"
    meta: str | None = "utf-8"


class Markup(StrEnum):
    """The hand that wrote the HTML."""

    NEAT = "neat"
    OLD = "old"
    BROKEN = "broken"


@dataclass(slots=True, kw_only=True)
class Document:
    """An HTML page. References are rendered by placement, in the order given within each.

    `text` replaces the invented paragraphs. `refresh` is where a meta refresh leads.
    """

    place: Place
    title: str
    topic: Topic
    references: list[Reference] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    paragraphs: int = 4
    text: tuple[str, ...] = ()
    is_listing: bool = False
    language: str = "en"
    charset: Charset = field(default_factory=Charset)
    markup: Markup = Markup.NEAT
    base: Place | None = None
    canonical: Place | None = None
    refresh: Place | None = None
    meta_robots: str = ""
    header_robots: str = ""
    delay_seconds: float = 0.0

    @property
    def directives(self) -> str:
        return f"{self.meta_robots},{self.header_robots}".lower()

    @property
    def noindex(self) -> bool:
        return "noindex" in self.directives or "none" in self.directives

    @property
    def nofollow(self) -> bool:
        return "nofollow" in self.directives or "none" in self.directives


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A redirect. `status` is 301, 302, 307 or 308."""

    status: int
    target: Place
    spelling: Spelling = Spelling.ABSOLUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An error answer, given the first `times` times (None: always) before `then` is served."""

    status: int
    times: int | None = None
    then: Document | None = None
    retry_after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Anything that is not a page: a PDF, an image."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap of `entries`, or an index when it has `children`."""

    entries: tuple[Place, ...] = ()
    children: tuple[Place, ...] = ()
    is_gzipped: bool = False


Resource = Document | Moved | Trouble | File | Sitemap


@dataclass(slots=True, kw_only=True)
class Robots:
    """A robots.txt. Paths planned below a disallowed prefix are listed in `Host.forbidden` as they are made."""

    rules: list[tuple[str, str]] = field(default_factory=list)
    crawl_delay_seconds: float | None = None
    sitemaps: list[Place] = field(default_factory=list)
    status: int = 200


@dataclass(slots=True, kw_only=True)
class Host:
    """A host name and what stands at its paths. Without `robots`, /robots.txt is not found."""

    name: str
    brand: str
    address: str
    robots: Robots | None = None
    content: dict[str, Resource] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    is_gzipped: bool = False
    has_etags: bool = False
    is_listening: bool = True
    endless: "Callable[[str], Resource | None] | None" = None

    def at(self, path: str) -> "Resource | None":
        """What stands at a path; a trap makes it up on the way."""
        return self.content.get(path) or (self.endless(path) if self.endless else None)

    def add(self, document: Document) -> Document:
        self.content[document.place.path] = document
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server sends, after waiting `delay_seconds`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delay_seconds: float = 0.0


class TrueLink(NamedTuple):
    """A link as a finished crawl should have stored it, once per time it stands on its page."""

    source: str
    target: str
    anchor_text: str
    rel: str
    kind: LinkKind
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a finished crawl should know of one URL: an outcome, or why there is none (`stop`).

    Neither an outcome nor a stop means that it still waits: its host never let itself be asked.
    """

    depth: int
    outcome: Outcome | None = None
    stop: StopReason = StopReason.WANTED
    status: int | None = None
    title: str | None = None
    redirect_url: str | None = None
    declared_canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


class Web(Protocol):
    """What the server needs of a web. The port is known once the server listens."""

    @property
    def port(self) -> int: ...

    @port.setter
    def port(self, port: int) -> None: ...

    @property
    def addresses(self) -> list[str]: ...

    @property
    def seeds(self) -> list[str]: ...

    @property
    def resolve(self) -> dict[str, str]: ...

    def answer(self, host: str, path: str, headers: Mapping[str, str]) -> Answer: ...

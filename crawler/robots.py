"""robots.txt bytes to rules for one product token, by RFC 9309, and what a fetched robots.txt is good for.

Patterns are settled once: percent-encoding made comparable, cut at `*`. Plain prefixes are looked up by length and
wildcards matched by leftmost search, both linear in the URL's path, so that no file can make a look-up explode.

Not here: fetching and following redirects (crawl.py), waiting (politeness.py), resolving sitemap URLs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from storage import Outcome, RobotsRecord

from .options import PolitenessOptions

MAX_ROBOTS_BYTES = 512_000
"""RFC 9309 §2.5 asks for at least 500 KiB to be read."""

MAX_WILDCARDS = 2_000
"""Patterns with `*` matched one by one: over three times what the largest of 2,122 real files holds."""

MAX_RETRY_SECONDS = 3_600.0
LAST_GOOD_SECONDS = 86_400.0
"""How old a copy may grow while its server does not answer (RFC 9309 §2.4 says not to go beyond a day)."""

# Field names are matched whole, spelt as people misspell them (the list is the one Google's parser publishes).
_FIELDS: dict[bytes, str] = {
    **dict.fromkeys((b"user-agent", b"useragent", b"user agent"), "user-agent"),
    **dict.fromkeys((b"disallow", b"dissallow", b"dissalow", b"disalow", b"diasllow", b"disallaw"), "disallow"),
    b"allow": "allow",
    **dict.fromkeys((b"crawl-delay", b"crawldelay", b"crawl delay"), "crawl-delay"),
    **dict.fromkeys((b"sitemap", b"sitemaps", b"site-map"), "sitemap"),
}
_SPACE = b" \t\f\v"
_LINES = re.compile(rb"[^\r\n]+")
_PRODUCT_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'+.^_`|~\x80-\xff-]+")
_NUMBER = re.compile(rb"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}")
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|body|meta|script|title|\?xml)\b", re.IGNORECASE)

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# A percent-encoded octet, or a character that may not stand in a URI (RFC 3986 §2); a lone % stays as it is.
_UNSETTLED = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PATH_START = re.compile(r"[/?#\\]")


class _Wildcard(NamedTuple):
    """A pattern with `*`: `head` begins the path, `middle` follows in order; `tail` ends it (None: anything may)."""

    octets: int
    is_allow: bool
    head: str
    middle: tuple[str, ...]
    tail: str | None

    def matches(self, path: str) -> bool:
        if not path.startswith(self.head):
            return False
        at = len(self.head)
        # Leftmost is enough: an earlier place for one piece never leaves less room for the next.
        for piece in self.middle:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return self.tail is None or (path.endswith(self.tail) and len(path) - len(self.tail) >= at)


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one robots.txt asks of our product token. `sitemaps` are as written, not resolved."""

    crawl_delay_seconds: float | None = None
    sitemaps: tuple[str, ...] = ()
    _prefixes: dict[str, bool] = field(default_factory=dict)
    _exact: dict[str, bool] = field(default_factory=dict)
    _wildcards: tuple[_Wildcard, ...] = ()
    _lengths: tuple[int, ...] = ()

    def allows(self, url: str) -> bool:
        """Whether an absolute http(s) URL may be fetched. The longest matching pattern decides, Allow wins a tie."""
        path = _comparable_path(url)
        if path == "/robots.txt":  # implicitly allowed, RFC 9309 §2.2.2
            return True
        octets, is_allowed = self._longest_plain(path)
        for rule in self._wildcards:
            if rule.octets < octets or (rule.octets == octets and is_allowed):
                break
            if rule.matches(path):
                return rule.is_allow
        return is_allowed

    def _longest_plain(self, path: str) -> tuple[int, bool]:
        exact = self._exact.get(path)
        if exact is not None:
            return len(path) + 1, exact
        for length in self._lengths:
            found = self._prefixes.get(path[:length])
            if found is not None and length <= len(path):
                return length, found
        return -1, True


ALLOW_ALL = RobotsRules()
DENY_ALL = RobotsRules(_prefixes={"/": False}, _lengths=(1,))


def parse_robots(body: bytes, *, product_token: str, max_bytes: int = MAX_ROBOTS_BYTES) -> RobotsRules:
    """Never raises. `product_token` is compared whole and without case; it has no version and no spaces."""
    body = _as_utf8(body if len(body) <= max_bytes else without_cut_line(body[:max_bytes]))
    if _HTML.match(body):
        return ALLOW_ALL
    reading = _Reading(product_token.lower().encode())
    for name, value in _records(body):
        reading.take(name, value)
    return reading.rules()


class _Group:
    """The rules that all groups for one agent name bring together (RFC 9309 §2.2.1)."""

    def __init__(self) -> None:
        self.is_named = False
        self.patterns: dict[tuple[bytes, bool], None] = {}
        self.crawl_delay_seconds: float | None = None


class _Reading:
    """Follows the lines: a User-agent line after a rule begins a new group, one after anything else joins it."""

    def __init__(self, product_token: bytes) -> None:
        self._product_token = product_token
        self._ours, self._everyones = _Group(), _Group()
        self._current: list[_Group] = []
        self._is_header = False
        self._sitemaps: dict[str, None] = {}

    def take(self, name: str, value: bytes) -> None:
        if name == "user-agent":
            self._join(value)
        elif name == "sitemap":
            if value:
                self._sitemaps[value.decode("utf-8", "replace")] = None
        elif name == "crawl-delay":
            self._slow_down(value)
        else:
            self._is_header = False
            for group in self._current if value else ():
                group.patterns[value, name == "allow"] = None

    def _join(self, value: bytes) -> None:
        if not self._is_header:
            self._current = []
        self._is_header = True
        group = self._group_of(value)
        if group is not None and group not in self._current:
            group.is_named = True
            self._current.append(group)

    def _group_of(self, value: bytes) -> _Group | None:
        if value[:1] == b"*":
            return self._everyones if not value[1:2].strip(_SPACE) else None
        token = _PRODUCT_TOKEN.match(value)
        return self._ours if token is not None and token.group().lower() == self._product_token else None

    def _slow_down(self, value: bytes) -> None:
        # Not part of a group's rules: it neither ends the header nor begins the rules (RFC 9309 §2.2.4).
        number = _NUMBER.match(value)
        if number is None:
            return
        seconds = float(number.group())
        for group in self._current:
            group.crawl_delay_seconds = max(seconds, group.crawl_delay_seconds or 0.0)

    def rules(self) -> RobotsRules:
        group = self._ours if self._ours.is_named else self._everyones
        return _compile(group, tuple(self._sitemaps))


def without_cut_line(body: bytes) -> bytes:
    """What a size cap left, without its last line: half of `Disallow: /cart` would shut out the whole site."""
    return body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]


def _as_utf8(body: bytes) -> bytes:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return body.lstrip(b"\xef\xbb\xbf")  # half a mark too: it must not spoil the first line


def _records(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Known field names with their values, without comments. A missing colon is forgiven where two words stand."""
    for line in _LINES.finditer(body):
        text = line.group().partition(b"#")[0].strip(_SPACE)
        key, _, value = text.partition(b":")
        name = _FIELDS.get(key.rstrip(_SPACE).lower())
        if name is None:
            key, *values = text.split(None, 2) or (b"",)
            name = _FIELDS.get(key.lower()) if len(values) == 1 else None
            value = values[0] if name is not None else b""
        if name is not None:
            yield name, value.strip(_SPACE)


def _compile(group: _Group, sitemaps: tuple[str, ...]) -> RobotsRules:
    prefixes: dict[str, bool] = {}
    exact: dict[str, bool] = {}
    wildcards: set[_Wildcard] = set()
    for pattern, is_allow in group.patterns:
        pieces, is_anchored = _pieces(pattern)
        if len(pieces) > 1 and len(wildcards) < MAX_WILDCARDS:
            wildcards.add(_wildcard(pieces, is_allow=is_allow, is_anchored=is_anchored))
        elif len(pieces) == 1 or not is_allow:
            # A wildcard too many forbids all that begins like it: rather too little fetched than too much.
            plain = exact if is_anchored and len(pieces) == 1 else prefixes
            plain[pieces[0]] = is_allow or plain.get(pieces[0], False)
    return RobotsRules(
        crawl_delay_seconds=group.crawl_delay_seconds,
        sitemaps=sitemaps,
        _prefixes=prefixes,
        _exact=exact,
        _wildcards=tuple(sorted(wildcards, key=lambda rule: (-rule.octets, not rule.is_allow))),
        _lengths=tuple(sorted({len(prefix) for prefix in prefixes}, reverse=True)),
    )


def _pieces(pattern: bytes) -> tuple[list[str], bool]:
    """The texts between the `*`, and whether a closing `$` ties the last to the end."""
    text = pattern.decode("utf-8", "surrogateescape")
    pieces = [_settled(piece).replace("$", "%24") for piece in text.removesuffix("$").split("*")]
    return pieces, text.endswith("$")


def _wildcard(pieces: list[str], *, is_allow: bool, is_anchored: bool) -> _Wildcard:
    octets = sum(map(len, pieces)) + len(pieces) - 1 + is_anchored
    head, *rest = pieces
    tail = rest.pop() if is_anchored else None
    return _Wildcard(octets, is_allow, head, tuple(filter(None, rest)), tail)


def _comparable_path(url: str) -> str:
    """Path and query, spelt like the patterns; `*` and `$` are themselves here, never signs (RFC 9309 §2.2.3)."""
    _, _, rest = url.partition("://")
    start = _PATH_START.search(rest)
    path = rest[start.start() :].partition("#")[0] if start is not None else ""
    if not path.startswith("/"):
        path = "/" + path.removeprefix("\\")
    return _settled(path).replace("*", "%2A").replace("$", "%24")


def _settled(text: str) -> str:
    """One spelling for equal octets: unreserved ones bare, others percent-encoded in capitals (RFC 9309 §2.2.2)."""
    return _UNSETTLED.sub(_settle, text) if _UNSETTLED.search(text) else text


def _settle(found: re.Match[str]) -> str:
    text = found.group()
    if text[0] == "%":
        octet = chr(int(text[1:], 16))
        return octet if octet in _UNRESERVED else text.upper()
    return "".join(f"%{octet:02X}" for octet in text.encode("utf-8", "surrogateescape"))


class _Access(Enum):
    """What RFC 9309 §2.3.1 calls the ways of asking for a robots.txt to end."""

    SUCCESSFUL = "its rules hold"
    UNAVAILABLE = "there is none: all is allowed"
    UNREACHABLE = "nobody knows: all is denied for now"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """How asking for a robots.txt ended, after its redirects. More than five of them: REDIRECT with the last status."""

    outcome: Outcome
    status: int | None = None
    body: bytes = b""
    is_truncated: bool = False


def robots_record(
    answer: RobotsAnswer, *, origin: str, now: float, options: PolitenessOptions, previous: RobotsRecord | None
) -> RobotsRecord:
    """What to remember of an origin's robots.txt, and until when. `previous` is what was remembered so far."""
    access = _access(answer.outcome, answer.status)
    if access is _Access.UNREACHABLE:
        return _unreachable_record(answer, origin=origin, now=now, options=options, previous=previous)
    body = answer.body if access is _Access.SUCCESSFUL else b""
    return RobotsRecord(
        origin=origin,
        fetched_at=now,
        expires_at=now + options.robots_hours * 3_600,
        outcome=answer.outcome,
        status=answer.status,
        body=without_cut_line(body) if answer.is_truncated else body,
    )


def is_unreachable(record: RobotsRecord) -> bool:
    """Whether the denial is for want of an answer: it ends, so the host's URLs wait instead of being given up."""
    return _access(record.outcome, record.status) is _Access.UNREACHABLE and record.last_good_body is None


def rules_of(record: RobotsRecord, *, product_token: str) -> RobotsRules:
    """What a record means, expired or not. Its body was cut to size when it was fetched and is read whole."""
    body: bytes | None = record.body
    if _access(record.outcome, record.status) is _Access.UNREACHABLE:
        body = record.last_good_body
    if body is None:
        return DENY_ALL
    return parse_robots(body, product_token=product_token, max_bytes=len(body))


def _access(outcome: Outcome, status: int | None) -> _Access:
    # A network outcome beside a status is a body that never came whole: no answer.
    if status is None or outcome not in (Outcome.OK, Outcome.NOT_HTML, Outcome.HTTP_ERROR, Outcome.REDIRECT):
        return _Access.UNREACHABLE
    if 200 <= status < 300:  # noqa: PLR2004 — HTTP's classes
        return _Access.SUCCESSFUL
    # 429 is about our pace, not about the file (RFC 6585 §4): to take it as "no rules" would answer a plea with more.
    is_unavailable = 300 <= status < 500 and status != 429  # noqa: PLR2004 — HTTP's classes
    return _Access.UNAVAILABLE if is_unavailable else _Access.UNREACHABLE


def _unreachable_record(
    answer: RobotsAnswer, *, origin: str, now: float, options: PolitenessOptions, previous: RobotsRecord | None
) -> RobotsRecord:
    good_body, good_at = _last_good(previous, now)
    return RobotsRecord(
        origin=origin,
        fetched_at=now,
        expires_at=now + _retry_seconds(options, previous),
        outcome=answer.outcome,
        status=answer.status,
        last_good_body=good_body,
        last_good_at=good_at,
    )


def _last_good(previous: RobotsRecord | None, now: float) -> tuple[bytes | None, float | None]:
    """The last copy that a server gave us and its age's beginning, while it is younger than a day."""
    if previous is None:
        return None, None
    body, at = previous.last_good_body, previous.last_good_at
    if _access(previous.outcome, previous.status) is not _Access.UNREACHABLE:
        body, at = previous.body, previous.fetched_at
    if body is None or at is None or not 0 <= now - at < LAST_GOOD_SECONDS:
        return None, None
    return body, at


def _retry_seconds(options: PolitenessOptions, previous: RobotsRecord | None) -> float:
    """The first wait from the options, then twice the last one, up to an hour."""
    if previous is None or _access(previous.outcome, previous.status) is not _Access.UNREACHABLE:
        return options.robots_retry_seconds
    doubled = 2 * (previous.expires_at - previous.fetched_at)
    return max(options.robots_retry_seconds, min(doubled, MAX_RETRY_SECONDS))

"""What a URL means to us: resolving, the form to fetch, the canonical URL form, host and registrable domain.

Parsing is the WHATWG standard's, by ada; on top stand a few rules of identity (docs/urls.md). Most hrefs of a site
repeat on every page, so an href is first made absolute by joining strings, where that provably equals the standard's
join, and one bounded cache from absolute text to WebUrl answers the rest.

Not here: requests, which URLs are wanted (scope.py), ids.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import publicsuffixlist
from ada_url import join_url

SCHEMES = ("http://", "https://")

MAX_CACHED_CHARACTERS = 1_024
"""Longer URLs are parsed each time: the caches are bounded in entries, this bounds them in bytes too."""

MAX_URL_CHARACTERS = 65_536
"""What is longer is no URL to us: nothing serves it, and a site could fill the store with it."""

MAX_BASE_CHARACTERS = 8_192
"""Relative hrefs do not resolve against longer bases: one long base times thousands of short hrefs is a bomb."""

_NO_BASE = "about:blank"  # its path is opaque, so that only an absolute URL can be joined to it
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# What the standard leaves raw and RFC 3986 allows only encoded, a stray percent sign included.
_UNSETTLED = re.compile(r"%[0-9A-Fa-f]{2}|[%\[\]\\^`{|}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_QUERY_SAFE = frozenset(map(chr, range(0x21, 0x7F))) - frozenset("\"#'<>")
# Path and query that the standard and the rules of identity leave as they are, dot segments and parameters apart.
_PLAIN = re.compile(r"[A-Za-z0-9_.~!$&()*+,;=:@/-]*(?:\?[A-Za-z0-9_.~!$&()*+,;=:@/?-]*)?")
# An href that starts with a segment: no scheme, none of the characters the standard strips, no query, no host.
_PAGE_RELATIVE = re.compile(r"[^\x00-\x20:/?#\\][^:/?#]*(?:[/?#]|\Z)")
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SEED_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d+(?:[/?#]|\Z))")
_SEED_PORT = re.compile(r":(\d+)\Z")


class WebUrl(NamedTuple):
    """An http(s) URL. `url` is what is asked for, `canonical_url` what tells pages apart; it starts with `origin`."""

    url: str
    canonical_url: str
    origin: str
    host: str
    registrable_domain: str
    had_userinfo: bool


class _Place(NamedTuple):
    """What comes before the path, read once for all URLs of a host. `asked` is the origin as the standard writes it."""

    asked: str
    origin: str
    host: str
    registrable_domain: str
    had_userinfo: bool


class UrlReader:
    """Reads URLs by one set of rules. Never raises, whatever the web writes into an href."""

    def __init__(
        self, *, drop_parameters: Sequence[str], user_platforms: Sequence[str], cache_size: int = 65_536
    ) -> None:
        names = [name.lower() for name in drop_parameters]
        self._dropped = frozenset(name for name in names if not name.endswith("*"))
        self._dropped_prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
        self._platforms = frozenset(platform.lower() for platform in user_platforms)
        self._suffixes = _suffix_list(self._platforms)
        self._read_cached = lru_cache(cache_size)(self._read)
        self._place_cached = lru_cache(cache_size)(self._read_place)
        self._domain_cached = lru_cache(cache_size)(self._find_registrable_domain)
        self._base: str | None = None
        self._page: WebUrl | None = None
        self._prefixes = ("", "", "", "")

    def parse(self, url: str) -> WebUrl | None:
        """None for anything that is not an absolute, valid http(s) URL."""
        return self._read_cached(url) if len(url) <= MAX_CACHED_CHARACTERS else self._read(url)

    def resolve(self, base: str, href: str) -> WebUrl | None:
        """What a browser would ask for when `href` is followed on the page `base`, or None."""
        if base != self._base:
            self._base = base
            self._take_base(self.parse(base) if len(base) <= MAX_BASE_CHARACTERS else None)
        cut = href.find("#")
        if cut > 0 and href[cut - 1] > " ":  # spaces before the fragment count, those at the end do not
            href = href[:cut]
        if not href.startswith(SCHEMES):
            prefix = self._prefix_of(href)
            if prefix is None:
                return self._join(base, href)
            href = prefix + href
        return self._read_cached(href) if len(href) <= MAX_CACHED_CHARACTERS else self._read(href)

    def registrable_domain(self, host: str) -> str:
        """The public suffix and one label more; the host itself where there is none: addresses, suffixes, intranets."""
        cached = len(host) <= MAX_CACHED_CHARACTERS
        return self._domain_cached(host) if cached else self._find_registrable_domain(host)

    def _take_base(self, page: WebUrl | None) -> None:
        self._page, self._prefixes = page, ("", "", "", "")
        if page is None or page.had_userinfo:
            return
        path = page.url.partition("?")[0]
        scheme_end, path_start, name_start = path.index(":") + 1, path.index("/", len(SCHEMES[1])), path.rindex("/") + 1
        self._prefixes = (path[:scheme_end], path[:path_start], path[:name_start], path)

    def _prefix_of(self, href: str) -> str | None:
        """The text that, put before `href`, is read as the standard would join the two; None where there is no such."""
        scheme, origin, directory, page = self._prefixes
        if not scheme:
            return None
        first, second = href[:1], href[1:2]
        if first == "/" and second not in {"\\", "\t", "\n", "\r"}:
            return scheme if second == "/" else origin
        if first == "?":
            return page
        return directory if _PAGE_RELATIVE.match(href) else None

    def _join(self, base: str, href: str) -> WebUrl | None:
        if self._page is None:
            return self.parse(href)
        if _OTHER_SCHEME.match(href):
            return None
        if href[:1] in {"", "#"}:
            return self._page
        return self._describe(_serialise(base, href))

    def _read(self, url: str) -> WebUrl | None:
        path_start = url.find("/", len(SCHEMES[1])) if url.startswith(SCHEMES) else -1
        if path_start < 0 or not _PLAIN.fullmatch(url, path_start) or "/." in url:
            return self._describe(_serialise(_NO_BASE, url))
        place = self._place(url[:path_start])
        return self._describe(_serialise(_NO_BASE, url)) if place is None else self._build(place, url[path_start:])

    def _describe(self, serialised: str) -> WebUrl | None:
        """From the standard's serialisation, whose shape is rigid enough to be cut by position."""
        if not serialised.startswith(SCHEMES):
            return None
        url = serialised.partition("#")[0]
        path_start = url.index("/", len(SCHEMES[1]))
        place = self._place(url[:path_start])
        return None if place is None else self._build(place, url[path_start:])

    def _build(self, place: _Place, rest: str) -> WebUrl | None:
        url = place.asked + rest
        canonical_url = place.origin + self._canonical_rest(rest)
        if len(url) > MAX_URL_CHARACTERS or len(canonical_url) > MAX_URL_CHARACTERS:
            return None
        if canonical_url == url:
            canonical_url = url  # one string in memory for the most common case
        return WebUrl(url, canonical_url, place.origin, place.host, place.registrable_domain, place.had_userinfo)

    def _place(self, start: str) -> _Place | None:
        return self._place_cached(start) if len(start) <= MAX_CACHED_CHARACTERS else self._read_place(start)

    def _read_place(self, start: str) -> _Place | None:
        """None when `start` is not what the standard would write."""
        if _serialise(_NO_BASE, f"{start}/") != f"{start}/":
            return None
        scheme, _, authority = start.partition("//")
        _, at, authority = authority.rpartition("@")
        host, port = _split_port(authority)
        host = _without_root_dot(host)
        asked, origin = f"{scheme}//{authority}", f"{scheme}//{host}{port}"
        return _Place(asked, origin, host, self.registrable_domain(host), bool(at))

    def _canonical_rest(self, rest: str) -> str:
        settled = settle_percent_encoding(rest)
        path, mark, query = settled.partition("?")
        if not mark:
            return settled
        kept = "&".join([part for part in query.split("&") if part and not self._is_dropped(part)])
        return f"{path}?{kept}" if kept else path

    def _is_dropped(self, parameter: str) -> bool:
        # A link escaped twice reads "&amp;utm_source=": the parameter is then named "amp;utm_source".
        name = parameter.partition("=")[0].removeprefix("amp;").lower()
        return name in self._dropped or name.startswith(self._dropped_prefixes)

    def _find_registrable_domain(self, host: str) -> str:
        if host.startswith("[") or host.rpartition(".")[2].isdigit():
            return host
        if host.startswith("www.") and host[4:] in self._platforms:
            return host[4:]
        return self._suffixes.privatesuffix(host) or host


def seed_url(text: str, reader: UrlReader) -> WebUrl | None:
    """A line of a seed list: a URL, or a host with what may follow it; then https, or http when it names a port."""
    text = text.strip()
    if _SEED_SCHEME.match(text):
        return reader.parse(text)
    text = text.removeprefix("//")
    authority = re.split(r"[/?#\\]", text, maxsplit=1)[0]
    if not authority or "@" in authority:
        return None
    port = _SEED_PORT.search(authority)
    is_plain_http = port is not None and port[1] != "443"
    return reader.parse(f"http://{text}" if is_plain_http else f"https://{text}")


def settle_percent_encoding(text: str) -> str:
    """Escapes of unreserved characters undone, capital digits in the others, and bare ones added where needed."""
    return _UNSETTLED.sub(_settle, text)


def _suffix_list(platforms: frozenset[str]) -> publicsuffixlist.PublicSuffixList:
    with Path(publicsuffixlist.PSLFILE).open(encoding="utf-8") as lines:
        return publicsuffixlist.PublicSuffixList(chain(lines, sorted(platforms)))


def _serialise(base: str, href: str) -> str:
    """The standard's join; empty where it fails."""
    if len(href) > MAX_URL_CHARACTERS:
        return ""
    try:
        return join_url(base, href)
    except ValueError:
        if href.isascii() and base.isascii():
            return ""
    try:
        return join_url(_without_lone_surrogates(base), _without_lone_surrogates(href))
    except ValueError:
        return ""


def _without_lone_surrogates(text: str) -> str:
    """What the standard calls a USVString: pairs become their character, the rest U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _settle(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 1:
        return f"%{ord(found):02X}"
    character = chr(int(found[1:], 16))
    return character if character in _UNRESERVED else found.upper()


def _split_port(authority: str) -> tuple[str, str]:
    host, colon, port = authority.rpartition(":")
    return (host, colon + port) if colon and not port.endswith("]") else (authority, "")


def _without_root_dot(host: str) -> str:
    """One dot at the end names the same host. With two it is no name at all, and is left as it is."""
    return host[:-1] if host.endswith(".") and not host.endswith("..") and host != "." else host


def encode_query(href: str, encoding: str) -> str:
    """`href` with its query as bytes of the page's encoding, which is what servers of pages not in Unicode expect.

    `encoding` is the name of a Python codec. The href comes back as it is where nothing needs to be done.
    """
    before, mark, rest = href.partition("?")
    query, hash_mark, fragment = rest.partition("#")
    if query.isascii() or "#" in before or codecs.lookup(encoding).name.startswith("utf"):
        return href
    encoded = _NOT_ASCII.sub(lambda run: "".join(_encode_run(run[0], encoding)), query)
    return f"{before}{mark}{encoded}{hash_mark}{fragment}"


def _encode_run(run: str, encoding: str) -> Iterator[str]:
    try:
        encoded = run.encode(encoding)
    except UnicodeEncodeError:
        if len(run) > 1:
            for character in run:
                yield from _encode_run(character, encoding)
        else:
            yield f"%26%23{ord(run)}%3B"
        return
    for byte in encoded:
        yield chr(byte) if chr(byte) in _QUERY_SAFE else f"%{byte:02X}"

"""Which URLs are wanted: domains, depth, patterns, shapes that traps have, budgets of variants and hosts.

A verdict has two parts. The shape of a URL (length, port, segments, patterns, suffix) never changes and is cached by
canonical URL; what depends on the way there (depth, nofollow, hops) and the two counted budgets are looked at each
time. A URL that was counted once is within its budget for ever, so judging it again gives the same verdict.

Not here: timing, fetching, page budgets (frontier.py), whether a URL is known.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from urllib.parse import quote

from storage import StopReason

from .options import ScopeOptions
from .urls import WebUrl, settle_percent_encoding

CACHED_SHAPES = 65_536

COUNTED_MEMBERS = 200_000
"""Query variants, and host names, remembered at once: 80 MB when each has a group of its own, 16 MB in full groups.
Beyond, the group not met for the longest time is forgotten and counts from nothing; a trap at work is met all the time.
"""

_NOT_PAGES = frozenset((
    # pictures, sound, film
    "apng", "avif", "bmp", "gif", "heic", "ico", "jfif", "jpe", "jpeg", "jpg", "png", "psd", "svg", "svgz", "tif",
    "tiff", "webp", "aac", "aif", "aiff", "flac", "m4a", "mid", "mp3", "oga", "ogg", "opus", "wav", "wma", "3gp",
    "avi", "flv", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "ogv", "swf", "webm", "wmv",
    # archives, programs, disk images
    "7z", "apk", "appimage", "bz2", "cab", "deb", "dmg", "exe", "gz", "iso", "jar", "lzma", "msi", "pkg", "rar",
    "rpm", "tar", "tbz", "tgz", "txz", "whl", "xpi", "xz", "zip", "zst",
    # documents and data
    "csv", "doc", "docm", "docx", "epub", "ics", "mobi", "odp", "ods", "odt", "pdf", "pps", "ppsx", "ppt", "pptx",
    "ps", "rtf", "tsv", "txt", "vcf", "xls", "xlsm", "xlsx", "atom", "bib", "json", "jsonld", "rdf", "rss", "torrent",
    # what pages are made of
    "css", "eot", "js", "mjs", "otf", "ttf", "wasm", "woff", "woff2",
))  # fmt: skip

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Scope:
    """Judges URLs for one crawl, or one shard of it, which must then see all URLs of its domains: budgets are counted.

    Seeds themselves are fetched whatever their shape; only `exclude` and depth limits can keep them out.
    """

    def __init__(  # noqa: PLR0913 — the three limits that live in other options sections come one by one
        self,
        options: ScopeOptions,
        *,
        max_depth: int,
        seeds: Iterable[WebUrl],
        allowed_ports: Collection[int],
        adopted_domains: Iterable[str] = (),
        max_redirect_hops: int = 5,
    ) -> None:
        self._options = options
        self._max_depth = max_depth
        self._max_redirect_hops = max_redirect_hops
        self._allowed_ports = frozenset(allowed_ports)
        seeds = tuple(seeds)
        self._seeds = frozenset(seed.canonical_url for seed in seeds)
        self._seed_hosts = frozenset(seed.host for seed in seeds)
        self._seed_ports = frozenset((seed.host, _port_of(seed.origin)) for seed in seeds)
        self._domains = {seed.registrable_domain for seed in seeds} | set(adopted_domains)
        self._is_included = compile_patterns(options.include)
        self._is_excluded = compile_patterns(options.exclude)
        self._shape_cached = lru_cache(CACHED_SHAPES)(self._judge_shape)
        self._variants = CountedGroups(options.max_query_variants)
        self._hosts = CountedGroups(options.max_hosts_per_domain)

    def is_inside(self, domain: str) -> bool:
        """Whether a registrable domain is a seed's or an adopted one."""
        return domain in self._domains

    def adopt(self, domain: str) -> None:
        """Treat a registrable domain as a seed's from now on; verdicts already given are the caller's to renew."""
        self._domains.add(domain)

    def external_hops(self, url: WebUrl, source_hops: int) -> int:
        """Links since the crawl left the seeds' domains, for a URL found on a page with `source_hops`."""
        return 0 if url.registrable_domain in self._domains else source_hops + 1

    def judge(
        self, url: WebUrl, *, depth: int, external_hops: int = 0, is_nofollow: bool = False, redirect_hops: int = 0
    ) -> StopReason:
        """The first reason not to fetch `url`, or WANTED, which counts it in its domain's and its path's budgets.

        `external_hops` is that of the URL itself; 0 for one outside the seeds' domains is taken as 1.
        """
        if url.registrable_domain not in self._domains and max(external_hops, 1) > self._options.follow_external_depth:
            return StopReason.OUT_OF_SCOPE
        # WANTED is 0: the first part with an objection decides.
        return (
            self._judge_text(url.canonical_url, is_start=depth == 0 and redirect_hops > 0)
            or self._judge_way(depth, redirect_hops, is_nofollow=is_nofollow)
            or self._judge_budgets(url)
        )

    def judge_again(self, url: WebUrl, *, depth: int, redirect_hops: int) -> StopReason:
        """Whether what waits is still wanted: it may have been put there under other options. Nothing is counted."""
        is_start = depth == 0 and redirect_hops > 0
        return self._judge_text(url.canonical_url, is_start=is_start) or self._judge_way(depth, 0, is_nofollow=False)

    def _judge_text(self, canonical_url: str, *, is_start: bool) -> StopReason:
        """`is_start`: a seed redirects here, and a crawl held to "*/blog/*" must get past the front page."""
        if canonical_url not in self._seeds:
            if len(canonical_url) > self._options.max_url_characters:
                return StopReason.URL_TOO_LONG
            if self._options.include and not is_start and not self._is_included(canonical_url):
                return StopReason.EXCLUDED
        return self._shape_cached(canonical_url)

    def _judge_way(self, depth: int, redirect_hops: int, *, is_nofollow: bool) -> StopReason:
        if is_nofollow and not self._options.follow_nofollow:
            return StopReason.NOFOLLOW
        if depth > self._max_depth:
            return StopReason.DEPTH
        return StopReason.REDIRECT_HOPS if redirect_hops > self._max_redirect_hops else StopReason.WANTED

    def _judge_shape(self, canonical_url: str) -> StopReason:
        origin_end = canonical_url.index("/", len("https://"))
        path, _, _ = canonical_url[origin_end:].partition("?")
        if not self._allows_port(canonical_url[:origin_end]):
            return StopReason.PORT
        if self._is_excluded(canonical_url):
            return StopReason.EXCLUDED
        if canonical_url in self._seeds:
            return StopReason.WANTED
        if _is_not_a_page(path):
            return StopReason.NOT_A_PAGE
        return self._judge_segments(path)

    def _allows_port(self, origin: str) -> bool:
        port = _port_of(origin)
        if port in self._allowed_ports:
            return True
        host = origin.partition("//")[2].removesuffix(f":{port}")
        return (host, port) in self._seed_ports

    def _judge_segments(self, path: str) -> StopReason:
        segments = path[1:].removesuffix("/").split("/")
        if len(segments) > self._options.max_path_segments:
            return StopReason.TOO_MANY_SEGMENTS
        most = self._options.max_segment_repeats
        if len(segments) > most and len(set(segments)) < len(segments) and max(Counter(segments).values()) > most:
            return StopReason.REPEATED_SEGMENTS
        return StopReason.WANTED

    def _judge_budgets(self, url: WebUrl) -> StopReason:
        if url.canonical_url in self._seeds:
            return StopReason.WANTED
        if url.host not in self._seed_hosts and not self._hosts.admit(url.registrable_domain, url.host):
            return StopReason.HOSTS_PER_DOMAIN
        path, mark, query = url.canonical_url.partition("?")
        is_over = mark and not self._variants.admit(path, query)
        return StopReason.TOO_MANY_VARIANTS if is_over else StopReason.WANTED


class CountedGroups:
    """Distinct members of groups, `most` in each, kept as hashes: what was admitted stays so, what is over is not.

    Memory is bounded by forgetting whole groups, the one not met for the longest time first.
    """

    def __init__(self, most: int, room: int = COUNTED_MEMBERS) -> None:
        self._most = most
        self._room = room
        self._count = 0
        self._groups: OrderedDict[int, set[int]] = OrderedDict()

    def admit(self, group: str, member: str) -> bool:
        key, fingerprint = hash(group), hash(member)
        members = self._groups.setdefault(key, set())
        self._groups.move_to_end(key)
        if fingerprint in members:
            return True
        if len(members) >= self._most:
            return False
        members.add(fingerprint)
        self._count += 1
        while self._count > self._room and len(self._groups) > 1:
            self._count -= len(self._groups.popitem(last=False)[1])
        return True


def compile_patterns(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a canonical URL matches any pattern, in time linear in its length.

    "*" is any text. A pattern that begins with "/" is held against path and query, one without "://" against the URL
    without its scheme, any other, or one that begins with "*", against the whole.
    """
    compiled = [(_part_for(pattern), _as_canonical(pattern).split("*")) for pattern in patterns]

    def matches(canonical_url: str) -> bool:
        return any(_matches_pieces(part_of(canonical_url), pieces) for part_of, pieces in compiled)

    return matches


def _part_for(pattern: str) -> Callable[[str], str]:
    if pattern.startswith("/"):
        return lambda url: url[url.index("/", len("https://")) :]
    if "://" in pattern or pattern.startswith("*"):
        return lambda url: url
    return lambda url: url.partition("//")[2]


def _as_canonical(pattern: str) -> str:
    printable = "".join(chr(code) for code in range(0x21, 0x7F))
    return settle_percent_encoding(quote(pattern, safe=printable, errors="replace"))


def _matches_pieces(text: str, pieces: list[str]) -> bool:
    """Pieces in order, the first at the start, the last at the end. The leftmost place for each is as good as any."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, *middle, last = pieces
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        position = text.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return True


def _is_not_a_page(path: str) -> bool:
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    # In "File:Old_town.jpg" a wiki names its page about a picture, not the picture.
    return bool(dot and stem) and suffix.lower() in _NOT_PAGES and ":" not in stem


def _port_of(origin: str) -> int:
    scheme, _, authority = origin.partition("://")
    _, colon, port = authority.rpartition(":")
    return int(port) if colon and port.isdigit() else _DEFAULT_PORTS[scheme]

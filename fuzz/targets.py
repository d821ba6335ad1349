"""What must hold for any bytes: seven functions, each given bytes, each failing by an exception.

Nothing is raised but what is promised, nothing takes longer than its bound in processor time, and a second pass over
the result, or the same bytes once more, changes nothing. Driven by atheris (`make fuzz`) and by hypothesis
(tests/test_fuzz.py).
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from backlinks.config import read_options
from backlinks.errors import ConfigError
from crawler.charset import decode_html
from crawler.extract import extract_page
from crawler.robots import parse_robots
from crawler.sitemaps import parse_sitemap
from crawler.urls import UrlReader, WebUrl, seed_url
from storage import QueryRefused
from storage.where import NUMBER, TEXT, parse_where

Target = Callable[[bytes], None]

MOST_SECONDS = 2.0
"""Of processor time, for some kilobytes of input."""

BASE = "https://example.org/a/b?c#d"
URLS = UrlReader(drop_parameters=("utm_*", "gclid"), user_platforms=("wordpress.com",), cache_size=1_000)
COLUMNS = {"links": NUMBER, "anchor_text": TEXT, "domain_authority": NUMBER}
CONFIG = Path(tempfile.gettempdir())


def fuzz_url(data: bytes) -> None:
    """The canonical form is its own canonical form, and each form means the same page."""
    text = _text(data)
    for url in (URLS.resolve(BASE, text), URLS.parse(text), seed_url(text, URLS)):
        if url is None:
            continue
        _must(url.canonical_url.isascii() and url.canonical_url.isprintable(), url)
        _must("@" not in url.url.split("/")[2] and "@" not in url.origin and "#" not in url.canonical_url, url)
        _must(_same(URLS.parse(url.canonical_url), url), url)
        _must(_same(URLS.parse(url.url), url), url)
        _must(URLS.registrable_domain(url.registrable_domain) == url.registrable_domain, url)
        _must(URLS.resolve(url.canonical_url, "") == URLS.parse(url.canonical_url), url)


def fuzz_robots(data: bytes) -> None:
    """The first line is a path, the rest a robots.txt."""
    path, _, body = data.partition(b"\n")
    url = "https://example.org/" + path[:2_000].decode("latin-1")
    rules = parse_robots(body, product_token="backlinks")
    _must(parse_robots(body, product_token="backlinks") == rules, body)
    _must(rules.allows(url) is rules.allows(url), url)
    _must(rules.crawl_delay_seconds is None or rules.crawl_delay_seconds >= 0, body)
    _must(rules.allows("https://example.org/robots.txt"), body)


def fuzz_charset(data: bytes) -> None:
    """The first line is a Content-Type, the rest a page."""
    label, _, body = data.partition(b"\n")
    content_type = label[:200].decode("latin-1")
    decoded = decode_html(body, content_type=content_type)
    _must(decode_html(body, content_type=content_type) == decoded, body)
    again = decode_html(decoded.text.encode(), content_type="text/html; charset=utf-8")
    if not decoded.text.startswith("\ufeff") and len(decoded.text.encode()) - len(decoded.text) > len(decoded.text):
        _must(again.text == decoded.text, body)
    "é".encode(decoded.python_codec, "xmlcharrefreplace")


def fuzz_extraction(data: bytes) -> None:
    """Text and every link can be stored, within bounds, and the same page is read the same twice."""
    markup = decode_html(data).text
    limits = {"max_links": 50, "max_text_characters": 200, "max_link_text_characters": 40}
    found = extract_page(markup, domain="example.org", **limits)
    _must(extract_page(markup, domain="example.org", **limits) == found, data)
    _must(len(found.links) <= limits["max_links"], data)
    for link in found.links:
        f"{link.href}{link.anchor_text}{link.rel}{link.text_before}{link.text_after}".encode()
        _must(max(len(link.text_before), len(link.text_after)) <= limits["max_link_text_characters"], link)
    for text in (found.title, found.heading, found.description, found.language, found.text, found.base_href):
        (text or "").encode()
    found.robots_directives("backlinks")


def fuzz_sitemaps(data: bytes) -> None:
    """The first line is a Content-Type, the rest a sitemap, plain or packed."""
    label, _, body = data.partition(b"\n")
    content_type = label[:200].decode("latin-1")
    found = parse_sitemap(body, content_type=content_type, max_urls=20, max_bytes=100_000)
    _must(parse_sitemap(body, content_type=content_type, max_urls=20, max_bytes=100_000) == found, body)
    _must(len(found.urls) <= 20 and len(found.sitemaps) <= 20, body)  # noqa: PLR2004 — as above
    for entry in found.urls:
        (entry.url + (entry.last_modified or "")).encode()


def fuzz_config(data: bytes) -> None:
    """A file is read or refused with sentences, the same twice."""
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        _must(_config_of(path) == _config_of(path), data)


def fuzz_where(data: bytes) -> None:
    """A text is refused with a sentence, or chooses and does nothing else."""
    text = _text(data)
    with suppress(QueryRefused):
        condition = parse_where(text, COLUMNS)
        _must(parse_where(text, COLUMNS) == condition, text)
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.create_function("casefold", 1, lambda value: value and str(value).casefold())
            connection.execute("CREATE TABLE t (links, anchor_text, domain_authority)")
            connection.execute("INSERT INTO t VALUES (1, 'a', 2.0), (NULL, '', NULL)")
            changes = connection.total_changes
            sql = f"SELECT count(*) FROM t WHERE {condition.sql}"
            connection.execute(sql, condition.parameters).fetchall()
            _must(connection.total_changes == changes, text)


def within_time(target: Target) -> Target:
    """The target, failing too when it takes long."""

    def bounded(data: bytes) -> None:
        began = time.process_time()
        target(data)
        _must(time.process_time() - began < MOST_SECONDS, data)

    return bounded


TARGETS: dict[str, Target] = {
    "url": within_time(fuzz_url),
    "robots": within_time(fuzz_robots),
    "charset": within_time(fuzz_charset),
    "extraction": within_time(fuzz_extraction),
    "sitemaps": within_time(fuzz_sitemaps),
    "config": within_time(fuzz_config),
    "where": within_time(fuzz_where),
}


def _must(holds: bool, case: object) -> None:  # noqa: FBT001 — reads as a sentence where it is called
    if not holds:
        raise AssertionError(repr(case))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass") if _is_wide(data) else data.decode("utf-8", "replace")


def _is_wide(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _same(one: WebUrl | None, other: WebUrl) -> bool:
    if one is None:
        return False
    return (one.canonical_url, one.origin, one.host) == (other.canonical_url, other.origin, other.host)


def _config_of(path: Path) -> object:
    try:
        return read_options(path)
    except ConfigError as error:
        return str(error)

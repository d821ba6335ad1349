"""Sitemaps against recorded mini-sites and files of other tools: from robots.txt over indexes to pages.

The walk below is the smallest that can be: it follows each named file once. What the crawler makes of it is its own.
"""

import base64
import json
from collections import deque
from urllib.parse import urljoin

import pytest

from crawler.robots import parse_robots
from crawler.sitemaps import MAX_SITEMAP_DEPTH, Sitemap, parse_sitemap
from tests.conformance import conformance_path

SITE_COUNT = 13
HOME = "http://test_ultimate-sitemap-parser.com/"

# This site's own test tells the tool to leave out some files by a function of the tester's.
LEFT_OUT = {"test_filter_list_callback": {HOME + "sitemap_news_1.xml", HOME + "sitemap_news_2.xml"}}


def read(body: bytes, content_type: str | None = None) -> Sitemap:
    return parse_sitemap(body, content_type=content_type, max_urls=50_000, max_bytes=52_428_800)


def walk(site: dict[str, dict], left_out: set[str]) -> tuple[set[str], set[str]]:
    """The pages found, and the files asked for."""
    named = ["/sitemap.xml"]
    if site.get(HOME + "robots.txt", {}).get("status") == 200:
        body = base64.b64decode(site[HOME + "robots.txt"]["body_b64"])
        named = list(parse_robots(body, product_token="backlinks").sitemaps)
    waiting = deque((urljoin(HOME, name), 0) for name in named)
    pages, asked = set(), set()
    while waiting:
        url, depth = waiting.popleft()
        if url in asked | left_out or depth > MAX_SITEMAP_DEPTH:
            continue
        asked.add(url)
        answer = site.get(url, {"status": 404})
        if answer["status"] != 200:
            continue
        sitemap = read(base64.b64decode(answer["body_b64"]), answer["headers"].get("Content-Type"))
        pages.update(urljoin(url, entry.url) for entry in sitemap.urls)
        waiting.extend((urljoin(url, nested), depth + 1) for nested in sitemap.sitemaps)
    return pages, asked


def test_every_mini_site_gives_its_pages_and_asks_for_the_same_files() -> None:
    sites = json.loads(conformance_path("sitemaps", "usp", "sites_dev.json").read_text(encoding="utf-8"))
    wrong = []
    for case in sites:
        name = case["test"].rpartition("::")[2]
        pages, asked = walk({answer["url"]: answer for answer in case["site"]}, LEFT_OUT.get(name, set()))
        expected_files = {each["url"] for each in case["sitemaps"]} - {HOME + "robots.txt"}
        if pages != {page["url"] for page in case["pages"]}:
            wrong.append(f"{name}: {len(pages)} pages")
        if expected_files and asked - {HOME + "robots.txt"} != expected_files:
            wrong.append(f"{name}: asked for {sorted(asked)}")
    print(f"sitemap mini-sites: {len(sites) - len(wrong)} of {len(sites)}")  # noqa: T201 — the figure is the point
    assert len(sites) >= SITE_COUNT
    assert not wrong


# file, pages, nested sitemaps, the first URL of all, problem
FILES = [
    ("sitemap.xml", 84, 0, "https://www.sitemaps.org/", None),
    ("sitemap.xml.gz", 84, 0, "https://www.sitemaps.org/", None),
    ("sitemap2.xml", 0, 2, "http://www.example.com/sitemap1.xml.gz", None),
    ("sitemap-hreflang.xml", 3, 3, "http://www.example.com/english/page.html", None),
    ("feed1.atom", 1, 0, "http://example.org/2003/12/13/atom03", None),
    ("feed2.rss", 1, 0, "http://www.example.com/blog/post/1", None),
    # JSON Feed is none of the formats that sitemaps.org names
    ("feed.json", 0, 0, None, "not a sitemap"),
]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_a_file_of_another_tools_tests_is_read(case: tuple) -> None:
    name, page_count, sitemap_count, first, problem = case
    sitemap = read(conformance_path("sitemaps", "trafilatura", name).read_bytes())
    assert (len(sitemap.urls), len(sitemap.sitemaps), sitemap.problem) == (page_count, sitemap_count, problem)
    names = [*(entry.url for entry in sitemap.urls), *sitemap.sitemaps]
    assert (names[0] if names else None) == first


def test_dates_of_a_mini_site_are_kept_as_written() -> None:
    sites = json.loads(conformance_path("sitemaps", "usp", "sites_dev.json").read_text(encoding="utf-8"))
    [body] = {each["body_b64"] for each in sites[0]["site"] if each["url"] == HOME + "sitemap_pages.xml"}
    assert {entry.last_modified for entry in read(base64.b64decode(body)).urls} == {"2009-12-17T12:04:56+02:00"}

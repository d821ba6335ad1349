import re
from urllib.parse import urljoin, urlsplit

import pytest

from backlinks.demo import Size
from backlinks.demo.bench_web import LINKS_PER_PAGE, PAGE_BYTES, BenchWeb


@pytest.fixture(scope="module")
def web():
    return BenchWeb(3, size=Size(hosts=5, pages_per_host=120), port=8765)


def links(web, url):
    parts = urlsplit(url)
    answer = web.answer(parts.hostname, parts.path, {})
    assert answer.status == 200, url
    return [urljoin(url, href) for href in re.findall(r'<a href="([^"]*)"', answer.body.decode())], answer.body


def test_every_page_has_one_weight_and_sixty_links_and_is_reached_from_its_home(web):
    reached, waiting = set(web.seeds), list(web.seeds)
    while waiting:
        found, body = links(web, waiting.pop())
        assert len(found) == LINKS_PER_PAGE
        assert PAGE_BYTES - 40 <= len(body) <= PAGE_BYTES
        fresh = set(found) - reached
        reached |= fresh
        waiting += fresh
    assert len(reached) == web.page_count == 600


def test_the_same_page_is_the_same_from_another_hand(web):
    other = BenchWeb(3, size=web.size, port=8765)
    assert other.answer("site-2.test", "/p/7", {}) == web.answer("site-2.test", "/p/7", {})


def test_few_hosts_get_most_links():
    web = BenchWeb(3, size=Size(hosts=100, pages_per_host=2), port=8765)
    targets = [urlsplit(target).hostname for seed in web.seeds for target in links(web, seed)[0][-20:]]
    assert targets.count("site-0.test") > 5 * targets.count("site-90.test")


@pytest.mark.parametrize("path", ["/p/120", "/p/-1", "/p/x", "/sitemap.xml"])
def test_there_are_no_other_pages(web, path):
    assert web.answer("site-0.test", path, {}).status == 404


@pytest.mark.parametrize("host", ["site-5.test", "other.test", "site-.test"])
def test_there_are_no_other_hosts(web, host):
    assert web.answer(host, "/", {}).status == 404


def test_every_host_has_an_address_that_is_served(web):
    assert set(web.resolve.values()) == set(web.addresses)
    assert all(urlsplit(seed).hostname in web.resolve for seed in web.seeds)

from urllib.parse import urljoin, urlsplit

import pytest
from protego import Protego

from backlinks.demo import InventedWeb, Limits
from storage import Outcome, StopReason

PORT = 8765


@pytest.fixture(scope="module")
def web():
    return InventedWeb(7, port=PORT)


@pytest.fixture(scope="module")
def pages(web):
    return web.true_pages()


@pytest.fixture(scope="module")
def links(web):
    return web.true_links()


def url(host, path="/"):
    return f"http://{host}:{PORT}{path}"


EXPECTED = [
    # what robots.txt forbids, and what its longer rule allows
    ("commonbook.test", "/wiki/Special:Export", None, StopReason.ROBOTS),
    ("commonbook.test", "/wiki/Special:Recent", Outcome.OK, StopReason.WANTED),
    ("gearforum.test", "/login.php", None, StopReason.ROBOTS),
    ("gearforum.test", "/members/welcome", Outcome.OK, StopReason.WANTED),
    # a robots.txt that cannot be had forbids all, one that is forbidden or missing allows all
    ("archive.aldermoor-courier.test", "/", None, StopReason.WANTED),
    ("uni-dunmere.test", "/", Outcome.OK, StopReason.WANTED),
    ("clockmuseum.test", "/", Outcome.OK, StopReason.WANTED),
    # known from sitemaps only
    ("aldermoor-courier.test", "/town/extra-1.html", Outcome.OK, StopReason.WANTED),
    ("aldermoor-courier.test", "/town/found-3.html", Outcome.OK, StopReason.WANTED),
    ("crumb-and-ember.test", "/bread/tomorrows-loaf", Outcome.OK, StopReason.WANTED),
    # redirects: a chain is left after five hops, a loop ends by itself, a seed takes the scope along
    ("snip.test", "/chain/5", Outcome.REDIRECT, StopReason.WANTED),
    ("snip.test", "/chain/6", None, StopReason.REDIRECT_HOPS),
    ("snip.test", "/back", Outcome.REDIRECT, StopReason.WANTED),
    ("oldmill-bread.test", "/", Outcome.REDIRECT, StopReason.WANTED),
    ("newmill.test", "/bread/", Outcome.OK, StopReason.WANTED),
    ("www.crumb-and-ember.test", "/", Outcome.REDIRECT, StopReason.WANTED),
    # errors that stay, and errors that pass
    ("shuttered-books.test", "/catalogue/0", Outcome.HTTP_ERROR, StopReason.WANTED),
    ("gadget-gazette.test", "/busy-page", Outcome.HTTP_ERROR, StopReason.WANTED),
    ("potting-shed.test", "/busy-page", Outcome.OK, StopReason.WANTED),
    ("slowpour.test", "/busy-page", Outcome.OK, StopReason.WANTED),
    # what is no page, by its name or by its type
    ("slowpour.test", "/menu.pdf", None, StopReason.NOT_A_PAGE),
    ("candlewick.test", "/download?form=7", Outcome.NOT_HTML, StopReason.WANTED),
    # a host that does not answer
    ("shop.redkettle.test", "/", None, StopReason.WANTED),
]


@pytest.mark.parametrize(("host", "path", "outcome", "stop"), EXPECTED)
def test_a_crawl_is_expected_to_find(pages, host, path, outcome, stop):
    expected = pages[url(host, path)]
    assert (expected.outcome, expected.stop) == (outcome, stop)


def test_what_the_truth_takes_for_forbidden_is_what_a_robots_parser_forbids(web):
    """Protego is the independent reader here."""
    for name, host in web.world.hosts.items():
        answer = web.answer(name, "/robots.txt", {})
        if answer.status == 200:
            rules = Protego.parse(answer.body.decode())
            denied = {path for path in host.content if not rules.can_fetch(url(name, path), "backlinks")}
            assert denied == web.forbidden(name), name
            assert not rules.can_fetch(url(name), "greedybot")


def test_crawl_delays_are_told(web):
    rules = Protego.parse(web.answer("gearforum.test", "/robots.txt", {}).body.decode())
    assert rules.crawl_delay("backlinks") == 0.2


@pytest.mark.parametrize(
    ("host", "status"), [("archive.aldermoor-courier.test", 503), ("uni-dunmere.test", 403), ("clockmuseum.test", 404)]
)
def test_a_robots_txt_may_be_missing_or_refused(web, host, status):
    assert web.answer(host, "/robots.txt", {}).status == status


@pytest.mark.parametrize(
    ("host", "troubles"),
    [
        ("potting-shed.test", [500, 200, 200]),
        ("slowpour.test", [429, 200, 200]),
        ("gadget-gazette.test", [500, 500, 500]),
    ],
)
def test_troubles_pass_or_stay_and_come_back_when_forgotten(host, troubles):
    web = InventedWeb(7)
    assert [web.answer(host, "/busy-page", {}).status for _ in troubles] == troubles
    web.forget()
    assert web.answer(host, "/busy-page", {}).status == troubles[0]


def test_a_host_that_asks_for_time_says_how_much():
    assert ("Retry-After", "1") in InventedWeb(7).answer("slowpour.test", "/busy-page", {}).headers


def test_redirects_of_every_status_lead_where_the_truth_says(web, pages):
    statuses = set()
    for address, expected in pages.items():
        if expected.outcome is Outcome.REDIRECT:
            parts = urlsplit(address)
            answer = web.answer(parts.hostname, parts.path, {})
            statuses.add(answer.status)
            location = dict(answer.headers)["Location"]
            assert urljoin(address, location) == expected.redirect_url
    assert statuses == {301, 302, 307, 308}


def test_without_sitemaps_their_pages_stay_unknown(web, pages):
    without = web.true_pages(Limits(use_sitemaps=False))
    unknown = {urlsplit(one).path for one in set(pages) - set(without)}
    assert unknown == {
        *(f"/town/{name}-{number}.html" for name in ("extra", "found") for number in (1, 2, 3)),
        "/bread/tomorrows-loaf",
    }


def test_gone_pages_have_backlinks_from_several_hosts(links):
    gone = {
        urlsplit(one.source).hostname
        for one in links
        if "shuttered-books.test" in one.target and "/catalogue/" in one.target
    }
    assert len(gone) > 8


def test_gzip_is_sent_to_those_who_take_it(web):
    plain = web.answer("commonbook.test", "/", {})
    packed = web.answer("commonbook.test", "/", {"accept-encoding": "gzip, br"})
    assert ("Content-Encoding", "gzip") in packed.headers
    assert len(packed.body) < len(plain.body) / 2


def test_an_unchanged_page_is_not_sent_again(web):
    etag = dict(web.answer("stonebridge.test", "/", {}).headers)["ETag"]
    answer = web.answer("stonebridge.test", "/", {"if-none-match": etag})
    assert (answer.status, answer.body) == (304, b"")


def test_tracking_parameters_change_nothing(web):
    plain = web.answer("gearforum.test", "/thread.php?id=3", {})
    assert plain.status == 200
    assert web.answer("gearforum.test", "/thread.php?id=3&utm_source=x&fbclid=1", {}) == plain
    assert web.answer("commonbook.test", "/?gclid=1&utm_medium=y", {}) == web.answer("commonbook.test", "/", {})

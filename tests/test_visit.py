import pytest

from crawler.fetch import Fetch
from crawler.options import CrawlerOptions, ScopeOptions
from crawler.scope import Scope
from crawler.sitemaps import SitemapEntry
from crawler.urls import UrlReader
from crawler.visit import VisitReader
from storage import FetchKind, LinkFlags, Outcome, StopReason, Waiting

URL = "https://example.org/a/"
URLS = UrlReader(drop_parameters=(), user_platforms=())


def reader_with(**scope_options):
    options = CrawlerOptions(scope=ScopeOptions(**scope_options))
    scope = Scope(options.scope, max_depth=5, seeds=[URLS.parse(URL)], allowed_ports=(443,))
    return VisitReader(options, scope, URLS, text_characters=100, link_text_characters=60)


def read(body, **answer):
    reader = reader_with()
    how = {"outcome": Outcome.OK, "status": 200, **answer}
    fetch = Fetch(url=URL, started_at=1.0, elapsed_seconds=0.1, body=body, **how)
    return reader.read(Waiting(1, URL, "example.org", 0), fetch, reader.parse(fetch))


def wanted(reading):
    return {one.url for one in reading.candidates if one.stop is StopReason.WANTED}


@pytest.mark.parametrize(
    ("charset", "query"),
    [("windows-1252", "%E9"), ("windows-1251", "%26%23233%3B"), ("utf-8", "%C3%A9"), ("iso-8859-8-i", "%26%23233%3B")],
)
def test_a_query_is_in_the_encoding_of_its_page_and_a_path_never(charset, query):
    page = f"<meta charset={charset}><a href='/&eacute;?q=&eacute;'>x</a>".encode()
    (link,) = read(page).links
    assert link.target == f"https://example.org/%C3%A9?q={query}"


def test_headers_lead_on_too():
    reading = read(
        b"<base href=/elsewhere/><link rel=next href=p2><iframe src=f></iframe>",
        link_header="<h>; rel=prev, </style.css>; rel=stylesheet",
        refresh_header="5; url=/r",
        content_location="c",
    )
    assert wanted(reading) == {
        "https://example.org/elsewhere/", "https://example.org/elsewhere/p2", "https://example.org/elsewhere/f",
        "https://example.org/a/h", "https://example.org/a/c", "https://example.org/r",
    }  # fmt: skip


def test_the_refresh_of_the_page_comes_before_that_of_the_header():
    reading = read(b"<meta http-equiv=refresh content='0;url=/page'>", refresh_header="0;url=/header")
    assert wanted(reading) == {"https://example.org/page"}


@pytest.mark.parametrize(
    ("body", "tags", "noindex", "nofollow"),
    [
        (b"<meta name=robots content=noindex>", (), True, False),
        (b"<meta name=backlinks content=nofollow>", (), False, True),
        (b"<meta name=otherbot content=none>", ("otherbot: none",), False, False),
        (b"<meta name=robots content=noindex>", ("nofollow",), True, True),
        (b"", ("none",), True, True),
    ],
)
def test_directives_of_page_and_headers_add_up(body, tags, noindex, nofollow):
    page = read(body, robots_tags=tags).page
    assert (page.noindex, page.nofollow) == (noindex, nofollow)


def test_a_page_that_says_nofollow_leads_nowhere_and_its_links_are_marked():
    reading = read(
        b"<meta name=robots content=nofollow><a href=/x>x</a><iframe src=/f></iframe>", refresh_header="0;url=/r"
    )
    assert wanted(reading) == set()
    assert reading.links[0].flags & LinkFlags.PAGE_NOFOLLOW


def test_links_to_other_domains_keep_the_words_around_them():
    body = b"<p>left <a href=https://other.test/>x</a> right <a href=/in>y</a> end</p>"
    out, inside = read(body).links
    assert (out.text_before, out.text_after) == ("left", "right y end")
    assert (inside.text_before, inside.text_after) == ("", "")


def test_the_canonical_of_the_page_comes_before_that_of_the_header():
    header = "</header>; rel=canonical"
    assert read(b"", link_header=header).page.declared_canonical == "https://example.org/header"
    page = read(b"<link rel=canonical href=/page>", link_header=header).page
    assert page.declared_canonical == "https://example.org/page"


SITEMAP = Waiting(2, "https://example.org/sitemap.xml", "example.org", 0, FetchKind.SITEMAP)


def entries(first, last):
    return [SitemapEntry(f"https://example.org/{number}") for number in range(first, last)]


def test_a_sitemap_may_name_more_pages_than_a_page_may():
    reader = reader_with(max_new_urls_per_page=5)
    assert len([one for one in reader.judge_sitemap(entries(0, 900), SITEMAP) if one.stop is StopReason.WANTED]) == 900


def test_the_sitemaps_of_a_host_together_name_no_more_than_the_option_says():
    reader = reader_with(max_sitemap_urls=25)
    taken = [len(reader.judge_sitemap(entries(start, start + 10), SITEMAP)) for start in (0, 10, 20, 30)]
    assert taken == [10, 10, 5, 0]


def test_sitemaps_that_name_sitemaps_without_end_are_read_up_to_a_number_for_each_domain():
    reader = reader_with(max_sitemaps_per_domain=3)
    named = [f"https://{host}.example.org/{number}.xml" for number in range(4) for host in "ab"]
    found = reader.sitemap_candidates(named, SITEMAP.url, hops=1)
    assert [one.url for one in found] == named[:3]
    assert reader.sitemap_candidates(named[3:], SITEMAP.url, hops=1) == []
    assert len(reader.sitemap_candidates(named[:3], SITEMAP.url, hops=1)) == 3, "what was admitted stays so"


def test_a_link_that_held_a_password_is_stored_without_it_and_says_so():
    first, second = read(b"<a href=http://me:hunter2@o.test/x>x</a><a href=http://o.test/x>x</a>").links
    assert first.target == second.target == "http://o.test/x"
    assert first.flags == second.flags | LinkFlags.USERINFO


@pytest.mark.parametrize(
    "place",
    [
        "ftp://me:hunter2@o.test/x", " x-app://hunter2@o.test", "ftp://a@hunter2@o.test/?@", "ftp:hunter2@o.test",
        "http:\\\\me:hunter2@o.test:port", "//hunter2@o.test:x/", f"ftp://hunter2{'x' * 300}@o.test",
    ],
)  # fmt: skip
def test_what_a_redirect_to_nowhere_says_holds_no_password(place):
    reading = read(b"", outcome=Outcome.REDIRECT, location=place)
    assert "hunter2" not in reading.page.error
    assert "o.test" in reading.page.error

"""What a URL means to us: tables of spellings, and properties over arbitrary text."""

import pytest
from ada_url import join_url
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.options import TRACKING_PARAMETERS, USER_PLATFORMS
from crawler.urls import UrlReader

READER = UrlReader(drop_parameters=TRACKING_PARAMETERS, user_platforms=USER_PLATFORMS)


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        # settled by the standard
        ("HTTP://Example.COM", "http://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/a/%2e%2E/c", "http://example.com/c"),
        ("http://example.com\\a", "http://example.com/a"),
        ("  http://example.com/a\n", "http://example.com/a"),
        ("http://exa\tmple.com/a\nb", "http://example.com/ab"),
        ("http:example.com", "http://example.com/"),
        ("http://münchen.de/straße", "http://xn--mnchen-3ya.de/stra%C3%9Fe"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::FFFF:1.2.3.4]/", "http://[::ffff:102:304]/"),
        # dropped for identity
        ("http://example.com/a#b", "http://example.com/a"),
        ("http://me:secret@example.com/a", "http://example.com/a"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://example.com/a?", "http://example.com/a"),
        ("http://example.com/a?&&", "http://example.com/a"),
        ("http://example.com/a?&x=1&&y&", "http://example.com/a?x=1&y"),
        # percent-encoding: unreserved characters bare, all else as it is with capital digits
        ("http://example.com/%7euser/%2d%5f", "http://example.com/~user/-_"),
        ("http://example.com/a%2fb%3f?x=%2b%26", "http://example.com/a%2Fb%3F?x=%2B%26"),
        ("http://example.com/é", "http://example.com/%C3%A9"),
        ("http://example.com/%c3%a9", "http://example.com/%C3%A9"),
        # … and what RFC 3986 has no place for bare is encoded
        ("http://example.com/a|b^c[d]`{e}", "http://example.com/a%7Cb%5Ec%5Bd%5D%60%7Be%7D"),
        ("http://example.com/?a[]=1", "http://example.com/?a%5B%5D=1"),
        ("http://example.com/?a\\b", "http://example.com/?a%5Cb"),
        ("http://example.com/100%", "http://example.com/100%25"),
        ("http://example.com/%%34%31", "http://example.com/%2541"),
        # tracking parameters
        ("http://example.com/?utm_source=x", "http://example.com/"),
        ("http://example.com/?a=1&UTM_Source=x&b=2&fbclid=z", "http://example.com/?a=1&b=2"),
        ("http://example.com/?utm%5Fsource=x&a=1", "http://example.com/?a=1"),
        ("http://example.com/?a=1&amp;utm_source=x&amp;b=2", "http://example.com/?a=1&amp;b=2"),
        ("http://example.com/?gclid", "http://example.com/"),
        # left alone, because pages may differ in it
        ("http://example.com/?gclidx=1&xutm_=2", "http://example.com/?gclidx=1&xutm_=2"),
        ("http://example.com/?b=2&a=1&b=1", "http://example.com/?b=2&a=1&b=1"),
        ("http://example.com/A//b/", "http://example.com/A//b/"),
        ("http://example.com/index.html", "http://example.com/index.html"),
        ("http://example.com/?a=b+c&d=e%20f", "http://example.com/?a=b+c&d=e%20f"),
        ("http://www.example.com/", "http://www.example.com/"),
        ("http://example.com/a;jsessionid=1", "http://example.com/a;jsessionid=1"),
        ("http://example.com../", "http://example.com../"),
    ],
)
def test_spellings_of_one_page_meet_in_the_canonical_form(spelling, canonical):
    url = READER.parse(spelling)
    assert url is not None
    assert url.canonical_url == canonical
    assert canonical.startswith(url.origin + "/")


TEXTS = st.text(max_size=40) | st.text("htp:/?#.%@[]\\ \t\nabc019-_é&=;", max_size=40)
BASES = st.sampled_from(
    ["http://h.example/d/e/page?q=1", "https://h.example:8443", "http://u:p@h.example/x/", "nonsense"]
)


@given(TEXTS.map(lambda text: "http://h.example/" + text) | TEXTS | TEXTS.map(lambda text: "https://" + text))
@example("http://0x7f.1../")
@example("http://./")
@example("http://h.example/%\ud800")
def test_reading_twice_changes_nothing(text):
    url = READER.parse(text)
    if url is None:
        return
    assert READER.parse(url.url)._replace(had_userinfo=url.had_userinfo) == url
    canonical = READER.parse(url.canonical_url)
    assert canonical.canonical_url == canonical.url == url.canonical_url
    assert (canonical.origin, canonical.host) == (url.origin, url.host)
    assert url.canonical_url.startswith(url.origin + "/")


@given(BASES, TEXTS)
@example("http://h.example/d/", "a b #c")
@example("http://h.example/d/", "/\t/other.example/")
def test_resolving_equals_the_standards_join(base, href):
    try:
        joined = READER.parse(join_url(base, href))
    except ValueError:
        joined = None if base != "nonsense" else READER.parse(href)
    resolved = READER.resolve(base, href)
    if joined is None or resolved is None:
        assert joined is resolved
    else:
        assert resolved._replace(had_userinfo=False) == joined._replace(had_userinfo=False)


@given(BASES, TEXTS.map(lambda text: "https://h.example/" + text))
def test_an_absolute_href_needs_no_base(base, href):
    assert READER.resolve(base, href) == READER.parse(href)

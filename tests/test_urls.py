"""What a URL means to us: tables of spellings, and properties over arbitrary text."""

import time
import tracemalloc

import pytest
from ada_url import URL, join_url
from hypothesis import example, given
from hypothesis import strategies as st

from crawler import urls
from crawler.options import TRACKING_PARAMETERS, USER_PLATFORMS
from crawler.urls import (
    MAX_BASE_CHARACTERS,
    MAX_CACHED_CHARACTERS,
    MAX_URL_CHARACTERS,
    UrlReader,
    encode_query,
    seed_url,
)

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


@pytest.mark.parametrize(
    "text",
    [
        # not absolute
        *("", " ", "a", "/a", "//example.com/a", "?a", "#a", "example.com", "www.example.com/a", "example.com:80/a"),
        # not ours
        *(
            "mailto:me@example.com",
            "javascript:void(0)",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/html,x",
        ),
        *(
            "httpx://example.com/",
            "ws://example.com/",
            "about:blank",
            "blob:https://example.com/1",
            "view-source:http://a/",
        ),
        # no host, or none that can be
        *(
            "http://",
            "http://?a",
            "http:///",
            "https://#a",
            "http://a b/",
            "http://a<b/",
            "http://a%00b/",
            "http://a\0b/",
        ),
        *("http://a^b/", "http://a|b/", "http://[a]/", "http://[::1/", "http://[::1]x/", "http://1.2.3.256/"),
        *("http://1.2.3.4.5/", "http://0x100000000/", "http://xn--a\u0301/", "http://\u00ad/", "http://\ufffd/"),
        # no port that can be
        *("http://a:b/", "http://a:65536/", "http://a:-1/", "http://a:80:80/"),
    ],
)
def test_what_is_not_an_absolute_web_url_is_none(text):
    assert READER.parse(text) is None


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ("http://Example.com", "http://example.com/"),
        ("http://example.com/%7Ea%zz?", "http://example.com/%7Ea%zz?"),
        ("http://example.com/?utm_source=x&&b#c", "http://example.com/?utm_source=x&&b"),
        ("http://example.com./a|b[c]", "http://example.com./a|b[c]"),
        ("http://me:secret@example.com:8080/a", "http://example.com:8080/a"),
        ("http://example.com/ä ö", "http://example.com/%C3%A4%20%C3%B6"),
        ("http://example.com/?a'b\"c", "http://example.com/?a%27b%22c"),
    ],
)
def test_the_form_to_fetch_is_what_the_standard_writes_without_fragment_and_userinfo(text, fetched):
    assert READER.parse(text).url == fetched


@pytest.mark.parametrize(
    ("text", "origin", "host", "domain"),
    [
        ("https://www.example.co.uk/a", "https://www.example.co.uk", "www.example.co.uk", "example.co.uk"),
        ("https://example.org:8080/", "https://example.org:8080", "example.org", "example.org"),
        ("https://example.org:0443/", "https://example.org", "example.org", "example.org"),
        ("http://example.org:443/", "http://example.org:443", "example.org", "example.org"),
        ("http://WWW.Bücher.DE/", "http://www.xn--bcher-kva.de", "www.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("http://example.org./", "http://example.org", "example.org", "example.org"),
        ("http://example.org.:81/", "http://example.org:81", "example.org", "example.org"),
        ("http://[2001:DB8::0:1]:80/", "http://[2001:db8::1]", "[2001:db8::1]", "[2001:db8::1]"),
        ("http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81", "[2001:db8::1]", "[2001:db8::1]"),
        ("http://2130706433/", "http://127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("http://0177.1.:8/", "http://127.0.0.1:8", "127.0.0.1", "127.0.0.1"),
        ("http://localhost/", "http://localhost", "localhost", "localhost"),
        ("http://a_b.example.com/", "http://a_b.example.com", "a_b.example.com", "example.com"),
        ("http://a..example.com/", "http://a..example.com", "a..example.com", "a..example.com"),
        ("http://./", "http://.", ".", "."),
    ],
)
def test_origin_host_and_registrable_domain(text, origin, host, domain):
    url = READER.parse(text)
    assert (url.origin, url.host, url.registrable_domain) == (origin, host, domain)


@pytest.mark.parametrize(
    ("text", "had_userinfo"),
    [
        ("http://me:secret@example.com/", True),
        ("http://me@example.com/", True),
        ("http://:secret@example.com/", True),
        ("http://a@b@example.com/", True),
        ("http://me%40home@example.com/", True),
        ("http://@example.com/", False),
        ("http://example.com/@me", False),
        ("http://example.com?@me", False),
        ("http://example.com#@me", False),
        ("http://example.com\\@evil.test/", False),
    ],
)
def test_userinfo_is_dropped_and_noted(text, had_userinfo):
    url = READER.parse(text)
    assert url.had_userinfo is had_userinfo
    assert url.host == "example.com"
    assert "secret" not in "".join(url[:-1])


# Resolving

PAGE = "https://h.example:8443/dir/sub/page.html?q=1"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        # the page itself
        ("", PAGE),
        ("#top", PAGE),
        (" ", PAGE),
        (" #top", PAGE),
        ("?", "https://h.example:8443/dir/sub/page.html?"),
        ("?q=2#x", "https://h.example:8443/dir/sub/page.html?q=2"),
        # beside it
        ("other.html", "https://h.example:8443/dir/sub/other.html"),
        ("./other.html", "https://h.example:8443/dir/sub/other.html"),
        ("../other.html", "https://h.example:8443/dir/other.html"),
        ("../../../../other.html", "https://h.example:8443/other.html"),
        (".", "https://h.example:8443/dir/sub/"),
        ("..", "https://h.example:8443/dir/"),
        ("%2e%2E/x", "https://h.example:8443/dir/x"),
        ("a/../b", "https://h.example:8443/dir/sub/b"),
        ("été.html", "https://h.example:8443/dir/sub/%C3%A9t%C3%A9.html"),
        ("a b.html ", "https://h.example:8443/dir/sub/a%20b.html"),
        ("a ?b ", "https://h.example:8443/dir/sub/a%20?b"),
        ("a #b", "https://h.example:8443/dir/sub/a%20"),
        ("\n\ta\n.html\t", "https://h.example:8443/dir/sub/a.html"),
        (".\t./a", "https://h.example:8443/dir/a"),
        ("a\\b", "https://h.example:8443/dir/sub/a/b"),
        ("@me", "https://h.example:8443/dir/sub/@me"),
        ("x?u=http://other.example/", "https://h.example:8443/dir/sub/x?u=http://other.example/"),
        ("x/a:b", "https://h.example:8443/dir/sub/x/a:b"),
        ("1:2", "https://h.example:8443/dir/sub/1:2"),
        # below the root
        ("/a?b#c", "https://h.example:8443/a?b"),
        ("/", "https://h.example:8443/"),
        ("/./a//b", "https://h.example:8443/a//b"),
        ("\\a", "https://h.example:8443/a"),
        ("/a:b", "https://h.example:8443/a:b"),
        # another host
        ("//other.example", "https://other.example/"),
        ("///other.example/a", "https://other.example/a"),
        ("/\\other.example/a", "https://other.example/a"),
        ("\\\\other.example/a", "https://other.example/a"),
        ("/\t/other.example/a", "https://other.example/a"),
        ("//other.example:443/", "https://other.example/"),
        ("//other.example:80/", "https://other.example:80/"),
        ("http://other.example", "http://other.example/"),
        (" HTTP://Other.example ", "http://other.example/"),
        ("ht\ntp://other.example", "http://other.example/"),
        ("http:/other.example/a", "http://other.example/a"),
        ("http:other.example/a", "http://other.example/a"),
        # the page's own scheme without a host leans on the page
        ("https:a", "https://h.example:8443/dir/sub/a"),
        ("https:/a", "https://h.example:8443/a"),
        ("HTTPS:?a", "https://h.example:8443/dir/sub/page.html?a"),
        ("https:", PAGE),
        # nothing to fetch
        ("mailto:a@b.example", None),
        ("JavaScript:void(0)", None),
        ("java\nscript:void(0)", None),
        ("  tel:+123", None),
        ("a:b", None),
        ("data:text/html,<a href='http://x.example'>", None),
        ("//", None),
        ("//a b/", None),
        ("http://[", None),
        ("https://", None),
    ],
)
def test_hrefs_resolve_as_in_a_browser(href, expected):
    resolved = READER.resolve(PAGE, href)
    assert (resolved and resolved.url) == expected


@pytest.mark.parametrize(
    ("base", "href", "expected"),
    [
        ("http://h.example", "a", "http://h.example/a"),
        ("http://h.example?q/r", "a", "http://h.example/a"),
        ("http://h.example/a/b#c/d", "e", "http://h.example/a/e"),
        ("HTTP://H.example/a/../b/", "c", "http://h.example/b/c"),
        ("http://h.example/a//", "../b", "http://h.example/a/b"),
        ("http://me:secret@h.example/a/", "b", "http://h.example/a/b"),
        ("http://me:secret@h.example/a/", "/b", "http://h.example/b"),
        ("http://me:secret@h.example/a/", "#b", "http://h.example/a/"),
        ("http://h.example./a/", "b", "http://h.example./a/b"),
        # no base to lean on: the href stands alone
        ("nonsense", "b", None),
        ("nonsense", "http://h.example/", "http://h.example/"),
        ("mailto:me@h.example", " HTTP://h.example/", "http://h.example/"),
        ("", "/b", None),
        ("\ud800", "http://h.example/\ud800", "http://h.example/%EF%BF%BD"),
        # nor does a base that would swell every href of its page
        ("http://h.example/" + "a" * MAX_BASE_CHARACTERS + "/", "b", None),
        ("http://h.example/" + "a" * MAX_BASE_CHARACTERS + "/", "http://h.example/b", "http://h.example/b"),
    ],
)
def test_bases(base, href, expected):
    resolved = READER.resolve(base, href)
    assert (resolved and resolved.url) == expected


def test_one_reader_serves_many_pages_in_turn():
    pages = ["http://a.example/x/", "https://b.example/y/z"] * 3
    assert [READER.resolve(page, "q").url for page in pages] == ["http://a.example/x/q", "https://b.example/y/q"] * 3


def test_no_spelling_of_userinfo_reaches_the_result_through_the_base():
    resolved = READER.resolve("http://me:secret@h.example/", "a")
    assert resolved.had_userinfo
    assert "secret" not in "".join(resolved[:-1])


# Queries of pages that are not in Unicode


@pytest.mark.parametrize(
    ("href", "encoding", "expected"),
    [
        ("/é?q=é", "iso-8859-1", "/é?q=%E9"),
        ("/é?q=é#é?é", "iso-8859-1", "/é?q=%E9#é?é"),
        ("?q=é&r=€", "iso-8859-1", "?q=%E9&r=%26%238364%3B"),
        ("?q=é€", "iso-8859-1", "?q=%E9%26%238364%3B"),
        ("?q=Россия", "cp1251", "?q=%D0%EE%F1%F1%E8%FF"),
        ("?q=表", "shift_jis", "?q=%95\\"),
        # nothing to do
        ("?q=é", "utf-8", "?q=é"),
        ("?q=é", "utf-16-le", "?q=é"),
        ("?q=a b", "iso-8859-1", "?q=a b"),
        ("/é", "iso-8859-1", "/é"),
        ("#?é", "iso-8859-1", "#?é"),
    ],
)
def test_queries_in_the_pages_encoding(href, encoding, expected):
    assert encode_query(href, encoding) == expected


@given(st.text(max_size=30), st.sampled_from(["latin-1", "cp1251", "shift_jis", "iso2022_jp", "gb18030", "big5"]))
def test_encoding_a_query_leaves_no_work_for_a_second_time(text, encoding):
    encoded = encode_query("?" + text, encoding)
    assert encode_query(encoded, encoding) == encoded
    assert encoded.partition("#")[2] == text.partition("#")[2]


# Registrable domains


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("a.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("com", "com"),
        # the private section
        ("me.github.io", "me.github.io"),
        ("x.me.github.io", "me.github.io"),
        ("github.io", "github.io"),
        ("math.uni.lodz.pl", "uni.lodz.pl"),
        # wildcards and exceptions
        ("a.b.ck", "a.b.ck"),
        ("x.www.ck", "www.ck"),
        # unlisted endings
        ("a.b.test", "b.test"),
        ("printer", "printer"),
        # platforms the list lacks
        ("anna.wordpress.com", "anna.wordpress.com"),
        ("x.anna.wordpress.com", "anna.wordpress.com"),
        ("wordpress.com", "wordpress.com"),
        ("www.wordpress.com", "wordpress.com"),
        ("notwordpress.com", "notwordpress.com"),
        ("www.notwordpress.com", "notwordpress.com"),
        # addresses
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        # names that are none
        (".", "."),
        ("a..b", "a..b"),
        (".com", ".com"),
    ],
)
def test_registrable_domains(host, domain):
    assert READER.registrable_domain(host) == domain


def test_platforms_are_an_option():
    plain = UrlReader(drop_parameters=(), user_platforms=())
    assert plain.registrable_domain("anna.wordpress.com") == "wordpress.com"


@given(st.text(max_size=40))
def test_a_hosts_registrable_domain_is_its_ending_and_its_own(host):
    domain = READER.registrable_domain(host)
    assert READER.registrable_domain(domain) == domain


# Parameters


def test_parameters_to_drop_are_an_option():
    reader = UrlReader(drop_parameters=("SID", "x_*"), user_platforms=())
    assert reader.parse("http://a/?sid=1&X_y=2&utm_source=3&sida=4").canonical_url == "http://a/?utm_source=3&sida=4"


def test_a_lone_star_drops_every_query():
    reader = UrlReader(drop_parameters=("*",), user_platforms=())
    assert reader.parse("http://a/b?c=d&e").canonical_url == "http://a/b"


@given(st.lists(st.sampled_from(["a=1", "b", "c=%2F", "utm_x=1", "GCLID=2", "amp;utm_y=3", ""]), max_size=8))
def test_dropping_keeps_the_order_of_what_stays(parameters):
    kept = [parameter for parameter in parameters if parameter in {"a=1", "b", "c=%2F"}]
    expected = "http://a/?" + "&".join(kept) if kept else "http://a/"
    assert READER.parse("http://a/?" + "&".join(parameters)).canonical_url == expected


@given(st.text("abz019-._~/", max_size=20), st.randoms(use_true_random=False))
def test_escaping_unreserved_characters_changes_nothing(path, random):
    spelling = "".join(f"%{ord(c):02{random.choice('xX')}}" if c != "/" and random.random() < 0.5 else c for c in path)
    plain, escaped = READER.parse(f"http://a/x/{path}"), READER.parse(f"http://a/x/{spelling}")
    assert plain.canonical_url == escaped.canonical_url


# Seeds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.com", "https://example.com/"),
        ("  EXAMPLE.com/path?q ", "https://example.com/path?q"),
        ("http://example.com", "http://example.com/"),
        ("HTTPS://example.com/", "https://example.com/"),
        ("//example.com/a", "https://example.com/a"),
        ("münchen.de", "https://xn--mnchen-3ya.de/"),
        ("http://münchen.de/ü", "http://xn--mnchen-3ya.de/%C3%BC"),
        ("example.com#top", "https://example.com/"),
        ("example.com?q=a:1", "https://example.com/?q=a:1"),
        # a port says more than the lack of a scheme
        ("localhost:8000", "http://localhost:8000/"),
        ("example.com:8080/a", "http://example.com:8080/a"),
        ("example.com:80", "http://example.com/"),
        ("example.com:443/a", "https://example.com/a"),
        ("192.0.2.1:81", "http://192.0.2.1:81/"),
        ("[::1]:81/a", "http://[::1]:81/a"),
        ("[::1]", "https://[::1]/"),
        ("192.0.2.1", "https://192.0.2.1/"),
        ("localhost", "https://localhost/"),
        ("http://me:secret@example.com/", "http://example.com/"),
        # no seeds
        ("", None),
        ("   ", None),
        ("hello world", None),
        ("mailto:me@example.com", None),
        ("me@example.com", None),
        ("me:secret@example.com", None),
        ("ftp://example.com", None),
        ("example.com:99999", None),
        ("/path", None),
        ("?q", None),
        ("#x", None),
        ("::1", None),
        ("http://", None),
        ("\ud800", None),
        ("\0", None),
    ],
)
def test_seeds(text, expected):
    seed = seed_url(text, READER)
    assert (seed and seed.url) == expected


@given(st.text(max_size=60))
def test_any_line_is_a_seed_or_none(text):
    seed = seed_url(text, READER)
    assert seed is None or seed_url(seed.url, READER).url == seed.url


# Properties

TEXTS = st.text(max_size=40) | st.text("htp:/?#.%@[]\\ \t\nabc019-_é&=;", max_size=40)
WILD = st.text(st.characters(), max_size=40) | st.text("\ud800\udc00\udfff\0\x01\x7f/?#:a", max_size=20)
BASES = st.sampled_from(
    ["http://h.example/d/e/page?q=1", "https://h.example:8443", "http://u:p@h.example/x/", "nonsense"]
)


@given(TEXTS.map("http://h.example/".__add__) | TEXTS | TEXTS.map("https://".__add__) | WILD.map("http://h/".__add__))
@example("http://0x7f.1../")
@example("http://./")
@example("http://h.example/%\ud800")
@example("http://h.example/%%34%31")
def test_reading_twice_changes_nothing(text):
    url = READER.parse(text)
    if url is None:
        return
    assert READER.parse(url.url)._replace(had_userinfo=url.had_userinfo) == url
    canonical = READER.parse(url.canonical_url)
    assert canonical.canonical_url == canonical.url == url.canonical_url
    assert (canonical.origin, canonical.host) == (url.origin, url.host)
    assert url.canonical_url.startswith(url.origin + "/")


def _join(base, href):
    """The standard's join, without any of our short cuts."""
    try:
        return READER.parse(join_url(base, href))
    except ValueError:
        return READER.parse(href) if base == "nonsense" else None


@given(BASES, TEXTS)
@example("http://h.example/d/", "a b #c")
@example("http://h.example/d/", "/\t/other.example/")
@example("nonsense", "HTTP://h.example")
def test_resolving_equals_the_standards_join(base, href):
    joined, resolved = _join(base, href), READER.resolve(base, href)
    if joined is None or resolved is None:
        assert joined is resolved
    else:
        assert resolved._replace(had_userinfo=False) == joined._replace(had_userinfo=False)


@given(TEXTS.map("http://h.example/".__add__) | TEXTS.map("https://".__add__))
@example("http://h.example/a/.b/%2e/..")
@example("http://h.example//a/?/./")
def test_reading_equals_the_standards_serialisation(text):
    try:
        standard = URL(text)
    except ValueError:
        assert READER.parse(text) is None
        return
    standard.username = standard.password = ""
    assert READER.parse(text).url == standard.href.partition("#")[0]
    assert READER.parse(text).host in {standard.hostname, standard.hostname.removesuffix(".")}


@given(BASES, TEXTS.map("https://h.example/".__add__))
def test_an_absolute_href_needs_no_base(base, href):
    assert READER.resolve(base, href) == READER.parse(href)


@given(WILD, WILD)
def test_nothing_makes_reading_raise(base, text):
    READER.parse(text)
    READER.resolve(base, text)
    READER.resolve(PAGE, text)
    READER.resolve("http://" + base, "//" + text)
    READER.registrable_domain(text)
    seed_url(text, READER)


@pytest.mark.parametrize(
    "text",
    [
        "http://h.example/" + "a" * 1_000_000,
        "http://h.example/" + "%" * 1_000_000,
        "http://" + "a" * 1_000_000,
        "http://" + "a." * 500_000,
        "http://" + "é" * 50_000 + ".example/",
        "http://h.example/" + "../" * 300_000,
        "http://h.example/?" + "&" * 1_000_000,
        "a:" * 500_000,
        " " * 1_000_000,
        "/" * 1_000_000,
        "\ud800" * 1_000_000,
        "http://h.example/?" + "a=1&" * 16_000,
        "http://h.example/" + "|" * 60_000,
        "http://h.example/" + "%7E" * 20_000,
    ],
    ids=lambda text: text[:20].encode("ascii", "backslashreplace").decode(),
)
def test_huge_texts_are_read_or_refused_in_no_time(text):
    started = time.process_time()
    for url in (READER.parse(text), READER.resolve(PAGE, text), READER.resolve(text, "a"), seed_url(text, READER)):
        assert url is None or max(len(url.url), len(url.canonical_url)) <= MAX_URL_CHARACTERS
    READER.registrable_domain(text)
    assert time.process_time() - started < 2


def test_a_url_over_the_limit_is_none_in_either_form():
    start = "http://h.example/"
    assert READER.parse(start + "a" * (MAX_URL_CHARACTERS - len(start))) is not None
    assert READER.parse(start + "a" * (MAX_URL_CHARACTERS - len(start) + 1)) is None
    assert READER.parse(start + "é" * (MAX_URL_CHARACTERS // 5)) is None
    assert READER.parse(start + "|" * (MAX_URL_CHARACTERS // 2)) is None


# Work and memory


@pytest.fixture
def parses(monkeypatch):
    """The texts that had to be parsed by the library."""
    texts = []

    def counting(base, href):
        texts.append(href)
        return join_url(base, href)

    monkeypatch.setattr(urls, "join_url", counting)
    return texts


def new_reader(cache_size=1_000):
    return UrlReader(drop_parameters=TRACKING_PARAMETERS, user_platforms=(), cache_size=cache_size)


def test_a_sites_repeated_links_are_parsed_once(parses):
    reader = new_reader()
    navigation = ["/", "/über", "https://h.example/ä", "//other.example/é", "ö.html", "?seite=ü", "/über#unten"]
    for page in range(50):
        for href in navigation:
            reader.resolve(f"https://h.example/page{page}", href)
    per_page = [text for text in parses if "seite" in text]
    assert len(per_page) == 50
    assert len(parses) - len(per_page) < 10


def test_plain_links_of_a_known_host_are_not_parsed_at_all(parses):
    reader = new_reader()
    reader.resolve("https://h.example/", "/")
    parses.clear()
    for number in range(100):
        assert reader.resolve("https://h.example/", f"/a/b-{number}.html?c={number}&utm_source=x") is not None
    assert parses == []


def test_fragments_and_other_schemes_are_not_parsed(parses):
    reader = new_reader()
    reader.resolve("https://h.example/", "/")
    parses.clear()
    for number in range(100):
        reader.resolve("https://h.example/", f"#{number}")
        reader.resolve("https://h.example/", f"/#{number}")
        reader.resolve("https://h.example/", f"mailto:a{number}@h.example")
    assert parses == []


def test_the_caches_are_bounded_in_entries_and_in_length():
    reader = new_reader(cache_size=50)
    for number in range(500):
        reader.parse(f"http://h{number}.example/{number}")
        reader.parse(f"http://h.example/{number}" + "a" * MAX_CACHED_CHARACTERS)
        reader.parse(f"http://{'a' * MAX_CACHED_CHARACTERS}{number}/")
    tracemalloc.start()
    for number in range(500, 1_500):
        reader.parse(f"http://h{number}.example/{number}")
        reader.parse(f"http://h.example/{number}" + "a" * 20_000)
        reader.parse(f"http://{number}{'a' * 20_000}/")
        reader.resolve("http://h.example/" + "a" * 8_000, "b" * 8_000 + str(number))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 500_000


def test_equal_forms_share_their_memory():
    url = READER.parse("http://h.example/plain")
    assert url.url is url.canonical_url

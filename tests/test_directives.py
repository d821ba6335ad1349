import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.directives import (
    KNOWN_DIRECTIVES,
    header_discoveries,
    leads_to_a_page,
    parse_canonical_header,
    parse_link_header,
    parse_refresh,
    parse_robots_content,
    parse_robots_header,
)
from tests.timing import cpu_seconds

BOTH = {"noindex", "nofollow"}


@pytest.mark.parametrize(
    ("content", "directives"),
    [
        ("noindex", {"noindex"}),
        ("NoIndex,NOFOLLOW", BOTH),
        (" noindex ; nofollow", BOTH),
        ("noindex nofollow", BOTH),
        ("none", BOTH),
        ("index, follow, all", set()),
        ("nofollow, max-snippet:-1, max-image-preview:large", {"nofollow"}),
        ("noarchive,nosnippet,noimageindex,notranslate", {"noarchive", "nosnippet", "noimageindex", "notranslate"}),
        ("", set()),
    ],
)
def test_directives_of_a_meta_element(content, directives):
    assert parse_robots_content(content) == directives


@pytest.mark.parametrize(
    ("values", "directives"),
    [
        ([], set()),
        (["noindex"], {"noindex"}),
        (["noindex, nofollow"], BOTH),
        (["noindex", "nofollow"], BOTH),
        (["None"], BOTH),
        # for whom
        (["backlinks: noindex"], {"noindex"}),
        (["BackLinks: noindex, nofollow"], BOTH),
        (["otherbot: noindex"], set()),
        (["otherbot: noindex, nofollow"], set()),
        (["otherbot: noindex", "nofollow"], {"nofollow"}),
        (["otherbot: noindex, backlinks: nofollow"], {"nofollow"}),
        (["noindex, otherbot: nofollow"], {"noindex"}),
        (["*: noindex"], {"noindex"}),
        # values with colons and commas name no robot
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"], {"noindex"}),
        (["max-snippet: 10, nofollow"], {"nofollow"}),
        (["unavailable_after: Friday, 25-Jun-10 noindex"], {"noindex"}),
        ([",,:,: ,"], set()),
    ],
)
def test_directives_of_a_header(values, directives):
    assert parse_robots_header(values, "Backlinks") == directives


@pytest.mark.parametrize(
    ("content", "href"),
    [
        ("5; url=/next", "/next"),
        ("5;URL=/next", "/next"),
        ("5, url = /next", "/next"),
        ("5 url=/next", "/next"),
        ("0;/next", "/next"),
        ("0; '/next'", "/next"),
        ("0; url='/next'; more", "/next"),
        ('0; url="/next', "/next"),
        (" .5 ; url=/next ", "/next"),
        ("3.1;url=/next", "/next"),
        ("1; url=\n/next", "/next"),
        ("0; url=/a?b=c;d", "/a?b=c;d"),
        ("0; url=urls/x", "urls/x"),
        ("5", None),
        ("5;", None),
        ("5; url=", None),
        ("5; url=''", None),
        ("url=/next", None),
        ("x; url=/next", None),
        ("٥; url=/next", None),
        ("", None),
    ],
)
def test_where_a_refresh_leads(content, href):
    assert parse_refresh(content) == href


@pytest.mark.parametrize(
    ("value", "links"),
    [
        (None, []),
        ("", []),
        ("</a>; rel=canonical", [("/a", {"rel": "canonical"})]),
        ('</a>; rel="next prev"; Title="x, y; z"', [("/a", {"rel": "next prev", "title": "x, y; z"})]),
        ('</a>;rel="next",</b>;rel=prev', [("/a", {"rel": "next"}), ("/b", {"rel": "prev"})]),
        ("</a,b;c>; rel=next", [("/a,b;c", {"rel": "next"})]),
        ("< /a >; rel = next", [("/a", {"rel": "next"})]),
        ("</a>; rel=first; rel=second", [("/a", {"rel": "first"})]),
        ("</a>; crossorigin; rel=preload", [("/a", {"crossorigin": "", "rel": "preload"})]),
        ('</a>; title="say \\"hi\\""; rel=next', [("/a", {"title": 'say "hi"', "rel": "next"})]),
        ("/a; rel=canonical", []),
        ('</a>; rel="unclosed', [("/a", {"rel": "unclosed"})]),
    ],
)
def test_links_of_a_header(value, links):
    assert parse_link_header(value) == links


@pytest.mark.parametrize(
    ("value", "href"),
    [
        (None, None),
        ("</a>; rel=next", None),
        ('</a>; rel=next, <https://x.example/b>; rel="canonical"', "https://x.example/b"),
        ("</a>; rel=Canonical", "/a"),
        ("</a>; rel=canonical, </b>; rel=canonical", "/a"),
        ('</a>; rel=canonical; anchor="#part"', None),
        ("<>; rel=canonical", None),
        ("</canonical>; rel=next", None),
    ],
)
def test_the_canonical_link_of_a_header(value, href):
    assert parse_canonical_header(value) == href


@pytest.mark.parametrize(
    ("rel", "others", "answer"),
    [
        ("next", (), True),
        ("PREV", (), True),
        ("alternate", ("", "", "de"), True),
        ("alternate", ("text/html; charset=utf-8",), True),
        ("amphtml", (), True),
        ("prefetch", (), True),
        ("prefetch", ("", "document"), True),
        ("preload", (), True),
        ("preload", ("", "font"), False),
        ("prefetch", ("", "script"), False),
        ("alternate", ("application/rss+xml",), False),
        ("alternate", ("application/json+oembed",), False),
        ("alternate stylesheet", (), False),
        ("stylesheet", (), False),
        ("icon", (), False),
        ("dns-prefetch", (), False),
        ("preconnect", (), False),
        ("search", ("application/opensearchdescription+xml",), False),
        ("", (), False),
    ],
)
def test_which_relations_lead_to_a_page(rel, others, answer):
    assert leads_to_a_page(rel, *others) is answer


def test_headers_name_pages():
    link = "</n>; rel=next, </s.css>; rel=stylesheet, </f>; rel=preload; as=font, <>; rel=next"
    assert header_discoveries(link, " /c ") == ["/n", "/c"]
    assert header_discoveries(None, None) == []
    assert header_discoveries("", " ") == []


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_is_an_answer(text, token):
    assert parse_robots_content(text) <= KNOWN_DIRECTIVES
    assert parse_robots_header([text, text], token) <= KNOWN_DIRECTIVES
    href = parse_refresh(text)
    assert href is None or (href in text and href)
    assert all(link.href in text for link in parse_link_header(text))
    header_discoveries(text, text)


def test_long_headers_take_time_by_their_length():
    for piece in ('<a>;"', "<a", "<a>;a=b;", "<a>,", '<a>;a="\\', "<>;", ';a="', "noindex:", ",", " "):
        text = piece * (200_000 // len(piece))
        for parse in (parse_robots_content, parse_refresh, parse_link_header, parse_canonical_header):
            assert cpu_seconds(parse, text) < 1.0
        assert cpu_seconds(parse_robots_header, [text], "backlinks") < 1.0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.extract_links import MAX_ANCHOR_CHARACTERS, folded, normal_rel
from storage import LinkKind, Placement

TEXT, IMAGE, AREA = LinkKind


def links(markup, **options):
    given_options = {"max_links": 100, "max_text_characters": 0, "max_link_text_characters": 0, **options}
    return extract_page(markup, **given_options).links


def link(markup, **options):
    (found,) = links(markup, **options)
    return found


@pytest.mark.parametrize(
    ("attributes", "href"),
    [
        ('href="/a b"', "/a b"),
        ("href=/a", "/a"),
        ("HREF='/A'", "/A"),
        ("href=' \t\n /a\f\r '", "/a"),
        ('href="\u00a0/a"', "\u00a0/a"),  # whitespace to us is what it is to the standard
        ('href="/a?b=1&amp;c=2"', "/a?b=1&c=2"),
        ('href="/a?b=1&c=2&copy=3"', "/a?b=1&c=2&copy=3"),  # an entity without its semicolon, before =
        ('href="/&#x65e5;"', "/日"),
        ("href", ""),
        ('href=""', ""),
        ("href=/a href=/b", "/a"),
        ('href="/a\0b"', "/a\ufffdb"),
        ('href="javascript:void(0)"', "javascript:void(0)"),
    ],
)
def test_an_href_comes_as_written_but_for_the_space_around_it(attributes, href):
    assert link(f"<a {attributes}>x</a>").href == href


def test_an_element_without_href_is_no_link():
    assert links("<a>x</a><a name=y>y</a><area><link href=z>") == []


@pytest.mark.parametrize(
    ("inside", "words", "kind"),
    [
        ("plain words", "plain words", TEXT),
        ("  many \n\t spaces\u00a0here ", "many spaces here", TEXT),
        ("<b>bold</b> and <i>more</i>", "bold and more", TEXT),
        ("<b>J</b>ohn", "John", TEXT),
        ("<span>one</span><span>two</span>", "onetwo", TEXT),
        ("\ufeffmarked\ufeff", "marked", TEXT),
        ("&lt;tag&gt; &amp; more", "<tag> & more", TEXT),
        ("words <img alt=picture>", "words", TEXT),
        ("<script>no()</script>yes<style>.no{}</style>", "yes", TEXT),
        ("<!-- no -->yes", "yes", TEXT),
        ("<template>no</template>yes", "yes", TEXT),
        # pictures speak where there are no words
        ("<img alt='a picture'>", "a picture", IMAGE),
        ("<img alt=' a \n picture '>", "a picture", IMAGE),
        ("<img alt=one><img alt=two>", "one two", IMAGE),
        ("<img alt=same><noscript><img alt=same></noscript>", "same", IMAGE),
        ("<img alt=''>", "", IMAGE),
        ("<img>", "", IMAGE),
        ("<picture><source><img alt=deep></picture>", "deep", IMAGE),
        ("<div><div><img alt=deep></div></div>", "deep", IMAGE),
        ("<svg><path/></svg>", "", IMAGE),
        ("<svg><title>drawn</title></svg>", "drawn", TEXT),
        ("<input type=image alt=go>", "go", IMAGE),
        ("<i class=icon></i>", "", TEXT),
        ("", "", TEXT),
        ("   ", "", TEXT),
    ],
)
def test_the_words_of_a_link(inside, words, kind):
    found = link(f"<a href=x>{inside}</a>")
    assert (found.anchor_text, found.kind) == (words, kind)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<a href=x title=t></a>", "t"),
        ("<a href=x title=' t  t '><img></a>", "t t"),
        ("<a href=x title=t><img alt=a></a>", "a"),
        ("<a href=x title=t>w</a>", "w"),
    ],
)
def test_the_title_speaks_last(markup, words):
    assert link(markup).anchor_text == words


def test_areas_of_a_map():
    markup = "<map><area href=/a alt=one title=two><area href=/b title=two><area href=/c></map>"
    assert [(one.href, one.anchor_text, one.kind) for one in links(markup)] == [
        ("/a", "one", AREA),
        ("/b", "two", AREA),
        ("/c", "", AREA),
    ]


def test_links_and_areas_stand_in_the_order_of_the_page():
    markup = "<a href=1>x</a><map><area href=2></map><a href=3>x</a><map><area href=4></map>"
    assert [one.href for one in links(markup)] == ["1", "2", "3", "4"]


def test_long_words_are_cut():
    assert link(f"<a href=x>{'word ' * 100}</a>").anchor_text == ("word " * 100)[:MAX_ANCHOR_CHARACTERS]
    assert len(link(f"<a href=x><img alt='{'x' * 1_000}'></a>").anchor_text) == MAX_ANCHOR_CHARACTERS
    assert len(link(f"<a href=x title='{'x' * 1_000}'></a>").anchor_text) == MAX_ANCHOR_CHARACTERS


@pytest.mark.parametrize(
    ("written", "rel"),
    [
        ("nofollow", "nofollow"),
        ("NoFollow  UGC", "nofollow ugc"),
        ("ugc,nofollow", "nofollow ugc"),
        ("ugc, nofollow , ugc", "nofollow ugc"),
        ("noopener\tnoreferrer\nme", "me noopener noreferrer"),
        (" , ", ""),
        ("", ""),
    ],
)
def test_rel_has_every_token_once_in_lower_case_and_in_order(written, rel):
    assert normal_rel(written) == rel
    assert link(f"<a href=x rel='{written}'>x</a>").rel == rel


def test_a_link_without_rel_has_none():
    assert link("<a href=x>x</a>").rel == ""
    assert link("<a href=x rel>x</a>").rel == ""


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        # as browsers mend them
        ("<a href=1>one<a href=2>two</a>", [("1", "one"), ("2", "two")]),
        ("<a href=1><div>in a box</div></a>", [("1", "in a box")]),
        ("<p><a href=1>open<p>next", [("1", "open"), ("1", "next")]),
        ("<table><a href=1>fostered</a><tr><td><a href=2>cell</a></table>", [("1", "fostered"), ("2", "cell")]),
        ("<a href=1>un<b>closed</a> bold</b>", [("1", "unclosed")]),
        ("<a href=1 <b>x</a>", [("1", "x")]),
        ("<a href='1'title='2'>x</a>", [("1", "x")]),
        ("<A HREF=1>x</A >", [("1", "x")]),
        ("<a/href=1/>x", [("1/", "x")]),
        ("<ul><li><a href=1>x<li><a href=2>y</ul>", [("1", "x"), ("2", "y")]),
        # where no links are
        ("<!-- <a href=1>x</a> -->", []),
        ("<script>'<a href=1>x</a>'</script>", []),
        ("<style><a href=1>x</a></style>", []),
        ("<textarea><a href=1>x</a></textarea>", []),
        ("<title><a href=1>x</a></title>", []),
        ("<template><a href=1>x</a></template>", []),
        ("<iframe><a href=1>x</a></iframe>", []),
        ("<p title='<a href=1>x</a>'>", []),
        ("&lt;a href=1>x", []),
        # where there are
        ("<noscript><a href=1>x</a></noscript>", [("1", "x")]),
        ("<svg><a href=1><text>x</text></a></svg>", [("1", "x")]),
        ("<object><a href=1>x</a></object>", [("1", "x")]),
        ("<frameset></frameset><noframes><a href=1>x</a></noframes>", []),  # raw text to the standard
        ("<head><a href=1>x</a>", [("1", "x")]),
        ("text after </html><a href=1>x</a>", [("1", "x")]),
        ("<plaintext><a href=1>x</a>", []),
    ],
)
def test_links_are_found_where_a_browser_finds_them(markup, found):
    assert [(one.href, one.anchor_text) for one in links(markup)] == found


def test_a_link_knows_its_place():
    markup = "<nav><a href=1>x</a></nav><p><a href=2>x</a></p><footer><a href=3><img></a></footer>"
    assert [one.placement for one in links(markup)] == [Placement.NAV, Placement.CONTENT, Placement.FOOTER]


@pytest.mark.parametrize(
    ("href", "leaves"),
    [
        ("https://other.org/", True),
        ("HTTP://OTHER.ORG", True),
        ("//other.org/x", True),
        ("https://user@other.org:8080/", True),
        ("https://example.org.other.org/", True),
        ("https://notexample.org/", True),
        ("https://other.org?example.org", True),
        ("https://example.org@other.org/", True),
        ("https://example.org/", False),
        ("https://example.org", False),
        ("https://www.example.org./x", False),
        ("//EXAMPLE.org:80/", False),
        ("https://user:pw@a.b.example.org#x", False),
        ("/x", False),
        ("x//other.org", False),
        ("?u=//other.org", False),
        ("mailto:a@other.org", False),
        ("ftp://other.org/", False),
        ("", False),
    ],
)
def test_words_around_links_are_kept_for_those_that_leave_as_they_are_spelled(href, leaves):
    found = link(AROUND.format(href), domain="example.org", max_link_text_characters=60)
    assert (found.text_before, found.text_after) == (("left", "right") if leaves else ("", ""))


AROUND = "<p>left <a href='{}'>x</a> right</p>"


def test_with_a_foreign_base_relative_links_leave():
    base = "<base href='https://other.org/'>"
    for href, leaves in (("/x", True), ("mailto:a@other.org", False), ("https://example.org/", False)):
        found = link(base + AROUND.format(href), domain="example.org", max_link_text_characters=60)
        assert bool(found.text_before) is leaves


@pytest.mark.parametrize("options", [{"domain": "example.org"}, {"max_link_text_characters": 60}])
def test_words_around_links_are_not_looked_for_unasked(options, monkeypatch):
    monkeypatch.setattr("crawler.extract_links.words_around", lambda *_: pytest.fail("nobody asked"))
    assert link(AROUND.format("https://other.org/"), **options).text_before == ""


def test_words_of_links_in_links_are_read_once_over():
    """A hundred links around the same megabyte: the first few have its words, then the page has been read twice."""
    markup = "<a href=x><object>" * 100 + "word " * 200_000
    found = links(markup)
    assert len(found) == 100
    assert 1 <= sum(bool(one.anchor_text) for one in found) <= 3


@given(st.text(max_size=60))
def test_folding_leaves_no_space_to_fold(text):
    once = folded(text)
    assert folded(once) == once
    assert "\ufeff" not in once
    assert not once.startswith(" ")
    assert not once.endswith(" ")


@given(st.text(max_size=60))
def test_a_normal_rel_is_normal(text):
    assert normal_rel(normal_rel(text)) == normal_rel(text)

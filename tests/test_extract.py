import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.extract import ExtractedPage, extract_page


def page(markup, **options):
    given_options = {"max_links": 100, "max_text_characters": 1_000, "max_link_text_characters": 60, **options}
    return extract_page(markup, **given_options)


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>A  title\n</title>", "A title"),
        ("<title>1</title><title>2</title>", "1"),
        ("<title> </title><title>2</title>", None),
        ("<p>text<title>late</title>", "late"),
        ("<svg><title>drawn</title></svg><title>real</title>", "real"),
        ("<svg><g><title>drawn</title></g></svg>", None),
        ("<rss><channel><title>a feed</title></channel></rss>", "a feed"),
        ("<title>&lt;b&gt; &amp; &copy;</title>", "<b> & ©"),
        ("<title></title>", None),
        ("<p>text", None),
    ],
)
def test_the_title(markup, title):
    assert page(markup).title == title


def test_a_title_is_not_endless():
    assert len(page(f"<title>{'x' * 5_000}</title>").title) == 1_000


@pytest.mark.parametrize(
    ("markup", "heading"),
    [
        ("<h1>One <b>big</b> heading</h1><h1>Two</h1>", "One big heading"),
        ("<h1><img alt=logo></h1><h1>Two</h1>", "Two"),
        ("<h1><svg><title>no</title></svg>One</h1>", "One"),
        ("<h2>no</h2>", None),
    ],
)
def test_the_heading(markup, heading):
    assert page(markup).heading == heading


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<ul><li>One<li>Two</ul>", "One Two"),
        ("<head><title>no</title></head><body>yes", "yes"),
        ("a<script>no</script><style>no</style><template>no</template>b", "a b"),
        ("a<noscript>no</noscript><iframe>no</iframe><!-- no -->b", "a b"),
        ("a<textarea>no</textarea><select><option>no</select><svg><text>no</text></svg><canvas>no</canvas>b", "a b"),
        ("<nav>menu</nav><main><p>the</p><p>text</p></main><footer>end</footer>", "the text"),
        ("<nav>menu</nav><main> </main>rest", "menu rest"),
        ("<frameset><frame src=x></frameset>", ""),
        ("", ""),
    ],
)
def test_the_text_is_what_a_reader_reads(markup, text):
    assert page(markup).text == text


def test_the_text_is_as_long_as_asked():
    assert page("<p>0123456789", max_text_characters=4).text == "0123"
    assert page("<p>0123456789", max_text_characters=0).text == ""


def test_words_are_counted_in_the_whole_page():
    found = page("<nav>a menu</nav><main>three words here</main>")
    assert (found.text, found.word_count) == ("three words here", 5)
    assert page("").word_count == 0


def test_digests_tell_pages_apart_but_for_their_digits_and_markup():
    first = page("<p>Page 1 of 20, 3 May</p>").text_digest
    assert page("<div class=x>Page 2  of 204, 17 May</div><script>9</script>").text_digest == first
    assert page("<p>Page 1 of 20, 3 June</p>").text_digest != first
    assert 0 <= first < 2**63
    assert page("<script>x</script>").text_digest is None


@pytest.mark.parametrize(
    ("markup", "discoveries"),
    [
        ("<iframe src=' /f '></iframe>", ["/f"]),
        ("<frameset><frame src=/f><frame src=/g></frameset>", ["/f", "/g"]),
        ("<p>text</p><frameset><FRAME src='/f'><frame name=x src=/g ></frameset>", ["/f", "/g"]),
        ("<iframe srcdoc='<a href=/in>x</a><map><area href=/map></map>'></iframe>", ["/in", "/map"]),
        ("<base href=/b/>", ["/b/"]),
        ("<link rel=next href=/2><link rel=prev href=/0>", ["/2", "/0"]),
        ("<link rel=alternate hreflang=de href=/de>", ["/de"]),
        ("<link rel=alternate type=application/rss+xml href=/feed>", []),
        ("<link rel=stylesheet href=/s><link rel=icon href=/i><link rel=preload as=font href=/f>", []),
        ("<link rel=prefetch href=/p><link rel=prefetch as=script href=/s>", ["/p"]),
        ("<link rel=canonical href=/c>", []),
        ("<svg><a xlink:href=/old><text>x</text></a></svg>", ["/old"]),
        ("<svg><a href=/new xlink:href=/old><text>x</text></a></svg>", ["/old"]),
        ("<a xlink:href=/none>x</a>", []),
        ("<iframe></iframe><frame><iframe src=''></iframe>", []),
        ("<iframe src=/f></iframe><iframe src=/f></iframe>", ["/f"]),
        ("<form action=/search><button formaction=/b>x</form>", []),
        ("<img src=/i><script src=/s></script><embed src=/e><object data=/o></object>", []),
    ],
)
def test_what_leads_to_pages_without_being_a_link(markup, discoveries):
    found = page(markup)
    assert found.discoveries == discoveries


def test_links_beyond_the_cap_are_counted():
    markup = "".join(f"<a href={number}>x</a>" for number in range(10)) + "<a>no link</a>"
    found = page(markup, max_links=3)
    assert [link.href for link in found.links] == ["0", "1", "2"]
    assert found.link_count == 10


def test_discoveries_are_capped_too():
    markup = "".join(f"<iframe src={number}></iframe>" for number in range(10))
    assert page(markup, max_links=3).discoveries == ["0", "1", "2"]


def test_nothing_is_kept_of_one_page_for_the_next():
    markup = "<nav><a href=/1 rel=nofollow>one</a></nav><p><a href=/2>two</a>"
    first = page(markup)
    page("<aside>" * 10 + "<a href=x>y</a>")
    assert page(markup) == first


def lxml_links(markup):
    """The slow and obvious way, by another parser, for markup that every parser reads alike."""
    root = etree.HTML(markup)
    return [
        (element.get("href"), " ".join("".join(element.itertext()).split()), element.get("rel") or "")
        for element in root.iter("a")
        if element.get("href") is not None
    ]


WORDS = st.text(alphabet="abc é日<&>\"' ", max_size=12)
ESCAPES = str.maketrans({"<": "&lt;", "&": "&amp;", ">": "&gt;", '"': "&quot;"})


def well_formed(children):
    link = st.tuples(st.sampled_from(["/a", "b?c=1&d=2", "https://x.example/é"]), WORDS).map(
        lambda pair: f'<a href="{pair[0].translate(ESCAPES)}" rel="nofollow">{pair[1].translate(ESCAPES)}</a>'
    )
    box = st.tuples(st.sampled_from(["div", "section", "ul", "blockquote", "nav"]), st.lists(children, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    )
    return link | box


@settings(max_examples=200)
@given(st.recursive(WORDS.map(lambda words: words.translate(ESCAPES)), well_formed, max_leaves=20))
def test_well_formed_pages_have_the_links_that_lxml_sees(body):
    markup = f"<html><head><title>t</title></head><body>{body}</body></html>"
    assert [(link.href, link.anchor_text, link.rel) for link in page(markup).links] == lxml_links(markup)


PIECES = [
    "<a href=x>", "</a>", "<a>", "<area href=y>", "<div>", "</div>", "<p>", "<table>", "<td>", "</table>", "<b>",
    "</b>", "<svg>", "</svg>", "<title>", "</title>", "<script>", "</script>", "<!--", "-->", "<base href=",
    "<meta name=robots ", "content=none>", "<link rel=canonical href=c>", "<iframe srcdoc='", "'>", "<frameset>",
    "<frame src=f>", "<h1>", "<main>", "<template>", "</template>", "<select>", "<option>", "<noscript>",
    "<nav class='", '"', ">", "<", "&", "\0", "\ud800", "\ufeff", "é", "<math>", "<plaintext>", "<html lang=d>",
    "<body id=", "text ", "\r\n",
]  # fmt: skip


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=300))
def test_any_text_becomes_a_page_that_can_be_stored(markup):
    found = page(markup, domain="example.org")
    assert isinstance(found, ExtractedPage)
    assert page(markup, domain="example.org") == found
    assert found.link_count >= len(found.links)
    words = [found.title, found.heading, found.description, found.text, found.canonical_href, found.refresh_href]
    for text in itertools.chain(*found.links, found.discoveries, words):
        if isinstance(text, str):
            text.encode()
    for link in found.links:
        assert len(link.anchor_text) <= 255
        assert link.rel == " ".join(sorted(set(link.rel.split())))


@pytest.mark.slow
def test_a_million_links():
    found = page("<a href=x>y" * 1_000_000)
    assert found.link_count == 1_000_000
    assert len(found.links) == 100


def test_ten_megabytes_of_one_attribute():
    found = page('<a href="' + "x" * 10_000_000 + '">words</a>')
    assert (len(found.links[0].href), found.links[0].anchor_text) == (10_000_000, "words")

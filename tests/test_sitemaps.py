"""Sitemap bytes to URLs: every format, every fault, and what a hostile file may cost."""

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.decompress import PIECE_BYTES
from crawler.sitemaps import Sitemap, SitemapEntry, parse_sitemap

MEGABYTE = 1_048_576
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def read(
    body: str | bytes, content_type: str | None = None, max_urls: int = 1_000, max_bytes: int = MEGABYTE
) -> Sitemap:
    if isinstance(body, str):
        body = body.encode()
    return parse_sitemap(body, content_type=content_type, max_urls=max_urls, max_bytes=max_bytes)


def urls_of(body: str | bytes, **more) -> list[str]:
    return [entry.url for entry in read(body, **more).urls]


def urlset(*locations: str) -> str:
    return f"<urlset {NAMESPACE}>" + "".join(f"<url><loc>{each}</loc></url>" for each in locations) + "</urlset>"


# --- What is read --------------------------------------------------------------------------------------------------

ONE_PAGE = [
    # XML as it should be, and nearly so
    '<?xml version="1.0" encoding="UTF-8"?>\n' + urlset("http://a/"),
    urlset("  \n http://a/ \t"),
    urlset("<![CDATA[http://a/]]>"),
    "<urlset><url><loc>http://a/</loc></url></urlset>",
    '<urlset xmlns="https://wrong.example/"><url><loc>http://a/</loc></url></urlset>',
    '<s:urlset xmlns:s="urn:s"><s:url><s:loc>http://a/</s:loc></s:url></s:urlset>',
    "<ns0:urlset><ns0:url><ns0:loc>http://a/</ns0:loc></ns0:url></ns0:urlset>",
    "<URLSET><URL><LOC>http://a/</LOC></URL></URLSET>",
    "<url><loc>http://a/</loc></url>",
    # marks and space before the beginning
    "\ufeff" + urlset("http://a/"),
    "\n\n  <?xml version='1.0'?>" + urlset("http://a/"),
    "\ufeff \n" + urlset("http://a/"),
    # other elements beside and inside
    "<urlset><url><changefreq>daily</changefreq><loc>http://a/</loc><priority>1</priority></url></urlset>",
    "<urlset><url><loc>http://a/</loc><image:image><image:loc>http://i/</image:loc></image:image></url></urlset>",
    "<urlset><url><loc>http://a/</loc><video><loc>http://v/</loc></video></url></urlset>",
    "<urlset><loc>http://stray/</loc><url><loc>http://a/</loc></url></urlset>",
    # the same page twice is one page, and a second location in an entry is none
    urlset("http://a/", "http://a/"),
    "<urlset><url><loc>http://a/</loc><loc>http://b/</loc></url></urlset>",
    # broken, but readable
    "<urlset><url><loc>http://a/</loc></url>",
    "<urlset><url><loc>http://a/</loc>",
    "<urlset><url><loc>http://a/</url></urlset>",
    "<urlset><url><loc>http://a/</loc></url><url><loc>http://half",
    "<urlset><url><loc>http://a/</loc></url></urlset>trailing words",
    "<urlset><url><loc>http://a/\x01</loc></url></urlset>",
    "<urlset><url priority=1 last><loc>http://a/</loc></url></urlset>",
    # feeds
    "<rss version='2.0'><channel><link>http://home/</link><item><link>http://a/</link></item></channel></rss>",
    "<rss><channel><item><guid>http://a/</guid></item></channel></rss>",
    "<rss><channel><item><guid isPermaLink='false'>http://g/</guid><link>http://a/</link></item></channel></rss>",
    "<rss><channel><item><guid isPermaLink='false'>http://g/</guid></item><item><link>http://a/</link></item></channel></rss>",
    "<rss><channel><item><guid>not a URL</guid></item><item><link>http://a/</link></item></channel></rss>",
    "<rss><channel><item><atom:link href='http://a/' rel='alternate'/></item></channel></rss>",
    "<rdf:RDF><channel><link>http://home/</link></channel><item><link>http://a/</link></item></rdf:RDF>",
    "<feed xmlns='http://www.w3.org/2005/Atom'><link href='http://home/'/><entry><link href='http://a/'/></entry></feed>",
    "<feed><entry><link rel='edit' href='http://e/'/><link rel='alternate' href='http://a/'/></entry></feed>",
    "<feed><entry><link href='http://a/'/><link rel='alternate' href='http://b/'/></entry></feed>",
    "<feed><entry><link rel='self' href='http://s/'/></entry><entry><link href=' http://a/ '/></entry></feed>",
    # lists
    "http://a/",
    "\ufeffhttp://a/\r\n",
    "# pages\n\n  http://a/  \nwww.example.org\nmailto:a@b\n",
    "http://a/\rhttp://a/\r",
]


@pytest.mark.parametrize("body", ONE_PAGE)
def test_the_one_page_of_a_file_is_found(body: str) -> None:
    sitemap = read(body)
    assert [entry.url for entry in sitemap.urls] == ["http://a/"]
    assert sitemap.sitemaps == ()
    assert not sitemap.is_truncated


@pytest.mark.parametrize("body", ONE_PAGE)
def test_gzip_is_known_by_its_bytes_whatever_the_content_type_says(body: str) -> None:
    once = gzip.compress(body.encode())
    assert urls_of(once, content_type="text/html") == ["http://a/"]
    assert urls_of(gzip.compress(once), content_type="application/xml") == ["http://a/"]


ESCAPES = [
    ("http://a/?x=1&amp;y=2", "http://a/?x=1&y=2"),
    ("http://a/?x=1&y=2", "http://a/?x=1&y=2"),
    ("http://a/?x=1&amp;y=2&z=3", "http://a/?x=1&y=2&z=3"),
    ("http://a/?x&", "http://a/?x&"),
    ("http://a/&copy=1&eacute;", "http://a/&copy=1&eacute;"),
    ("http://a/&#38;&#x26;", "http://a/&&"),
    ("http://a/&AMP;&#X26;&#xg;&#;", "http://a/&AMP;&#X26;&#xg;&#;"),
    ("http://a/&lt;&gt;&quot;&apos;", "http://a/<>\"'"),
    ("<![CDATA[http://a/?x=1&y=2&amp;z]]>", "http://a/?x=1&y=2&amp;z"),
    ("http://a/<![CDATA[&]]>b&c", "http://a/&b&c"),
    ("http://a/ü", "http://a/ü"),
    ("http://a/%C3%BC", "http://a/%C3%BC"),
    ("/relative?x", "/relative?x"),
]


@pytest.mark.parametrize(("written", "url"), ESCAPES)
def test_a_location_is_unescaped_once_and_a_forgotten_escape_costs_nothing(written: str, url: str) -> None:
    assert urls_of(urlset(written)) == [url]


@pytest.mark.parametrize("offset", range(0, 66, 3))
def test_an_escape_or_section_across_the_pieces_that_are_read_is_one(offset: int) -> None:
    for shift in range(3):
        for written, url in ESCAPES:
            filler = "<!--" + "x" * (2 * PIECE_BYTES - offset - shift - 7) + "-->"
            assert urls_of(f"{filler}<url><loc>{written}</loc></url>") == [url]


DATES = [
    ("<urlset><url><loc>http://a/</loc><lastmod> 2024-01-02 </lastmod></url></urlset>", "2024-01-02"),
    ("<urlset><url><lastmod>2024</lastmod><loc>http://a/</loc></url></urlset>", "2024"),
    ("<urlset><url><loc>http://a/</loc><lastmod/></url></urlset>", None),
    ("<urlset><url><loc>http://a/</loc><n:news><n:date>2024</n:date></n:news></url></urlset>", None),
    ("<rss><item><link>http://a/</link><pubDate>Sun, 06 Sep 2009</pubDate></item></rss>", "Sun, 06 Sep 2009"),
    ("<rdf><item><link>http://a/</link><dc:date>2009-09-06</dc:date></item></rdf>", "2009-09-06"),
    ("<feed><entry><link href='http://a/'/><updated>2003</updated><published>2001</published></entry></feed>", "2003"),
    ("<feed><entry><link href='http://a/'/><issued>2001</issued></entry></feed>", "2001"),
]


@pytest.mark.parametrize(("body", "date"), DATES)
def test_the_date_is_kept_as_written(body: str, date: str | None) -> None:
    assert read(body).urls == (SitemapEntry("http://a/", date),)


def test_an_index_names_sitemaps_and_no_pages() -> None:
    index = (
        f"<sitemapindex {NAMESPACE}><sitemap><loc> http://a/1.xml.gz </loc><lastmod>2024</lastmod></sitemap>"
        "<sitemap><loc><![CDATA[http://a/2.xml]]></loc></sitemap><sitemap><loc>http://a/1.xml.gz</loc></sitemap>"
        "</sitemapindex>"
    )
    assert read(index) == Sitemap(sitemaps=("http://a/1.xml.gz", "http://a/2.xml"))


def test_pages_and_sitemaps_in_one_file_are_told_apart() -> None:
    mixed = read("<urlset><url><loc>http://a/</loc></url><sitemap><loc>http://a/s</loc></sitemap></urlset>")
    assert mixed == Sitemap(urls=(SitemapEntry("http://a/"),), sitemaps=("http://a/s",))


def test_versions_in_other_languages_are_pages_too_and_mobile_versions_are_not() -> None:
    body = (
        "<urlset xmlns:x='http://www.w3.org/1999/xhtml'><url><loc>http://a/en</loc>"
        "<x:link rel='alternate' hreflang='de' href=' http://a/de '/><x:link hreflang='en' href='http://a/en'/>"
        "<x:link rel='alternate' hreflang='fr'/><x:link rel='alternate' media='handheld' href='http://m.a/'/>"
        "<xhtml:link hreflang='x-default' href='http://a/'/></url><url><loc>http://a/de</loc></url></urlset>"
    )
    assert urls_of(body) == ["http://a/en", "http://a/de", "http://a/"]


ENCODINGS = [
    ("utf-8", "", None),
    ("utf-8-sig", "", None),
    ("utf-8", "utf-8", None),
    ("utf-8", "nonsense", None),
    ("utf-8", "utf-16", None),
    ("utf-16", "", None),
    ("utf-16", "utf-16", None),
    ("utf-16-le", "", None),
    ("iso-8859-1", "iso-8859-1", None),
    ("windows-1251", "windows-1251", None),
    ("shift_jis", "", "text/xml; charset=Shift_JIS"),
    ("shift_jis", "", 'application/xml;Charset="shift-jis"'),
    ("koi8-r", "koi8-r", "text/xml; charset=utf-8"),
]


@pytest.mark.parametrize(("encoding", "declared", "content_type"), ENCODINGS)
def test_the_encoding_comes_from_mark_declaration_and_content_type(encoding, declared, content_type) -> None:
    word = {"windows-1251": "Ж", "koi8-r": "Ж", "shift_jis": "ツ"}.get(encoding, "é")
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = (head + urlset("http://a/" + word)).encode(encoding)
    assert urls_of(body, content_type=content_type) == ["http://a/" + word]


def test_bytes_that_fit_no_encoding_spoil_one_letter_only() -> None:
    assert urls_of(b"<urlset><url><loc>http://a/\xff</loc></url><url><loc>http://b/</loc></url></urlset>") == [
        "http://a/\ufffd",
        "http://b/",
    ]


# --- What is told of faults and caps -------------------------------------------------------------------------------

PROBLEMS = [
    (b"", "empty"),
    (b" \r\n\t", "empty"),
    (b"\xef\xbb\xbf\n", "empty"),
    (b"xy", "not a sitemap"),
    (b"words, not lists", "not a sitemap"),
    (b'{"version": "https://jsonfeed.org/version/1"}', "not a sitemap"),
    (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "not a sitemap"),
    (b"<!doctype html><html><body><a href='http://a/'>a</a></body></html>", "not a sitemap"),
    (b"<html><head><link rel='alternate' href='http://a/'></head></html>", "not a sitemap"),
    (b"<a", "not a sitemap"),
    (b"<urlset/>", None),
    (b"<sitemapindex></sitemapindex>", None),
    (b"<rss><channel><title>t</title></channel></rss>", None),
    (b"<feed xmlns='http://purl.org/atom/ns#'/>", None),
    (b"<urlset><url>", "broken: "),
    (b"\x1f\x8b", "broken: "),
    (b"\x1f\x8bnonsense", "broken: "),
    (gzip.compress(b"<urlset/>", mtime=0)[:-4], "broken: "),
]


@pytest.mark.parametrize(("body", "problem"), PROBLEMS)
def test_a_file_without_urls_says_why(body: bytes, problem: str | None) -> None:
    sitemap = read(body)
    assert sitemap.urls == sitemap.sitemaps == ()
    assert not sitemap.is_truncated
    if problem is None:
        assert sitemap.problem is None
    else:
        assert (sitemap.problem or "").startswith(problem)


@pytest.mark.parametrize(
    "body",
    [
        "<urlset><url><loc>http://a/</loc></url><url><loc>http://half",
        "<urlset><url><loc>http://a/</loc></url></wrong>",
        "<urlset><url><loc>http://a/</loc></url></urlset><urlset></urlset>",
        "<x:urlset><url><loc>http://a/</loc></url></x:urlset>",
    ],
)
def test_broken_xml_gives_what_could_be_read_and_a_problem(body: str) -> None:
    sitemap = read(body)
    assert [entry.url for entry in sitemap.urls] == ["http://a/"]
    assert (sitemap.problem or "").startswith("broken: ")


def test_a_gzip_stream_that_breaks_off_gives_what_was_in_it() -> None:
    body = urlset(*(f"http://a/{number}" for number in range(5_000)))
    for text in (body, body.replace("<url><loc>", "\n").replace("</loc></url>", "\n").replace("<", "#")):
        packed = gzip.compress(text.encode())
        sitemap = read(packed[: len(packed) // 2], max_urls=10_000)
        assert 1_000 < len(sitemap.urls) < 5_000
        assert sitemap.problem == "broken: the gzip stream has no end"
        assert sitemap.urls[-1].url == f"http://a/{len(sitemap.urls) - 1}"


def test_gzip_members_follow_each_other_and_padding_is_ignored() -> None:
    halves = urlset("http://a/", "http://b/").partition("</url>")
    packed = b"".join(gzip.compress(half.encode()) for half in halves) + b"\x00" * 100
    assert urls_of(packed) == ["http://a/", "http://b/"]


@pytest.mark.parametrize("kind", ["pages", "index", "lines"])
def test_more_urls_than_wanted_are_left_out_and_it_is_said(kind: str) -> None:
    names = [f"http://a/{number}" for number in range(10)]
    body = {
        "pages": urlset(*names),
        "index": "".join(["<sitemapindex>", *(f"<sitemap><loc>{name}</loc></sitemap>" for name in names)]),
        "lines": "\n".join(names),
    }[kind]
    cut = read(body, max_urls=4)
    assert [*(entry.url for entry in cut.urls), *cut.sitemaps] == names[:4]
    assert cut.is_truncated
    whole = read(body, max_urls=10)
    assert len(whole.urls) + len(whole.sitemaps) == 10
    assert not whole.is_truncated


@pytest.mark.parametrize("is_packed", [False, True])
def test_bytes_are_counted_after_decompression_and_half_a_url_is_none(is_packed: bool) -> None:  # noqa: FBT001 — a column of the table
    names = [f"http://a/{number:05}" for number in range(1_000)]
    for body in (urlset(*names), "\n".join(names)):
        data = gzip.compress(body.encode()) if is_packed else body.encode()
        for max_bytes in (900, 905, 910, 915):
            cut = read(data, max_bytes=max_bytes)
            assert cut.is_truncated
            assert 10 < len(cut.urls) < 100
            assert [entry.url for entry in cut.urls] == names[: len(cut.urls)]


def test_a_body_of_exactly_the_cap_was_cut_as_far_as_anyone_can_tell() -> None:
    body = b"http://a/\nhttp://half"
    assert read(body, max_bytes=len(body)) == Sitemap(urls=(SitemapEntry("http://a/"),), is_truncated=True)
    assert len(read(body, max_bytes=len(body) + 1).urls) == 2


def test_a_location_of_many_kilobytes_is_passed_over() -> None:
    long = "http://a/" + "x" * 20_000
    assert urls_of(urlset(long, "http://b/")) == ["http://b/"]
    assert urls_of(f"{long}\nhttp://b/") == ["http://b/"]
    assert urls_of(f"<feed><entry><link href='{long}'/></entry><entry><link href='http://b/'/></entry></feed>") == [
        "http://b/"
    ]


# --- What a hostile file may cost ----------------------------------------------------------------------------------


def packed(unit: bytes, total_bytes: int) -> bytes:
    """Gzip of `unit` over and over, made without holding it."""
    block = unit * (MEGABYTE // len(unit))
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(block) for _ in range(total_bytes // len(block))]
    return b"".join([*pieces, packer.flush()])


def laughs(definition: str) -> str:
    lines = [definition.format(number, (f"&a{number - 1};" if number else "ha") * 10) for number in range(20)]
    return f"<!DOCTYPE urlset [{''.join(lines)}]>"


START = b"<urlset><url><loc>"
SMALL_CAP = 16 * MEGABYTE

HOSTILE = {
    "gzip bomb of spaces": lambda: packed(b" ", 200 * MEGABYTE),
    "gzip bomb of zeros": lambda: packed(b"\x00", 200 * MEGABYTE),
    "gzip bomb of URLs": lambda: packed(b"http://a/\n", 200 * MEGABYTE),
    "gzip bomb of open tags": lambda: packed(b"<a>", 200 * MEGABYTE),
    "gzip bomb of empty pages": lambda: packed(b"<url></url>", 200 * MEGABYTE),
    "gzip bomb in gzip": lambda: gzip.compress(packed(b" ", 200 * MEGABYTE)),
    "gzip bomb in gzip in gzip": lambda: gzip.compress(gzip.compress(packed(b" ", 200 * MEGABYTE))),
    "thousands of gzip members": lambda: gzip.compress(b"") * 100_000,
    "deep nesting": lambda: b"<url>" * 3_000_000,
    "a comment without end": lambda: START + b"<!--" + b"x" * SMALL_CAP,
    "a section without end": lambda: START + b"<![CDATA[" + b"x" * SMALL_CAP,
    "an attribute without end": lambda: b'<urlset a="' + b"x" * SMALL_CAP,
    "a million attributes": lambda: b"<urlset " + b" ".join(b'a%d="1"' % number for number in range(1_000_000)),
    "a name without end": lambda: b"<" + b"x" * SMALL_CAP,
    "a location without end": lambda: START + b"x" * SMALL_CAP,
    "a line without end": lambda: b"http://" + b"x" * SMALL_CAP,
    "nothing but ampersands": lambda: START + b"&" * SMALL_CAP,
    "nothing but errors": lambda: b"<urlset>" + b"<a b/>" * 2_000_000,
    "a document type without end": lambda: b"<!DOCTYPE a [" + b"<!ENTITY a 'x'>" * 1_000_000,
    "tags of all names": lambda: b"<urlset>" + b"".join(b"<a%d/>" % number for number in range(1_500_000)),
    "billion laughs": lambda: laughs('<!ENTITY a{} "{}">').encode() + urlset("&a19;").encode(),
    "billion laughs behind a comment": lambda: (
        laughs('<!ENTITY a{} "{}">').encode() + b"<!-- <![CDATA[ -->" + urlset("&a19;").encode()
    ),
    "billion laughs in parameters": lambda: laughs('<!ENTITY % a{} "{}">%a19;').encode() + urlset("x").encode(),
    "quadratic entities": lambda: (
        b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 500_000 + b'">]><urlset><url><loc>' + b"&a;" * 500_000
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_takes_much_time_or_memory(make) -> None:
    body = make()
    started = time.process_time()
    read(body, max_urls=1_000, max_bytes=SMALL_CAP)
    # Measured: 0.5 s for the worst, on a slow machine.
    assert time.process_time() - started < 5
    tracemalloc.start()
    try:
        sitemap = read(body, max_urls=1_000, max_bytes=SMALL_CAP)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8 * MEGABYTE
    assert all(len(entry.url) < 20_000 for entry in sitemap.urls)


def test_a_file_that_says_much_and_names_nothing_is_read_to_a_point() -> None:
    for nothing in ("<url></url>", "<a/>", "<url>&amp;</url>"):
        sitemap = read("<urlset>" + nothing * 200_000 + urlset("http://a/"), max_urls=100, max_bytes=SMALL_CAP)
        assert sitemap == Sitemap(is_truncated=True)


def test_tags_open_beyond_reason_end_the_reading() -> None:
    sitemap = read(urlset("http://a/").replace("</urlset>", "<b>" * 300))
    assert sitemap == Sitemap(urls=(SitemapEntry("http://a/"),), problem="broken: nested too deep")


def test_entities_of_the_document_are_text_and_nothing_is_fetched_for_it() -> None:
    body = (
        '<!DOCTYPE urlset SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY file SYSTEM "file:///etc/passwd">'
        '<!ENTITY own "http://own/">]>' + urlset("&file;", "&own;", "http://a/")
    )
    assert urls_of(body) == ["&file;", "&own;", "http://a/"]
    # Where a comment makes the mending believe in a section that is none, the parser's own settings hold.
    fooled = body.replace("]>", "]><!-- <![CDATA[ -->")
    assert "root:" not in str(read(fooled))
    assert "http://a/" in urls_of(fooled)


# --- Properties ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=600), st.one_of(st.none(), st.text(max_size=40)))
def test_no_bytes_raise(body: bytes, content_type: str | None) -> None:
    for data in (body, gzip.compress(body), b"\x1f\x8b" + body, b"<urlset><url><loc>" + body):
        sitemap = read(data, content_type=content_type, max_urls=5, max_bytes=500)
        assert len(sitemap.urls) <= 5


markup = st.lists(
    st.sampled_from(
        ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "<sitemap>", "</sitemap>", "<item>", "</item>",
         "<link>", "<link href='http://h/'/>", "<link hreflang='x' href='http://x/'/>", "<guid>", "<lastmod>", "2024",
         "<![CDATA[", "]]>", "<!--", "-->", "&", "&amp;", "&#0;", "<", ">", "http://a/", "http://b/", "<?xml?>", " ",
         "\n", "<!DOCTYPE a>", "\x00", "\ufffe", "<x:url>", "<entry>", "</entry>", "<br/>"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(markup, st.integers(min_value=0, max_value=4))
def test_likely_markup_is_read_the_same_twice_within_the_cap(body: str, max_urls: int) -> None:
    first = read(body, max_urls=max_urls)
    assert first == read(body, max_urls=max_urls)
    assert len(first.urls) <= max_urls
    assert len(first.sitemaps) <= max_urls
    assert all(entry.url == entry.url.strip() != "" for entry in first.urls)


@given(st.lists(st.text(alphabet="abc/?&=é%", min_size=1, max_size=12), unique=True, max_size=30))
def test_what_is_written_correctly_is_read_back(paths: list[str]) -> None:
    names = [f"http://a/{path}" for path in paths]
    escaped = [name.replace("&", "&amp;") for name in names]
    assert urls_of(urlset(*escaped)) == names
    assert urls_of("\n".join(names)) == names
    assert urls_of(gzip.compress(urlset(*(f"<![CDATA[{name}]]>" for name in names)).encode())) == names

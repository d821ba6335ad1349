from html import escape
from urllib.parse import urlsplit

import pytest

from backlinks.demo import InventedWeb
from storage import LinkKind, Outcome, StopReason

PORT = 8765
LINDENHOF = "xn--bckerei-lindenhof-qqb.test"


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


ENCODED = [
    ("fromagerie-du-col.test", "/", "windows-1252", "text/html; charset=iso-8859-1", "l’été à l’alpage"),
    ("hoshi-coffee.test", "/", "shift_jis", "text/html", "豆の表と能書き"),
    ("ridgewalker.test", "/postcards/hangzhou", "utf-8", "text/html; charset=gb2312", "杭州"),
    ("ridgewalker.test", "/postcards/lisboa", "utf-8-sig", "text/html; charset=iso-8859-1", "São Tomé"),
    ("ridgewalker.test", "/postcards/tromso", "utf-8", "text/html", "Tromsø"),
]


@pytest.mark.parametrize("case", ENCODED, ids=lambda case: case[0] + case[1])
def test_bytes_and_claims_may_differ(web, pages, case):
    host, path, encoding, content_type, words = case
    answer = web.answer(host, path, {})
    assert dict(answer.headers)["Content-Type"] == content_type
    assert words in answer.body.decode(encoding)
    assert pages[url(host, path)].outcome is Outcome.OK


def test_no_sound_reader_takes_the_mislabelled_page_for_what_it_says(web):
    body = web.answer("ridgewalker.test", "/postcards/hangzhou", {}).body
    with pytest.raises(UnicodeDecodeError):
        body.decode("gb2312")


def test_a_name_outside_ascii_is_written_both_ways_and_counted_once(web, links):
    linking = {one.source for one in links if urlsplit(one.target).hostname == LINDENHOF}
    written = [web.answer(urlsplit(one).hostname, urlsplit(one).path, {}).body for one in linking]
    assert any("bäckerei-lindenhof.test:8765".encode() in body for body in written)
    assert any(LINDENHOF.encode() in body for body in written)
    assert not [one for one in links if "ä" in one.target]


def test_a_path_outside_ascii_is_canonical_in_percent_encoding(web, pages):
    assert pages[url(LINDENHOF, "/brot/r%C3%B6stzwiebelbrot%20gro%C3%9F")].outcome is Outcome.OK
    assert "/brot/röstzwiebelbrot groß".encode() in web.answer(LINDENHOF, "/", {}).body


def test_an_image_map_gives_area_links(links):
    areas = [one for one in links if one.kind is LinkKind.AREA]
    assert [one.anchor_text for one in areas] == ["Shelf 1", "Shelf 2", "Shelf 3", "Shelf 4"]


def test_old_pages_have_a_base_elsewhere_and_unquoted_attributes(web):
    host = web.world.hosts["grandpas-radios.test"]
    bodies = [web.answer(host.name, path, {}).body for path in host.content]
    assert sum(b'<base href="' in body for body in bodies) == 2
    assert sum(b" HREF=/" in body for body in bodies) >= 3


CANONICALS = [
    ("sourdough-school.test", "ada-bakes.quillpad.test"),  # an article copied from another host
    ("docs.stonebridge.test", "docs.stonebridge.test"),  # print versions
]


@pytest.mark.parametrize(("host", "original"), CANONICALS)
def test_copies_name_their_original(pages, host, original):
    named = {
        urlsplit(expected.declared_canonical).hostname
        for address, expected in pages.items()
        if urlsplit(address).hostname == host and expected.declared_canonical
    }
    assert named == {original}


def test_a_meta_refresh_is_read_and_leads_on(web, pages):
    document = web.world.hosts["clockmuseum.test"].content["/visit/opening-hours-2009"]
    assert pages[url(*document.place)].outcome is Outcome.OK
    assert pages[url(*document.refresh)].outcome is Outcome.OK
    assert b'http-equiv="refresh"' in web.answer(*document.place, {}).body


@pytest.mark.parametrize(
    ("host", "noindex", "nofollow"),
    [
        ("gadget-gazette.test", True, True),
        ("best-of-brackwater.test", False, True),
        ("valley-directory.test", True, True),
        ("fiddle-and-bow.test", True, False),
    ],
)
def test_directives_of_page_and_header_decide_what_is_followed(web, pages, host, noindex, nofollow):
    page = web.world.page(host, 3).place
    expected = pages[url(*page)]
    assert (expected.noindex, expected.nofollow) == (noindex, nofollow)
    partner = pages[url(host, "/partners/vouched-by-nobody")]
    assert (partner.stop is StopReason.NOFOLLOW) is nofollow


def test_links_to_the_page_itself_are_links(links):
    assert [one for one in links if one.anchor_text == "Back to top" and one.source == one.target]


def test_names_are_mentioned_on_pages_that_do_not_link_to_them(web):
    hosts = {laid.site.brand: laid.host.name for laid in web.world.sites.values()}
    documents = [one for laid in web.world.sites.values() for one in laid.documents if one.mentions]
    assert len(documents) > 20
    for document in documents:
        name = document.mentions[0]
        said = f"People at {escape(name)} told us"
        assert said in web.answer(*document.place, {}).body.decode(document.charset.actual)
        assert hosts[name] not in {one.target.host for one in document.references}

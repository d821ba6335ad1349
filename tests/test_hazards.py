"""Markup for which the parser alone would need minutes or gigabytes. The bounds are for a slow machine."""

import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.extract import extract_page
from crawler.hazards import MAX_ATTRIBUTES, MAX_DEPTH, tamed
from tests.timing import cpu_seconds

SIZE = 2_000_000


def filled(piece):
    return piece * (SIZE // len(piece))


FONTS = "".join(f"<font a{number}>" for number in range(70_000))
FORMATTING = "<b><i><u><s><em><tt><big><code><small><strong><strike><font>" * 3
HOSTILE = {
    # nesting
    "div": filled("<div>"),
    "div, closed": "<div>" * 150_000 + "</div>" * 150_000,
    "lists": filled("<ul><li>"),
    "forms": filled("<form><div>"),
    "unknown elements": filled("<x-y>"),
    "shapes outside a picture": filled("<path/>"),
    "pictures": filled("<svg>"),
    "tables": filled("<table><tr><td>"),
    "templates": filled("<template>"),
    "links in boxes": filled("<a href=x><object>"),
    "links that break their boxes": filled("<a href=x><div>"),
    "frames": filled("<frame"),
    "framesets": filled("<frameset>"),
    "choices": filled("<select><option>"),
    "mathematics": filled("<math><mi><p>"),
    # formatting that is repeated in every block
    "fonts": f"<div>{FONTS}</div>" + "<div>x</div>" * 70_000,
    "fonts in a small page": f"<div>{FONTS[:12_000]}</div>" + "<div>x</div>" * 1_500,
    "fonts with ends that end nothing": filled("<font a=1><object></font></object><p>x</p>"),
    "formatting without attributes": f"<div>{FORMATTING}</div>" + "<p>x</p>" * 150_000,
    # attributes
    "attributes": "<a href=x " + " ".join(f"a{number}=1" for number in range(200_000)) + ">t</a>",
    "attributes with tag ends in quotes": "<a href=x "
    + " ".join(f'a{number}=">"' for number in range(150_000))
    + ">t</a>",
    "attributes with tags in quotes": "<a href=x "
    + "".join(f'a{number}="<b>"' for number in range(130_000))
    + ">t</a>",
    "attributes between slashes": "<a href=x/" + "/".join(f"a{number}" for number in range(250_000)) + ">t</a>",
    "attributes that begin with =": "<a href=x " + " ".join(f"=a{number}" for number in range(200_000)) + ">t</a>",
    # quotes and ends that never come
    "open quotes": filled('<a "'),
    "open quotes of both kinds": filled("<a '\""),
    "open tags": filled("<"),
    "open tags with names": filled("<b"),
    "open links": filled("<a<a"),
    "spaces": "<a " + " " * SIZE,
    "equals": "<a " + "=" * SIZE,
    "open font": filled("<font "),
    "comments": filled("<!--"),
    "ends": filled("</"),
    "ampersands": filled("&"),
    "one attribute": '<a href="' + "x" * SIZE + '">t</a>',
    "one word": "<a href=x>" + "x" * SIZE,
    "one class": '<div class="' + "nav-" * (SIZE // 4) + '"><a href=x>t</a></div>',
    "one rel": '<a href=x rel="' + "a " * (SIZE // 2) + '">t</a>',
    # mere numbers
    "links": filled("<a href=x>y"),
    "paragraphs": filled("<p>"),
    "titles": filled("<title>x</title>"),
    "canonical links among text": "<p>x" + filled("<link rel=canonical href=x>"),
    "metas": filled("<meta name=robots content=noindex>"),
    "scripts": filled("<script></script>"),
    "zeros": filled("\0"),
    "pages in frames": filled("<iframe srcdoc='<a href=x>'></iframe>"),
    "pictures in links": filled("<a href=x><object><img alt=x>"),
    "links around everything": filled("<a href=x><object><i></i><i></i><i></i>"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_two_hostile_megabytes_are_read_in_bounded_time_and_memory(name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = cpu_seconds(
        extract_page, HOSTILE[name], max_links=5_000, max_text_characters=2_000, max_link_text_characters=60, domain="x"
    )
    grown_megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    assert seconds < 8
    assert grown_megabytes < 700


def depth_of(markup):
    node = LexborHTMLParser(markup).css_first("a")
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += 1
    return depth


def test_what_is_nested_too_deep_is_flattened_and_its_links_are_kept():
    markup = b"<div>" * 6_000 + b"<a href=x>t</a>" + b"</div>" * 6_000
    assert depth_of(tamed(markup)) <= MAX_DEPTH + 3
    assert extract(markup.decode()).links[0].href == "x"


def test_containers_beside_the_deep_ones_keep_their_places():
    markup = "<div>" * 6_000 + "</div>" * 6_000 + "<nav><a href=x>t</a></nav>"
    assert extract(markup).links[0].placement.name == "NAV"


def test_a_page_with_many_tags_and_little_nesting_is_left_alone():
    markup = b"<ul>" + b"<li><div><p><a href=x>t</a></p></div></li>" * 5_000 + b"</ul>"
    assert tamed(markup) == markup


def test_formatting_goes_only_where_it_could_be_repeated_too_often():
    many = b"<p>x</p>" * 2_000
    assert tamed(b"<b>" * 70 + many) == b"<b>" * 70 + many
    assert tamed(b"<b>1</b><i class='x'>2</i>" * 70 + many) == b"12" * 70 + many


def test_formatting_goes_without_touching_longer_names():
    markup = b"<body><base><button><bdo><br><span><section><sup><iframe><img><ins>" * 200
    assert tamed(b"<b>" * 1_000 + markup).replace(b"<b>", b"") == markup


def test_an_endless_tag_is_ended_and_begins_as_it_did():
    markup = b"<a href=/x " + b" ".join(b"a%d" % number for number in range(4 * MAX_ATTRIBUTES)) + b">t</a>"
    page = extract(tamed(markup + b" " * 200_000).decode())
    assert [link.href for link in page.links] == ["/x"]


def test_a_long_tag_in_a_script_costs_no_link_behind_it():
    script = "<script>document.write('<a href=\"' + x + '\" ' + \"" + "y = 1; " * 20_000 + "</script>"
    page = extract(script + "<a href=/x>t</a>" * 10)
    assert [link.href for link in page.links] == ["/x"] * 10


def extract(markup):
    return extract_page(markup, max_links=100, max_text_characters=0, max_link_text_characters=0)


@given(st.binary(max_size=300))
def test_small_pages_are_never_touched(markup):
    assert tamed(markup) is markup

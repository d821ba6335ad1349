"""Every spelling of a place must mean that place; urllib's join is the judge where it follows the standard."""

import re
from urllib.parse import quote, unquote, urldefrag, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.demo.hrefs import spell_place, url_of
from backlinks.demo.model import Place, Spelling

PORT = 8765
BASE = Place("a.test", "/deep/er/page.html")
PATHS = [
    "/",
    "/x",
    "/deep/",
    "/deep/er/",
    "/deep/er/page.html",
    "/deep/er/page.html?print=1&lang=en",
    "/wiki/A:b",
    "/a/b/c/",
]

WRITTEN = [
    (Spelling.ABSOLUTE, "http://a.test:8765/x?q=1"),
    (Spelling.ROOTED, "/x?q=1"),
    (Spelling.RELATIVE, "../../x?q=1"),
    (Spelling.SCHEMELESS, "//a.test:8765/x?q=1"),
    (Spelling.FRAGMENT, "http://a.test:8765/x?q=1#section-2"),
    (Spelling.TRACKED, "http://a.test:8765/x?q=1&fbclid=IwAR0x7Qk&utm_medium=email"),
    (Spelling.SHOUTED, "HTTP://A.TEST:8765/x?q=1"),
    (Spelling.DOTTED, "/./elsewhere/../x?q=1"),
    (Spelling.PADDED, "\n   http://a.test:8765/x?q=1\t "),
    (Spelling.HERE, "#top"),
]


@pytest.mark.parametrize(("spelling", "href"), WRITTEN)
def test_a_place_is_spelled(spelling, href):
    assert spell_place(Place("a.test", "/x?q=1"), spelling, BASE, PORT) == href


def test_every_spelling_is_shown():
    assert {spelling for spelling, _ in WRITTEN} == set(Spelling) - {Spelling.UNICODE}


def meant(href, base=BASE):
    """What a browser takes an href to mean, tracking parameters dropped."""
    absolute = urldefrag(urljoin(url_of(base, PORT), href.strip())).url
    absolute = re.sub(r"[?&](?:utm_\w+|fbclid|gclid)=[^&]*", "", absolute)
    scheme, _, rest = absolute.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{authority.lower()}{slash}{quote(unquote(path), safe='/?=&:')}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("spelling", sorted(set(Spelling) - {Spelling.HERE}))
@pytest.mark.parametrize("base", [BASE, Place("a.test", "/"), Place("b.test", "/")])
def test_every_spelling_means_its_place(spelling, path, base):
    target = Place("a.test", path)
    assert meant(spell_place(target, spelling, base, PORT), base) == url_of(target, PORT)


SEGMENTS = st.lists(st.from_regex(r"[a-z0-9:_-]{1,6}", fullmatch=True), max_size=5)


@given(SEGMENTS, SEGMENTS, st.booleans(), st.booleans())
def test_relative_references_lead_back_from_anywhere(target, base, target_ends, base_ends):
    to, start = (
        Place("a.test", "/" + "/".join(segments) + ("/" if ends and segments else ""))
        for segments, ends in ((target, target_ends), (base, base_ends))
    )
    href = spell_place(to, Spelling.RELATIVE, start, PORT)
    assert urljoin(url_of(start, PORT), href) == url_of(to, PORT)


def test_a_unicode_spelling_is_what_a_person_types():
    target = Place("xn--bckerei-lindenhof-qqb.test", "/r%C3%B6sti")
    assert spell_place(target, Spelling.UNICODE, BASE, PORT) == "http://bäckerei-lindenhof.test:8765/rösti"


def test_the_default_port_is_left_out():
    assert url_of(Place("a.test", "/"), 80) == "http://a.test/"

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.extract_tags import COMMENT, TEXT, tag_id, tag_ids
from crawler.placement import _ELEMENTS
from crawler.surroundings import _BREAK, _INLINE, _WORDLESS

LAST_NUMBER_OF_HTML = 1_000
"""Well above the parser's last; the numbers of elements it does not know are addresses."""


@pytest.mark.parametrize("name", ["a", "br", "nav", "main", "svg", "img", "acronym", "nobr", "tt", *_ELEMENTS])
def test_an_element_has_the_same_number_in_every_document(name):
    for markup in (f"<{name}>x</{name}>", f"<p><div>text</div><x-tag></x-tag><{name.upper()} class=y>"):
        node = LexborHTMLParser(markup).css_first(name)
        assert node.tag_id == tag_id(name) < LAST_NUMBER_OF_HTML


def test_text_and_comments_have_numbers_of_their_own():
    nodes = list(LexborHTMLParser("one<!-- two --><b>three</b>").body.iter(include_text=True))
    assert [node.tag_id for node in nodes] == [TEXT, COMMENT, tag_id("b")]


@pytest.mark.parametrize("numbers", [_INLINE, _WORDLESS, {_BREAK}])
def test_the_elements_that_are_told_apart_are_all_known_to_the_parser(numbers):
    assert max(numbers) < LAST_NUMBER_OF_HTML


def test_different_names_have_different_numbers():
    assert len(tag_ids(_ELEMENTS)) == len(_ELEMENTS)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.surroundings import words_around
from tests.timing import cpu_seconds


def around(markup, max_characters=60):
    return words_around(LexborHTMLParser(markup).css_first("a"), max_characters)


@pytest.mark.parametrize(
    ("markup", "before", "after"),
    [
        ("<p>left words <a>x</a> right words</p>", "left words", "right words"),
        ("<p><a>x</a></p>", "", ""),
        ("left <a>x</a> right", "left", "right"),
        # inline neighbours and parents belong to the sentence
        ("<p>very <b>left</b> <a>x</a>, <i>right</i> it is</p>", "very left", ", right it is"),
        ("<p>one <em>two <span><a>x</a></span> three</em> four</p>", "one two", "three four"),
        ("<p>l <a>x</a> and <a>another</a> r</p>", "l", "and another r"),
        ("<p>first<br>second <a>x</a><br>third</p>", "first second", "third"),
        # the block is the end
        ("<p>far</p><p><a>x</a></p><p>far</p>", "", ""),
        ("<div>far<p>far</p>near <a>x</a> near<div>far</div>far</div>", "near", "near"),
        ("<ul><li>far<li>l <a>x</a> r<li>far</ul>", "l", "r"),
        ("<td>far<td>l <a>x</a> r<td>far", "farl", "rfar"),  # without a table there are no cells
        ("<table><td>far<td>l <a>x</a> r<td>far</table>", "l", "r"),
        # what nobody reads
        ("<p>l<!-- no --> <img alt=no><a>x</a><svg><title>no</title></svg> r</p>", "l", "r"),
        ("<p>l <noscript>no</noscript><a>x</a> r</p>", "l", "r"),
        ("<p>  l \n\t l <a>x</a>\u00a0r  r </p>", "l l", "r r"),
    ],
)
def test_the_words_around_a_link(markup, before, after):
    assert around(markup) == (before, after)


@pytest.mark.parametrize(
    ("width", "before", "after"),
    [(100, "one two three", "four five six"), (13, "one two three", "four five six"), (9, "two three", "four five"),
     (8, "three", "four"), (5, "three", "four"), (3, "ree", "fou"), (1, "e", "f")],
)  # fmt: skip
def test_they_are_cut_at_a_word_where_there_is_one(width, before, after):
    assert around("<p>one two three <a>x</a> four five six</p>", width) == (before, after)


def test_long_neighbours_are_read_from_the_near_end():
    far = "far " * 10_000
    assert around(f"<p>{far}near <a>x</a> near {far}</p>", 10) == ("far near", "near far")


@given(st.text(max_size=50), st.text(max_size=50), st.integers(1, 60))
def test_any_words_stay_within_the_width(left, right, width):
    before, after = around(f"<p>{left}<a>x</a>{right}</p>", width)
    assert len(before) <= width
    assert len(after) <= width
    assert before == " ".join(before.split())
    assert after == " ".join(after.split())


def test_a_million_neighbours_cost_no_more_than_a_few():
    node = LexborHTMLParser("<p>" + "<b></b>" * 500_000 + "<a>x</a>" + "<b></b>" * 500_000).css_first("a")
    assert cpu_seconds(words_around, node, 60) < 0.05

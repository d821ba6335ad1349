import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.reports import AnchorClass, AnchorJudge

JUDGE = AnchorJudge("alder-moor.test", brands=["Aldermoor Courier"], keywords=["running shoes", "Łódź news", "shoes"])

CASES = [
    # what carries the link comes first
    ("Running shoes", 1, "image"),
    ("", 1, "image"),
    ("", 0, "empty"),
    ("  \u00a0 ", 0, "empty"),
    # addresses
    ("https://alder-moor.test/x", 0, "naked url"),
    ("www.example.org", 0, "naked url"),
    ("alder-moor.test", 0, "naked url"),
    ("example.org:8080/a?b", 0, "naked url"),
    ("e.g. this", 0, "other"),
    # words that say nothing
    ("Click here", 0, "generic"),
    ("READ MORE »", 0, "generic"),
    ("więcej", 0, "generic"),
    ("aquí", 0, "generic"),
    # keywords, in any case, with any spaces and accents
    ("running shoes", 0, "exact"),
    ("RUNNING \n Shoes", 0, "exact"),
    ("lodz news", 0, "exact"),
    ("buy running shoes today", 0, "partial"),
    ("shoeshine", 0, "other"),
    # the brand, however spelled
    ("Alder-Moor", 0, "branded"),
    ("the ALDERMOOR courier", 0, "branded"),
    ("Aldermoor running shoes", 0, "compound"),
    # anything else
    ("a history of bridges", 0, "other"),
]


@pytest.mark.parametrize(("text", "is_image", "expected"), CASES)
def test_words_are_classed_by_the_first_rule_that_fits(text, is_image, expected):
    assert JUDGE(text, is_image) == expected


@given(st.text(max_size=200), st.integers(0, 1))
def test_every_text_has_a_class(text, is_image):
    assert JUDGE(text, is_image) in set(AnchorClass)


def test_without_brand_and_keywords_the_domain_itself_is_the_brand():
    judge = AnchorJudge("shoes.test")
    assert judge("Shoes", 0) == "branded"
    assert judge("boots", 0) == "other"


def test_an_ampersand_is_an_and():
    assert AnchorJudge("crumb-and-ember.test")("Crumb & Ember", 0) == "branded"


@pytest.mark.parametrize("text", ["a." * 50_000, "-" * 100_000, "www." + "a" * 100_000 + " ", "a-" * 50_000 + "!"])
def test_a_long_text_is_judged_at_once(text):
    began = time.process_time()
    AnchorJudge("x.test")(text, 0)
    assert time.process_time() - began < 1

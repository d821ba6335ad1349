import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.reports.relevance import Relevance, cosine, unpacked, words_of

PAGES = [("menu home garden", None), ("menu home shoes", zlib.compress(b"leather shoes")), ("menu home river", None)]


def test_pages_on_one_topic_are_more_alike_than_pages_on_two():
    relevance = Relevance(PAGES)
    shoes = relevance("Leather shoes", None, "Mending shoes", zlib.compress(b"of leather"), "")
    river = relevance("A river walk", None, "Mending shoes", zlib.compress(b"of leather"), "")
    assert shoes > 0.5
    assert river == 0


def test_words_that_every_page_has_count_for_little():
    relevance = Relevance(PAGES * 50)
    menu = relevance("menu home pie", None, "menu home lamp", None, "")
    assert menu < 0.25 < relevance("pie lamp", None, "pie lamp cup", None, "")


def test_the_words_around_the_link_and_the_keywords_count():
    assert Relevance(PAGES)("x", None, "shoes", None, "best shoes ever") > 0
    assert Relevance(PAGES, keywords=["shoes"])("shoes", None, "", None, "") > 0


def test_nothing_known_of_the_target_is_not_zero_but_unknown():
    assert Relevance(PAGES)("shoes", None, "", None, "") is None


def test_accents_and_case_do_not_matter():
    assert words_of("Łódź ÉCOLE") == words_of("lodz ecole")


@pytest.mark.parametrize("packed", [None, b"", b"no zlib", zlib.compress(b"\xff\xfe")[:-3]])
def test_damaged_text_is_no_text(packed):
    assert isinstance(unpacked(packed), str)


def test_a_bomb_is_not_unpacked():
    began = time.process_time()
    assert len(unpacked(zlib.compress(b"a" * 200_000_000, 9))) <= 1_000_000
    assert time.process_time() - began < 2


VECTORS = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 100), max_size=6)


@given(VECTORS, VECTORS)
def test_the_cosine_is_a_share_and_the_same_both_ways(one, other):
    assert cosine(one, other) == pytest.approx(cosine(other, one))
    assert 0 <= cosine(one, other) <= 1.0000001
    assert not one or cosine(one, one) == pytest.approx(1)

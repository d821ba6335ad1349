"""Bounded memory of what was met lately, and the packed number of a URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.recent import ID_SHIFT, MAX_DEPTH_STORED, KnownUrl, RecentMap, pack_known, unpack_known


@given(st.integers(1, 2**40), st.integers(0, MAX_DEPTH_STORED), st.integers(0, 63))
def test_what_is_packed_comes_out_again(url_id, depth, stop):
    packed = pack_known(url_id, depth, stop)
    assert unpack_known(packed) == KnownUrl(url_id, depth, stop)
    assert packed >> ID_SHIFT == url_id


def test_a_depth_beyond_the_largest_is_the_largest():
    assert unpack_known(pack_known(7, 5_000, 3)) == KnownUrl(7, MAX_DEPTH_STORED, 3)


def test_what_was_met_lately_is_remembered_and_the_rest_named_in_order():
    recent = RecentMap(100)
    recent["a"], recent["c"] = 1, 3
    assert recent.find(["d", "a", "b", "c"]) == ({"a": 1, "c": 3}, ["d", "b"])


def test_memory_is_bounded():
    recent = RecentMap(10)
    for number in range(1_000):
        recent[str(number)] = number + 1
    found, _ = recent.find([str(number) for number in range(1_000)])
    assert 5 <= len(found) <= 10


@pytest.mark.parametrize("ask", [RecentMap.get, lambda recent, key: recent.find([key])])
def test_what_is_asked_for_again_and_again_stays(ask):
    recent = RecentMap(10)
    recent["kept"] = 1
    for number in range(1_000):
        recent[str(number)] = number + 1
        if number % 3 == 0:
            ask(recent, "kept")
    assert recent.get("kept") == 1
    assert recent.get("0") is None

import math

import pytest

from backlinks.wording import counts, duration, moment, plural, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (45, "45 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3_600, "1 h"),
        (12_059, "3 h 20 min"),
        (86_400, "1 d"),
        (187_200, "2 d 4 h"),
        (86_400 * 12_345, "12,345 d"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (1_700_000_000.9, "2023-11-14 22:13:20 UTC"),
        (-1, "1970-01-01 00:00:00 UTC"),
        (math.inf, "9999-12-31 23:59:59 UTC"),
    ],
)
def test_a_moment_is_in_utc_and_a_nonsense_one_does_not_fail(seconds, words):
    assert moment(seconds) == words


@pytest.mark.parametrize(
    ("byte_count", "words"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 KB"), (180_224, "180.2 KB"), (5e6, "5.0 MB"), (12_345e9, "12,345.0 GB")],
)
def test_a_size_has_a_unit(byte_count, words):
    assert size(byte_count) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 pages"), (1, "1 page"), (1_234, "1,234 pages")])
def test_one_is_singular(number, words):
    assert plural(number, "page") == words


def test_counts_stand_largest_first():
    assert counts([("b", 2), ("a", 2), ("c", 1_000)]) == "c 1,000, a 2, b 2"
    assert counts([]) == ""

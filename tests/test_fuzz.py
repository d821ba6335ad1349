"""The fuzz targets of `make fuzz`, driven by hypothesis for a moment: each still runs, holds, and can fail.

Their bounds are in processor time, so that a busy machine fails nothing.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.__main__ import NAMES, SEEDS
from fuzz.targets import TARGETS, within_time

RULES = settings(max_examples=60)


def pieces_of(name):
    """Likely input: whole seeds, their halves and words, in any order, with any bytes between."""
    words = [word for seed in SEEDS[name] for word in (seed, seed[: len(seed) // 2], *seed.split())]
    return st.lists(st.sampled_from(words) | st.binary(max_size=6), max_size=12).map(b"".join)


def test_every_target_has_seeds_and_is_run():
    assert set(NAMES) == set(SEEDS) == set(TARGETS)
    assert len(NAMES) == 7


@pytest.mark.parametrize("name", NAMES)
def test_the_seeds_of_a_target_pass(name):
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", NAMES)
def test_likely_and_unlikely_bytes_pass(name):
    @RULES
    @given(pieces_of(name) | st.binary(max_size=200))
    def holds(data):
        TARGETS[name](data)

    holds()


def test_what_takes_too_long_fails(monkeypatch):
    monkeypatch.setattr("fuzz.targets.MOST_SECONDS", 0.0)
    with pytest.raises(AssertionError, match="slow"):
        within_time(len)(b"slow")


@pytest.mark.parametrize(
    ("target", "function", "seed"),
    [
        ("url", "fuzz.targets.URLS", b"http://a/"),
        ("robots", "fuzz.targets.parse_robots", b"/\nUser-agent: *"),
        ("extraction", "fuzz.targets.extract_page", b"<a href=x>"),
    ],
)
def test_a_second_pass_that_differs_fails(monkeypatch, target, function, seed):
    monkeypatch.setattr(function, Changing())
    with pytest.raises(AssertionError):
        TARGETS[target](seed)


class Changing:
    """Stands for a parser, and says something else each time."""

    def __getattr__(self, _name):
        return self

    def __call__(self, *_args, **_options):
        return Changing()

    def __len__(self):
        return 0

    def isascii(self):
        return False

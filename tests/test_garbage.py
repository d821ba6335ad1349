import gc
import weakref

import pytest

from crawler.garbage import THRESHOLDS, collected_rarely


class Knot:
    def __init__(self):
        self.itself = self


def test_python_looks_for_cycles_less_often_while_a_crawl_runs_and_as_before_after_it():
    before = gc.get_threshold()
    with collected_rarely():
        assert gc.get_threshold() == THRESHOLDS
        assert THRESHOLDS[0] > before[0]
    assert gc.get_threshold() == before


def test_what_was_there_before_is_left_out_until_the_end():
    frozen_before = gc.get_freeze_count()
    with collected_rarely():
        assert gc.get_freeze_count() > frozen_before
    assert gc.get_freeze_count() == 0


def test_cycles_that_a_crawl_makes_are_still_found():
    with collected_rarely():
        knot = weakref.ref(Knot())
        for _ in range(20):
            kept = [[] for _ in range(THRESHOLDS[0])]
        assert kept
        assert knot() is None


def test_all_is_as_before_after_an_error():
    before = gc.get_threshold()
    with pytest.raises(KeyError), collected_rarely():
        raise KeyError
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_one_crawl_within_another_leaves_the_outer_ones_thresholds():
    with collected_rarely():
        with collected_rarely():
            pass
        assert gc.get_threshold() == THRESHOLDS

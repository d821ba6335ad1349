import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.budgets import DomainAccount
from crawler.host_queue import NO_ROW, HostQueue, is_pinned
from storage import FetchKind, HostClock
from tests.frontier_world import waiting


def queue(*rows, ready_at=0.0, on_disk=0):
    made = HostQueue(HostClock(host="a", ready_at=ready_at), DomainAccount("a", 0))
    made.on_disk = on_disk
    for row in rows:
        made.keep(row)
    return made


def ids(rows):
    return [row.url_id for row in rows]


def take_all(some, now):
    return [some.take(now).url_id for _ in range(some.in_memory)]


# Order.


def test_urls_come_by_depth_and_then_by_age():
    rows = [waiting(1, "a", depth=2), waiting(2, "a", depth=1), waiting(3, "a", depth=2), waiting(4, "a", depth=1)]
    random.Random(0).shuffle(rows)
    assert take_all(queue(*rows), 0.0) == [2, 4, 1, 3]


def test_a_url_whose_time_has_come_takes_its_place_among_the_others():
    some = queue(waiting(5, "a"), waiting(6, "a"))
    some.keep_for_later(waiting(1, "a", not_before=10.0))
    some.keep_for_later(waiting(9, "a", not_before=10.0))
    assert some.peek(9.0).url_id == 5
    assert take_all(some, 10.0) == [1, 5, 6, 9]


def test_a_peek_takes_nothing():
    some = queue(waiting(1, "a"))
    assert some.peek(0.0) == some.peek(0.0) == some.take(0.0)
    assert some.peek(0.0) is None


@pytest.mark.parametrize(
    ("memory", "later", "on_disk", "now", "due"),
    [
        # something in memory: when the host is
        ([1], [], 0, 0.0, 5.0),
        ([1], [99.0], 9, 0.0, 5.0),
        # only something that waits for its time
        ([], [99.0], 0, 0.0, 99.0),
        ([], [3.0], 0, 0.0, 5.0),
        ([], [99.0, 42.0], 0, 0.0, 42.0),
        # … with more on disk, which may go before
        ([], [99.0], 1, 0.0, None),
        ([], [99.0], 1, 99.0, 99.0),
        ([], [3.0], 1, 0.0, 5.0),
        # nothing in memory
        ([], [], 1, 0.0, None),
        ([], [], 0, 0.0, None),
    ],
)
def test_when_the_next_url_may_be_asked_for(memory, later, on_disk, now, due):
    some = queue(*(waiting(url_id, "a") for url_id in memory), ready_at=5.0, on_disk=on_disk)
    for url_id, moment in enumerate(later, start=100):
        some.keep_for_later(waiting(url_id, "a", not_before=moment))
    assert some.due_at(now) == due


def test_a_url_that_came_nearer_moves_up():
    some = queue(waiting(1, "a", depth=3), waiting(2, "a", depth=3))
    some.refile(waiting(2, "a", depth=1))
    assert take_all(some, 0.0) == [2, 1]


def test_a_url_that_came_no_nearer_stays():
    some = queue(waiting(1, "a", depth=3), waiting(2, "a", depth=3))
    some.refile(waiting(2, "a", depth=4))
    some.refile(waiting(7, "a", depth=0))
    assert take_all(some, 0.0) == [1, 2]


# Memory as a cache over the disk.


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (waiting(1, "a"), False),
        (waiting(1, "a", attempts=1), True),
        (waiting(1, "a", not_before=5.0), True),
        (waiting(NO_ROW, "a", kind=FetchKind.ROBOTS), True),
    ],
)
def test_what_the_disk_may_not_know_of_is_pinned(row, expected):
    assert is_pinned(row) is expected


def test_dropping_the_last_leaves_it_to_the_disk():
    some = queue(waiting(1, "a"), waiting(2, "a"))
    assert some.drop_last() == 1
    assert (ids(some.memory), some.on_disk) == ([1], 1)


def test_what_is_pinned_is_not_dropped_with_the_rest():
    some = queue(waiting(1, "a"), waiting(2, "a", attempts=1), waiting(3, "a"))
    some.keep_for_later(waiting(4, "a", not_before=9.0))
    assert some.drop_all() == 2
    assert (ids(some.memory), some.in_memory, some.on_disk) == ([2], 2, 2)
    assert some.drop_last() == 0


def test_a_host_that_is_given_up_drops_everything_and_errands_are_gone():
    some = queue(waiting(1, "a"), waiting(2, "a", attempts=1), waiting(NO_ROW, "a"))
    some.keep_for_later(waiting(4, "a", not_before=9.0))
    some.keep_for_later(waiting(NO_ROW, "a"))
    assert some.drop_all(with_pinned=True) == 5
    assert (some.in_memory, some.on_disk) == (0, 3)


def test_a_refill_takes_what_is_not_held():
    some = queue(waiting(1, "a"), on_disk=4)
    some.keep_for_later(waiting(2, "a", not_before=9.0))
    some.remember_released(3)
    some.added_late = 0
    rows = [waiting(url_id, "a") for url_id in (1, 2, 3, 4, 5)]
    assert some.take_rows(rows, now=0.0, is_all=True) == 2
    assert ids(some.memory) == [1, 4, 5]
    assert some.on_disk == 0


def test_a_row_that_moved_to_another_depth_is_still_known_by_its_id():
    some = queue(waiting(1, "a", depth=5), on_disk=1)
    some.added_late = 0
    assert some.take_rows([waiting(1, "a", depth=2)], now=0.0, is_all=True) == 0


def test_rows_for_later_do_not_stand_among_the_ready_ones():
    some = queue(on_disk=2)
    some.added_late = 0
    some.take_rows([waiting(1, "a", not_before=50.0), waiting(2, "a", not_before=5.0)], now=10.0, is_all=True)
    assert ids(some.memory) == [2]
    assert some.in_memory == 2


def test_only_a_reader_that_saw_the_end_may_say_that_nothing_is_left():
    some = queue(on_disk=1)
    some.added_late = 0
    some.take_rows([waiting(1, "a"), waiting(2, "a")], now=0.0, is_all=False)
    assert some.on_disk == 1


def test_what_came_to_disk_while_rows_were_read_still_counts():
    some = queue(on_disk=5)
    some.added_late = 0
    some.count_on_disk(2)
    some.take_rows([waiting(1, "a")], now=0.0, is_all=True)
    assert some.on_disk == 2
    some.added_late = 0
    some.take_rows([], now=0.0, is_all=True)
    assert some.on_disk == 0


# What was asked for and is not yet on record.


def test_what_was_released_is_held_until_it_is_forgotten():
    some = queue()
    some.remember_released(7)
    some.remember_released(8)
    assert some.held_ids() == {7, 8}
    assert some.held_count == 2
    some.forget([7])
    assert some.held_ids() == {8}
    some.forget([8, 99])
    assert some.released is None


def test_every_way_in_makes_a_url_known_as_held():
    some = queue(waiting(4, "a"), on_disk=2)
    some.keep_for_later(waiting(6, "a", not_before=9.0))
    some.added_late = 0
    some.take_rows([waiting(8, "a")], now=0.0, is_all=True)
    some.remember_released(2)
    assert [url_id for url_id in range(12) if some.is_held(url_id)] == [2, 4, 6, 8]


def test_forgetting_waits_while_rows_are_being_read():
    some = queue(on_disk=2)
    some.remember_released(1)
    some.added_late = 0
    some.forget([1])
    assert some.take_rows([waiting(1, "a"), waiting(2, "a")], now=0.0, is_all=True) == 1
    assert some.held_ids() == {2}


def test_forgetting_what_was_never_released_is_nothing():
    some = queue(waiting(1, "a"))
    some.forget([1, 2])
    assert some.held_ids() == {1}


def test_slow_downs_are_counted_per_url():
    some = queue()
    assert some.tries_of(waiting(1, "a", attempts=2)) == (2, 0)
    some.note_slow_down(1)
    some.note_slow_down(1)
    some.note_slow_down(2)
    assert some.tries_of(waiting(1, "a")) == (0, 2)
    assert some.tries_of(waiting(2, "a")) == (0, 1)
    assert some.tries_of(waiting(3, "a")) == (0, 0)


rows_of_any_kind = st.builds(
    waiting,
    st.integers(1, 30),
    st.just("a"),
    depth=st.integers(0, 3),
    not_before=st.sampled_from([0.0, 0.0, 5.0, 50.0]),
)


@given(st.lists(rows_of_any_kind, max_size=40, unique_by=lambda row: row.url_id), st.integers(0, 60))
def test_every_url_comes_out_once_in_order_among_those_whose_time_has_come(rows, now):
    some = queue()
    for row in rows:
        if row.not_before > now:
            some.keep_for_later(row)
        else:
            some.keep(row)
    came = []
    while some.peek(now) is not None:
        came.append(some.take(now))
    assert came == sorted((row for row in rows if row.not_before <= now), key=lambda row: (row.depth, row.url_id))
    rest = []
    while some.peek(100.0) is not None:
        rest.append(some.take(100.0))
    assert sorted(ids(came + rest)) == sorted(ids(rows))

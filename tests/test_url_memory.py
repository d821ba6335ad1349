import pytest

from crawler.budgets import DomainAccount
from crawler.due_heap import Operations
from crawler.host_queue import HostQueue
from crawler.url_memory import MAX_URLS_PER_HOST, REFILL_AHEAD_SECONDS, UrlMemory
from storage import HostClock
from tests.frontier_world import waiting


def memory(max_urls=1_000):
    return UrlMemory(max_urls, Operations())


def queue(name="a", *, on_disk=0):
    made = HostQueue(HostClock(host=name), DomainAccount(name, 0))
    made.on_disk = on_disk
    return made


def add(some, to, *url_ids, share=64, depth=1, **more):
    for url_id in url_ids:
        some.add(to, waiting(url_id, to.name, depth=depth, **more), share=share, now=0.0)


@pytest.mark.parametrize(
    ("max_urls", "hosts", "expected"),
    [
        (1_000, 0, MAX_URLS_PER_HOST),
        (1_000, 1, MAX_URLS_PER_HOST),
        (1_000, 15, MAX_URLS_PER_HOST),
        (1_000, 20, 50),
        (1_000, 1_000, 1),
        (1_000, 100_000, 1),  # never less, so that nobody starves
    ],
)
def test_a_hosts_share_shrinks_as_hosts_come(max_urls, hosts, expected):
    assert memory(max_urls).share(hosts) == expected


def test_when_memory_is_full_the_share_is_one():
    some, first = memory(10), queue()
    add(some, first, *range(1, 11))
    assert some.share(2) == 1


def test_a_url_before_which_nothing_is_on_disk_is_taken_in():
    some, first = memory(), queue()
    add(some, first, 1, 2)
    assert (some.count, first.in_memory, first.on_disk) == (2, 2, 0)


def test_a_url_behind_others_on_disk_stays_there():
    some, first = memory(), queue(on_disk=1)
    add(some, first, 2)
    assert (some.count, first.on_disk) == (0, 2)


def test_a_full_share_leaves_the_rest_to_the_disk():
    some, first = memory(), queue()
    add(some, first, *range(1, 10), share=4)
    assert (some.count, first.on_disk) == (4, 5)


def test_a_nearer_url_displaces_the_last_of_a_full_share():
    some, first = memory(), queue()
    add(some, first, 1, 2, 3, share=3, depth=2)
    add(some, first, 4, share=3, depth=1)
    assert [row.url_id for row in first.memory] == [4, 1, 2]
    assert (some.count, first.on_disk) == (3, 1)


def test_a_pinned_url_is_not_displaced():
    some, first = memory(), queue()
    some.keep(first, waiting(9, "a", depth=5, attempts=1), now=0.0)
    add(some, first, 1, share=1)
    assert (some.count, first.on_disk) == (2, 0)


def test_what_must_be_kept_is_kept_beyond_any_limit():
    some, first = memory(1), queue()
    for url_id in (1, 2, 3):
        some.keep(first, waiting(url_id, "a", not_before=9.0), now=0.0)
    assert some.count == first.in_memory == 3


def test_taking_and_dropping_are_counted():
    some, first = memory(), queue()
    add(some, first, 1, 2, 3)
    assert some.take(first, 0.0).url_id == 1
    assert some.count == 2
    some.drop(first, with_pinned=False)
    assert (some.count, first.on_disk) == (0, 2)


def test_the_hungry_are_told_by_who_is_due_first():
    some = memory()
    for name, due in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        some.want(queue(name, on_disk=1), due)
    assert some.next_due() == 1.0
    assert [hungry.host for hungry in some.hungry(2, share=64, now=0.0)] == ["a", "b"]
    assert [hungry.host for hungry in some.hungry(2, share=64, now=0.0)] == ["c"]
    assert some.next_due() is None


@pytest.mark.parametrize(("due", "is_told"), [(REFILL_AHEAD_SECONDS, True), (REFILL_AHEAD_SECONDS + 0.1, False)])
def test_whoever_is_due_much_later_is_not_hungry_yet(due, is_told):
    some = memory()
    some.want(queue(on_disk=1), due)
    assert bool(some.hungry(1, share=64, now=0.0)) is is_told


def test_a_host_with_nothing_on_disk_is_not_hungry():
    some = memory()
    some.want(queue(on_disk=0), 0.0)
    assert some.next_due() is None


def test_a_host_that_is_being_read_is_not_told_again():
    some, first = memory(), queue(on_disk=5)
    some.want(first, 0.0)
    assert len(some.hungry(1, share=64, now=0.0)) == 1
    some.want(first, 0.0)
    assert some.hungry(1, share=64, now=0.0) == []
    some.refill(first, [waiting(1, "a")], now=0.0, is_all=False)
    some.want(first, 0.0)
    assert len(some.hungry(1, share=64, now=0.0)) == 1


def test_the_reader_is_asked_for_a_share_beyond_what_is_held():
    some, first = memory(), queue(on_disk=100)
    first.remember_released(1)
    some.keep(first, waiting(2, "a", not_before=9.0), now=0.0)
    some.want(first, 0.0)
    (hungry,) = some.hungry(1, share=10, now=0.0)
    assert hungry.limit == 10 - 1 + 2
    rows = [waiting(url_id, "a") for url_id in range(1, 1 + hungry.limit)]
    some.refill(first, rows, now=0.0, is_all=False)
    assert first.in_memory == 10


def test_a_reader_is_always_asked_for_at_least_one_row_that_is_not_held():
    some, first = memory(), queue(on_disk=100)
    for url_id in range(1, 20):
        some.keep(first, waiting(url_id, "a", not_before=9.0), now=0.0)
    some.want(first, 0.0)
    (hungry,) = some.hungry(1, share=1, now=0.0)
    assert hungry.limit == 20

import random

from hypothesis import given
from hypothesis import strategies as st

from crawler.due_heap import DueHeap, Operations


class Thing:
    def __init__(self, name):
        self.name = name
        self.due = 0.0
        self.ticket = 0
        self.heap = None

    def __repr__(self):
        return f"Thing({self.name})"


def new_heap():
    return DueHeap(Operations())


def drain(heap):
    found = []
    while (thing := heap.take()) is not None:
        found.append(thing.name)
    return found


def test_an_empty_heap_has_no_top():
    assert new_heap().top() is None
    assert new_heap().take() is None


def test_things_come_out_by_the_moment_they_are_due_and_ties_by_who_came_first():
    heap = new_heap()
    for name, due in [("d", 3.0), ("a", 1.0), ("c", 2.0), ("b", 1.0)]:
        heap.set(Thing(name), due)
    assert drain(heap) == ["a", "b", "c", "d"]


def test_a_thing_that_moves_comes_out_once_and_at_its_new_moment():
    heap = new_heap()
    first, second = Thing("first"), Thing("second")
    heap.set(first, 1.0)
    heap.set(second, 2.0)
    heap.set(first, 3.0)
    heap.set(second, 4.0)
    heap.set(second, 0.5)
    assert len(heap) == 2
    assert drain(heap) == ["second", "first"]


def test_a_thing_that_left_does_not_come_out():
    heap = new_heap()
    things = [Thing(str(turn)) for turn in range(5)]
    for turn, thing in enumerate(things):
        heap.set(thing, float(turn))
    heap.discard(things[0])
    heap.discard(things[3])
    heap.discard(things[3])
    assert len(heap) == 3
    assert drain(heap) == ["1", "2", "4"]


def test_entering_another_heap_leaves_the_first():
    one, other, thing = new_heap(), new_heap(), Thing("x")
    one.set(thing, 1.0)
    other.set(thing, 1.0)
    assert (len(one), len(other)) == (0, 1)
    assert one.top() is None
    assert other.top() is thing


def test_setting_the_same_moment_again_costs_nothing():
    operations = Operations()
    heap = DueHeap(operations)
    thing = Thing("x")
    heap.set(thing, 1.0)
    before = operations.count
    for _ in range(100):
        heap.set(thing, 1.0)
    assert operations.count == before


def test_things_that_move_without_end_do_not_fill_memory():
    heap = new_heap()
    things = [Thing(str(turn)) for turn in range(10)]
    dice = random.Random(0)
    for _ in range(20_000):
        heap.set(dice.choice(things), dice.random() * 1000)
    assert len(heap._entries) <= 2 * 10 + 40


def test_moving_costs_a_few_operations_however_many_stand_here():
    costs = []
    for size in (100, 10_000):
        operations = Operations()
        heap = DueHeap(operations)
        things = [Thing(str(turn)) for turn in range(size)]
        for turn, thing in enumerate(things):
            heap.set(thing, float(turn))
        before, dice = operations.count, random.Random(0)
        for _ in range(10 * size):
            heap.set(dice.choice(things), dice.random() * size)
        costs.append((operations.count - before) / (10 * size))
    assert max(costs) < 4
    assert abs(costs[1] - costs[0]) < 0.5


steps = st.lists(
    st.tuples(st.sampled_from(["set", "set", "discard", "take", "other"]), st.integers(0, 7), st.integers(0, 20)),
    max_size=200,
)


@given(steps)
def test_it_does_what_a_sorted_list_would(script):
    heap, other = new_heap(), new_heap()
    things = [Thing(str(turn)) for turn in range(8)]
    model, arrivals = {}, 0
    for verb, which, due in script:
        thing = things[which]
        if verb == "set":
            if model.get(which, (None,))[0] != due:
                arrivals += 1
                model[which] = (due, arrivals)
            heap.set(thing, due)
        elif verb == "discard":
            model.pop(which, None)
            heap.discard(thing)
        elif verb == "other":
            model.pop(which, None)
            other.set(thing, due)
        else:
            expected = min(model, key=model.get, default=None)
            taken = heap.take()
            assert (taken and int(taken.name)) == expected
            model.pop(expected, None)
        assert len(heap) == len(model)
    assert [int(name) for name in drain(heap)] == sorted(model, key=model.get)

"""Lengths and places of what is drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.reports.html import charts
from storage import TimelineRow


def test_bars_are_longest_first_and_say_their_share():
    shown = charts.bars([("a", 1), ("b", 4), ("c", 2)], 8)
    assert [(bar.label, bar.value, bar.share, bar.length) for bar in shown] == [
        ("b", 4, "50 %", 100.0),
        ("c", 2, "25 %", 50.0),
        ("a", 1, "12 %", 25.0),
    ]


def test_what_does_not_fit_is_one_bar_more():
    shown = charts.bars([(str(n), n) for n in range(1, 13)], 78, most=3)
    assert [(bar.label, bar.value) for bar in shown] == [("12", 12), ("11", 11), ("10", 10), ("9 others", 45)]
    assert len(charts.bars([(str(n), n) for n in range(1, 5)], 10, most=3)) == 4, "one over is shown by its name"


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 10**9)), max_size=40), st.integers(1, 10))
def test_no_bar_is_longer_than_the_box_and_nothing_is_lost(pairs, most):
    shown = charts.bars(pairs, sum(value for _, value in pairs), most=most)
    assert sum(bar.value for bar in shown) == sum(value for _, value in pairs)
    assert all(0 <= bar.length <= 100 and (bar.length > 0) == (bar.value > 0) for bar in shown)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 5, "0 %"), (1, 3, "33 %"), (1, 40, "2.5 %"), (1, 10**6, "under 0.1 %"), (5, 5, "100 %"), (1, 0, "")],
)
def test_a_share_is_said_in_as_many_digits_as_mean_something(part, whole, said):
    assert charts.share_text(part, whole) == said


def test_parts_lie_side_by_side_and_fill_the_bar():
    one, two = charts.parts([("followed", 3), ("not followed", 1)])
    assert (one.x, one.width, two.x, two.width) == (0, 75, 75, 25)


def test_a_histogram_stands_on_its_base_line():
    columns = charts.histogram([0, 2, 4, 0, 0, 0, 0, 0, 0, 1])
    assert [column.value for column in columns] == [0, 2, 4, 0, 0, 0, 0, 0, 0, 1]
    assert [column.label for column in columns] == [str(low) for low in range(0, 100, 10)]
    assert all(column.y + column.height == pytest.approx(charts.HEIGHT, abs=0.11) for column in columns)
    assert max(column.x + column.width for column in columns) <= charts.WIDTH


def days(*rows):
    return [TimelineRow(day, *counts) for day, *counts in rows]


def test_one_day_is_no_line():
    assert charts.time_line([]) is None
    assert charts.time_line(days(("2026-11-22", 9, 3, 0))) is None


def test_the_first_period_is_no_gain_and_gaps_are_filled():
    line = charts.time_line(days(("2026-11-20", 50, 9, 0), ("2026-11-23", 4, 2, 3)))
    assert line.unit == "day"
    assert [column.value for column in line.gained] == [0, 0, 0, 4]
    assert [column.value for column in line.lost] == [0, 0, 0, 3]
    assert (line.gained_total, line.lost_total, line.domains) == (4, 3, 11)
    assert [label for _, label in line.labels] == ["2026-11-20", "2026-11-22", "2026-11-23"]
    assert len(line.line.split()) == 4


def test_gains_end_where_losses_begin():
    line = charts.time_line(days(("2026-11-20", 50, 9, 0), ("2026-11-21", 30, 2, 10)))
    (gain,) = [column for column in line.gained if column.value]
    (loss,) = [column for column in line.lost if column.value]
    assert gain.y + gain.height == pytest.approx(line.base, abs=0.11)
    assert loss.y == line.base
    assert gain.height == pytest.approx(3 * loss.height, abs=0.2)
    assert loss.y + loss.height <= charts.HEIGHT + 0.11


@pytest.mark.parametrize(
    ("last", "unit", "first_label", "count"),
    [
        ("2026-01-31", "day", "2026-01-01", 31),
        ("2026-03-01", "week", "2025-12-29", 9),
        ("2026-12-31", "month", "2026-01", 12),
        ("2035-01-01", "year", "2026", 10),
    ],
)
def test_a_long_time_is_added_up_to_larger_units(last, unit, first_label, count):
    rows = days(("2026-01-01", 1, 1, 0), (last, 2, 1, 1))
    periods = charts.by_period(rows)
    assert charts.unit_of(rows) == unit
    assert (periods[0].day, len(periods)) == (first_label, count)
    assert (sum(row.links for row in periods), sum(row.lost_links for row in periods)) == (3, 1)

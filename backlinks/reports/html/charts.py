"""Numbers to what a chart is drawn of: lengths, places and the words beside them.

Lengths are in the units of the drawing's own box, so that the templates only copy them. Not here: SVG (the templates),
which numbers (findings.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from storage import AnchorClassRow, OverviewRow, TimelineRow

from .findings import AUTHORITY_STEP

MOST_BARS = 8
DAYS_BY_DAY = 31
DAYS_BY_WEEK = 31 * 7
DAYS_BY_MONTH = 31 * 36
"""A time line has some thirty columns at most: days, weeks, months, then years."""

WIDTH, HEIGHT = 420.0, 220.0
"""The box of a drawing, in its own units; the templates add room for words."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`length` is 0 to 100."""

    label: str
    value: int
    share: str
    length: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a drawing: its left edge, width, top, height, number and the word below it."""

    x: float
    width: float
    y: float
    height: float
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole in a divided bar: `x` and `width` are percent."""

    label: str
    value: int
    share: str
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """`gained` and `lost` are columns above and below `base`; `line` sums linking domains, as SVG points."""

    unit: str
    base: float
    gained: tuple[Column, ...]
    lost: tuple[Column, ...]
    line: str
    area: str
    labels: tuple[tuple[float, str], ...]
    domains: int
    gained_total: int
    lost_total: int


def share_text(part: float, whole: float) -> str:
    """One decimal below 10 %; what is there is never written as 0 %."""
    if not whole:
        return ""
    if not part:
        return "0 %"
    share = 100 * part / whole
    if 0 < share < 0.1:  # noqa: PLR2004 — what one decimal can show
        return "under 0.1 %"
    return f"{share:.1f} %" if share < 10 else f"{share:.0f} %"  # noqa: PLR2004 — a digit more says something there


def bars(pairs: Iterable[tuple[str, int]], whole: int, *, most: int = MOST_BARS) -> list[Bar]:
    """The largest; what is left out is added up as one bar more."""
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    shown = ordered if len(ordered) <= most + 1 else ordered[:most]
    rest = ordered[len(shown) :]
    if rest:
        shown = [*shown, (f"{len(rest):,} others", sum(value for _, value in rest))]
    longest = max((value for _, value in shown), default=0)
    return [Bar(label, value, share_text(value, whole), _scaled(value, longest, 100)) for label, value in shown]


def section_bars(rows: Sequence[OverviewRow], whole: int) -> list[Bar]:
    return bars(((row.name, int(row.value or 0)) for row in rows if row.value), whole)


def class_bars(rows: Iterable[AnchorClassRow], whole: int) -> list[Bar]:
    return bars(((row.anchor_class, row.referring_domains) for row in rows), whole, most=9)


def parts(pairs: Sequence[tuple[str, int]]) -> list[Part]:
    whole = sum(value for _, value in pairs)
    starts = accumulate((value for _, value in pairs), initial=0)
    return [
        Part(label, value, share_text(value, whole), _scaled(start, whole, 100), _scaled(value, whole, 100))
        for (label, value), start in zip(pairs, starts, strict=False)
    ]


def histogram(counts: Sequence[int]) -> list[Column]:
    """One column for each ten points of authority."""
    labels = [f"{low}" for low in range(0, 100, AUTHORITY_STEP)]
    return _columns(list(zip(labels, counts, strict=False)), highest=max(counts, default=0), base=HEIGHT, room=HEIGHT)


def _columns(pairs: Sequence[tuple[str, int]], *, highest: int, base: float, room: float) -> list[Column]:
    step = WIDTH / max(1, len(pairs))
    width = min(step * 0.82, 40.0)
    drawn = []
    for place, (label, value) in enumerate(pairs):
        height = _scaled(value, highest, room)
        x = step * place + (step - width) / 2
        drawn.append(Column(round(x, 1), round(width, 1), round(base - height, 1), height, value, label))
    return drawn


def _scaled(value: float, highest: float, room: float) -> float:
    """What is there can be seen: a sliver at least."""
    if not value or not highest:
        return 0.0
    return round(max(room * value / highest, room / 100), 1)


def time_line(rows: Sequence[TimelineRow]) -> TimeLine | None:
    """None when all happened on one day: there is no line through a point.

    The first column is left out of the gains: on the first day of a crawl everything is new.
    """
    periods = by_period(rows)
    if len(periods) < 2:  # noqa: PLR2004 — a line needs two points
        return None
    gained = [0, *(row.links for row in periods[1:])]
    lost = [row.lost_links for row in periods]
    up, down = max(gained), max(lost)
    room = HEIGHT / max(1, up + down)
    labels = [row.day for row in periods]
    base = room * up
    below = [
        Column(one.x, one.width, round(base, 1), one.height, one.value, one.label)
        for one in _columns(list(zip(labels, lost, strict=True)), highest=down, base=HEIGHT, room=room * down)
    ]
    totals = list(accumulate(row.domains for row in periods))
    points = _points(totals)
    return TimeLine(
        unit=unit_of(rows),
        base=round(base, 1),
        gained=tuple(_columns(list(zip(labels, gained, strict=True)), highest=up, base=base, room=base)),
        lost=tuple(below),
        line=" ".join(points),
        area=" ".join([f"{points[0].split(',')[0]},{HEIGHT}", *points, f"{points[-1].split(',')[0]},{HEIGHT}"]),
        labels=_spread(labels),
        domains=totals[-1],
        gained_total=sum(gained),
        lost_total=sum(lost),
    )


def _points(totals: Sequence[int]) -> list[str]:
    step = WIDTH / len(totals)
    return [
        f"{step * (n + 0.5):.1f},{HEIGHT - _scaled(total, totals[-1], HEIGHT):.1f}" for n, total in enumerate(totals)
    ]


def _spread(labels: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """Three labels at most, the first and the last among them."""
    count = min(3, len(labels))
    step = WIDTH / len(labels)
    places = sorted({round(n * (len(labels) - 1) / max(1, count - 1)) for n in range(count)})
    return tuple((round(step * (place + 0.5), 1), labels[place]) for place in places)


def unit_of(rows: Sequence[TimelineRow]) -> str:
    days = (date.fromisoformat(rows[-1].day) - date.fromisoformat(rows[0].day)).days + 1
    for unit, most in (("day", DAYS_BY_DAY), ("week", DAYS_BY_WEEK), ("month", DAYS_BY_MONTH)):
        if days <= most:
            return unit
    return "year"


def by_period(rows: Sequence[TimelineRow]) -> list[TimelineRow]:
    """Rows of days added up to the unit that suits their span, with the periods between in which nothing happened."""
    if not rows:
        return []
    unit = unit_of(rows)
    first, last = date.fromisoformat(rows[0].day), date.fromisoformat(rows[-1].day)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    sums = {label_of(day, unit): [0, 0, 0] for day in days}
    for row in rows:
        counted = sums[label_of(date.fromisoformat(row.day), unit)]
        for place, value in enumerate((row.links, row.domains, row.lost_links)):
            counted[place] += value
    return [TimelineRow(label, *counted) for label, counted in sums.items()]


def label_of(day: date, unit: str) -> str:
    """A week by its Monday."""
    if unit == "week":
        return (day - timedelta(days=day.weekday())).isoformat()
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]

"""Numbers as a person reads them: durations, moments, sizes, counts. Never for machines: JSON gets the numbers."""

from collections.abc import Iterable
from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3_600, 86_400
FAR_FUTURE = 253_402_300_799  # the last second of the year 9999, where datetime ends


def duration(seconds: float) -> str:
    """The two largest units: 45 s, 2 min 5 s, 3 h 20 min, 2 d 4 h."""
    seconds = round(max(seconds, 0.0))
    for size, name, smaller, smaller_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size:,} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{seconds} s"


def moment(seconds_since_epoch: float) -> str:
    """In UTC, to the second."""
    bounded = min(max(seconds_since_epoch, 0.0), FAR_FUTURE)
    return datetime.fromtimestamp(bounded, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def size(byte_count: float) -> str:
    for unit in ("B", "KB", "MB"):
        if byte_count < 1_000:  # noqa: PLR2004 — a thousand of each unit is one of the next
            return f"{byte_count:.0f} {unit}" if unit == "B" else f"{byte_count:.1f} {unit}"
        byte_count /= 1_000
    return f"{byte_count:,.1f} GB"


def plural(number: int, noun: str) -> str:
    """1 page, 2 pages, 1,000 pages."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counts(pairs: Iterable[tuple[str, int]]) -> str:
    """Largest first: timeout 12, http_error 3."""
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {number:,}" for name, number in ordered)

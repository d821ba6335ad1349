"""A measured figure: one line on the screen, and one row in README.md's table that a later run replaces.

A figure is the median of several rounds; its spread is the distance between the extremes, as a share of the median.
"""

import datetime as dt
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- figures: written by the benchmarks, one row a figure -->"
END = "<!-- end of figures -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`asked` is what the project wants of it, in words; `command` makes it again."""

    name: str
    rounds: Sequence[float]
    unit: str
    command: str
    asked: str = "-"

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def spread(self) -> float:
        return (max(self.rounds) - min(self.rounds)) / self.median if self.median else 0.0

    @property
    def measured(self) -> str:
        digits = f"{self.median:,.0f}" if self.median >= 100 else f"{self.median:.3g}"
        spread = f" (±{self.spread / 2:.0%} of {len(self.rounds)})" if len(self.rounds) > 1 else ""
        return f"{digits} {self.unit}".strip() + spread

    def line(self) -> str:
        return f"{self.name}: {self.measured}, asked: {self.asked}"

    def row(self) -> str:
        today = dt.datetime.now(dt.UTC).date().isoformat()
        return f"| {self.name} | {self.asked} | {self.measured} | {machine()} | {today} | `{self.command}` |"


def tell(figures: Sequence[Figure], *, is_recorded: bool) -> None:
    """How every benchmark ends: a line a figure, and its rows when they are to be kept."""
    for figure in figures:
        print(figure.line(), flush=True)
    if is_recorded:
        record(figures)


def machine() -> str:
    """What is worth knowing of a machine, without its name."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = f"{len(names)} of {names[0]}" if names else model
    return f"{model}, Python {platform.python_version()}"


def record(figures: Sequence[Figure], readme: Path = README) -> None:
    """Replace the rows of the same name, keep the others, append the new."""
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    table, _, tail = rest.partition(END)
    header, rule, *rows = table.strip().splitlines()
    by_name = {row.split("|")[1].strip(): row for row in rows} | {figure.name: figure.row() for figure in figures}
    table = "\n".join([header, rule, *by_name.values()])
    readme.write_text(f"{head}{BEGIN}\n\n{table}\n\n{END}{tail}", encoding="utf-8")

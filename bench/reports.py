"""How long the reports take on a large store, in CPU seconds, and how much memory a stream of links needs.

    python bench/report_store.py big.db
    python bench/reports.py big.db [--repeat 3]

Prints one line a report and target: rows, the best of the runs, the bound it is to keep. These are the records alone;
`links to CSV` is what a person waits for who types `backlinks links big.test --csv`.
"""

import argparse
import io
import itertools
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from backlinks.reports import anchor_classes, anchors, intersect, links, overview, pages, referring_domains
from backlinks.reports.html import Cover, Wanted, gather, render
from backlinks.tables import Form, write_rows
from storage import Questions, Target, TargetScope, find_target, open_questions

BOUNDS = {"big.test": 2.0, "small.test": 0.2}
INTERSECT_BOUND = 3.0
REPORTS: dict[str, Callable[..., Iterable[object]]] = {
    "links": links,
    "referring domains": referring_domains,
    "anchors": anchors,
    "anchor classes": anchor_classes,
    "overview": overview,
    "pages": pages,
}


class Nowhere(io.TextIOBase):
    """Takes text and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)


def best(path: Path, ask: Callable[[Questions], int], repeat: int) -> tuple[int, float]:
    """Rows, and the least CPU seconds; the file is opened anew each time, as each command does."""
    seconds = []
    for _ in range(repeat):
        began = time.process_time()
        with open_questions(path) as questions:
            rows = ask(questions)
        seconds.append(time.process_time() - began)
    return rows, min(seconds)


def aim(questions: Questions, name: str) -> object:
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=name))


def show(what: str, measured: tuple[int, float], bound: float) -> None:
    rows, seconds = measured
    print(
        f"{what:<32} {rows:>8,} rows  {seconds:6.3f} s CPU  (bound {bound:g} s){'' if seconds < bound else '  MISSED'}"
    )


def count(rows: Iterable[object]) -> int:
    return sum(1 for _ in rows)


def private_mebibytes() -> float:
    """Memory of this process alone: pages of the mapped file are the system's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def to_html(questions: Questions, name: str) -> int:
    """Characters of the whole report for a client."""
    return len(render(gather(questions, aim(questions, name), Wanted()), Cover(title=name, made_at=0.0)))


def to_csv(questions: Questions) -> tuple[int, float, float]:
    """Rows written, and the private memory at the first row and at the last."""
    report = links(questions, aim(questions, "big.test"))
    rows = iter(report)
    first = next(rows)
    at_first = private_mebibytes()
    count = write_rows(report.columns, itertools.chain([first], rows), form=Form.CSV, stream=Nowhere())
    return count, at_first, private_mebibytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    path, repeat = arguments.path, arguments.repeat
    for name, bound in BOUNDS.items():
        for what, report in REPORTS.items():
            measured = best(path, lambda q, r=report, n=name: count(r(q, aim(q, n))), repeat)
            show(f"{what} of {name}", measured, bound)
    names = ("big.test", "rival1.test", "rival2.test")
    measured = best(path, lambda q: count(intersect(q, [aim(q, n) for n in names], me=None)), repeat)
    show("intersect of three", measured, INTERSECT_BOUND)
    for name in BOUNDS:
        characters, seconds = best(path, lambda q, n=name: to_html(q, n), 1)
        print(f"HTML report of {name:<15} {characters:>10,} characters  {seconds:6.3f} s CPU")
    with open_questions(path) as questions:
        began = time.process_time()
        rows, at_first, at_last = to_csv(questions)
        seconds = time.process_time() - began
    print(f"links of big.test to CSV         {rows:>8,} rows  {seconds:6.3f} s CPU")
    print(f"private memory at the first row {at_first:.0f} MiB, at the last {at_last:.0f} MiB")


if __name__ == "__main__":
    main()

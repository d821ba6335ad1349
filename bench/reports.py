"""How long the reports take on a large store, in CPU seconds, and how much memory a stream of links needs.

    python -m bench.reports [--store FILE] [--links 20000000] [--domains 50000] [--rounds 3] [--record]

Without --store, bench/report_store.py writes one first, which takes a minute and a gigabyte. The file is opened anew
for each round, as each command does. Reports are counted as records; `as CSV` is what one waits for who types
`backlinks links big.test --csv`, the start of the interpreter apart. Memory is this process's own, at the first row and
at the most after it, for all links and for a tenth of them: what grows with the rows would show.
"""

import argparse
import io
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backlinks.reports import (
    anchor_classes,
    anchors,
    compare,
    intersect,
    links,
    overview,
    pages,
    reciprocal,
    referring_domains,
)
from backlinks.reports.html import Cover, Wanted, gather, render
from backlinks.tables import Form, write_rows
from bench.figures import Figure, record
from bench.report_store import Plan, write_store
from storage import ALL_ROWS, Aim, Choice, Questions, Target, TargetScope, find_target, open_questions

COMMAND = "python -m bench.reports"
BOUNDS = {"big.test": 2.0, "small.test": 0.2}
INTERSECT_BOUND = 3.0
ASKED = {"links", "referring-domains", "anchors", "overview"}
"""The others have no bound to keep; they are shown beside them."""
REPORTS: dict[str, Callable[..., Iterable[object]]] = {
    "links": links,
    "referring-domains": referring_domains,
    "anchors": anchors,
    "anchors --by class": anchor_classes,
    "overview": overview,
    "pages": pages,
    "reciprocal": reciprocal,
}
RIVALS = ("big.test", "rival1.test", "rival2.test")
MEASURED_EVERY = 1_000  # rows


class Nowhere(io.TextIOBase):
    """Takes text and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def store_of(given: Path | None, plan: Plan) -> Iterator[Path]:
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reports.db")
        write_store(path, plan)
        yield path


def aim(questions: Questions, name: str) -> Aim:
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=name))


def count(rows: Iterable[object]) -> int:
    return sum(1 for _ in rows)


def seconds(path: Path, ask: Callable[[Questions], int], rounds: int) -> list[float]:
    """CPU seconds of each round; one more goes before, so that the file is in the system's memory."""
    spent = []
    for _ in range(rounds + 1):
        began = time.process_time()
        with open_questions(path) as questions:
            ask(questions)
        spent.append(time.process_time() - began)
    return spent[1:]


def questions_asked() -> Iterator[tuple[str, str, Callable[[Questions], int]]]:
    """A name, what is asked of it, and the question."""
    for name, bound in BOUNDS.items():
        for what, report in REPORTS.items():
            asked = f"under {bound:g} s" if what in ASKED else "-"
            yield f"{what} of {name}", asked, lambda q, r=report, n=name: count(r(q, aim(q, n)))
    yield "links of big.test as CSV", "under 2 s", lambda q: to_csv(q)[0]
    yield (
        "intersect of three with 100,000 backlinks each",
        f"under {INTERSECT_BOUND:g} s",
        lambda q: count(intersect(q, [aim(q, name) for name in RIVALS], me=None)),
    )
    for name in BOUNDS:
        yield f"report -o of {name}", "-", lambda q, n=name: to_html(q, n)
    yield "compare of the same three", "-", lambda q: count(compare(q, [aim(q, name) for name in RIVALS]))


def to_html(questions: Questions, name: str) -> int:
    """Characters of the whole report for a client."""
    return len(render(gather(questions, aim(questions, name), Wanted()), Cover(title=name, made_at=0.0)))


def private_mebibytes() -> float:
    """Memory of this process alone: pages of the mapped file are the system's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def to_csv(questions: Questions, choice: Choice = ALL_ROWS) -> tuple[int, float, float]:
    """Rows written, and the private memory at the first row and the most of it later."""
    report = links(questions, aim(questions, "big.test"), choice)
    rows = iter(report)
    first = next(rows)
    most = at_first = private_mebibytes()

    def looked_at() -> Iterator[object]:
        nonlocal most
        for number, row in enumerate(rows):
            if not number % MEASURED_EVERY:
                most = max(most, private_mebibytes())
            yield row

    count = write_rows(report.columns, itertools.chain([first], looked_at()), form=Form.CSV, stream=Nowhere())
    return count, at_first, most


def memory_figures(path: Path) -> Iterator[Figure]:
    for what, choice in (("10,000 links", Choice(limit=10_000)), ("100,000 links", ALL_ROWS)):
        with open_questions(path) as questions:
            rows, at_first, most = to_csv(questions, choice)
        print(f"{rows:,} rows as CSV: {at_first:.0f} MiB at the first row, {most:.0f} MiB at most")
        yield Figure(
            name=f"{what} as CSV, memory gained after the first row", rounds=[most - at_first], unit="MiB",
            command=COMMAND, asked="flat",
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--links", type=int, default=20_000_000)
    parser.add_argument("--domains", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    figures = []
    with store_of(given.store, Plan(given.links, given.domains, seed=1)) as path:
        figures += memory_figures(path)
        for name, asked, ask in questions_asked():
            rounds = seconds(path, ask, given.rounds)
            figures.append(Figure(name=f"{name}, CPU", rounds=rounds, unit="s", command=COMMAND, asked=asked))
            print(f"{figures[-1].line()}  (best {min(rounds):.3g})", flush=True)
    if given.record:
        record(figures)


if __name__ == "__main__":
    main()

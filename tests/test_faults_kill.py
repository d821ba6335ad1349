"""kill -9 at every step of the writer: what was said to be saved is there, and the same command finds all the rest.

Not by luck: the process that dies counts its calls to SQLite, and SQLite's own instructions inside a statement, and
ends itself at the one it was told to (fault_child.py).
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from storage.inbound_index import has_inbound_index
from tests.fault_world import contents, crawl, pages_of

ROOT = Path(__file__).resolve().parents[1]
BATCH = 12
PAGE_BYTES = 4_096


class Mortals:
    """`order(path=…, nights=[2], before=17)` lets one crawl, and tells how it ended."""

    def __init__(self, process):
        self._process = process

    def order(self, **order):
        self._process.stdin.write(f"{json.dumps(order, default=str)}\n".encode())
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def mortals():
    command = [sys.executable, "-m", "tests.fault_child"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Mortals(process)
        process.stdin.close()
        process.wait(120)


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The file after one night, and what is in it after two that nothing disturbed."""
    folder = tmp_path_factory.mktemp("calm")
    first = crawl(folder / "first.db", nights=[1], batch=BATCH)
    both = crawl(Path(shutil.copy(first, folder / "both.db")), nights=[2], batch=BATCH)
    return first, contents(both)


def is_over(path, night):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT end_reason FROM run WHERE id = ?", (night,)).fetchone() == ("done",)


def has_index(path):
    with closing(sqlite3.connect(path)) as connection:
        return has_inbound_index(connection)


def copied(source, path):
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    return Path(shutil.copy(source, path))


def check_and_go_on(path, ended, expected):
    """After a death: whole, with all that was said to be saved; going on brings what an undisturbed night does."""
    contents(path)
    assert set(ended["saved"]) <= pages_of(path, 2)
    if not is_over(path, 2):
        crawl(path, nights=[2], batch=BATCH)
    assert contents(path) == expected


def moments_of(steps):
    """The first time each statement comes, and both sides of every commit: numbers from 1, with what comes there."""
    seen = set()
    for number, step in enumerate(steps, 1):
        if step not in seen or step == "COMMIT" or steps[number - 2] == "COMMIT":
            yield number, step
        seen.add(step)


@pytest.mark.slow
def test_killed_before_any_step_of_a_night(calm, mortals, tmp_path):
    """From opening the file to the figures for query plans; what a batch is saved with, and the answer after it."""
    first, expected = calm
    path = tmp_path / "x.db"
    steps = mortals.order(path=copied(first, path), nights=[2], batch=BATCH)["steps"]
    assert contents(path) == expected
    assert [sum(step.startswith(word) for step in steps) for word in ("COMMIT", "UPDATE run", "ANALYZE")] == [5, 1, 1]
    for number, step in moments_of(steps):
        ended = mortals.order(path=copied(first, path), nights=[2], batch=BATCH, before=number)
        assert (ended["code"], ended["steps"][-1]) == (-signal.SIGKILL, step)
        check_and_go_on(path, ended, expected)


def test_killed_inside_a_statement(calm, mortals, tmp_path):
    first, expected = calm
    path, deaths = tmp_path / "x.db", Counter()
    for inside in (3, 30, 60, 90, 120, 180, 240, 300):
        ended = mortals.order(path=copied(first, path), nights=[2], batch=BATCH, inside=inside)
        assert ended["code"] == -signal.SIGKILL
        deaths[ended["steps"][-1]] += 1
        check_and_go_on(path, ended, expected)
    assert len(deaths) > 4, deaths


def test_killed_while_the_inbound_index_is_built(calm, mortals, tmp_path):
    """The run is over by then; what is missing is built by the next one's end."""
    first, expected = calm
    path = tmp_path / "x.db"
    order = {"nights": [2], "batch": BATCH, "drops_index": True}
    steps = mortals.order(path=copied(first, path), **order)["steps"]
    (number,) = [place for place, step in enumerate(steps, 1) if step.startswith("CREATE INDEX")]
    for fault in ({"before": number}, *({"inside": one, "since": number} for one in (1, 4, 8))):
        ended = mortals.order(path=copied(first, path), **order, **fault)
        assert (ended["code"], ended["steps"]) == (-signal.SIGKILL, steps[:number])
        check_and_go_on(path, ended, expected)
        assert not has_index(path)
        crawl(path, nights=[3], batch=BATCH)
        assert has_index(path)


def test_killed_while_the_log_is_copied_into_the_file(mortals, tmp_path):
    """The kernel ends the process in the middle of a write, at each size that the file grows through."""
    path, went_on = tmp_path / "x.db", 0
    expected = contents(crawl(tmp_path / "calm.db", batch=BATCH))
    smallest = crawl(tmp_path / "small.db", max_batches=0).stat().st_size
    for limit in range(smallest, (tmp_path / "calm.db").stat().st_size, 4 * PAGE_BYTES):
        for part in tmp_path.glob("x.db*"):
            part.unlink()
        order = {"file_bytes": limit + PAGE_BYTES // 2, "is_deadly": True, "checkpoint_pages": 4}
        ended = mortals.order(path=path, nights=[1], batch=BATCH, **order)
        assert ended["code"] == -signal.SIGXFSZ
        contents(path)
        assert set(ended["saved"]) <= pages_of(path, 1)
        went_on += bool(ended["saved"])
        if not is_over(path, 1):
            crawl(path, batch=BATCH)
        assert contents(path) == expected
    assert went_on > 2

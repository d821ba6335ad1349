"""A disk that is full: in a batch, in a checkpoint, in a ranking, an export, an answer and the demonstration.

On a file system of a few hundred kilobytes where the machine lets us mount one, and everywhere with a limit on the size
of files, which the system refuses to pass. One sentence, an exit code, everything committed kept, and on it goes when
there is room again.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import run  # noqa: F401 — a fixture
from tests.fault_world import contents, crawl, pages_of
from tests.test_faults_kill import BATCH, PAGE_BYTES, copied, is_over, mortals  # noqa: F401 — a fixture

ROOT = Path(__file__).resolve().parents[1]
FULL = "the disk is full. What was written is safe; free some space and run it again."
REFUSED = "the disk refused a write or a read. What was committed is safe; check the disk."
NO_SPACE = "No space left on device"


@pytest.fixture
def small_disk(tmp_path):
    """`small_disk(kibibytes)`: a folder on a file system of that size."""
    mounted = []

    def mount(kibibytes):
        folder = tmp_path / f"disk-{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a file system may not be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, *, but):
    """A file that leaves so many bytes free."""
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    (folder / "filler").write_bytes(bytes(max(0, free - but)))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return contents(crawl(tmp_path_factory.mktemp("calm") / "x.db", batch=BATCH))


def check_and_go_on(path, ended, expected):
    contents(path)
    assert set(ended["saved"]) <= pages_of(path, 1)
    if not is_over(path, 1):
        crawl(path, batch=BATCH)
    assert contents(path) == expected


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint_pages", [16_000, 4], ids=["in a batch", "in a checkpoint"])
def test_a_crawl_that_fills_the_disk_stops_and_goes_on_with_room(small_disk, mortals, expected, checkpoint_pages):
    """Whether the log or the file finds no room; the file grows beside the log in the second case."""
    folder, stops = small_disk(2_000), 0
    path = folder / "x.db"
    for but in range(24 * PAGE_BYTES, 144 * PAGE_BYTES, 20 * PAGE_BYTES):
        for part in folder.iterdir():
            part.unlink()
        crawl(path, max_batches=0)
        fill(folder, but=but)
        ended = mortals.order(path=path, nights=[1], batch=BATCH, checkpoint_pages=checkpoint_pages)
        assert (ended["code"], ended["error"]) in {(0, ""), (1, f"StoreFull: {path}: {FULL}")}
        stops += ended["code"]
        (folder / "filler").unlink()
        check_and_go_on(path, ended, expected)
    assert stops > 1


def test_a_log_that_may_not_grow_stops_the_crawl_the_same_way(mortals, expected, tmp_path):
    """A limit on the size of files, as some systems set for their users; also where nothing can be mounted."""
    small, stops = crawl(tmp_path / "small.db", max_batches=0), 0
    for pages in (12, 30, 45):
        path = copied(small, tmp_path / "x.db")
        ended = mortals.order(path=path, nights=[1], batch=BATCH, file_bytes=pages * PAGE_BYTES)
        assert (ended["code"], ended["error"]) == (1, f"StoreFull: {path}: {REFUSED}")
        stops += bool(ended["saved"])
        check_and_go_on(path, ended, expected)
    assert stops


def test_a_ranking_that_finds_no_room_leaves_the_file_and_the_scores_of_before(small_disk, run):
    folder = small_disk(2_000)
    path = crawl(folder / "x.db")
    assert run("rank", "--db", path).code == 0
    before = run("query", "SELECT * FROM domains", "--json", "--db", path).out
    for but in (0, 8 * PAGE_BYTES):  # of which the index of the log takes all
        fill(folder, but=but)
        ran = run("rank", "--db", path)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err in {f"backlinks: {path}: {FULL}\n", f"backlinks: {path}: {REFUSED}\n"}
        (folder / "filler").unlink()
    assert run("query", "SELECT * FROM domains", "--json", "--db", path).out == before
    assert run("rank", "--db", path).code == 0


@pytest.mark.parametrize("ending", [".graphml", ".graphml.gz", ".csv", ".parquet"])
def test_an_export_that_finds_no_room_leaves_the_older_file_and_nothing_else(small_disk, run, tmp_path, ending):
    path = crawl(tmp_path / "x.db")
    folder = small_disk(1_000)
    target = folder / f"graph{ending}"
    target.write_text("the older one")
    fill(folder, but=0)
    names = {file.name for file in folder.iterdir()}
    ran = run("export", target, "--db", path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"cannot be written: {NO_SPACE}. Choose another file or folder.\n")
    assert ran.err.count("\n") == 1
    assert {file.name for file in folder.iterdir()} == names
    assert target.read_text() == "the older one"
    (folder / "filler").unlink()
    assert run("export", target, "--db", path).code == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_finds_no_room_is_a_sentence(tmp_path, unbuffered):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = crawl(tmp_path / "x.db")
    command = [sys.executable, "-m", "backlinks", "query", "SELECT * FROM links", "--csv", "--db", str(path)]
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=300,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, f"backlinks: {NO_SPACE}\n")


@contextmanager
def files_of_at_most(limit):
    """For this process, which ignores the signal: Python does from its start."""
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_demonstration_that_finds_no_room_is_a_sentence_and_begins_anew(run, tmp_path):
    path = tmp_path / "x.db"
    with files_of_at_most(300_000):
        ran = run("demo", "--db", path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1] == f"backlinks: {path}: {REFUSED}"
    assert "Traceback" not in ran.err
    with files_of_at_most(300_000):
        again = run("demo", "--db", path)
    assert again.err.splitlines()[-1] == f"backlinks: {path}: {REFUSED}"

"""Keeping the invented web and a real crawl apart: a database holds one or the other.

A demonstration can be had again at any time and its URLs have another port each time, so it is replaced; a real crawl
is never touched. What the file holds is written in the version of its runs.
"""

from pathlib import Path

from storage import StoreBusy, is_crawl_running, read_last_run

from .errors import ConfigError
from .version import VERSION

DEMO_VERSION = f"{VERSION} (demo)"
PARTS = ("", "-wal", "-shm")


def holds_demo(path: Path) -> bool:
    """False for a file that is missing or empty."""
    if not path.is_file() or not path.stat().st_size:
        return False
    run = read_last_run(path)
    return run is not None and run.version.endswith("(demo)")


def remove_demo(path: Path) -> bool:
    """Whether there was one. Raises for a demonstration that is still being crawled."""
    if not holds_demo(path):
        return False
    if is_crawl_running(path):
        raise StoreBusy(
            f"{path}: a demonstration is being crawled into this file. Wait for it, or choose another --db."
        )
    for part in PARTS:
        Path(f"{path}{part}").unlink(missing_ok=True)
    return True


def make_room_for_demo(path: Path) -> None:
    """Raises unless the file is missing, empty or an earlier demonstration, which is removed."""
    if not remove_demo(path) and path.is_file() and path.stat().st_size and read_last_run(path) is not None:
        raise ConfigError(
            [f"{path} holds a crawl of yours; the demonstration needs a file of its own: choose another --db"]
        )

"""Child processes: measured crawlers, and the web they crawl, each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CrawlFailed(Exception):
    """A measured process ended with an error, or without having done what the others did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process and the children it waited for have used. `peak_bytes` is of the largest one."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def run_measured(command: Sequence[str | Path], output: Path) -> Usage:
    """Run to the end; what it prints goes to `output`."""
    started_at = time.monotonic()
    with output.open("wb") as printed:
        child = subprocess.Popen(command, cwd=ROOT, stdout=printed, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise CrawlFailed(f"{' '.join(map(str, command))}\n{output.read_text(errors='replace')[-3000:]}")
    return Usage(
        cpu_seconds=used.ru_utime + used.ru_stime,
        wall_seconds=time.monotonic() - started_at,
        peak_bytes=used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


@contextmanager
def serving(folder: Path, hosts: int, pages: int) -> Iterator[int]:
    """The bench web in a process of its own; yields its port and leaves seeds.txt and config.toml in `folder`."""
    size = ["--hosts", str(hosts), "--pages", str(pages)]
    command = [sys.executable, "-m", "backlinks.demo", "--profile", "bench", *size, "--write", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield json.loads((server.stdout and server.stdout.readline()) or "{}")["port"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(120)

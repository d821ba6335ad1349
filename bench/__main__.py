"""`python -m bench`: every benchmark in turn, each recording its figures in README.md.

    python -m bench [--quick] [crawl frontier …]

With `--quick`, or BENCH=quick in the environment, each does a small part of its work and nothing is recorded: to see
that they run, and that nothing has become ten times slower. What a machine lacks is said and left out.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .real_sites import is_installed

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module of this folder that knows `--record`. `lacking` says what must be installed first, or nothing."""

    name: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    lacking: Callable[[], str] = str


def lacking_sites() -> str:
    if is_installed() and find_spec("html5lib"):
        return ""
    return "it needs nginx, python3-doc, postgresql-doc-15 and html5lib (docs/real-sites.md)"


BENCHMARKS = (
    Benchmark("crawl", (), ("--hosts", "20", "--pages", "10", "--rounds", "1")),
    Benchmark("polite_night", (), ("--hosts", "200", "--delay", "1", "--seconds", "10")),
    Benchmark("many_hosts", (), ("100", "1000")),
    Benchmark("dns", (), ("--names", "300")),
    Benchmark("frontier", ("--scale", "1"), ("--scale", "0.02")),
    Benchmark("writer", ("--links", "30000000", "--every", "1000000"), ("--links", "300000", "--every", "100000")),
    Benchmark("shards", (), ("--hosts", "20", "--pages", "5", "--shards", "1", "2")),
    Benchmark("graph", (), ("--edges", "200000", "--rounds", "1")),
    Benchmark("export", (), ("--nodes", "20000", "--edges", "100000")),
    Benchmark("reports", (), ("--links", "300000", "--rounds", "1")),
    Benchmark("real_sites", ("--seed", "1"), ("--seed", "1", "--pages", "3"), lacking_sites),
)


def run(benchmark: Benchmark, *, is_quick: bool) -> bool:
    """Whether it ended well; one that cannot run here has not failed."""
    print(f"== bench.{benchmark.name}", flush=True)
    if reason := benchmark.lacking():
        print(f"left out: {reason}")
        return True
    arguments = benchmark.quick if is_quick else (*benchmark.arguments, "--record")
    command = [sys.executable, "-m", f"bench.{benchmark.name}", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """The number of benchmarks that failed; one failure does not keep the others from running."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of benchmarks; without any, all of them")
    parser.add_argument("--quick", action="store_true", default=os.environ.get("BENCH") == "quick")
    given = parser.parse_args()
    if unknown := set(given.names) - {benchmark.name for benchmark in BENCHMARKS}:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    chosen = [benchmark for benchmark in BENCHMARKS if not given.names or benchmark.name in given.names]
    failed = [benchmark.name for benchmark in chosen if not run(benchmark, is_quick=given.quick)]
    print(f"{len(chosen) - len(failed)} of {len(chosen)} ran" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench`: every benchmark in turn, each recording its figures in README.md."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "bench.crawl",
    "bench.frontier",
    "bench.export",
    "bench.reports",
    "bench.graph",
    "bench.writer",
    "bench.shards",
)


def main() -> int:
    """The number of benchmarks that failed; one failure does not keep the others from running."""
    root = Path(__file__).resolve().parent.parent
    failed = 0
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", name, "--record"], cwd=root, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())

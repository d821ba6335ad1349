"""What choosing the next URL costs, and how much memory a crawl takes, with 100 to 10,000 hosts of one page each.

    python -m bench.many_hosts [100 1000 10000] [--record]

Real crawls over loopback, 1 s between two requests to one host; each host is asked for robots.txt, for a sitemap, and
for its page. The server is a process of its own.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from crawler import (
    CrawlerOptions,
    CrawlJob,
    CrawlOptions,
    CrawlStatistics,
    NetworkOptions,
    PolitenessOptions,
    UrlReader,
    run_crawl,
    seed_url,
)
from storage import StorageOptions

from .figures import Figure, tell
from .processes import ROOT, serving


def crawl(folder: Path, port: int) -> CrawlStatistics:
    network = tomllib.loads((folder / "config.toml").read_text())["network"]
    options = CrawlerOptions(
        crawl=CrawlOptions(contact="me@example.org", max_in_flight=512, max_depth=0),
        politeness=PolitenessOptions(delay_seconds=1.0, address_delay_seconds=0.0),
        network=NetworkOptions(allow_private_addresses=True, allowed_ports=(port,), resolve=network["resolve"]),
    )
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [url for line in (folder / "seeds.txt").read_text().split() if (url := seed_url(line, reader))]
    job = CrawlJob(seeds=seeds, path=folder / "x.db", crawler=options, storage=StorageOptions())
    return asyncio.run(run_crawl(job)).statistics


def measure(hosts: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name, serving(Path(name), hosts, 1) as port:
        before = resource.getrusage(resource.RUSAGE_SELF)
        look = crawl(Path(name), port)
        used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    assert look.pages == hosts, look
    table = [
        ("requests", look.fetches, "", "-"),
        ("heap steps a lease", look.heap_operations / look.leases, "", "flat"),
        ("CPU a request", cpu * 1_000 / look.fetches, "ms", "flat"),
        ("resident memory", look.resident_bytes / 2**20, "MiB", "-"),
    ]
    return [
        Figure(
            name=f"{hosts:,} hosts of one page: {name}", rounds=[float(value)], unit=unit, asked=asked,
            command=f"python -m bench.many_hosts {hosts}",
        )
        for name, value, unit, asked in table
    ]  # fmt: skip


def main() -> None:
    """Each size in a process of its own, so that memory is its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("hosts", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    given = parser.parse_args()
    if len(given.hosts) == 1:
        tell(measure(given.hosts[0]), is_recorded=given.record)
        return
    for hosts in given.hosts:
        command = [sys.executable, "-m", "bench.many_hosts", str(hosts), *(["--record"] if given.record else [])]
        subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

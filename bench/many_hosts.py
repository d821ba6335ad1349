"""What choosing the next URL costs, and how much memory a crawl takes, with 100 to 10,000 hosts of one page each.

    python -m bench.many_hosts [100 1000 10000]

Real crawls over loopback, 1 s between two requests to one host; each host is asked for robots.txt, for a sitemap, and
for its page. The server is a process of its own. Prints, per number of hosts: pages, seconds, CPU a page, heap steps a
lease, resident memory.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from bench.processes import ROOT, serving
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


def measure(hosts: int) -> None:
    with tempfile.TemporaryDirectory() as name, serving(Path(name), hosts, 1) as port:
        before = resource.getrusage(resource.RUSAGE_SELF)
        look = crawl(Path(name), port)
        used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{hosts:>6,} hosts  {look.pages:>6,} pages  {look.fetches:>6,} requests  {look.elapsed_seconds:6.1f} s  "
        f"{cpu * 1000 / max(look.fetches, 1):5.2f} ms of CPU a request  "
        f"{look.heap_operations / look.leases:5.2f} heap steps a lease  {look.resident_bytes / 1e6:6.1f} MB",
        flush=True,
    )


def main() -> None:
    """Each size in a process of its own, so that memory is its own."""
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
        return
    for hosts in sys.argv[1:] or ("100", "1000", "10000"):
        subprocess.run([sys.executable, "-m", "bench.many_hosts", "--one", hosts], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

"""What a page costs, from socket to committed rows: ours, Scrapy's and bare loops', on the same pages in one run.

    python -m bench.crawl [--hosts 40] [--pages 100] [--rounds 3] [--record]

The web is served by another process; CPU is user and system time of the crawling process and its children. What a
crawler spends on a web of one page (imports, opening) is taken off. Rounds alternate, so that a busy machine is busy
for all. A round counts only if all have stored the same links.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xxhash

from .figures import Figure, record
from .peers import peers_python, version_of
from .processes import CrawlFailed, Usage, run_measured, serving

HERE = Path(__file__).parent
LINKS_PER_PAGE = 60
OURS, BARE, BARE_URLJOIN, SCRAPY = "ours", "bare loop", "bare loop, urljoin", "Scrapy"
NO_PAUSES = "\n[politeness]\ndelay_seconds = 0\nslow_server_factor = 0\naddress_delay_seconds = 0\n"
NO_BUDGETS = "[crawl]\nmax_pages_per_domain = 0\nmax_depth = 1000\n"

Command = list[str | Path]


def commands(scrapy: Path) -> dict[str, Callable[[Path, Path], Command]]:
    """How each contender crawls the web of a visit folder into a database."""

    def ours(visit: Path, database: Path) -> Command:
        files = ["--config", visit / "config.toml", "--db", database]
        return [sys.executable, "-m", "backlinks", "crawl", visit / "seeds.txt", *files, "--json"]

    return {
        OURS: ours,
        BARE: lambda visit, database: [sys.executable, HERE / "peer_bare.py", visit, database, "strings"],
        BARE_URLJOIN: lambda visit, database: [sys.executable, HERE / "peer_bare.py", visit, database, "urljoin"],
        SCRAPY: lambda visit, database: [scrapy, HERE / "peer_scrapy.py", visit, database],
    }


@dataclass(frozen=True, slots=True)
class Size:
    hosts: int
    pages: int

    @property
    def page_count(self) -> int:
        return self.hosts * self.pages


def crawl_once(command: Callable[[Path, Path], Command], size: Size) -> tuple[Usage, int]:
    """One crawl of a fresh web into a fresh database; with what it used comes a digest of the links it stored."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder, size.hosts, size.pages):
            remove_brakes(folder / "config.toml")
            usage = run_measured(command(folder, folder / "links.db"), folder / "output")
        count, digest = stored_links(folder / "links.db")
    if count != size.page_count * LINKS_PER_PAGE:
        raise CrawlFailed(f"{count:,} links stored where {size.page_count * LINKS_PER_PAGE:,} stand")
    return usage, digest


def remove_brakes(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[crawl]\n", NO_BUDGETS) + NO_PAUSES, encoding="utf-8")


def stored_links(database: Path) -> tuple[int, int]:
    """How many there are, and a digest of them in which neither their order nor the port counts."""
    count = digest = 0
    connection = sqlite3.connect(database)
    for source, target, words in connection.execute("SELECT source_url, target_url, anchor_text FROM links"):
        count += 1
        row = "\n".join((without_port(source), without_port(target), words))
        digest = (digest + xxhash.xxh3_64_intdigest(row.encode())) % 2**64
    connection.close()
    return count, digest


def without_port(url: str) -> str:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.partition(':')[0]}{slash}{path}"


def measure(size: Size, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of CPU a page, by contender and round."""
    scrapy = peers_python()
    print(f"{size.page_count:,} pages on {size.hosts} hosts, {rounds} rounds; Scrapy {version_of(scrapy, 'scrapy')}")
    asked = commands(scrapy)
    start_up = {name: crawl_once(command, Size(1, 1))[0].cpu_seconds for name, command in asked.items()}
    costs: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds):
        digests = set()
        for name, command in asked.items():
            usage, digest = crawl_once(command, size)
            digests.add(digest)
            costs[name].append((usage.cpu_seconds - start_up[name]) * 1000 / size.page_count)
            print(
                f"  round {number + 1}: {name:18}  {costs[name][-1]:6.2f} ms CPU a page, "
                f"{size.page_count / usage.wall_seconds:6.0f} pages/s, {usage.peak_bytes / 2**20:5.0f} MiB"
            )
        if len(digests) > 1:
            raise CrawlFailed("the contenders stored different links")
    return costs


def figures(costs: dict[str, list[float]], command: str) -> list[Figure]:
    shares = [(SCRAPY, "at most 0.167, aim 0.125"), *((bare, "at most 1.8, aim 1.5") for bare in (BARE, BARE_URLJOIN))]
    return [
        *(Figure(name=f"CPU per page, {name}", rounds=one, unit="ms", command=command) for name, one in costs.items()),
        *(
            Figure(
                name=f"CPU per page, ours / {peer}",
                rounds=[mine / theirs for mine, theirs in zip(costs[OURS], costs[peer], strict=True)],
                unit="times",
                command=command,
                asked=asked,
            )
            for peer, asked in shares
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--pages", type=int, default=100, help="of each host")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="write the figures into README.md's table")
    given = parser.parse_args()
    command = f"python -m bench.crawl --hosts {given.hosts} --pages {given.pages} --rounds {given.rounds}"
    measured = figures(measure(Size(given.hosts, given.pages), given.rounds), command)
    for figure in measured:
        print(figure.line())
    if given.record:
        record(measured)


if __name__ == "__main__":
    main()

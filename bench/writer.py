"""How fast the writer takes links into a growing store, what a link costs on disk, and what its layout changes.

    python -m bench.writer [--links 3000000] [--every 1000000] [--record] [--batch 100000] [--index policy|live|late]
                           [--page-size 4096] [--checkpoint 64] [--cache 128] [--mmap 0]

The links are those of link_web.py. CPU is that of the process without the making of the pages; it holds the writer,
SQLite, and the garbage collector's work for both. With `policy` the writer is told that producers wait, as they do
here, and drops the inbound index as it would in a crawl. The end of the run builds it, and then the bytes a link are
the size of the file.

Prints one line a step: links a second of CPU and of wall time since the last line, user and system CPU a link, bytes
read and written a link, the size of file and log, and the CPU in units of a fixed piece of work that is done once a
batch, because neighbours on the machine slow both down alike. `--record` puts the figures into README.md.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from bench.figures import Figure, record
from bench.link_web import LINKS_PER_PAGE, SITES, LinkWeb, Sender
from crawler.garbage import collected_rarely
from storage import CrawlStore, StorageOptions, StoreWriter, open_crawl_store

PROCESS_IO = Path("/proc/self/io")
MEBIBYTE = 1_048_576
END_STEPS = 3
"""The rate "at" a size is that of three steps, as one is at the mercy of the neighbours."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What this process has used so far, or between two readings."""

    user: float
    system: float
    wall: float
    read: int
    written: int

    @classmethod
    def now(cls) -> "Meter":
        used = getrusage(RUSAGE_SELF)
        counts = dict(line.split(": ") for line in PROCESS_IO.read_text().splitlines()) if PROCESS_IO.exists() else {}
        read, written = int(counts.get("rchar", 0)), int(counts.get("wchar", 0))
        return cls(used.ru_utime, used.ru_stime, time.perf_counter(), read, written)

    def __sub__(self, other: "Meter") -> "Meter":
        return Meter(
            self.user - other.user, self.system - other.system, self.wall - other.wall,
            self.read - other.read, self.written - other.written,
        )  # fmt: skip

    def __add__(self, other: "Meter") -> "Meter":
        return self - (NOTHING - other)

    @property
    def cpu(self) -> float:
        return self.user + self.system


NOTHING = Meter(0, 0, 0, 0, 0)


def yardstick() -> float:
    """CPU seconds of a piece of work that is the same every time: new strings in a dict, rows into SQLite.

    Neighbours on the machine slow it down as they slow the writer.
    """
    began = time.process_time()
    texts = {f"https://www.site{number}.test/page": number for number in range(20_000)}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE yard (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO yard VALUES (?, ?)", [(number, text) for text, number in texts.items()])
    return time.process_time() - began


@dataclass(slots=True)
class Step:
    """Links saved since the last line, what that took, and how long a yard was meanwhile."""

    links: int
    used: Meter
    yards: list[float] = field(default_factory=list)

    @property
    def yards_a_million_links(self) -> float:
        """The cost of links in work that suffers from neighbours as they do."""
        return self.used.cpu / statistics.mean(self.yards) / self.links * 1e6

    def line(self, total: int, size: int) -> str:
        used, links, yard = self.used, self.links, statistics.mean(self.yards)
        return (
            f"{total:>11,} links {links / used.cpu:>9,.0f}/s of CPU ({used.user / links * 1e6:.2f} user "
            f"{used.system / links * 1e6:.2f} system us) {links / used.wall:>9,.0f}/s of wall "
            f"{used.read / links:>5,.0f} read {used.written / links:>5,.0f} written {size / total:5.1f} B/link, "
            f"{self.yards_a_million_links:.0f} yards of {yard * 1000:.0f} ms"
        )


def cost(step: Step) -> float:
    return step.used.cpu / step.links


@dataclass(slots=True)
class Result:
    steps: list[Step] = field(default_factory=list)
    end: Meter = field(default=NOTHING)
    bytes_a_link: float = 0.0

    @property
    def links(self) -> int:
        return sum(step.links for step in self.steps)

    def figures(self, links: int, command: str) -> list[Figure]:
        steps, name = self.steps[1:] or self.steps, f"Writer to {links / 1e6:g} M links"
        count = min(END_STEPS, max(1, len(steps) // 2))
        first, last = steps[:count], steps[-count:]
        share = sum(map(cost, first)) / sum(map(cost, last))
        yards = sum(step.yards_a_million_links for step in first) / sum(step.yards_a_million_links for step in last)
        rates = [step.links / step.used.cpu for step in steps]
        wall = [step.links / step.used.wall for step in steps]
        return [
            Figure(name=f"{name}, slowest step", rounds=[min(rates)], unit="links/s of CPU", command=command,
                   asked="at least 100,000"),
            Figure(name=f"{name}, all steps", rounds=rates, unit="links/s of CPU", command=command),
            Figure(name=f"{name}, all steps by wall", rounds=wall, unit="links/s", command=command),
            Figure(name=f"{name}, rate at the end / at the beginning", rounds=[share], unit="times", command=command,
                   asked="at least 0.7"),
            Figure(name=f"{name}, the same in fixed work", rounds=[yards], unit="times", command=command,
                   asked="at least 0.7"),
            Figure(name=f"{name}, on disk all told", rounds=[self.bytes_a_link], unit="bytes a link", command=command,
                   asked="at most 60"),
            Figure(name=f"{name}, ending the run with the inbound index built, CPU", rounds=[self.end.cpu], unit="s",
                   command=command),
            Figure(name=f"{name}, ending the run with the inbound index built, wall", rounds=[self.end.wall], unit="s",
                   command=command),
        ]  # fmt: skip


def size_of(path: Path) -> int:
    return sum(Path(f"{path}{suffix}").stat().st_size for suffix in ("", "-wal") if Path(f"{path}{suffix}").exists())


async def fill(path: Path, given: argparse.Namespace) -> Result:
    with closing(sqlite3.connect(path)) as connection:  # the page size holds from a file's first page on
        connection.executescript(f"PRAGMA page_size = {given.page_size}; VACUUM;")
    result = Result()
    async with opened(path, given) as store:
        web = LinkWeb(1)
        sender = Sender(web)
        writer = await writer_for(store, sender)
        await writer.add_candidates([web.link(site, site, 0, "")[0] for site in range(SITES)])
        await save_all(writer, sender, given, result)
        began = Meter.now()
        await store.end(now=1.0, reason="done")
        await store._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        result.end = Meter.now() - began
    result.bytes_a_link = size_of(path) / result.links
    return result


@asynccontextmanager
async def opened(path: Path, given: argparse.Namespace) -> AsyncIterator[CrawlStore]:
    """The store with what is asked of the log, the memory map and the index."""
    options = StorageOptions(batch_links=given.batch, cache_mebibytes=given.cache)
    async with open_crawl_store(path, options, now=0.0, version="bench", options_json="{}") as store:
        if given.checkpoint:
            pages = given.checkpoint * MEBIBYTE // given.page_size
            await store._writing.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        if given.mmap:
            await store._writing.execute(f"PRAGMA mmap_size = {given.mmap * MEBIBYTE}")
        if given.index == "late":
            await store._writing.execute("DROP INDEX IF EXISTS link_by_target")
        yield store


async def writer_for(store: CrawlStore, sender: Sender) -> StoreWriter:
    return await store.writer(max_depth=5, on_saved=lambda _, waiting: sender.waiting.extend(waiting))


async def save_all(writer: StoreWriter, sender: Sender, given: argparse.Namespace, result: Result) -> None:
    """Save so many links, a line a step."""
    with collected_rarely():  # as in a crawl
        await _save_all(writer, sender, given, result)


async def _save_all(writer: StoreWriter, sender: Sender, given: argparse.Namespace, result: Result) -> None:
    before, step = result.links, Step(0, NOTHING)
    while result.links + step.links < before + given.links:
        visits = sender.visits(given.batch // LINKS_PER_PAGE)
        writer._saver.is_behind = given.index == "policy"
        began = Meter.now()
        await writer._save(visits, [])
        step.used += Meter.now() - began
        step.yards.append(yardstick())
        step.links += len(visits) * LINKS_PER_PAGE
        if step.links >= given.every or result.links + step.links >= before + given.links:
            result.steps.append(step)
            print(step.line(result.links, size_of(writer._path)), flush=True)
            step = Step(0, NOTHING)


def print_end(path: Path, result: Result) -> None:
    print(
        f"run ended, inbound index built: {result.end.cpu:.1f} s of CPU, {result.end.wall:.1f} s; "
        f"{result.bytes_a_link:.2f} bytes a link"
    )
    query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 14"
    with closing(sqlite3.connect(path)) as connection:
        for name, size in connection.execute(query):
            print(f"  {name:24} {size / result.links:6.2f}")


def arguments() -> argparse.Namespace:
    defaults = StorageOptions()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=3_000_000)
    parser.add_argument("--every", type=int, default=500_000)
    parser.add_argument("--batch", type=int, default=defaults.batch_links)
    parser.add_argument("--index", choices=("live", "late", "policy"), default="policy")
    parser.add_argument("--page-size", type=int, default=4096)
    parser.add_argument(
        "--checkpoint", type=int, default=0, help="MiB of log before a checkpoint; 0: as the store has it"
    )
    parser.add_argument("--cache", type=int, default=defaults.cache_mebibytes, help="MiB")
    parser.add_argument("--mmap", type=int, default=0, help="MiB")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--record", action="store_true")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = Path(folder) / "store.db"
        result = asyncio.run(fill(path, given))
        print_end(path, result)
    command = "python -m bench.writer" + (
        "" if given.links == 3_000_000 else f" --links {given.links} --every {given.every}"
    )
    made = result.figures(given.links, command)
    for figure in made:
        print(figure.line())
    if given.record:
        record(made)


if __name__ == "__main__":
    main()

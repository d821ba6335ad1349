"""What several shards bring: pages a second, CPU a page in each process, and what goes through the channel.

    python -m bench.shards [--hosts 60] [--pages 30] [--shards 1 2 3] [--rounds 1] [--record]

The bench web is served by another process on the same cores, without pauses. A child process runs the crawl and says
what it used itself (the writer, with its thread in SQLite, and the channel's end) and what its shards used; the server
used what remains of this process's children. What a crawl of one page takes (imports, opening) is taken off. Messages,
their bytes and the time of packing and unpacking are counted at the writer's end.
"""

import argparse
import json
import pickle
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backlinks.cli import main as backlinks
from bench.crawl import LINKS_PER_PAGE, remove_brakes
from bench.figures import Figure, record
from bench.processes import ROOT, CrawlFailed, serving
from crawler import channel

CORES = (2, 4, 8, 16)


@dataclass(slots=True)
class Traffic:
    """What the writer's end of the channels packed and unpacked."""

    messages_up: int = 0
    messages_down: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    cpu: float = 0.0

    def dumps(self, message: Any, protocol: int) -> bytes:
        began = time.thread_time()
        frame = pickle.dumps(message, protocol)
        self.cpu += time.thread_time() - began
        self.messages_down += 1
        self.bytes_down += len(frame)
        return frame

    def loads(self, frame: bytes) -> Any:
        began = time.thread_time()
        message = pickle.loads(frame)
        self.cpu += time.thread_time() - began
        self.messages_up += 1
        self.bytes_up += len(frame)
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """CPU seconds of one crawl by process, and what it did."""

    shards: int
    pages: int
    wall: float
    writer: float
    writer_loop: float
    crawling: float
    server: float
    traffic: dict[str, float]

    def milliseconds(self, name: str) -> float:
        return float(getattr(self, name)) * 1000 / self.pages

    def line(self) -> str:
        parts = ", ".join(f"{name} {self.milliseconds(name):.2f}" for name in ("writer", "crawling", "server"))
        through = ", ".join(f"{name} {count / self.pages:,.4g}" for name, count in self.traffic.items())
        return (
            f"{self.shards} shards: {self.pages / self.wall:,.0f} pages/s of wall; ms of CPU a page: {parts} "
            f"(the writer's loop {self.milliseconds('writer_loop'):.2f}); a page through the channel: {through}"
        )


def child(folder: Path, shards: int) -> None:
    """Crawl the served web and print what it took."""
    traffic = Traffic()
    channel.pickle = SimpleNamespace(  # type: ignore[assignment]
        dumps=traffic.dumps, loads=traffic.loads, HIGHEST_PROTOCOL=pickle.HIGHEST_PROTOCOL
    )
    files = ["--config", str(folder / "config.toml"), "--db", str(folder / "links.db")]
    own, thread = used(resource.RUSAGE_SELF), used(resource.RUSAGE_THREAD)
    began = time.perf_counter()
    failed = backlinks(["crawl", str(folder / "seeds.txt"), *files, "--shards", str(shards), "--json"])
    wall = time.perf_counter() - began
    took = {
        "wall": wall,
        "writer": used(resource.RUSAGE_SELF) - own,
        "writer_loop": used(resource.RUSAGE_THREAD) - thread,
        "crawling": used(resource.RUSAGE_CHILDREN),
        "traffic": asdict(traffic),
    }
    print(f"\n{json.dumps(took)}")
    sys.exit(failed)


def used(who: int) -> float:
    taken = resource.getrusage(who)
    return taken.ru_utime + taken.ru_stime


def crawl(hosts: int, pages: int, shards: int) -> Run:
    before = used(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(folder, hosts, pages):
            remove_brakes(folder / "config.toml")
            command = [sys.executable, "-m", "bench.shards", "--child", str(folder), str(shards)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CrawlFailed(done.stderr[-3_000:] + done.stdout[-500:])
        with closing(sqlite3.connect(folder / "links.db")) as connection:
            (links,) = connection.execute("SELECT count(*) FROM link").fetchone()
    if links != hosts * pages * LINKS_PER_PAGE:
        raise CrawlFailed(f"{links:,} links stored where {hosts * pages * LINKS_PER_PAGE:,} stand")
    took = json.loads(done.stdout.strip().splitlines()[-1])
    ours = took["writer"] + took["crawling"]
    return Run(shards=shards, pages=hosts * pages, server=used(resource.RUSAGE_CHILDREN) - before - ours, **took)


def without_start(run: Run, start: Run) -> Run:
    names = ("wall", "writer", "writer_loop", "crawling", "server")
    less = {name: getattr(run, name) - getattr(start, name) for name in names}
    traffic = {name: count - start.traffic[name] for name, count in run.traffic.items()}
    return replace(run, pages=run.pages - start.pages, traffic=traffic, **less)


def on_paper(several: Run) -> list[str]:
    """Pages a second by core count, one shard a core beside the writer's, and what is full first."""
    shard, writer = several.milliseconds("crawling") / 1000, several.milliseconds("writer") / 1000
    lines = []
    for cores in CORES:
        shards = min((cores - 1) / shard, 1 / writer)
        full = "the shards are" if (cores - 1) / shard < 1 / writer else "the writer is"
        lines.append(f"{cores} cores: {shards:,.0f} pages/s, {shards * LINKS_PER_PAGE:,.0f} links/s; {full} full first")
    lines.append(f"the writer is full with {writer and shard / writer:.1f} shards, at {1 / writer:,.0f} pages/s")
    return lines


def figures(runs: dict[int, list[Run]], command: str) -> list[Figure]:
    made = []
    for shards, each in runs.items():
        name = f"{shards} shard{'s' * (shards > 1)}"
        made.append(
            Figure(name=f"{name}, pages a second of wall, the web served on the same cores",
                   rounds=[run.pages / run.wall for run in each], unit="pages/s", command=command)
        )  # fmt: skip
        parts = ("writer",) if shards == 1 else ("writer", "crawling")
        for part in parts:
            title = {"writer": "all in one process" if shards == 1 else "writer", "crawling": "shards"}[part]
            made.append(
                Figure(name=f"{name}, CPU a page, {title}", rounds=[run.milliseconds(part) for run in each], unit="ms",
                       command=command)
            )  # fmt: skip
        if shards > 1:
            rounds = [(run.traffic["messages_up"] + run.traffic["messages_down"]) / run.pages for run in each]
            made.append(Figure(name=f"{name}, messages a page", rounds=rounds, unit="messages", command=command))
            rounds = [(run.traffic["bytes_up"] + run.traffic["bytes_down"]) / run.pages / 1000 for run in each]
            made.append(Figure(name=f"{name}, channel a page", rounds=rounds, unit="kB", command=command))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=60)
    parser.add_argument("--pages", type=int, default=30, help="of each host")
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(Path(given.child[0]), int(given.child[1]))
    runs: dict[int, list[Run]] = {shards: [] for shards in given.shards}
    starts = {shards: crawl(1, 1, shards) for shards in given.shards}
    for _ in range(given.rounds):
        for shards, each in runs.items():
            each.append(without_start(crawl(given.hosts, given.pages, shards), starts[shards]))
            print(each[-1].line(), flush=True)
    for line in on_paper(runs[max(runs)][-1]) if max(runs) > 1 else ():
        print(line)
    if given.record:
        sizes = f"--hosts {given.hosts} --pages {given.pages} --rounds {given.rounds}"
        record(figures(runs, f"python -m bench.shards {sizes}"))


if __name__ == "__main__":
    main()

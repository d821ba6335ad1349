"""How fast edges become scores, against the graph engines that people would take instead.

    python -m bench.graph [--edges 10000000] [--rounds 3] [--parts kernels,loads,wholes] [--peers igraph,…] [--record]
    python -m bench.graph --huge 100000000      ours alone: ranking that many edges, with the memory of an edge

Kernel: from compressed rows to scores, by an L1 change of 1e-9; building the rows is told beside it. End to end: a new
process, from the store's file to scores in a table of it, machine code and libraries loaded on the way. All engines get
the same edges, in turns; every peer's scores must agree with ours. CPU seconds count, over all threads.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from .figures import Figure, record
from .peers import peers_python, version_of
from .processes import Usage, run_measured
from .web_graph import NODES_AN_EDGE, edges_file, store_file

PEERS = ("igraph", "networkit", "graphblas", "rustworkx")
PACKAGES = {"graphblas": "python-graphblas"}
OURS = "backlinks"
PEER_SCRIPT = Path(__file__).with_name("peer_graph.py")
AGREEMENT = 1e-8  # in all scores together: each engine stops within some 6e-9 of the exact ones


class Bench:
    """Runs tasks in turns; `peers` are those that are measured."""

    def __init__(self, edge_count: int, peers: Sequence[str], folder: Path) -> None:
        self.edge_count = edge_count
        self.peers = peers
        self.folder = folder
        self.python = peers_python() if peers else Path(sys.executable)
        self.command = f"python -m bench.graph --edges {edge_count}"

    def run(self, engine: str, task: str, *files: Path) -> tuple[dict, Usage]:
        ours = [sys.executable, "-m", "bench.graph_ours", task]
        command = ours if engine == OURS else [self.python, PEER_SCRIPT, engine, task]
        output = self.folder / "output.txt"
        usage = run_measured([*command, *files], output)
        return json.loads(output.read_text().splitlines()[-1]), usage

    def kernels(self, rounds: int) -> list[Figure]:
        """Each engine's seconds to rank, and the ratio of ours to the fastest."""
        seconds: dict[str, list[float]] = {engine: [] for engine in (OURS, *self.peers)}
        wall: dict[str, list[float]] = {engine: [] for engine in seconds}
        for _ in range(rounds):
            for engine, times in seconds.items():
                answer, usage = self.run(engine, "kernel", edges_file(self.edge_count), self._scores(engine))
                times.append(answer["rank"]["cpu"])
                wall[engine].append(answer["rank"]["wall"])
                show(f"kernel, {engine}", answer["rank"], f"built in {answer['build']['cpu']:.2f} s CPU", usage)
        for peer in self.peers:
            self._check(peer)
        name = f"PageRank of {self.edge_count / 1e6:.0f} M edges"
        asked = "at most 1, aim 0.5"
        return [
            *self._figures(name, seconds, asked=asked),
            *self._figures(name, wall, asked=asked, unit="s wall"),
        ]

    def loads(self, rounds: int) -> list[Figure]:
        store = store_file(self.edge_count)
        rates = []
        for _ in range(rounds):
            answer, usage = self.run(OURS, "load", store)
            show("load", answer["load"], f"{answer['edges']:,} edges", usage)
            rates.append(answer["edges"] / answer["load"]["cpu"] / 1e6)
        name = f"Edges with their counts from SQLite into arrays, of {self.edge_count / 1e6:.0f} M"
        return [Figure(name=name, rounds=rates, unit="M edges/s CPU", asked="at least 3", command=self.command)]

    def wholes(self, rounds: int) -> list[Figure]:
        """Twice: with all that the program stores, and with no more than the peers do."""
        turns: dict[tuple[str, str], list[Usage]] = {(OURS, task): [] for task in ("whole", "same", "closeness")}
        turns |= {(peer, "whole"): [] for peer in self.peers}
        self._whole(OURS, "whole")  # compiles what loading has not
        for _ in range(rounds):
            for (engine, task), usages in turns.items():
                usages.append(self._whole(engine, task))
        cpu = {turn: [usage.cpu_seconds for usage in usages] for turn, usages in turns.items()}
        wall = {turn: [usage.wall_seconds for usage in usages] for turn, usages in turns.items()}
        name, asked = f"SQLite file to stored scores, {self.edge_count / 1e6:.0f} M edges", "at most 0.333"
        same = self._figures(name, self._against(cpu, "same"), asked=asked)
        counts = self._figures(f"{name}, with counts", self._against(cpu, "whole"), asked=asked)
        clock = self._figures(name, self._against(wall, "same"), asked=asked, unit="s wall")
        rounds = cpu[OURS, "closeness"]
        label = f"{name}, with counts and harmonic centrality, CPU, ours"
        closeness = Figure(name=label, rounds=rounds, unit="s CPU", command=self.command)
        return [*same, counts[0], *counts[len(self.peers) + 1 :], closeness, *clock]

    def _against(self, seconds: dict[tuple[str, str], list[float]], task: str) -> dict[str, list[float]]:
        return {OURS: seconds[OURS, task], **{peer: seconds[peer, "whole"] for peer in self.peers}}

    def _whole(self, engine: str, task: str) -> Usage:
        copy = self.folder / "store.db"
        shutil.copy(store_file(self.edge_count), copy)
        _, usage = self.run(engine, task, copy)
        show(f"{task}, {engine}", {"cpu": usage.cpu_seconds, "wall": usage.wall_seconds}, "", usage)
        with closing(sqlite3.connect(copy)) as store:
            table = "domain_score" if engine == OURS and task != "same" else "peer_score"
            stored = store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        assert stored == int(self.edge_count * NODES_AN_EDGE)
        return usage

    def _scores(self, engine: str) -> Path:
        return self.folder / f"{engine}.npy"

    def _check(self, peer: str) -> None:
        away = float(np.abs(np.load(self._scores(OURS)) - np.load(self._scores(peer))).sum())
        print(f"  {peer} and ours differ by {away:.1e}, all scores together")
        assert away < AGREEMENT, peer

    def _figures(self, name: str, seconds: dict[str, list[float]], *, asked: str, unit: str = "s CPU") -> list[Figure]:
        name = f"{name}, {unit.removeprefix('s ')}"
        figures = [Figure(name=f"{name}, ours", rounds=seconds[OURS], unit=unit, command=self.command)]
        for peer in self.peers:
            label = f"{name}, {peer} {version_of(self.python, PACKAGES.get(peer, peer))}"
            figures.append(Figure(name=label, rounds=seconds[peer], unit=unit, command=self.command))
        if self.peers:
            fastest = min(self.peers, key=lambda peer: statistics.median(seconds[peer]))
            ratios = [ours / theirs for ours, theirs in zip(seconds[OURS], seconds[fastest], strict=True)]
            label = f"{name}, ours against the fastest peer"
            figures.append(Figure(name=label, rounds=ratios, unit="times", asked=asked, command=self.command))
        return figures


def show(label: str, times: dict[str, float], more: str, usage: Usage) -> None:
    peak = usage.peak_bytes / 2**20
    print(f"  {label:24} {times['cpu']:6.2f} s CPU {times['wall']:6.2f} s wall {peak:7,.0f} MiB  {more}", flush=True)


def huge(edge_count: int, folder: Path) -> list[Figure]:
    """The memory is the peak of the whole process: edges as they came, rows, and what solving needs."""
    bench = Bench(edge_count, [], folder)
    answer, usage = bench.run(OURS, "kernel", edges_file(edge_count), folder / "scores.npy")
    show("kernel", answer["rank"], f"built in {answer['build']['cpu']:.1f} s, {answer['sweeps']} sweeps", usage)
    name, command = f"PageRank of {edge_count / 1e6:.0f} M edges", f"python -m bench.graph --huge {edge_count}"
    seconds = [answer["rank"]["cpu"] + answer["build"]["cpu"]]
    size = [usage.peak_bytes / edge_count]
    return [
        Figure(name=f"{name}, rows built and ranked", rounds=seconds, unit="s CPU", command=command),
        Figure(name=f"{name}, memory", rounds=size, unit="bytes an edge", asked="under 257 (24 GiB)", command=command),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", default="kernels,loads,wholes")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--huge", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if chosen.huge:
            figures = huge(chosen.huge, Path(name))
        else:
            bench = Bench(chosen.edges, [peer for peer in chosen.peers.split(",") if peer], Path(name))
            bench.run(OURS, "kernel", edges_file(chosen.edges), Path(name) / "first.npy")  # compiles, once a machine
            figures = [figure for part in chosen.parts.split(",") for figure in getattr(bench, part)(chosen.rounds)]
    print(f"load average {os.getloadavg()[0]:.1f}")
    for figure in figures:
        print(figure.line())
    if chosen.record:
        record(figures)


if __name__ == "__main__":
    main()

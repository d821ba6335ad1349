"""GraphML of a large domain graph: CPU seconds and peak memory, against networkx's own lxml writer.

    python -m bench.export [--nodes 1000000] [--edges 5000000] [--rounds 1] [--record]

Ours goes from the SQLite file to the file on disk. networkx is given a graph that is in memory already and only its
writing is counted, though its memory is with the graph. Each runs in a process of its own; networkx and igraph then
read our file back, and every attribute of every node and edge must be that of the store.
"""

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.figures import Figure, record
from bench.read_back import READERS
from graph import export_graph, load_graph
from storage.schema import APPLICATION_ID, MIGRATIONS

MOMENT = 1_700_000_000
NIGHT = 30_000  # seconds that pages are fetched in
COMMAND = "python -m bench.export"


def make_store(path: Path, nodes: int, edges: int) -> None:
    """Ranked domains, edges to few of them mostly."""
    dice = random.Random(7)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            f"{''.join(MIGRATIONS)}; PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {len(MIGRATIONS)}; DROP INDEX domain_edge_by_target; PRAGMA synchronous = OFF"
        )
        names = ((n, f"site-{n}.example", n % 100 == 0, n % 7) for n in range(1, nodes + 1))
        connection.executemany("INSERT INTO domain (id, name, is_seed, pages_crawled) VALUES (?, ?, ?, ?)", names)
        connection.execute("INSERT INTO ranking VALUES (1, 0, 1, '{}', ?, 0)", (nodes,))
        scores = (
            (1, n, 1 / (n + 7), n / 3, 100 / n, n, 100 - n / nodes, n % 90, n % 80, n % 70, n % 60, n % 50)
            for n in range(1, nodes + 1)
        )
        connection.executemany(
            "INSERT INTO domain_score VALUES (?, ?, ?, ?, NULL, ?, ?, ?, NULL, ?, ?, ?, ?, ?)", scores
        )
        connection.executemany("INSERT INTO domain_edge VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _edges(dice, nodes, edges))


def _edges(dice: random.Random, nodes: int, edges: int) -> Iterator[tuple[int, ...]]:
    each = edges // nodes
    for source in range(1, nodes + 1):
        targets: set[int] = set()
        while len(targets) < each:
            target = 1 + int(nodes * dice.random() ** 3)
            if target != source:
                targets.add(target)
        for target in sorted(targets):
            links = dice.randrange(1, 40)
            yield (
                source,
                target,
                links,
                links // 2,
                links,
                links // 3,
                MOMENT + source % NIGHT,
                MOMENT + (source + target) % NIGHT,
            )


def child(who: str, store: Path, target: Path) -> None:
    """Prints CPU seconds of the writing and the peak of resident memory in MB."""
    if who == "ours":
        began = time.process_time()
        export_graph(store, target)
    else:
        import networkx as nx  # noqa: PLC0415 — not in our process

        graph = load_graph(store)
        began = time.process_time()
        nx.write_graphml_lxml(graph, target)
    seconds = time.process_time() - began
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measured(who: str, store: Path, target: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "bench.export", "--child", who, str(store), str(target)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = json.loads(answer)
    print(f"{who}: {seconds:.1f} s CPU, {megabytes:,.0f} MB, file {target.stat().st_size / 1e6:,.0f} MB", flush=True)
    return seconds, megabytes


def read_back(who: str, target: Path, store: Path) -> tuple[float, int, int]:
    """CPU seconds of the reading, nodes and edges; fails when anything of the graph is not that of the store."""
    command = [sys.executable, "-m", "bench.read_back", who, str(target), str(store)]
    seconds, nodes, edges = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(f"{who} reads an equal graph back: {nodes:,} nodes, {edges:,} edges, {seconds:.1f} s CPU", flush=True)
    return seconds, nodes, edges


def figures(
    size: str, ours: list[tuple[float, float]], peers: list[tuple[float, float]], readers: dict[str, float]
) -> list[Figure]:
    times = [peer[0] / our[0] for our, peer in zip(ours, peers, strict=True)]
    return [
        Figure(name=f"GraphML of {size}, CPU", rounds=[our[0] for our in ours], unit="s", command=COMMAND),
        Figure(
            name=f"GraphML of {size}, times as fast as networkx.write_graphml_lxml",
            rounds=times, unit="times", command=COMMAND, asked="at least 3",
        ),
        Figure(
            name=f"GraphML of {size}, peak memory",
            rounds=[our[1] for our in ours], unit="MB", command=COMMAND, asked="under 300 MB",
        ),
        Figure(
            name=f"GraphML of {size}, peak memory of networkx",
            rounds=[peer[1] for peer in peers], unit="MB", command=COMMAND,
        ),
        *(
            Figure(
                name=f"GraphML of {size}, read back by {who}", rounds=[seconds], unit="s CPU", command=COMMAND,
                asked="an equal graph (it is)",
            )
            for who, seconds in readers.items()
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]), Path(given.child[2]))
        return
    edges = given.edges // given.nodes * given.nodes
    with tempfile.TemporaryDirectory() as folder:
        store, ours_file, peers_file = (Path(folder, name) for name in ("x.db", "ours.graphml", "peer.graphml"))
        make_store(store, given.nodes, given.edges)
        ours, peers = [], []
        for _ in range(given.rounds):
            ours.append(measured("ours", store, ours_file))
            peers.append(measured("networkx", store, peers_file))
        peers_file.unlink()
        readers = {}
        for who in READERS:
            readers[who], *counts = read_back(who, ours_file, store)
            assert counts == [given.nodes, edges], counts
    made = figures(f"{given.nodes:,} nodes and {edges:,} edges", ours, peers, readers)
    for figure in made:
        print(figure.line())
    if given.record:
        record(made)


if __name__ == "__main__":
    main()

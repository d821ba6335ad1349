"""Our side of bench.graph, in a process of its own: `python -m bench.graph_ours TASK FILE [RESULT]` prints JSON."""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from graph import GraphOptions, rank_store
from graph.arrays import Numbering, read_domain_edges, read_domain_ids
from graph.authority import compute_authority, compute_ranks
from graph.inlinks import build_inlinks
from graph.pagerank import Iteration, compute_pagerank
from storage import open_edges

L1_CHANGE = 1e-9
FOLLOWED = "SELECT source, target, followed_links FROM domain_edge"
TOLERANCE = L1_CHANGE / (1 - 0.85)
"""The stop test is on the distance from the exact scores; asked for this, it ends at that L1 change."""


def timed(work: Callable[[], object]) -> tuple[object, dict[str, float]]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def kernel(file: str, result: str) -> dict[str, object]:
    edges = np.load(file)
    source, target = edges["source"], edges["target"]
    count = int(max(source.max(), target.max())) + 1
    how = Iteration(tolerance=TOLERANCE)
    compute_pagerank(build_inlinks(count, source[:100_000], target=target[:100_000]), how=how)  # machine code is loaded
    inlinks, building = timed(lambda: build_inlinks(count, source, target=target))
    ranked, ranking = timed(lambda: compute_pagerank(inlinks, how=how))
    np.save(result, ranked.scores)
    return {"build": building, "rank": ranking, "sweeps": ranked.sweeps, "change": ranked.change}


def load(file: str, _: str) -> dict[str, object]:
    """From the file to compressed rows, with all counts of each edge."""

    def work() -> int:
        with open_edges(Path(file)) as reader:
            ids = read_domain_ids(reader)
            edges = read_domain_edges(reader, Numbering(ids))
            return build_inlinks(len(ids), edges.source, target=edges.target).edge_count

    count, loading = timed(work)
    return {"load": loading, "edges": count}


def whole(file: str, _: str) -> dict[str, object]:
    """All that `backlinks rank` does, counts too, but for pages, which this store has none of, and closeness."""
    summary = rank_store(Path(file), GraphOptions(page_scores=False, harmonic=False, tolerance=TOLERANCE))
    return {"domains": summary.domain_count, "sweeps": summary.sweeps}


def same(file: str, _: str) -> dict[str, object]:
    """No more than the peers are asked for: followed edges, PageRank, authority and rank, in a table like theirs."""
    with open_edges(Path(file)) as reader:
        ids = read_domain_ids(reader)
        rows = reader._rows(FOLLOWED, 3)  # the program itself asks for the counts too
        source, target, followed = Numbering(ids).edges(rows, loops=False)
    kept = followed > 0
    inlinks = build_inlinks(len(ids), source[kept], target=target[kept])
    scores = compute_pagerank(inlinks, how=Iteration(tolerance=TOLERANCE)).scores
    columns = (ids, scores, compute_authority(scores), compute_ranks(scores)[0])
    with closing(sqlite3.connect(file, isolation_level=None)) as store:
        store.execute("BEGIN")
        store.execute("CREATE TABLE peer_score (id INTEGER PRIMARY KEY, pagerank REAL, authority REAL, rank INTEGER)")
        # Fifty rows a statement, as the program writes its own scores.
        values: list[object] = [None] * (4 * len(ids))
        for number, column in enumerate(columns):
            values[number::4] = column.tolist()
        for rows, start in ((50, 0), (1, len(ids) // 50 * 50)):
            sql = f"INSERT INTO peer_score VALUES {', '.join(['(?, ?, ?, ?)'] * rows)}"
            starts = range(4 * start, len(values) - 4 * rows + 1, 4 * rows)
            store.executemany(sql, (values[at : at + 4 * rows] for at in starts))
        store.execute("COMMIT")
    return {}


def closeness(file: str, _: str) -> dict[str, object]:
    rank_store(Path(file), GraphOptions(page_scores=False, tolerance=TOLERANCE))
    return {}


if __name__ == "__main__":
    tasks = {"kernel": kernel, "load": load, "whole": whole, "same": same, "closeness": closeness}
    print(json.dumps(tasks[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")))

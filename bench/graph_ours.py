"""Our side of bench.graph, in a process of its own: `python -m bench.graph_ours TASK FILE [RESULT]` prints JSON."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from graph import GraphOptions, rank_store
from graph.arrays import Numbering, read_domain_edges, read_domain_ids
from graph.inlinks import build_inlinks
from graph.pagerank import Iteration, compute_pagerank
from storage import open_edges

L1_CHANGE = 1e-9
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
    """All that `backlinks rank` does, but for pages, which this store has none of, and closeness."""
    summary = rank_store(Path(file), GraphOptions(page_scores=False, harmonic=False, tolerance=TOLERANCE))
    return {"domains": summary.domain_count, "sweeps": summary.sweeps}


def closeness(file: str, _: str) -> dict[str, object]:
    rank_store(Path(file), GraphOptions(page_scores=False, tolerance=TOLERANCE))
    return {}


if __name__ == "__main__":
    tasks = {"kernel": kernel, "load": load, "whole": whole, "closeness": closeness}
    print(json.dumps(tasks[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")))

"""The compiled loops; imported only for graphs that are large enough to earn the compiler's start.

They are compiled once a machine and kept beside the sources (or where numba keeps what it may not write there), run
without the interpreter's lock, and give the same result on every run. Not here: what a score means.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]

Rows = tuple[Ints, Numbers, Floats]
"""Starts, sources and weights, as in Inlinks; without weights the last is empty."""

NO_WEIGHTS: Floats = np.empty(0)


@nb.njit(cache=True, nogil=True)
def sort_by_target(node_count: int, source: Numbers, target: Numbers, weights: Floats) -> tuple[Ints, Numbers, Floats]:
    """A counting sort: row starts, sources and weights, keeping the order inside a row."""
    starts = np.zeros(node_count + 1, np.int64)
    for node in target:
        starts[node + 1] += 1
    for node in range(node_count):
        starts[node + 1] += starts[node]
    place = starts[:-1].copy()
    sources = np.empty(source.size, np.int32)
    sorted_weights = np.empty(weights.size)
    for edge in range(source.size):
        at = place[target[edge]]
        place[target[edge]] = at + 1
        sources[at] = source[edge]
        if weights.size:
            sorted_weights[at] = weights[edge]
    return starts, sources, sorted_weights


@nb.njit(cache=True, nogil=True)
def gather(rows: Rows, share: Floats) -> Floats:
    """What each node receives: the sum over its row of share[source], times the edge's weight."""
    starts, sources, weights = rows
    received = np.empty(starts.size - 1)
    for node in range(received.size):
        total = 0.0
        for edge in range(starts[node], starts[node + 1]):
            total += share[sources[edge]] * weights[edge] if weights.size else share[sources[edge]]
        received[node] = total
    return received


@nb.njit(cache=True, nogil=True)
def solve(rows: Rows, teleport: Floats, factor: Floats, tolerance: float, max_sweeps: int) -> tuple[Floats, int]:
    """Solve y = teleport + the sum over in-edges of factor[source] * y[source], by Gauss-Seidel.

    `factor` is damping / strength, 0 for a dangling node, whose row is computed once at the end.
    """
    starts, sources, weights = rows
    y = teleport.copy()
    share = y * factor
    sweep = 0
    while sweep < max_sweeps:
        sweep += 1
        change = 0.0
        total = 0.0
        for node in range(y.size):
            if factor[node] == 0.0:
                continue
            new = teleport[node]
            for edge in range(starts[node], starts[node + 1]):
                new += share[sources[edge]] * weights[edge] if weights.size else share[sources[edge]]
            change += abs(new - y[node])
            total += new
            y[node] = new
            share[node] = new * factor[node]
        if change < tolerance * total:
            break
    for node in range(y.size):
        if factor[node] == 0.0:
            for edge in range(starts[node], starts[node + 1]):
                y[node] += share[sources[edge]] * weights[edge] if weights.size else share[sources[edge]]
    return y, sweep

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
Switches = NDArray[np.bool_]

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
def count_by_target(node_count: int, target: Numbers, links: Numbers, pages: Numbers, followed: Numbers) -> Ints:
    """A line a node: its edges' links and pages together, how many edges, how many of them followed."""
    counts = np.zeros((node_count, 4), np.int64)
    for edge in range(target.size):
        line = counts[target[edge]]
        line[0] += links[edge]
        line[1] += pages[edge]
        line[2] += 1
        line[3] += followed[edge] > 0
    return counts


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

    `factor` is damping / strength, 0 for a dangling node. Those feed nobody: the sweeps run over the others alone,
    whose values then lie close together in memory, and dangling nodes get theirs at the end.
    """
    is_core = factor != 0.0
    core = _between(rows, is_core)
    y = teleport.copy()
    inside, sweeps = _sweep(core, teleport[is_core], factor[is_core], tolerance, max_sweeps)
    y[is_core] = inside
    received = gather(rows, y * factor)
    for node in range(y.size):
        if not is_core[node]:
            y[node] += received[node]
    return y, sweeps


@nb.njit(cache=True, nogil=True)
def _between(rows: Rows, is_core: Switches) -> Rows:
    """The rows of some nodes, renumbered in their order; all their sources must be among them."""
    starts, sources, weights = rows
    number = np.cumsum(is_core).astype(np.int32) - np.int32(1)
    core_starts = np.zeros(number[-1] + 2, np.int64)
    for node in np.flatnonzero(is_core):
        core_starts[number[node] + 1] = core_starts[number[node]] + starts[node + 1] - starts[node]
    core_sources = np.empty(core_starts[-1], np.int32)
    core_weights = np.empty(core_starts[-1] if weights.size else 0)
    for node in np.flatnonzero(is_core):
        shift = core_starts[number[node]] - starts[node]
        for edge in range(starts[node], starts[node + 1]):
            core_sources[edge + shift] = number[sources[edge]]
            if weights.size:
                core_weights[edge + shift] = weights[edge]
    return core_starts, core_sources, core_weights


@nb.njit(cache=True, nogil=True)
def _sweep(rows: Rows, teleport: Floats, factor: Floats, tolerance: float, max_sweeps: int) -> tuple[Floats, int]:
    """Until one sweep changes all values together by less than `tolerance` of their sum."""
    starts, sources, weights = rows
    y = teleport.copy()
    share = y * factor
    sweep = 0
    while sweep < max_sweeps:
        sweep += 1
        change = 0.0
        total = 0.0
        for node in range(y.size):
            new = teleport[node]
            for edge in range(starts[node], starts[node + 1]):
                new += share[sources[edge]] * weights[edge] if weights.size else share[sources[edge]]
            change += abs(new - y[node])
            total += new
            y[node] = new
            share[node] = new * factor[node]
        if change <= tolerance * total:
            break
    return y, sweep

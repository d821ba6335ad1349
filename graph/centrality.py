"""Harmonic centrality: for each node the sum of 1 / distance over all nodes that reach it.

Exact for graphs where that is cheap, by a breadth-first search from many nodes at once: one bit a starting node, so
that a step for 64 of them is one pass over the edges. Larger graphs are estimated with HyperLogLog counters
(kernels.py).
"""

import numpy as np

from .inlinks import Floats, Inlinks

EXACT_COST = 3_000_000_000
"""Nodes times edges up to which the exact sum is taken; some seconds on a small machine."""

WORDS = 16
BITS = 64 * WORDS


def compute_harmonic(inlinks: Inlinks) -> Floats:
    """As networkx defines it: not divided by the number of nodes. Parallel edges and loops must be folded away."""
    if not is_exact(inlinks):
        from . import hyperball  # noqa: PLC0415 — importing the compiler costs half a second

        return hyperball.estimate_harmonic(inlinks.starts, inlinks.sources)
    harmonic = np.zeros(inlinks.node_count)
    for first in range(0, inlinks.node_count, BITS):
        harmonic += _from_some(inlinks, first, min(first + BITS, inlinks.node_count))
    return harmonic


def _from_some(inlinks: Inlinks, first: int, end: int) -> Floats:
    """The part of the sum that the nodes first .. end - 1 contribute."""
    reached = np.zeros((inlinks.node_count, WORDS), np.uint64)
    bits = np.arange(end - first)
    reached[np.arange(first, end), bits // 64] = np.uint64(1) << (bits % 64).astype(np.uint64)
    rows = np.flatnonzero(np.diff(inlinks.starts))
    harmonic = np.zeros(inlinks.node_count)
    distance = 0
    while len(rows):
        distance += 1
        before = reached[rows]
        after = before | np.bitwise_or.reduceat(reached[inlinks.sources], inlinks.starts[rows], axis=0)
        new = np.bitwise_count(before ^ after).sum(axis=1)
        if not new.any():
            break
        harmonic[rows] += new / distance
        reached[rows] = after
    return harmonic


def is_exact(inlinks: Inlinks) -> bool:
    """Whether the sum is taken exactly, not estimated."""
    return inlinks.node_count * inlinks.edge_count <= EXACT_COST

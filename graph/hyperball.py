"""Harmonic centrality of large graphs, estimated: HyperBall, with HyperLogLog counters of who reaches a node.

A counter is a row of registers; the union of two sets is their maximum, register by register. After step t a node's
counter stands for all who reach it in t links; what it has gained, divided by t, is what the step adds. The first
step is exact: it is the in-degree. Only what stands behind a counter that grew is looked at again. Compiled; see
kernels.py.

After Boldi and Vigna, "In-core computation of geometric centralities with HyperBall", 2013.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from .inlinks import Floats, Ints, Numbers, Switches

REGISTERS = 128
BITS = 7  # of a hash that choose the register
ALPHA = 0.7213 / (1.0 + 1.079 / REGISTERS)  # the bias of the harmonic mean, from the HyperLogLog paper
LOW_BITS = np.uint64(64 - BITS)
POWERS: Floats = 2.0 ** -np.arange(65, dtype=np.float64)

SAMPLE = 64
"""So many popular nodes are counted exactly, one bit of a word each."""

Registers = NDArray[np.uint8]
Masks = NDArray[np.uint64]


@nb.njit(cache=True, nogil=True)
def _hash(number: int) -> np.uint64:
    """The finalizer of splitmix64: every bit of the number moves half of the result's."""
    mixed = np.uint64(number) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@nb.njit(cache=True, nogil=True)
def _first_counters(node_count: int) -> Registers:
    """Each node alone in its counter: the place of the first set bit, in the register that the hash names."""
    counters = np.zeros((node_count, REGISTERS), np.uint8)
    for node in range(node_count):
        mixed = _hash(node)
        rest = (mixed << np.uint64(BITS)) | np.uint64(1 << (BITS - 1))
        place = 1
        while not rest & np.uint64(1 << 63):
            rest <<= np.uint64(1)
            place += 1
        counters[node, mixed >> LOW_BITS] = place
    return counters


@nb.njit(cache=True, nogil=True)
def _estimate(counter: Registers, powers: Floats) -> float:
    total = 0.0
    empty = 0
    for register in counter:
        total += powers[register]
        empty += register == 0
    estimate = ALPHA * REGISTERS * REGISTERS / total
    if estimate <= 2.5 * REGISTERS and empty:  # few are better counted by how many registers are empty
        estimate = REGISTERS * np.log(REGISTERS / empty)
    return float(estimate)


@nb.njit(cache=True, nogil=True)
def _unite(united: Registers, other: Registers) -> None:
    for register in range(REGISTERS):
        united[register] = max(united[register], other[register])


@nb.njit(cache=True, nogil=True)
def _differ(one: Registers, other: Registers) -> bool:
    for register in range(REGISTERS):  # noqa: SIM110 — the compiler knows no generators here
        if one[register] != other[register]:
            return True
    return False


@nb.njit(cache=True, nogil=True)
def _step(starts: Ints, sources: Numbers, before: Registers, after: Registers, grew: Switches) -> Switches:
    """Every counter becomes the union of its own and those of its sources that grew; which ones that made grow."""
    grows = np.zeros(grew.size, np.bool_)
    for node in range(grew.size):
        own, united = before[node], after[node]
        united[:] = own
        for edge in range(starts[node], starts[node + 1]):
            if grew[sources[edge]]:
                _unite(united, before[sources[edge]])
        grows[node] = _differ(united, own)
    return grows


@nb.njit(cache=True, nogil=True)
def _gain(counters: Registers, grown: Switches, sizes: Floats, powers: Floats) -> Floats:
    """How much the sets behind the counters have grown, by estimate; `sizes` is brought up to date."""
    gained = np.zeros(sizes.size)
    for node in range(sizes.size):
        if grown[node]:
            size = _estimate(counters[node], powers)
            gained[node] = max(0.0, size - sizes[node])
            sizes[node] = max(size, sizes[node])
    return gained


@nb.njit(cache=True, nogil=True)
def _exact_step(starts: Ints, sources: Numbers, reached: Masks, further: Masks) -> Ints:
    """One step backwards from the sampled nodes, a bit each: how many nodes each one newly reaches."""
    further[:] = reached
    for node in range(reached.size):
        mask = reached[node]
        if mask:
            for edge in range(starts[node], starts[node + 1]):
                further[sources[edge]] |= mask
    found = np.zeros(SAMPLE, np.int64)
    for node in range(reached.size):
        new = further[node] & ~reached[node]
        bit = 0
        while new:
            found[bit] += new & np.uint64(1)
            new >>= np.uint64(1)
            bit += 1
    return found


def exact_harmonic(starts: Ints, sources: Numbers, nodes: Ints) -> Floats:
    """Of at most SAMPLE nodes."""
    reached = np.zeros(len(starts) - 1, np.uint64)
    reached[nodes] = np.uint64(1) << np.arange(len(nodes), dtype=np.uint64)
    further = np.empty_like(reached)
    harmonic = np.zeros(SAMPLE)
    distance = 0
    while True:
        distance += 1
        found = _exact_step(starts, sources, reached, further)
        if not found.any():
            return harmonic[: len(nodes)]
        harmonic += found / distance
        reached, further = further, reached


def estimate_harmonic(starts: Ints, sources: Numbers) -> Floats:
    """For rows as in Inlinks."""
    direct: Floats = np.diff(starts).astype(np.float64)
    further = _estimate_further(starts, sources)
    popular = np.argsort(-direct, kind="stable")[:SAMPLE]
    exact = exact_harmonic(starts, sources, popular)
    # Popular nodes are reached by nearly the same nodes, so their counters err together: the sample tells by how much.
    if further[popular].any():
        further *= (exact - direct[popular]).sum() / further[popular].sum()
    harmonic: Floats = direct + further
    harmonic[popular] = exact
    return harmonic


def _estimate_further(starts: Ints, sources: Numbers) -> Floats:
    """What nodes at distance 2 and more add."""
    count = len(starts) - 1
    harmonic = np.zeros(count)
    before, sizes = _first_counters(count), np.ones(count)
    after = np.empty_like(before)
    grown = np.ones(count, np.bool_)
    distance = 0
    while grown.any():
        distance += 1
        grown = _step(starts, sources, before, after, grown)
        gained = _gain(after, grown, sizes, POWERS)
        if distance > 1:
            harmonic += gained / distance
        before, after = after, before
    return harmonic

"""A graph as arrays: for each node, who links to it, in compressed rows.

Nodes are numbers from 0. The sources of node i are `sources[starts[i]:starts[i + 1]]`; `strength` is what all out-
edges of a node weigh together, the number it divides its score by, and 0 for a dangling one. Twelve bytes hold an
edge while it is sorted, four afterwards (eight more with weights).

Not here: reading rows (load.py), folding parallel links (folding is done before), ranking (pagerank.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
Switches = NDArray[np.bool_]

COMPILED_FROM_EDGES = 50_000
"""Below it a sweep in numpy is faster than loading the compiled kernels."""


@dataclass(frozen=True, slots=True, eq=False)
class Inlinks:
    starts: Ints
    sources: Numbers
    strength: Floats
    weights: Floats | None = None

    @property
    def node_count(self) -> int:
        return len(self.starts) - 1

    @property
    def edge_count(self) -> int:
        return len(self.sources)

    def targets(self) -> Numbers:
        """The target of each edge, in the order of `sources`."""
        return np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.starts))

    def row(self, node: int) -> slice:
        """Where the in-edges of a node stand in `sources` and `weights`."""
        return slice(int(self.starts[node]), int(self.starts[node + 1]))


def build_inlinks(
    node_count: int,
    source: Numbers,
    *,
    target: Numbers,
    weights: Floats | None = None,
    strength: Floats | None = None,
) -> Inlinks:
    """Sort edges by target. `strength` is given when nodes lose something on edges that are not here."""
    if strength is None:
        strength = np.bincount(source, weights=weights, minlength=node_count).astype(np.float64)
    if len(source) >= COMPILED_FROM_EDGES:
        from . import kernels  # noqa: PLC0415 — importing the compiler costs half a second

        given = kernels.NO_WEIGHTS if weights is None else weights
        starts, sources, sorted_weights = kernels.sort_by_target(node_count, source, target, given)
        return Inlinks(starts, sources, strength, None if weights is None else sorted_weights)
    order = np.argsort(target, kind="stable")
    starts = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(target, minlength=node_count), out=starts[1:])
    return Inlinks(starts, source[order], strength, None if weights is None else weights[order])

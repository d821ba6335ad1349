"""PageRank, whole or personalised, as a linear system.

Dangling mass is spread like the teleport, so the scores are y / sum(y) where y = teleport + damping * (what links
pass): dangling nodes never feed back, only nodes with out-edges are iterated, and each sweep uses what it has just
computed (Gauss-Seidel). What evaporates on unfollowed links is spread the same way. At the end one step of the
textbook iteration measures the L1 change it still makes, which bounds how far the scores are off.

Small graphs run in numpy, larger ones in kernels.py.
"""

from dataclasses import dataclass

import numpy as np

from .inlinks import COMPILED_FROM_EDGES, Floats, Inlinks, Ints, Numbers, Switches

DAMPING = 0.85
TOLERANCE = 1e-9
MAX_SWEEPS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Scores that sum to 1; `change` is the L1 change that the last step of power iteration made."""

    scores: Floats
    sweeps: int
    change: float
    is_converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Iteration:
    """How much of a score follows links, and when to stop: all scores together are off by less than `tolerance`."""

    damping: float = DAMPING
    tolerance: float = TOLERANCE
    max_sweeps: int = MAX_SWEEPS

    @property
    def last_change(self) -> float:
        return self.tolerance * (1.0 - self.damping)

    @property
    def stop_change(self) -> float:
        """Half of it: the sweeps see only nodes with out-edges, and what these move moves their targets too."""
        return self.last_change / 2


def compute_pagerank(inlinks: Inlinks, teleport: Floats | None = None, *, how: Iteration | None = None) -> Ranked:
    """The chance of finding a surfer at each node. `teleport` sums to 1; None is uniform."""
    how = how or Iteration()
    count = inlinks.node_count
    if not count:
        return Ranked(np.zeros(0), 0, 0.0, is_converged=True)
    start = np.full(count, 1.0 / count) if teleport is None else teleport
    values, sweeps = _solve(inlinks, start, how)
    scores = values / values.sum()
    after = step(inlinks, scores, start, damping=how.damping)
    change = float(np.abs(after - scores).sum())
    return Ranked(after / after.sum(), sweeps, change, is_converged=change < how.last_change)


def step(inlinks: Inlinks, scores: Floats, teleport: Floats, *, damping: float) -> Floats:
    """One step of power iteration: what links pass, and the rest spread by the teleport."""
    passed = inflow(inlinks, shares(inlinks, scores, damping=damping))
    after: Floats = passed + (scores.sum() - passed.sum()) * teleport
    return after


def shares(inlinks: Inlinks, scores: Floats, *, damping: float) -> Floats:
    """What each node passes along an edge of weight 1."""
    out: Floats = np.divide(damping * scores, inlinks.strength, out=np.zeros_like(scores), where=inlinks.strength > 0)
    return out


def inflow(inlinks: Inlinks, share: Floats) -> Floats:
    """What each node receives along its in-edges."""
    if inlinks.edge_count >= COMPILED_FROM_EDGES:
        from . import kernels  # noqa: PLC0415 — importing the compiler costs half a second

        return kernels.gather(_rows(inlinks), share)
    arriving = share[inlinks.sources]
    if inlinks.weights is not None:
        arriving = arriving * inlinks.weights
    return np.bincount(inlinks.targets(), weights=arriving, minlength=inlinks.node_count).astype(np.float64)


def dangling(inlinks: Inlinks) -> Switches:
    """Which nodes have no out-edge; in a crawl mostly those whose pages were not fetched."""
    is_dangling: Switches = inlinks.strength == 0
    return is_dangling


def _solve(inlinks: Inlinks, teleport: Floats, how: Iteration) -> tuple[Floats, int]:
    if inlinks.edge_count >= COMPILED_FROM_EDGES:
        from . import kernels  # noqa: PLC0415 — importing the compiler costs half a second

        factor = shares(inlinks, np.ones(inlinks.node_count), damping=how.damping)
        return kernels.solve(_rows(inlinks), teleport, factor, how.stop_change, how.max_sweeps)
    values = teleport.copy()
    for sweep in range(1, how.max_sweeps + 1):
        after = teleport + inflow(inlinks, shares(inlinks, values, damping=how.damping))
        change = np.abs(after - values).sum() / after.sum()
        values = after
        if change < how.stop_change:
            return values, sweep
    return values, how.max_sweeps


def _rows(inlinks: Inlinks) -> tuple[Ints, Numbers, Floats]:
    """The arrays as compiled code takes them."""
    return inlinks.starts, inlinks.sources, np.empty(0) if inlinks.weights is None else inlinks.weights

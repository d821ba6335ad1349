"""A networkx backend: `nx.pagerank` and `nx.harmonic_centrality` on arrays, for graphs that networkx cannot hold.

networkx finds this module by an entry point and calls what it finds here by networkx' own names and signatures, for a
`LinkGraph`, or for any graph when told `backend="backlinks"`. What is not here it runs itself, on a converted copy.
Scores are within 1e-9 of the exact ones, all together, however large `tol` is: networkx multiplies it by the number
of nodes. Only where the package is installed does networkx see it.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from .centrality import compute_harmonic
from .inlinks import Floats, Inlinks, Numbers, build_inlinks
from .pagerank import DAMPING, MAX_SWEEPS, TOLERANCE, Iteration, compute_pagerank

BACKEND = "backlinks"

PARAMETERS = {
    "pagerank": ("G", "alpha", "personalization", "max_iter", "tol", "nstart", "weight", "dangling"),
    "harmonic_centrality": ("G", "nbunch", "distance", "sources"),
}
NOT_TAKEN = {"pagerank": ("nstart", "dangling"), "harmonic_centrality": ("nbunch", "distance", "sources")}


@dataclass(frozen=True, slots=True, eq=False)
class LinkGraph:
    """A directed graph as arrays; `columns` are numbers of its edges by name, to be used as `weight`."""

    nodes: Sequence[Hashable]
    source: Numbers
    target: Numbers
    columns: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def __networkx_backend__(self) -> str:
        return BACKEND

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.nodes)

    def number_of_nodes(self) -> int:
        return len(self.nodes)

    def number_of_edges(self) -> int:
        return len(self.source)

    def is_directed(self) -> bool:
        return True

    def is_multigraph(self) -> bool:
        return False

    def inlinks(self, weight: str | None = None) -> Inlinks:
        """Edges without a column of that name weigh 1, as in networkx."""
        return build_inlinks(
            len(self.nodes), self.source, target=self.target, weights=self.columns.get(weight) if weight else None
        )


def pagerank(  # noqa: PLR0913 — networkx' signature
    G: LinkGraph,
    alpha: float = DAMPING,
    personalization: Mapping[Hashable, float] | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: None = None,  # noqa: ARG001 — can_run lets nothing else come here
    weight: str | None = "weight",
    dangling: None = None,  # noqa: ARG001 — the same
) -> dict[Hashable, float]:
    """Within 1e-9 of the exact scores, all together, or as near as asked; else raises what networkx raises."""
    tolerance = min(TOLERANCE, tol * max(len(G), 1))
    how = Iteration(damping=alpha, tolerance=tolerance, max_sweeps=max(max_iter, MAX_SWEEPS))
    teleport = None if personalization is None else _as_teleport(G, personalization)
    ranked = compute_pagerank(G.inlinks(weight), teleport, how=how)
    if not ranked.is_converged:
        raise nx.PowerIterationFailedConvergence(how.max_sweeps)
    return dict(zip(G.nodes, ranked.scores.tolist(), strict=True))


def harmonic_centrality(G: LinkGraph, *_: None, **_kw: None) -> dict[Hashable, float]:
    """Exact while that is cheap, an estimate within a few percent beyond."""
    return dict(zip(G.nodes, compute_harmonic(G.inlinks()).tolist(), strict=True))


def can_run(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool | str:
    """True, or why networkx must do it itself."""
    given = dict(zip(PARAMETERS[name], args, strict=False)) | dict(kwargs)
    for argument in NOT_TAKEN[name]:
        if given.get(argument) is not None:
            return f"{argument} is not taken"
    return True if given.get("alpha", DAMPING) < 1 else "without a teleport there may be no one answer"


def convert_from_nx(graph: "nx.Graph[Any]", *, edge_attrs: Mapping[str, float] | None = None, **_: Any) -> LinkGraph:
    """`edge_attrs` are the columns that the algorithm wants, with what an edge without a value has."""
    directed = graph if graph.is_directed() else graph.to_directed(as_view=True)
    nodes = list(directed)
    number = {node: place for place, node in enumerate(nodes)}
    edges = list(directed.edges(data=True))
    columns = {
        name: np.array([data.get(name, default) for *_ends, data in edges], np.float64)
        for name, default in (edge_attrs or {}).items()
    }
    source = np.array([number[edge[0]] for edge in edges], np.int32)
    target = np.array([number[edge[1]] for edge in edges], np.int32)
    return LinkGraph(nodes, source, target, columns)


def convert_to_nx(result: Any, **_: Any) -> Any:
    """A `LinkGraph` as networkx' own graph; anything else is an answer and stays what it is."""
    if not isinstance(result, LinkGraph):
        return result
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(result.nodes)
    names = list(result.columns)
    ends = zip(result.source.tolist(), result.target.tolist(), strict=True)
    values = zip(*(column.tolist() for column in result.columns.values()), strict=True) if names else None
    for source, target in ends:
        data = dict(zip(names, next(values), strict=True)) if values else {}
        graph.add_edge(result.nodes[source], result.nodes[target], **data)
    return graph


def _as_teleport(graph: LinkGraph, personalization: Mapping[Hashable, float]) -> Floats:
    weights = np.array([personalization.get(node, 0) for node in graph.nodes], np.float64)
    if not weights.sum():
        raise ZeroDivisionError  # as networkx does
    teleport: Floats = weights / weights.sum()
    return teleport

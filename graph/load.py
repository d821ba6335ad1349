"""Rows to a graph: the store as a networkx DiGraph with attributes, or as arrays where networkx cannot go.

networkx needs some 500 bytes an edge with attributes; beyond a few million edges take arrays, or a selection. A
node's name is its key. Attributes that the store does not know are absent, never None; moments are ISO 8601 text in
UTC.

Not here: which part is wanted (selection.py), ranking.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from storage import DomainNode, EdgeReader, HostNode, PageNode, open_edges

from .inlinks import Inlinks, build_inlinks
from .selection import EdgeTable, Selection, select_edges

if TYPE_CHECKING:
    import networkx as nx
    from scipy import sparse

    from .backend import LinkGraph

    Graph = nx.DiGraph[str]

Node = DomainNode | HostNode | PageNode


@dataclass(frozen=True, slots=True, eq=False)
class LinkArrays:
    """Node i is named names[i]; its row of `edges.ids` is its id in the store."""

    names: list[str]
    edges: EdgeTable

    def adjacency(self) -> "sparse.csr_array":
        """Row: source, column: target, value: links."""
        from scipy import sparse  # noqa: PLC0415 — a start without it is a quarter of a second shorter

        size = len(self.names)
        entries = (self.edges.links, (self.edges.source, self.edges.target))
        return sparse.csr_array(entries, shape=(size, size))

    def link_graph(self) -> "LinkGraph":
        """For networkx' functions, where this package is installed; `weight` may be "links" or another count."""
        from .backend import LinkGraph  # noqa: PLC0415 — it needs networkx

        edges = self.edges
        counts = {"links": edges.links, "followed_links": edges.followed_links, "pages": edges.pages}
        columns = {name: column.astype(np.float64) for name, column in counts.items()}
        return LinkGraph(self.names, edges.source, edges.target, columns)

    def inlinks(self) -> Inlinks:
        """The same edges, unweighted, as the ranking takes them."""
        return build_inlinks(len(self.names), self.edges.source, target=self.edges.target)


def load_arrays(path: Path, selection: Selection | None = None) -> LinkArrays:
    """The selected part of a store as numbers and names."""
    with open_edges(path) as reader:
        table = select_edges(reader, selection or Selection())
        return LinkArrays([row.name for row in _describe(reader, table)], table)


def load_graph(path: Path, selection: Selection | None = None) -> "Graph":
    """The selected part of a store, with what is known of each node and edge."""
    import networkx as nx  # noqa: PLC0415 — a start without it is a quarter of a second shorter

    with open_edges(path) as reader:
        table = select_edges(reader, selection or Selection())
        rows = list(_describe(reader, table))
    graph: Graph = nx.DiGraph(level=table.level)
    for row in rows:
        graph.add_node(row.name, **_attributes(row))
    names = [row.name for row in rows]
    graph.add_edges_from(zip(_named(names, table.source), _named(names, table.target), _edge_rows(table), strict=True))
    return graph


def _describe(reader: EdgeReader, table: EdgeTable) -> list[Node]:
    nodes = reader.nodes()
    ids = table.ids.tolist()
    rows: list[Node] = []
    if table.level == "domain":
        rows.extend(nodes.domains(ids))
    elif table.level == "host":
        rows.extend(nodes.hosts(ids))
    else:
        rows.extend(nodes.pages(ids))
    return rows


def _attributes(row: Node) -> dict[str, Any]:
    fields = row._asdict()
    known = {name: value for name, value in fields.items() if value is not None and name != "name"}
    known.pop(next(iter(fields)))  # the id means nothing outside the store
    return known


def _named(names: list[str], numbers: Any) -> list[str]:
    return [names[number] for number in numbers.tolist()]


def _edge_rows(table: EdgeTable) -> list[dict[str, Any]]:
    columns = (table.links, table.followed_links, table.pages, table.followed_pages)
    moments = (_as_text(table.first_seen), _as_text(table.last_seen))
    names = ("links", "followed_links", "pages", "followed_pages", "first_seen", "last_seen")
    rows = zip(*(column.tolist() for column in columns), *moments, strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _as_text(moments: Any) -> list[str]:
    """Few moments are different, as pages are fetched in one second by the dozen."""
    different, which = np.unique(moments, return_inverse=True)
    texts = [datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in different.tolist()]
    return [texts[number] for number in which.tolist()]

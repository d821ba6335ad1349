"""Whether a GraphML file holds the graph of its store: `python -m bench.read_back networkx|igraph FILE STORE`.

Everything is compared, every attribute of every node and edge in their order, with rows read from the store by SQL of
its own, so that nothing of the export takes part. Prints CPU seconds of the reading as JSON.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from typing import Any

from lxml import etree

NODES = """
SELECT d.name AS label, is_seed, pages_crawled, pagerank, authority, rank, percentile, harmonic, inbound_links,
    referring_pages, referring_domains, followed_referring_domains, referring_subnets
FROM domain d JOIN domain_score s ON s.domain_id = d.id ORDER BY d.id"""
EDGES = """
SELECT s.name AS source, t.name AS target, links AS weight, links, followed_links, pages, followed_pages, first_seen,
    last_seen
FROM domain_edge e CROSS JOIN domain s ON s.id = e.source CROSS JOIN domain t ON t.id = e.target
ORDER BY e.source, e.target"""

Row = tuple[Any, ...]


@cache
def as_text(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stored(store: sqlite3.Connection, sql: str) -> tuple[list[str], Iterator[Row]]:
    """Names of the columns, and the rows; moments as the export writes them."""
    cursor = store.execute(sql)
    names = [column[0] for column in cursor.description]
    if names[-1] == "last_seen":
        return names, ((*row[:-2], as_text(row[-2]), as_text(row[-1])) for row in cursor)
    return names, cursor


class Elements:
    """The `<graph>` that networkx' reader asks for its parts, told from the file as it goes and forgotten after use."""

    def __init__(self, file: str) -> None:
        found = etree.iterparse(file, events=("start", "end"), tag=[f"{{*}}{tag}" for tag in ("graph", "node", "edge")])
        _, self.graph = next(found)
        self._parts = (element for event, element in found if event == "end" and element is not self.graph)
        self._next = next(self._parts, None)

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.graph.get(name, default)

    def find(self, tag: str) -> etree._Element | None:
        return self.graph.find(tag)

    def findall(self, tag: str) -> Iterator[etree._Element]:
        """Nodes and edges in the order of the file, which has the nodes first; of others what was met so far."""
        if not tag.endswith(("}node", "}edge")):
            yield from self.graph.findall(tag)
        while self._next is not None and self._next.tag == tag:
            yield self._next
            self.graph.remove(self._next)
            self._next = next(self._parts, None)


class Networkx:
    """Its own reader, but not its way to the elements: a tree of them all takes several times the graph's memory."""

    def read(self, file: str) -> None:
        from networkx.readwrite.graphml import GraphMLReader  # noqa: PLC0415 — one reader a process

        reader, elements = GraphMLReader(), Elements(file)
        keys, defaults = reader.find_graphml_keys(elements.graph.getparent())
        self.graph = reader.make_graph(elements, keys, defaults)

    def nodes(self, names: list[str]) -> Iterator[Row]:
        return (picked(data, names) for _, data in self.graph.nodes(data=True))

    def edges(self, names: list[str]) -> Iterator[Row]:
        labels = dict(self.graph.nodes(data="label"))
        for source, target, data in self.graph.edges(data=True):
            yield labels[source], labels[target], *picked(data, names[2:])


class Igraph:
    def read(self, file: str) -> None:
        import igraph  # noqa: PLC0415 — one reader a process

        self.graph = igraph.Graph.Read_GraphML(file)
        assert self.graph.is_directed()

    def nodes(self, names: list[str]) -> Iterator[Row]:
        return zip(*(self.graph.vs[name] for name in names), strict=True)

    def edges(self, names: list[str]) -> Iterator[Row]:
        labels = self.graph.vs["label"]
        ends = zip(*self.graph.get_edgelist(), strict=True)
        of_ends = ([labels[node] for node in side] for side in ends)
        return zip(*of_ends, *(self.graph.es[name] for name in names[2:]), strict=True)


READERS = {"networkx": Networkx, "igraph": Igraph}


def picked(data: Mapping[str, Any], names: list[str]) -> Row:
    return tuple(data[name] for name in names)


def compare(reader: Networkx | Igraph, store: sqlite3.Connection) -> tuple[int, int]:
    """How many nodes and edges there are; raises an AssertionError at the first that differs."""
    counts = []
    for sql, found in ((NODES, reader.nodes), (EDGES, reader.edges)):
        names, expected = stored(store, sql)
        count = 0
        for ours, theirs in zip_longest(expected, found(names)):
            assert ours == theirs, (ours, theirs)
            count += 1
        counts.append(count)
    return counts[0], counts[1]


def main() -> None:
    who, file, path = sys.argv[1:]
    reader = READERS[who]()
    began = time.process_time()
    reader.read(file)
    seconds = time.process_time() - began
    with closing(sqlite3.connect(path)) as store:
        nodes, edges = compare(reader, store)
    print(json.dumps([seconds, nodes, edges]))


if __name__ == "__main__":
    main()

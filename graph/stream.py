"""A part of the link graph as a stream of nodes and edges, in the order of ids, for the writers of files.

The same nodes, edges and attributes as `load_graph` gives, without holding them: the rows of one moment, one after
the other. What an attribute is called and of which type it is stands in `Field`s; text is cleaned here, once for all
formats. Not here: the graph in memory (load.py), files (export.py).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress, islice
from pathlib import Path
from typing import Any, get_type_hints

from storage import DomainNode, GraphRows, HostNode, PageNode, open_graph_rows

from .selection import Selection
from .wanted import Wanted, edge_rows, wanted_nodes, with_linkers

NODES_AT_ONCE = 5_000
TELL_EVERY = 10_000

NODE_TYPES = {"domain": DomainNode, "host": HostNode, "page": PageNode}
READ_OUTCOMES = ("ok", "not_modified")

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Values = tuple[Any, ...]
"""A node: its id, then a value for each field. An edge: the ids of source and target, then the values."""

Progress = Callable[[int, int], None]
"""Told how many nodes and edges have been written so far."""


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute; its value is of this type, or None where the store does not know it.

    `is_ours` is a text that we have made, so that nothing in it needs an escape.
    """

    name: str
    type: type[str] | type[int] | type[float] | type[bool]
    is_ours: bool = False


def node_fields(level: str) -> tuple[Field, ...]:
    """The columns of the store's own record, then what follows from them."""
    hints = list(get_type_hints(NODE_TYPES[level]).items())[2:]
    fields = [Field(name, _plain(hint)) for name, hint in hints]
    crawled = [] if level == "host" else [Field("is_crawled", bool)]
    return (Field("label", str), *fields, *crawled)


def edge_fields(level: str) -> tuple[Field, ...]:
    counts = ("links", "followed_links", "pages", "followed_pages")
    words = [Field("anchor_text", str)] if level == "page" else []
    moments = (Field("first_seen", str, is_ours=True), Field("last_seen", str, is_ours=True))
    return (Field("weight", float), *(Field(name, int) for name in counts), *moments, *words)


def clean(text: str) -> str:
    """Without what XML 1.0 cannot hold, which is shown as the replacement character in every format."""
    return NOT_XML.sub("\ufffd", text)


@lru_cache(maxsize=65_536)
def moment_text(seconds: int) -> str:
    """Few moments are different, as pages are fetched in one second by the dozen."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"  # a third of strftime's time


class GraphStream:
    """Nodes first, then edges, each to be read once. Made by `open_stream`."""

    def __init__(self, rows: GraphRows, selection: Selection, progress: Progress, wanted: Wanted) -> None:
        self.level = selection.level
        self.node_fields = node_fields(selection.level)
        self.edge_fields = edge_fields(selection.level)
        self._rows = rows
        self._selection = selection
        self._progress = progress
        self._wanted = wanted
        self.node_count = wanted.count(1)
        self.edges_read = 0
        self.nodes_read = 0

    def nodes(self) -> Iterator[Values]:
        """Each node's id in the store, and its values."""
        is_text = [at for at, field in enumerate(self.node_fields, 1) if field.type is str]
        for node in self._node_rows():
            values = [*node, *_derived(node)]
            for at in is_text:
                if values[at] is not None:
                    values[at] = clean(values[at])
            yield tuple(values)
            self.nodes_read += 1
            if not self.nodes_read % TELL_EVERY:
                self._tell()
        self._tell()

    def edges(self) -> Iterator[Values]:
        """The ids of each edge's ends, and its values."""
        wanted, has_words = self._wanted, self.level == "page"
        for edge, words in edge_rows(self._rows, self._selection):
            source, target, links, followed, pages, followed_pages, first, last = edge
            if wanted[source] and wanted[target]:
                seen = moment_text(first), moment_text(last)
                values = (source, target, links, links, followed, pages, followed_pages, *seen)
                yield (*values, clean(words) or None) if has_words else values
                self.edges_read += 1
                if not self.edges_read % TELL_EVERY:
                    self._tell()
        self._tell()

    def _tell(self) -> None:
        self._progress(self.nodes_read, self.edges_read)

    def _node_rows(self) -> Iterator[DomainNode | HostNode | PageNode]:
        nodes = self._rows.nodes()
        for ids in _in_parts(compress(range(len(self._wanted)), self._wanted)):
            if self.level == "domain":
                yield from nodes.domains(ids)
            elif self.level == "host":
                yield from nodes.hosts(ids)
            else:
                yield from nodes.pages(ids)


@contextmanager
def open_stream(path: Path, selection: Selection, progress: Progress, *, linkers: int = 0) -> Iterator[GraphStream]:
    """Raises a StorageError for a file that cannot be read, UnknownNode for a name that is not in it.

    So many `linkers` are taken in besides: the nodes that link to most of the selected ones.
    """
    with open_graph_rows(path) as rows:
        wanted = wanted_nodes(rows, selection)
        yield GraphStream(rows, selection, progress, with_linkers(rows, selection, wanted, linkers))


def _derived(node: DomainNode | HostNode | PageNode) -> tuple[bool, ...]:
    """A target that was never crawled has no outlinks by construction, so it must be told apart."""
    if isinstance(node, DomainNode):
        return (node.pages_crawled > 0,)
    if isinstance(node, PageNode):
        return (node.outcome in READ_OUTCOMES,)
    return ()


def _plain(hint: Any) -> type[Any]:
    """The type itself of `type | None`."""
    return next((kind for kind in (bool, int, float, str) if hint in (kind, kind | None)), str)


def _in_parts(ids: Iterable[int]) -> Iterator[list[int]]:
    numbers = iter(ids)
    while part := list(islice(numbers, NODES_AT_ONCE)):
        yield part

"""GraphML, written as text: no tree, no element objects, one line a node or an edge.

Node ids are NMTOKENs (n and the id in the store), as the schema asks; names and URLs are data. Every attribute is
declared with its type; one that is not known is left out. Carriage returns are spelled as references, for a reader
would fold them otherwise.

Not here: which values there are (stream.py), compression and file names (export.py).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from .stream import Field, GraphStream, Values

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
TAIL = "</graph>\n</graphml>\n"
TYPES = {str: "string", int: "long", float: "double", bool: "boolean"}
LINES_AT_ONCE = 2_000

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
ESCAPED = str.maketrans(ESCAPES)


def escape(text: str) -> str:
    """For a text and for an attribute: `]]>` must not stand in the one, a line end would not survive in the other."""
    return text.translate(ESCAPED)


def write_graphml(graph: GraphStream, file: BinaryIO) -> None:
    file.writelines(lines.encode() for lines in in_batches(_lines(graph)))


def in_batches(lines: Iterator[str]) -> Iterator[str]:
    """Few long texts instead of many short ones."""
    while batch := "".join(islice(lines, LINES_AT_ONCE)):
        yield batch


def _lines(graph: GraphStream) -> Iterator[str]:
    yield HEAD
    yield from _keys("node", "d", graph.node_fields)
    yield from _keys("edge", "e", graph.edge_fields)
    yield '<key id="g0" for="graph" attr.name="level" attr.type="string"/>\n'
    yield f'<graph id="G" edgedefault="directed"><data key="g0">{graph.level}</data>\n'
    node_data = data_writer("d", graph.node_fields)
    for node in graph.nodes():
        yield f'<node id="n{node[0]}">{node_data(node[1:])}</node>\n'
    edge_data = data_writer("e", graph.edge_fields)
    for edge in graph.edges():
        yield f'<edge source="n{edge[0]}" target="n{edge[1]}">{edge_data(edge[2:])}</edge>\n'
    yield TAIL


def _keys(what: str, prefix: str, fields: Sequence[Field]) -> Iterator[str]:
    for number, field in enumerate(fields):
        yield f'<key id="{prefix}{number}" for="{what}" attr.name="{field.name}" attr.type="{TYPES[field.type]}"/>\n'


def data_writer(prefix: str, fields: Sequence[Field]) -> Callable[[Values], str]:
    """Makes the data elements of one row."""
    parts = [f'<data key="{prefix}{number}">%s</data>' for number in range(len(fields))]
    whole = "".join(parts)
    spelled = [
        (at, SPELLING[field.type]) for at, field in enumerate(fields) if field.type in SPELLING and not field.is_ours
    ]

    def write(values: Values) -> str:
        cells = spell(values) if spelled else values
        if None not in cells:
            return whole % cells
        return "".join(part % cell for part, cell in zip(parts, cells, strict=True) if cell is not None)

    def spell(values: Values) -> Values:
        cells = list(values)
        for at, spelling in spelled:
            if cells[at] is not None:
                cells[at] = spelling(cells[at])
        return tuple(cells)

    return write


def spell_switch(value: Any) -> str:
    return "true" if value else "false"


SPELLING: dict[type[Any], Callable[[Any], str]] = {str: escape, bool: spell_switch}
"""Numbers are spelled by `%s`, which for a float is the shortest text that reads back as the same number."""

"""GEXF 1.3, Gephi's own format, written as text like GraphML. Ids, types and escapes are as there (graphml.py)."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from .graphml import SPELLING, TYPES, escape, in_batches
from .stream import Field, GraphStream, Values

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3">
<meta><creator>backlinks</creator><description>The link graph of a crawl, level: {level}</description></meta>
<graph defaultedgetype="directed" mode="static">
"""


def write_gexf(graph: GraphStream, file: BinaryIO) -> None:
    file.writelines(lines.encode() for lines in in_batches(_lines(graph)))


def _lines(graph: GraphStream) -> Iterator[str]:
    """A node's label and an edge's weight are attributes of the format itself, not declared ones."""
    yield HEAD.format(level=graph.level)
    yield from _declarations("node", graph.node_fields[1:])
    yield from _declarations("edge", graph.edge_fields[1:])
    yield f'<nodes count="{graph.node_count}">\n'
    for number, label, *values in graph.nodes():
        data = _data(graph.node_fields[1:], values)
        yield f'<node id="n{number}" label="{escape(label)}">{data}</node>\n'
    yield "</nodes>\n<edges>\n"
    for number, (source, target, weight, *values) in enumerate(graph.edges()):
        data = _data(graph.edge_fields[1:], values)
        yield f'<edge id="{number}" source="n{source}" target="n{target}" weight="{weight}">{data}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


def _declarations(what: str, fields: Sequence[Field]) -> Iterator[str]:
    yield f'<attributes class="{what}">\n'
    for number, field in enumerate(fields):
        yield f'<attribute id="{number}" title="{field.name}" type="{TYPES[field.type]}"/>\n'
    yield "</attributes>\n"


def _data(fields: Sequence[Field], values: Sequence[Values]) -> str:
    cells = [
        f'<attvalue for="{number}" value="{SPELLING.get(field.type, str)(value)}"/>'
        for number, (field, value) in enumerate(zip(fields, values, strict=True))
        if value is not None
    ]
    return f"<attvalues>{''.join(cells)}</attvalues>"

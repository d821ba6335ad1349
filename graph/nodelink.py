"""Node-link JSON, as networkx and D3 read it: one object a line, so that it streams out and can be looked through.

What is not known is left out. Not here: which values there are (stream.py).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from .graphml import in_batches
from .stream import Field, GraphStream


def write_nodelink(graph: GraphStream, file: BinaryIO) -> None:
    file.writelines(lines.encode() for lines in in_batches(_lines(graph)))


def _lines(graph: GraphStream) -> Iterator[str]:
    level = json.dumps({"level": graph.level})
    yield f'{{"directed": true, "multigraph": false, "graph": {level},\n"nodes": ['
    yield from _objects({"id": f"n{number}"} | _known(graph.node_fields, values) for number, *values in graph.nodes())
    yield '],\n"edges": ['
    yield from _objects(
        {"source": f"n{source}", "target": f"n{target}"} | _known(graph.edge_fields, values)
        for source, target, *values in graph.edges()
    )
    yield "]}\n"


def _known(fields: Sequence[Field], values: Sequence[Any]) -> dict[str, Any]:
    return {field.name: value for field, value in zip(fields, values, strict=True) if value is not None}


def _objects(objects: Iterable[dict[str, Any]]) -> Iterator[str]:
    opening = "\n"
    for item in objects:
        yield opening + json.dumps(item, ensure_ascii=False)
        opening = ",\n"

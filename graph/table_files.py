"""Nodes and edges as two tables, in CSV or Parquet. The columns are named as Gephi's and others' importers want them.

pyarrow writes Parquet and is asked for only then: it weighs more than all the rest of the program, so who wants it
installs it. Not here: which values there are (stream.py), the names of the two files (export.py).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from .errors import ExportError
from .stream import Field, GraphStream, Values

ROWS_AT_ONCE = 50_000
ENDS = (Field("source", str), Field("target", str))
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

NO_PYARROW = "Parquet needs pyarrow, which is not installed: pip install 'backlinks[parquet]', or export to .csv."


def write_csv(graph: GraphStream, nodes_file: BinaryIO, edges_file: BinaryIO) -> None:
    _write_csv(nodes_file, (Field("id", str), *graph.node_fields), _named_nodes(graph))
    _write_csv(edges_file, (*ENDS, *graph.edge_fields), _named_edges(graph))


def write_parquet(graph: GraphStream, nodes_file: BinaryIO, edges_file: BinaryIO) -> None:
    _write_parquet(nodes_file, (Field("id", str), *graph.node_fields), _named_nodes(graph))
    _write_parquet(edges_file, (*ENDS, *graph.edge_fields), _named_edges(graph))


def _named_nodes(graph: GraphStream) -> Iterator[Values]:
    return ((f"n{number}", *values) for number, *values in graph.nodes())


def _named_edges(graph: GraphStream) -> Iterator[Values]:
    return ((f"n{source}", f"n{target}", *values) for source, target, *values in graph.edges())


def _write_csv(file: BinaryIO, fields: Sequence[Field], rows: Iterable[Values]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields])
    writer.writerows([_cell(value) for value in row] for row in rows)
    text.detach()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _write_parquet(file: BinaryIO, fields: Sequence[Field], rows: Iterable[Values]) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415 — an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ExportError(NO_PYARROW) from error
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(field.name, types[field.type]) for field in fields])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        source = iter(rows)
        while part := list(islice(source, ROWS_AT_ONCE)):
            columns = [
                pa.array(column, type=kind) for column, kind in zip(zip(*part, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))

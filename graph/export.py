"""Files from the link graph: the format by the suffix, written beside the target and renamed when whole.

Nothing of the graph is held, whatever its size (stream.py); only a picture takes its nodes into memory, and those are
few. Not here: the formats (graphml.py, gexf.py, nodelink.py, table_files.py, picture.py), scores.
"""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from .errors import ExportError
from .gexf import write_gexf
from .graphml import write_graphml
from .nodelink import write_nodelink
from .picture import write_png, write_svg
from .selection import Selection
from .stream import GraphStream, Progress, open_stream
from .table_files import write_csv, write_parquet

GEPHI_NODES = 50_000
"""Above it Gephi and yEd lay out nothing that a person would wait for."""

COMPRESSION = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: the files, and how much is in them."""

    files: tuple[Path, ...]
    level: str
    nodes: int
    edges: int

    @property
    def is_large(self) -> bool:
        """Whether programs that draw a graph will not cope with it."""
        return self.nodes > GEPHI_NODES


def write_graphml_gz(graph: GraphStream, file: BinaryIO) -> None:
    """The same graph gives the same bytes: neither name nor moment of the file are in it."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=COMPRESSION) as packed:
        write_graphml(graph, cast("BinaryIO", packed))


WRITERS: dict[str, Callable[..., None]] = {
    ".graphml": write_graphml,
    ".graphml.gz": write_graphml_gz,
    ".gexf": write_gexf,
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".json": write_nodelink,
    ".svg": write_svg,
    ".png": write_png,
}
PICTURES = (".svg", ".png")
PICTURED, MOST_PICTURED, MOST_LINKERS = 48, 150, 12
TABLES = (".csv", ".parquet")


def export_graph(
    path: Path, target: Path, *, selection: Selection | None = None, progress: Progress | None = None
) -> Exported:
    """Write the selected part of a store; raises ExportError, UnknownNode, or a StorageError for the store itself.

    A .csv or .parquet target gets two files: graph.csv is written as graph.nodes.csv and graph.edges.csv.
    """
    suffix = suffix_of(target)
    files = _files(target, suffix)
    tell = progress or _say_nothing
    chosen, linkers = _for_picture(selection or Selection(), suffix)
    with _written_whole(files) as opened, open_stream(path, chosen, tell, linkers=linkers) as graph:
        WRITERS[suffix](graph, *opened)
    return Exported(files=files, level=graph.level, nodes=graph.nodes_read, edges=graph.edges_read)


def suffix_of(target: Path) -> str:
    """Raises ExportError for one that no format has."""
    name = target.name.lower()
    suffix = max((known for known in WRITERS if name.endswith(known) and name != known), key=len, default=None)
    if suffix is None:
        raise ExportError(f"{target}: the name must end in one of {', '.join(WRITERS)}, which says the format.")
    return suffix


def _files(target: Path, suffix: str) -> tuple[Path, ...]:
    if suffix not in TABLES:
        return (target,)
    stem, ending = target.name[: -len(suffix)], target.name[-len(suffix) :]
    return tuple(target.with_name(f"{stem}.{what}{ending}") for what in ("nodes", "edges"))


def _for_picture(selection: Selection, suffix: str) -> tuple[Selection, int]:
    """A picture shows a few nodes, and some more that link to several of them, or the best would stand alone."""
    if suffix not in PICTURES:
        return selection, 0
    if selection.top > MOST_PICTURED:
        raise ExportError(f"a picture of {selection.top:,} nodes shows nothing: ask for at most {MOST_PICTURED:,}.")
    top = selection.top or PICTURED
    return replace(selection, top=top), min(top // 4, MOST_LINKERS)


def _say_nothing(_nodes: int, _edges: int) -> None:
    pass


@contextmanager
def _written_whole(files: tuple[Path, ...]) -> Iterator[list[Any]]:
    """Files to write to that take their names when all went well, and else leave nothing behind."""
    real = [file.resolve() for file in files]
    for file in real:
        if file.is_dir():
            raise ExportError(f"{file}: this is a folder. Choose another name.")
    partial = [file.with_name(f".{file.name}.{os.getpid()}.partial") for file in real]
    try:
        try:
            with ExitStack() as stack:
                yield [stack.enter_context(file.open("wb")) for file in partial]
            for written, file in zip(partial, real, strict=True):
                written.replace(file)
        finally:
            for file in partial:
                file.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"{files[0]}: cannot be written: {reason}. Choose another file or folder.") from error

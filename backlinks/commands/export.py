"""`backlinks export`: the link graph, or a part of it, as a file for other programs, or as a picture."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from crawler import UrlReader, seed_url
from graph import LEVELS, Exported, ExportProgress, Selection, export_graph

from ..config import read_options
from ..domain_names import registrable_domain, url_reader
from ..errors import BacklinksError
from ..tables import json_text
from ..terminal import printable
from ..wording import plural
from .flags import config_flag, db_flag
from .graph_errors import graph_errors

NODES = "Only the best so many nodes, by PageRank; 0 is all (of a picture: the best 48)."


@click.command(name="export")
@click.argument("file", type=click.Path(path_type=Path))
@db_flag
@config_flag
@click.option("--level", type=click.Choice(LEVELS), default="domain", show_default=True, help="What a node is.")
@click.option("--top", type=click.IntRange(min=0), default=0, metavar="N", help=NODES)
@click.option("--followed", is_flag=True, help="Only edges with at least one followed link.")
@click.option("--around", metavar="NAME", help="Only nodes near this domain (or host, or URL, by --level).")
@click.option(
    "--hops", type=click.IntRange(0, 100), default=None, metavar="K", help="How near, in links.  [default: 1]"
)
@click.option("--json", "is_json", is_flag=True, help="End with one JSON object on standard output.")
def command(  # noqa: PLR0913 — one parameter an option is click's way
    file: Path,
    path: Path,
    *,
    config_file: Path | None,
    level: str,
    top: int,
    followed: bool,
    around: str | None,
    hops: int | None,
    is_json: bool,
) -> None:
    """Write the link graph to FILE; its ending says how.

    \b
    .graphml, .graphml.gz   Gephi, yEd, igraph, networkx
    .gexf                   Gephi
    .csv, .parquet          two tables: graph.csv becomes graph.nodes.csv and graph.edges.csv
    .json                   node-link, for networkx and D3
    .svg, .png              a picture of the best nodes and their links

    \b
    backlinks export web.graphml
    backlinks export web.graphml.gz --level page
    backlinks export near.gexf --around example.org --hops 2 --top 2000
    backlinks export report.png
    """
    if hops is not None and around is None:
        raise click.UsageError("--hops says how near to --around; give both")
    center = _name(around, level, url_reader(read_options(config_file).crawler)) if around else ""
    selection = Selection(level=level, top=top, followed_only=followed, around=center, hops=1 if hops is None else hops)
    with graph_errors(), _shown_progress() as progress:
        exported = export_graph(path, file, selection=selection, progress=progress)
    _tell(exported, file, is_json=is_json)


def _name(text: str, level: str, reader: UrlReader) -> str:
    """What was typed, as the store spells it."""
    if level == "domain":
        return registrable_domain(text, reader)
    url = seed_url(text, reader)
    if url is None:
        raise BacklinksError(f"{text}: is not a {'host' if level == 'host' else 'URL'}")
    return url.host if level == "host" else url.canonical_url


@contextmanager
def _shown_progress() -> Iterator[ExportProgress]:
    """On a terminal one line that is written over; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _nodes, _edges: None
        return
    from rich.console import Console  # noqa: PLC0415 — only a terminal needs it

    with Console(stderr=True).status("Reading the graph") as status:
        yield lambda nodes, edges: status.update(f"{plural(nodes, 'node')}, {plural(edges, 'edge')}")


def wrote(exported: Exported) -> str:
    what = f"{plural(exported.nodes, exported.level)} and {plural(exported.edges, 'edge')}"
    return printable(f"Wrote {what} to {' and '.join(map(str, exported.files))}")


def _tell(exported: Exported, file: Path, *, is_json: bool) -> None:
    if is_json:
        files = [str(written) for written in exported.files]
        click.echo(
            json_text({"files": files, "level": exported.level, "nodes": exported.nodes, "edges": exported.edges})
        )
    else:
        click.echo(wrote(exported))
    if not exported.nodes:
        click.echo("There is nothing in it: the file holds no crawl yet, or the part chosen is empty.", err=True)
    if exported.is_large:
        click.echo(
            f"More than 50,000 nodes are too many to draw, for Gephi and yEd too. A part that is not: "
            f"backlinks export {printable(str(file))} --level {exported.level} --top 5000",
            err=True,
        )

"""`backlinks rank`: compute and store authority for every domain and page."""

import sys
from pathlib import Path

import click

from crawler import UrlReader
from graph import rank_store

from ..config import read_options
from ..domain_names import url_reader
from ..ranking_tables import TOP_COLUMNS, ranking_object, ranking_sentences, top_rows
from ..seeds import open_seeds, read_seeds
from ..tables import Form, json_text, write_rows
from ..terminal import printable
from .flags import config_flag, db_flag
from .graph_errors import graph_errors
from .reported import report_bad_lines


@click.command(name="rank")
@db_flag
@config_flag
@click.option(
    "--trust", metavar="FILE", help="A list of domains you trust, as for seeds: also compute trust from them."
)
@click.option("--json", "is_json", is_flag=True, help="Answer as one JSON object.")
def command(path: Path, *, config_file: Path | None, trust: str | None, is_json: bool) -> None:
    """Compute authority for every domain and page, store it, and show the top domains.

    The scores stand in the view `domains` afterwards. A running crawl is not held up by it; rank again when it has
    found more.
    """
    options = read_options(config_file)
    trusted = _read_trusted(trust, url_reader(options.crawler)) if trust else None
    with graph_errors():
        summary = rank_store(path, options.graph, trusted_domains=trusted, progress=_say)
    if is_json:
        click.echo(json_text(ranking_object(summary)))
        return
    write_rows(TOP_COLUMNS, top_rows(summary), form=Form.TABLE, stream=sys.stdout)
    for sentence in ranking_sentences(summary):
        click.echo(printable(sentence))


def _read_trusted(name: str, reader: UrlReader) -> list[str]:
    with open_seeds(name, sys.stdin.buffer) as stream, report_bad_lines(name) as report:
        seeds = read_seeds(stream, name=name, reader=reader, on_bad=report.add)
    return list(dict.fromkeys(seed.registrable_domain for seed in seeds))


def _say(sentence: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{sentence} …", err=True)

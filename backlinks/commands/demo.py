"""`backlinks demo`: the whole of it on an invented web, served by the program to itself."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import click

from crawler import CrawlJob, CrawlSummary, run_crawl, seed_url
from graph import export_graph, rank_store
from storage import StorageOptions

from .. import loop
from ..demo import serve_invented_web
from ..demo_file import DEMO_VERSION, make_room_for_demo
from ..domain_names import url_reader
from ..logfile import open_log, path_of
from ..options import LogOptions
from ..progress import Progress, open_progress
from ..ranking_tables import TOP_COLUMNS, ranking_sentences, top_rows
from ..summary import summary_lines
from ..tables import Form, write_rows
from ..terminal import unless_gone
from .export import wrote
from .flags import db_flag
from .graph_errors import graph_errors

CONTACT = "demo@example.org"
INTERRUPTED = 130


@click.command(name="demo")
@db_flag
@click.option("--export", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write the graph there too.")
@click.option("--seed", type=int, default=7, show_default=True, help="Another number is another web.")
def command(path: Path, *, target: Path | None, seed: int) -> int | None:
    """Crawl an invented web that the program serves to itself, and show what comes of it.

    Needs no list and no network, and ends within a minute. The file is a demonstration: the next demo or crawl into it
    begins anew.
    """
    make_room_for_demo(path)
    with open_log(path_of(LogOptions(), path), LogOptions()):
        summary = _crawl(path, seed)
    if summary is None or summary.end_reason == "interrupted":
        return INTERRUPTED
    with graph_errors():
        ranking = rank_store(path)
        exported = export_graph(path, target) if target else None
    with unless_gone():
        _tell(summary)
        click.echo()
        write_rows(TOP_COLUMNS, top_rows(ranking), form=Form.TABLE, stream=sys.stdout)
        for sentence in ranking_sentences(ranking):
            click.echo(sentence)
        if exported:
            click.echo(wrote(exported))
        click.echo(_what_next(path, ranking.top[0].domain))
    return None


def _crawl(path: Path, seed: int) -> CrawlSummary | None:
    """None when it was cut off."""
    with open_progress(sys.stderr) as progress:
        try:
            return loop.run(lambda stop: _visit(path, seed, progress, stop=stop), progress.say)
        except loop.CutOff:
            return None


async def _visit(path: Path, seed: int, progress: Progress, *, stop: asyncio.Event) -> CrawlSummary:
    async with serve_invented_web(seed) as served:
        options = served.hurried_options()
        options = replace(options, crawl=replace(options.crawl, contact=CONTACT))
        reader = url_reader(options)
        job = CrawlJob(
            seeds=[url for url in (seed_url(text, reader) for text in served.seeds) if url is not None],
            path=path,
            crawler=options,
            storage=StorageOptions(),
            version=DEMO_VERSION,
        )
        return await run_crawl(job, stop=stop, on_progress=progress.show)


def _tell(summary: CrawlSummary) -> None:
    for sentence in summary_lines(summary):
        click.echo(sentence)


def _what_next(path: Path, top_domain: str) -> str:
    sql = f"SELECT source_url, anchor_text, rel FROM links WHERE target_domain = '{top_domain}'"  # noqa: S608 — to be read
    return f"""
Now try:
  backlinks status --db {path}
  backlinks explain {top_domain} --db {path}
  backlinks report {top_domain} --db {path} -o report.html
  backlinks query --db {path} "{sql}"
And with sites of your own:
  backlinks crawl seeds.txt --contact you@example.org"""

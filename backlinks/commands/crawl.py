"""`backlinks crawl`: from a seed list to links in the file."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from crawler import CrawlerError, CrawlJob, CrawlSummary, WebUrl, run_crawl

from .. import loop
from ..config import Flag, Options, read_options
from ..demo_file import remove_demo
from ..domain_names import url_reader
from ..errors import CommandFailed, ConfigError
from ..logfile import open_log, path_of
from ..progress import Progress, open_progress
from ..seeds import open_seeds, read_seeds
from ..summary import summary_lines, summary_object
from ..tables import json_text
from ..terminal import unless_gone
from ..version import VERSION
from ..wording import plural
from .flags import config_flag, db_flag
from .reported import report_bad_lines

log = logging.getLogger(__name__)

INTERRUPTED = 130
EXIT_CODES = {"interrupted": INTERRUPTED, "unreachable": 1}
"""Every other end is a normal one."""

MAX_SHARDS = 64
DOMAINS_PER_SHARD = 300
"""At a page a second each, with a page's links, they keep about one core busy."""

NO_CONTACT = (
    "a crawl needs a contact, so that webmasters can reach you: add --contact you@example.org, "
    'or contact = "you@example.org" under [crawl] of the configuration file'
)

FLAGS = {
    "contact": ("--contact", "crawl", "contact"),
    "max_pages": ("--max-pages", "crawl", "max_pages"),
    "max_seconds": ("--max-seconds", "crawl", "max_seconds"),
    "depth": ("--depth", "crawl", "max_depth"),
    "max_pages_per_domain": ("--max-pages-per-domain", "crawl", "max_pages_per_domain"),
}
"""Click's parameter: the flag as typed, and the setting that it overrides."""


@click.command(name="crawl")
@click.argument("seeds")
@db_flag
@config_flag
@click.option("--contact", metavar="ADDRESS", help="Your e-mail address or URL, sent with every request. Needed.")
@click.option("--max-pages", type=int, metavar="N", help="Pages to fetch in this run; 0 is no limit.")
@click.option("--max-seconds", type=float, metavar="N", help="Longest run; 0 is no limit.")
@click.option("--depth", type=int, metavar="N", help="Links to follow from the nearest seed.")
@click.option(
    "--max-pages-per-domain",
    type=int,
    metavar="N",
    help="Most pages to fetch from one domain in this run; 0 is no limit.",
)
@click.option(
    "--shards",
    type=click.IntRange(1, MAX_SHARDS),
    metavar="N",
    help="Processes that crawl; as the seeds and cores ask.",
)
@click.option("--json", "is_json", is_flag=True, help="End with one JSON object on standard output.")
def command(
    seeds: str, path: Path, *, config_file: Path | None, shards: int | None, is_json: bool, **flags: Any
) -> int | None:
    """Crawl the sites of a seed list, politely, and store every link.

    SEEDS is a text file (one domain or URL a line, # begins a remark), a CSV with a domain column such as the Tranco
    and Majestic lists, or - for standard input. The same command goes on where an earlier one was interrupted. Ctrl-C
    once finishes what is in flight; twice stops at once; what is written stays.

    \b
    backlinks crawl seeds.txt --contact me@example.org
    backlinks crawl top-1m.csv --contact me@example.org --max-seconds 28800 --max-pages-per-domain 50
    echo example.org | backlinks crawl - --contact me@example.org --json
    """
    options = read_options(config_file, [Flag(*FLAGS[name], value) for name, value in flags.items()])
    _check_contact(options)
    with open_log(path_of(options.log, path), options.log):
        job = CrawlJob(
            seeds=_read(seeds, options), path=path, crawler=options.crawler, storage=options.storage, version=VERSION
        )
        if remove_demo(path):
            click.echo(f"{path} held the invented web of a demonstration; it begins anew.", err=True)
        return _crawl(job, shards or shards_for(job), is_json=is_json)


def _check_contact(options: Options) -> None:
    if not options.crawler.crawl.contact:
        raise ConfigError([NO_CONTACT])


def _read(name: str, options: Options) -> tuple[WebUrl, ...]:
    shown_name = "standard input" if name == "-" else name
    with open_seeds(name, sys.stdin.buffer) as stream, report_bad_lines(shown_name) as report:
        return read_seeds(stream, name=shown_name, reader=url_reader(options.crawler), on_bad=report.add)


def shards_for(job: CrawlJob) -> int:
    """More processes pay only when politeness leaves one of them more to do than a core can."""
    domains = len({seed.registrable_domain for seed in job.seeds})
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, domains // DOMAINS_PER_SHARD))


def _crawl(job: CrawlJob, shards: int, *, is_json: bool) -> int | None:
    log.info("crawling %s into %s with %s", plural(len(job.seeds), "seed"), job.path, plural(shards, "shard"))
    with open_progress(sys.stderr) as progress:
        try:
            summary = loop.run(lambda stop: _run(job, shards, stop=stop, progress=progress), progress.say)
        except loop.CutOff:
            progress.say("Stopped. What was written is safe; the same command goes on.")
            return INTERRUPTED
        except CrawlerError as error:
            raise CommandFailed(str(error)) from error
    with unless_gone():
        _tell(summary, job, is_json=is_json)
    return EXIT_CODES.get(summary.end_reason)


async def _run(job: CrawlJob, shards: int, *, stop: asyncio.Event, progress: Progress) -> CrawlSummary:
    return await run_crawl(job, stop=stop, on_progress=progress.show, shards=shards)


def _tell(summary: CrawlSummary, job: CrawlJob, *, is_json: bool) -> None:
    for sentence in summary_lines(summary):
        log.info("%s", sentence)
        if not is_json:
            click.echo(sentence)
    if is_json:
        click.echo(json_text({"file": str(job.path), "seeds": len(job.seeds)} | summary_object(summary)))

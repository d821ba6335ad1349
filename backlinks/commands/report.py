"""`backlinks report`: one HTML file about a target, for somebody who will never open a terminal."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from storage import Aim, Questions, Target, find_target, open_questions, read_coverage

from ..config import read_options
from ..errors import CommandFailed, TargetError
from ..reports import coverage_sentence
from ..reports.html import DEFAULT_ROWS, Cover, Findings, Wanted, gather, render
from ..terminal import printable
from ..whole_file import written_whole
from ..wording import plural, size
from ..words_file import read_words
from .flags import FILE, config_flag, db_flag
from .link_building_reports import since_flag
from .profile_reports import brand_flag, keywords_flag
from .report_flags import scope_flag, understood, unknown_sentence

COMPETITORS = "--competitors"
UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)
LONGEST_NAME = 80


class ManyCompetitors(click.Command):
    """`--competitors` takes every word up to the next flag, as people type it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, spread(args))


def spread(arguments: Sequence[str]) -> list[str]:
    """`--competitors a b -o x` as `--competitors a --competitors b -o x`."""
    given: list[str] = []
    taking = False
    for word in arguments:
        if word.startswith("-"):
            taking = word == COMPETITORS
            given += [] if taking else [word]
        else:
            given += [COMPETITORS, word] if taking else [word]
    return [*given, COMPETITORS] if list(arguments[-1:]) == [COMPETITORS] else given


@click.command(name="report", cls=ManyCompetitors)
@click.argument("target")
@click.option("-o", "--output", type=FILE, help="The file to write; without it, TARGET and the day make its name.")
@click.option(COMPETITORS, "rivals", multiple=True, metavar="A B …", help="Set TARGET beside these.")
@keywords_flag
@brand_flag
@click.option("--title", default="", help="What stands on top.  [default: Links to TARGET]")
@click.option("--client", default="", help="Who the report is for.")
@click.option("--note", default="", help="A few words of yours below the title.")
@click.option(
    "--rows", type=click.IntRange(1, 100_000), default=DEFAULT_ROWS, show_default=True, help="Most rows a table."
)
@since_flag
@scope_flag
@config_flag
@db_flag
def command(  # noqa: PLR0913 — one parameter a flag
    target: str,
    *,
    output: Path | None,
    rivals: tuple[str, ...],
    keywords_file: Path | None,
    brands: tuple[str, ...],
    title: str,
    client: str,
    note: str,
    rows: int,
    since: Any,
    scope: str | None,
    config_file: Path | None,
    path: Path,
) -> None:
    """Write one HTML file about TARGET for a client: key figures, charts, tables, what to do, how all is counted.

    It needs nothing but a browser, and fetches nothing. Tables sort and filter; on paper it reads as well.

    \b
    backlinks report example.org -o report.html
    backlinks report example.org --competitors rival.org other.org --brand "Example Ltd" --client "Example Ltd"
    """
    keywords = read_words(keywords_file) if keywords_file else ()
    options = read_options(config_file)
    made_at = time.time()
    with open_questions(path) as questions:
        _check(questions, path)
        aim = _aim(questions, target, scope)
        file = output or default_name(aim.target, made_at)
        wanted = Wanted(
            rivals=tuple(_aim(questions, rival, None) for rival in rivals),
            keywords=keywords,
            brands=brands,
            rows=rows,
            since=str(since) if since else None,
            score=options.score,
            review=options.review,
        )
        cover = Cover(title=title or f"Links to {aim.target}", made_at=made_at, client=client, note=note)
        with written_whole(file) as stream:
            findings = gather(questions, aim, wanted)
            stream.write(render(findings, cover))
    _tell(findings, file)


def _check(questions: Questions, path: Path) -> None:
    coverage = read_coverage(questions)
    if not coverage.pages and not coverage.failed:
        raise CommandFailed(f"{path}: holds no pages yet, so there is nothing to report. Run `backlinks crawl` first.")
    if coverage.ranked_at is None:
        raise CommandFailed(f"{path}: was never ranked, and a report needs authority. Run `backlinks rank` first.")
    click.echo(printable(coverage_sentence(coverage)))


def _aim(questions: Questions, text: str, scope: str | None) -> Aim:
    found = understood(questions, text, scope)
    aim = find_target(questions, found.target)
    if not aim.is_known:
        raise TargetError(unknown_sentence(found.target))
    click.echo(printable(found.sentence))
    return aim


def default_name(target: Target, made_at: float) -> Path:
    name = UNSAFE.sub("-", str(target).split("://", 1)[-1]).strip("-.")[:LONGEST_NAME].rstrip("-.")
    return Path(f"{name}-{datetime.fromtimestamp(made_at, UTC).date().isoformat()}.html")


def _tell(findings: Findings, file: Path) -> None:
    linked = plural(findings.count("inbound_links"), "link")
    click.echo(
        f"Wrote {printable(str(file))} ({size(file.stat().st_size)}): {linked} from "
        f"{plural(findings.count('referring_domains'), 'domain')}. Open it in a browser."
    )
    if findings.links.left_out or findings.domains.left_out or findings.anchors.left_out or findings.pages.left_out:
        click.echo(
            f"Tables hold the first {findings.wanted.rows:,} rows and say how many they leave out; --rows takes more."
        )

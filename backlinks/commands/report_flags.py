"""What all reports share on the command line: the flags, the lines that come first, and the rows in the wanted form.

With a table, coverage and target are said above it; with CSV and JSON, on the other stream, so that a program reads
rows and nothing else.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from crawler import CrawlerOptions, UrlReader
from storage import (
    Aim,
    Choice,
    Questions,
    Target,
    TargetScope,
    find_target,
    known_column,
    open_questions,
    read_coverage,
    read_run_options,
)

from ..outlook import recorded_options
from ..reports import ReadTarget, Report, coverage_sentence, read_target
from ..tables import Form, write_rows
from ..terminal import printable
from .flags import db_flag, form_flags

SCOPES = [scope.value for scope in TargetScope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed for a report, besides its own arguments."""

    path: Path
    form: Form
    choice: Choice
    columns: tuple[str, ...]
    shows_sql: bool


def report_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command gets one parameter more, `asked`."""

    def called(  # noqa: PLR0913 — one parameter a flag, as click gives them
        *arguments: Any,
        path: Path,
        form: Form | None,
        where: str,
        sort: str,
        columns: str,
        limit: int | None,
        sql: bool,
        **rest: Any,
    ) -> Any:
        choice = Choice(where=where, sort=_names(sort), limit=limit)
        asked = Asked(path=path, form=form or Form.TABLE, choice=choice, columns=_names(columns), shows_sql=sql)
        return command(*arguments, asked=asked, **rest)

    called.__doc__ = command.__doc__
    for flag in (
        click.option("--sql", is_flag=True, help="Show the SQL and what is bound in it instead of the answer."),
        click.option("--columns", default="", help="Only these columns, in this order; a table has a few without it."),
        click.option("--limit", type=click.IntRange(min=0), help="At most this many rows; all without it."),
        click.option("--sort", default="", help='Columns to sort by, "-links,domain": a minus for largest first.'),
        click.option("--where", default="", help='Only rows for which this holds, "links > 3 and not nofollow".'),
        form_flags,
        db_flag,
    ):
        called = flag(called)
    return called


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


scope_flag = click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default=None,
    help="What TARGET is: one page, all below a path, a host, a domain. Guessed from its form, and said.",
)


internal_flag = click.option("--internal", is_flag=True, help="Links from TARGET's own domain to itself too.")


@contextmanager
def opened(asked: Asked) -> Iterator[Questions]:
    """The store, after its coverage was said."""
    with open_questions(asked.path) as questions:
        if not asked.shows_sql:
            say(asked, coverage_sentence(read_coverage(questions)))
        yield questions


def aim_at(questions: Questions, text: str, scope: str | None, asked: Asked, *, with_internal: bool = False) -> Aim:
    """The target, after it was said what was understood and whether the store knows it."""
    found = understood(questions, text, scope)
    aim = find_target(questions, replace(found.target, with_internal=with_internal))
    if not asked.shows_sql:
        say(asked, found.sentence)
        if not aim.is_known:
            say(asked, unknown_sentence(found.target))
    return aim


def understood(questions: Questions, text: str, scope: str | None = None) -> ReadTarget:
    """Read as the crawl read its URLs."""
    reader = reader_for(recorded_options(read_run_options(questions)))
    return read_target(text, reader, TargetScope(scope) if scope else None)


def reader_for(options: CrawlerOptions) -> UrlReader:
    return UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)


def unknown_sentence(target: Target) -> str:
    return f"{target} is not in this store: it was not crawled, and no crawled page links to it."


def say(asked: Asked, sentence: str) -> None:
    click.echo(printable(sentence), err=asked.form is not Form.TABLE)


def answer(asked: Asked, report: Report[Any]) -> None:
    if asked.shows_sql:
        prepared = report.prepared()
        click.echo(f"{prepared.sql};")
        for name, value in prepared.parameters.items():
            click.echo(f"-- :{name} = {json.dumps(value)}")
        return
    report.prepared()  # a wrong --where is told before anything is written
    names = shown_columns(asked, report)
    count = write_rows(names, picked(report, names), form=asked.form, stream=sys.stdout)
    if asked.form is Form.TABLE:
        click.echo(f"{count:,} {'row' if count == 1 else 'rows'}")


def picked(report: Report[Any], names: Sequence[str]) -> Iterator[Sequence[object]]:
    """The rows with these columns alone."""
    if tuple(names) == report.columns:
        return iter(report)
    places = [report.columns.index(name) for name in names]
    return ([row[place] for place in places] for row in report)


def shown_columns(asked: Asked, report: Report[Any]) -> tuple[str, ...]:
    """What was asked for; else all, or in a table those that a line has room for."""
    if asked.columns:
        return tuple(known_column(name, report.columns) for name in asked.columns)
    return report.table_columns if asked.form is Form.TABLE else report.columns

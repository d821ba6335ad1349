"""`backlinks query`: a user's own SQL, read-only, as a table, CSV or JSON."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from storage import TimeLimit, open_query

from ..tables import Form, write_rows
from .flags import db_flag, form_flags

GRACE_SECONDS = 2.0
LOOK_SECONDS = 0.5
USAGE = 2


@click.command(name="query")
@click.argument("sql")
@db_flag
@form_flags
@click.option(
    "--max-seconds",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Longest time that the question may take; 0 is no limit.",
)
def command(sql: str, path: Path, *, form: Form | None, max_seconds: float) -> None:
    """Ask the file in SQL; reading only. The views are links, pages and domains (docs/schema.md).

    SQL is one SELECT, or "-" to read it from standard input.

    \b
    backlinks query "SELECT source_domain, count(*) FROM links
        WHERE target_domain = 'example.org' GROUP BY 1 ORDER BY 2 DESC"
    backlinks query --csv "SELECT * FROM domains ORDER BY authority_rank" > domains.csv
    """
    if sql == "-":
        sql = sys.stdin.read()
    limit = TimeLimit(max_seconds)
    with _watched(limit), open_query(path, sql, limit=limit) as answer:
        write_rows(answer.columns, answer.rows, form=form or Form.TABLE, stream=sys.stdout)


@contextlib.contextmanager
def _watched(limit: TimeLimit) -> Iterator[None]:
    """End the process when SQLite cannot be stopped: a single instr() may run for days between two looks.

    Nothing is lost by it, for the file is open for reading only.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(LOOK_SECONDS):
            if limit.overdue_seconds() > GRACE_SECONDS:
                os.write(2, f"backlinks: {limit.sentence()}\n".encode())
                os._exit(USAGE)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()

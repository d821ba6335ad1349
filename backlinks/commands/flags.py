"""Flags that several commands share, so that they mean the same everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..tables import Form

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FILE = click.Path(dir_okay=False, path_type=Path)

db_flag: Decorator = click.option(
    "--db", "path", type=FILE, default=Path("backlinks.db"), show_default=True, help="The database file."
)

config_flag: Decorator = click.option(
    "--config", "config_file", type=FILE, default=None, help="A configuration file; `backlinks config` prints one."
)


def form_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """--csv, --json, --jsonl; without any of them a table. The parameter is `form`."""
    for form, what in ((Form.JSONL, "one JSON object a line"), (Form.JSON, "a JSON array"), (Form.CSV, "CSV")):
        command = click.option(f"--{form}", "form", flag_value=form, type=Form, help=f"Answer as {what}.")(command)
    return command

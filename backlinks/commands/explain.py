"""`backlinks explain`: where a domain's authority comes from, in parts that add up, and what would change it."""

import sys
from pathlib import Path

import click

from crawler import UrlReader
from graph import WhatIf, explain_domain

from ..config import read_options
from ..domain_names import registrable_domain, url_reader
from ..ranking_tables import (
    CHANGE_COLUMNS,
    PART_COLUMNS,
    change_rows,
    explanation_object,
    explanation_sentences,
    part_rows,
)
from ..tables import Form, json_text, write_rows
from ..terminal import printable
from .flags import config_flag, db_flag
from .graph_errors import graph_errors

LINK = "A:B"


@click.command(name="explain")
@click.argument("domain")
@db_flag
@config_flag
@click.option("--without", multiple=True, metavar="DOMAIN", help="As if it linked to nobody; may be given again.")
@click.option("--without-link", multiple=True, metavar=LINK, help="As if A did not link to B; may be given again.")
@click.option("--with", "with_link", multiple=True, metavar=LINK, help="As if A linked to B; may be given again.")
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Referring domains shown.")
@click.option("--json", "is_json", is_flag=True, help="Answer as one JSON object, with every referring domain.")
def command(  # noqa: PLR0913 — one parameter an option is click's way
    domain: str,
    path: Path,
    *,
    config_file: Path | None,
    without: tuple[str, ...],
    without_link: tuple[str, ...],
    with_link: tuple[str, ...],
    limit: int,
    is_json: bool,
) -> None:
    """Say where the authority of DOMAIN comes from, and what would change it.

    \b
    backlinks explain example.org
    backlinks explain example.org --without spam.example --with news.example:example.org
    """
    options = read_options(config_file)
    reader = url_reader(options.crawler)
    what_if = WhatIf(
        without=tuple(registrable_domain(name, reader) for name in without),
        without_links=tuple(_link(text, "--without-link", reader) for text in without_link),
        with_links=tuple(_link(text, "--with", reader) for text in with_link),
    )
    with graph_errors():
        explanation = explain_domain(
            path,
            registrable_domain(domain, reader),
            options=options.graph if config_file else None,
            what_if=what_if if what_if != WhatIf() else None,
        )
    if is_json:
        click.echo(json_text(explanation_object(explanation)))
        return
    for sentence in explanation_sentences(explanation):
        click.echo(printable(sentence))
    write_rows(PART_COLUMNS, part_rows(explanation, limit), form=Form.TABLE, stream=sys.stdout)
    if explanation.changes:
        click.echo("\nWhat would change")
        write_rows(CHANGE_COLUMNS, change_rows(explanation), form=Form.TABLE, stream=sys.stdout)


def _link(text: str, flag: str, reader: UrlReader) -> tuple[str, str]:
    source, colon, target = text.partition(":")
    if not (source and colon and target):
        raise click.UsageError(f"{flag} {text}: write the two domains with a colon between them, as {LINK}")
    return registrable_domain(source, reader), registrable_domain(target, reader)

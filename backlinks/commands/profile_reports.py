"""The commands that ask about one target's backlinks. Each only hands over what was typed."""

from pathlib import Path

import click

from storage import GROUPS

from ..config import read_options
from ..reports import addresses, anchor_classes, anchors, links, overview, referring_domains, timeline
from ..words_file import read_words
from .flags import FILE, config_flag
from .report_flags import Asked, aim_at, answer, internal_flag, opened, report_flags, scope_flag

keywords_flag = click.option(
    "--keywords",
    "keywords_file",
    type=FILE,
    help="A file of words that TARGET wants to be found by, a line each.",
)
brand_flag = click.option("--brand", "brands", multiple=True, help="A name of the target's brand; may be repeated.")


@click.command(name="overview")
@click.argument("target")
@scope_flag
@report_flags
def overview_command(target: str, *, scope: str | None, asked: Asked) -> None:
    """Show TARGET at a glance: its authority, its totals, and how its backlinks divide.

    TARGET is a domain, a host, a URL, or a URL that ends in / or * for all pages below it.
    """
    with opened(asked) as questions:
        answer(asked, overview(questions, aim_at(questions, target, scope, asked), asked.choice))


@click.command(name="links")
@click.argument("target")
@scope_flag
@click.option(
    "--group",
    type=click.Choice(list(GROUPS)),
    default="all",
    show_default=True,
    help="Show one row for similar links, or one per domain; the column hidden counts the others.",
)
@internal_flag
@report_flags
def links_command(target: str, *, scope: str | None, group: str, internal: bool, asked: Asked) -> None:
    """List every link to TARGET from another domain, also through redirects and canonical links.

    \b
    backlinks links example.org --where "domain_authority >= 40 and anchor ~ shoe and followed"
    backlinks links https://example.org/shop/ --group one-per-domain --csv > links.csv
    """
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        answer(asked, links(questions, aim, asked.choice, group=group))


@click.command(name="referring-domains")
@click.argument("target")
@scope_flag
@report_flags
def referring_domains_command(target: str, *, scope: str | None, asked: Asked) -> None:
    """List the domains that link to TARGET, the strongest first."""
    with opened(asked) as questions:
        answer(asked, referring_domains(questions, aim_at(questions, target, scope, asked), asked.choice))


@click.command(name="anchors")
@click.argument("target")
@scope_flag
@click.option(
    "--by",
    type=click.Choice(["words", "class"]),
    default="words",
    show_default=True,
    help="One row a text or class.",
)
@keywords_flag
@brand_flag
@internal_flag
@config_flag
@report_flags
def anchors_command(  # noqa: PLR0913 — one parameter a flag
    target: str,
    *,
    scope: str | None,
    by: str,
    internal: bool,
    keywords_file: Path | None,
    brands: tuple[str, ...],
    config_file: Path | None,
    asked: Asked,
) -> None:
    """List the words of the links to TARGET with their class, counted by linking domain."""
    keywords = read_words(keywords_file) if keywords_file else ()
    options = read_options(config_file).review
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        if by == "class":
            answer(
                asked, anchor_classes(questions, aim, asked.choice, brands=brands, keywords=keywords, options=options)
            )
        else:
            answer(asked, anchors(questions, aim, asked.choice, brands=brands, keywords=keywords))


@click.command(name="addresses")
@click.argument("target")
@scope_flag
@report_flags
def addresses_command(target: str, *, scope: str | None, asked: Asked) -> None:
    """List the addresses that the linking hosts answered from, with their networks (/24, or /48 of IPv6)."""
    with opened(asked) as questions:
        answer(asked, addresses(questions, aim_at(questions, target, scope, asked), asked.choice))


@click.command(name="timeline")
@click.argument("target")
@scope_flag
@report_flags
def timeline_command(target: str, *, scope: str | None, asked: Asked) -> None:
    """Count by day the links and linking domains of TARGET that were first seen on it, and the links that were lost."""
    with opened(asked) as questions:
        answer(asked, timeline(questions, aim_at(questions, target, scope, asked), asked.choice))


COMMANDS = {
    str(command.name): command
    for command in (
        *(overview_command, links_command, referring_domains_command, anchors_command, addresses_command),
        timeline_command,
    )
}

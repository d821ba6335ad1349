"""The commands that look for the next link, and for those won and lost. Each only hands over what was typed."""

from typing import Any

import click

from storage import Aim, Questions

from ..reports import (
    broken,
    broken_prospects,
    compare,
    intersect,
    lost_links,
    mentions,
    new_links,
    outgoing_anchors,
    outgoing_broken,
    outgoing_domains,
    pages,
    reciprocal,
    resources,
)
from .report_flags import Asked, aim_at, answer, internal_flag, opened, report_flags, say, scope_flag

OUTGOING: dict[str, Any] = {"domains": outgoing_domains, "anchors": outgoing_anchors, "broken": outgoing_broken}

NEEDS = {
    "intersect": "Needs the sites that may link among the seeds: a domain that was not crawled cannot be here.",
    "reciprocal": "Needs both sides crawled: of a domain that was not, only the links to it are known.",
    "broken": "Needs the status of pages: only those that the crawl asked for have one.",
    "compare": "Needs the linking sites of all of them among the seeds, or it favours those that have them.",
    "words": "Needs the words of pages: title, heading, description and the beginning of the text are kept.",
}
"""What each rests on, said before it answers."""

since_flag = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"]), help="From this day or moment on, in UTC."
)


def say_need(asked: Asked, report: str) -> None:
    if not asked.shows_sql:
        say(asked, NEEDS[report])


def aims_at(questions: Questions, targets: tuple[str, ...], scope: str | None, asked: Asked) -> list[Aim]:
    return [aim_at(questions, target, scope, asked) for target in targets]


@click.command(name="pages")
@click.argument("target")
@scope_flag
@internal_flag
@report_flags
def pages_command(target: str, *, scope: str | None, internal: bool, asked: Asked) -> None:
    """List the pages of TARGET by how many domains link to them; what comes by redirects counts for where it ends."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        answer(asked, pages(questions, aim, asked.choice))


@click.command(name="outgoing")
@click.argument("target")
@scope_flag
@click.option("--show", type=click.Choice(list(OUTGOING)), default="domains", show_default=True, help="What to list.")
@internal_flag
@report_flags
def outgoing_command(target: str, *, scope: str | None, show: str, internal: bool, asked: Asked) -> None:
    """List what TARGET's own pages link to on other domains: the domains, the words, or what of it is gone."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        answer(asked, OUTGOING[show](questions, aim, asked.choice))


@click.command(name="broken")
@click.argument("target")
@scope_flag
@click.option("--prospects", is_flag=True, help="Dead pages of others instead, which many domains still link to.")
@internal_flag
@report_flags
def broken_command(target: str, *, scope: str | None, prospects: bool, internal: bool, asked: Asked) -> None:
    """List TARGET's pages that are gone and still linked to. Only what the crawl asked for is known to be gone."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        say_need(asked, "broken")
        report = broken_prospects if prospects else broken
        answer(asked, report(questions, aim, asked.choice))


@click.command(name="intersect")
@click.argument("targets", nargs=-1, required=True)
@click.option("--me", help="Leave out domains that link here already.")
@click.option(
    "--least", type=click.IntRange(min=1), help="Linking to so many of TARGETS is enough; all of them without it."
)
@scope_flag
@report_flags
def intersect_command(
    targets: tuple[str, ...], *, me: str | None, least: int | None, scope: str | None, asked: Asked
) -> None:
    """List the domains that link to all of TARGETS and not to me."""
    with opened(asked) as questions:
        rivals = aims_at(questions, targets, scope, asked)
        own = aim_at(questions, me, scope, asked) if me else None
        say_need(asked, "intersect")
        answer(asked, intersect(questions, rivals, asked.choice, me=own, least=least))


@click.command(name="reciprocal")
@click.argument("target")
@report_flags
def reciprocal_command(target: str, *, asked: Asked) -> None:
    """List the domains that TARGET's domain and they link to each other, with counts both ways."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, "domain", asked)
        say_need(asked, "reciprocal")
        answer(asked, reciprocal(questions, aim, asked.choice))


@click.command(name="compare")
@click.argument("targets", nargs=-1, required=True)
@scope_flag
@report_flags
def compare_command(targets: tuple[str, ...], *, scope: str | None, asked: Asked) -> None:
    """Set TARGETS beside each other: authority, links, domains, what only one of them has."""
    with opened(asked) as questions:
        aims = aims_at(questions, targets, scope, asked)
        say_need(asked, "compare")
        answer(asked, compare(questions, aims, asked.choice))


@click.command(name="new")
@click.argument("target")
@scope_flag
@since_flag
@internal_flag
@report_flags
def new_command(target: str, *, scope: str | None, since: Any, internal: bool, asked: Asked) -> None:
    """List the links to TARGET that were first seen in the last run, or since a day."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        answer(asked, new_links(questions, aim, asked.choice, since=str(since) if since else None))


@click.command(name="lost")
@click.argument("target")
@scope_flag
@since_flag
@internal_flag
@report_flags
def lost_command(target: str, *, scope: str | None, since: Any, internal: bool, asked: Asked) -> None:
    """List the links to TARGET that are gone, and why: removed, page gone, page moved."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked, with_internal=internal)
        answer(asked, lost_links(questions, aim, asked.choice, since=str(since) if since else None))


@click.command(name="resources")
@click.argument("topic")
@click.option("--least-domains", type=click.IntRange(min=1), default=5, show_default=True, help="Domains it links to.")
@report_flags
def resources_command(topic: str, *, least_domains: int, asked: Asked) -> None:
    """List the pages on TOPIC that link to many domains: where a link to you could stand.

    Every word of TOPIC must be in the title, heading, description or the kept beginning of the text.
    """
    with opened(asked) as questions:
        say_need(asked, "words")
        answer(asked, resources(questions, topic, asked.choice, least_domains=least_domains))


@click.command(name="mentions")
@click.argument("name")
@click.option("--target", help="Leave out pages that link here, and its own; without it every page that has the name.")
@scope_flag
@report_flags
def mentions_command(name: str, *, target: str | None, scope: str | None, asked: Asked) -> None:
    """List the pages that have NAME in title, heading, description or the kept text's beginning, and do not link."""
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked) if target else None
        if aim is None and not asked.shows_sql:
            say(asked, "Without --target, pages that link are listed too.")
        say_need(asked, "words")
        answer(asked, mentions(questions, name, asked.choice, aim=aim))


COMMANDS = {
    str(command.name): command
    for command in (
        *(pages_command, outgoing_command, broken_command, intersect_command, reciprocal_command, compare_command),
        *(new_command, lost_command, resources_command, mentions_command),
    )
}

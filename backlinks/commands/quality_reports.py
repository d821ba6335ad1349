"""The commands that judge links, and those that keep a person's decisions about them."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from storage import Choice, ReviewState, find_target, open_questions, write_decisions

from ..config import read_options
from ..errors import TargetError
from ..reports import DisavowFile, decisions, disavow_file, review, score
from ..terminal import printable
from ..wording import plural
from ..words_file import read_words
from .flags import FILE, config_flag, db_flag
from .profile_reports import brand_flag, keywords_flag
from .report_flags import Asked, aim_at, answer, opened, report_flags, scope_flag, understood

STATES = [state.value for state in ReviewState]
ADVICE = (
    "Most sites never need a disavow file: search engines ignore most bad links by themselves. It replaces the one you "
    "uploaded before."
)


@click.command(name="score")
@click.argument("target")
@scope_flag
@keywords_flag
@brand_flag
@config_flag
@report_flags
def score_command(  # noqa: PLR0913 — one parameter a flag
    target: str,
    *,
    scope: str | None,
    keywords_file: Path | None,
    brands: tuple[str, ...],
    config_file: Path | None,
    asked: Asked,
) -> None:
    """Say how good each link to TARGET is, 0 to 100, with what every term gave. The points are in [score]."""
    options = read_options(config_file).score
    keywords = read_words(keywords_file) if keywords_file else ()
    with opened(asked) as questions:
        aim = aim_at(questions, target, scope, asked)
        answer(asked, score(questions, aim, asked.choice, options=options, wanted=(keywords, brands)))


@click.command(name="review")
@click.argument("target")
@click.argument("sources", nargs=-1)
@click.option("--set", "state", type=click.Choice(STATES), help="Record this decision about SOURCES, domains or URLs.")
@click.option("--note", default="", help="Why; goes into the disavow file.")
@click.option("--decisions", "shows_decisions", is_flag=True, help="List what was decided instead of flags.")
@brand_flag
@config_flag
@report_flags
def review_command(  # noqa: PLR0913 — one parameter a flag
    target: str,
    sources: tuple[str, ...],
    *,
    state: str | None,
    note: str,
    shows_decisions: bool,
    brands: tuple[str, ...],
    config_file: Path | None,
    asked: Asked,
) -> None:
    """List the domains that link to TARGET and are worth a look, each flag with its evidence and threshold.

    A flag is a reason to look, never a verdict. Thresholds are in [review].

    \b
    backlinks review example.org
    backlinks review example.org --set disavow --note "sold links" farm.example
    """
    if bool(state) != bool(sources):
        raise click.UsageError("--set and the domains or URLs that it is about belong together.")
    if state:
        _decide(asked.path, target, sources=sources, decided=(ReviewState(state), note))
        return
    options = read_options(config_file).review
    with opened(asked) as questions:
        aim = aim_at(questions, target, "domain", asked)
        if shows_decisions:
            answer(asked, decisions(questions, aim.target.domain, asked.choice))
        else:
            answer(asked, review(questions, aim, asked.choice, options=options, brands=brands))


def _decide(path: Path, target: str, *, sources: tuple[str, ...], decided: tuple[ReviewState, str]) -> None:
    with open_questions(path) as questions:
        domain = understood(questions, target, "domain").target.domain
        read = [understood(questions, source, "exact" if "://" in source else "domain").target for source in sources]
        names = [str(one) for one in read]
        for one in read:
            if one.domain == domain:
                raise TargetError(f"{one} is your own domain")
            if not find_target(questions, one).is_known:
                click.echo(f"{printable(str(one))} is not in this store; decided all the same.", err=True)
    write_decisions(path, domain, sources=names, decided=decided, wall_clock=time.time)
    click.echo(f"{decided[0]}: {plural(len(names), 'decision')} kept about links to {printable(domain)}.")


@click.command(name="disavow")
@click.argument("file", type=FILE)
@click.option("--target", required=True, help="Your domain.")
@click.option("--force", is_flag=True, help="Take domains among the strongest of the crawl too.")
@db_flag
def disavow_command(file: Path, *, target: str, force: bool, path: Path) -> None:
    """Write FILE in Google's format, from what you marked disavow in `backlinks review` and from nothing else."""
    if file.suffix != ".txt":
        raise click.UsageError("The name of a disavow file ends in .txt.")
    with open_questions(path) as questions:
        domain = understood(questions, target, "domain").target.domain
        decided = list(decisions(questions, domain, Choice()))
    made = disavow_file(decided, domain, today=datetime.now(UTC).date().isoformat(), is_forced=force)
    _report_disavow(made, file)
    if made.entries:
        file.write_text(made.text, encoding="utf-8")


def _report_disavow(made: DisavowFile, file: Path) -> None:
    for reason in made.refused:
        click.echo(f"Left out {printable(reason)}.", err=True)
    if made.entries:
        click.echo(f"{file}: {plural(made.entries, 'line')} to disavow. {ADVICE}")
    else:
        click.echo(f"Nothing is marked disavow, so {file} was not written. {ADVICE}")
    sys.stdout.flush()


COMMANDS = {str(command.name): command for command in (score_command, review_command, disavow_command)}

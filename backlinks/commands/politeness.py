"""`backlinks politeness`: proof, from the record of every request, of how each host was treated."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from crawler import PolitenessOptions
from storage import ROUNDING_SECONDS, HostConduct, read_conduct, read_last_options, read_requests

from ..outlook import recorded_options
from ..tables import Form, write_rows
from ..terminal import printable
from ..wording import moment, plural
from .flags import db_flag, form_flags

SHOWN_HOSTS = 20

HOST_COLUMNS = (*HostConduct._fields, "is_polite")
SHOWN_COLUMNS = (
    "host",
    "requests",
    "shortest pause, s",
    "due, s",
    "in parallel",
    "slowed down",
    "rest after, s",
    "robots.txt",
    "refused",
)
REQUEST_COLUMNS = (
    "started_at", "kind", "url", "outcome", "status", "elapsed_seconds", "pause_seconds", "bytes", "address",
    "retry_after_seconds",
)  # fmt: skip


@click.command(name="politeness")
@click.option("--host", "host", metavar="HOST", help="Every request that went to this host.")
@db_flag
@form_flags
def command(path: Path, *, host: str | None, form: Form | None) -> None:
    """Prove from the file how each host was treated, or answer a webmaster about one.

    Pauses are from the end of one request to the start of the next. A host is asked politely when no pause was shorter
    than the delay of the run (or its own Crawl-delay, if that is longer), no rest shorter than the Retry-After it asked
    for, and nothing was asked in parallel.

    \b
    backlinks politeness
    backlinks politeness --host www.example.org
    backlinks politeness --csv > ledger.csv
    """
    options = recorded_options(read_last_options(path)).politeness
    if host is not None:
        if form is None:
            _show_host(path, host.lower(), options)
        write_rows(REQUEST_COLUMNS, request_rows(path, host.lower()), form=form or Form.TABLE, stream=sys.stdout)
        return
    if form is not None and form is not Form.TABLE:
        rows = ([*conduct, is_polite(conduct, options)] for conduct in read_conduct(path))
        write_rows(HOST_COLUMNS, rows, form=form, stream=sys.stdout)
        return
    _show(read_conduct(path), options)


def due_seconds(conduct: HostConduct, options: PolitenessOptions) -> float:
    """The pause that the host was owed between two requests."""
    theirs = min(conduct.crawl_delay_seconds or 0.0, options.max_crawl_delay_seconds)
    return max(options.delay_seconds, theirs)


def is_polite(conduct: HostConduct, options: PolitenessOptions) -> bool:
    pause = conduct.shortest_pause_seconds
    # The first pause, after robots.txt, is the delay of the run: the Crawl-delay was read in that request.
    is_late_enough = pause is None or pause >= due_seconds(conduct, options) - ROUNDING_SECONDS
    return is_late_enough and conduct.most_parallel <= 1 and not conduct.rests_cut_short


@dataclass(slots=True)
class Total:
    hosts: int = 0
    requests: int = 0
    slow_downs: int = 0
    refused: int = 0
    most_parallel: int = 0

    def add(self, conduct: HostConduct) -> None:
        self.hosts += 1
        self.requests += conduct.requests
        self.slow_downs += conduct.slow_downs
        self.refused += conduct.refused_urls
        self.most_parallel = max(self.most_parallel, conduct.most_parallel)


def _show(conducts: Iterable[HostConduct], options: PolitenessOptions) -> None:
    total = Total()
    impolite: list[HostConduct] = []
    tight: list[HostConduct] = []
    for conduct in conducts:
        total.add(conduct)
        if not is_polite(conduct, options):
            impolite.append(conduct)
        tight = sorted([*tight, conduct], key=lambda one: _slack(one, options))[:SHOWN_HOSTS]
    if not total.hosts:
        click.echo("Nothing has been asked of any host yet.")
        return
    click.echo(
        f"{plural(total.requests, 'request')} to {plural(total.hosts, 'host')}, at most {total.most_parallel} at once "
        f"to one host; asked to slow down {plural(total.slow_downs, 'time')}; {plural(total.refused, 'URL')} left "
        "alone because robots.txt refuses them."
    )
    click.echo(f"The delay was {options.delay_seconds:g} s, or a host's own Crawl-delay where that is longer.")
    if impolite:
        click.echo(f"{plural(len(impolite), 'host')} asked sooner than due or in parallel:")
    else:
        click.echo("No host was ever asked sooner than due, nor twice at the same time. The tightest:")
    write_rows(SHOWN_COLUMNS, _shown(impolite[:SHOWN_HOSTS] or tight, options), form=Form.TABLE, stream=sys.stdout)


def _show_host(path: Path, host: str, options: PolitenessOptions) -> None:
    for conduct in read_conduct(path, host):
        for sentence in host_sentences(conduct, options):
            click.echo(printable(sentence))


def host_sentences(conduct: HostConduct, options: PolitenessOptions) -> Iterator[str]:
    """What a webmaster asks first, before the record itself."""
    pause = (
        "" if conduct.shortest_pause_seconds is None else f", the shortest pause {conduct.shortest_pause_seconds:g} s"
    )
    yield (
        f"{plural(conduct.requests, 'request')} from {moment(conduct.first_at)} to {moment(conduct.last_at)}, at most "
        f"{conduct.most_parallel} at once{pause}; due were {due_seconds(conduct, options):g} s."
    )
    when = "" if conduct.robots_fetched_at is None else f", last asked for {moment(conduct.robots_fetched_at)}"
    delay = "" if conduct.crawl_delay_seconds is None else f"; Crawl-delay {conduct.crawl_delay_seconds:g} s"
    yield f"robots.txt: {conduct.robots_verdict}{when}{delay}; {plural(conduct.refused_urls, 'URL')} left alone for it."
    if conduct.slow_downs:
        rest = conduct.pause_after_slow_down_seconds
        then = "nothing was asked since" if rest is None else f"the next request came {rest:g} s later, or more"
        cut = f"; {plural(conduct.rests_cut_short, 'rest')} cut short" if conduct.rests_cut_short else ""
        yield f"Asked to slow down {plural(conduct.slow_downs, 'time')}; {then}{cut}."


def _slack(conduct: HostConduct, options: PolitenessOptions) -> tuple[float, str]:
    pause = conduct.shortest_pause_seconds
    return (float("inf") if pause is None else pause - due_seconds(conduct, options), conduct.host)


def _shown(conducts: Iterable[HostConduct], options: PolitenessOptions) -> Iterator[tuple[object, ...]]:
    for one in conducts:
        yield (
            one.host, one.requests, one.shortest_pause_seconds, due_seconds(one, options), one.most_parallel,
            one.slow_downs, one.pause_after_slow_down_seconds, one.robots_verdict, one.refused_urls,
        )  # fmt: skip


def request_rows(path: Path, host: str) -> Iterator[tuple[object, ...]]:
    """Each request with the pause before it."""
    ended_at: float | None = None
    for one in read_requests(path, host):
        pause = None if ended_at is None else round(one.started_at - ended_at, 3)
        ended_at = one.started_at + one.elapsed_seconds
        yield (
            moment(one.started_at), one.kind, one.url, one.outcome, one.status, one.elapsed_seconds, pause, one.bytes,
            one.address, one.retry_after_seconds,
        )  # fmt: skip

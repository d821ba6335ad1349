"""`backlinks status`: what is in the file, what waits, who rests or refuses, and how long it still takes."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from crawler import CrawlOptions, page_budget
from storage import DomainSpending, StoreStatus, TroubledHost, read_status

from ..outlook import Outlook, Wait, look_ahead, recorded_options
from ..tables import Form, json_text, write_rows
from ..terminal import printable
from ..wording import counts, duration, moment, plural, size
from .flags import db_flag

SHOWN_HOSTS = 20
LABEL_WIDTH = 12

WAIT_WORDS = {
    Wait.READY: "ready",
    Wait.RESTING: "on hosts that rest",
    Wait.LATER: "to be tried again later",
    Wait.GIVEN_UP: "on hosts given up in this run",
    Wait.OVER_BUDGET: "beyond their domain's page budget in this run",
}


@click.command(name="status")
@db_flag
@click.option("--json", "is_json", is_flag=True, help="Answer as one JSON object, with every host.")
def command(path: Path, *, is_json: bool) -> None:
    """Say what is in the file and what waits, also while a crawl is running."""
    now = time.time()
    status = read_status(path, wall_clock=lambda: now)
    options = recorded_options(status.last_run.options_json if status.last_run else "{}")
    outlook = look_ahead(status.waiting, options, now=now)
    if is_json:
        click.echo(json_text(_as_json(path, status, outlook, options.crawl), indent=2))
        return
    for label, text in _facts(path, status, outlook):
        click.echo(f"{label:<{LABEL_WIDTH}}{text}")
    _show_budgets(status.spending, options.crawl)
    _show_hosts("Resting", status.resting, now)
    _show_hosts("Given up in this run", status.retired, now)
    _show_hosts("Refusing", status.refused, now)


def _facts(path: Path, status: StoreStatus, outlook: Outlook) -> Iterator[tuple[str, str]]:
    yield "File", f"{path}, {size(status.file_bytes)}"
    yield "Run", _run_in_words(status)
    pages = sum(number for _, number in status.pages_by_outcome)
    yield "Pages", f"{pages:,}" + (f": {counts(status.pages_by_outcome)}" if pages else "")
    yield "Links", f"{status.link_count:,}, {status.external_link_count:,} of them to other domains"
    seeds, hosts = plural(status.seed_domain_count, "seed"), plural(status.host_count, "host")
    yield "Domains", f"{status.domain_count:,} known, {seeds}, {status.crawled_domain_count:,} with pages; {hosts}"
    yield "Waiting", _waiting_in_words(status, outlook)
    if outlook.seconds_left >= 1:
        yield "Politeness", f"alone still takes {duration(outlook.seconds_left)} or more"
    stopped = [(name, number) for name, number in status.urls_by_stop if name != "wanted"]
    if stopped:
        yield "Not fetched", counts(stopped)
    yield "Ranked", moment(status.ranked_at) if status.ranked_at else "not yet; `backlinks rank` does it"


def _run_in_words(status: StoreStatus) -> str:
    run = status.last_run
    if run is None:
        return "none yet"
    began = f"run {run.run_id}, begun {moment(run.started_at)}"
    if status.is_crawl_running:
        return f"{began}, is at work now"
    if run.ended_at is None:
        return f"{began}, was cut off; the same crawl command goes on with it"
    return f"{began}, ended {moment(run.ended_at)}: {run.end_reason}"


def _waiting_in_words(status: StoreStatus, outlook: Outlook) -> str:
    if not outlook.waiting:
        return "nothing"
    parts = [
        f"{outlook.urls_by_wait[wait]:,} {words}"
        for wait, words in WAIT_WORDS.items()
        if outlook.urls_by_wait.get(wait)
    ]
    return f"{plural(outlook.waiting, 'URL')} on {plural(len(status.waiting), 'host')}: {', '.join(parts)}"


def _show_budgets(spending: tuple[DomainSpending, ...], options: CrawlOptions) -> None:
    if not spending:
        return
    click.echo(f"\nPage budgets ({plural(len(spending), 'domain')})")
    for one in spending[:SHOWN_HOSTS]:
        click.echo(f"{printable(one.domain)}: {_budget_in_words(one, options)}")
    if len(spending) > SHOWN_HOSTS:
        click.echo(f"… and {len(spending) - SHOWN_HOSTS:,} more; --json has them")


def _budget_in_words(one: DomainSpending, options: CrawlOptions) -> str:
    """How much of how much, and why so much."""
    budget = page_budget(options, one.referring_domains)
    if not budget:
        return f"{plural(one.pages_spent, 'page')}, no limit"
    return f"{one.pages_spent:,} of {plural(budget, 'page')}, {_why_so_many(one, options, budget)}"


def _why_so_many(one: DomainSpending, options: CrawlOptions, budget: int) -> str:
    if budget == page_budget(options, 0) == options.max_pages_per_domain:
        return "the most that any domain may have"
    if not options.pages_per_referring_domain:
        return "as every domain"
    referring = f"earned by {plural(one.referring_domains, 'referring domain')}"
    if not one.referring_domains:
        return "the base, as no other domain links to it"
    return f"{referring}, the most there is" if budget == options.max_pages_per_domain else referring


def _show_hosts(title: str, hosts: tuple[TroubledHost, ...], now: float) -> None:
    if not hosts:
        return
    click.echo(f"\n{title} ({len(hosts):,})")
    rows = [(host.host, _until_in_words(host.until, now), host.reason) for host in hosts[:SHOWN_HOSTS]]
    write_rows(["host", "until", "why"], rows, form=Form.TABLE, stream=sys.stdout)
    if len(hosts) > SHOWN_HOSTS:
        click.echo(f"… and {len(hosts) - SHOWN_HOSTS:,} more; --json has them")


def _until_in_words(until: float | None, now: float) -> str:
    return "" if until is None else f"{moment(until)} (in {duration(until - now)})"


def _as_json(path: Path, status: StoreStatus, outlook: Outlook, options: CrawlOptions) -> dict[str, Any]:
    run = status.last_run
    return {
        "file": str(path),
        "file_bytes": status.file_bytes,
        "is_crawl_running": status.is_crawl_running,
        "last_run": None
        if run is None
        else {
            "run_id": run.run_id,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "end_reason": run.end_reason,
            "version": run.version,
        },
        "pages_by_outcome": dict(status.pages_by_outcome),
        "urls_by_stop_reason": dict(status.urls_by_stop),
        "links": status.link_count,
        "external_links": status.external_link_count,
        "domains": status.domain_count,
        "seed_domains": status.seed_domain_count,
        "crawled_domains": status.crawled_domain_count,
        "hosts": status.host_count,
        "ranked_at": status.ranked_at,
        "waiting_urls": outlook.waiting,
        "waiting_urls_by_reason": {wait.value: outlook.urls_by_wait.get(wait, 0) for wait in Wait},
        "waiting_hosts": len(status.waiting),
        "page_budgets": [
            one._asdict() | {"budget": page_budget(options, one.referring_domains) or None} for one in status.spending
        ],
        "politeness_seconds_left": outlook.seconds_left,
        "resting_hosts": [host._asdict() for host in status.resting],
        "given_up_hosts": [host._asdict() for host in status.retired],
        "refusing_hosts": [host._asdict() for host in status.refused],
    }

"""What is said of a crawl that has ended: sentences for a person, one object for a program."""

from collections.abc import Iterator, Sequence
from typing import Any

from crawler import CrawlStatistics, CrawlSummary

from .terminal import printable
from .wording import counts, duration, moment, plural

SHOWN_HOSTS = 10

END_WORDS = {
    "done": "everything that may be fetched has been",
    "idle": "all that is left are hosts that rest",
    "max_pages": "the pages of this run are used up",
    "max_seconds": "the time of this run is used up",
    "unreachable": "our own network was down for too long; the same command goes on",
    "interrupted": "it was interrupted; the same command goes on",
}


def summary_lines(summary: CrawlSummary) -> Iterator[str]:
    return map(printable, _sentences(summary))


def _sentences(summary: CrawlSummary) -> Iterator[str]:
    statistics = summary.statistics
    done = f"{plural(statistics.pages, 'page')} and {plural(statistics.links, 'link')}"
    end = END_WORDS.get(summary.end_reason, summary.end_reason)
    yield f"Run {summary.run_id}: {done} in {duration(statistics.elapsed_seconds)}; {end}."
    if statistics.errors_by_outcome:
        yield f"Errors: {counts(statistics.errors_by_outcome.items())}."
    if statistics.waiting_urls:
        yield f"Waiting for the next run: {plural(statistics.waiting_urls, 'URL')}."
    resting = [(host.host, f"until {moment(host.ready_at)}: {host.rest_reason}") for host in summary.resting]
    yield from _hosts("Resting", resting)
    yield from _hosts("Given up for this run", [(host.host, str(host.retired_reason)) for host in summary.retired])


def _hosts(title: str, hosts: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not hosts:
        return
    yield f"{title} ({plural(len(hosts), 'host')}):"
    yield from (f"  {host} {told}" for host, told in hosts[:SHOWN_HOSTS])
    if len(hosts) > SHOWN_HOSTS:
        yield f"  … and {len(hosts) - SHOWN_HOSTS:,} more; `backlinks status` has them"


def summary_object(summary: CrawlSummary) -> dict[str, Any]:
    """For --json."""
    statistics = summary.statistics
    return {
        "run_id": summary.run_id,
        "is_continued": summary.is_continued,
        "end_reason": summary.end_reason,
        **_statistics_object(statistics),
        "resting_hosts": [
            {"host": host.host, "reason": host.rest_reason, "until": host.ready_at} for host in summary.resting
        ],
        "given_up_hosts": [{"host": host.host, "reason": host.retired_reason} for host in summary.retired],
    }


def _statistics_object(statistics: CrawlStatistics) -> dict[str, Any]:
    return {
        "elapsed_seconds": statistics.elapsed_seconds,
        "pages": statistics.pages,
        "links": statistics.links,
        "fetches": statistics.fetches,
        "errors_by_outcome": dict(statistics.errors_by_outcome),
        "stops": dict(statistics.stops),
        "waiting_urls": statistics.waiting_urls,
        "hosts_resting": statistics.hosts_resting,
        "hosts_given_up": statistics.hosts_retired,
        "resident_bytes": statistics.resident_bytes,
        "politeness_seconds_left": statistics.politeness_seconds_left,
    }

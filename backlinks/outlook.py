"""What waits in the file, by what it waits for, and how long politeness alone still takes.

The time is a lower bound: a host is asked one URL after the other with a pause between, and so is an address, whatever
the hosts; nothing else is slow. It is reckoned with the options that the run was given.
"""

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_type_hints

from crawler import CrawlerOptions, CrawlOptions, Politeness, page_budget
from storage import OptionError, WaitingAtHost

from .toml_values import WrongType, convert

SECTIONS: dict[str, type[Any]] = get_type_hints(CrawlerOptions)


class Wait(StrEnum):
    """What a URL of the frontier waits for; the values are for people and for JSON."""

    READY = "ready"  # its host's turn
    RESTING = "resting"  # the end of its host's rest
    LATER = "later"  # another try
    GIVEN_UP = "given_up"  # the next run: its host was given up in this one
    OVER_BUDGET = "over_budget"  # the next run: its domain has had its pages


@dataclass(frozen=True, slots=True)
class Outlook:
    urls_by_wait: Mapping[Wait, int]
    seconds_left: float

    @property
    def waiting(self) -> int:
        return sum(self.urls_by_wait.values())


def look_ahead(waiting: Iterable[WaitingAtHost], options: CrawlerOptions, *, now: float) -> Outlook:
    """The hosts of one domain share its page budget, in the order given."""
    politeness = Politeness(options.politeness, random.Random(0))  # noqa: S311 — no dice are thrown for an estimate
    budgets = _Budgets(options.crawl)
    urls: Counter[Wait] = Counter()
    host_seconds = 0.0
    address_seconds: Counter[str] = Counter()
    for host in waiting:
        pages = budgets.take(host)
        urls[Wait.OVER_BUDGET] += host.waiting_count - pages
        urls.update(_tell_apart(host, pages, now))
        if pages and host.clock.retired_reason is None:
            pauses = (pages - 1) * politeness.expected_pause_seconds(host.clock)
            host_seconds = max(host_seconds, max(0.0, host.clock.ready_at - now) + pauses)
            address_seconds[host.clock.address or host.host] += pages * options.politeness.address_delay_seconds  # type: ignore[assignment]
    return Outlook(dict(urls), max(host_seconds, max(address_seconds.values(), default=0.0)))


class _Budgets:
    """What each domain may still be asked for."""

    def __init__(self, options: CrawlOptions) -> None:
        self._options = options
        self._left: dict[str, int] = {}

    def take(self, host: WaitingAtHost) -> int:
        budget = page_budget(self._options, host.referring_domains)
        if not budget:  # no limit
            return host.waiting_count
        left = self._left.setdefault(host.domain, max(0, budget - host.domain_pages_spent))
        pages = min(host.waiting_count, left)
        self._left[host.domain] = left - pages
        return pages


def _tell_apart(host: WaitingAtHost, pages: int, now: float) -> dict[Wait, int]:
    if host.clock.retired_reason is not None:
        return {Wait.GIVEN_UP: pages}
    if host.clock.rest_reason is not None and host.clock.ready_at > now:
        return {Wait.RESTING: pages}
    later = min(host.delayed_count, pages)
    return {Wait.LATER: later, Wait.READY: pages - later}


def recorded_options(options_json: str) -> CrawlerOptions:
    """The options of a run as the store keeps them; where an older or newer version wrote other names, the defaults."""
    try:
        recorded = json.loads(options_json)
    except ValueError:
        recorded = {}
    crawler = recorded.get("crawler") if isinstance(recorded, dict) else None
    given = crawler if isinstance(crawler, dict) else {}
    sections = {name: _recorded_section(section, given.get(name)) for name, section in SECTIONS.items()}
    return CrawlerOptions(**sections)


def _recorded_section(section: type[Any], given: object) -> Any:
    hints = get_type_hints(section)
    try:
        known = {key: convert(value, hints[key]) for key, value in dict(given or {}).items() if key in hints}  # type: ignore[call-overload]
        return section(**known)
    except (WrongType, OptionError, TypeError, ValueError):
        return section()

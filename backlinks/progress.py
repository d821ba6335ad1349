"""What a person sees of a running crawl: a live display on a terminal, a plain line now and then elsewhere.

Both are made from one look at the crawl, and a line a minute goes to the log. A terminal that has gone away (a closed
window, a lost connection) ends the display, never the crawl.

Not here: the numbers (crawler), what is said when it has ended (commands/crawl.py).
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler import CrawlStatistics

from .terminal import printable
from .wording import counts, duration, plural, size

log = logging.getLogger(__name__)

LINE_SECONDS = 10.0
LOG_SECONDS = 60.0


class Progress(Protocol):
    def show(self, statistics: CrawlStatistics) -> None: ...

    def say(self, sentence: str) -> None:
        """Something a person should know now, such as that Ctrl-C was heard."""


def facts(statistics: CrawlStatistics) -> Iterator[tuple[str, str]]:
    """The display's lines: a label and a text each. Lines without anything to say are missing."""
    yield "Running", duration(statistics.elapsed_seconds)
    yield "Pages", f"{statistics.pages:,} ({statistics.pages_per_second:,.1f} a second)"
    yield "Links", f"{statistics.links:,} ({statistics.links_per_second:,.0f} a second)"
    yield "In flight", plural(statistics.in_flight, "request")
    yield "Hosts", _hosts(statistics)
    yield (
        "Waiting",
        f"{plural(statistics.waiting_urls, 'URL')}, {plural(statistics.unsaved_visits, 'page')} not yet saved",
    )
    yield "Memory", size(statistics.resident_bytes)
    if statistics.errors_by_outcome:
        yield "Errors", counts(statistics.errors_by_outcome.items())
    if statistics.stops:
        yield "Not fetched", counts(statistics.stops.items())
    if statistics.politeness_seconds_left >= 1:
        yield "Politeness", f"alone still takes {duration(statistics.politeness_seconds_left)} or more"
    if statistics.why_idle:
        yield "Idle", statistics.why_idle


def line(statistics: CrawlStatistics) -> str:
    """The same on one line, for logs and pipes."""
    parts = [
        f"{duration(statistics.elapsed_seconds)}:",
        f"{plural(statistics.pages, 'page')} ({statistics.pages_per_second:,.1f}/s),",
        f"{plural(statistics.links, 'link')} ({statistics.links_per_second:,.0f}/s),",
        f"{statistics.in_flight:,} in flight,",
        f"hosts: {_hosts(statistics)};",
        f"{plural(statistics.waiting_urls, 'URL')} waiting, {size(statistics.resident_bytes)}",
    ]
    text = " ".join(parts)
    if statistics.errors_by_outcome:
        text += f"; errors: {counts(statistics.errors_by_outcome.items())}"
    if statistics.why_idle:
        text += f"; idle: {statistics.why_idle}"
    return printable(text)


def _hosts(statistics: CrawlStatistics) -> str:
    return f"{statistics.hosts_due:,} due, {statistics.hosts_resting:,} resting, {statistics.hosts_retired:,} given up"


@contextmanager
def open_progress(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """The display that suits the stream."""
    if stream.isatty() and os.environ.get("TERM") not in {"dumb", ""}:
        with _live(Console(file=stream)) as live:
            yield LiveProgress(live, clock)
    else:
        yield LineProgress(stream, clock)


@contextmanager
def _live(console: Console) -> Iterator[Live]:
    # Drawn when there is something new, by the crawl's own task: no thread, and no drawing while it works.
    live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    try:
        live.start()
        yield live
    finally:
        _without_terminal_errors(live.stop)


class LiveProgress:
    def __init__(self, live: Live, clock: Callable[[], float]) -> None:
        self._live = live
        self._log = _Every(LOG_SECONDS, clock)
        self._sentence = ""
        self._is_gone = False

    def show(self, statistics: CrawlStatistics) -> None:
        if self._log.is_due():
            log.info("%s", line(statistics))
        if not self._is_gone:
            display = self._display(statistics)
            self._is_gone = not _without_terminal_errors(lambda: self._live.update(display, refresh=True))

    def say(self, sentence: str) -> None:
        self._sentence = sentence
        log.info("%s", sentence)
        self._is_gone = self._is_gone or not _without_terminal_errors(
            lambda: self._live.console.print(Text(printable(sentence)))
        )

    def _display(self, statistics: CrawlStatistics) -> Table:
        grid = Table.grid(padding=(0, 2))
        for label, text in facts(statistics):
            grid.add_row(Text(label, style="bold"), Text(printable(text)))
        return grid


class LineProgress:
    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._due = _Every(LINE_SECONDS, clock)
        self._log = _Every(LOG_SECONDS, clock)
        self._is_gone = False

    def show(self, statistics: CrawlStatistics) -> None:
        if self._log.is_due():
            log.info("%s", line(statistics))
        if self._due.is_due():
            self._write(line(statistics))

    def say(self, sentence: str) -> None:
        log.info("%s", sentence)
        self._write(printable(sentence))

    def _write(self, text: str) -> None:
        if not self._is_gone:
            self._is_gone = not _without_terminal_errors(lambda: print(text, file=self._stream, flush=True))


class _Every:
    """Due at most once in so many seconds, the first time at once."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._next = clock()

    def is_due(self) -> bool:
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


def _without_terminal_errors(draw: Callable[[], object]) -> bool:
    """Whether it could be drawn."""
    try:
        draw()
    except (OSError, ValueError):  # ValueError: the stream was closed
        return False
    return True

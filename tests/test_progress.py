import io
import logging
from dataclasses import replace

import pytest
from rich.console import Console

from backlinks.progress import LINE_SECONDS, LineProgress, LiveProgress, _live, facts, line, open_progress
from crawler import CrawlStatistics

QUIET = CrawlStatistics(
    elapsed_seconds=12_059.0,
    pages=1_234,
    links=45_678,
    fetches=1_300,
    pages_per_second=12.34,
    links_per_second=456.7,
    in_flight=1,
    hosts_due=30,
    hosts_resting=2,
    hosts_retired=1,
    waiting_urls=9_876,
    unsaved_visits=5,
    errors_by_outcome={},
    stops={},
    resident_bytes=123_456_789,
    politeness_seconds_left=0.0,
)
BUSY = replace(
    QUIET,
    errors_by_outcome={"timeout": 3, "dns_error": 12, "internal: \x1b[31mBad": 1},
    stops={"depth": 7},
    politeness_seconds_left=4_000.0,
    why_idle="every host that is left rests",
)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Gone(io.StringIO):
    """A terminal whose window was closed."""

    is_gone = False

    def isatty(self):
        return True

    def write(self, text):
        if self.is_gone:
            raise OSError(5, "Input/output error")
        return super().write(text)


def test_the_display_has_what_the_night_is_judged_by():
    assert dict(facts(BUSY)) == {
        "Running": "3 h 20 min",
        "Pages": "1,234 (12.3 a second)",
        "Links": "45,678 (457 a second)",
        "In flight": "1 request",
        "Hosts": "30 due, 2 resting, 1 given up",
        "Waiting": "9,876 URLs, 5 pages not yet saved",
        "Memory": "123.5 MB",
        "Errors": "dns_error 12, timeout 3, internal: \x1b[31mBad 1",
        "Not fetched": "depth 7",
        "Politeness": "alone still takes 1 h 6 min or more",
        "Idle": "every host that is left rests",
    }


def test_what_there_is_nothing_to_say_of_is_not_said():
    assert {label for label, _ in facts(QUIET)} & {"Errors", "Not fetched", "Politeness", "Idle"} == set()


def test_the_line_has_the_same_in_one_printable_line():
    assert line(BUSY) == (
        "3 h 20 min: 1,234 pages (12.3/s), 45,678 links (457/s), 1 in flight, "
        "hosts: 30 due, 2 resting, 1 given up; 9,876 URLs waiting, 123.5 MB; "
        "errors: dns_error 12, timeout 3, internal: Bad 1; idle: every host that is left rests"
    )


def test_a_pipe_gets_a_line_now_and_then_and_no_escape_sequence():
    stream, clock = io.StringIO(), Clock()
    with open_progress(stream, clock) as progress:
        for second in range(25):
            clock.now = float(second)
            progress.show(BUSY)
    assert stream.getvalue() == f"{line(BUSY)}\n" * 3
    assert LINE_SECONDS == 10


def test_a_dumb_terminal_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    with open_progress(Gone()) as progress:
        assert isinstance(progress, LineProgress)


def test_a_terminal_gets_a_display_without_what_steers_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    stream = Gone()
    with open_progress(stream) as progress:
        assert isinstance(progress, LiveProgress)
        progress.show(BUSY)
        assert "1,234 (12.3 a second)" in stream.getvalue()
        assert "Bad 1" in stream.getvalue()
        assert "\x1b[31mBad" not in stream.getvalue()
        progress.say("Finishing [bold]what[/bold] \x1b]0;is\x07 in flight")
        assert "Finishing [bold]what[/bold]  in flight" in stream.getvalue()


def test_the_display_is_redrawn_in_place(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Gone()
    with open_progress(stream) as progress:
        progress.show(QUIET)
        before = len(stream.getvalue())
        progress.show(replace(QUIET, pages=99_999))
        assert "\x1b[1A" in stream.getvalue()[before:]  # the cursor goes up again


@pytest.mark.parametrize("make", ["lines", "live"])
def test_a_terminal_that_goes_away_ends_the_display_and_not_the_crawl(make, caplog):
    stream, clock = Gone(), Clock()
    caplog.set_level(logging.INFO, "backlinks")
    if make == "lines":
        progress = LineProgress(stream, clock)
        show_after_it_is_gone(progress, stream, clock)
    else:
        with _live(Console(file=stream, force_terminal=True)) as live:
            show_after_it_is_gone(LiveProgress(live, clock), stream, clock)
    assert "still heard in the log" in caplog.text
    assert caplog.text.count(line(BUSY)) == 2


def show_after_it_is_gone(progress, stream, clock):
    progress.show(BUSY)
    stream.is_gone = True
    clock.now = 70.0
    progress.show(BUSY)
    progress.say("still heard in the log")
    progress.show(BUSY)


def test_a_closed_stream_is_no_error(caplog):
    stream, clock = io.StringIO(), Clock()
    caplog.set_level(logging.INFO, "backlinks")
    progress = LineProgress(stream, clock)
    stream.close()
    progress.show(BUSY)
    progress.say("still heard in the log")
    assert "still heard in the log" in caplog.text

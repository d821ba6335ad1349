import json
from dataclasses import fields, replace

import pytest

from backlinks.summary import END_WORDS, summary_lines, summary_object
from backlinks.tables import json_text
from crawler import CrawlStatistics, CrawlSummary
from storage import HostClock
from tests.test_progress import BUSY, QUIET

RESTING = HostClock(host="slow.test", ready_at=1_700_000_000.0, rest_reason="HTTP 429 \x1b[31m")
RETIRED = HostClock(host="dead.test", retired_reason="5 failed connections in a row")
SUMMARY = CrawlSummary(
    run_id=3, is_continued=True, end_reason="idle", statistics=BUSY, resting=(RESTING,), retired=(RETIRED,)
)


def test_a_person_reads_what_was_done_why_it_ended_and_who_rests_until_when():
    assert list(summary_lines(SUMMARY)) == [
        "Run 3: 1,234 pages and 45,678 links in 3 h 20 min; all that is left are hosts that rest.",
        "Errors: dns_error 12, timeout 3, internal: Bad 1.",
        "Waiting for the next run: 9,876 URLs.",
        "Resting (1 host):",
        "  slow.test until 2023-11-14 22:13:20 UTC: HTTP 429 ",
        "Given up for this run (1 host):",
        "  dead.test 5 failed connections in a row",
    ]


def test_a_quiet_end_is_one_line():
    statistics = replace(QUIET, waiting_urls=0)
    summary = CrawlSummary(run_id=1, is_continued=False, end_reason="done", statistics=statistics)
    assert list(summary_lines(summary)) == [
        "Run 1: 1,234 pages and 45,678 links in 3 h 20 min; everything that may be fetched has been."
    ]


def test_many_hosts_are_cut_with_a_word_where_they_all_are():
    lines = list(summary_lines(replace(SUMMARY, retired=(), resting=(RESTING,) * 25)))
    assert lines[-1] == "  … and 15 more; `backlinks status` has them"
    assert len(lines) == 3 + 1 + 10 + 1


@pytest.mark.parametrize("reason", END_WORDS)
def test_every_end_has_its_words(reason):
    assert END_WORDS[reason] in next(summary_lines(replace(SUMMARY, end_reason=reason)))


def test_an_end_without_words_is_told_by_its_name():
    assert next(summary_lines(replace(SUMMARY, end_reason="moonrise"))).endswith("; moonrise.")


def test_the_object_for_programs_is_json_with_every_number_and_host():
    text = json_text(summary_object(SUMMARY))
    assert "\x1b" not in text
    answer = json.loads(text)
    assert answer["end_reason"] == "idle"
    assert answer["resting_hosts"] == [{"host": "slow.test", "reason": "HTTP 429 \x1b[31m", "until": 1_700_000_000.0}]
    assert answer["given_up_hosts"] == [{"host": "dead.test", "reason": "5 failed connections in a row"}]
    passing = {"pages_per_second", "links_per_second", "in_flight", "hosts_due", "unsaved_visits", "why_idle"}
    passing |= {"leases", "heap_operations"}
    renamed = {"hosts_retired": "hosts_given_up"}
    names = {renamed.get(field.name, field.name) for field in fields(CrawlStatistics)} - passing
    assert names <= set(answer)

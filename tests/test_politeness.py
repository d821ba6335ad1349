import random

import pytest

from crawler.options import PolitenessOptions
from crawler.politeness import (
    MAX_RETRY_AFTER_SECONDS,
    MAX_SLOW_DOWNS_PER_URL,
    Politeness,
    Reception,
    Tries,
    reception_of,
)
from storage import FetchKind, FetchRecord, HostClock, Outcome

NOW = 1_000_000.0

EXACT = {"delay_jitter": 0.0, "rest_jitter": 0.0}


def politeness(*, seed=0, **options):
    return Politeness(PolitenessOptions(**options), random.Random(seed))


def fetch(outcome=Outcome.OK, status=None, *, elapsed=0.0, **more):
    if status is None and outcome in {Outcome.OK, Outcome.NOT_HTML}:
        status = 200
    return FetchRecord(
        url="http://a.test/",
        host="a.test",
        kind=more.pop("kind", FetchKind.PAGE),
        started_at=NOW - elapsed,
        elapsed_seconds=elapsed,
        outcome=outcome,
        status=status,
        **more,
    )


def http(status, **more):
    return fetch(Outcome.HTTP_ERROR, status, **more)


def clock(**fields):
    return HostClock(host="a.test", **fields)


RECEPTIONS = [
    # answers, whatever they say
    (fetch(Outcome.OK), Reception.ANSWERED),
    (fetch(Outcome.NOT_MODIFIED, 304), Reception.ANSWERED),
    (fetch(Outcome.REDIRECT, 301), Reception.ANSWERED),
    (fetch(Outcome.NOT_HTML), Reception.ANSWERED),
    (fetch(Outcome.DECODE_ERROR, 200), Reception.ANSWERED),
    (http(400), Reception.ANSWERED),
    (http(401), Reception.ANSWERED),
    (http(403), Reception.ANSWERED),
    (http(404), Reception.ANSWERED),
    (http(410), Reception.ANSWERED),
    (http(451), Reception.ANSWERED),
    # too fast for it
    (http(429), Reception.SLOW_DOWN),
    (http(503), Reception.SLOW_DOWN),
    # may pass
    (http(408), Reception.PASSING),
    (http(425), Reception.PASSING),
    (http(500), Reception.PASSING),
    (http(502), Reception.PASSING),
    (http(504), Reception.PASSING),
    (http(522), Reception.PASSING),
    (fetch(Outcome.TIMEOUT), Reception.PASSING),
    (fetch(Outcome.TIMEOUT, 200), Reception.PASSING),
    (fetch(Outcome.CONNECT_ERROR), Reception.PASSING),
    (fetch(Outcome.DNS_ERROR), Reception.PASSING),
    (fetch(Outcome.PROTOCOL_ERROR), Reception.PASSING),
    # will not pass tonight
    (http(501), Reception.ANSWERED),
    (http(505), Reception.ANSWERED),
    (fetch(Outcome.TLS_ERROR), Reception.LASTING),
    # nothing on the wire
    (fetch(Outcome.ROBOTS_DENIED), Reception.UNASKED),
    (fetch(Outcome.ADDRESS_REFUSED), Reception.REFUSED_ADDRESS),
]


@pytest.mark.parametrize(("record", "expected"), RECEPTIONS, ids=lambda value: getattr(value, "outcome", None))
def test_how_a_host_took_a_request_follows_from_outcome_and_status(record, expected):
    assert reception_of(record) is expected


def test_every_outcome_has_a_reception():
    assert {reception_of(fetch(outcome)) for outcome in Outcome} <= set(Reception)


# The pause between two requests.


@pytest.mark.parametrize(
    ("options", "crawl_delay", "elapsed", "expected"),
    [
        ({}, None, 0.0, 1.0),
        ({}, None, 0.2, 1.0),  # three times 0.2 s is less than the delay
        ({}, None, 2.0, 6.0),  # a slow server
        ({}, None, 20.0, 30.0),  # … up to a limit
        ({"delay_seconds": 60.0}, None, 20.0, 60.0),  # which does not shorten the delay itself
        ({}, 5.0, 0.0, 5.0),
        ({}, 0.5, 0.0, 1.0),  # ours or theirs, whichever is longer
        ({}, 5.0, 3.0, 9.0),
        ({}, 299.0, 0.0, 299.0),
        ({}, 86_400.0, 0.0, 300.0),  # never skipped, only capped
        ({"max_crawl_delay_seconds": 20.0}, 100.0, 0.0, 20.0),
        ({"slow_server_factor": 0.0}, None, 9.0, 1.0),
        ({"delay_seconds": 0.0}, None, 9.0, 0.0),  # one's own server
        ({"delay_seconds": 0.0}, 2.0, 0.0, 2.0),
    ],
)
def test_the_pause_is_the_longest_of_ours_theirs_and_the_servers_slowness(options, crawl_delay, elapsed, expected):
    rules = politeness(**EXACT, **options)
    assert rules.pause_seconds(clock(crawl_delay_seconds=crawl_delay), elapsed) == pytest.approx(expected)


def test_jitter_only_lengthens_the_pause_and_stays_within_its_share():
    rules = politeness(delay_jitter=0.25)
    pauses = [rules.pause_seconds(clock(), 0.0) for _ in range(1000)]
    assert min(pauses) >= 1.0
    assert max(pauses) <= 1.25
    assert max(pauses) - min(pauses) > 0.2


def test_jitter_never_shortens_a_crawl_delay():
    rules = politeness(delay_jitter=1.0)
    assert min(rules.pause_seconds(clock(crawl_delay_seconds=10.0), 0.0) for _ in range(1000)) >= 10.0


def test_the_same_dice_give_the_same_pauses():
    first, second = politeness(seed=7), politeness(seed=7)
    assert [first.pause_seconds(clock(), 0.1) for _ in range(5)] == [
        second.pause_seconds(clock(), 0.1) for _ in range(5)
    ]


def test_an_answer_sets_the_pause_and_clears_what_was_held_against_the_host():
    rules = politeness(**EXACT)
    before = clock(consecutive_failures=4, connect_failures=4, rest_reason="HTTP 429", slow_downs=2, slowed_at=NOW - 5)
    verdict = rules.judge(before, fetch(elapsed=0.1, address="192.0.2.1"), now=NOW)
    assert verdict.retry is None
    assert verdict.clock == clock(ready_at=NOW + 1.0, slow_downs=2, slowed_at=NOW - 5, address="192.0.2.1")


def test_an_answer_from_an_unnamed_address_keeps_the_one_we_know():
    assert politeness().judge(clock(address="192.0.2.1"), fetch(), now=NOW).clock.address == "192.0.2.1"


def test_a_404_is_an_answer_and_no_failure():
    verdict = politeness().judge(clock(consecutive_failures=19), http(404), now=NOW)
    assert verdict.clock.consecutive_failures == 0
    assert verdict.retry is None


def test_what_was_not_asked_changes_nothing():
    before = clock(ready_at=NOW - 5, consecutive_failures=3)
    assert politeness().judge(before, fetch(Outcome.ROBOTS_DENIED), now=NOW).clock == before


def test_a_refused_address_retires_the_host():
    assert politeness().judge(clock(), fetch(Outcome.ADDRESS_REFUSED), now=NOW).clock.retired_reason


# 429 and 503.


@pytest.mark.parametrize("status", [429, 503])
def test_a_429_or_503_rests_the_whole_host(status):
    verdict = politeness(**EXACT).judge(clock(), http(status), now=NOW)
    assert verdict.is_slow_down
    assert verdict.clock.ready_at == NOW + 60.0
    assert verdict.clock.rest_reason == f"HTTP {status}"
    assert verdict.clock.retired_reason is None


def test_the_url_that_met_a_429_waits_again_without_spending_an_attempt():
    verdict = politeness(**EXACT).judge(clock(), http(429), tries=Tries(attempts=1), now=NOW)
    assert verdict.retry is not None
    assert verdict.retry.attempts == 1
    assert verdict.retry.not_before == verdict.clock.ready_at


@pytest.mark.parametrize(
    ("retry_after", "rest"),
    [
        (0.0, 1.0),  # the pause is kept
        (-5.0, 1.0),
        (30.0, 30.0),
        (7_200.0, 7_200.0),
        (30_000.0, 30_000.0),  # what a server asks for is not cut by the limit for our own guesses
        (1e12, MAX_RETRY_AFTER_SECONDS),  # but a week must do
    ],
)
def test_retry_after_is_honoured(retry_after, rest):
    verdict = politeness(**EXACT).judge(clock(), http(429, retry_after_seconds=retry_after), now=NOW)
    assert verdict.clock.ready_at == pytest.approx(NOW + rest)
    assert "Retry-After" in verdict.clock.rest_reason


def test_retry_after_is_never_shortened_by_jitter():
    rules = politeness(rest_jitter=1.0)
    record = http(503, retry_after_seconds=100.0)
    assert all(rules.judge(clock(), record, now=NOW).clock.ready_at >= NOW + 100.0 for _ in range(200))


def test_without_retry_after_each_rest_in_a_row_is_twice_as_long_up_to_the_limit():
    rules = politeness(**EXACT, max_failures=1000)
    state, rests, now = clock(), [], NOW
    for _ in range(12):
        state = rules.judge(state, http(429), now=now).clock
        rests.append(state.ready_at - now)
        now = state.slowed_at + 1.0  # soon again, as if the host had been asked at once
    assert rests[:9] == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, 15360.0]
    assert set(rests[9:]) == {21_600.0}


def test_rests_are_jittered_so_that_hosts_do_not_return_together():
    rules = politeness(rest_jitter=0.1)
    rests = {rules.judge(clock(), http(503), now=NOW).clock.ready_at - NOW for _ in range(100)}
    assert len(rests) == 100
    assert min(rests) >= 60.0
    assert max(rests) <= 66.0


@pytest.mark.parametrize(("quiet_seconds", "rest"), [(1_799.0, 240.0), (1_800.0, 60.0)])
def test_a_host_is_forgiven_after_a_quiet_time(quiet_seconds, rest):
    before = clock(slow_downs=2, slowed_at=NOW - quiet_seconds)
    assert politeness(**EXACT).judge(before, http(429), now=NOW).clock.ready_at == NOW + rest


def test_a_rest_never_ends_before_the_pause_that_is_due_anyway():
    verdict = politeness(**EXACT).judge(clock(crawl_delay_seconds=300.0), http(429, retry_after_seconds=1.0), now=NOW)
    assert verdict.clock.ready_at == NOW + 300.0


def test_a_url_that_slows_us_down_again_lets_the_others_go_first():
    verdict = politeness(**EXACT).judge(clock(), http(503), tries=Tries(slow_downs=1), now=NOW)
    assert verdict.retry.not_before > verdict.clock.ready_at


def test_a_url_that_is_always_answered_503_ends():
    rules = politeness(max_failures=1000)
    tries, answers = Tries(), 0
    while True:
        verdict = rules.judge(clock(), http(503), tries=tries, now=NOW)
        answers += 1
        if verdict.retry is None:
            break
        tries = Tries(verdict.retry.attempts, tries.slow_downs + 1)
    assert answers == MAX_SLOW_DOWNS_PER_URL + len(rules.options.retry_seconds) + 1


def test_a_host_that_only_ever_says_429_is_retired_in_the_end():
    rules = politeness(max_failures=20)
    state = clock()
    for _ in range(20):
        assert state.retired_reason is None
        state = rules.judge(state, http(429, retry_after_seconds=1.0), now=NOW).clock
    assert "429" in state.retired_reason


# Failures.


def test_a_passing_failure_is_tried_again_later_and_then_given_up():
    rules = politeness(**EXACT)
    waits, tries = [], Tries()
    while (verdict := rules.judge(clock(), http(500), tries=tries, now=NOW)).retry is not None:
        waits.append(verdict.retry.not_before - NOW)
        tries = Tries(verdict.retry.attempts)
    assert waits == [60.0, 600.0]


def test_a_lasting_failure_is_not_tried_again():
    assert politeness().judge(clock(), fetch(Outcome.TLS_ERROR), now=NOW).retry is None


def test_without_retry_waits_nothing_is_tried_again():
    assert politeness(retry_seconds=()).judge(clock(), http(500), now=NOW).retry is None


def test_a_failing_host_is_asked_more_and_more_rarely():
    rules = politeness(**EXACT, delay_seconds=0.5)
    state, pauses = clock(), []
    for _ in range(8):
        state = rules.judge(state, http(500), now=NOW).clock
        pauses.append(state.ready_at - NOW)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(
    "record",
    [fetch(Outcome.CONNECT_ERROR), fetch(Outcome.DNS_ERROR), fetch(Outcome.TLS_ERROR), fetch(Outcome.TIMEOUT)],
    ids=lambda record: record.outcome,
)
def test_a_host_that_cannot_be_reached_is_retired_after_five_times_in_a_row(record):
    rules = politeness()
    state = clock()
    for _ in range(5):
        assert state.retired_reason is None
        state = rules.judge(state, record, now=NOW).clock
    assert record.outcome in state.retired_reason
    assert "5" in state.retired_reason


@pytest.mark.parametrize("between", [fetch(), http(404), http(500), fetch(Outcome.TIMEOUT, 200)])
def test_any_word_from_the_host_ends_a_row_of_failed_connections(between):
    rules = politeness()
    state = clock()
    for record in [fetch(Outcome.CONNECT_ERROR)] * 4 + [between] + [fetch(Outcome.CONNECT_ERROR)] * 4:
        state = rules.judge(state, record, now=NOW).clock
    assert state.retired_reason is None


def test_twenty_failures_of_any_kind_in_a_row_retire_a_host():
    rules = politeness()
    kinds = [http(500), fetch(Outcome.PROTOCOL_ERROR), http(502), fetch(Outcome.TIMEOUT, 200)]
    state = clock()
    for turn in range(20):
        assert state.retired_reason is None
        state = rules.judge(state, kinds[turn % 4], now=NOW).clock
    assert "20 failures in a row" in state.retired_reason


def test_nobody_is_charged_for_an_outage_of_our_own():
    rules = politeness()
    state, tries = clock(), Tries(attempts=1)
    for _ in range(50):
        verdict = rules.judge(state, fetch(Outcome.CONNECT_ERROR), tries=tries, now=NOW, is_outage=True)
        state = verdict.clock
        assert verdict.retry.attempts == 1
    assert state.retired_reason is None
    assert state.consecutive_failures == state.connect_failures == 0
    assert state.ready_at > NOW


@pytest.mark.parametrize("record", [http(429), http(500)], ids=["429", "500"])
def test_an_answer_in_an_outage_is_judged_as_always(record):
    rules = politeness(**EXACT)
    assert rules.judge(clock(), record, now=NOW, is_outage=True) == rules.judge(clock(), record, now=NOW)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("status", [None, 200, 301, 404, 429, 500, 503])
@pytest.mark.parametrize("is_outage", [False, True])
def test_after_anything_on_the_wire_the_host_has_its_pause(outcome, status, is_outage):
    rules = politeness()
    before = clock(ready_at=NOW - 1, crawl_delay_seconds=3.0)
    record = fetch(outcome, status, elapsed=0.5)
    verdict = rules.judge(before, record, now=NOW, is_outage=is_outage)
    if reception_of(record) not in {Reception.UNASKED, Reception.REFUSED_ADDRESS}:
        assert verdict.clock.ready_at >= NOW + 3.0
    assert verdict.clock.host == "a.test"
    assert verdict.clock.crawl_delay_seconds == 3.0


# Rests from elsewhere, and restarts.


def test_a_rest_for_another_reason_only_ever_lengthens_the_wait():
    rules = politeness()
    assert rules.rest(clock(ready_at=NOW + 9), until=NOW + 5, reason="robots.txt").ready_at == NOW + 9
    rested = rules.rest(clock(ready_at=NOW + 9), until=NOW + 600, reason="robots.txt")
    assert (rested.ready_at, rested.rest_reason) == (NOW + 600, "robots.txt")


def test_a_restart_keeps_what_the_host_asked_for():
    before = clock(
        ready_at=NOW + 600, rest_reason="HTTP 429", slow_downs=3, slowed_at=NOW - 60, crawl_delay_seconds=9.0,
        address="192.0.2.1", consecutive_failures=3, connect_failures=1, retired_reason=None,
    )  # fmt: skip
    assert politeness().restore(before, NOW) == before


def test_a_host_asked_just_before_a_kill_has_its_pause_after_it():
    rules = politeness(**EXACT)
    assert rules.restore(clock(ready_at=NOW - 5), NOW).ready_at == NOW + 1.0
    assert rules.restore(clock(ready_at=NOW - 5, crawl_delay_seconds=20.0), NOW).ready_at == NOW + 20.0
    assert rules.restore(clock(ready_at=NOW - 100), NOW).ready_at == NOW - 100


def test_a_moment_from_a_clock_that_was_years_ahead_is_brought_near():
    restored = politeness().restore(clock(ready_at=NOW + 10 * 31_536_000, slowed_at=NOW + 31_536_000), NOW)
    assert restored.ready_at <= NOW + 1.2 * MAX_RETRY_AFTER_SECONDS
    assert restored.slowed_at <= NOW


def test_a_host_given_up_by_an_earlier_run_has_its_chances_again():
    restored = politeness().restore(clock(consecutive_failures=7, connect_failures=5), NOW)
    assert restored.consecutive_failures == restored.connect_failures == 0


def test_a_host_given_up_in_this_run_stays_so_over_a_restart():
    before = clock(consecutive_failures=7, connect_failures=5, retired_reason="5 failed connections in a row")
    assert politeness().restore(before, NOW).retired_reason == before.retired_reason


def test_where_the_moment_of_the_slow_down_was_not_kept_the_rests_end_stands_for_it():
    restored = politeness(**EXACT).restore(clock(slow_downs=2, ready_at=NOW - 60), NOW)
    assert politeness(**EXACT).judge(restored, http(429), now=NOW).clock.ready_at == NOW + 240.0

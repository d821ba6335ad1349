import itertools
import random
from dataclasses import replace

from crawler.options import PolitenessOptions
from crawler.outage import ANY_HOSTS, KNOWN_HOSTS, MAX_PROBE_SECONDS, WINDOW_SECONDS, OutageWatch, Turn
from crawler.politeness import Politeness
from storage import FetchKind, FetchRecord, HostClock, Outcome

OUTAGE_OUTCOMES = [Outcome.CONNECT_ERROR, Outcome.DNS_ERROR, Outcome.TIMEOUT]


def record(host, outcome=Outcome.OK, status=None):
    return FetchRecord(
        url=f"http://{host}/", host=host, kind=FetchKind.PAGE, started_at=0.0, elapsed_seconds=0.1, outcome=outcome,
        status=200 if outcome is Outcome.OK else status,
    )  # fmt: skip


def watch_that_knows(*hosts):
    watch = OutageWatch()
    for host in hosts:
        watch.note(record(host), now=0.0)
    return watch


def test_the_network_is_up_to_begin_with():
    watch = OutageWatch()
    assert not watch.is_down
    assert watch.may_ask(0.0)
    assert watch.next_probe() is None


def test_several_known_hosts_failing_with_no_answer_between_are_an_outage():
    watch = watch_that_knows("a", "b", "c", "d")
    for host, outcome in zip("abc", OUTAGE_OUTCOMES, strict=True):
        assert not watch.is_down
        watch.note(record(host, outcome), now=10.0)
    assert watch.down_since == 10.0


def test_one_host_failing_again_and_again_is_its_own_trouble():
    watch = watch_that_knows("a", "b", "c")
    for turn in range(50):
        watch.note(record("a", Outcome.CONNECT_ERROR), now=float(turn))
    assert not watch.is_down


def test_an_answer_between_the_failures_shows_that_the_network_is_up():
    watch = watch_that_knows(*"abcdefgh")
    for host in "abcdefg":
        watch.note(record(host, Outcome.CONNECT_ERROR), now=10.0)
        if host in "bdf":
            watch.note(record("h"), now=10.0)
    assert not watch.is_down


def test_failures_far_apart_in_time_do_not_add_up():
    watch = watch_that_knows(*"abcdefgh")
    for turn, host in enumerate("abcdefgh"):
        watch.note(record(host, Outcome.TIMEOUT), now=turn * (WINDOW_SECONDS / 2 + 1))
    assert not watch.is_down


def test_hosts_never_reached_before_are_weaker_evidence():
    watch = OutageWatch()
    for turn in range(ANY_HOSTS):
        assert not watch.is_down
        watch.note(record(f"new{turn}", Outcome.DNS_ERROR), now=1.0)
    assert watch.is_down


def test_failures_that_look_like_ours_tell_as_much_from_new_hosts_but_once_each():
    watch = OutageWatch()
    for turn in range(50):
        watch.note(record("a", Outcome.CONNECT_ERROR), now=1.0, may_be_ours=True)
        watch.note(record("b", Outcome.DNS_ERROR), now=1.0, may_be_ours=True)
        assert not watch.is_down, turn
    watch.note(record("c", Outcome.DNS_ERROR), now=1.0, may_be_ours=True)
    assert watch.is_down


def test_the_dead_hosts_at_the_tail_of_a_crawl_are_no_outage():
    watch = watch_that_knows("alive")
    dead = [f"dead{turn}" for turn in range(5 * ANY_HOSTS)]
    for host in dead:
        watch.note(record(host, Outcome.CONNECT_ERROR), now=1.0)
        watch.note(record("alive"), now=1.0)
    for round_ in range(3):
        for host in dead:
            watch.note(record(host, Outcome.CONNECT_ERROR), now=60.0 * round_)
    assert not watch.is_down


def test_dead_hosts_do_not_help_a_few_known_ones_to_look_like_an_outage():
    watch = watch_that_knows("a", "b", "c")
    watch.note(record("a", Outcome.TIMEOUT), now=1.0)
    watch.note(record("b", Outcome.TIMEOUT), now=1.0)
    for turn in range(ANY_HOSTS - 3):
        watch.note(record(f"dead{turn}", Outcome.DNS_ERROR), now=1.0)
    assert not watch.is_down


def test_whole_answers_of_any_kind_end_an_outage_and_half_ones_do_not():
    for outcome, status, is_end in [
        (Outcome.OK, 200, True),
        (Outcome.HTTP_ERROR, 404, True),
        (Outcome.HTTP_ERROR, 503, True),
        (Outcome.REDIRECT, 301, True),
        (Outcome.TIMEOUT, 200, False),
        (Outcome.PROTOCOL_ERROR, None, False),
        (Outcome.TLS_ERROR, None, False),
        (Outcome.ROBOTS_DENIED, None, False),
        (Outcome.ADDRESS_REFUSED, None, False),
    ]:
        watch = watch_that_knows(*"abc")
        for host in "abc":
            watch.note(record(host, Outcome.CONNECT_ERROR), now=1.0)
        watch.note(record("x", outcome, status), now=2.0)
        assert watch.is_down is not is_end, outcome


def test_while_down_hosts_are_asked_only_now_and_then():
    watch = watch_that_knows(*"abc")
    for host in "abc":
        watch.note(record(host, Outcome.CONNECT_ERROR), now=100.0)
    probes = []
    for tenth in range(6_000):
        now = 100.0 + tenth / 10
        if watch.may_ask(now):
            probes.append(now)
            watch.note(record("a", Outcome.CONNECT_ERROR), now=now)
    pauses = [later - sooner for sooner, later in itertools.pairwise(probes)]
    assert 15 <= len(probes) <= 30
    assert min(pauses) >= 2.0
    assert max(pauses) <= MAX_PROBE_SECONDS + 0.2


def test_after_an_outage_the_watch_begins_afresh():
    watch = watch_that_knows(*"abcdef")
    for host in "abc":
        watch.note(record(host, Outcome.CONNECT_ERROR), now=1.0)
    watch.note(record("d"), now=500.0)
    assert watch.may_ask(500.0)
    for host in "ab":
        watch.note(record(host, Outcome.CONNECT_ERROR), now=501.0)
    assert not watch.is_down
    watch.note(record("c", Outcome.CONNECT_ERROR), now=501.0)
    assert watch.down_since == 501.0


def test_the_names_of_one_address_count_once_however_many():
    """A site with names without end, dead or silent, must not make us believe that everybody is gone."""
    watch = watch_that_knows(*(f"h{turn}" for turn in range(10)))
    for turn in range(100):
        silent = replace(record(f"h{turn}", Outcome.TIMEOUT), address="192.0.2.1")
        watch.note(silent, now=10.0)
        watch.note(record(f"dead{turn}", Outcome.CONNECT_ERROR), now=10.0, address="192.0.2.2")
    assert not watch.is_down
    for host, address in (("h5", "192.0.2.3"), ("h6", "192.0.2.4")):
        assert not watch.is_down
        watch.note(record(host, Outcome.CONNECT_ERROR), now=10.0, address=address)
    assert watch.is_down


def test_what_looks_like_our_own_fault_counts_by_name():
    watch = OutageWatch()
    for host in "abc":
        watch.note(record(host, Outcome.CONNECT_ERROR), now=10.0, may_be_ours=True, address="192.0.2.1")
    assert watch.is_down


def test_ten_minutes_without_a_network_retire_nobody():
    rules = Politeness(PolitenessOptions(), random.Random(0))
    watch, hosts = OutageWatch(), [f"h{turn}" for turn in range(40)]
    clocks = {host: HostClock(host=host) for host in hosts}
    for host in hosts:
        watch.note(record(host), now=0.0)
    now, asked = 0.0, 0
    while now < 600.0:
        now += 0.5
        if not watch.may_ask(now):
            continue
        host = min(hosts, key=lambda name: clocks[name].ready_at)
        failed = record(host, OUTAGE_OUTCOMES[asked % 3])
        watch.note(failed, now=now)
        clocks[host] = rules.judge(clocks[host], failed, now=now, is_outage=watch.is_down).clock
        asked += 1
    assert watch.is_down
    assert asked < 40
    assert not any(clock.retired_reason for clock in clocks.values())
    assert sum(clock.consecutive_failures for clock in clocks.values()) < KNOWN_HOSTS


def test_who_made_us_notice_is_told_to_be_forgiven_and_nobody_else():
    watch = watch_that_knows(*"abcd")
    watch.note(record("d", Outcome.CONNECT_ERROR), now=1.0)
    watch.note(record("a"), now=2.0)  # an answer: what d did was its own doing
    turns = [watch.note(record(host, Outcome.CONNECT_ERROR), now=3.0) for host in "abc"]
    assert turns == [None, None, Turn.DOWN]
    assert sorted(watch.suspects(3.0)) == ["a", "b", "c"]
    assert watch.suspects(4.0 + WINDOW_SECONDS) == []
    assert watch.note(record("d", Outcome.CONNECT_ERROR), now=4.0) is None
    assert watch.note(record("a"), now=5.0) is Turn.UP
    assert (watch.suspects(5.0), watch.note(record("a"), now=6.0)) == ([], None)

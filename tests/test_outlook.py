import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.outlook import Wait, look_ahead, recorded_options
from crawler import CrawlerOptions
from storage import HostClock, WaitingAtHost

NOW = 1_000.0
OPTIONS = CrawlerOptions()
POLITE = replace(
    OPTIONS, politeness=replace(OPTIONS.politeness, delay_seconds=2.0, delay_jitter=0.0, address_delay_seconds=0.5)
)


def at(host, waiting, *, domain=None, delayed=0, spent=0, **clock):
    return WaitingAtHost(host, domain or host, waiting, delayed, spent, HostClock(host=host, **clock))


def linked(host, waiting, referring_domains):
    return at(host, waiting)._replace(referring_domains=referring_domains)


def look(*hosts, options=POLITE, **crawl):
    options = replace(options, crawl=replace(options.crawl, **crawl))
    outlook = look_ahead(hosts, options, now=NOW)
    return {wait: urls for wait, urls in outlook.urls_by_wait.items() if urls}, outlook.seconds_left


def test_nothing_waiting_takes_no_time():
    assert look() == ({}, 0.0)


def test_a_host_takes_its_pauses_between_its_urls():
    assert look(at("a.test", 11)) == ({Wait.READY: 11}, 20.0)


def test_hosts_are_asked_side_by_side():
    assert look(at("a.test", 11), at("b.test", 6))[1] == 20.0


def test_a_crawl_delay_counts_where_it_is_longer():
    assert look(at("a.test", 11, crawl_delay_seconds=30.0))[1] == 300.0


def test_an_address_is_asked_for_all_its_hosts_in_turn():
    hosts = [at(f"{number}.test", 2, address="192.0.2.1") for number in range(100)]
    assert look(*hosts)[1] == 200 * 0.5


def test_a_resting_host_takes_its_rest_first():
    urls, seconds = look(at("a.test", 2, rest_reason="429", ready_at=NOW + 100))
    assert (urls, seconds) == ({Wait.RESTING: 2}, 102.0)


def test_a_rest_that_is_over_is_none():
    assert look(at("a.test", 2, rest_reason="429", ready_at=NOW - 1))[0] == {Wait.READY: 2}


def test_a_host_given_up_waits_for_the_next_run_and_takes_no_time():
    assert look(at("a.test", 50, retired_reason="5 failures")) == ({Wait.GIVEN_UP: 50}, 0.0)


def test_urls_to_be_tried_again_are_told_apart():
    assert look(at("a.test", 5, delayed=2))[0] == {Wait.READY: 3, Wait.LATER: 2}


def test_the_page_budget_is_shared_by_the_hosts_of_a_domain_and_what_was_spent_counts():
    hosts = [at("a.x.test", 5, domain="x.test", spent=3), at("b.x.test", 5, domain="x.test", spent=3)]
    assert look(*hosts, max_pages_per_domain=10)[0] == {Wait.READY: 7, Wait.OVER_BUDGET: 3}


def test_a_domain_that_others_link_to_waits_for_less():
    earning = {"max_pages_per_domain": 20, "base_pages_per_domain": 4, "pages_per_referring_domain": 3}
    hosts = [linked("a.test", 30, 2), linked("b.test", 30, 0), linked("c.test", 30, 99)]
    assert look(*hosts, **earning)[0] == {Wait.READY: 10 + 4 + 20, Wait.OVER_BUDGET: 20 + 26 + 10}


def test_no_budget_is_no_limit():
    assert look(at("a.test", 5_000, spent=9_999), max_pages_per_domain=0)[0] == {Wait.READY: 5_000}


hosts_strategy = st.lists(
    st.builds(
        at,
        st.sampled_from(["a.test", "b.test", "c.test"]),
        st.integers(0, 2_000),
        domain=st.sampled_from(["x.test", "y.test"]),
        delayed=st.integers(0, 50),
        spent=st.integers(0, 2_000),
        retired_reason=st.sampled_from([None, "given up"]),
        rest_reason=st.sampled_from([None, "503"]),
        ready_at=st.floats(0, 2_000),
    )
)


@given(hosts_strategy)
def test_every_waiting_url_is_told_once_and_time_is_never_negative(hosts):
    outlook = look_ahead(hosts, OPTIONS, now=NOW)
    assert outlook.waiting == sum(host.waiting_count for host in hosts)
    assert all(urls >= 0 for urls in outlook.urls_by_wait.values())
    assert outlook.seconds_left >= 0


def test_the_options_of_a_run_are_read_back_as_they_were():
    options = replace(
        OPTIONS,
        crawl=replace(OPTIONS.crawl, max_pages=7),
        network=replace(OPTIONS.network, resolve={"*.test": "127.0.0.1"}),
    )
    assert recorded_options(json.dumps({"crawler": asdict(options)})) == options


@pytest.mark.parametrize("crawler", ["5", "[]", '{"crawl": 5}', '{"crawl": [1]}', '{"crawl": {"max_pages": "x"}}'])
def test_sections_of_another_version_fall_back_to_the_defaults(crawler):
    assert recorded_options(f'{{"crawler": {crawler}}}') == OPTIONS


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "null", "5", '{"crawler": {"crawl": {"max_depth": -1}}}'])
def test_what_another_version_wrote_falls_back_to_the_defaults(text):
    assert recorded_options(text) == OPTIONS


def test_a_key_of_another_version_does_not_cost_the_others():
    assert recorded_options('{"crawler": {"crawl": {"gone": 1, "max_pages": 3}}}').crawl.max_pages == 3

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.budgets import PageBudgets, most_referring_domains, page_budget
from crawler.options import CrawlOptions


def budgets(budget=0, **more):
    return PageBudgets(lambda _domain: budget, **more)


def test_zero_is_no_limit_for_a_domain_and_for_the_run():
    unlimited = budgets()
    account = unlimited.account("a.test")
    assert unlimited.pages_left(account) is None
    assert unlimited.run_pages_left() is None
    assert not unlimited.is_spent(account)


def test_a_domain_has_one_account():
    some = budgets()
    assert some.account("a.test") is some.account("a.test")
    assert some.account("a.test") is not some.account("b.test")


def test_what_is_out_is_not_left():
    some = budgets(3, max_pages=10)
    account = some.account("a.test")
    some.charge(account)
    assert (some.pages_left(account), some.run_pages_left()) == (2, 9)


def test_what_is_given_back_is_left_again():
    some = budgets(3, max_pages=10)
    account = some.account("a.test")
    some.charge(account)
    some.give_back(account)
    assert (some.pages_left(account), some.run_pages_left(), some.spent) == (3, 10, 0)


def test_what_is_done_stays_spent():
    some = budgets(3, max_pages=10)
    account = some.account("a.test")
    some.charge(account)
    some.settle(account)
    assert (some.pages_left(account), some.run_pages_left(), account.spent, some.spent) == (2, 9, 1, 1)


def test_a_budget_is_spent_only_when_nothing_can_be_given_back():
    some = budgets(1)
    account = some.account("a.test")
    some.charge(account)
    assert some.pages_left(account) == 0
    assert not some.is_spent(account)
    some.settle(account)
    assert some.is_spent(account)


def test_one_domain_does_not_use_anothers_pages():
    some = budgets(2)
    first, second = some.account("a.test"), some.account("b.test")
    some.charge(first)
    some.charge(first)
    assert (some.pages_left(first), some.pages_left(second)) == (0, 2)


def test_a_budget_is_asked_for_each_time_so_it_may_grow():
    sizes = [1, 5, 0]
    some = PageBudgets(sizes.__getitem__)
    account = some.account("a.test")
    some.charge(account)
    some.settle(account)
    assert some.is_spent(account)
    account.referring_domains = 1
    assert some.pages_left(account) == 4
    account.referring_domains = 2
    assert some.pages_left(account) is None


OPTIONS = CrawlOptions(max_pages_per_domain=50, base_pages_per_domain=10, pages_per_referring_domain=4)


@pytest.mark.parametrize(
    ("referring_domains", "pages"), [(0, 10), (1, 14), (9, 46), (10, 50), (11, 50), (1_000_000, 50)]
)
def test_each_referring_domain_adds_to_the_base_up_to_the_limit(referring_domains, pages):
    assert page_budget(OPTIONS, referring_domains) == pages


@pytest.mark.parametrize(
    ("changes", "budgets"),
    [
        ({"max_pages_per_domain": 0}, [0, 0, 0]),  # no limit, for nobody
        ({"max_pages_per_domain": 7}, [7, 7, 7]),  # the base is never above the limit
        ({"pages_per_referring_domain": 0}, [10, 10, 10]),  # the same for all
    ],
)
def test_a_budget_that_cannot_grow_is_the_same_for_all(changes, budgets):
    options = replace(OPTIONS, **changes)
    assert [page_budget(options, count) for count in (0, 3, 300)] == budgets
    assert most_referring_domains(options) == 0


@pytest.mark.parametrize(("most", "earn"), [(50, 4), (51, 4), (14, 4), (13, 4), (1_000, 1), (11, 1)])
def test_counting_ends_where_the_budget_is_at_its_greatest(most, earn):
    options = replace(OPTIONS, max_pages_per_domain=most, pages_per_referring_domain=earn)
    enough = most_referring_domains(options)
    assert page_budget(options, enough) == page_budget(options, enough + 1) == most
    assert page_budget(options, enough - 1) < most


@pytest.mark.parametrize("spent", [5, 6, 100])
def test_a_budget_that_shrank_below_what_was_spent_leaves_nothing(spent):
    some = budgets(5, max_pages=5, spent=spent)
    account = some.account("a.test")
    account.spent = spent
    assert some.pages_left(account) == 0
    assert some.run_pages_left() == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["charge", "give_back", "settle"])), max_size=80))
def test_pages_out_and_pages_done_together_never_exceed_what_was_given(steps):
    some = budgets(4, max_pages=9)
    accounts = [some.account(name) for name in "abc"]
    for which, verb in steps:
        account = accounts[which]
        if verb == "charge" and some.pages_left(account) and some.run_pages_left():
            some.charge(account)
        elif verb != "charge" and account.leased:
            getattr(some, verb)(account)
        assert all(account.spent + account.leased <= 4 for account in accounts)
        assert some.spent + some.leased <= 9
        assert some.spent == sum(account.spent for account in accounts)
        assert some.leased == sum(account.leased for account in accounts)

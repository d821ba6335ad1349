import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.budgets import PageBudgets


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
    sizes = {"a.test": 1}
    some = PageBudgets(sizes.__getitem__)
    account = some.account("a.test")
    some.charge(account)
    some.settle(account)
    assert some.is_spent(account)
    sizes["a.test"] = 5
    assert some.pages_left(account) == 4
    sizes["a.test"] = 0
    assert some.pages_left(account) is None


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

"""How many pages each registrable domain, and the whole run, may still have.

A page is charged when it is leased and given back when nothing came of it, so that pages leased and pages done together
never exceed a budget. How large a domain's budget is, is asked of a callable each time: it may grow during the run.

Not here: what happens to the hosts of a domain that has no pages left (frontier.py).
"""

from collections.abc import Callable
from typing import Generic, TypeVar

Member = TypeVar("Member")


class DomainAccount(Generic[Member]):
    """What a registrable domain has used. `members` are its hosts, `parked` those that wait for a page given back."""

    __slots__ = ("domain", "leased", "members", "parked", "spent")

    def __init__(self, domain: str, spent: int) -> None:
        self.domain = domain
        self.spent = spent
        self.leased = 0
        self.members: list[Member] = []
        self.parked: list[Member] = []


class PageBudgets(Generic[Member]):
    """0 is no limit, for the run as for a domain. `spent` are the pages that this run fetched before a restart."""

    def __init__(self, budget: Callable[[str], int], *, max_pages: int = 0, spent: int = 0) -> None:
        self._budget = budget
        self._max_pages = max_pages
        self._accounts: dict[str, DomainAccount[Member]] = {}
        self.spent = spent
        self.leased = 0

    def account(self, domain: str) -> DomainAccount[Member]:
        account = self._accounts.get(domain)
        if account is None:
            account = self._accounts[domain] = DomainAccount(domain, 0)
        return account

    def pages_left(self, account: DomainAccount[Member]) -> int | None:
        """Pages the domain may still lease, None without a limit."""
        budget = self._budget(account.domain)
        return max(0, budget - account.spent - account.leased) if budget else None

    def run_pages_left(self) -> int | None:
        """Pages the run may still lease, None without a limit."""
        return max(0, self._max_pages - self.spent - self.leased) if self._max_pages else None

    def is_spent(self, account: DomainAccount[Member]) -> bool:
        """Nothing is left, and nothing that is out can be given back."""
        return account.leased == 0 and self.pages_left(account) == 0

    def charge(self, account: DomainAccount[Member]) -> None:
        account.leased += 1
        self.leased += 1

    def give_back(self, account: DomainAccount[Member]) -> None:
        account.leased -= 1
        self.leased -= 1

    def settle(self, account: DomainAccount[Member]) -> None:
        """The page that was charged is done."""
        self.give_back(account)
        account.spent += 1
        self.spent += 1

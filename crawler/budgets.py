"""How many pages each registrable domain, and the whole run, may still have, and how many requests at once.

Pages leased and pages done together never exceed a budget, which a domain earns by the domains that link to it. And no
domain may have more requests out than could still be begun: one whose subdomains without end hold the line gets half of
all at most, two come to a third each, and there is always room for others.

Not here: what happens to the hosts of a domain that has no pages left (frontier.py), counting who links (storage).
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from storage import ReferringNews

from .options import CrawlerOptions, CrawlOptions

Member = TypeVar("Member")

Budget = Callable[[int], int]
"""Pages that a domain with so many referring domains may have in a run; 0 is no limit."""


def page_budget(options: CrawlOptions, referring_domains: int) -> int:
    """The `Budget` that the options describe: a base for everybody, more for who is linked to, and an end to it."""
    earned = options.base_pages_per_domain + options.pages_per_referring_domain * referring_domains
    return min(options.max_pages_per_domain, earned)


def most_referring_domains(options: CrawlOptions) -> int:
    """With so many the budget is at its greatest: counting further changes nothing."""
    room = options.max_pages_per_domain - options.base_pages_per_domain
    if room <= 0 or not options.pages_per_referring_domain:
        return 0
    return -(-room // options.pages_per_referring_domain)


def referring_news(options: CrawlerOptions, tell: Callable[[Mapping[str, int]], None]) -> ReferringNews | None:
    """What the writer shall tell of referring domains; None when no budget grows by them."""
    most = most_referring_domains(options.crawl)
    return ReferringNews(tell, at_most=most, is_everywhere=options.scope.follow_external_depth > 0) if most else None


class DomainAccount(Generic[Member]):
    """What a registrable domain has used. `members` are its hosts, `parked` those that wait for one that is out."""

    __slots__ = ("domain", "is_asked_for", "leased", "members", "out", "parked", "referring_domains", "spent")

    def __init__(self, domain: str, spent: int) -> None:
        self.domain = domain
        self.spent = spent
        self.referring_domains = 0  # as far as we were told
        self.is_asked_for = False  # whether it was among `spent_domains`; later news comes of itself
        self.leased = 0  # pages
        self.out = 0  # requests of any kind
        self.members: list[Member] = []
        self.parked: list[Member] = []


class PageBudgets(Generic[Member]):
    """0 is no limit, for the run as for a domain. `spent` are the pages that this run fetched before a restart."""

    def __init__(self, budget: Budget, *, max_pages: int = 0, spent: int = 0, max_out: int = 0) -> None:
        self._budget = budget
        self._max_pages = max_pages
        self._max_out = max_out
        self._out = 0
        self._accounts: dict[str, DomainAccount[Member]] = {}
        self.spent_domains: list[str] = []
        self.spent = spent
        self.leased = 0

    def account(self, domain: str) -> DomainAccount[Member]:
        account = self._accounts.get(domain)
        if account is None:
            account = self._accounts[domain] = DomainAccount(domain, 0)
        return account

    def known(self, domain: str) -> DomainAccount[Member] | None:
        return self._accounts.get(domain)

    def pages_left(self, account: DomainAccount[Member]) -> int | None:
        """Pages the domain may still lease, None without a limit."""
        budget = self._budget(account.referring_domains)
        return max(0, budget - account.spent - account.leased) if budget else None

    def note_spent(self, account: DomainAccount[Member]) -> None:
        if not account.is_asked_for:
            account.is_asked_for = True
            self.spent_domains.append(account.domain)

    def run_pages_left(self) -> int | None:
        """Pages the run may still lease, None without a limit."""
        return max(0, self._max_pages - self.spent - self.leased) if self._max_pages else None

    def is_spent(self, account: DomainAccount[Member]) -> bool:
        """Nothing is left, and nothing that is out can be given back."""
        return account.leased == 0 and self.pages_left(account) == 0

    def may_lease(self, account: DomainAccount[Member], *, is_page: bool) -> bool:
        """Whether one of the domain's hosts may be asked now, or has to stand aside for a while."""
        is_crowded = self._max_out > 0 and account.out > max(0, self._max_out - self._out)
        return not is_crowded and not (is_page and self.pages_left(account) == 0)

    def begin(self, account: DomainAccount[Member]) -> None:
        """A request begins, of whatever kind."""
        account.out += 1
        self._out += 1

    def end(self, account: DomainAccount[Member]) -> list[Member]:
        """A request has ended. Who stood aside and may try again: two for one, so that a domain can come to more."""
        account.out -= 1
        self._out -= 1
        again, account.parked = account.parked[:2], account.parked[2:]
        return again

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

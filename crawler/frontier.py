"""Host queues and who may be asked next.

A heap of addresses, each a heap of its hosts, by the moment each may be asked again: "is anything ready?" is a look at
the top, however much waits. A leased URL's host is off the heap: one request per host at a time needs no lock. Every
URL here is a row on disk too; a host whose URLs are only there is hungry, and the caller reads them for `refill`.

Not here: waiting (crawl.py), how long to wait (politeness.py), what is wanted at all (scope.py), reading the disk.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from storage import FetchKind, HostClock, Waiting

from .addresses import Addresses
from .budgets import Budget, PageBudgets
from .due_heap import Operations
from .errors import FrontierError
from .frontier_statistics import WAITING, Counts, FrontierStatistics, Survey
from .host_queue import HostAccount, HostQueue, HostQueueState, HungryHost, Lease, as_errand
from .politeness import Politeness, Verdict, is_recent
from .url_memory import UrlMemory

LONG_REST_SECONDS = 60.0
"""A host that rests longer leaves its URLs to the disk."""

PAGE_BUDGET = "page budget"
"""The reason of hosts that are retired because their domain has had its pages."""


class Frontier:
    """All methods are plain and at once; `lease` costs the logarithm of the number of addresses and hosts."""

    def __init__(  # noqa: PLR0913 — each bounds something else
        self,
        politeness: Politeness,
        *,
        budget: Budget,
        max_pages: int = 0,
        max_in_flight: int = 0,
        pages_spent: int = 0,
        max_urls_in_memory: int = 500_000,
    ) -> None:
        self._politeness = politeness
        self._operations = Operations()
        self._budgets: PageBudgets[HostQueue] = PageBudgets(
            budget, max_pages=max_pages, spent=pages_spent, max_out=max_in_flight
        )
        self._hosts: dict[str, HostQueue] = {}
        self._addresses: Addresses[HostQueue] = Addresses(politeness.options.address_delay_seconds, self._operations)
        self._memory = UrlMemory(max_urls_in_memory, self._operations)
        self._counts = Counts()
        self._survey = Survey(self._budgets, politeness, self._counts)

    # What waits.

    def add_domain(self, domain: str, *, pages_spent: int) -> None:
        """Pages the domain had in this run before a restart. `pages_spent` of the run counts them too."""
        self._budgets.account(domain).spent = pages_spent

    def add_host(
        self, host: str, *, domain: str, clock: HostClock | None = None, waiting_on_disk: int = 0, now: float
    ) -> None:
        """Nothing happens for a host that is known."""
        if host in self._hosts:
            return
        is_just_asked = clock is not None and is_recent(clock, now)
        clock = HostClock(host=host) if clock is None else self._restored(clock, now)
        account = self._budgets.account(domain)
        queue = HostQueue(clock, account)
        queue.on_disk = waiting_on_disk
        self._addresses.join(queue, clock.address)
        if is_just_asked:
            self._addresses.charge(queue, now)
        account.members.append(queue)
        self._hosts[host] = queue
        self._survey.add(queue)
        self._counts.enter(queue.state)
        if clock.retired_reason is not None:
            self._retire(queue, clock.retired_reason)
        elif self._budgets.is_spent(account):
            self._retire_domain(account)
        else:
            self._settle(queue, now)

    def add(self, waiting: Waiting, *, domain: str, now: float) -> None:
        """A URL whose row is on disk by now. One that is already held is not taken twice."""
        queue = self._queue_of(waiting.host, domain, now)
        if queue.is_held(waiting.url_id):
            queue.refile(waiting)
            return
        if queue.state is HostQueueState.RETIRED:
            queue.count_on_disk(1)
            return
        self._memory.add(queue, waiting, share=self._share(), now=now)
        self._settle(queue, now)

    def add_errand(self, waiting: Waiting, *, domain: str, now: float) -> None:
        """Something to ask of a host before all its URLs, such as a robots.txt that another host redirected to.

        An errand has no row on disk (`url_id` NO_ROW), uses no page budget, and is gone when the program ends.
        """
        errand = as_errand(waiting)
        queue = self._queue_of(waiting.host, domain, now)
        if queue.state is not HostQueueState.RETIRED:
            self._memory.keep(queue, errand, now=now)
            self._settle(queue, now)

    # From disk to memory.

    def hungry(self, limit: int, *, now: float) -> list[HungryHost]:
        """Hosts due now or soon whose URLs are all on disk; each is told once and must be answered with `refill`."""
        return self._memory.hungry(limit, share=self._share(), now=now)

    def refill(self, host: str, rows: Sequence[Waiting], *, now: float, is_all: bool) -> None:
        """The first rows of the host's frontier on disk. `is_all`: there are no more than these."""
        queue = self._hosts[host]
        if queue.added_late is None:
            raise FrontierError(f"{host} did not ask for a refill")
        is_retired = queue.clock.retired_reason is not None
        self._memory.refill(queue, () if is_retired else rows, now=now, is_all=is_all and not is_retired)
        self._settle(queue, now)

    def forget(self, host: str, url_ids: Iterable[int]) -> None:
        """These were asked for, and the end of their rows is on disk."""
        self._hosts[host].forget(url_ids)

    # Whose turn it is.

    def lease(self, now: float) -> Lease | None:
        """The next URL of the host that has been due longest, or None when no host may be asked now."""
        if self._budgets.run_pages_left() == 0:
            return None
        while (queue := self._addresses.take(now)) is not None:
            if self._has_budget(queue, now):
                return self._lease(queue, now)
            self._wait_for_budget(queue)
        return None

    def settle_address(self, lease: Lease, address: str, *, now: float) -> bool:
        """Say which address a leased URL would be asked at, of which hosts know each other; False: it is not due."""
        queue = self._leased(lease)
        if lease.address == address:
            return True
        self._refund(lease)
        self._addresses.join(queue, address)
        lease.address = address
        if not self._addresses.is_due(queue, now):
            return False
        lease.charge = self._addresses.charge(queue, now)
        return True

    def set_crawl_delay(self, host: str, seconds: float | None) -> None:
        """What robots.txt says; counts from the next verdict on."""
        queue = self._hosts[host]
        queue.clock = replace(queue.clock, crawl_delay_seconds=seconds)

    # How it went.

    def release(self, lease: Lease, verdict: Verdict, *, now: float) -> None:
        """The URL was asked for. Without a retry it is done, and held until `forget`."""
        queue = self._end(lease, now)
        waiting = lease.waiting
        if verdict.is_slow_down:
            queue.note_slow_down(waiting.url_id)
        if verdict.retry is not None:
            self._give_back_page(lease)
            retry = waiting._replace(not_before=verdict.retry.not_before, attempts=verdict.retry.attempts)
            self._memory.keep(queue, retry, now=now)
        else:
            if waiting.kind is FetchKind.PAGE:
                self._budgets.settle(queue.account)
            queue.remember_released(waiting.url_id)
        self._apply(queue, lease, verdict, now)
        if self._budgets.is_spent(queue.account):
            self._retire_domain(queue.account)

    def put_back(self, lease: Lease, *, verdict: Verdict | None = None, now: float) -> None:
        """The URL was not asked for and is next again. `verdict` is of what the host was asked instead, if anything."""
        queue = self._end(lease, now)
        self._give_back_page(lease)
        self._memory.keep(queue, lease.waiting, now=now)
        self._apply(queue, lease, verdict, now)

    def drop(self, lease: Lease, *, verdict: Verdict | None = None, now: float) -> None:
        """The URL was not asked for and never will be, such as when robots.txt forbids it; held until `forget`."""
        queue = self._end(lease, now)
        self._give_back_page(lease)
        queue.remember_released(lease.waiting.url_id)
        self._apply(queue, lease, verdict, now)

    @property
    def spent_domains(self) -> list[str]:
        """They came to the end of their budget, and who links to them was never told; the caller clears the list."""
        return self._budgets.spent_domains

    def note_referring(self, referring_domains: Mapping[str, int], *, now: float) -> None:
        """So many domains link to these, and budgets follow. One that is not of this frontier is left out."""
        for domain, count in referring_domains.items():
            account = self._budgets.known(domain)
            # What was earned in this run is kept, though a link may vanish.
            if account is not None and count > account.referring_domains:
                account.referring_domains = count
                self._reconsider(account, now)

    def _reconsider(self, account: HostAccount, now: float) -> None:
        """The page budget may have grown: the hosts that it stopped wait again if there are pages left."""
        if self._budgets.pages_left(account) == 0:
            return
        account.parked.clear()
        for queue in account.members:
            if queue.clock.retired_reason == PAGE_BUDGET:
                queue.clock = replace(queue.clock, retired_reason=None)
                self._enter(queue, HostQueueState.EMPTY)
            elif queue.state is HostQueueState.PARKED:
                self._enter(queue, HostQueueState.EMPTY)
            self._settle(queue, now)

    def forgive(self, host: str, *, now: float) -> None:
        """Its last failure was our own network's: take it back. A host that is being asked is left to its verdict."""
        queue = self._hosts[host]
        if queue.state not in (HostQueueState.LEASED, HostQueueState.RETIRED) and queue.clock.connect_failures:
            queue.clock = self._politeness.forgive(queue.clock, now)
            self._settle(queue, now)

    # What can be known.

    def next_due(self) -> float | None:
        """The soonest moment a host may be asked, also when its URLs must be read first. None: nobody waits."""
        if self._budgets.run_pages_left() == 0:
            return None
        moments = (self._addresses.next_due(), self._memory.next_due())
        return min((moment for moment in moments if moment is not None), default=None)

    def is_exhausted(self) -> bool:
        """Nothing is out, and nothing in this run's frontier will ever be leased."""
        if self._counts.of(HostQueueState.LEASED):
            return False
        return self._budgets.run_pages_left() == 0 or not self._counts.of(*WAITING)

    @property
    def leased_count(self) -> int:
        return self._counts.of(HostQueueState.LEASED)

    @property
    def pages_spent(self) -> int:
        return self._budgets.spent

    @property
    def urls_in_memory(self) -> int:
        return self._memory.count

    @property
    def operations(self) -> int:
        return self._operations.count

    def clock_of(self, host: str) -> HostClock:
        """To judge a fetch by, and to be stored."""
        return self._hosts[host].clock

    def resting(self, now: float) -> Iterator[HostClock]:
        return self._survey.resting(now)

    def retired(self) -> Iterator[HostClock]:
        return self._survey.retired()

    def statistics(self, now: float) -> FrontierStatistics:
        """For a display, once a second or so, not for each page."""
        return self._survey.look(now, self.next_due())

    # One host.

    def _restored(self, clock: HostClock, now: float) -> HostClock:
        clock = self._politeness.restore(clock, now)
        # Tonight's budget decides, not the one that the host was retired by.
        return replace(clock, retired_reason=None) if clock.retired_reason == PAGE_BUDGET else clock

    def _queue_of(self, host: str, domain: str, now: float) -> HostQueue:
        if host not in self._hosts:
            self.add_host(host, domain=domain, now=now)
        queue = self._hosts[host]
        if queue.state is HostQueueState.EMPTY:
            queue.busy_since = now
        return queue

    def _enter(self, queue: HostQueue, state: HostQueueState) -> None:
        self._counts.move(queue.state, state)
        queue.state = state

    def _settle(self, queue: HostQueue, now: float) -> None:
        """Whatever changed, let the host wait where it belongs."""
        if queue.state in (HostQueueState.RETIRED, HostQueueState.PARKED):
            return
        due = queue.due_at(now)
        if queue.state is HostQueueState.LEASED:
            if due is None:
                self._memory.want(queue, now)
            elif self._memory.is_wanted(queue):
                self._addresses.withdraw(queue)
        elif due is not None:
            self._enter(queue, HostQueueState.RESTING if queue.clock.rest_reason else HostQueueState.READY)
            self._addresses.wait(queue, due)
        else:
            self._addresses.withdraw(queue)
            self._enter(queue, HostQueueState.HUNGRY if queue.on_disk else HostQueueState.EMPTY)
            self._memory.want(queue, queue.ready_at)

    def _retire(self, queue: HostQueue, reason: str) -> None:
        self._memory.drop(queue, with_pinned=True)
        self._addresses.withdraw(queue)
        queue.clock = replace(queue.clock, retired_reason=reason)
        self._enter(queue, HostQueueState.RETIRED)

    def _share(self) -> int:
        return self._memory.share(self._counts.of(HostQueueState.LEASED, *WAITING))

    # Leases.

    def _lease(self, queue: HostQueue, now: float) -> Lease:
        waiting = self._memory.take(queue, now)
        lease = Lease(waiting, address=queue.address, tries=queue.tries_of(waiting), leased_at=now)
        lease.charge = self._addresses.charge(queue, now)
        queue.lease = lease
        self._budgets.begin(queue.account)
        if waiting.kind is FetchKind.PAGE:
            self._budgets.charge(queue.account)
        self._enter(queue, HostQueueState.LEASED)
        self._settle(queue, now)
        return lease

    def _leased(self, lease: Lease) -> HostQueue:
        queue = self._hosts[lease.host]
        if queue.lease is not lease:
            raise FrontierError(f"this lease of {lease.host} has ended before")
        return queue

    def _end(self, lease: Lease, now: float) -> HostQueue:
        queue = self._leased(lease)
        queue.lease = None
        self._enter(queue, HostQueueState.EMPTY)
        for other in self._budgets.end(queue.account):
            self._enter(other, HostQueueState.EMPTY)
            self._settle(other, now)
        return queue

    def _apply(self, queue: HostQueue, lease: Lease, verdict: Verdict | None, now: float) -> None:
        """Without a verdict the host was not asked at all."""
        if verdict is None:
            self._refund(lease)
        else:
            queue.clock = verdict.clock
            self._learn_address(queue, lease)
        clock = queue.clock
        if clock.retired_reason is not None:
            self._retire(queue, clock.retired_reason)
            return
        if clock.rest_reason is not None and clock.ready_at > now + LONG_REST_SECONDS:
            self._memory.drop(queue, with_pinned=False)
        self._settle(queue, now)

    def _refund(self, lease: Lease) -> None:
        if lease.charge is not None:
            self._addresses.refund(lease.charge)
            lease.charge = None

    def _learn_address(self, queue: HostQueue, lease: Lease) -> None:
        """If the host answered from another address than the one that was charged, that one is charged as well."""
        address = queue.clock.address
        if address is not None and address != lease.address:
            self._addresses.join(queue, address)
            self._addresses.charge(queue, lease.leased_at)

    # Budgets.

    def _has_budget(self, queue: HostQueue, now: float) -> bool:
        waiting = queue.peek(now)
        return self._budgets.may_lease(queue.account, is_page=waiting is not None and waiting.kind is FetchKind.PAGE)

    def _wait_for_budget(self, queue: HostQueue) -> None:
        """Until something that is out has ended the host stands aside."""
        if self._budgets.is_spent(queue.account):
            self._retire_domain(queue.account)
        else:
            self._enter(queue, HostQueueState.PARKED)
            self._addresses.withdraw(queue)
            queue.account.parked.append(queue)

    def _give_back_page(self, lease: Lease) -> None:
        if lease.kind is FetchKind.PAGE:
            self._budgets.give_back(self._hosts[lease.host].account)

    def _retire_domain(self, account: HostAccount) -> None:
        self._budgets.note_spent(account)
        account.parked.clear()
        for queue in account.members:
            if queue.state not in (HostQueueState.LEASED, HostQueueState.RETIRED):
                self._retire(queue, PAGE_BUDGET)

"""Random webs, clocks, failures, commits and kills, against a ledger that knows nothing of how the frontier works."""

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.frontier import PAGE_BUDGET
from crawler.host_queue import NO_ROW, HostQueueState
from storage import FetchKind, Outcome
from tests.frontier_world import Ledger, TooEarly, World, fetched, waiting

HOSTS = [f"h{number}.d{number % 3}" for number in range(6)]
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]

OUTCOMES = [
    *[(Outcome.OK, 200, None)] * 8,
    (Outcome.REDIRECT, 301, None),
    (Outcome.HTTP_ERROR, 404, None),
    (Outcome.HTTP_ERROR, 429, None),
    (Outcome.HTTP_ERROR, 429, 7.0),
    (Outcome.HTTP_ERROR, 503, 400.0),
    (Outcome.HTTP_ERROR, 500, None),
    (Outcome.TIMEOUT, None, None),
    (Outcome.CONNECT_ERROR, None, None),
    (Outcome.TLS_ERROR, None, None),
]

set_ups = st.fixed_dictionaries(
    {
        "budget": st.sampled_from([0, 5, 40]),
        "max_pages": st.sampled_from([0, 0, 60]),
        "max_in_flight": st.sampled_from([0, 1, 4]),
        "max_urls_in_memory": st.sampled_from([1, 12, 500]),
        "delay_seconds": st.sampled_from([1.0, 0.5, 0.0]),
        "address_delay_seconds": st.sampled_from([0.25, 5.0, 0.0]),
        "delay_jitter": st.sampled_from([0.0, 0.5]),
        "rest_jitter": st.sampled_from([0.0, 0.5]),
        "max_failures": st.sampled_from([6, 1_000]),
        "max_connect_failures": st.sampled_from([3, 1_000]),
    }
)


class Crawl:
    """What a crawl may do with a frontier, in any order. Commits and refills lag behind, as they do."""

    def __init__(self, seed, set_up):
        self.dice = random.Random(seed)
        self.world = World(seed=seed, rest_seconds=10.0, max_rest_seconds=200.0, **set_up)
        self.budget = set_up["budget"]
        self.ledger = Ledger(set_up["delay_seconds"], set_up["address_delay_seconds"])
        self.leases = []
        self.uncommitted = []  # visits, in order: the host's clock, the URL's id or None, its retry, is it a page done
        self.refills = {}  # host: limit, or rows already read
        self.clocks = {}  # as on disk
        self.spent = defaultdict(int)  # as on disk
        self.asked = defaultdict(int)  # pages per domain, retries aside, as the ledger sees them
        self.where = {host: self.dice.choice(ADDRESSES) for host in HOSTS}

    def run(self, steps):
        for action in self.dice.choices(list(ACTIONS), list(ACTIONS.values()), k=steps):
            action(self)
            self.check()
        self.come_to_the_end()
        return self.world.frontier

    # The world.

    def time_passes(self):
        self.world.now += self.dice.choice([0.0, 0.1, 0.25, 1.0, 5.0, 60.0, 500.0])

    def time_passes_until_someone_is_due(self):
        due = self.world.frontier.next_due()
        if due is not None:
            self.world.now = max(self.world.now, due)

    def a_host_moves(self):
        self.where[self.dice.choice(HOSTS)] = self.dice.choice(ADDRESSES)

    def urls_are_discovered(self):
        host, depth = self.dice.choice(HOSTS), self.dice.randrange(4)
        kind = FetchKind.PAGE if self.dice.random() < 0.8 else FetchKind.SITEMAP
        self.world.discover(host, self.dice.randint(1, 5), domain=domain_of(host), depth=depth, kind=kind)

    def a_shorter_way_is_found(self):
        host, depth = self.dice.choice(HOSTS), self.dice.randrange(3)
        rows = [row for row in self.world.disk[host].values() if row.depth > depth]
        if rows and host in self.world.frontier._hosts:
            row = self.dice.choice(rows)._replace(depth=depth)
            self.world.disk[host][row.url_id] = row
            if self.dice.random() < 0.5:
                self.world.frontier.add(row, domain=domain_of(host), now=self.world.now)

    def an_errand_comes_up(self):
        host = self.dice.choice(HOSTS)
        errand = waiting(NO_ROW, host, kind=FetchKind.ROBOTS)
        self.world.frontier.add_errand(errand, domain=domain_of(host), now=self.world.now)

    # Reading, in two steps.

    def refills_are_asked_for(self):
        for host, wanted in self.world.frontier.hungry(self.dice.randint(1, 4), now=self.world.now):
            assert host not in self.refills
            self.refills[host] = wanted

    def rows_are_read(self):
        hosts = sorted(host for host, wanted in self.refills.items() if isinstance(wanted, int))
        if hosts:
            host = self.dice.choice(hosts)
            self.refills[host] = self.world.read(host, self.refills[host])

    def rows_arrive(self):
        hosts = sorted(host for host, wanted in self.refills.items() if not isinstance(wanted, int))
        if hosts:
            host = self.dice.choice(hosts)
            rows, is_all = self.refills.pop(host)
            self.world.frontier.refill(host, rows, now=self.world.now, is_all=is_all)

    # Asking.

    def a_url_is_leased(self):
        lease = self.world.frontier.lease(self.world.now)
        if lease is None:
            return
        address = self.where[lease.host]
        if not self.world.frontier.settle_address(lease, address, now=self.world.now):
            self.world.frontier.put_back(lease, now=self.world.now)
            return
        self.ledger.start(lease.host, address, mark(lease), self.world.now)
        self.leases.append(lease)
        self.check_budgets()

    def check_budgets(self):
        out = defaultdict(int)
        for lease in self.leases:
            out[domain_of(lease.host)] += is_page(lease)
        if self.budget:
            assert all(self.asked[domain] + pages <= self.budget for domain, pages in out.items())
        if self.world.max_pages:
            assert sum(self.asked.values()) + sum(out.values()) <= self.world.max_pages

    def a_url_is_released(self):
        if not self.leases:
            return
        lease = self.take_lease()
        outcome, status, retry_after = self.dice.choice(OUTCOMES)
        elapsed = self.dice.choice([0.0, 0.3, 2.0])
        self.world.now += elapsed
        record = fetched(
            lease, self.world.now, outcome=outcome, status=status, retry_after_seconds=retry_after,
            elapsed_seconds=elapsed, address=lease.address,
        )  # fmt: skip
        clock = self.world.frontier.clock_of(lease.host)
        verdict = self.world.politeness.judge(clock, record, tries=lease.tries, now=self.world.now)
        self.world.frontier.release(lease, verdict, now=self.world.now)
        rest = (retry_after or 10.0) if status in (429, 503) else 0.0
        is_over = verdict.retry is None
        self.ledger.end(lease.host, self.world.now, rest=rest, is_done=is_over and is_row(lease))
        self.asked[domain_of(lease.host)] += is_page(lease) and is_over
        self.uncommitted.append((verdict.clock, lease.waiting.url_id, verdict.retry, is_page(lease) and is_over))

    def a_url_is_handed_back(self):
        if not self.leases:
            return
        lease = self.take_lease()
        verdict = self.verdict_of_robots(lease)
        self.world.frontier.put_back(lease, verdict=verdict, now=self.world.now)
        self.end_unasked(lease, verdict, is_done=False)
        if verdict is not None:
            self.uncommitted.append((verdict.clock, None, None, False))

    def a_url_is_dropped(self):
        if not self.leases:
            return
        lease = self.take_lease()
        verdict = self.verdict_of_robots(lease)
        self.world.frontier.drop(lease, verdict=verdict, now=self.world.now)
        self.end_unasked(lease, verdict, is_done=is_row(lease))
        self.uncommitted.append((self.world.frontier.clock_of(lease.host), lease.waiting.url_id, None, False))

    def take_lease(self):
        return self.leases.pop(self.dice.randrange(len(self.leases)))

    def verdict_of_robots(self, lease):
        """Sometimes robots.txt is asked in a page's place; None: nothing was."""
        if self.dice.random() < 0.5:
            return None
        record = fetched(lease, self.world.now, address=lease.address)
        return self.world.politeness.judge(self.world.frontier.clock_of(lease.host), record, now=self.world.now)

    def end_unasked(self, lease, verdict, *, is_done):
        if verdict is not None:
            self.ledger.end(lease.host, self.world.now, is_done=is_done)
        else:
            self.ledger.end_unasked(lease.host, is_done=is_done)

    # Writing, and its end.

    def a_batch_is_committed(self):
        count = self.dice.randint(1, 6)
        batch, self.uncommitted = self.uncommitted[:count], self.uncommitted[count:]
        for clock, url_id, retry, is_page_done in batch:
            self.clocks[clock.host] = clock
            self.spent[domain_of(clock.host)] += is_page_done
            if url_id is not None:
                self.world.commit(clock.host, url_id, retry)

    def the_program_is_killed_and_started_again(self):
        lost = {url_id for _, url_id, *_ in self.uncommitted}
        untold = {clock.host for clock, *_ in self.uncommitted} | {lease.host for lease in self.leases}
        self.leases, self.uncommitted, self.refills = [], [], {}
        self.world.now += self.dice.choice([0.0, 1.0, 30.0])
        self.ledger.out.clear()
        self.ledger.done -= lost
        for host in untold:  # what was not committed was never promised
            self.ledger.host_ready[host] = self.clocks[host].ready_at if host in self.clocks else 0.0
        if untold:
            self.ledger.address_started.clear()
        self.asked = defaultdict(int, self.spent)
        self.start_again()

    def start_again(self):
        self.world.frontier = self.world.new_frontier(pages_spent=sum(self.spent.values()))
        for domain, pages in self.spent.items():
            self.world.frontier.add_domain(domain, pages_spent=pages)
        for host in {**self.world.disk, **self.clocks}:
            clock, rows = self.clocks.get(host), self.world.disk[host]
            self.world.frontier.add_host(
                host, domain=domain_of(host), clock=clock, waiting_on_disk=len(rows), now=self.world.now
            )

    # Always.

    def check(self):
        frontier = self.world.frontier
        assert frontier.urls_in_memory == sum(queue.in_memory for queue in frontier._hosts.values())
        for queue in frontier._hosts.values():
            self.check_state(queue)
            if not queue.on_disk and queue.added_late is None:
                assert set(self.world.disk[queue.name]) <= queue.held_ids(), f"{queue.name} forgot a URL"
        seen = frontier.statistics(self.world.now)
        assert (seen.hosts_leased, seen.urls_in_memory) == (len(self.leases), frontier.urls_in_memory)
        assert seen.seconds_left >= 0

    def check_state(self, queue):
        state = queue.state
        assert (queue.lease is not None) == (state is HostQueueState.LEASED)
        if state in (HostQueueState.READY, HostQueueState.RESTING):
            assert queue.heap is queue.group.hosts
        elif state is HostQueueState.HUNGRY:
            assert (queue.heap is self.world.frontier._memory._hungry) != (queue.added_late is not None)
        elif state is not HostQueueState.LEASED:
            assert queue.heap is None

    # In the end.

    def come_to_the_end(self):
        """Nothing is lost: let it run, and what is left on disk is left for a reason."""
        for host, wanted in list(self.refills.items()):
            rows, is_all = self.world.read(host, wanted) if isinstance(wanted, int) else wanted
            self.world.frontier.refill(host, rows, now=self.world.now, is_all=is_all)
        while self.leases:
            self.ledger.end_unasked(self.leases[-1].host)
            self.world.frontier.put_back(self.leases.pop(), now=self.world.now)
        while self.uncommitted:
            self.a_batch_is_committed()
        self.drain()
        self.check()
        self.check_what_is_left()

    def drain(self):
        for _ in range(10_000):
            lease = self.world.lease_next()
            if lease is None:
                return
            self.ledger.start(lease.host, None, mark(lease), self.world.now)
            assert self.world.release(lease, address=lease.address).retry is None
            self.ledger.end(lease.host, self.world.now, is_done=is_row(lease))
        raise AssertionError("the crawl does not end")

    def check_what_is_left(self):
        frontier = self.world.frontier
        assert frontier.is_exhausted()
        is_page_limit = self.world.max_pages and frontier.pages_spent >= self.world.max_pages
        reasons = {clock.host: clock.retired_reason for clock in frontier.retired()}
        for host, rows in self.world.disk.items():
            if rows and not is_page_limit:
                assert reasons.get(host), f"{host} was forgotten"
                assert self.budget or reasons[host] != PAGE_BUDGET


ACTIONS = {
    Crawl.a_url_is_leased: 30,
    Crawl.a_url_is_released: 22,
    Crawl.a_url_is_handed_back: 3,
    Crawl.a_url_is_dropped: 2,
    Crawl.time_passes_until_someone_is_due: 20,
    Crawl.time_passes: 6,
    Crawl.urls_are_discovered: 9,
    Crawl.a_shorter_way_is_found: 3,
    Crawl.an_errand_comes_up: 1,
    Crawl.a_host_moves: 1,
    Crawl.refills_are_asked_for: 10,
    Crawl.rows_are_read: 12,
    Crawl.rows_arrive: 12,
    Crawl.a_batch_is_committed: 7,
    Crawl.the_program_is_killed_and_started_again: 0.4,
}


def mark(lease):
    """An errand has no id; a new one is asked for each time."""
    return lease.waiting.url_id if is_row(lease) else object()


def is_row(lease):
    return lease.waiting.url_id != NO_ROW


def is_page(lease):
    return lease.kind is FetchKind.PAGE


def domain_of(host):
    return host.partition(".")[2]


@settings(max_examples=60)
@given(st.integers(0, 2**32), set_ups, st.sampled_from([20, 100, 500]))
def test_a_random_crawl_is_polite_keeps_its_budgets_and_loses_nothing(seed, set_up, steps):
    assert Crawl(seed, set_up).run(steps).is_exhausted()


@pytest.mark.slow
@settings(max_examples=600)
@given(st.integers(0, 2**32), set_ups)
def test_so_are_many_long_ones(seed, set_up):
    assert Crawl(seed, set_up).run(600).is_exhausted()


# The ledger itself.


def test_the_ledger_sees_a_host_asked_early():
    ledger = Ledger(1.0, 0.25)
    ledger.start("a", None, 1, 0.0)
    ledger.end("a", 0.5)
    with pytest.raises(TooEarly, match="not before"):
        ledger.start("a", None, 2, 1.4)


def test_the_ledger_sees_an_address_asked_early():
    ledger = Ledger(1.0, 0.25)
    ledger.start("a", "192.0.2.1", 1, 0.0)
    with pytest.raises(TooEarly, match="192"):
        ledger.start("b", "192.0.2.1", 2, 0.2)


def test_the_ledger_sees_two_requests_at_once_and_a_url_asked_for_again():
    ledger = Ledger(0.0, 0.0)
    ledger.start("a", None, 1, 0.0)
    with pytest.raises(TooEarly, match="twice"):
        ledger.start("a", None, 2, 0.0)
    ledger.end("a", 0.0)
    with pytest.raises(AssertionError, match="again"):
        ledger.start("a", None, 1, 0.0)


def test_the_ledger_sees_a_rest_cut_short():
    ledger = Ledger(1.0, 0.0)
    ledger.start("a", None, 1, 0.0)
    ledger.end("a", 0.0, rest=60.0, is_done=False)
    with pytest.raises(TooEarly):
        ledger.start("a", None, 1, 59.0)

"""A frontier with a disk, a clock and a ledger, and no sockets: what the tests of the frontier and its bench stand on.

The disk is a dict of rows as the store keeps them. The ledger sees every lease and release, and checks politeness by
its own few lines, which know nothing of how the frontier works.
"""

import random
from collections import defaultdict

from crawler.frontier import Frontier
from crawler.options import PolitenessOptions
from crawler.politeness import Politeness
from storage import FetchKind, FetchRecord, Outcome, Waiting

EPSILON = 1e-6


def waiting(url_id, host, *, depth=1, kind=FetchKind.PAGE, **more):
    return Waiting(url_id, f"http://{host}/{url_id}", host, depth, kind, **more)


def fetched(lease, now, **how):
    """A fetch of the lease's URL that ended at `now`, well unless `how` says otherwise."""
    record = {"outcome": Outcome.OK, "status": 200, "elapsed_seconds": 0.0, **how}
    started_at = now - record["elapsed_seconds"]
    return FetchRecord(url=lease.waiting.url, host=lease.host, kind=lease.kind, started_at=started_at, **record)


class TooEarly(AssertionError):
    pass


class Ledger:
    """What a webmaster would write down: who was asked, when, and what was promised."""

    def __init__(self, delay, address_delay):
        self.delay = delay
        self.address_delay = address_delay
        self.host_ready = defaultdict(float)
        self.address_started = defaultdict(lambda: -1e9)
        self.out = {}
        self.leased = defaultdict(int)
        self.done = set()
        self.undo = {}

    def start(self, host, address, url_id, now):
        if host in self.out:
            raise TooEarly(f"{host} is asked twice at once")
        if now < self.host_ready[host] - EPSILON:
            raise TooEarly(f"{host} at {now}, not before {self.host_ready[host]}")
        if address is not None:
            if now < self.address_started[address] + self.address_delay - EPSILON:
                raise TooEarly(f"{address} at {now}, asked at {self.address_started[address]}")
            self.undo[host] = (address, self.address_started[address], now)
            self.address_started[address] = now
        if url_id in self.done or url_id in self.out.values():
            raise AssertionError(f"URL {url_id} is asked for again")
        self.out[host] = url_id
        self.leased[host] += 1

    def end(self, host, now, *, rest=0.0, is_done=True):
        url_id = self.out.pop(host)
        self.host_ready[host] = max(self.host_ready[host], now + max(self.delay, rest))
        if is_done:
            self.done.add(url_id)

    def end_unasked(self, host, *, is_done=False):
        """Nothing went on the wire, so nobody need wait for it."""
        url_id = self.out.pop(host)
        if is_done:
            self.done.add(url_id)
        address, before, started = self.undo.get(host, (None, 0.0, 0.0))
        if address is not None and self.address_started[address] == started:
            self.address_started[address] = before


class World:
    """A disk and a frontier over it; refills are answered at once unless a test answers them itself."""

    def __init__(self, *, seed=0, budget=0, max_pages=0, max_in_flight=0, max_urls_in_memory=500_000, **politeness):
        options = PolitenessOptions(**{"delay_jitter": 0.0, "rest_jitter": 0.0, **politeness})
        self.politeness = Politeness(options, random.Random(seed))
        self.disk = defaultdict(dict)
        self.budget = budget if callable(budget) else lambda _domain: budget
        self.max_pages = max_pages
        self.max_in_flight = max_in_flight
        self.max_urls_in_memory = max_urls_in_memory
        self.now = 0.0
        self.next_id = 1
        self.frontier = self.new_frontier()

    def new_frontier(self, *, pages_spent=0):
        return Frontier(
            self.politeness,
            budget=self.budget,
            max_pages=self.max_pages,
            max_in_flight=self.max_in_flight,
            pages_spent=pages_spent,
            max_urls_in_memory=self.max_urls_in_memory,
        )

    def write(self, host, count=1, *, depth=1, **more):
        """Rows on disk that the frontier is not told of."""
        rows = []
        for _ in range(count):
            rows.append(waiting(self.next_id, host, depth=depth, **more))
            self.disk[host][self.next_id] = rows[-1]
            self.next_id += 1
        return rows

    def discover(self, host, count=1, *, domain=None, depth=1, **more):
        rows = self.write(host, count, depth=depth, **more)
        for row in rows:
            self.frontier.add(row, domain=domain or host, now=self.now)
        return rows

    def read(self, host, limit):
        rows = sorted(self.disk[host].values(), key=lambda row: (row.depth, row.url_id))
        return rows[:limit], len(rows) <= limit

    def refill(self, limit=100):
        for host, wanted in self.frontier.hungry(limit, now=self.now):
            rows, is_all = self.read(host, wanted)
            self.frontier.refill(host, rows, now=self.now, is_all=is_all)

    def lease(self):
        lease = self.frontier.lease(self.now)
        if lease is None:
            self.refill()
            lease = self.frontier.lease(self.now)
        return lease

    def lease_next(self):
        """Let the time pass until someone may be asked."""
        while True:
            lease = self.lease()
            if lease is not None:
                return lease
            due = self.frontier.next_due()
            if due is None:
                return None
            self.now = max(self.now, due)

    def release(self, lease, **how):
        """Judge, release, and commit at once."""
        record = fetched(lease, self.now, **how)
        verdict = self.politeness.judge(self.frontier.clock_of(lease.host), record, tries=lease.tries, now=self.now)
        self.frontier.release(lease, verdict, now=self.now)
        self.commit(lease.host, lease.waiting.url_id, verdict.retry)
        return verdict

    def commit(self, host, url_id, retry=None):
        row = self.disk[host].get(url_id)
        if row is None:
            return
        if retry is None:
            del self.disk[host][url_id]
            self.frontier.forget(host, [url_id])
        else:
            self.disk[host][url_id] = row._replace(not_before=retry.not_before, attempts=retry.attempts)

    def run(self, limit=100_000):
        """Ask for everything, well; the ids in the order they were asked for."""
        order = []
        while len(order) < limit and (lease := self.lease_next()) is not None:
            order.append(lease.waiting.url_id)
            self.release(lease)
        return order

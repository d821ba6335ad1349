"""A night without sockets: frontier and politeness against a fake clock and a fake web.

100,000 hosts of power-law sizes on shared addresses, 20 million URLs discovered, 3 million fetched; some hosts slow,
some dead, some asking for rest. A ledger kept here, which knows nothing of the frontier's insides, checks every
request. The fake web's own state is a few numbers a host, so that the memory measured is the frontier's.

    python -m bench.frontier [--scale 0.02] [--record]
"""

import argparse
import math
import random
import resource
import time
import tracemalloc
from array import array
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path

from crawler.budgets import page_budget
from crawler.frontier import PAGE_BUDGET, Frontier
from crawler.host_queue import Lease
from crawler.options import CrawlOptions, PolitenessOptions
from crawler.politeness import Politeness, Verdict
from storage import FetchKind, FetchRecord, Outcome, Retry, Waiting

from .figures import Figure, tell

HOSTS, URLS, FETCHES = 100_000, 170_000_000, 3_000_000
"""Of the URLs there are, about 20 million are discovered: the biggest hosts have more than a night can see."""

NEW_URLS_PER_PAGE = 165
SECONDS = 8 * 3_600.0
IN_FLIGHT = 256
BUDGETS = CrawlOptions(base_pages_per_domain=200, pages_per_referring_domain=2, max_pages_per_domain=2_000)
"""Small, so that many domains come to their end in one night and earn more."""

PAGES_A_BATCH = 500
"""After so many pages the frontier is told who links to whom, as by a writer."""

URLS_IN_MEMORY = 500_000
ID_BITS = 24
SLACK = 1e-6


@dataclass(slots=True)
class Night:
    """What the ledger saw."""

    fetched: int = 0
    discovered: int = 0
    early: int = 0
    refills: int = 0
    waits: list[float] = field(default_factory=list)
    longest_wait: float = 0.0
    pages_by_domain: Counter[int] = field(default_factory=Counter)
    frontier_seconds: float = 0.0
    operations_by_tenth: list[float] = field(default_factory=list)


class FakeWeb:
    """Hosts by number. On disk are the pages of host n from first[n] up to known[n], and those of `again[n]`."""

    def __init__(self, hosts: int, urls: int, dice: random.Random) -> None:
        self.dice = dice
        weights = [(rank + 1.0) ** -1.5 for rank in range(hosts)]
        total = sum(weights)
        self.size = array("q", (max(1, int(urls * weight / total)) for weight in weights))
        self.names = [f"www{number}.domain{domain_of(number)}.test" for number in range(hosts)]
        self.number = {name: number for number, name in enumerate(self.names)}
        self.known = array("q", bytes(8 * hosts))
        self.first = array("q", bytes(8 * hosts))
        self.again: dict[int, dict[int, Waiting]] = {}
        self.address = array("q", (self._draw_address(hosts) for _ in range(hosts)))
        self.seconds = array("d", (min(20.0, dice.lognormvariate(-1.2, 0.8)) for _ in range(hosts)))
        self.is_dead = bytearray(dice.random() < 0.02 for _ in range(hosts))

    def _draw_address(self, hosts: int) -> int:
        """A third of all hosts crowd on few addresses, as they do behind delivery networks."""
        addresses = max(1, hosts // 3)
        return int(addresses * self.dice.random() ** (6 if self.dice.random() < 0.33 else 1))

    def page(self, number: int, index: int) -> Waiting:
        name = self.names[number]
        url = f"https://{name}/section/{index}/page-{index}.html"
        return Waiting((number << ID_BITS) + index + 1, url, name, 1 + int(math.log10(index + 1)))

    def read(self, number: int, limit: int) -> tuple[list[Waiting], bool]:
        last = min(self.known[number], self.first[number] + limit)
        rows = [self.page(number, index) for index in range(self.first[number], last)]
        rows += self.again.get(number, {}).values()
        rows.sort(key=lambda row: (row.depth, row.url_id))
        return rows[:limit], len(rows) <= limit and last == self.known[number]

    def has_waiting(self, number: int, now: float) -> bool:
        """Something that may be asked for, as far as the URL goes."""
        if self.first[number] < self.known[number]:
            return True
        return any(page.not_before <= now for page in self.again.get(number, {}).values())

    def discover(self, number: int, count: int) -> range:
        known = self.known[number]
        self.known[number] = min(self.size[number], known + count)
        return range(known, self.known[number])

    def end(self, waiting: Waiting, retry: Retry | None) -> None:
        number = self.number[waiting.host]
        self.first[number] = max(self.first[number], waiting.url_id - (number << ID_BITS))
        again = self.again.setdefault(number, {})
        again.pop(waiting.url_id, None)
        if retry is not None:
            again[waiting.url_id] = waiting._replace(not_before=retry.not_before, attempts=retry.attempts)
        if not again:
            del self.again[number]

    def answer(self, number: int) -> tuple[Outcome, int | None, float | None]:
        if self.is_dead[number]:
            return Outcome.CONNECT_ERROR, None, None
        luck = self.dice.random()
        if luck < 0.0005:
            return Outcome.HTTP_ERROR, 429, 120.0 if luck < 0.00025 else None
        return (Outcome.HTTP_ERROR, 500, None) if luck < 0.01 else (Outcome.OK, 200, None)


def domain_of(number: int) -> int:
    """One host in five is one of twenty of a domain."""
    return number - number % 20 if number // 20 % 5 == 0 else number


class Simulation:
    def __init__(self, scale: float, seed: int) -> None:
        self.dice = random.Random(seed)
        self.options = PolitenessOptions()
        self.fetches = int(FETCHES * scale)
        self.max_in_flight = max(8, int(IN_FLIGHT * scale))
        self.web = FakeWeb(max(100, int(HOSTS * scale)), int(URLS * scale), self.dice)
        hosts = len(self.web.names)
        self.politeness = Politeness(self.options, self.dice)
        self.frontier = Frontier(
            self.politeness,
            budget=lambda referring_domains: page_budget(BUDGETS, referring_domains),
            max_urls_in_memory=max(1_000, int(URLS_IN_MEMORY * scale)),
        )
        self.now = self.started_at = 1.7e9
        self.in_flight: list[tuple[float, int, Lease]] = []
        self.host_ready = array("d", bytes(8 * hosts))
        self.host_out = bytearray(hosts)
        self.promised = array("d", bytes(8 * hosts))
        self.has_work_since = array("d", bytes(8 * hosts))
        self.address_started = array("d", bytes(8 * hosts))
        self.referring = array("q", bytes(8 * hosts))
        self.newly_referred: set[int] = set()
        self.night = Night()

    def run(self) -> Night:
        night = self.night
        for number in range(len(self.web.names)):
            self.discover(number, 1)
        tenth = max(1, self.fetches // 10)
        operations = self.frontier.operations
        while night.fetched < self.fetches and self.now < self.started_at + SECONDS and self.step():
            if night.fetched >= tenth * (len(night.operations_by_tenth) + 1):
                night.operations_by_tenth.append((self.frontier.operations - operations) / tenth)
                operations = self.frontier.operations
        return night

    def step(self) -> bool:
        """Ask whoever may be asked, then let the time pass until something happens."""
        self.fill()
        due = self.frontier.next_due() if len(self.in_flight) < self.max_in_flight else None
        if self.in_flight and (due is None or self.in_flight[0][0] <= due):
            self.end_one()
        elif due is not None:
            self.now = max(self.now, due)
        return bool(self.in_flight) or due is not None

    def fill(self) -> None:
        self.refill()
        while len(self.in_flight) < self.max_in_flight:
            began = time.thread_time()
            lease = self.frontier.lease(self.now)
            self.night.frontier_seconds += time.thread_time() - began
            if lease is not None:
                self.start(lease)
            elif not self.refill():
                return

    def refill(self) -> bool:
        hungry = self.frontier.hungry(64, now=self.now)
        for host, limit in hungry:
            rows, is_all = self.web.read(self.web.number[host], limit)
            began = time.thread_time()
            self.frontier.refill(host, rows, now=self.now, is_all=is_all)
            self.night.frontier_seconds += time.thread_time() - began
        self.night.refills += len(hungry)
        return bool(hungry)

    def start(self, lease: Lease) -> None:
        number = self.web.number[lease.host]
        address = self.web.address[number]
        text = f"10.{address >> 16}.{address >> 8 & 255}.{address & 255}"
        if not self.frontier.settle_address(lease, text, now=self.now):
            self.frontier.put_back(lease, now=self.now)
            return
        self.check_start(lease, number, address)
        heappush(self.in_flight, (self.now + self.web.seconds[number], number, lease))

    def check_start(self, lease: Lease, number: int, address: int) -> None:
        night = self.night
        night.early += bool(self.host_out[number])
        night.early += self.now < self.host_ready[number] - SLACK
        night.early += self.now < self.address_started[address] + self.options.address_delay_seconds - SLACK
        wait = self.now - max(self.promised[number], self.has_work_since[number], lease.waiting.not_before)
        night.longest_wait = max(night.longest_wait, wait)
        if self.dice.random() < 0.01:
            night.waits.append(wait)
        self.host_out[number] = 1
        self.address_started[address] = self.now

    def end_one(self) -> None:
        ended_at, number, lease = heappop(self.in_flight)
        self.now = max(self.now, ended_at)
        verdict = self.release(number, lease)
        self.host_out[number] = 0
        self.host_ready[number] = self.now + (60.0 if verdict.is_slow_down else self.options.delay_seconds)
        self.promised[number] = verdict.clock.ready_at
        self.web.end(lease.waiting, verdict.retry)
        if verdict.retry is None:
            self.frontier.forget(lease.host, [lease.waiting.url_id])
            self.night.fetched += 1
            self.night.pages_by_domain[domain_of(number)] += 1
            self.discover(number, NEW_URLS_PER_PAGE)
            self.link_to(int(len(self.web.names) * self.dice.random() ** 3))

    def link_to(self, number: int) -> None:
        """A page names another host. Domains are so many that nearly each such link is of a new pair of them."""
        self.discover(number, 4)
        self.referring[domain_of(number)] += 1
        self.newly_referred.add(domain_of(number))
        if self.night.fetched % PAGES_A_BATCH == 0:
            news = {f"domain{domain}.test": self.referring[domain] for domain in self.newly_referred}
            self.newly_referred.clear()
            began = time.thread_time()
            self.frontier.note_referring(news, now=self.now)
            self.night.frontier_seconds += time.thread_time() - began

    def over_budget(self) -> int:
        """Domains with more pages than those that link to them have earned."""
        return sum(
            pages > page_budget(BUDGETS, self.referring[domain]) for domain, pages in self.night.pages_by_domain.items()
        )

    def release(self, number: int, lease: Lease) -> Verdict:
        outcome, status, retry_after = self.web.answer(number)
        record = FetchRecord(
            url=lease.waiting.url,
            host=lease.host,
            kind=FetchKind.PAGE,
            started_at=lease.leased_at,
            elapsed_seconds=self.web.seconds[number],
            outcome=outcome,
            status=status,
            retry_after_seconds=retry_after,
            address=lease.address,
        )
        began = time.thread_time()
        clock = self.frontier.clock_of(lease.host)
        verdict = self.politeness.judge(clock, record, tries=lease.tries, now=self.now)
        self.frontier.release(lease, verdict, now=self.now)
        self.night.frontier_seconds += time.thread_time() - began
        return verdict

    def discover(self, number: int, count: int) -> None:
        if not self.web.has_waiting(number, self.now):
            self.has_work_since[number] = self.now
        domain = f"domain{domain_of(number)}.test"
        pages = [self.web.page(number, index) for index in self.web.discover(number, count)]
        began = time.thread_time()
        for page in pages:
            self.frontier.add(page, domain=domain, now=self.now)
        self.night.frontier_seconds += time.thread_time() - began
        self.night.discovered += len(pages)


def resident_mebibytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def bytes_per_host_and_url() -> tuple[float, float]:
    """Of 5,000 hosts of unknown address, and of ten URLs for each; the texts of names and URLs included."""
    tracemalloc.start()
    frontier = Frontier(Politeness(PolitenessOptions(), random.Random(0)), budget=lambda _domain: 0)
    empty = tracemalloc.get_traced_memory()[0]
    for number in range(5_000):
        frontier.add_host(f"www{number}.domain{number}.test", domain=f"domain{number}.test", now=0.0)
    with_hosts = tracemalloc.get_traced_memory()[0]
    for number in range(50_000):
        host = f"www{number % 5_000}.domain{number % 5_000}.test"
        url = f"https://{host}/section/{number}/page-{number}.html"
        frontier.add(Waiting(number + 1, url, host, 1), domain="", now=0.0)
    with_urls = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (with_hosts - empty) / 5_000, (with_urls - with_hosts) / 50_000


def figures_of(simulation: Simulation, web_mebibytes: float, command: str) -> list[Figure]:
    night, frontier = simulation.night, simulation.frontier
    resident = resident_mebibytes()
    seen = frontier.statistics(simulation.now)
    waits = sorted(night.waits) or [0.0]
    spent = sum(clock.retired_reason == PAGE_BUDGET for clock in frontier.retired())
    never = sum(not ready and not out for ready, out in zip(simulation.host_ready, simulation.host_out, strict=True))
    crowd, delay = max(Counter(simulation.web.address).values()), simulation.options.address_delay_seconds
    per_host, per_url = bytes_per_host_and_url()
    table = [
        ("hosts", seen.hosts, "", "100,000"),
        ("URLs discovered", night.discovered, "", "20 million"),
        ("pages fetched", night.fetched, "", "3 million"),
        ("length of the night", (simulation.now - simulation.started_at) / 3_600, "h", "-"),
        ("requests early for their host or address, or two at once", night.early, "", "0"),
        ("hosts never asked", never, "", "0"),
        ("wait of a due host, median", waits[len(waits) // 2], "s", "-"),
        ("wait of a due host, longest", night.longest_wait, "s", "-"),
        ("hosts on the most crowded address, times its pause", crowd * delay, "s", "-"),
        ("most pages of a domain", max(night.pages_by_domain.values(), default=0), "", "at most 2,000"),
        ("domains with more pages than they earned", simulation.over_budget(), "", "0"),
        (
            "domains with more than the base of 200 pages",
            sum(pages > BUDGETS.base_pages_per_domain for pages in night.pages_by_domain.values()),
            "",
            "-",
        ),
        ("hosts retired by their domain's budget", spent, "", "-"),
        ("hosts retired for failing", seen.hosts_retired - spent, "", "-"),
        ("resident memory", resident, "MiB", "< 1,536"),
        ("of that the fake web", web_mebibytes, "MiB", "-"),
        ("memory a host", per_host, "bytes", "-"),
        ("memory a URL", per_url, "bytes", "-"),
        ("pages a refill", night.fetched / max(1, night.refills), "", "-"),
        ("heap operations a page, second tenth of the night", night.operations_by_tenth[1], "", "flat"),
        ("heap operations a page, last tenth", night.operations_by_tenth[-1], "", "flat"),
        ("CPU a page, with its new URLs", night.frontier_seconds / max(1, night.fetched) * 1e6, "µs", "-"),
    ]
    return [
        Figure(name=f"Frontier: {name}", rounds=[float(value)], unit=unit, command=command, asked=asked)
        for name, value, unit, asked in table
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, help="share of a whole night; 1, which --record takes, is minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    arguments = parser.parse_args()
    scale = arguments.scale or (1.0 if arguments.record else 0.02)
    before = resident_mebibytes()
    simulation = Simulation(scale, arguments.seed)
    web_mebibytes = resident_mebibytes() - before
    simulation.run()
    figures = figures_of(simulation, web_mebibytes, f"python -m bench.frontier --scale {scale:g}")
    tell(figures, is_recorded=arguments.record)


if __name__ == "__main__":
    main()

"""One leased URL from lease to release: robots first, then the fetch, then what it says, then the writer.

Each method that awaits nothing may change the frontier; what it knows is handed to the writer as one `Visit`, so that a
kill at any point leaves either the URL waiting or everything that came of it.

Not here: who is leased when (crawl.py), how a page is read (visit.py), how long to pause (politeness.py).
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from storage import (
    Candidate,
    CrawlReading,
    FetchKind,
    FetchRecord,
    HostClock,
    Outcome,
    StopReason,
    Visit,
    Waiting,
)

from .address_board import AddressBoard
from .clock import Clock
from .fetch import Fetch, Fetcher
from .frontier import Frontier
from .host_queue import Lease
from .outage import OutageWatch, Turn
from .politeness import ANSWERS, Politeness, Verdict
from .robots_desk import RobotsDesk, Standing
from .shard import ONE_SHARD, Shard
from .statistics import Tally
from .urls import UrlReader, WebUrl
from .visit import Reading, VisitReader

LARGE_BODY_BYTES = 262_144
"""A larger page is parsed on a thread, so that the others are not kept waiting."""

LARGE_SITEMAPS = 2
"""So many are held at once, whatever the number of hosts that send one: each may unpack to its cap."""

SITEMAP_TURN = 1_000
"""After so many URLs of a sitemap others get their turn."""

SHORTAGE_SECONDS = 1.0
"""How long a host waits that could not be asked for want of descriptors or memory of ours."""

ELSEWHERE_SECONDS = 2.0
"""How long a host waits before looking again whether another host has answered for its robots.txt."""

SITEMAP_OUTCOMES = frozenset({Outcome.OK, Outcome.NOT_HTML})

DONE_OUTCOMES = ANSWERS | {Outcome.HTTP_ERROR}


class VisitTaker(Protocol):
    """What a worker needs of the hub."""

    async def put(self, visit: Visit) -> None: ...
    def adopt(self, domain: str) -> None: ...
    def send_errand(self, waiting: Waiting) -> None: ...
    def answer_errand(self, waiting: Waiting, fetch: Fetch) -> None: ...


@dataclass(slots=True)
class Worker:
    """The parts a lease passes through. One per shard, serving many leases at once."""

    clock: Clock
    frontier: Frontier
    politeness: Politeness
    fetcher: Fetcher
    robots: RobotsDesk
    reader: VisitReader
    urls: UrlReader
    store: CrawlReading
    hub: VisitTaker
    tally: Tally
    outage: OutageWatch
    shard: Shard = ONE_SHARD
    is_recrawl: bool = False
    use_sitemaps: bool = True
    large_sitemaps: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, LARGE_SITEMAPS))

    async def serve(self, lease: Lease) -> None:
        """Do what there is to do for a leased URL; afterwards it is released, put back or dropped."""
        url = self.urls.parse(lease.waiting.url)
        unwanted = StopReason.EXCLUDED if url is None else self.reader.judge_again(lease.waiting, url)
        if url is None or unwanted:
            await self._drop(lease, unwanted)
            return
        if lease.address is None and not await self._settle_address(lease, url):
            return
        if self.shard.addresses is not None and not self._claim(lease, self.shard.addresses):
            return
        if lease.kind is FetchKind.ROBOTS:
            await self._serve_errand(lease)
            return
        standing = await self.robots.standing(url.origin)
        if not standing.is_known(self.clock.now()):
            await self._ask_robots(lease, standing)
        elif (until := standing.denied_until()) is not None:
            self._rest(lease, until, "robots.txt could not be had")
        elif not standing.rules.allows(url.url):
            await self._drop(lease, StopReason.ROBOTS)
        elif lease.kind is FetchKind.SITEMAP:
            await self._ask_sitemap(lease)
        else:
            await self._ask_page(lease)

    async def _settle_address(self, lease: Lease, url: WebUrl) -> bool:
        """Learn the address before the host is first asked, so that hosts of one address know of each other."""
        address = await self.fetcher.resolver.address_of(url.host)
        now = self.clock.now()
        if address is None or self.frontier.settle_address(lease, address, now=now):
            return True
        self.frontier.put_back(lease, now=now)
        return False

    def _claim(self, lease: Lease, addresses: AddressBoard) -> bool:
        """Whether no other shard is asking this address; if one is, the URL goes back until the address is due."""
        if lease.address is None:
            return True
        now = self.clock.now()
        until = addresses.claim(lease.address, now)
        if until is None:
            return True
        clock = self.frontier.clock_of(lease.host)
        self.frontier.put_back(lease, verdict=Verdict(clock=replace(clock, ready_at=until)), now=now)
        return False

    def _rest(self, lease: Lease, until: float, reason: str) -> None:
        clock = self.politeness.rest(self.frontier.clock_of(lease.host), until=until, reason=reason)
        self.frontier.put_back(lease, verdict=Verdict(clock=clock), now=self.clock.now())

    # robots.txt

    async def _ask_robots(self, lease: Lease, standing: Standing) -> None:
        """Ask for robots.txt in place of the leased URL, which goes back to the front of its host's queue."""
        if standing.is_elsewhere:
            await self._wait_elsewhere(lease, standing)
            return
        fetch = await self.fetcher.fetch(standing.next_url, kind=FetchKind.ROBOTS)
        verdict = self._judge(lease, fetch, FetchKind.ROBOTS)
        record = self._record(fetch, lease.host, FetchKind.ROBOTS)
        if not self._is_our_fault(fetch) and self._take_robots(standing, fetch):
            visit = self._robots_visit(standing, verdict.clock, record)
        else:
            visit = Visit(url_id=None, host=verdict.clock, fetch=record)
        self.frontier.put_back(lease, verdict=replace(verdict, clock=visit.host, retry=None), now=self.clock.now())
        await self._put(visit)

    async def _wait_elsewhere(self, lease: Lease, standing: Standing) -> None:
        now = self.clock.now()
        if not standing.is_overdue(now):
            self._rest(lease, now + ELSEWHERE_SECONDS, "waits for its robots.txt from another host")
            return
        self.robots.give_up(standing, now)
        self.frontier.put_back(lease, now=now)
        await self._put(self._robots_visit(standing, self.frontier.clock_of(lease.host)))

    async def _serve_errand(self, lease: Lease) -> None:
        """Ask for a robots.txt that other origins redirected to, of this shard or of others."""
        fetch = await self.fetcher.fetch(lease.waiting.url, kind=FetchKind.ROBOTS)
        verdict = self._judge(lease, fetch, FetchKind.ROBOTS)
        self.frontier.release(lease, replace(verdict, retry=None), now=self.clock.now())
        self.hub.answer_errand(lease.waiting, fetch)
        record, domain = self._record(fetch, lease.host, FetchKind.ROBOTS), self.urls.registrable_domain(lease.host)
        await self._put(Visit(url_id=None, host=verdict.clock, host_domain=domain, fetch=record))
        await self.take_answer(lease.waiting, fetch)

    async def take_answer(self, waiting: Waiting, fetch: Fetch) -> None:
        """A robots.txt was had, here or by the shard of its host; tell the origins of this shard that wait for it."""
        for standing in self.robots.take_errand(waiting):
            asked = self.urls.parse(f"{standing.origin}/robots.txt")
            if asked is not None and self._take_robots(standing, fetch):
                self.frontier.set_crawl_delay(asked.host, standing.rules.crawl_delay_seconds)
                await self._put(self._robots_visit(standing, self.frontier.clock_of(asked.host)))

    def take_errand(self, waiting: Waiting) -> None:
        """A host of this shard is to be asked for a robots.txt."""
        domain = self.urls.registrable_domain(waiting.host)
        self.frontier.add_errand(waiting, domain=domain, now=self.clock.now())

    def _take_robots(self, standing: Standing, fetch: Fetch) -> bool:
        """Tell the desk; whether the file is known now. If not, there is another hop."""
        now = self.clock.now()
        errand = self.robots.answered(standing, fetch, now)
        if errand is not None and self.shard.owns(self.urls.registrable_domain(errand.host)):
            self.take_errand(errand)
        elif errand is not None:
            self.hub.send_errand(errand)
        return standing.is_known(now)

    def _robots_visit(self, standing: Standing, clock: HostClock, record: FetchRecord | None = None) -> Visit:
        if standing.denied_until() is None:
            clock = self._with_crawl_delay(clock, standing.rules.crawl_delay_seconds, self.clock.now())
        candidates = self._sitemaps(standing)
        return Visit(url_id=None, host=clock, fetch=record, robots=standing.record, candidates=candidates)

    def _with_crawl_delay(self, clock: HostClock, seconds: float | None, now: float) -> HostClock:
        clock = replace(clock, crawl_delay_seconds=seconds)
        return replace(clock, ready_at=max(clock.ready_at, now + self.politeness.pause_seconds(clock, 0.0)))

    def _sitemaps(self, standing: Standing) -> list[Candidate]:
        if not self.use_sitemaps or standing.denied_until() is not None:
            return []
        named = standing.rules.sitemaps or (f"{standing.origin}/sitemap.xml",)
        return self.reader.sitemap_candidates(named, f"{standing.origin}/robots.txt", hops=0)

    # Pages and sitemaps

    async def _ask_page(self, lease: Lease) -> None:
        waiting = lease.waiting
        etag = last_modified = None
        if self.is_recrawl:
            etag, last_modified = await self.store.validators(waiting.url_id)
        fetch = await self.fetcher.fetch(waiting.url, kind=FetchKind.PAGE, etag=etag, last_modified=last_modified)
        verdict = self._judge(lease, fetch, FetchKind.PAGE)
        if verdict.retry is not None:
            await self._put(self._visit(lease, fetch, verdict))
            return
        if (respelled := self.reader.respelled(waiting, fetch)) is not None:
            await self._ask_for(respelled, lease, fetch, verdict)
            return
        reading = await self._read(lease, fetch)
        visit = self._visit(lease, fetch, verdict, reading)
        self.tally.count_page(len(reading.links))
        if reading.adopted is not None:
            self.hub.adopt(reading.adopted)
        await self._put(visit)

    async def _ask_sitemap(self, lease: Lease) -> None:
        candidates: list[Candidate] = []
        async with AsyncExitStack() as stack:
            make_room = partial(stack.enter_async_context, self.large_sitemaps)
            fetch = await self.fetcher.fetch(lease.waiting.url, kind=FetchKind.SITEMAP, make_room=make_room)
            verdict = self._judge(lease, fetch, FetchKind.SITEMAP)
            if verdict.retry is None:
                candidates = await self._read_sitemap(lease, fetch)
            fetch = replace(fetch, body=b"")  # the writer may be a while
        await self._put(replace(self._visit(lease, fetch, verdict), candidates=candidates))

    def _visit(self, lease: Lease, fetch: Fetch, verdict: Verdict, reading: Reading | None = None) -> Visit:
        """Release the lease; what the writer is to know of it."""
        self.frontier.release(lease, verdict, now=self.clock.now())
        waiting = lease.waiting
        return Visit(
            url_id=waiting.url_id,
            depth=waiting.depth,
            host=verdict.clock,
            fetch=self._record(fetch, lease.host, waiting.kind),
            page=reading.page if reading else None,
            links=reading.links if reading else (),
            candidates=reading.candidates if reading else (),
            retry=verdict.retry,
            stop=StopReason.WANTED if fetch.outcome in DONE_OUTCOMES or verdict.retry else StopReason.FAILED,
            adopted=reading.adopted if reading else None,
        )

    async def _ask_for(self, respelled: Waiting, lease: Lease, fetch: Fetch, verdict: Verdict) -> None:
        """Let the host's next request be for this spelling of the leased URL, which stays what it is on disk."""
        now = self.clock.now()
        lease.waiting = respelled._replace(not_before=now)  # a moment, so that it is not read from disk again
        self.frontier.put_back(lease, verdict=verdict, now=now)
        record = self._record(fetch, lease.host, FetchKind.PAGE)
        await self._put(Visit(url_id=None, host=verdict.clock, fetch=record))

    async def _read(self, lease: Lease, fetch: Fetch) -> Reading:
        content = None
        if fetch.outcome is Outcome.OK:
            if len(fetch.body) > LARGE_BODY_BYTES:
                content = await asyncio.to_thread(self.reader.parse, fetch)
            else:
                content = self.reader.parse(fetch)
        return self.reader.read(lease.waiting, fetch, content)

    async def _read_sitemap(self, lease: Lease, fetch: Fetch) -> list[Candidate]:
        """A small file may unpack to the largest there is: each is parsed on a thread and judged piece by piece."""
        waiting = lease.waiting
        if fetch.outcome is Outcome.REDIRECT and fetch.location:
            return self.reader.sitemap_candidates([fetch.location], waiting.url, hops=waiting.redirect_hops + 1)
        if fetch.outcome not in SITEMAP_OUTCOMES or not fetch.body:
            return []
        sitemap = await asyncio.to_thread(self.reader.parse_sitemap, fetch)
        candidates = self.reader.sitemap_candidates(sitemap.sitemaps, waiting.url, hops=waiting.redirect_hops + 1)
        for start in range(0, len(sitemap.urls), SITEMAP_TURN):
            candidates += self.reader.judge_sitemap(sitemap.urls[start : start + SITEMAP_TURN], waiting)
            await asyncio.sleep(0)
        return candidates

    # The ends of a lease

    def _judge(self, lease: Lease, fetch: Fetch, kind: FetchKind) -> Verdict:
        now = self.clock.now()
        record = self._record(fetch, lease.host, kind)
        self.tally.count_fetch(record)
        # A host that was reached and then is silent says nothing of our network.
        if not fetch.is_ours and not fetch.is_reached:
            self._watch(record, may_be_ours=fetch.may_be_ours, address=lease.address, now=now)
        clock = self.frontier.clock_of(lease.host)
        is_outage = self._is_our_fault(fetch)
        verdict = self.politeness.judge(clock, record, tries=lease.tries, now=now, is_outage=is_outage)
        if fetch.is_ours:
            rested = self.politeness.rest(verdict.clock, until=now + SHORTAGE_SECONDS, reason=fetch.error or "")
            verdict = replace(verdict, clock=rested)
        return verdict

    def _watch(self, record: FetchRecord, *, may_be_ours: bool, address: str | None, now: float) -> None:
        """What the fetch says of our own network; who made us notice that it is gone was not to blame."""
        turn = self.outage.note(record, now=now, may_be_ours=may_be_ours, address=address)
        if turn is Turn.DOWN:
            for host in self.outage.suspects(now):
                self.frontier.forgive(host, now=now)
                self.robots.forgive(host)
        if turn is Turn.UP or self.outage.is_down:
            self.fetcher.resolver.forget_failures()  # or the next probe would be answered from memory

    def _is_our_fault(self, fetch: Fetch) -> bool:
        """Nothing is then held against the host, and a robots.txt that was not had says nothing."""
        return fetch.is_ours or (self.outage.is_down and fetch.status is None)

    async def _drop(self, lease: Lease, stop: StopReason) -> None:
        self.frontier.drop(lease, now=self.clock.now())
        self.tally.count_stop(stop)
        clock = self.frontier.clock_of(lease.host)
        await self._put(Visit(url_id=lease.waiting.url_id, depth=lease.waiting.depth, host=clock, stop=stop))

    async def _put(self, visit: Visit) -> None:
        await self.hub.put(self._stored(visit))
        self.reader.note_sent(visit.candidates)

    def _record(self, fetch: Fetch, host: str, kind: FetchKind) -> FetchRecord:
        return FetchRecord(
            url=fetch.url,
            host=host,
            kind=kind,
            started_at=fetch.started_at,
            elapsed_seconds=fetch.elapsed_seconds,
            outcome=fetch.outcome,
            status=fetch.status,
            bytes_received=fetch.bytes_received,
            address=fetch.address,
            retry_after_seconds=fetch.retry_after_seconds,
        )

    def _stored(self, visit: Visit) -> Visit:
        """Moments as the next run must find them, by the wall clock of now."""
        drift = self.clock.drift()
        if not drift:
            return visit
        clock, retry = visit.host, visit.retry
        if retry is not None:
            retry = replace(retry, not_before=retry.not_before + drift)
        return replace(visit, host=replace(clock, ready_at=clock.ready_at + drift), retry=retry)

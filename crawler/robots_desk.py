"""Which robots rules hold for an origin right now, and what to ask next when that is not known.

A robots.txt is asked for in place of the first page of its origin, so it obeys the same politeness. Redirects are
followed one request at a time; one that leads to another host becomes an errand there, and the origin waits for it.

Not here: parsing (robots.py), the wire (fetch.py), queues (frontier.py).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from storage import FetchKind, Outcome, RobotsRecord, Waiting

from .fetch import Fetch
from .options import PolitenessOptions
from .robots import DENY_ALL, RobotsAnswer, RobotsRules, is_unreachable, robots_record, rules_of
from .urls import UrlReader, WebUrl

MAX_ELSEWHERE_SECONDS = 600.0
"""How long an origin waits until another host is asked for its file: that host may rest, or be given up meanwhile."""

MAX_BYTES = 67_108_864
"""Of all standings together; a robots.txt may have half a megabyte, and most have none."""

STANDING_BYTES = 1_000
BYTES_A_BYTE = 7
"""What a standing without a file takes, and a byte of a file together with the rules made of it: 4 to 7."""

FORGOTTEN_AT_ONCE = 1_000
"""More are looked at when the next one comes."""

MAX_ROBOTS_HOPS = 5
"""RFC 9309 §2.3.1.2: at least five redirects are followed; beyond, the file counts as not there."""

ReadRobots = Callable[[Sequence[str]], Awaitable[dict[str, RobotsRecord]]]


@dataclass(slots=True)
class Standing:
    """What is known of one origin's robots.txt. `next_url` is what to ask for when the record is missing or old."""

    origin: str
    next_url: str
    record: RobotsRecord | None = None
    rules: RobotsRules = DENY_ALL
    hops: int = 0
    elsewhere_since: float | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Another host must be asked for the file."""
        return self.elsewhere_since is not None

    def is_overdue(self, now: float) -> bool:
        return self.elsewhere_since is not None and now - self.elsewhere_since > MAX_ELSEWHERE_SECONDS

    def is_known(self, now: float) -> bool:
        if self.record is None or self.hops or self.is_elsewhere:
            return False
        # One from the future was fetched while the wall clock was wrong, and may be of any age.
        return self.record.fetched_at <= now < self.record.expires_at

    def denied_until(self) -> float | None:
        """When to ask again, if nothing may be fetched only because the file could not be had."""
        if self.record is not None and is_unreachable(self.record):
            return self.record.expires_at
        return None

    @property
    def weight(self) -> int:
        """About the bytes it takes."""
        if self.record is None:
            return STANDING_BYTES
        return STANDING_BYTES + BYTES_A_BYTE * len(self.record.body) + len(self.record.last_good_body or b"")


class RobotsDesk:
    """`read` answers from the store; what was asked in this run is remembered, the least used forgotten first."""

    max_bytes = MAX_BYTES

    def __init__(self, read: ReadRobots, options: PolitenessOptions, urls: UrlReader, *, product_token: str) -> None:
        self._read = read
        self._options = options
        self._urls = urls
        self._product_token = product_token
        self._standings: OrderedDict[str, Standing] = OrderedDict()
        self._bytes = 0
        self._errands: dict[tuple[str, str], list[Standing]] = {}

    async def standing(self, origin: str) -> Standing:
        """What is known of an origin, from memory or from the store."""
        standing = self._standings.get(origin)
        if standing is None:
            record = (await self._read([origin])).get(origin)
            standing = self._standings.get(origin)  # another task may have been here while this one waited
            if standing is None:
                standing = self._remember(Standing(origin, f"{origin}/robots.txt"))
                if record is not None:
                    self._settle(standing, record)
        self._standings.move_to_end(origin)
        return standing

    def answered(self, standing: Standing, fetch: Fetch, now: float) -> Waiting | None:
        """Take the answer to `next_url`. An errand when it redirects to another host; None otherwise.

        Afterwards either the standing is known, or `next_url` is the next hop.
        """
        if fetch.outcome is Outcome.REDIRECT and standing.hops < MAX_ROBOTS_HOPS:
            target = self._urls.resolve(standing.next_url, fetch.location or "")
            if target is not None:
                return self._follow(standing, target, now)
        answer = RobotsAnswer(
            outcome=fetch.outcome, status=fetch.status, body=fetch.body, is_truncated=fetch.is_truncated
        )
        record = robots_record(answer, origin=standing.origin, now=now, options=self._options, previous=standing.record)
        self._settle(standing, record)
        return None

    def take_errand(self, waiting: Waiting) -> list[Standing]:
        """The origins that wait for this URL; each must then be told by `answered`."""
        standings = self._errands.pop((waiting.host, waiting.url), [])
        for standing in standings:
            standing.elsewhere_since = None
        return standings

    def forgive(self, host: str) -> None:
        """That these files could not be had was our own network's fault: ask again when the host may be asked."""
        for standing in self._standings.values():
            if standing.denied_until() is not None:
                url = self._urls.parse(standing.next_url)
                if url is not None and url.host == host:
                    standing.record = None  # of the same weight: such a record holds no file

    def give_up(self, standing: Standing, now: float) -> None:
        """Nobody answered for it: the file counts as unreachable, which denies for now and is asked for again."""
        for standings in self._errands.values():
            standings[:] = [other for other in standings if other is not standing]
        standing.elsewhere_since = None
        answer = RobotsAnswer(outcome=Outcome.TIMEOUT, status=None, body=b"", is_truncated=False)
        record = robots_record(answer, origin=standing.origin, now=now, options=self._options, previous=standing.record)
        self._settle(standing, record)

    def _follow(self, standing: Standing, target: WebUrl, now: float) -> Waiting | None:
        asked = self._urls.parse(standing.next_url)
        standing.hops += 1
        standing.next_url = target.url
        if asked is not None and asked.host == target.host:
            return None
        standing.elsewhere_since = now
        waiters = self._errands.setdefault((target.host, target.url), [])
        waiters.append(standing)
        if len(waiters) > 1:
            return None
        return Waiting(0, target.url, target.host, 0, FetchKind.ROBOTS, standing.hops)

    def _settle(self, standing: Standing, record: RobotsRecord) -> None:
        before = standing.weight
        standing.record = record
        standing.rules = rules_of(record, product_token=self._product_token)
        standing.hops = 0
        standing.next_url = f"{standing.origin}/robots.txt"
        if self._standings.get(standing.origin) is standing:
            self._bytes += standing.weight - before
            self._forget_some(standing)

    def _remember(self, standing: Standing) -> Standing:
        self._standings[standing.origin] = standing
        self._bytes += standing.weight
        self._forget_some(standing)
        return standing

    def _forget_some(self, kept: Standing) -> None:
        """The one not used for the longest time first, but none that is being asked for."""
        if self._bytes <= self.max_bytes:
            return
        for origin in list(islice(self._standings, FORGOTTEN_AT_ONCE)):
            oldest = self._standings[origin]
            if oldest is kept or oldest.is_elsewhere or oldest.hops:
                self._standings.move_to_end(origin)
                continue
            del self._standings[origin]
            self._bytes -= oldest.weight
            if self._bytes <= self.max_bytes:
                return

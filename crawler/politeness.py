"""When a host or an address may be asked again.

One plain judgement: what we know of a host, and how one fetch went, become the moment of the next request, whether
the URL is tried again, and whether the host rests or is given up for this run. Times come in and go out.

Not here: queues (frontier.py), whether our own network is at fault (outage.py), what robots.txt says (robots.py).
"""

import random
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from storage import FetchRecord, HostClock, Outcome, Retry

from .options import PolitenessOptions

SLOW_DOWN_STATUSES = frozenset({429, 503})

PASSING_STATUSES = frozenset({408, 425})

LASTING_STATUSES = frozenset({501, 505, 511})
"""Server errors that asking again does not heal (RFC 9110 §15.6, RFC 6585 §6)."""

MAX_SLOW_DOWNS_PER_URL = 6
"""A URL answered 429 or 503 more often than that spends attempts: the page is broken, not we too fast."""

MAX_RETRY_AFTER_SECONDS = 604_800.0

MAX_FAILURE_DOUBLINGS = 16

RECENT_SECONDS = 60.0


class Reception(Enum):
    """How a host took a request, as far as politeness cares."""

    ANSWERED = "answered"  # whatever it said, it is well
    SLOW_DOWN = "slow down"  # it counts us, not our pages: the whole host rests (RFC 6585 §4)
    PASSING = "passing"  # may go better later
    LASTING = "lasting"  # will not go better tonight
    REFUSED_ADDRESS = "refused address"  # our guard, for every URL of the host
    UNASKED = "unasked"  # nothing went on the wire


ANSWERS = frozenset({Outcome.OK, Outcome.NOT_MODIFIED, Outcome.REDIRECT, Outcome.NOT_HTML, Outcome.DECODE_ERROR})

UNREACHED = frozenset({Outcome.DNS_ERROR, Outcome.CONNECT_ERROR, Outcome.TLS_ERROR})

RECEPTION_OF_OUTCOME = {
    **dict.fromkeys(ANSWERS, Reception.ANSWERED),
    Outcome.ROBOTS_DENIED: Reception.UNASKED,
    Outcome.ADDRESS_REFUSED: Reception.REFUSED_ADDRESS,
    Outcome.TLS_ERROR: Reception.LASTING,
}


class Tries(NamedTuple):
    """What a URL went through before: attempts that failed, and times its host answered it with 429 or 503."""

    attempts: int = 0
    slow_downs: int = 0


UNTRIED = Tries()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from one fetch. `retry` None: the URL is done, well or not."""

    clock: HostClock
    retry: Retry | None = None
    is_slow_down: bool = False


def reception_of(fetch: FetchRecord) -> Reception:
    if fetch.outcome is Outcome.HTTP_ERROR:
        return _reception_of_status(fetch.status or 0)
    return RECEPTION_OF_OUTCOME.get(fetch.outcome, Reception.PASSING)


def is_answer(fetch: FetchRecord) -> bool:
    """A whole answer came back, so the way there and back is open."""
    return fetch.outcome in ANSWERS or fetch.outcome is Outcome.HTTP_ERROR


def is_unreached(fetch: FetchRecord) -> bool:
    """No word came back; this in a row retires a host sooner than other failures do."""
    return fetch.outcome in UNREACHED or (fetch.outcome is Outcome.TIMEOUT and fetch.status is None)


def _reception_of_status(status: int) -> Reception:
    if status in SLOW_DOWN_STATUSES:
        return Reception.SLOW_DOWN
    if status in PASSING_STATUSES or (status >= 500 and status not in LASTING_STATUSES):  # noqa: PLR2004 — server errors
        return Reception.PASSING
    return Reception.ANSWERED


class Politeness:
    """The rules of one run, with its dice."""

    def __init__(self, options: PolitenessOptions, rng: random.Random) -> None:
        self.options = options
        self._rng = rng

    def judge(
        self, clock: HostClock, fetch: FetchRecord, *, tries: Tries = UNTRIED, now: float, is_outage: bool = False
    ) -> Verdict:
        """`now` is when the fetch ended. In an outage of our own nobody is charged for what could not be reached."""
        reception = reception_of(fetch)
        if reception is Reception.UNASKED:
            return Verdict(clock=clock)
        if reception is Reception.REFUSED_ADDRESS:
            return Verdict(clock=replace(clock, retired_reason="its address is private or reserved"))
        clock = self._seen(clock, fetch, now)
        if reception is Reception.ANSWERED:
            return Verdict(clock=clock)
        if reception is Reception.SLOW_DOWN:
            return self._slow_down(clock, fetch, tries, now)
        if is_outage and not is_answer(fetch):
            return Verdict(clock=clock, retry=Retry(not_before=clock.ready_at, attempts=tries.attempts))
        return self._failure(clock, fetch, tries, now)

    def pause_seconds(self, clock: HostClock, elapsed_seconds: float) -> float:
        """From the end of one fetch to the start of the next on the same host, jittered upwards."""
        return self._least_pause(clock, elapsed_seconds) * (1 + self.options.delay_jitter * self._rng.random())

    def expected_pause_seconds(self, clock: HostClock) -> float:
        """The same for a server that answers at once, without dice: for saying how long the rest will take."""
        return self._least_pause(clock, 0.0) * (1 + self.options.delay_jitter / 2)

    def rest(self, clock: HostClock, *, until: float, reason: str) -> HostClock:
        """For reasons outside a page's answer, such as a robots.txt that cannot be had."""
        return replace(clock, ready_at=max(clock.ready_at, until), rest_reason=reason)

    def forgive(self, clock: HostClock, now: float) -> HostClock:
        """The clock without its last failed connection, and without the rest that followed from it."""
        return replace(
            clock,
            ready_at=now + self.pause_seconds(clock, 0.0),
            rest_reason=None,
            consecutive_failures=max(0, clock.consecutive_failures - 1),
            connect_failures=max(0, clock.connect_failures - 1),
        )

    def restore(self, clock: HostClock, now: float) -> HostClock:
        """A stored clock, made fit for this run.

        A moment further off than the longest wait we ever set comes from a wall clock that was wrong when it was
        written; of a host that was not resting it says nothing but that it was asked. A host asked just now may have
        been asked once more, in what was lost when the program was killed.
        Failure counts at their limit belong to a run that gave the host up; this run gives it a new chance.
        """
        options = self.options
        latest = now + max(MAX_RETRY_AFTER_SECONDS * (1 + options.rest_jitter), options.max_delay_seconds)
        is_worn_out = clock.retired_reason is None and (
            clock.consecutive_failures >= options.max_failures or clock.connect_failures >= options.max_connect_failures
        )
        earliest = now + self._least_pause(clock, 0.0) if is_recent(clock, now) else 0.0
        longest_pause = max(options.max_delay_seconds, options.max_crawl_delay_seconds) * (1 + options.delay_jitter)
        is_nonsense = clock.rest_reason is None and clock.ready_at > now + longest_pause
        return replace(
            clock,
            ready_at=earliest if is_nonsense else max(min(clock.ready_at, latest), earliest),
            slowed_at=min(clock.slowed_at or clock.ready_at, now),
            consecutive_failures=0 if is_worn_out else clock.consecutive_failures,
            connect_failures=0 if is_worn_out else clock.connect_failures,
        )

    def _least_pause(self, clock: HostClock, elapsed_seconds: float) -> float:
        options = self.options
        pause = options.delay_seconds
        if pause > 0:  # 0 is for one's own servers, which want no pause at all
            pause = max(pause, min(options.slow_server_factor * elapsed_seconds, options.max_delay_seconds))
        return max(pause, min(clock.crawl_delay_seconds or 0.0, options.max_crawl_delay_seconds))

    def _seen(self, clock: HostClock, fetch: FetchRecord, now: float) -> HostClock:
        """The clock after an answer without complaint; what went wrong is charged on top."""
        is_forgiven = now - clock.slowed_at >= self.options.forgive_after_seconds
        return HostClock(
            host=clock.host,
            ready_at=now + self.pause_seconds(clock, fetch.elapsed_seconds),
            consecutive_failures=0 if reception_of(fetch) is Reception.ANSWERED else clock.consecutive_failures,
            connect_failures=clock.connect_failures if is_unreached(fetch) else 0,
            slow_downs=0 if is_forgiven else clock.slow_downs,
            slowed_at=clock.slowed_at,
            crawl_delay_seconds=clock.crawl_delay_seconds,
            address=fetch.address or clock.address,
            retired_reason=clock.retired_reason,
        )

    def _slow_down(self, clock: HostClock, fetch: FetchRecord, tries: Tries, now: float) -> Verdict:
        rest = self._rest_seconds(clock.slow_downs, fetch.retry_after_seconds)
        ready_at = max(clock.ready_at, now + rest)
        clock = replace(
            clock,
            ready_at=ready_at,
            rest_reason=_rest_reason(fetch),
            slow_downs=clock.slow_downs + 1,
            slowed_at=now,
            consecutive_failures=clock.consecutive_failures + 1,
        )
        if tries.slow_downs >= MAX_SLOW_DOWNS_PER_URL:
            retry = self._spend_attempt(tries, ready_at)
        else:
            # Asked once more it goes first, after that it lets the others show whether the page or the host is ill.
            retry = Retry(not_before=ready_at + (rest if tries.slow_downs else 0.0), attempts=tries.attempts)
        return Verdict(clock=self._retired_if_worn_out(clock, fetch), retry=retry, is_slow_down=True)

    def _rest_seconds(self, slow_downs: int, retry_after_seconds: float | None) -> float:
        options = self.options
        jitter = 1 + options.rest_jitter * self._rng.random()
        if retry_after_seconds is not None:
            return min(max(retry_after_seconds, 0.0), MAX_RETRY_AFTER_SECONDS) * jitter
        doublings = min(slow_downs, MAX_FAILURE_DOUBLINGS)
        return float(min(options.rest_seconds * 2**doublings * jitter, options.max_rest_seconds))

    def _failure(self, clock: HostClock, fetch: FetchRecord, tries: Tries, now: float) -> Verdict:
        # A server that restarts needs more than a second: each failure in a row doubles the pause.
        doublings = min(clock.consecutive_failures, MAX_FAILURE_DOUBLINGS)
        backoff = float(min(2**doublings, self.options.max_delay_seconds))
        clock = replace(
            clock,
            ready_at=max(clock.ready_at, now + backoff),
            consecutive_failures=clock.consecutive_failures + 1,
            connect_failures=clock.connect_failures + is_unreached(fetch),
        )
        is_passing = reception_of(fetch) is Reception.PASSING
        retry = self._spend_attempt(tries, now) if is_passing else None
        return Verdict(clock=self._retired_if_worn_out(clock, fetch), retry=retry)

    def _spend_attempt(self, tries: Tries, now: float) -> Retry | None:
        waits = self.options.retry_seconds
        if tries.attempts >= len(waits):
            return None
        jitter = 1 + self.options.rest_jitter * self._rng.random()
        return Retry(not_before=now + waits[tries.attempts] * jitter, attempts=tries.attempts + 1)

    def _retired_if_worn_out(self, clock: HostClock, fetch: FetchRecord) -> HostClock:
        if clock.connect_failures >= self.options.max_connect_failures:
            reason = f"{clock.connect_failures} failed connections in a row, the last: {fetch.outcome.value}"
        elif clock.consecutive_failures >= self.options.max_failures:
            last = f"HTTP {fetch.status}" if fetch.status else fetch.outcome.value
            reason = f"{clock.consecutive_failures} failures in a row, the last: {last}"
        else:
            return clock
        return replace(clock, retired_reason=reason)


def is_recent(clock: HostClock, now: float) -> bool:
    """Whether a stored clock speaks of a host that may have been asked moments ago."""
    return clock.ready_at > 0 and clock.ready_at > now - RECENT_SECONDS


def _rest_reason(fetch: FetchRecord) -> str:
    if fetch.retry_after_seconds is None:
        return f"HTTP {fetch.status}"
    return f"HTTP {fetch.status}, Retry-After {fetch.retry_after_seconds:.0f} s"

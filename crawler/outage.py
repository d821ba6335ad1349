"""Whether it is our own network that is down, and not the hosts.

One host that cannot be reached says nothing; several that answered tonight, or many never asked before, one after the
other and no answer from anyone in between, do. While we are down nobody is charged (politeness.py is told), and hosts
are asked only now and then, by way of a probe; the first answer from anyone ends it. The hosts by which we noticed are
told too, to be forgiven.

A host that was never reached counts once: the tail of a crawl, where only dead hosts are left, is no outage.
"""

from enum import Enum
from typing import NamedTuple

from storage import FetchRecord

from .politeness import is_answer, is_unreached

KNOWN_HOSTS = 3
"""So many hosts that answered before, unreached in a row, are an outage."""

ANY_HOSTS = 12
"""So many hosts of any kind are, too; a list of seeds holds dead names, but not so many on end."""

WINDOW_SECONDS = 120.0

FIRST_PROBE_SECONDS = 2.0

MAX_PROBE_SECONDS = 30.0


class Turn(Enum):
    """What the watch found out with a fetch."""

    DOWN = "down"
    UP = "up"


class Unreached(NamedTuple):
    at: float
    is_telling: bool


class OutageWatch:
    """Told of every fetch. `down_since` is None while the network is up."""

    def __init__(self, *, known_hosts: int = KNOWN_HOSTS, any_hosts: int = ANY_HOSTS) -> None:
        self._enough_known = known_hosts
        self._enough_of_any = any_hosts
        self._answered: set[str] = set()
        self._never_reached: set[str] = set()
        self._unreached: dict[str, Unreached] = {}  # by address or host, since the last answer; the oldest first
        self._suspects: dict[str, float] = {}
        self._probe_pause = FIRST_PROBE_SECONDS
        self._next_probe = 0.0
        self.down_since: float | None = None

    @property
    def is_down(self) -> bool:
        return self.down_since is not None

    def note(
        self, fetch: FetchRecord, *, now: float, may_be_ours: bool = False, address: str | None = None
    ) -> Turn | None:
        """To be called before the fetch is judged; `now` is when it ended. What it turned to, if it did.

        `may_be_ours`: the failure has the look of our own network (no route, no name server). That alone proves
        nothing, a host may be routed as badly, but it counts as much from a host never asked before.
        `address`: where the host is, as far as we know. All hosts of one address fail for one reason and count once:
        a site may have names without end, and must not make us believe that everybody is gone.
        """
        if is_unreached(fetch):
            was_down = self.is_down
            place = None if may_be_ours else fetch.address or address
            self._note_unreached(fetch.host, place or fetch.host, now, may_be_ours=may_be_ours)
            return Turn.DOWN if self.is_down and not was_down else None
        if not is_answer(fetch):
            return None
        turn = Turn.UP if self.is_down else None
        self._answered.add(fetch.host)
        self._never_reached.discard(fetch.host)
        self._unreached.clear()
        self._suspects.clear()
        self.down_since = None
        return turn

    def suspects(self, now: float) -> list[str]:
        """The hosts not reached of late, with no answer from anyone since: what was held against them was our doing."""
        return [host for host, at in self._suspects.items() if now - at <= WINDOW_SECONDS]

    def may_ask(self, now: float) -> bool:
        """Always while the network is up; when it is down, whether it is time for a probe, which this begins."""
        if self.down_since is None:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + self._probe_pause
        self._probe_pause = min(2 * self._probe_pause, MAX_PROBE_SECONDS)
        return True

    def next_probe(self) -> float | None:
        """None while the network is up."""
        return None if self.down_since is None else self._next_probe

    def _note_unreached(self, host: str, place: str, now: float, *, may_be_ours: bool) -> None:
        self._suspects[host] = now
        if host not in self._answered:
            if host in self._never_reached:
                return
            self._never_reached.add(host)
        before = self._unreached.pop(place, None)
        is_telling = may_be_ours or host in self._answered or (before is not None and before.is_telling)
        self._unreached[place] = Unreached(now, is_telling)
        self._forget_old(now)
        if self.down_since is None and self._is_enough():
            self.down_since = now
            self._probe_pause = FIRST_PROBE_SECONDS
            self._next_probe = now + FIRST_PROBE_SECONDS

    def _forget_old(self, now: float) -> None:
        while self._unreached:
            place, unreached = next(iter(self._unreached.items()))
            if now - unreached.at <= WINDOW_SECONDS:
                return
            del self._unreached[place]

    def _is_enough(self) -> bool:
        if len(self._unreached) >= self._enough_of_any:
            return True
        telling = sum(unreached.is_telling for unreached in self._unreached.values())
        return telling >= self._enough_known

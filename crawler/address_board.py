"""The clock of every IP address, shared by the shards of one crawl.

A table of moments in shared memory, one slot per hash of an address: whoever asks next writes when the address may be
asked again. Two addresses in one slot only make us more polite. Moments are seconds since the epoch, which the shards
count from the same wall clock.

Not here: clocks within a shard (addresses.py).
"""

from multiprocessing.context import SpawnContext

import xxhash

SLOTS = 65_536

LOCK_SECONDS = 0.1
"""The lock is held for microseconds. A shard that is killed meanwhile holds it for ever: then nothing is asked any
more, and the others can still hear that they shall stop."""


class AddressBoard:
    """Goes to a child process as an argument of its start."""

    def __init__(self, context: SpawnContext, delay_seconds: float) -> None:
        self._moments = context.Array("d", SLOTS)
        self._delay_seconds = delay_seconds

    def claim(self, address: str, now: float) -> float | None:
        """None: the address is ours to ask now, and taken for its delay. Otherwise when to look again."""
        slot = xxhash.xxh3_64_intdigest(address.encode()) % SLOTS
        lock = self._moments.get_lock()
        if not lock.acquire(timeout=LOCK_SECONDS):
            return now + self._delay_seconds
        try:
            ready_at = float(self._moments[slot])
            if ready_at > now:
                return ready_at
            self._moments[slot] = now + self._delay_seconds
        finally:
            lock.release()
        return None

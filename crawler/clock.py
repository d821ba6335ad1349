"""The crawl's one clock: seconds since the epoch that never go back.

Politeness compares moments, so they must not jump when the wall clock is corrected; stored moments must mean something
to the next run, so they count from the epoch. Not here: waiting.
"""

import time
from collections.abc import Callable

NOTABLE_DRIFT_SECONDS = 1.0


class Clock:
    """The wall clock when the crawl began plus the monotonic time since."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self.monotonic = clock
        self.wall = wall_clock
        self._offset = wall_clock() - clock()

    def now(self) -> float:
        return self.monotonic() + self._offset

    def drift(self) -> float:
        """How far the wall clock has moved away, as by a sleep or a correction; 0.0 when not worth a thought."""
        drift = self.wall() - self.now()
        return drift if abs(drift) > NOTABLE_DRIFT_SECONDS else 0.0

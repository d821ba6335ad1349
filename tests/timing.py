"""Time, for tests that hold on any machine: CPU time of a call, a wait for what happens, and a loop's time to skip.

Wall time would measure the machine's other work.
"""

import asyncio
import time


def cpu_seconds(function, *arguments, **options):
    before = time.process_time()
    function(*arguments, **options)
    return time.process_time() - before


async def until(condition, seconds=120):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — whatever it asks tells nobody that it changed
            await asyncio.sleep(0.002)


async def watch_the_loop(lags):
    """Note the CPU seconds of this thread between two looks: what the machine does besides does not count."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(0.005)
        lags.append(time.thread_time() - before)


class SkippingTime:
    """The running loop's time, and a clock that agrees with it: `skip` lets seconds pass at once."""

    def __init__(self):
        loop = asyncio.get_running_loop()
        self._skipped, self._time = 0.0, loop.time
        loop.time = self

    def __call__(self):
        return self._time() + self._skipped

    def skip(self, seconds):
        self._skipped += seconds

"""One asyncio run under uvloop, that a person can end: an interrupt asks for a clean end, a second one cuts it off.

The same holds for the signals of a service manager and of a closed terminal, unless that one is ignored (nohup).
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvloop

Result = TypeVar("Result")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130

FINISHING = "Finishing what is in flight and saving it. Once more stops at once; what is written stays."
STOPPING = "Stopping at once."


class CutOff(Exception):
    """A second interrupt ended the work where it stood."""


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, Result]], say: Callable[[str], None]) -> Result:
    """The result of `work(stop)`; `stop` is set by the first interrupt. Raises CutOff after the second."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_interruptible(work, say))


async def _interruptible(
    work: Callable[[asyncio.Event], Coroutine[Any, Any, Result]], say: Callable[[str], None]
) -> Result:
    stop = asyncio.Event()
    task = asyncio.ensure_future(work(stop))
    was_cut_off = False

    def interrupt() -> None:
        nonlocal was_cut_off
        if not stop.is_set():
            say(FINISHING)
            stop.set()
        elif not was_cut_off:
            say(STOPPING)
            was_cut_off = True
            task.cancel()
        else:
            os._exit(INTERRUPTED)  # a third one means it; the store is made to survive worse

    with _handling(interrupt):
        try:
            return await task
        except asyncio.CancelledError:
            if was_cut_off:
                raise CutOff from None
            raise


@contextmanager
def _handling(interrupt: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    for one in handled:
        loop.add_signal_handler(one, interrupt)
    try:
        yield
    finally:
        for one in handled:
            loop.remove_signal_handler(one)

"""What every test is held to: no task, thread or open descriptor outlives it.

Started first and ended last, so that it looks before any other fixture opens something and after all have closed.
"""

import asyncio
import gc
import inspect
import signal
import threading
import time
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, not of the code: what must be quick is held to CPU time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure():
    """A shell that starts the suite in the background ignores interrupts, and so would every program started here."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


DESCRIPTORS = Path("/proc/self/fd")
PATIENCE_SECONDS = 30.0
"""What was closed a moment ago may still be ending on a busy machine; only what is really left costs this time."""

LASTING_THREADS = ("_run_safe_shutdown_loop",)
"""pycares keeps one such thread for the life of the process, to close DNS channels on."""


@pytest.fixture(scope="session", autouse=True)
def _what_lasts_is_open_already():
    """Libuv opens one pipe for signals with its first loop, and keeps it for the life of the process."""
    uvloop.new_event_loop().close()


def pytest_collection_modifyitems(items):
    """Tests with a loop get the look at its tasks too, set up right after the other: before what the test uses."""
    for item in items:
        if inspect.iscoroutinefunction(inspect.unwrap(getattr(item, "function", None))):
            place = item.fixturenames.index("_nothing_outlives_its_test") + 1
            item.fixturenames.insert(place, "_no_task_outlives_its_test")


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test():
    threads, descriptors = set(threading.enumerate()), open_descriptors()
    yield
    left = {f"thread {thread.name}" for thread in leaked_threads(threads)}
    left |= {f"descriptor {name}" for name in leaked_descriptors(descriptors)}
    assert not left, f"left open by the test: {', '.join(sorted(left))}"


@pytest.fixture
async def _no_task_outlives_its_test():
    before = asyncio.all_tasks()
    yield
    await ended_if_cancelled(asyncio.all_tasks() - before - {asyncio.current_task()})
    left = {task.get_name() for task in asyncio.all_tasks() - before - {asyncio.current_task()}}
    assert not left, f"tasks left running by the test: {', '.join(sorted(left))}"


async def ended_if_cancelled(tasks):
    """Wait for those that were told to end; what they close may take a few turns of the loop."""
    await asyncio.sleep(0)
    if cancelled := [task for task in tasks if task.cancelling()]:
        await asyncio.wait(cancelled, timeout=PATIENCE_SECONDS)


def leaked_threads(before):
    """Threads that are new and stay; a clean close may leave one still finishing."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    new = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not any(name in thread.name for name in LASTING_THREADS)
    ]
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in new if thread.is_alive()]


def open_descriptors():
    """Descriptor numbers and what they lead to; empty where the system does not tell."""
    if not DESCRIPTORS.is_dir():
        return set()
    return {(entry.name, target) for entry in DESCRIPTORS.iterdir() if (target := descriptor_target(entry))}


def descriptor_target(entry):
    try:
        return str(entry.readlink())
    except OSError:
        return None  # the one that listed the folder


def leaked_descriptors(before):
    """Descriptors that are new and stay; a DNS channel is closed a moment later, by two threads in turn."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while open_descriptors() - before and time.monotonic() < deadline:
        gc.collect()  # what only a reference cycle held is closed with a ResourceWarning, which is a failure too
        time.sleep(0.01)
    return {f"{name} → {target}" for name, target in open_descriptors() - before}

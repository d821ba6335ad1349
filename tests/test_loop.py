import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import uvloop

from backlinks import loop

ROOT = Path(__file__).resolve().parents[1]


def interrupt(number=signal.SIGINT):
    os.kill(os.getpid(), number)


def test_the_result_comes_back_from_uvloop():
    async def work(stop):
        assert not stop.is_set()
        return type(asyncio.get_running_loop())

    assert loop.run(work, pytest.fail) is uvloop.Loop


def test_an_error_comes_back_too():
    async def work(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop.run(work, pytest.fail)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_asks_for_a_clean_end_and_says_so(number):
    said = []

    async def work(stop):
        interrupt(number)
        await asyncio.wait_for(stop.wait(), 120)
        return "finished"

    assert loop.run(work, said.append) == "finished"
    assert said == [loop.FINISHING]


def test_a_second_one_cuts_it_off():
    said, cleaned_up = [], []

    async def work(stop):
        try:
            interrupt()
            await stop.wait()
            interrupt()
            await asyncio.sleep(120)
        finally:
            cleaned_up.append(True)

    with pytest.raises(loop.CutOff):
        loop.run(work, said.append)
    assert said == [loop.FINISHING, loop.STOPPING]
    assert cleaned_up == [True]


def test_a_cancellation_of_its_own_is_not_taken_for_an_interrupt():
    async def work(_):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        loop.run(work, pytest.fail)


def test_signals_mean_afterwards_what_they_meant_before():
    async def work(_):
        return None

    before = [signal.getsignal(number) for number in loop.SIGNALS]
    loop.run(work, pytest.fail)
    assert [signal.getsignal(number) for number in loop.SIGNALS] == before


def test_a_closed_terminal_that_is_to_be_ignored_is_ignored():
    async def work(stop):
        interrupt(signal.SIGHUP)
        await asyncio.sleep(0.05)
        return stop.is_set()

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert loop.run(work, pytest.fail) is False
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_third_one_ends_the_process_whatever_it_does():
    script = """
import asyncio, os, signal
from backlinks import loop
async def work(stop):
    while True:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            pass
loop.run(work, print)
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert ran.returncode == 130

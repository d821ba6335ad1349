"""How many names a second are resolved when each answer takes its time, and how long the loop is held meanwhile.

    python -m bench.dns [--names 2000] [--delay 0.25] [--dead 0.02] [--record]

A name server in another process answers every name after the delay and leaves a share of them unanswered. As many are
asked for at once as a crawl has requests on the wire. Gives names per second, how late the loop came to other work
meanwhile, and the CPU time a name costs.
"""

import argparse
import asyncio
import multiprocessing
import time
from contextlib import suppress
from multiprocessing.connection import Connection

import uvloop

from crawler.guard import AddressGuard
from crawler.options import NetworkOptions
from crawler.resolve import Resolver
from tests.nameserver import Zone, serve_names

from .figures import Figure, tell

TICK_SECONDS = 0.002
IN_FLIGHT = 256


def answer_names(told: Connection, delay: float, dead: float) -> None:
    def find(name: str) -> Zone:
        number = int(name.partition(".")[0].removeprefix("h"))
        return Zone(["93.184.216.34"], delay=delay, is_silent=number % 1_000 < dead * 1_000)

    async def serve() -> None:
        async with serve_names(find) as server:
            told.send(server.address)
            await asyncio.to_thread(told.poll, None)  # until the measuring process has done

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


async def watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        lags.append(time.perf_counter() - began - TICK_SECONDS)


async def measure(address: str, names: int, command: str) -> list[Figure]:
    options = NetworkOptions(nameservers=(address,), dns_seconds=2.0)
    resolver = Resolver(options, AddressGuard(allow_private=False))
    lags: list[float] = []
    watcher = asyncio.create_task(watch(lags))
    began, cpu_began = time.perf_counter(), time.process_time()
    waiting, answers = iter(range(names)), []

    async def ask() -> None:
        for number in waiting:
            answers.append(await resolver.address_of(f"h{number}.example"))  # noqa: PERF401 — it is awaited in turn

    await asyncio.gather(*(ask() for _ in range(IN_FLIGHT)))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    watcher.cancel()
    await resolver.close()
    found = sum(answer is not None for answer in answers)
    late = sorted(lag * 1_000 for lag in lags)
    table = [
        ("resolved", found, f"of {names:,}", "-"),
        ("names a second", names / seconds, "", "at least 200"),
        ("the loop came late to other work, 99th percentile", late[int(0.99 * (len(late) - 1))], "ms", "under 50"),
        ("the loop came late to other work, longest", late[-1], "ms", "-"),
        ("CPU a name", cpu_seconds / names * 1e6, "µs", "-"),
    ]
    return [
        Figure(name=f"DNS, {names:,} names: {name}", rounds=[value], unit=unit, asked=asked, command=command)
        for name, value, unit, asked in table
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=2_000)
    parser.add_argument("--delay", type=float, default=0.25, help="seconds before each answer")
    parser.add_argument("--dead", type=float, default=0.02, help="share of names that nobody answers for")
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    arguments = parser.parse_args()
    command = f"python -m bench.dns --names {arguments.names} --delay {arguments.delay:g} --dead {arguments.dead:g}"
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=answer_names, args=(theirs, arguments.delay, arguments.dead))
    server.start()
    try:
        figures = uvloop.run(measure(ours.recv(), arguments.names, command))
    finally:
        ours.send("done")
        server.join()
    tell(figures, is_recorded=arguments.record)


if __name__ == "__main__":
    main()

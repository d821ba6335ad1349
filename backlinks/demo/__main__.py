"""`python -m backlinks.demo`: an invented web in a process of its own, until it is told to stop.

For benchmarks, and for tests that kill crawlers: the web and its log outlive them. The first line it prints is JSON
with the port; `--write` leaves a seed list and a configuration with which `backlinks crawl` visits it.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import click

from .bench_web import BenchWeb
from .model import Web
from .plain import Size
from .server import Access, Server, serve
from .web import InventedWeb

PROFILES = ("demo", "plain", "bench")


def invent(seed: int, profile: str, size: Size) -> Web:
    return BenchWeb(seed, size=size) if profile == "bench" else InventedWeb(seed, profile=profile, size=size)


def write_visit(folder: Path, server: Server) -> None:
    """seeds.txt, and a config.toml with what is particular to this network; pauses are the visitor's choice."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seeds.txt").write_text("\n".join([*server.web.seeds, ""]), encoding="utf-8")
    names = "\n".join(f'"{name}" = "{address}"' for name, address in server.resolve.items())
    config = (
        '[crawl]\ncontact = "demo@example.org"\n\n[network]\nallow_private_addresses = true\n'
        f"allowed_ports = [80, 443, {server.port}]\n\n[network.resolve]\n{names}\n"
    )
    (folder / "config.toml").write_text(config, encoding="utf-8")


def log_to(stream: TextIO) -> Callable[[Access], None]:
    """One JSON object a request, written at once."""

    def log(access: Access) -> None:
        stream.write(json.dumps(access._asdict()) + "\n")
        stream.flush()

    return log


async def serve_until_told(web: Web, port: int, write: Path | None, log: Callable[[Access], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serve(web, port, log) as server:
        if write:
            write_visit(write, server)
        click.echo(json.dumps({"port": server.port, "seeds": len(web.seeds)}))
        sys.stdout.flush()
        await stopped.wait()


@click.command()
@click.option("--seed", default=7, show_default=True, help="The number the web is made from.")
@click.option("--profile", type=click.Choice(PROFILES), default="demo", show_default=True)
@click.option("--port", default=0, help="0 finds a free one.")
@click.option("--hosts", default=10, help="Of a plain or bench web.")
@click.option("--pages", default=10, help="Pages of each host, of a plain or bench web.")
@click.option("--log", type=click.Path(path_type=Path), help="Write each request here, as a line of JSON.")
@click.option("--write", type=click.Path(path_type=Path), help="Write seeds.txt and config.toml into this folder.")
def main(  # noqa: PLR0913 — one parameter an option is click's way
    *, seed: int, profile: str, port: int, hosts: int, pages: int, log: Path | None, write: Path | None
) -> None:
    """Serve an invented web on loopback until interrupted."""
    web = invent(seed, profile, Size(hosts=hosts, pages_per_host=pages))
    with ExitStack() as opened:
        to = log_to(opened.enter_context(log.open("a", encoding="utf-8"))) if log else forget
        run_loop(serve_until_told(web, port, write, to))


def forget(_: Access) -> None:
    """A log that is not kept: a night of requests would fill the memory."""


def run_loop(serving: Coroutine[None, None, None]) -> None:
    """On uvloop where there is one: a server that is measured against must not be what is slow."""
    if sys.platform == "win32":
        asyncio.run(serving)
        return
    import uvloop  # noqa: PLC0415 — there is none on Windows

    uvloop.run(serving)


if __name__ == "__main__":
    main()

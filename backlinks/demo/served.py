"""An invented web, served, with everything a crawl needs to know to visit it.

The one call behind `backlinks demo` and behind the tests: it opens the server and closes it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from crawler import CrawlerOptions

from .server import Access, serve
from .web import InventedWeb

DEMO_DELAY_SECONDS = 0.1
DEMO_ADDRESS_DELAY_SECONDS = 0.02
DEMO_RETRY_SECONDS = (0.5, 1.0)
DEMO_IDLE_SECONDS = 5.0
DEMO_MAX_DELAY_SECONDS = 3.0
"""Here only our own machine makes answers slow: with its jitter the pause after one stays below what ends the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A web that answers. `log` grows with every request."""

    web: InventedWeb
    port: int
    seeds: list[str]
    resolve: dict[str, str]
    log: list[Access]

    def options(self, base: CrawlerOptions | None = None) -> CrawlerOptions:
        """`base` (None: the defaults) with the network of this web: its names, its port, and loopback allowed."""
        base = base or CrawlerOptions()
        ports = tuple(dict.fromkeys((*base.network.allowed_ports, self.port)))
        network = replace(base.network, allow_private_addresses=True, allowed_ports=ports, resolve=self.resolve)
        return replace(base, network=network)

    def hurried_options(self, base: CrawlerOptions | None = None) -> CrawlerOptions:
        """`options` with pauses fit for a server of one's own, so that a demonstration ends within a minute."""
        options = self.options(base)
        politeness = replace(
            options.politeness,
            delay_seconds=DEMO_DELAY_SECONDS,
            max_delay_seconds=DEMO_MAX_DELAY_SECONDS,
            address_delay_seconds=DEMO_ADDRESS_DELAY_SECONDS,
            retry_seconds=DEMO_RETRY_SECONDS,
        )
        crawl = replace(options.crawl, max_idle_seconds=DEMO_IDLE_SECONDS)
        return replace(options, politeness=politeness, crawl=crawl)


@asynccontextmanager
async def serve_invented_web(seed: int, *, profile: str = "demo", port: int = 0) -> AsyncIterator[Served]:
    async with serve_web(InventedWeb(seed, profile=profile), port) as served:
        yield served


@asynccontextmanager
async def serve_web(web: InventedWeb, port: int = 0) -> AsyncIterator[Served]:
    """For a web made with options of its own; port 0 finds a free one."""
    async with serve(web, port) as server:
        yield Served(web=web, port=server.port, seeds=web.seeds, resolve=server.resolve, log=server.log)

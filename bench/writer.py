"""How fast the writer takes links into a growing store, and how many bytes a link costs there.

    python bench/writer.py [--links 3000000] [--every 1000000] [--batch 20000] [--index live|late|policy]

Pages have 60 links: 45 repeat what a site's pages all carry (menu, footer, neighbours), 8 name pages of the same site,
half of them for the first time, 7 lead to pages of other sites by a power law. A link's words are mostly the title of
its target, so that a target met again brings no new words; four links a page have words of their own. So 7 % of
the links bring a new path, of 27 characters, and 13 % new words, of 24. (The crawl of a real documentation site,
168,254 links: 4.5 %, of 25 characters, and 22 %, of 22; without surroundings of links it had 46 bytes a link.) With
`policy` the writer is told that producers wait, as they do here.

Prints one line per step: links per second of CPU and of wall time since the last line, without the making of the pages,
and bytes per link on disk with the log; then the time to build the inbound index, if it was left out or dropped.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from storage import (
    Candidate,
    FetchKind,
    FetchRecord,
    HostClock,
    Link,
    LinkFlags,
    Outcome,
    Page,
    StopReason,
    StorageOptions,
    Visit,
    Waiting,
    open_crawl_store,
    pack_flags,
)

SITES = 2_000
LINKS_PER_PAGE = 60
OWN_WORDS = 4
PRIMES = (1_000_003, 7_368_787, 15_485_863)
EXTERNAL = int(LinkFlags.EXTERNAL)  # a plain number, as the crawler sends it
WORDS = [f"word{number}" for number in range(5_000)]


class Web:
    """Sites whose pages are made as they are asked for."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.known: list[int] = [1] * SITES
        self.menus: dict[int, list[tuple[Candidate, Link]]] = {}

    def site(self) -> int:
        return int(self.rng.paretovariate(0.6) * 3) % SITES

    def links(self, site: int) -> Iterator[tuple[Candidate, Link]]:
        rng = self.rng
        if site not in self.menus:
            self.menus[site] = [self.link(site, site, menu, f"menu {menu}", placement=1) for menu in range(45)]
        yield from self.menus[site]
        for _ in range(4):
            self.known[site] += 1
            yield self.article(site, site, self.known[site])
        for _ in range(4):
            yield self.article(site, site, rng.randrange(self.known[site]) + 1)
        for number in range(7):
            target = self.site()
            yield self.article(site, target, rng.randrange(self.known[target]) + 1, own_words=number < OWN_WORDS)

    def article(self, site: int, target: int, number: int, *, own_words: bool = False) -> tuple[Candidate, Link]:
        seed = self.rng.randrange(1 << 30) if own_words else target * 7_919 + number
        words = " ".join(WORDS[(seed * prime >> 12) % len(WORDS)] for prime in PRIMES)
        return self.link(site, target, 100 + number, words)

    def link(self, site: int, target: int, number: int, words: str, placement: int = 0) -> tuple[Candidate, Link]:
        host = f"www.site{target}.test"
        url = f"https://{host}/section-{number % 17}/page-{number}.html"
        candidate = Candidate(url, f"https://{host}", host, f"site{target}.test", 1, StopReason.WANTED)
        flags = pack_flags(EXTERNAL if site != target else 0, 0, placement)
        before, after = ("some words before it", "and after") if site != target else ("", "")
        return candidate, Link(url, words, "", flags, before, after)


class Sender:
    """What a shard does before the writer: remembers what it has sent, and makes one visit a page."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.sent: set[str] = set()
        self.waiting: list[Waiting] = []

    def visit(self) -> Visit:
        waiting = self.waiting.pop()
        site = int(waiting.host.split(".")[1][4:])
        links, candidates = [], []
        for candidate, link in self.web.links(site):
            links.append(link)
            if candidate.url not in self.sent:
                self.sent.add(candidate.url)
                candidates.append(candidate)
        if len(self.sent) > 500_000:
            self.sent.clear()
        page = Page(
            outcome=Outcome.OK, status=200, fetched_at=time.time(), title="A title of usual length for a page",
            content_type="text/html; charset=utf-8", text="words of the page " * 55, text_digest=hash(waiting.url),
            word_count=600, bytes_received=30_000, elapsed_seconds=0.2,
        )  # fmt: skip
        fetch = FetchRecord(
            url=waiting.url, host=waiting.host, kind=FetchKind.PAGE, started_at=page.fetched_at,
            elapsed_seconds=0.2, outcome=Outcome.OK, status=200, bytes_received=30_000, address="192.0.2.1",
        )  # fmt: skip
        clock = HostClock(host=waiting.host, ready_at=page.fetched_at + 1)
        return Visit(
            url_id=waiting.url_id, depth=1, host=clock, fetch=fetch, page=page, links=links, candidates=candidates
        )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=3_000_000)
    parser.add_argument("--every", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--index", choices=("live", "late", "policy"), default="policy")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        await measure(Path(folder) / "store.db", arguments)


async def measure(path: Path, arguments: argparse.Namespace) -> None:
    web = Web(1)
    sender = Sender(web)
    options = StorageOptions(batch_links=arguments.batch)
    async with open_crawl_store(path, options, now=0.0, version="bench", options_json="{}") as store:
        writer = await store.writer(max_depth=5, on_saved=lambda _, waiting: sender.waiting.extend(waiting))
        if arguments.index == "late":
            await store._writing.execute("DROP INDEX link_by_target")
        seeds = [web.link(site, site, 0, "")[0] for site in range(SITES)]
        await writer.add_candidates(seeds)
        done, next_line, last = 0, arguments.every, 0
        wall, cpu = time.perf_counter(), time.process_time()
        making = 0.0
        while done < arguments.links:
            began = time.process_time()
            visits = [sender.visit() for _ in range(min(len(sender.waiting), arguments.batch // LINKS_PER_PAGE))]
            making += time.process_time() - began
            writer._saver.is_behind = arguments.index == "policy"
            await writer._save(visits, [])
            done += len(visits) * LINKS_PER_PAGE
            if done >= next_line:
                next_line += arguments.every
                spent = time.process_time() - cpu - making
                rate, last, added = (done - last) / spent, done, done - last
                size = (path.stat().st_size + Path(f"{path}-wal").stat().st_size) / done
                print(
                    f"{done:>11,} links  {rate:>9,.0f} links/s of CPU  "
                    f"{added / (time.perf_counter() - wall - making):>9,.0f} links/s  {size:5.1f} bytes/link",
                    flush=True,
                )
                wall, cpu, making = time.perf_counter(), time.process_time(), 0.0
        if arguments.index != "live":
            began = time.process_time(), time.perf_counter()
            await store.end(now=1.0, reason="done")
            cpu, wall = time.process_time() - began[0], time.perf_counter() - began[1]
            print(f"run ended, with the inbound index built, in {cpu:.1f} s of CPU, {wall:.1f} s")
        await store._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"{path.stat().st_size / done:.1f} bytes/link at the end")
        query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 12"
        for name, size in await store._writing.execute_fetchall(query):
            print(f"  {name:24} {size / done:6.1f} bytes/link")


if __name__ == "__main__":
    asyncio.run(main())

"""How fast the writer takes links into a growing store, and how many bytes a link costs there.

    python bench/writer.py [--links 3000000] [--every 1000000] [--batch 20000] [--live-index | --late-index]

Pages have 60 links: 45 repeat what a site's pages all carry (menu, footer, neighbours), 8 name pages of the same site,
7 lead to other sites by a power law. About 7 URLs a page are new. Prints one line per step: links per second of CPU and
of wall time since the last line, bytes per link on disk; then the time to build the inbound index, if it was left out.
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
WORDS = [f"word{number}" for number in range(5_000)]


class Web:
    """Sites whose pages are made as they are asked for."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.known: list[int] = [1] * SITES

    def site(self) -> int:
        return int(self.rng.paretovariate(0.6) * 3) % SITES

    def links(self, site: int) -> Iterator[tuple[Candidate, Link]]:
        rng = self.rng
        for menu in range(45):
            yield self.link(site, site, menu, f"menu {menu}", placement=1)
        for _ in range(8):
            self.known[site] += 1
            yield self.link(site, site, 100 + self.known[site], " ".join(rng.choices(WORDS, k=3)))
        for _ in range(7):
            target = self.site()
            yield self.link(
                site, target, 100 + rng.randrange(self.known[target] + 1), " ".join(rng.choices(WORDS, k=2))
            )

    def link(self, site: int, target: int, number: int, words: str, placement: int = 0) -> tuple[Candidate, Link]:
        host = f"www.site{target}.test"
        url = f"https://{host}/section-{number % 17}/some-descriptive-page-name-{number}.html"
        candidate = Candidate(url, f"https://{host}", host, f"site{target}.test", 1, StopReason.WANTED)
        flags = pack_flags(LinkFlags.EXTERNAL if site != target else 0, 0, placement)
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
    parser.add_argument("--late-index", action="store_true")
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
        if arguments.late_index:
            await store._writing.execute("DROP INDEX link_by_target")
        seeds = [web.link(site, site, 0, "")[0] for site in range(SITES)]
        await writer.add_candidates(seeds)
        done, next_line = 0, arguments.every
        wall, cpu = time.perf_counter(), time.process_time()
        making = 0.0
        while done < arguments.links:
            began = time.process_time()
            visits = [sender.visit() for _ in range(min(len(sender.waiting), arguments.batch // LINKS_PER_PAGE))]
            making += time.process_time() - began
            await writer._save(visits, [])
            done += len(visits) * LINKS_PER_PAGE
            if done >= next_line:
                next_line += arguments.every
                spent = time.process_time() - cpu - making
                rate = arguments.every / spent
                size = path.stat().st_size / done
                print(
                    f"{done:>11,} links  {rate:>9,.0f} links/s of CPU  "
                    f"{arguments.every / (time.perf_counter() - wall - making):>9,.0f} links/s  {size:5.1f} bytes/link",
                    flush=True,
                )
                wall, cpu, making = time.perf_counter(), time.process_time(), 0.0
        if arguments.late_index:
            began = time.process_time(), time.perf_counter()
            await store._writing.execute("CREATE INDEX link_by_target ON link (target)")
            cpu, wall = time.process_time() - began[0], time.perf_counter() - began[1]
            print(f"inbound index built in {cpu:.1f} s of CPU, {wall:.1f} s")
        await store._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"{path.stat().st_size / done:.1f} bytes/link at the end")
        query = "SELECT name, sum(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 12"
        for name, size in await store._writing.execute_fetchall(query):
            print(f"  {name:24} {size / done:6.1f} bytes/link")


if __name__ == "__main__":
    asyncio.run(main())

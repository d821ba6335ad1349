"""What the writer's layout changes, each measured where it matters. Prints only; docs/performance.md keeps the table.

    python -m bench.layouts ids [--links 3000000]
    python -m bench.layouts sizes [--base 12000000] [--links 1500000] [--only NAME …]

`ids` fills four stores from nothing: ids in order of discovery or made of a hash with the origin's id before it, each
with the index on targets kept or built at the end. `sizes` fills one store and goes on from copies of it with other
sizes of batch, log, cache, page and memory of URLs; a third of its links warms up and is not counted.
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import aiosqlite
import xxhash

import storage.batch
from bench.link_web import SITES, LinkWeb, Sender
from bench.writer import Result, fill, opened, save_all, writer_for
from storage.interning import INSERT_URL, Ids, Urls, json_list
from storage.recent import pack_known

PATH_BITS = 40
SELECT_HASHED = "SELECT id, depth, stop FROM url WHERE id IN (SELECT value FROM json_each(?))"

Arguments = argparse.Namespace
Variant = dict[str, int]

VARIANTS: dict[str, Variant] = {
    "as it is": {},
    "batch 10,000": {"batch": 10_000},
    "batch 20,000": {"batch": 20_000},
    "batch 50,000": {"batch": 50_000},
    "batch 100,000": {"batch": 100_000},
    "checkpoint 16 MiB": {"checkpoint": 16},
    "checkpoint 256 MiB": {"checkpoint": 256},
    "cache 32 MiB": {"cache": 32},
    "cache 512 MiB": {"cache": 512},
    "map 4 GiB": {"mmap": 4_096},
    "page 8 KiB": {"page_size": 8_192},
    "page 16 KiB": {"page_size": 16_384},
    "remember 200,000 URLs": {"urls": 200_000},
    "remember 1,000,000 URLs": {"urls": 1_000_000},
}


class HashedUrls(Urls):
    """The origin's id, and 40 bits of the path's hash. Equal hashes are not told apart: the cheapest there is."""

    async def _read(
        self,
        connection: aiosqlite.Connection,
        missing: list[str],
        keys: list[tuple[int, int, str]],
        known: dict[str, int],
    ) -> None:
        by_id = {self._id(key): url for url, key in zip(missing, keys, strict=True)}
        for url_id, depth, stop in await connection.execute_fetchall(SELECT_HASHED, (json_list(sorted(by_id)),)):
            known[by_id[url_id]] = self._recent[by_id[url_id]] = pack_known(url_id, depth, stop)

    async def _create(
        self, connection: aiosqlite.Connection, created: dict[str, tuple[int, int, str]], ids: Ids
    ) -> None:
        rows: list[object] = []
        for url, key in sorted(created.items(), key=lambda item: self._id(item[1])):
            candidate = ids.candidates[url]
            ids.urls[url] = self._recent[url] = pack_known(self._id(key), candidate.depth, candidate.stop)
            rows += (self._id(key), key[0], 0, key[2], int(candidate.stop), candidate.depth, candidate.fetch_form)
        await INSERT_URL.run(connection, rows)

    @staticmethod
    def _id(key: tuple[int, int, str]) -> int:
        return key[0] << PATH_BITS | xxhash.xxh3_64_intdigest(key[2].encode()) >> 64 - PATH_BITS


def apart(work: Callable[..., None], *arguments: object) -> None:
    """In a process of its own that begins with what this one has in memory."""
    child = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    child.start()
    child.join()


def measure_ids(folder: Path, given: Arguments) -> None:
    for ids in ("in order", "hashed"):
        for index in ("late", "live"):
            print(f"== ids {ids}, index {index}", flush=True)
            apart(fill_with, folder / f"{ids}-{index}.db", setting(given, index=index), ids)


def fill_with(path: Path, given: Arguments, ids: str) -> None:
    if ids == "hashed":
        storage.batch.Urls = HashedUrls  # type: ignore[misc]
    result = asyncio.run(fill(path, given))
    print(summary(result) + f", end {result.end.cpu:.1f} s CPU, {result.bytes_a_link:.1f} bytes a link", flush=True)
    path.unlink()


def measure_sizes(folder: Path, given: Arguments) -> None:
    base = folder / "base.db"
    sender = Sender(LinkWeb(1))
    asyncio.run(go_on(base, setting(given, links=given.base), sender, Result()))
    for name, variant in VARIANTS.items():
        if not given.only or name in given.only:
            print(f"== {name}", flush=True)
            apart(measure_variant, base, setting(given, **variant), sender)


def measure_variant(base: Path, given: Arguments, sender: Sender) -> None:
    path = base.with_name("variant.db")
    shutil.copyfile(base, path)
    with closing(sqlite3.connect(path)) as connection:
        if given.page_size != connection.execute("PRAGMA page_size").fetchone()[0]:
            connection.executescript(f"PRAGMA journal_mode = DELETE; PRAGMA page_size = {given.page_size}; VACUUM;")
    if given.urls:
        Urls.__init__.__defaults__ = (given.urls,)
    result = Result()
    asyncio.run(go_on(path, given, sender, result))
    result.steps = result.steps[len(result.steps) // 3 :]
    print(summary(result), flush=True)
    path.unlink()


async def go_on(path: Path, given: Arguments, sender: Sender, result: Result) -> None:
    async with opened(path, given) as store:
        writer = await writer_for(store, sender)
        if not len(sender.waiting):
            await writer.add_candidates([sender._web.link(site, site, 0, "")[0] for site in range(SITES)])
        await save_all(writer, sender, given, result)
        await store._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def summary(result: Result) -> str:
    cpu, wall = (sum(getattr(step.used, name) for step in result.steps) for name in ("cpu", "wall"))
    written = sum(step.used.written for step in result.steps)
    links = result.links
    return json.dumps(
        {
            "links/s of CPU": round(links / cpu),
            "links/s": round(links / wall),
            "bytes written a link": round(written / links),
        }
    )


def setting(given: Arguments, **values: object) -> Arguments:
    return Arguments(**{**vars(given), **values})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ids", "sizes"))
    parser.add_argument("--links", type=int)
    parser.add_argument("--base", type=int, default=12_000_000)
    parser.add_argument("--only", nargs="*", choices=VARIANTS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    usual = {"batch": 50_000, "cache": 128, "checkpoint": 0, "mmap": 0, "page_size": 4_096, "index": "late", "urls": 0}
    links = given.links or (3_000_000 if given.what == "ids" else 1_500_000)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure = measure_ids if given.what == "ids" else measure_sizes
        measure(Path(folder), setting(given, **usual, links=links, every=links // 3))


if __name__ == "__main__":
    main()

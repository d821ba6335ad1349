"""A graph with the shape of a crawl's domain graph, and a store that holds it; made once, kept in .cache.

Four in ten domains were crawled and link; out-degrees and popularity follow power laws; most links stay among
neighbours by number, as domains found together link together. Ids are in the order of discovery. The same sizes give
the same graph.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storage.schema import APPLICATION_ID, MIGRATIONS

from .peers import CACHE

Numbers = NDArray[np.int32]

CRAWLED = 0.4
TO_POPULAR = 0.4
TO_UNCRAWLED = 0.3
NODES_AN_EDGE = 0.1
TILE = 10_000_000  # edges; more at once would need a hundred bytes of memory for each
ACROSS = 0.1
ROWS = 1_000_000
MOMENT = 1_700_000_000


def make_edges(edge_count: int, seed: int = 1) -> tuple[Numbers, Numbers]:
    """Source and target, ascending, no loops, no duplicates."""
    dice = np.random.default_rng(seed)
    node_count = int(edge_count * NODES_AN_EDGE)
    crawled = np.sort(dice.choice(node_count, int(node_count * CRAWLED), replace=False))
    keys = np.zeros(0, np.int64)
    while len(keys) < edge_count:
        keys = np.union1d(keys, _draw(dice, crawled, node_count, edge_count))
    keys = np.sort(dice.choice(keys, edge_count, replace=False))
    return (keys >> 32).astype(np.int32), (keys & 0xFFFF_FFFF).astype(np.int32)


def _draw(dice: np.random.Generator, crawled: NDArray[np.int64], node_count: int, edge_count: int) -> NDArray[np.int64]:
    degree = dice.pareto(1.3, len(crawled)) + 1
    degree = np.clip(degree * edge_count / degree.sum(), 1, 5_000).astype(np.int64)
    source = np.repeat(np.arange(len(crawled)), degree)
    popular = (len(crawled) * dice.random(len(source)) ** 2.5).astype(np.int64)
    near = (source + np.rint(dice.laplace(0, 1_000, len(source))).astype(np.int64)) % len(crawled)
    target = crawled[np.where(dice.random(len(source)) < TO_POPULAR, popular, near)]
    aside = np.abs(target + dice.integers(-3_000, 3_000, len(source))) % node_count
    target = np.where(dice.random(len(source)) < TO_UNCRAWLED, aside, target)
    source = crawled[source]
    return np.unique((source << 32 | target)[source != target])


def make_many_edges(edge_count: int) -> tuple[Numbers, Numbers]:
    """The graph of a TILE again and again, with a tenth of its links leading to the same place in another tile."""
    dice = np.random.default_rng(3)
    edges = np.load(edges_file(TILE))
    tiles, width = edge_count // TILE, int(TILE * NODES_AN_EDGE)
    source, target = np.empty((2, tiles, TILE), np.int32)
    for tile in range(tiles):
        elsewhere = np.where(dice.random(TILE) < ACROSS, dice.integers(0, tiles, TILE), tile)
        source[tile] = edges["source"] + tile * width
        target[tile] = edges["target"] + elsewhere * width
    return source.ravel(), target.ravel()


def edges_file(edge_count: int) -> Path:
    """Beyond a TILE the count must be a multiple of it."""
    path = CACHE / f"edges-{edge_count}.npz"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        source, target = make_edges(edge_count) if edge_count <= TILE else make_many_edges(edge_count)
        np.savez(path, source=source, target=target)
    return path


def store_file(edge_count: int) -> Path:
    """The graph as a crawl's store: domains and their edges, all followed."""
    path = CACHE / f"store-{edge_count}.db"
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        _write_store(part, edge_count)
        part.rename(path)
    return path


def _write_store(path: Path, edge_count: int) -> None:
    edges = np.load(edges_file(edge_count))
    source, target = edges["source"], edges["target"]
    count = np.random.default_rng(2).integers(1, 9, len(source))
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.executescript("".join(MIGRATIONS))
        store.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        store.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        store.execute("DROP INDEX domain_edge_by_target")
        store.execute("BEGIN")
        domains = ((number + 1, f"d{number}.test") for number in range(int(edge_count * NODES_AN_EDGE)))
        store.executemany("INSERT INTO domain (id, name) VALUES (?, ?)", domains)
        for first in range(0, len(source), ROWS):
            part = slice(first, first + ROWS)
            columns = [(source[part] + 1).tolist(), (target[part] + 1).tolist(), *[count[part].tolist()] * 4]
            sql = f"INSERT INTO domain_edge VALUES (?, ?, ?, ?, ?, ?, {MOMENT}, {MOMENT})"
            store.executemany(sql, zip(*columns, strict=True))
        store.execute("COMMIT")
        store.execute("CREATE INDEX domain_edge_by_target ON domain_edge (target, source)")
        store.execute("PRAGMA journal_mode = WAL")


if __name__ == "__main__":
    print(store_file(int(sys.argv[1])))

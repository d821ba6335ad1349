"""A large invented store, written straight as rows: what the reports are measured on.

    python bench/report_store.py big.db [--links 20000000] [--domains 50000] [--seed 1]

Every domain has one host and the same number of pages; a page has 50 links, 42 of them internal. External links go to
other domains by a power law, except those planned for the domains that are measured: big.test has 100,000 backlinks
from 20,000 domains to 2,000 pages, rival1.test and rival2.test as many from other draws, small.test has 1,000 from 200
domains. 4 in 10 external links are nofollow, 1 in 6 stands in a footer, 3 % of big.test's lead through a redirect.
Scores are drawn, not computed: the reports only read them.
"""

import argparse
import sqlite3
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash

from storage.schema import APPLICATION_ID, MIGRATIONS

LINKS_PER_PAGE = 50
EXTERNAL_PER_PAGE = 8
ANCHORS = 50_000
MOMENT = 1_700_000_000
CHUNK_PAGES = 20_000
LANGUAGES = ("en", "de", "pl", "fr")
WORDS = ("shoe", "repair", "guide", "best", "cheap", "leather", "garden", "kettle", "moor", "river", "here", "blog")


@dataclass(frozen=True)
class Plan:
    links: int
    domains: int
    seed: int
    measured: tuple[tuple[str, int, int, int], ...] = (
        # name, backlinks, referring domains, target pages
        ("big.test", 100_000, 20_000, 2_000),
        ("rival1.test", 100_000, 20_000, 2_000),
        ("rival2.test", 100_000, 20_000, 2_000),
        ("small.test", 1_000, 200, 50),
    )

    @property
    def pages_per_domain(self) -> int:
        return max(1, self.links // LINKS_PER_PAGE // self.domains)

    @property
    def pages(self) -> int:
        return self.pages_per_domain * self.domains


def write_store(path: Path, plan: Plan) -> None:
    """The file must not exist. Ids: domain, host and origin n are one site; its pages' URL ids follow each other."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000;{MIGRATIONS[0]}"
        f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={len(MIGRATIONS)};"
        "DROP INDEX link_by_target; DROP INDEX url_by_hash;"
    )
    connection.execute("BEGIN")
    _write_sites(connection, plan)
    _write_words(connection)
    _write_pages(connection, plan)
    _write_scores(connection, plan)
    connection.execute("COMMIT")
    connection.executescript(
        "CREATE INDEX link_by_target ON link (target); CREATE INDEX url_by_hash ON url (origin_id, hash);"
        "PRAGMA analysis_limit=1000; ANALYZE;"
    )
    connection.close()


def names(plan: Plan) -> list[str]:
    """The measured ones first: their ids are the lowest."""
    measured = [name for name, *_ in plan.measured]
    return measured + [
        f"site{number}.{'com' if number % 3 else 'org'}" for number in range(plan.domains - len(measured))
    ]


def _many(connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _write_sites(connection: sqlite3.Connection, plan: Plan) -> None:
    numbered = list(enumerate(names(plan), 1))
    each = plan.pages_per_domain
    _many(connection, "domain", "id, name, is_seed, pages_crawled", ((n, name, 1, each) for n, name in numbered))
    addresses = ((n, f"www.{name}", n, f"10.{n >> 14 & 255}.{n >> 6 & 255}.{n & 63}") for n, name in numbered)
    _many(connection, "host", "id, name, domain_id, address", addresses)
    _many(connection, "origin", "id, text, host_id", ((n, f"https://www.{name}", n) for n, name in numbered))
    connection.execute("INSERT INTO run VALUES (1, ?, ?, 'done', '0', '{}')", (MOMENT, MOMENT + 28_800))
    connection.execute("INSERT INTO stop_reason VALUES (0, 'wanted', ?)", (plan.pages,))


def _write_words(connection: sqlite3.Connection) -> None:
    count = len(WORDS)
    texts = (f"{WORDS[n % count]} {WORDS[n // count % count]} {n // count // count}" for n in range(ANCHORS))
    _many(connection, "anchor", "id, text", enumerate(texts, 1))
    _many(connection, "rel", "id, text", ((1, "nofollow"), (2, "nofollow ugc")))


def _write_pages(connection: sqlite3.Connection, plan: Plan) -> None:
    each, rng = plan.pages_per_domain, np.random.default_rng(plan.seed)
    external = _external_targets(plan, rng)
    edges: list[np.ndarray] = []
    for first in range(0, plan.pages, CHUNK_PAGES):
        count = min(CHUNK_PAGES, plan.pages - first)
        pages = np.arange(first, first + count)
        _write_urls(connection, plan, pages)
        targets = np.empty((count, LINKS_PER_PAGE), np.int64)
        home = pages // each * each + 1
        targets[:, : LINKS_PER_PAGE - EXTERNAL_PER_PAGE] = home[:, None] + rng.integers(0, each, (count, 42))
        targets[:, LINKS_PER_PAGE - EXTERNAL_PER_PAGE :] = external[pages]
        edges.append(_write_links(connection, plan, (first, targets), rng))
    _write_edges(connection, np.concatenate(edges, axis=1))


def _external_targets(plan: Plan, rng: np.random.Generator) -> np.ndarray:
    """URL ids, a row a page: the planned backlinks first, the rest by a power law."""
    each = plan.pages_per_domain
    site = np.minimum((rng.pareto(0.6, (plan.pages, EXTERNAL_PER_PAGE)) * 3).astype(np.int64), plan.domains - 1)
    site = np.where(site < len(plan.measured), plan.domains - 1, site)
    targets = site * each + rng.integers(0, each, site.shape) + 1
    extra = plan.pages + 1
    for column, (_, links, sources, pages) in enumerate(plan.measured):
        domains = rng.choice(np.arange(len(plan.measured), plan.domains), sources, replace=False)
        chosen = (domains[:, None] * each + np.arange(each)).ravel()
        rows = rng.choice(chosen, links, replace=links > len(chosen))
        targets[rows, column] = extra + rng.integers(0, pages, links)
        extra += pages
    return targets


def _write_urls(connection: sqlite3.Connection, plan: Plan, pages: np.ndarray) -> None:
    each = plan.pages_per_domain
    rows = []
    for page in pages.tolist():
        path = f"/articles/{page % each}/what-we-wrote-about-it"
        rows.append((page + 1, page // each + 1, path_hash(path), path, 0, 2))
    _many(connection, "url", "id, origin_id, hash, path, stop, depth", rows)


def path_hash(path: str) -> int:
    return xxhash.xxh3_64_intdigest(path.encode()) & 0x7FFF_FFFF


def _write_links(
    connection: sqlite3.Connection, plan: Plan, pages: tuple[int, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    first, targets = pages
    count, each = len(targets), plan.pages_per_domain
    size = targets.size
    ids = np.arange(first * LINKS_PER_PAGE + 1, first * LINKS_PER_PAGE + 1 + size)
    source = np.repeat(np.arange(first + 1, first + count + 1), LINKS_PER_PAGE)
    is_external = np.tile(np.arange(LINKS_PER_PAGE) >= LINKS_PER_PAGE - EXTERNAL_PER_PAGE, count)
    rel = np.where(is_external & (rng.random(size) < 0.4), rng.integers(1, 3, size), 0)
    flags = is_external * 16 | (rel > 0) * 1 | (rel == 2) * 2
    flags |= np.where(rng.random(size) < 1 / 6, 3, 0) << 8
    anchor = rng.integers(0, ANCHORS + 1, size)
    columns = (ids, source, targets.ravel(), anchor, rel, flags)
    _many(
        connection, "link", "id, source, target, anchor, rel, flags", zip(*(c.tolist() for c in columns), strict=True)
    )
    texts = ((n, "the words that stand before it", "and some that follow") for n in ids[is_external].tolist())
    _many(connection, "link_text", "link_id, before, after", texts)
    _write_page_rows(connection, first, count)
    pairs = (source[is_external] - 1) // each << 32 | _domain_of(plan, targets.ravel()[is_external])
    return np.stack([pairs, (flags[is_external] & 15 == 0).astype(np.int64)])


def _domain_of(plan: Plan, url_ids: np.ndarray) -> np.ndarray:
    """From 0. Beyond the crawled pages come the target pages of the measured domains, in order."""
    bounds = plan.pages + np.cumsum([pages for *_, pages in plan.measured])
    return np.where(url_ids <= plan.pages, (url_ids - 1) // plan.pages_per_domain, np.searchsorted(bounds, url_ids))


def _write_page_rows(connection: sqlite3.Connection, first: int, count: int) -> None:
    columns = (
        "url_id, run_id, outcome, status, first_fetched_at, fetched_at, seen_at, changed_at, first_link, link_count, "
        "external_link_count, external_domain_count, title, language, word_count"
    )
    rows = (
        (page + 1, 1, "ok", 200, MOMENT + page, MOMENT + page, MOMENT + page, MOMENT, page * LINKS_PER_PAGE + 1,
         LINKS_PER_PAGE, EXTERNAL_PER_PAGE, 7, f"What we wrote about it, part {page}", LANGUAGES[page % 4], 300)
        for page in range(first, first + count)
    )  # fmt: skip
    _many(connection, "page", columns, rows)
    text = zlib.compress(b"leather shoes and how they are mended, in a garden by the river " * 10, 1)
    _many(connection, "page_text", "url_id, text", ((page + 1, text) for page in range(first, first + count)))


def _write_edges(connection: sqlite3.Connection, edges: np.ndarray) -> None:
    pairs, place, links = np.unique(edges[0], return_inverse=True, return_counts=True)
    followed = np.bincount(place, weights=edges[1]).astype(np.int64)
    rows = zip((pairs >> 32) + 1, (pairs & 0xFFFFFFFF) + 1, links, followed, strict=True)
    columns = "source, target, links, followed_links, pages, followed_pages, first_seen, last_seen"
    _many(
        connection,
        "domain_edge",
        columns,
        ((int(s), int(t), int(n), int(f), int(n), int(f), MOMENT, MOMENT) for s, t, n, f in rows if s != t),
    )


def _write_scores(connection: sqlite3.Connection, plan: Plan) -> None:
    """The pages that the measured domains are linked at, a redirect here and there, and a ranking."""
    url_id, rows, pages = plan.pages + 1, [], []
    for number, (_, _, _, count) in enumerate(plan.measured, 1):
        for page in range(count):
            path = f"/linked/{page}"
            rows.append((url_id, number, path_hash(path), path, 0, 2))
            if page % 33 == 1:
                pages.append((url_id, 1, "redirect", 301, MOMENT, MOMENT, MOMENT, MOMENT, url_id - 1))
            url_id += 1
    _many(connection, "url", "id, origin_id, hash, path, stop, depth", rows)
    _many(
        connection,
        "page",
        "url_id, run_id, outcome, status, first_fetched_at, fetched_at, seen_at, changed_at, redirect_id",
        pages,
    )
    connection.execute("INSERT INTO ranking VALUES (1, ?, 1, '{}', ?, ?)", (MOMENT, plan.domains, plan.pages))
    domains = (
        (1, n, 1 / n, None, None, 100 * (1 - n / plan.domains), n, 100 * (1 - n / plan.domains), None, 0, 0, 0, 0, 0)
        for n in range(1, plan.domains + 1)
    )
    marks = ", ".join("?" * 14)
    connection.executemany(f"INSERT INTO domain_score VALUES ({marks})", domains)
    scores = ((1, n, 1e-6, n * 7919 % 100, 0, 0) for n in range(1, url_id))
    connection.executemany("INSERT INTO page_score VALUES (?, ?, ?, ?, ?, ?)", scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--links", type=int, default=20_000_000)
    parser.add_argument("--domains", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.process_time()
    write_store(arguments.path, Plan(arguments.links, arguments.domains, arguments.seed))
    print(f"{arguments.path}: {arguments.path.stat().st_size / 1e9:.2f} GB in {time.process_time() - began:.0f} s CPU")


if __name__ == "__main__":
    main()

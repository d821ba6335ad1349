"""Stores a ranking: many short transactions nobody sees, then a tiny one that makes it the current one.

A ranking's rows carry its id, and only the ranking marked current is read, so that a reader sees the old scores or
the new ones, whole, and a crawl that writes at the same time waits for a batch of rows at most. Rankings before the
current one are deleted afterwards, in batches too; what a killed ranking left behind goes with them.

Not here: computing scores (graph/).
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from .database import is_crawl_running, open_beside, open_snapshot
from .errors import StoreBusy
from .inbound_index import ensure_inbound_index

ROWS_PER_TRANSACTION = 20_000
ROWS_PER_STATEMENT = 50  # costs two thirds of fifty statements

INSERT_RANKING = """
INSERT INTO ranking (made_at, is_current, parameters, domain_count, page_count) VALUES (?, 0, ?, ?, ?)"""
DOMAIN_SCORES = (
    "domain_id", "pagerank", "harmonic", "trust", "authority", "rank", "percentile", "trust_ratio", "inbound_links",
    "referring_pages", "referring_domains", "followed_referring_domains", "referring_subnets",
)  # fmt: skip
PAGE_SCORES = ("url_id", "pagerank", "authority", "inbound_links", "referring_domains")
COUNT_DOMAIN_SCORES = "SELECT count(*) FROM domain_score WHERE ranking_id = ?"
COUNT_PAGE_SCORES = "SELECT count(*) FROM page_score WHERE ranking_id = ?"
MAKE_CURRENT = "UPDATE ranking SET is_current = (id = ?) WHERE is_current OR id = ?1"
SELECT_EARLIER = "SELECT id FROM ranking WHERE id < ?"
DELETE_DOMAIN_SCORES = """
DELETE FROM domain_score WHERE ranking_id = ?1 AND domain_id <= (
    SELECT max(domain_id) FROM (
        SELECT domain_id FROM domain_score WHERE ranking_id = ?1 ORDER BY domain_id LIMIT ?2))"""
DELETE_PAGE_SCORES = """
DELETE FROM page_score WHERE ranking_id = ?1 AND url_id <= (
    SELECT max(url_id) FROM (SELECT url_id FROM page_score WHERE ranking_id = ?1 ORDER BY url_id LIMIT ?2))"""
DELETE_RANKING = "DELETE FROM ranking WHERE id = ?"
SELECT_CURRENT = "SELECT id, made_at, parameters, domain_count, page_count FROM ranking WHERE is_current"

ScoreColumns = tuple[Sequence[Any], *tuple[Sequence[Any] | None, ...]]
"""A batch of rows, column by column in the order of the table, without ranking_id; columns are equally long.

A column of nothing is None, which is cheaper than a null in each row; the first never is."""

Pause = Callable[[float], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRanking:
    """What is stored. The batches come in the order of the ids, at most ROWS_PER_TRANSACTION rows each."""

    made_at: float
    parameters: dict[str, Any]
    domain_count: int
    page_count: int
    domain_batches: Iterable[ScoreColumns]
    page_batches: Iterable[ScoreColumns] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRecord:
    """The current ranking: when it was made, of how much, and with which parameters."""

    ranking_id: int
    made_at: float
    parameters: dict[str, Any]
    domain_count: int
    page_count: int


class _ShortTransactions:
    """Runs each piece of work as a transaction of its own; with a crawl at work it then rests as long as that took."""

    def __init__(self, connection: sqlite3.Connection, pause: Pause | None) -> None:
        self._connection = connection
        self._pause = pause

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        started = time.monotonic()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        if self._pause:
            self._pause(time.monotonic() - started)


def write_ranking(path: Path, ranking: NewRanking, *, pause: Pause = time.sleep) -> int:
    """Store the scores and make them the current ones; its id. The earlier ones stay current when anything fails."""
    with open_beside(path) as connection:
        is_shared = is_crawl_running(path)
        if not is_shared:
            ensure_inbound_index(connection)  # a killed crawl may have left it missing
        transactions = _ShortTransactions(connection, pause if is_shared else None)
        ranking_id = _insert(transactions, ranking)
        _make_current(transactions, ranking_id, ranking, path)
        for (earlier_id,) in connection.execute(SELECT_EARLIER, (ranking_id,)).fetchall():
            _delete(transactions, earlier_id)
    return ranking_id


def read_current_ranking(path: Path) -> RankingRecord | None:
    """None when this file was never ranked."""
    with open_snapshot(path) as connection:
        row = connection.execute(SELECT_CURRENT).fetchone()
    if row is None:
        return None
    ranking_id, made_at, parameters, domain_count, page_count = row
    return RankingRecord(
        ranking_id=ranking_id,
        made_at=made_at,
        parameters=json.loads(parameters),
        domain_count=domain_count,
        page_count=page_count,
    )


def _insert(transactions: _ShortTransactions, ranking: NewRanking) -> int:
    parameters = json.dumps(ranking.parameters)
    with transactions.one() as connection:
        row = (ranking.made_at, parameters, ranking.domain_count, ranking.page_count)
        ranking_id = connection.execute(INSERT_RANKING, row).lastrowid or 0
    for batches, table, names in (
        (ranking.domain_batches, "domain_score", DOMAIN_SCORES),
        (ranking.page_batches, "page_score", PAGE_SCORES),
    ):
        for columns in batches:
            named = zip(("ranking_id", *names), (repeat(ranking_id, len(columns[0])), *columns), strict=True)
            _insert_rows(transactions, table, {name: column for name, column in named if column is not None})
    return ranking_id


def _insert_rows(transactions: _ShortTransactions, table: str, columns: dict[str, Iterable[Any]]) -> None:
    """As one transaction; the rows are laid out before it begins."""
    values = list(chain.from_iterable(zip(*columns.values(), strict=True)))
    width = len(columns)
    row_count = len(values) // width
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 — the names above
    place = f"({', '.join('?' * width)})"
    by_statement = row_count - row_count % ROWS_PER_STATEMENT
    with transactions.one() as connection:
        for rows, first, end in ((ROWS_PER_STATEMENT, 0, by_statement), (1, by_statement, row_count)):
            starts = range(first * width, end * width, rows * width)
            statement = insert + ", ".join([place] * rows)
            connection.executemany(statement, (values[start : start + rows * width] for start in starts))


def _make_current(transactions: _ShortTransactions, ranking_id: int, ranking: NewRanking, path: Path) -> None:
    # A ranking that began after ours has removed our rows when it finished before us.
    with transactions.one() as connection:
        domains = connection.execute(COUNT_DOMAIN_SCORES, (ranking_id,)).fetchone()[0]
        pages = connection.execute(COUNT_PAGE_SCORES, (ranking_id,)).fetchone()[0]
        if (domains, pages) != (ranking.domain_count, ranking.page_count):
            raise StoreBusy(f"{path}: another ranking was made at the same time and stands. Rank again if need be.")
        connection.execute(MAKE_CURRENT, (ranking_id,))


def _delete(transactions: _ShortTransactions, ranking_id: int) -> None:
    for sql in (DELETE_DOMAIN_SCORES, DELETE_PAGE_SCORES):
        deleted = 1
        while deleted:
            with transactions.one() as connection:
                deleted = connection.execute(sql, (ranking_id, ROWS_PER_TRANSACTION)).rowcount
    with transactions.one() as connection:
        connection.execute(DELETE_RANKING, (ranking_id,))

"""What a person decided about a linking domain or page: kept in the store, written in short transactions.

Not here: flags (review_rows.py), the disavow file (the roof).
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from .database import open_beside
from .question import Question

UPSERT = """
INSERT INTO review (target_domain, source, state, note, decided_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (target_domain, source) DO UPDATE SET state = excluded.state, note = excluded.note,
    decided_at = excluded.decided_at"""
DECISIONS = """
SELECT v.target_domain, v.source, v.state, v.note, date(v.decided_at, 'unixepoch') AS decided_on,
    s.authority AS domain_authority, s.percentile AS authority_percentile
FROM review v LEFT JOIN domain d ON d.name = v.source
LEFT JOIN domain_score s ON s.ranking_id = (SELECT id FROM ranking WHERE is_current) AND s.domain_id = d.id
WHERE v.target_domain = :target_domain"""


class ReviewState(StrEnum):
    KEEP = "keep"
    REVIEW = "review"
    IGNORE = "ignore"
    DISAVOW = "disavow"


class Decision(NamedTuple):
    """`source` is a domain, or a URL."""

    target_domain: str
    source: str
    state: str
    note: str
    decided_on: str
    domain_authority: float | None
    authority_percentile: float | None


def write_decisions(
    path: Path,
    target_domain: str,
    *,
    sources: Sequence[str],
    decided: tuple[ReviewState, str],
    wall_clock: Callable[[], float] = time.time,
) -> None:
    """`decided` is the state and a note for all of the sources; an earlier decision about one is replaced."""
    rows = [(target_domain, source, *decided, wall_clock()) for source in sources]
    with open_beside(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(UPSERT, rows)
        connection.execute("COMMIT")


def decisions_question(target_domain: str) -> Question[Decision]:
    return Question(row=Decision, sql=DECISIONS, parameters={"target_domain": target_domain}, sort=("state", "source"))

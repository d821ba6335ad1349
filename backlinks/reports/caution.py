"""What a person should look at, what they decided, and the disavow file that is made of decisions alone.

Flags are reasons to look. Nothing here decides: search engines ignore most bad links by themselves, and most sites
never need a disavow file.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from storage import (
    ALL_ROWS,
    Aim,
    Choice,
    Decision,
    Questions,
    ReviewRow,
    ReviewState,
    decisions_question,
    review_question,
)

from ..anchor_class import AnchorJudge
from ..errors import CommandFailed
from ..options import ReviewOptions
from ..terminal import printable
from .report import Report

MAX_LINES = 100_000
MAX_BYTES = 2 * 1024 * 1024
MAX_URL_CHARACTERS = 2_048
TOP_PERCENTILE = 99.0

REVIEW_LINE = ("domain", "domain_authority", "links", "flag", "evidence", "threshold", "state")
BOUND = (
    *("subnet_domains", "identical_targets", "profile_domains", "reciprocal_percent", "followed_percent"),
    *("anchor_percent", "farm_domains", "farm_percent", "trust_percent"),
)


def review(
    questions: Questions,
    aim: Aim,
    choice: Choice = ALL_ROWS,
    *,
    options: ReviewOptions | None = None,
    brands: Iterable[str] = (),
) -> Report[ReviewRow]:
    """Linking domains with flags, the most flagged first."""
    given = asdict(options or ReviewOptions())
    judge = AnchorJudge(aim.target.domain, brands=brands)
    question = review_question(aim, {name: given[name] for name in BOUND}, class_of=judge)
    return Report(questions, question, choice, REVIEW_LINE)


def decisions(questions: Questions, target_domain: str, choice: Choice = ALL_ROWS) -> Report[Decision]:
    return Report(questions, decisions_question(target_domain), choice)


@dataclass(frozen=True, slots=True)
class DisavowFile:
    """`text` is what Google takes; `refused` says what was left out and why."""

    text: str
    entries: int
    refused: tuple[str, ...]


def disavow_file(decided: Iterable[Decision], own_domain: str, *, today: str, is_forced: bool = False) -> DisavowFile:
    """Only what a person marked disavow. Own pages never; top domains only when forced. Raises CommandFailed."""
    wanted = [row for row in decided if row.state == ReviewState.DISAVOW]
    refused = [reason for row in wanted if (reason := why_not(row, own_domain, is_forced=is_forced))]
    kept = [row for row in wanted if why_not(row, own_domain, is_forced=is_forced) is None]
    head = [f"# Links to {own_domain} that its owner asks not to be counted. Written {today}."]
    lines = head + list(lines_of(kept))
    text = "".join(f"{line}\n" for line in lines)
    if len(lines) > MAX_LINES or len(text.encode()) > MAX_BYTES:
        raise CommandFailed(
            f"the file would have {len(lines):,} lines and {len(text.encode()):,} bytes; Google takes {MAX_LINES:,} "
            f"lines and {MAX_BYTES:,} bytes. Name domains instead of pages."
        )
    return DisavowFile(text, len(kept), tuple(refused))


def lines_of(kept: Iterable[Decision]) -> Iterator[str]:
    """What was decided on one day for one reason stands under one comment: comments count among the lines."""
    for (day, note), rows in itertools.groupby(sorted(kept, key=_why), _why):
        yield f"# {day}: {printable(note)}" if note else f"# {day}"
        yield from (row.source if "://" in row.source else f"domain:{row.source}" for row in rows)


def _why(row: Decision) -> tuple[str, str]:
    return row.decided_on, row.note


def why_not(row: Decision, own_domain: str, *, is_forced: bool) -> str | None:
    host = (urlsplit(row.source).hostname or "") if "://" in row.source else row.source
    if host == own_domain or host.endswith(f".{own_domain}"):
        return f"{row.source}: this is your own domain"
    if len(row.source) > MAX_URL_CHARACTERS:
        return f"{row.source[:60]}…: longer than {MAX_URL_CHARACTERS:,} characters"
    if (row.authority_percentile or 0) >= TOP_PERCENTILE and not is_forced:
        return f"{row.source}: among the strongest 1 % of this crawl; --force takes it all the same"
    return None

"""What the report for a client says, asked of the reports themselves: their records, and how many more there are.

Each report is read to its end, so every total is counted and not guessed; only the rows that are shown are kept.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from storage import (
    Aim,
    AnchorClassRow,
    AnchorRow,
    BacklinkRow,
    CompareRow,
    Coverage,
    IntersectRow,
    LinkedPageRow,
    LostLinkRow,
    OverviewRow,
    Questions,
    ReferringDomainRow,
    ReviewRow,
    ScoreRow,
    TimelineRow,
    count_runs,
    read_coverage,
    read_ranking_parameters,
)

from ...options import ReviewOptions, ScoreOptions
from ..caution import review
from ..link_building import broken, broken_prospects, compare, intersect, lost_links, new_links, pages
from ..profile import anchor_classes, anchors, links, overview, referring_domains, timeline
from ..quality import score

R = TypeVar("R")

DEFAULT_ROWS = 500
AUTHORITY_STEP = 10
PROSPECTS = 20
SECOND_RUN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for besides the target. `rows` is the most that any table shows; `since` None: the last run."""

    rivals: tuple[Aim, ...] = ()
    keywords: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    rows: int = DEFAULT_ROWS
    since: str | None = None
    score: ScoreOptions = field(default_factory=ScoreOptions)
    review: ReviewOptions = field(default_factory=ReviewOptions)


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """The first rows of a report, and how many it has."""

    rows: tuple[R, ...]
    total: int

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Flagged:
    """How many linking domains have a flag, and which flags there are."""

    domains: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`authorities` counts linking domains by tens of authority; the last of the eleven are those without a score.

    `new` is None when there was one run only: then all would be new. `scores` is None without keywords and brands.
    """

    aim: Aim
    wanted: Wanted
    coverage: Coverage
    ranking: dict[str, Any]
    overview: tuple[OverviewRow, ...]
    timeline: tuple[TimelineRow, ...]
    authorities: tuple[int, ...]
    domains: Listed[ReferringDomainRow]
    anchor_classes: tuple[AnchorClassRow, ...]
    anchors: Listed[AnchorRow]
    pages: Listed[LinkedPageRow]
    links: Listed[BacklinkRow]
    new: Listed[BacklinkRow] | None
    lost: Listed[LostLinkRow]
    broken: Listed[LinkedPageRow]
    prospects: Listed[LinkedPageRow]
    compared: tuple[CompareRow, ...]
    intersect: Listed[IntersectRow] | None
    flags: Listed[ReviewRow]
    flagged: Flagged
    scores: Listed[ScoreRow] | None

    def figure(self, section: str, name: str) -> float | None:
        """A number of the overview; None where there is none."""
        return next((row.value for row in self.overview if (row.section, row.name) == (section, name)), None)

    def count(self, name: str) -> int:
        return int(self.figure("total", name) or 0)

    def section(self, name: str) -> list[OverviewRow]:
        return [row for row in self.overview if row.section == name]


def first_rows(rows: Iterable[R], limit: int, look: Callable[[R], None] = lambda _row: None) -> Listed[R]:
    """`look` is shown every row, also those that are not kept."""
    kept: list[R] = []
    total = 0
    for row in rows:
        total += 1
        look(row)
        if total <= limit:
            kept.append(row)
    return Listed(tuple(kept), total)


def gather(questions: Questions, aim: Aim, wanted: Wanted) -> Findings:
    """Everything is read from one moment of the store, also while a crawl writes."""
    brands, keywords = wanted.brands, wanted.keywords
    most = wanted.rows
    domains, authorities = _domains(questions, aim, most)
    flags, flagged = _flags(questions, aim, wanted)
    coverage = read_coverage(questions)
    return Findings(
        aim=aim,
        wanted=wanted,
        coverage=coverage,
        ranking=json.loads(read_ranking_parameters(questions)),
        overview=tuple(overview(questions, aim)),
        timeline=tuple(timeline(questions, aim)),
        domains=domains,
        authorities=authorities,
        anchor_classes=tuple(anchor_classes(questions, aim, brands=brands, keywords=keywords, options=wanted.review)),
        anchors=first_rows(anchors(questions, aim, brands=brands, keywords=keywords), most),
        pages=first_rows(pages(questions, aim), most),
        links=first_rows(links(questions, aim, group="similar"), most),
        new=_new(questions, aim, wanted),
        lost=first_rows(lost_links(questions, aim, since=wanted.since), most),
        broken=first_rows(broken(questions, aim), most),
        prospects=first_rows(broken_prospects(questions, aim), min(most, PROSPECTS)),
        compared=tuple(compare(questions, [aim, *wanted.rivals])) if wanted.rivals else (),
        intersect=_intersect(questions, aim, wanted.rivals, most=most),
        flags=flags,
        flagged=flagged,
        scores=_scores(questions, aim, wanted),
    )


def _domains(questions: Questions, aim: Aim, most: int) -> tuple[Listed[ReferringDomainRow], tuple[int, ...]]:
    authorities = [0] * (100 // AUTHORITY_STEP + 1)

    def count(row: ReferringDomainRow) -> None:
        authorities[place_of(row.domain_authority)] += 1

    return first_rows(referring_domains(questions, aim), most, count), tuple(authorities)


def place_of(authority: float | None) -> int:
    """100 stands with the nineties."""
    bins = 100 // AUTHORITY_STEP
    return bins if authority is None else min(int(authority // AUTHORITY_STEP), bins - 1)


def _new(questions: Questions, aim: Aim, wanted: Wanted) -> Listed[BacklinkRow] | None:
    if wanted.since is None and count_runs(questions) < SECOND_RUN:
        return None
    return first_rows(new_links(questions, aim, since=wanted.since), wanted.rows)


def _flags(questions: Questions, aim: Aim, wanted: Wanted) -> tuple[Listed[ReviewRow], Flagged]:
    domains, kinds = set[str](), set[str]()

    def note(row: ReviewRow) -> None:
        domains.add(row.domain)
        kinds.add(row.flag)

    rows = review(questions, aim, options=wanted.review, brands=wanted.brands)
    listed = first_rows(rows, wanted.rows, note)
    return listed, Flagged(len(domains), tuple(sorted(kinds)))


def _intersect(questions: Questions, aim: Aim, rivals: Sequence[Aim], *, most: int) -> Listed[IntersectRow] | None:
    return first_rows(intersect(questions, rivals, me=aim, least=1), most) if rivals else None


def _scores(questions: Questions, aim: Aim, wanted: Wanted) -> Listed[ScoreRow] | None:
    if not wanted.keywords and not wanted.brands:
        return None
    return first_rows(score(questions, aim, options=wanted.score, wanted=(wanted.keywords, wanted.brands)), wanted.rows)

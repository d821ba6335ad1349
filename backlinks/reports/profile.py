"""The reports about one target's backlinks: who links, from where, with which words, to what.

Each function gives a report: loop over it for its records. Not here: SQL (storage), printing.
"""

from collections.abc import Iterable
from dataclasses import asdict

from storage import (
    ALL_ROWS,
    AddressRow,
    Aim,
    AnchorClassRow,
    AnchorRow,
    BacklinkRow,
    Choice,
    OverviewRow,
    Questions,
    ReferringDomainRow,
    TimelineRow,
    addresses_question,
    anchor_classes_question,
    anchors_question,
    last_run_began_seconds,
    links_question,
    overview_question,
    referring_domains_question,
    timeline_question,
)

from ..anchor_class import AnchorJudge
from ..options import ReviewOptions
from .report import Report

ANCHOR_BOUNDS = ("profile_domains", "exact_note_percent", "exact_warn_percent", "exact_alert_percent")
LINK_LINE = (
    *("source_url", "domain_authority", "page_authority", "target_url", "redirect_chain", "anchor_text", "followed"),
    *("placement", "sitewide", "first_seen", "hidden"),
)
DOMAIN_LINE = (
    *(
        "domain",
        "domain_authority",
        "links",
        "followed_links",
        "new_links",
        "lost_links",
        "pages",
        "target_pages",
        "linked_domains",
    ),
    *("reciprocal", "first_seen", "last_seen"),
)


def overview(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[OverviewRow]:
    return Report(questions, overview_question(aim), choice, ("section", "name", "value", "share_percent"))


def links(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS, *, group: str = "all") -> Report[BacklinkRow]:
    """`group`: all, similar (same domain, target, words and followed or not), or one-per-domain."""
    return Report(questions, links_question(aim, group=group), choice, LINK_LINE)


def referring_domains(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[ReferringDomainRow]:
    return Report(
        questions, referring_domains_question(aim, new_since=last_run_began_seconds(questions)), choice, DOMAIN_LINE
    )


def timeline(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[TimelineRow]:
    """Links and linking domains by the day they were first seen, and lost links by the day they were missed."""
    return Report(questions, timeline_question(aim), choice)


def addresses(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[AddressRow]:
    return Report(questions, addresses_question(aim), choice)


def anchors(
    questions: Questions,
    aim: Aim,
    choice: Choice = ALL_ROWS,
    *,
    brands: Iterable[str] = (),
    keywords: Iterable[str] = (),
) -> Report[AnchorRow]:
    judge = AnchorJudge(aim.target.domain, brands=brands, keywords=keywords)
    return Report(questions, anchors_question(aim, judge), choice)


def anchor_classes(  # noqa: PLR0913 — brand, keywords and thresholds belong to the question
    questions: Questions,
    aim: Aim,
    choice: Choice = ALL_ROWS,
    *,
    brands: Iterable[str] = (),
    keywords: Iterable[str] = (),
    options: ReviewOptions | None = None,
) -> Report[AnchorClassRow]:
    judge = AnchorJudge(aim.target.domain, brands=brands, keywords=keywords)
    given = asdict(options or ReviewOptions())
    question = anchor_classes_question(aim, judge, bounds={name: given[name] for name in ANCHOR_BOUNDS})
    return Report(questions, question, choice)

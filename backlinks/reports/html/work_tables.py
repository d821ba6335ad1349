"""The tables to work from: what to mend, where a link may come from, how good each is, what is worth a look."""

import shlex

from storage import CompareRow, IntersectRow, LinkedPageRow, ReviewRow, ScoreRow, Target

from . import cells
from .cells import Cell
from .findings import Findings, Listed
from .profile_tables import page_columns
from .tables import Column, Table, command, table, target_cell, word_flags

TERMS = (
    ("Domain", "authority_term", "For the authority of the linking domain"),
    ("Page", "page_term", "For the authority of the linking page"),
    ("Topic", "relevance_term", "For words in common with the target"),
    ("Place", "placement_term", "For where on the page the link stands"),
    ("Words", "anchor_term", "For the class of the link's words"),
    ("Follow", "followed_term", "For being followed"),
    ("Crowd", "dilution_term", "Taken on a page that links to many domains"),
    ("Listed", "indexability_term", "Taken on a page that search engines do not list"),
    ("Language", "language_term", "Taken when the languages differ"),
)


def broken_columns(target: Target | None) -> list[Column[LinkedPageRow]]:
    return [
        *page_columns(target),
        Column(
            "Best linker", lambda row: cells.authority(row.best_authority), "Authority of the strongest domain", True
        ),
        Column("One that links", lambda row: cells.url(row.example_source)),
    ]


def broken_table(findings: Findings) -> Table:
    return table(
        findings.broken,
        broken_columns(findings.aim.target),
        name="broken",
        caption="Pages that are gone and still linked to",
        noun="pages",
        command=command(findings, "broken"),
    )


def prospects_table(findings: Findings) -> Table:
    return table(
        findings.prospects,
        broken_columns(None),
        name="prospects",
        caption="Pages of others that are gone and still linked to",
        noun="pages",
        command=command(findings, "broken", "--prospects"),
    )


def compare_table(findings: Findings) -> Table:
    columns: list[Column[CompareRow]] = [
        Column("Target", lambda row: cells.domain(row.target)),
        Column(
            "Authority", lambda row: cells.authority(row.domain_authority), "0 to 100, relative to this crawl", True
        ),
        Column("Linking domains", lambda row: cells.number(row.referring_domains), is_number=True),
        Column(
            "Followed", lambda row: cells.number(row.followed_referring_domains), "Those with a followed link", True
        ),
        Column("Links", lambda row: cells.number(row.links), is_number=True),
        Column("Networks", lambda row: cells.number(row.subnets), "Different /24 networks they come from", True),
        Column(
            "Only here",
            lambda row: cells.number(row.domains_only_here),
            "Domains that link to none of the others",
            True,
        ),
    ]
    named = [str(rival.target) for rival in findings.wanted.rivals]
    return table(
        Listed(findings.compared, len(findings.compared)),
        columns,
        name="compare",
        caption="The target beside its competitors",
        noun="targets",
        command=command(findings, "compare", *named),
    )


def intersect_table(findings: Findings, listed: Listed[IntersectRow]) -> Table:
    columns: list[Column[IntersectRow]] = [
        Column("Domain", lambda row: cells.domain(row.domain)),
        Column(
            "Authority", lambda row: cells.authority(row.domain_authority), "0 to 100, relative to this crawl", True
        ),
        Column("Competitors", lambda row: cells.number(row.targets), "How many of them it links to", True),
        Column("Which", lambda row: cells.muted(row.linked_targets.replace(" ", ", "))),
        Column("Links", lambda row: cells.number(row.links), "To those competitors", True),
        Column("Followed", lambda row: cells.number(row.followed_links), is_number=True),
        Column("Links out to", lambda row: cells.number(row.linked_domains), "Domains it links to in all", True),
    ]
    named = [str(rival.target) for rival in findings.wanted.rivals]
    typed = ["backlinks", "intersect", *named, "--me", str(findings.aim.target), "--least", "1", "--csv"]
    return table(
        listed,
        columns,
        name="intersect",
        caption="Domains that link to competitors and not to the target",
        noun="domains",
        command=shlex.join(typed),
    )


def flags_table(findings: Findings) -> Table:
    columns: list[Column[ReviewRow]] = [
        Column("Domain", lambda row: cells.domain(row.domain)),
        Column(
            "Authority", lambda row: cells.authority(row.domain_authority), "0 to 100, relative to this crawl", True
        ),
        Column("Flag", lambda row: cells.tag(row.flag), is_choice=True),
        Column("Evidence", lambda row: cells.text(row.evidence)),
        Column("Flagged from", lambda row: cells.muted(row.threshold), "The threshold, which can be set"),
        Column("Decision", lambda row: cells.tag(row.state) if row.state else cells.muted("none yet"), is_choice=True),
    ]
    brands = [part for brand in findings.wanted.brands for part in ("--brand", brand)]
    return table(
        findings.flags,
        columns,
        name="flags",
        caption="Linking domains worth a look",
        noun="flags",
        command=command(findings, "review", *brands),
    )


def score_table(findings: Findings, listed: Listed[ScoreRow]) -> Table:
    columns: list[Column[ScoreRow]] = [
        Column("Score", lambda row: cells.authority(row.score), "0 to 100: the sum of the terms", True),
        Column("From", lambda row: cells.url(row.source_url)),
        Column("Link", lambda row: cells.anchor(row.anchor_text)),
        Column("To", lambda row: target_cell(findings.aim.target, row.target_url)),
        *(term(title, field, hint) for title, field, hint in TERMS),
    ]
    return table(
        listed,
        columns,
        name="scores",
        caption="How good each link is, with what every term gave",
        noun="links",
        command=command(findings, "score", *word_flags(findings)),
    )


def term(title: str, field: str, hint: str) -> Column[ScoreRow]:
    def cell(row: ScoreRow) -> Cell:
        value = float(getattr(row, field))
        return Cell("number", f"{value:.1f}" if value else "0", value)

    return Column(title, cell, hint, is_number=True)

"""The tables of who links: domains, words, pages, links, and what of it came and went."""

from storage import (
    AnchorClassRow,
    AnchorRow,
    BacklinkRow,
    LinkedPageRow,
    LostLinkRow,
    ReferringDomainRow,
    Target,
)

from . import cells
from .cells import Cell
from .findings import Findings, Listed
from .tables import Column, Table, command, place_in, table, target_cell, word_flags


def status(row: LinkedPageRow) -> Cell:
    if row.outcome is None:
        return cells.tag("not asked for")
    good = row.outcome in {"ok", "not_modified"}
    name = str(row.status) if row.status else row.outcome.replace("_", " ")
    return cells.tag(name, "good" if good else "bad" if is_gone(row) else "")


def is_gone(row: LinkedPageRow) -> bool:
    return row.outcome not in {None, "ok", "not_modified", "redirect", "not_html", "robots_denied"}


def domains_table(findings: Findings) -> Table:
    columns: list[Column[ReferringDomainRow]] = [
        Column("Domain", lambda row: cells.domain(row.domain)),
        Column(
            "Authority", lambda row: cells.authority(row.domain_authority), "0 to 100, relative to this crawl", True
        ),
        Column("Links", lambda row: cells.number(row.links), "Links to the target", True),
        Column(
            "Followed", lambda row: cells.number(row.followed_links), "Links without nofollow, ugc, sponsored", True
        ),
        Column("From pages", lambda row: cells.number(row.pages), "Pages of the domain with such a link", True),
        Column("To pages", lambda row: cells.number(row.target_pages), "Different addresses they name", True),
        Column("Links out to", lambda row: cells.number(row.linked_domains), "Domains it links to in all", True),
        Column("Lost", lambda row: cells.number(row.lost_links), "Links that were there and are gone", True),
        Column("Linked back", lambda row: cells.tag("yes" if row.reciprocal else "no"), is_choice=True),
        Column("First seen", lambda row: cells.day(row.first_seen)),
    ]
    return table(
        findings.domains,
        columns,
        name="domains",
        caption="Domains that link to the target",
        noun="linking domains",
        command=command(findings, "referring-domains"),
    )


def anchors_table(findings: Findings) -> Table:
    columns: list[Column[AnchorRow]] = [
        Column("Words of the link", lambda row: cells.anchor(row.anchor_text)),
        Column("Class", lambda row: cells.tag(row.anchor_class), is_choice=True),
        Column("Domains", lambda row: cells.number(row.referring_domains), "Linking domains that use them", True),
        Column("Share", lambda row: cells.percent(row.share_percent), "Of all linking domains", True),
        Column("Links", lambda row: cells.number(row.links), is_number=True),
        Column("Followed", lambda row: cells.number(row.followed_links), is_number=True),
        Column("First seen", lambda row: cells.day(row.first_seen)),
    ]
    return table(
        findings.anchors,
        columns,
        name="words",
        caption="Words of the links, by how many domains use them",
        noun="texts",
        command=command(findings, "anchors", *word_flags(findings)),
    )


def classes_table(findings: Findings) -> Table:
    columns: list[Column[AnchorClassRow]] = [
        Column("Class", lambda row: cells.tag(row.anchor_class)),
        Column("Domains", lambda row: cells.number(row.referring_domains), "Linking domains that use it", True),
        Column("Share", lambda row: cells.percent(row.share_percent), "Of all linking domains", True),
        Column("Texts", lambda row: cells.number(row.texts), "Different words", True),
        Column("Links", lambda row: cells.number(row.links), is_number=True),
        Column("Followed", lambda row: cells.number(row.followed_links), is_number=True),
        Column("Finding", lambda row: cells.muted(row.finding), "Of exact keywords alone"),
    ]
    return table(
        Listed(findings.anchor_classes, len(findings.anchor_classes)),
        columns,
        name="classes",
        caption="Classes of words",
        noun="classes",
        command=command(findings, "anchors", "--by", "class", *word_flags(findings)),
    )


def page_columns(target: Target | None) -> list[Column[LinkedPageRow]]:
    """`target` None: pages of others, shown with their host."""

    def page(row: LinkedPageRow) -> Cell:
        shown = (place_in(target, row.url) if target else "") or cells.url(row.url).text
        return Cell("url", shown, shown, cells.linkable(row.url), (row.title or "", ""))

    return [
        Column("Page", page),
        Column("Status", status, "What it answered when it was asked for", is_choice=True),
        Column("Domains", lambda row: cells.number(row.referring_domains), "Domains that link to it", True),
        Column(
            "Followed", lambda row: cells.number(row.followed_referring_domains), "Those with a followed link", True
        ),
        Column("Links", lambda row: cells.number(row.links), is_number=True),
    ]


def pages_table(findings: Findings) -> Table:
    columns: list[Column[LinkedPageRow]] = [
        *page_columns(findings.aim.target),
        Column(
            "By redirect", lambda row: cells.number(row.folded_links), "Links that came by a redirect or copy", True
        ),
        Column(
            "Best linker", lambda row: cells.authority(row.best_authority), "Authority of the strongest domain", True
        ),
        Column("Page authority", lambda row: cells.authority(row.page_authority), "0 to 100 among pages", True),
    ]
    return table(
        findings.pages,
        columns,
        name="pages",
        caption="Pages of the target, the best linked first",
        noun="pages",
        command=command(findings, "pages"),
    )


def rel_tags(row: BacklinkRow) -> Cell:
    if row.followed:
        return cells.tags([("followed", "good")])
    said = (
        ("nofollow", row.nofollow), ("ugc", row.ugc), ("sponsored", row.sponsored), ("page nofollow", row.page_nofollow)
    )  # fmt: skip
    return cells.tags([(name, "") for name, is_said in said if is_said])


def link_place(row: BacklinkRow) -> Cell:
    return cells.tag(f"{row.placement}, sitewide" if row.sitewide else row.placement)


def link_columns(target: Target) -> list[Column[BacklinkRow]]:
    def words(row: BacklinkRow) -> Cell:
        return cells.words(row.anchor_text, row.text_before, row.text_after, is_image=row.kind == "image")

    return [
        Column("From", lambda row: cells.url(row.source_url, row.source_title)),
        Column("Authority", lambda row: cells.authority(row.domain_authority), "Of the linking domain", True),
        Column("Words", words, "The link's words within those around it"),
        Column("To", lambda row: target_cell(target, row.target_url, row.redirect_chain)),
        Column("Follow", rel_tags, is_choice=True),
        Column("Place", link_place, "Where on the page it stands", is_choice=True),
        Column("First seen", lambda row: cells.day(row.first_seen)),
    ]


def links_table(findings: Findings) -> Table:
    columns: list[Column[BacklinkRow]] = [
        *link_columns(findings.aim.target),
        Column(
            "Alike",
            lambda row: cells.number(row.hidden),
            "More links of this domain with the same target and words",
            True,
        ),
    ]
    return table(
        findings.links,
        columns,
        name="links",
        caption="Links to the target; those alike stand as one row",
        noun="links or groups of links alike",
        command=command(findings, "links"),
    )


def new_table(findings: Findings, listed: Listed[BacklinkRow]) -> Table:
    return table(
        listed,
        link_columns(findings.aim.target),
        name="new",
        caption="Links that were not there before",
        noun="new links",
        command=command(findings, "new", *since_flags(findings)),
    )


def since_flags(findings: Findings) -> list[str]:
    return ["--since", findings.wanted.since] if findings.wanted.since else []


def lost_table(findings: Findings) -> Table:
    target = findings.aim.target
    columns: list[Column[LostLinkRow]] = [
        Column("From", lambda row: cells.url(row.source_url)),
        Column("Authority", lambda row: cells.authority(row.domain_authority), "Of the linking domain", True),
        Column("Words", lambda row: cells.anchor(row.anchor_text)),
        Column("To", lambda row: target_cell(target, row.target_url)),
        Column("Was", lambda row: cells.tag("followed" if row.followed else "not followed"), is_choice=True),
        Column("Why", lambda row: cells.tag(row.reason.replace("_", " ")), is_choice=True),
        Column("Missed on", lambda row: cells.day(row.lost_at)),
    ]
    return table(
        findings.lost,
        columns,
        name="lost",
        caption="Links that were there and are gone",
        noun="lost links",
        command=command(findings, "lost", *since_flags(findings)),
    )

"""What a reader should know first: the key figures, and a sentence for each thing worth doing or knowing.

Every sentence is made of numbers that stand further down in the report.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from storage import TargetScope

from ...anchor_class import AnchorClass
from ...wording import plural
from .charts import share_text
from .findings import Findings

GOOD, WARN, BAD = "good", "warn", "bad"
NONE = "–"  # noqa: RUF001 — a dash for the reader's eye


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    under: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """`tone` is that of the label; empty for what is neither good nor bad."""

    label: str
    text: str
    tone: str = ""


def key_figures(findings: Findings) -> list[Figure]:
    links = findings.count("inbound_links")
    followed = int(findings.figure("followed", "followed") or 0)
    domains = findings.count("referring_domains")
    shown = [
        Figure(
            "Linking domains",
            f"{domains:,}",
            f"{findings.count('followed_referring_domains'):,} with a followed link",
        ),
        Figure("Links", f"{links:,}", f"on {plural(findings.count('referring_pages'), 'page')}"),
        Figure("Followed links", share_text(followed, links) or NONE, f"{followed:,} of {links:,}"),
        Figure(
            "Networks they come from",
            f"{findings.count('referring_subnets'):,}",
            f"{findings.count('referring_addresses'):,} different addresses",
        ),
        Figure("Pages linked to", f"{findings.count('linked_pages'):,}", "as the links name them"),
        Figure("Gone pages with links", f"{findings.broken.total:,}", "to be mended"),
        Figure("Lost links", f"{findings.lost.total:,}", _new_text(findings)),
    ]
    return [*_authorities(findings), *shown]


def _new_text(findings: Findings) -> str:
    return "after one crawl" if findings.new is None else f"{findings.new.total:,} new"


def _authorities(findings: Findings) -> Iterator[Figure]:
    page = findings.figure("authority", "page_authority")
    if page is not None:
        yield Figure("Page authority", f"{page:.1f}", "among the pages of this crawl", "of 100")
    value, rank = (findings.figure("authority", name) for name in ("domain_authority", "authority_rank"))
    if value is None or rank is None:
        yield Figure("Authority", NONE, "no score yet: rank again")
        return
    name = "Authority" if findings.aim.target.scope is TargetScope.DOMAIN else "Authority of its domain"
    yield Figure(name, f"{value:.1f}", f"rank {rank:,.0f} of {findings.coverage.ranked_domains or 0:,}", "of 100")


def points(findings: Findings) -> list[Point]:
    return [
        point for made in (_standing, _strongest, _risk, _broken, _lost, _rivals, _flags) for point in made(findings)
    ]


def _standing(findings: Findings) -> Iterator[Point]:
    rank, percentile = (findings.figure("authority", f"authority_{name}") for name in ("rank", "percentile"))
    if rank is None or percentile is None:
        return
    name, known = findings.aim.target.domain, plural(findings.coverage.ranked_domains or 0, "domain")
    if rank == 1:
        yield Point("Standing", f"{name} is the strongest of the {known} that this crawl knows.")
    else:
        how = f"scores higher than {percentile:.0f} % of the others among the {known} that this crawl knows"
        yield Point("Standing", f"{name} {how}.")


def _strongest(findings: Findings) -> Iterator[Point]:
    if not findings.domains.rows:
        yield Point("No links", "No crawled page of another domain links here.")
        return
    best = findings.domains.rows[0]
    if best.domain_authority is not None:
        yield Point(
            "Strongest",
            f"{best.domain} is the strongest domain that links here: authority {best.domain_authority:.1f}, "
            f"{plural(best.links, 'link')}, {best.followed_links or 'none'} followed.",
        )


def _risk(findings: Findings) -> Iterator[Point]:
    exact = next((row for row in findings.anchor_classes if row.anchor_class == AnchorClass.EXACT), None)
    if exact is None:
        return
    finding = exact.finding.removeprefix("fine: ")
    tone = {"alert": BAD, "warning": WARN, "note": WARN, "fine": GOOD}.get(exact.finding.split(":")[0], "")
    yield Point(
        "Words",
        f"{exact.share_percent:.1f} % of linking domains use exactly a keyword as words of a link: {finding}.",
        tone,
    )


def _broken(findings: Findings) -> Iterator[Point]:
    total = findings.broken.total
    if not total:
        return
    is_one = total == 1
    best = findings.broken.rows[0] if findings.broken.rows else None
    most = f" The best linked has {plural(best.referring_domains, 'linking domain')}." if best else ""
    yield Point(
        "To mend",
        f"{plural(total, 'page')} that others link to {'is' if is_one else 'are'} gone.{most} A redirect keeps what "
        f"{'its' if is_one else 'their'} links are worth.",
        BAD,
    )


def since_when(findings: Findings) -> str:
    since = findings.wanted.since
    return f"since {since} (UTC)" if since else "since the last run of the crawl began"


def _lost(findings: Findings) -> Iterator[Point]:
    if findings.new is not None and findings.new.total:
        yield Point("Won", f"{plural(findings.new.total, 'new link')} {since_when(findings)}.", GOOD)
    if findings.lost.total:
        yield Point("Lost", f"{plural(findings.lost.total, 'link')} seen before, and gone now.", WARN)


def _rivals(findings: Findings) -> Iterator[Point]:
    if findings.intersect is not None and findings.intersect.total:
        verb = "links" if findings.intersect.total == 1 else "link"
        yield Point("To win", f"{plural(findings.intersect.total, 'domain')} {verb} to a competitor and not here.")


def _flags(findings: Findings) -> Iterator[Point]:
    flagged = findings.flagged
    if flagged.domains:
        what = f"{plural(flagged.domains, 'linking domain')} with something unusual: {', '.join(flagged.kinds)}."
        yield Point("To look at", f"{what} A flag is a reason to look, not a verdict.", WARN)

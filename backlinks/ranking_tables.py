"""What a ranking came to, and where one domain's authority comes from, for a person and for a program."""

from collections.abc import Iterator
from typing import Any

from graph import Explanation, RankingSummary

from .wording import plural

TOP_COLUMNS = ("rank", "domain", "authority", "pagerank", "referring_domains")
PART_COLUMNS = ("from", "share", "passes", "of_its_pagerank", "its_authority", "splits_over")
CHANGE_COLUMNS = ("domain", "authority", "after", "rank", "rank_after", "pagerank", "pagerank_after")

STORED_DIFFERS = 1e-4  # relative; two rankings of the same links differ by less

Rows = list[tuple[object, ...]]


def top_rows(summary: RankingSummary) -> Rows:
    return [
        (domain.rank, domain.domain, _score(domain.authority), domain.pagerank, domain.referring_domains)
        for domain in summary.top
    ]


def ranking_sentences(summary: RankingSummary) -> Iterator[str]:
    domains, edges = plural(summary.domain_count, "domain"), plural(summary.domain_edge_count, "link")
    yield f"Ranked {domains} by {edges} between them, and {plural(summary.page_count, 'page')}."
    if not summary.is_converged:
        yield f"The scores had not settled after {plural(summary.sweeps, 'sweep')}; raise max_sweeps under [graph]."
    if summary.unknown_trusted:
        yield f"Trusted, but not in this crawl: {', '.join(summary.unknown_trusted)}."
    yield f"Authority is relative to this crawl of {domains}; it is no vendor's score."


def ranking_object(summary: RankingSummary) -> dict[str, Any]:
    return {
        "ranking_id": summary.ranking_id,
        "domains": summary.domain_count,
        "domain_links": summary.domain_edge_count,
        "pages": summary.page_count,
        "page_links": summary.page_edge_count,
        "sweeps": summary.sweeps,
        "is_converged": summary.is_converged,
        "unknown_trusted": list(summary.unknown_trusted),
        "top": [
            {
                "rank": domain.rank,
                "domain": domain.domain,
                "domain_authority": domain.authority,
                "pagerank": domain.pagerank,
                "referring_domains": domain.referring_domains,
            }
            for domain in summary.top
        ],
    }


def explanation_sentences(explanation: Explanation) -> Iterator[str]:
    yield (
        f"{explanation.domain}: authority {explanation.authority:.1f}, rank {explanation.rank:,} of "
        f"{plural(explanation.domain_count, 'domain')}, pagerank {explanation.pagerank:.6g}"
    )
    stored = explanation.stored_pagerank
    if stored is None:
        yield "The file was never ranked; this is what `backlinks rank` would store."
    elif abs(stored - explanation.pagerank) > STORED_DIFFERS * explanation.pagerank:
        yield f"The stored ranking says {stored:.6g}: links changed since, or the options did."


def part_rows(explanation: Explanation, limit: int) -> Rows:
    """Parts that add up: what everyone gets, what each referring domain passes, and the rest of them as one."""
    total = explanation.pagerank
    shown = explanation.contributions[:limit]
    rest = explanation.contributions[limit:]
    rows: Rows = [
        (one.domain, _percent(one.fraction), one.share, one.pagerank, _score(one.authority), one.splits_over)
        for one in shown
    ]
    if rest:
        passed = sum(one.share for one in rest)
        rows.append((f"({len(rest):,} more)", _percent(passed / total), passed, None, None, None))
    for name, passed in (
        ("(every domain's own start)", explanation.teleport),
        ("(spread by domains without links)", explanation.from_dangling),
        ("(spread by nofollow links)", explanation.from_evaporated),
    ):
        if passed:
            rows.append((name, _percent(passed / total), passed, None, None, None))
    return rows


def change_rows(explanation: Explanation) -> Rows:
    return [
        (
            change.domain,
            _score(change.authority[0]),
            _score(change.authority[1]),
            *change.rank,
            *change.pagerank,
        )
        for change in explanation.changes
    ]


def explanation_object(explanation: Explanation) -> dict[str, Any]:
    return {
        "domain": explanation.domain,
        "domain_authority": explanation.authority,
        "pagerank": explanation.pagerank,
        "stored_pagerank": explanation.stored_pagerank,
        "authority_rank": explanation.rank,
        "authority_percentile": explanation.percentile,
        "domains": explanation.domain_count,
        "damping": explanation.damping,
        "teleport": explanation.teleport,
        "from_dangling": explanation.from_dangling,
        "from_evaporated": explanation.from_evaporated,
        "contributions": [
            {
                "domain": one.domain,
                "passes": one.share,
                "fraction": one.fraction,
                "pagerank": one.pagerank,
                "domain_authority": one.authority,
                "splits_over": one.splits_over,
            }
            for one in explanation.contributions
        ],
        "changes": [
            {
                "domain": change.domain,
                "pagerank": list(change.pagerank),
                "domain_authority": list(change.authority),
                "authority_rank": list(change.rank),
            }
            for change in explanation.changes
        ],
    }


def _score(authority: float) -> str:
    return f"{authority:.1f}"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}%"

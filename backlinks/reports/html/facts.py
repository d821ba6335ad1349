"""The report's small print: what it covers, how authority was computed this time, which bounds and points held.

Pairs of a name and a value in words. Not here: the explanations around them (appendix.html).
"""

from collections.abc import Mapping
from typing import Any

from storage import Coverage

from ...options import ReviewOptions, ScoreOptions
from ...wording import moment

Facts = list[tuple[str, str]]

NOFOLLOW = {
    "drop": "not counted",
    "keep": "counted like others",
    "evaporate": "take their share of a domain's score and pass it to nobody",
}
POINTS = (
    ("Authority of the linking domain", "authority_points"),
    ("Authority of the linking page", "page_points"),
    ("Words in common with the target", "relevance_points"),
    ("Place on the page", "placement_points"),
    ("Words of the link", "anchor_points"),
    ("Followed", "followed_points"),
)


def coverage_facts(coverage: Coverage) -> Facts:
    seeds = f" of {coverage.seed_domains:,} asked for" if coverage.seed_domains else ""
    return [
        ("Domains crawled", f"{coverage.domains_crawled:,}{seeds}"),
        ("Pages read", f"{coverage.pages:,}"),
        ("Blocked by robots.txt", f"{coverage.blocked:,} addresses"),
        ("Failed", f"{coverage.failed:,} pages"),
        ("Crawled", _span(coverage)),
        ("Authority computed", f"{_minute(coverage.ranked_at)}, for {coverage.ranked_domains or 0:,} domains"),
    ]


def _span(coverage: Coverage) -> str:
    began = _minute(coverage.began_at)
    if coverage.is_running:
        return f"since {began}, still running"
    ended = _minute(coverage.ended_at)
    return f"{began} to {ended[11:] if ended[:10] == began[:10] else ended}"


def _minute(at: float | None) -> str:
    """To the minute, in UTC."""
    return "not known" if at is None else moment(at)[:16]


def ranking_facts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What the store says of the ranking; a store whose ranking came from elsewhere says less."""
    options, domains = parameters.get("options", {}), parameters.get("domains", {})
    damping = options.get("damping")
    return {
        "damping": "d" if damping is None else f"{damping:g}",
        "jump": "(1 - d)" if damping is None else f"{1 - damping:.4g}",
        "facts": [*_graph(domains), *_choices(options), *_trust(parameters)],
    }


def _graph(domains: Mapping[str, Any]) -> Facts:
    if not domains:
        return []
    how = "converged" if domains.get("is_converged") else "stopped before it converged"
    return [
        ("Domains (N)", f"{domains.get('nodes', 0):,}"),
        ("Links between them", f"{domains.get('edges', 0):,}, each pair of domains counted once"),
        (
            "Iteration",
            f"{how} after {domains.get('sweeps', 0):,} sweeps, last change {domains.get('l1_change', 0):.2g}",
        ),
    ]


def _choices(options: Mapping[str, Any]) -> Facts:
    if not options:
        return [("Settings", "not recorded in this store")]
    excluded, weights = options.get("exclude_domains", []), options.get("placement_weights", {})
    folded = [
        name
        for name, key in (
            ("redirects", "fold_redirects"),
            ("canonical links", "fold_canonicals"),
            ("www", "fold_www"),
            ("http and https", "fold_scheme"),
        )
        if options.get(key)
    ]
    return [
        ("Damping", f"{options['damping']:g}"),
        ("Links that are not followed", NOFOLLOW.get(options.get("nofollow", ""), str(options.get("nofollow")))),
        ("Read as one page", ", ".join(folded) or "nothing"),
        (
            "Worth by place",
            ", ".join(f"{place} {worth:g}" for place, worth in weights.items()) or "the same everywhere",
        ),
        ("Domains left out", f"{len(excluded):,}" if excluded else "none"),
    ]


def _trust(parameters: Mapping[str, Any]) -> Facts:
    trusted = parameters.get("trusted_domains")
    return [("Trust", f"computed from {trusted} domains")] if isinstance(trusted, int) else []


def threshold_facts(options: ReviewOptions) -> Facts:
    return [
        ("Exact keywords, noted above", f"{options.exact_note_percent:g} % of linking domains"),
        ("a warning above", f"{options.exact_warn_percent:g} %"),
        ("an alert above", f"{options.exact_alert_percent:g} %"),
        ("Enough to speak of shares", f"{options.profile_domains:,} linking domains"),
        ("Shared network", f"{options.subnet_domains:,} linking domains in one"),
        ("Identical outbound links", f"sets of {options.identical_targets:,} domains or more"),
        ("Reciprocal", f"{options.reciprocal_percent:g} % of linking domains are linked back"),
        ("Followed only", f"{options.followed_percent:g} % of linking domains have a followed link"),
        ("Same words", f"{options.anchor_percent:g} % of linking domains use the same, the brand apart"),
        (
            "Farm-shaped page",
            f"links to {options.farm_domains:,} domains, {options.farm_percent:g} % of its links leave",
        ),
        ("Trust far below authority", f"below {options.trust_percent:g} % of PageRank, where trust was computed"),
    ]


def weight_facts(options: ScoreOptions) -> Facts:
    return [
        *((name, f"up to {getattr(options, key):g}") for name, key in POINTS),
        ("Full points for words in common", f"from a likeness of {options.relevance_full:g} on"),
        ("By place", _factors(options.placement_factors)),
        ("By class of words", _factors(options.anchor_factors)),
        ("Taken on crowded pages", f"up to {options.dilution_points:g}"),
        ("Crowded is a page", f"from {options.dilution_from:,} linked domains to {options.dilution_full:,}"),
        ("Taken on pages that are not listed", f"{options.unindexable_points:g}"),
        ("Taken for another language", f"{options.language_points:g}"),
    ]


def _factors(factors: Mapping[str, float]) -> str:
    return ", ".join(f"{name} × {factor:g}" for name, factor in factors.items())  # noqa: RUF001 — the sign for times

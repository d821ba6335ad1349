"""Findings to one HTML text that fetches nothing: style and script stand in it, and its policy allows those alone.

Whatever is written passes `printable` and is then escaped, so that nothing from the web is markup, script or an unseen
character; the policy (a hash of our script, a hash of our style, all else forbidden) stands behind that.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from storage import TargetScope

from ...terminal import printable
from ...version import VERSION
from . import charts
from .facts import coverage_facts, ranking_facts, threshold_facts, weight_facts
from .findings import Findings
from .highlights import key_figures, points, since_when
from .profile_tables import (
    anchors_table,
    classes_table,
    domains_table,
    links_table,
    lost_table,
    new_table,
    pages_table,
)
from .tables import Table
from .work_tables import broken_table, compare_table, flags_table, intersect_table, prospects_table, score_table

TEMPLATES = Path(__file__).parent / "templates"

CONTENTS = (
    ("coverage", "Coverage"),
    ("summary", "Summary"),
    ("profile", "At a glance"),
    ("domains", "Linking domains"),
    ("words", "Words of the links"),
    ("pages", "Best pages"),
    ("links", "Links"),
    ("changes", "New and lost"),
    ("broken", "To mend"),
    ("opportunities", "Opportunities"),
    ("scores", "Link quality"),
    ("cautions", "Worth a look"),
    ("appendix", "How it is made"),
)
SPOKEN = {
    TargetScope.DOMAIN: "{}",
    TargetScope.HOST: "the host {}",
    TargetScope.PREFIX: "all pages below {}",
    TargetScope.EXACT: "the page {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands on top. `made_at` is in seconds; `client` and `note` may be empty."""

    title: str
    made_at: float
    client: str = ""
    note: str = ""
    version: str = VERSION


def render(findings: Findings, cover: Cover) -> str:
    template = environment().get_template("report.html")
    return template.render(_frame(cover) | _about(findings) | _profile(findings) | {"tables": tables_of(findings)})


def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalized,
        trim_blocks=True,
    )


def finalized(value: object) -> object:
    """Each value on its way into the page: what is markup of ours stays, all else loses what hides or steers."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(map(printable, value.split("\n")))


def asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy: nothing from anywhere, and of what is inline only these two texts."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _frame(cover: Cover) -> dict[str, Any]:
    script, style = asset("report.js"), asset("report.css")
    return {
        "cover": cover,
        "date": datetime.fromtimestamp(cover.made_at, UTC).date().isoformat(),
        "policy": policy(script, style),
        "script": Markup(script),  # noqa: S704 — our own file
        "style": Markup(style),  # noqa: S704 — our own file
    }


def _about(findings: Findings) -> dict[str, Any]:
    target = findings.aim.target
    present = {"profile": bool(findings.count("inbound_links")), "scores": findings.scores is not None}
    return {
        "findings": findings,
        "about": SPOKEN[target.scope].format(target),
        "kicker": "Backlink report",
        "contents": [(name, title) for name, title in CONTENTS if present.get(name, True)],
        "coverage": coverage_facts(findings.coverage),
        "figures": key_figures(findings),
        "points": points(findings),
        "ranking": ranking_facts(findings.ranking),
        "thresholds": threshold_facts(findings.wanted.review),
        "weights": weight_facts(findings.wanted.score) if findings.scores is not None else [],
        "rivals": ", ".join(str(rival.target) for rival in findings.wanted.rivals),
        "risk": risk_sentence(findings),
        "changes": changes_sentence(findings),
    }


def _profile(findings: Findings) -> dict[str, Any]:
    links, domains = findings.count("inbound_links"), findings.count("referring_domains")
    followed = findings.count("followed_referring_domains")
    *scored, unscored = findings.authorities
    return {
        "links": links,
        "authorities": charts.histogram(scored),
        "authority_summary": _histogram_summary(scored),
        "unranked": f"; {unscored:,} without a score are not drawn" if unscored else "",
        "followed": (
            ("Links", charts.parts([(row.name, int(row.value or 0)) for row in findings.section("followed")])),
            ("Linking domains", charts.parts([("followed", followed), ("not followed", domains - followed)])),
        ),
        "classes": charts.class_bars(findings.anchor_classes, domains),
        "rels": charts.section_bars(findings.section("rel"), links),
        "places": charts.section_bars(findings.section("placement"), links),
        "endings": charts.section_bars(findings.section("tld"), domains),
        "languages": charts.section_bars(findings.section("language"), links),
        "kinds": charts.section_bars(findings.section("kind"), links),
        "line": charts.time_line(findings.timeline),
    }


def _histogram_summary(counts: list[int]) -> str:
    said = (f"{count:,} with {10 * place} to {10 * place + 10}" for place, count in enumerate(counts) if count)
    return f"Linking domains by authority: {', '.join(said) or 'none has a score'}."


def tables_of(findings: Findings) -> dict[str, Table | None]:
    return {
        "domains": domains_table(findings),
        "classes": classes_table(findings),
        "words": anchors_table(findings),
        "pages": pages_table(findings),
        "links": links_table(findings),
        "new": new_table(findings, findings.new) if findings.new is not None else None,
        "lost": lost_table(findings),
        "broken": broken_table(findings),
        "prospects": prospects_table(findings),
        "compare": compare_table(findings) if findings.compared else None,
        "intersect": intersect_table(findings, findings.intersect) if findings.intersect is not None else None,
        "scores": score_table(findings, findings.scores) if findings.scores is not None else None,
        "flags": flags_table(findings),
    }


def risk_sentence(findings: Findings) -> str:
    """What share of exact keywords is called risky, and that nobody knows."""
    bounds = findings.wanted.review
    sentence = (
        f"Shares are of linking domains. Too many links whose words are exactly a keyword look bought; from where on, "
        f"nobody agrees. Here it is noted above {bounds.exact_note_percent:g} %, a warning above "
        f"{bounds.exact_warn_percent:g} % and an alert above {bounds.exact_alert_percent:g} %, from "
        f"{bounds.profile_domains:,} linking domains on."
    )
    if findings.wanted.keywords:
        return sentence
    return f"{sentence} No keywords were given for this report, so no text counts as exact or partial."


def changes_sentence(findings: Findings) -> str:
    lost = f"{findings.lost.total:,} lost"
    if findings.new is None:
        return f"This was the first crawl: new links can be told from the second on. {lost}."
    when = since_when(findings)
    return f"{findings.new.total:,} new {when}; {lost} {when if findings.wanted.since else 'in all runs'}."

"""What a target's own pages link to: other domains, with which words, and what of it is gone.

A page's links are one run of ids, so no index by source is needed. Not here: who links to the target.
"""

from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .target import Aim

HOME = "_home"  # tells the expressions about the target's whole domain from those about the target

OUTLINKS = """
WITH RECURSIVE {reached},
outlink AS (
    SELECT l.id, l.source, l.target, l.anchor, l.rel, l.flags, coalesce(l.first_seen, p.first_fetched_at) AS first_seen
    FROM aim a CROSS JOIN page p ON p.url_id = a.url_id
    CROSS JOIN link l ON l.id BETWEEN p.first_link AND p.first_link + p.link_count - 1
    WHERE l.flags & 16 OR :with_internal
)"""

DOMAINS = """,
{home},
linking (domain_id) AS MATERIALIZED (SELECT DISTINCT source_domain FROM backlink_home),
counted AS MATERIALIZED (
    SELECT h.domain_id, count(*) AS links, sum(x.flags & 15 = 0) AS followed_links, count(DISTINCT x.source) AS pages,
        count(DISTINCT x.target) AS targets, min(x.first_seen) AS first_seen
    FROM outlink x CROSS JOIN url u ON u.id = x.target CROSS JOIN origin o ON o.id = u.origin_id
    CROSS JOIN host h ON h.id = o.host_id GROUP BY 1
)
SELECT d.name AS domain, s.authority AS domain_authority, c.links, c.followed_links, c.pages, c.targets,
    d.pages_crawled > 0 AS crawled,
    c.domain_id IN (SELECT domain_id FROM linking) AS reciprocal,
    datetime(c.first_seen, 'unixepoch') AS first_seen
FROM counted c CROSS JOIN domain d ON d.id = c.domain_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = c.domain_id"""

ANCHORS = """
SELECT coalesce(a.text, '') AS anchor_text, count(*) AS links, sum(x.flags & 15 = 0) AS followed_links,
    count(DISTINCT x.source) AS pages, count(DISTINCT h.domain_id) AS linked_domains
FROM outlink x CROSS JOIN url u ON u.id = x.target CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN host h ON h.id = o.host_id LEFT JOIN anchor a ON a.id = x.anchor
GROUP BY 1"""

BROKEN = """
SELECT so.text || su.path AS source_url, o.text || u.path AS target_url, p.status, p.outcome,
    coalesce(a.text, '') AS anchor_text, x.flags & 15 = 0 AS followed, x.flags >> 4 & 1 AS is_external,
    datetime(p.fetched_at, 'unixepoch') AS fetched_at
FROM outlink x CROSS JOIN page p ON p.url_id = x.target
CROSS JOIN url u ON u.id = x.target CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN url su ON su.id = x.source CROSS JOIN origin so ON so.id = su.origin_id
LEFT JOIN anchor a ON a.id = x.anchor
WHERE p.outcome NOT IN ('ok', 'not_modified', 'redirect', 'not_html', 'robots_denied')"""


class LinkedDomainRow(NamedTuple):
    """`reciprocal`: a link of that domain leads to the target's domain."""

    domain: str
    domain_authority: float | None
    links: int
    followed_links: int
    pages: int
    targets: int
    crawled: int
    reciprocal: int
    first_seen: str


class OutgoingAnchorRow(NamedTuple):
    anchor_text: str
    links: int
    followed_links: int
    pages: int
    linked_domains: int


class BrokenOutlinkRow(NamedTuple):
    """Only of URLs that the crawl asked for; others have no status to know."""

    source_url: str
    target_url: str
    status: int | None
    outcome: str
    anchor_text: str
    followed: int
    is_external: int
    fetched_at: str


def linked_domains_question(aim: Aim) -> Question[LinkedDomainRow]:
    home = aim.at_domain()
    sql = _outlinks(aim) + DOMAINS.format(home=backlinks_sql(home, HOME), ranking=CURRENT_RANKING)
    parameters = aim.bound() | home.bound(HOME)
    return Question(row=LinkedDomainRow, sql=sql, parameters=parameters, sort=("-links", "domain"))


def outgoing_anchors_question(aim: Aim) -> Question[OutgoingAnchorRow]:
    sql = _outlinks(aim) + ANCHORS
    return Question(
        row=OutgoingAnchorRow, sql=sql, parameters=aim.bound(), sort=("-linked_domains", "-links", "anchor_text")
    )


def broken_outlinks_question(aim: Aim) -> Question[BrokenOutlinkRow]:
    sql = _outlinks(aim) + BROKEN
    return Question(row=BrokenOutlinkRow, sql=sql, parameters=aim.bound(), sort=("target_url", "source_url"))


def _outlinks(aim: Aim) -> str:
    return OUTLINKS.format(reached=aim.reached().strip())

"""The pages of a target that are linked to: the best by links, and those that are gone.

A link counts for the page it ends at, after redirects and canonical links. Only what the crawl asked for is known to be
gone: a URL that nobody asked for has no status.
"""

from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .target import Aim

# Ten steps at most, which also ends loops.
LANDING = """
WITH RECURSIVE {backlinks},
landing (target, final) AS MATERIALIZED (
    SELECT t.target, (
        WITH RECURSIVE hop (url_id, step) AS (
            SELECT t.target, 0
            UNION ALL SELECT coalesce(p.redirect_id, p.canonical_id), step + 1
            FROM hop JOIN page p ON p.url_id = hop.url_id
            WHERE coalesce(p.redirect_id, p.canonical_id) <> hop.url_id AND step < 10
        )
        SELECT url_id FROM hop ORDER BY step DESC LIMIT 1)
    FROM (SELECT DISTINCT target FROM backlink) t
),
counted AS MATERIALIZED (
    SELECT d.final, count(DISTINCT b.source_domain) AS referring_domains,
        count(DISTINCT iif(b.flags & 15 = 0, b.source_domain, NULL)) AS followed_referring_domains,
        count(DISTINCT b.source) AS referring_pages, count(*) AS links, sum(b.flags & 15 = 0) AS followed_links,
        sum(b.target <> d.final) AS folded_links, max(s.authority) AS best_authority, min(b.source) AS example
    FROM backlink b CROSS JOIN landing d ON d.target = b.target
    LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = b.source_domain
    GROUP BY d.final
)
SELECT o.text || u.path AS url, c.referring_domains, c.followed_referring_domains, c.referring_pages, c.links,
    c.followed_links, c.folded_links, c.best_authority, ps.authority AS page_authority, p.status, p.outcome, p.title,
    datetime(p.fetched_at, 'unixepoch') AS fetched_at, eo.text || eu.path AS example_source
FROM counted c
CROSS JOIN url u ON u.id = c.final CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN url eu ON eu.id = c.example CROSS JOIN origin eo ON eo.id = eu.origin_id
LEFT JOIN page p ON p.url_id = c.final
LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = c.final"""

# A page that answered with an error, or whose host could not be reached; a passing failure is told apart by its status.
GONE = """
SELECT * FROM ({pages}
) WHERE outcome NOT IN ('ok', 'not_modified', 'redirect', 'not_html', 'robots_denied')"""

DEAD_ELSEWHERE = """
WITH dead AS MATERIALIZED (
    SELECT p.url_id, p.status, p.outcome, p.title, p.fetched_at, h.domain_id
    FROM page p INDEXED BY page_by_outcome CROSS JOIN url u ON u.id = p.url_id CROSS JOIN origin o ON o.id = u.origin_id
    CROSS JOIN host h ON h.id = o.host_id
    WHERE p.outcome IN ('http_error', 'dns_error') AND (p.status IS NULL OR p.status IN (404, 410))
        AND h.domain_id <> :domain_id
),
counted AS MATERIALIZED (
    SELECT l.target AS final, count(DISTINCT h.domain_id) AS referring_domains,
        count(DISTINCT iif(l.flags & 15 = 0, h.domain_id, NULL)) AS followed_referring_domains,
        count(DISTINCT l.source) AS referring_pages, count(*) AS links, sum(l.flags & 15 = 0) AS followed_links,
        0 AS folded_links, max(s.authority) AS best_authority, min(l.source) AS example
    FROM dead d CROSS JOIN link l INDEXED BY link_by_target ON l.target = d.url_id
    CROSS JOIN url u ON u.id = l.source CROSS JOIN origin o ON o.id = u.origin_id CROSS JOIN host h ON h.id = o.host_id
    LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = h.domain_id
    WHERE l.flags & 16 AND h.domain_id <> :domain_id
    GROUP BY l.target
)
SELECT o.text || u.path AS url, c.referring_domains, c.followed_referring_domains, c.referring_pages, c.links,
    c.followed_links, c.folded_links, c.best_authority, ps.authority AS page_authority, p.status, p.outcome, p.title,
    datetime(p.fetched_at, 'unixepoch') AS fetched_at, eo.text || eu.path AS example_source
FROM counted c
CROSS JOIN url u ON u.id = c.final CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN url eu ON eu.id = c.example CROSS JOIN origin eo ON eo.id = eu.origin_id
CROSS JOIN page p ON p.url_id = c.final
LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = c.final"""

MOST_LINKED = ("-referring_domains", "-links", "url")


class LinkedPageRow(NamedTuple):
    """`folded_links` came by a redirect or canonical link; `best_authority` is that of the strongest linking domain.

    `status` and `outcome` are None for a URL that was not asked for.
    """

    url: str
    referring_domains: int
    followed_referring_domains: int
    referring_pages: int
    links: int
    followed_links: int
    folded_links: int
    best_authority: float | None
    page_authority: float | None
    status: int | None
    outcome: str | None
    title: str | None
    fetched_at: str | None
    example_source: str


def linked_pages_question(aim: Aim) -> Question[LinkedPageRow]:
    sql = LANDING.format(backlinks=backlinks_sql(aim), ranking=CURRENT_RANKING)
    return Question(row=LinkedPageRow, sql=sql, parameters=aim.bound(), sort=MOST_LINKED)


def broken_pages_question(aim: Aim) -> Question[LinkedPageRow]:
    sql = GONE.format(pages=LANDING.format(backlinks=backlinks_sql(aim), ranking=CURRENT_RANKING))
    return Question(row=LinkedPageRow, sql=sql, parameters=aim.bound(), sort=MOST_LINKED)


def dead_pages_elsewhere_question(aim: Aim) -> Question[LinkedPageRow]:
    """Pages of other domains that are gone and still linked to, leaving out the target's own links."""
    sql = DEAD_ELSEWHERE.format(ranking=CURRENT_RANKING)
    return Question(row=LinkedPageRow, sql=sql, parameters={"domain_id": aim.domain_id}, sort=MOST_LINKED)

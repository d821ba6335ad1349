"""A target at a glance: its authority, its totals, and how its backlinks divide, as sections of named numbers.

The backlinks are found once and counted many ways. Not here: what the numbers mean (docs/reports.md).
"""

from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .subnets import subnet_of
from .target import Aim, TargetScope

LISTED = 10

BASE = """
WITH RECURSIVE {backlinks},
every AS MATERIALIZED (SELECT * FROM backlink),
total AS MATERIALIZED (
    SELECT count(*) AS links, count(DISTINCT source) AS pages, count(DISTINCT source_domain) AS domains,
        count(DISTINCT source_host) AS hosts, count(DISTINCT target) AS targets, sum(flags & 15 = 0) AS followed
    FROM every
),
voice AS MATERIALIZED (
    SELECT source_domain, count(*) AS links, max(flags & 15 = 0) AS followed FROM every GROUP BY 1
),
place AS MATERIALIZED (
    SELECT DISTINCT h.address FROM (SELECT DISTINCT source_host FROM every) e CROSS JOIN host h ON h.id = e.source_host
    WHERE h.address IS NOT NULL
)
SELECT section, name, value, CASE
    WHEN section IN ('total', 'authority', 'top referring domain') THEN NULL
    WHEN section IN ('anchor', 'page', 'tld') THEN round(100.0 * value / total.domains, 2)
    ELSE round(100.0 * value / total.links, 2) END AS share_percent, number AS place
FROM total JOIN (
"""

SCORED = """
    SELECT 1 AS number, 'authority' AS section, 'domain_authority' AS name, s.authority AS value
    FROM domain_score s WHERE s.ranking_id = {ranking} AND s.domain_id = :domain_id
    UNION ALL SELECT 2, 'authority', 'authority_rank', s.rank
    FROM domain_score s WHERE s.ranking_id = {ranking} AND s.domain_id = :domain_id
    UNION ALL SELECT 3, 'authority', 'authority_percentile', s.percentile
    FROM domain_score s WHERE s.ranking_id = {ranking} AND s.domain_id = :domain_id
    UNION ALL SELECT 4, 'authority', 'pagerank', s.pagerank
    FROM domain_score s WHERE s.ranking_id = {ranking} AND s.domain_id = :domain_id
    UNION ALL SELECT 5, 'authority', 'trust', s.trust
    FROM domain_score s WHERE s.ranking_id = {ranking} AND s.domain_id = :domain_id AND s.trust IS NOT NULL"""

PAGE_SCORED = """
    UNION ALL SELECT 6, 'authority', 'page_authority', max(s.authority)
    FROM page_score s JOIN aim ON s.ranking_id = {ranking} AND s.url_id = aim.url_id HAVING count(*) > 0"""

COUNTED = """
    UNION ALL SELECT 10, 'total', 'inbound_links', links FROM total
    UNION ALL SELECT 11, 'total', 'referring_pages', pages FROM total
    UNION ALL SELECT 12, 'total', 'referring_domains', domains FROM total
    UNION ALL SELECT 13, 'total', 'followed_referring_domains', coalesce(sum(followed), 0) FROM voice
    UNION ALL SELECT 14, 'total', 'referring_hosts', hosts FROM total
    UNION ALL SELECT 15, 'total', 'referring_addresses', count(*) FROM place
    UNION ALL SELECT 16, 'total', 'referring_subnets', count(DISTINCT subnet_of(address)) FROM place
    UNION ALL SELECT 17, 'total', 'linked_pages', targets FROM total
    UNION ALL SELECT 20, 'followed', 'followed', followed FROM total WHERE links
    UNION ALL SELECT 21, 'followed', 'not followed', links - followed FROM total WHERE links
    UNION ALL SELECT 30, 'rel', 'nofollow', sum(flags & 1) FROM every HAVING count(*)
    UNION ALL SELECT 31, 'rel', 'ugc', sum(flags >> 1 & 1) FROM every HAVING count(*)
    UNION ALL SELECT 32, 'rel', 'sponsored', sum(flags >> 2 & 1) FROM every HAVING count(*)
    UNION ALL SELECT 33, 'rel', 'page nofollow', sum(flags >> 3 & 1) FROM every HAVING count(*)
    UNION ALL SELECT 40, 'kind', CASE flags >> 5 & 7 WHEN 0 THEN 'text' WHEN 1 THEN 'image' ELSE 'area' END, count(*)
    FROM every GROUP BY flags >> 5 & 7
    UNION ALL SELECT 50, 'placement', CASE flags >> 8 & 7 WHEN 0 THEN 'content' WHEN 1 THEN 'nav' WHEN 2 THEN 'header'
        WHEN 3 THEN 'footer' WHEN 4 THEN 'aside' ELSE 'comment' END, count(*)
    FROM every GROUP BY flags >> 8 & 7
    UNION ALL SELECT 60, 'language', coalesce(p.language, 'not said'), count(*)
    FROM every e CROSS JOIN page p ON p.url_id = e.source GROUP BY 3
    UNION ALL SELECT 70, 'tld', replace(d.name, rtrim(d.name, replace(d.name, '.', '')), ''), count(*)
    FROM voice v CROSS JOIN domain d ON d.id = v.source_domain GROUP BY 3"""

LISTS = """
    UNION ALL SELECT * FROM (
        SELECT 80, 'anchor', coalesce(a.text, ''), count(DISTINCT e.source_domain) FROM every e
        LEFT JOIN anchor a ON a.id = e.anchor GROUP BY 3 ORDER BY 4 DESC, 3 LIMIT {listed})
    UNION ALL SELECT * FROM (
        SELECT 90, 'page', o.text || u.path, e.domains FROM (
            SELECT target, count(DISTINCT source_domain) AS domains FROM every GROUP BY 1) e
        CROSS JOIN url u ON u.id = e.target CROSS JOIN origin o ON o.id = u.origin_id ORDER BY 4 DESC, 3 LIMIT {listed})
    UNION ALL SELECT * FROM (
        SELECT 100, 'top referring domain', d.name, s.authority FROM voice v
        CROSS JOIN domain d ON d.id = v.source_domain
        LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = v.source_domain
        ORDER BY 4 DESC NULLS LAST, 3 LIMIT {listed})
)"""


class OverviewRow(NamedTuple):
    """`share_percent` is of links, for anchors, pages and TLDs of referring domains. `place` keeps sections in order.

    Top referring domains have their authority as the value.
    """

    section: str
    name: str
    value: float | None
    share_percent: float | None
    place: int


def overview_question(aim: Aim) -> Question[OverviewRow]:
    page = PAGE_SCORED if aim.target.scope is TargetScope.EXACT else ""
    sql = BASE.format(backlinks=backlinks_sql(aim)) + (SCORED + page + COUNTED + LISTS).format(
        ranking=CURRENT_RANKING, listed=LISTED
    )
    return Question(
        row=OverviewRow,
        sql=sql,
        parameters=aim.bound(),
        sort=("place", "-value", "name"),
        functions={"subnet_of": subnet_of},
    )

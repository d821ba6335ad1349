"""When a target's links came and went: one row for each day on which something did.

Not here: which links (backlink_rows.py, change_rows.py).
"""

from typing import NamedTuple

from .backlink_rows import backlinks_sql
from .question import Question
from .target import Aim

TIMELINE = """
WITH RECURSIVE {backlinks},
seen AS MATERIALIZED (
    SELECT b.source_domain, CAST(coalesce(b.first_seen, p.first_fetched_at) / 86400 AS INTEGER) AS day
    FROM backlink b CROSS JOIN page p ON p.url_id = b.source
),
counted (day, links, domains, lost_links) AS (
    SELECT day, count(*), 0, 0 FROM seen GROUP BY day
    UNION ALL
    SELECT day, 0, count(*), 0 FROM (SELECT min(day) AS day FROM seen GROUP BY source_domain) GROUP BY day
    UNION ALL
    SELECT CAST(l.lost_at / 86400 AS INTEGER), 0, 0, count(*)
    FROM reached r CROSS JOIN lost_link l INDEXED BY lost_link_by_target ON l.target = r.url_id
    CROSS JOIN url u ON u.id = l.source CROSS JOIN origin o ON o.id = u.origin_id CROSS JOIN host h ON h.id = o.host_id
    WHERE h.domain_id <> :domain_id OR :with_internal
    GROUP BY 1
)
SELECT date(day * 86400, 'unixepoch') AS day, sum(links) AS links, sum(domains) AS domains,
    sum(lost_links) AS lost_links
FROM counted GROUP BY counted.day"""


class TimelineRow(NamedTuple):
    """`links` and `domains` that are there now count on the day of their first sight, `lost_links` when missed."""

    day: str
    links: int
    domains: int
    lost_links: int


def timeline_question(aim: Aim) -> Question[TimelineRow]:
    return Question(
        row=TimelineRow, sql=TIMELINE.format(backlinks=backlinks_sql(aim)), parameters=aim.bound(), sort=("day",)
    )

"""Linking domains worth a person's look: one row for each flag, with its evidence and the threshold it passed.

A flag is a reason to look, never a verdict. Each threshold is bound, so it can be seen and changed.

Not here: what a person decided (reviews.py).
"""

from collections.abc import Mapping
from typing import NamedTuple

from .anchor_rows import ClassOf
from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .reciprocity import LINKED_BACK
from .subnets import subnet_of
from .target import Aim

FLAGS = """
WITH RECURSIVE {backlinks},
{linked_back},
every AS MATERIALIZED (SELECT * FROM backlink),
voice AS MATERIALIZED (
    SELECT source_domain AS domain_id, count(*) AS links, max(flags & 15 = 0) AS followed FROM every GROUP BY 1
),
total AS MATERIALIZED (SELECT count(*) AS domains, sum(followed) AS followed FROM voice),
placed AS MATERIALIZED (
    SELECT DISTINCT e.source_domain AS domain_id, subnet_of(h.address) AS subnet
    FROM (SELECT DISTINCT source_domain, source_host FROM every) e CROSS JOIN host h ON h.id = e.source_host
    WHERE h.address IS NOT NULL
),
crowded AS MATERIALIZED (
    SELECT subnet, count(*) AS domains FROM placed GROUP BY 1 HAVING count(*) >= :subnet_domains
),
outlinks AS MATERIALIZED (
    SELECT domain_id, group_concat(target, ' ') AS targets, count(*) AS target_count FROM (
        SELECT v.domain_id, e.target FROM voice v CROSS JOIN domain_edge e ON e.source = v.domain_id
        WHERE e.target <> v.domain_id ORDER BY v.domain_id, e.target
    ) GROUP BY domain_id HAVING count(*) >= :identical_targets
),
twins AS MATERIALIZED (SELECT targets, count(*) AS domains FROM outlinks GROUP BY 1 HAVING count(*) > 1),
mutual AS MATERIALIZED (
    SELECT domain_id FROM voice WHERE domain_id IN (SELECT domain_id FROM linked_back)
),
spoken AS MATERIALIZED (
    SELECT coalesce(a.text, '') AS words, e.source_domain AS domain_id
    FROM every e LEFT JOIN anchor a ON a.id = e.anchor WHERE e.flags >> 5 & 7 <> 1 AND a.text <> '' GROUP BY 1, 2
),
favoured AS MATERIALIZED (
    SELECT words, count(*) AS domains FROM spoken CROSS JOIN total
    WHERE total.domains >= :profile_domains AND anchor_class(words, 0) IN ('exact', 'partial', 'other', 'compound')
    GROUP BY words HAVING 100.0 * count(*) / max(total.domains) > :anchor_percent
),
flagged (domain_id, flag, evidence, threshold) AS (
    SELECT p.domain_id, 'shared network', c.domains || ' linking domains in ' || c.subnet,
        :subnet_domains || ' linking domains in one network'
    FROM placed p JOIN crowded c ON c.subnet = p.subnet
    UNION ALL
    SELECT o.domain_id, 'identical outbound links', t.domains || ' linking domains link to the same '
        || o.target_count || ' domains', :identical_targets || ' or more domains, and no other'
    FROM outlinks o JOIN twins t ON t.targets = o.targets
    UNION ALL
    SELECT m.domain_id, 'reciprocal', (SELECT count(*) FROM mutual) || ' of ' || total.domains
        || ' linking domains are linked back', :reciprocal_percent || ' % of linking domains'
    FROM mutual m CROSS JOIN total
    WHERE total.domains >= :profile_domains
        AND 100.0 * (SELECT count(*) FROM mutual) / total.domains > :reciprocal_percent
    UNION ALL
    SELECT v.domain_id, 'followed only',
        total.followed || ' of ' || total.domains || ' linking domains have a followed link',
        :followed_percent || ' % of linking domains'
    FROM voice v CROSS JOIN total
    WHERE v.followed AND total.domains >= :profile_domains
        AND 100.0 * total.followed / total.domains > :followed_percent
    UNION ALL
    SELECT s.domain_id, 'anchor concentration',
        f.domains || ' of ' || total.domains || ' linking domains say "' || f.words || '"',
        :anchor_percent || ' % of linking domains'
    FROM favoured f JOIN spoken s ON s.words = f.words CROSS JOIN total
    UNION ALL
    SELECT e.source_domain, 'farm-shaped page', max(p.external_link_count) || ' links to ' || p.external_domain_count
        || ' other domains and ' || (p.link_count - p.external_link_count) || ' internal ones on ' || o.text || u.path,
        :farm_domains || ' other domains or more, and ' || :farm_percent || ' % of links external'
    FROM (SELECT DISTINCT source_domain, source FROM every) e CROSS JOIN page p ON p.url_id = e.source
    CROSS JOIN url u ON u.id = e.source CROSS JOIN origin o ON o.id = u.origin_id
    WHERE p.external_domain_count >= :farm_domains AND 100.0 * p.external_link_count >= :farm_percent * p.link_count
    GROUP BY e.source_domain
    UNION ALL
    SELECT v.domain_id, 'trust far below authority', 'trust ' || printf('%.3g', s.trust) || ', pagerank '
        || printf('%.3g', s.pagerank), 'trust below ' || :trust_percent || ' % of pagerank'
    FROM voice v JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = v.domain_id
    WHERE s.trust IS NOT NULL AND 100.0 * s.trust < :trust_percent * s.pagerank
)
SELECT d.name AS domain, s.authority AS domain_authority, v.links, f.flag, f.evidence, f.threshold,
    (SELECT count(DISTINCT g.flag) FROM flagged g WHERE g.domain_id = f.domain_id) AS flags,
    coalesce(r.state, '') AS state, coalesce(r.note, '') AS note
FROM flagged f CROSS JOIN domain d ON d.id = f.domain_id
CROSS JOIN voice v ON v.domain_id = f.domain_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = f.domain_id
LEFT JOIN review r ON r.target_domain = :target_domain AND r.source = d.name"""


class ReviewRow(NamedTuple):
    """`flags` is how many different ones the domain has; `state` and `note` are a person's, empty until one decides."""

    domain: str
    domain_authority: float | None
    links: int
    flag: str
    evidence: str
    threshold: str
    flags: int
    state: str
    note: str


def review_question(aim: Aim, thresholds: Mapping[str, float], *, class_of: ClassOf) -> Question[ReviewRow]:
    """`thresholds` are the bound numbers of the SQL; `class_of` tells the brand's words from others (AnchorJudge)."""
    return Question(
        row=ReviewRow,
        sql=FLAGS.format(backlinks=backlinks_sql(aim), linked_back=LINKED_BACK, ranking=CURRENT_RANKING),
        parameters={**aim.bound(), **thresholds, "target_domain": aim.target.domain},
        sort=("-flags", "domain", "flag"),
        functions={"subnet_of": subnet_of, "anchor_class": class_of},
    )

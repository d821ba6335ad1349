"""Several targets beside each other: who links to rivals and not to me, who links both ways, and who has how much.

Each target's backlinks are found on their own; the expressions are told apart by a number.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .reciprocity import LINKED_BACK
from .subnets import subnet_of
from .target import Aim
from .where import Value

VOICE = """
voice{n} AS MATERIALIZED (
    SELECT source_domain, count(*) AS links, sum(flags & 15 = 0) AS followed_links FROM backlink{n} GROUP BY 1
)"""

INTERSECT = """
WITH RECURSIVE {expressions},
voice (target, domain_id, links, followed_links) AS (
{voices}
)
SELECT d.name AS domain, s.authority AS domain_authority, count(*) AS targets, sum(v.links) AS links,
    sum(v.followed_links) AS followed_links, group_concat(v.target, ' ') AS linked_targets,
    d.pages_crawled AS pages_crawled,
    (SELECT count(*) FROM domain_edge e WHERE e.source = d.id AND e.target <> d.id) AS linked_domains
FROM voice v CROSS JOIN domain d ON d.id = v.domain_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = d.id
WHERE v.domain_id NOT IN ({excluded})
GROUP BY v.domain_id HAVING count(*) >= :least"""

COMPARE = """
WITH RECURSIVE {expressions},
every (number, source, source_host, source_domain, flags) AS MATERIALIZED (
{links}
),
shared AS MATERIALIZED (
    SELECT source_domain, count(DISTINCT number) AS targets FROM every GROUP BY 1
),
named (number, target, domain_id) AS (VALUES {names}),
counted AS MATERIALIZED (
    SELECT e.number, count(*) AS links, sum(flags & 15 = 0) AS followed_links, count(DISTINCT source) AS pages,
        count(DISTINCT e.source_domain) AS domains,
        count(DISTINCT iif(flags & 15 = 0, e.source_domain, NULL)) AS followed_domains,
        count(DISTINCT h.address) AS addresses, count(DISTINCT subnet_of(h.address)) AS subnets,
        count(DISTINCT iif(s.targets = 1, e.source_domain, NULL)) AS only_here,
        count(DISTINCT iif(s.targets = :target_count, e.source_domain, NULL)) AS common
    FROM every e CROSS JOIN shared s ON s.source_domain = e.source_domain CROSS JOIN host h ON h.id = e.source_host
    GROUP BY e.number
)
SELECT n.target, s.authority AS domain_authority, s.rank AS authority_rank, coalesce(c.links, 0) AS links,
    coalesce(c.followed_links, 0) AS followed_links, coalesce(c.pages, 0) AS referring_pages,
    coalesce(c.domains, 0) AS referring_domains, coalesce(c.followed_domains, 0) AS followed_referring_domains,
    coalesce(c.addresses, 0) AS addresses, coalesce(c.subnets, 0) AS subnets,
    coalesce(c.only_here, 0) AS domains_only_here, coalesce(c.common, 0) AS domains_common_to_all
FROM named n LEFT JOIN counted c ON c.number = n.number
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = n.domain_id"""

RECIPROCAL = """
WITH RECURSIVE {backlinks},
{linked_back},
coming AS MATERIALIZED (
    SELECT source_domain AS domain_id, count(*) AS links, sum(flags & 15 = 0) AS followed_links,
        count(DISTINCT source) AS pages
    FROM backlink GROUP BY 1
),
going AS MATERIALIZED (
    SELECT n.domain_id, count(*) AS links, sum(x.flags & 15 = 0) AS followed_links, count(DISTINCT x.source) AS pages
    FROM leaving x JOIN landed n ON n.target = x.target GROUP BY 1
)
SELECT d.name AS domain, s.authority AS domain_authority, i.links AS links_in, i.followed_links AS followed_links_in,
    i.pages AS pages_in, x.links AS links_out, x.followed_links AS followed_links_out, x.pages AS pages_out
FROM coming i JOIN going x ON x.domain_id = i.domain_id
CROSS JOIN domain d ON d.id = i.domain_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = i.domain_id"""


class IntersectRow(NamedTuple):
    """`targets` of those asked about are linked to; `linked_targets` names them."""

    domain: str
    domain_authority: float | None
    targets: int
    links: int
    followed_links: int
    linked_targets: str
    pages_crawled: int
    linked_domains: int


class CompareRow(NamedTuple):
    """`domains_only_here`: linking domains that link to none of the other targets."""

    target: str
    domain_authority: float | None
    authority_rank: int | None
    links: int
    followed_links: int
    referring_pages: int
    referring_domains: int
    followed_referring_domains: int
    addresses: int
    subnets: int
    domains_only_here: int
    domains_common_to_all: int


class ReciprocalRow(NamedTuple):
    """Counts between the two registrable domains; like backlinks, links count for all that they lead to."""

    domain: str
    domain_authority: float | None
    links_in: int
    followed_links_in: int
    pages_in: int
    links_out: int
    followed_links_out: int
    pages_out: int


def _bound(aims: Sequence[Aim]) -> dict[str, Value]:
    parameters: dict[str, Value] = {}
    for number, aim in enumerate(aims):
        parameters |= aim.bound(str(number)) | {f"name{number}": str(aim.target)}
    return parameters


def intersect_question(me: Aim | None, rivals: Sequence[Aim], *, least: int | None = None) -> Question[IntersectRow]:
    """Domains that link to at least `least` (None: all) of the rivals and not to me; none of the targets themselves."""
    aims = [*rivals, me] if me else [*rivals]
    expressions = [f"{backlinks_sql(aim, str(n))},{VOICE.format(n=n)}" for n, aim in enumerate(aims)]
    voices = (
        f"    SELECT :name{n}, source_domain, links, followed_links FROM voice{n}"  # noqa: S608 — numbers of ours
        for n in range(len(rivals))
    )
    excluded = [f"SELECT :domain_id{n}" for n in range(len(aims))]
    if me:
        excluded.append(f"SELECT source_domain FROM voice{len(rivals)}")  # noqa: S608 — a number of ours
    sql = INTERSECT.format(
        expressions=",\n".join(expressions),
        voices="\n    UNION ALL\n".join(voices),
        excluded=" UNION ALL ".join(excluded),
        ranking=CURRENT_RANKING,
    )
    parameters = _bound(aims) | {"least": len(rivals) if least is None else least}
    return Question(row=IntersectRow, sql=sql, parameters=parameters, sort=("-targets", "-domain_authority", "domain"))


def compare_question(aims: Sequence[Aim]) -> Question[CompareRow]:
    links = (
        f"    SELECT {n}, source, source_host, source_domain, flags FROM backlink{n}"  # noqa: S608 — numbers of ours
        for n in range(len(aims))
    )
    sql = COMPARE.format(
        expressions=",\n".join(backlinks_sql(aim, str(n)) for n, aim in enumerate(aims)),
        links="\n    UNION ALL\n".join(links),
        names=", ".join(f"({n}, :name{n}, :domain_id{n})" for n in range(len(aims))),
        ranking=CURRENT_RANKING,
    )
    return Question(
        row=CompareRow,
        sql=sql,
        parameters=_bound(aims) | {"target_count": len(aims)},
        sort=("-domain_authority", "-referring_domains", "target"),
        functions={"subnet_of": subnet_of},
    )


def reciprocal_question(aim: Aim) -> Question[ReciprocalRow]:
    """`aim` is at a domain."""
    sql = RECIPROCAL.format(backlinks=backlinks_sql(aim), linked_back=LINKED_BACK, ranking=CURRENT_RANKING)
    return Question(row=ReciprocalRow, sql=sql, parameters=aim.bound(), sort=("-domain_authority", "domain"))

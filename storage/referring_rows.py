"""Who links to a target: one row for each domain, or for each address.

Not here: the links themselves (backlink_rows.py).
"""

from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .reciprocity import LINKED_BACK
from .subnets import subnet_of
from .target import Aim

REFERRING_DOMAINS = """
WITH RECURSIVE {backlinks},
{linked_back},
counted AS MATERIALIZED (
    SELECT b.source_domain AS domain_id, count(*) AS links, sum(b.flags & 15 = 0) AS followed_links,
        sum(b.flags & 1) AS nofollow_links, sum(b.flags >> 1 & 1) AS ugc_links,
        sum(b.flags >> 2 & 1) AS sponsored_links,
        sum(CAST(coalesce(b.first_seen, p.first_fetched_at) AS INTEGER) >= :new_since) AS new_links,
        count(DISTINCT b.source) AS pages, count(DISTINCT b.target) AS target_pages,
        min(coalesce(b.first_seen, p.first_fetched_at)) AS first_seen, max(p.seen_at) AS last_seen
    FROM backlink b CROSS JOIN page p ON p.url_id = b.source
    GROUP BY b.source_domain
),
gone (domain_id, links) AS MATERIALIZED (
    SELECT h.domain_id, count(*)
    FROM reached r CROSS JOIN lost_link l INDEXED BY lost_link_by_target ON l.target = r.url_id
    CROSS JOIN url u ON u.id = l.source CROSS JOIN origin o ON o.id = u.origin_id CROSS JOIN host h ON h.id = o.host_id
    WHERE h.domain_id <> :domain_id GROUP BY 1
)
SELECT d.name AS domain, s.authority AS domain_authority, s.rank AS authority_rank,
    c.links, c.followed_links, c.nofollow_links, c.ugc_links, c.sponsored_links, c.new_links,
    coalesce(g.links, 0) AS lost_links, c.pages, c.target_pages, d.pages_crawled AS pages_crawled,
    (SELECT count(*) FROM domain_edge e WHERE e.source = c.domain_id AND e.target <> c.domain_id) AS linked_domains,
    c.domain_id IN (SELECT domain_id FROM linked_back) AS reciprocal,
    datetime(c.first_seen, 'unixepoch') AS first_seen, datetime(c.last_seen, 'unixepoch') AS last_seen
FROM counted c
CROSS JOIN domain d ON d.id = c.domain_id
LEFT JOIN gone g ON g.domain_id = c.domain_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = c.domain_id"""

ADDRESSES = """
WITH RECURSIVE {backlinks},
counted AS MATERIALIZED (
    SELECT h.address, count(*) AS links, sum(b.flags & 15 = 0) AS followed_links, count(DISTINCT b.source) AS pages,
        count(DISTINCT b.source_domain) AS referring_domains, count(DISTINCT b.source_host) AS hosts
    FROM backlink b CROSS JOIN host h ON h.id = b.source_host
    GROUP BY h.address
),
owned AS MATERIALIZED (
    SELECT DISTINCT h.address, d.name FROM (SELECT DISTINCT source_host, source_domain FROM backlink) b
    CROSS JOIN host h ON h.id = b.source_host CROSS JOIN domain d ON d.id = b.source_domain
),
networks AS MATERIALIZED (
    SELECT subnet_of(address) AS subnet, count(DISTINCT name) AS domains FROM owned GROUP BY 1
)
SELECT c.address, n.subnet, c.referring_domains, n.domains AS subnet_domains, c.hosts, c.pages, c.links,
    c.followed_links, (SELECT group_concat(name, ' ') FROM (
        SELECT name FROM owned o WHERE o.address IS c.address ORDER BY name LIMIT 10)) AS domains
FROM counted c LEFT JOIN networks n ON n.subnet IS subnet_of(c.address)"""


class ReferringDomainRow(NamedTuple):
    """`new_links` were first seen in the last run, `lost_links` ever. `linked_domains`: how many others its links name.

    `reciprocal`: a link of the target's own domain leads to it.
    """

    domain: str
    domain_authority: float | None
    authority_rank: int | None
    links: int
    followed_links: int
    nofollow_links: int
    ugc_links: int
    sponsored_links: int
    new_links: int
    lost_links: int
    pages: int
    target_pages: int
    pages_crawled: int
    linked_domains: int
    reciprocal: int
    first_seen: str
    last_seen: str | None


class AddressRow(NamedTuple):
    """The address that a host answered from last; None for hosts whose name was never resolved. Ten domains at most."""

    address: str | None
    subnet: str | None
    referring_domains: int
    subnet_domains: int
    hosts: int
    pages: int
    links: int
    followed_links: int
    domains: str


def referring_domains_question(aim: Aim, *, new_since: int) -> Question[ReferringDomainRow]:
    """`new_since` in seconds."""
    return Question(
        row=ReferringDomainRow,
        sql=REFERRING_DOMAINS.format(backlinks=backlinks_sql(aim), linked_back=LINKED_BACK, ranking=CURRENT_RANKING),
        parameters={**aim.bound(), "new_since": new_since},
        sort=("-domain_authority", "-links", "domain"),
    )


def addresses_question(aim: Aim) -> Question[AddressRow]:
    return Question(
        row=AddressRow,
        sql=ADDRESSES.format(backlinks=backlinks_sql(aim)),
        parameters=aim.bound(),
        sort=("-referring_domains", "-links", "address"),
        functions={"subnet_of": subnet_of},
    )

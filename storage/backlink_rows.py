"""One row for each link that leads to a target from another domain.

The narrow part, BACKLINKS, is shared by every report about a target: it finds the links by the index on their targets
and says which host and domain each comes from. The wide part joins what a person wants to read beside each.

Not here: counting by domain or by words (referring_rows.py, anchor_rows.py).
"""

from typing import NamedTuple

from .question import Question
from .target import Aim

SITEWIDE_PAGES = 20
SITEWIDE_LEAST = 3

Flag = int
"""0 or 1, as in the views."""

# A link that is internal by its flag still comes from another domain when its target redirects out of it.
# The odds are a hint: with low ones SQLite does not expect so many rows that it reads whole tables first, for Bloom
# filters. They must not be low where two such expressions are joined: it would see no need of an index between them.
BACKLINKS = """
{reached},
backlink{n} (link_id, source, target, anchor, rel, flags, first_seen, source_host, source_domain) AS (
    SELECT {l}.id, {l}.source, {l}.target, {l}.anchor, {l}.rel, {l}.flags, {l}.first_seen, so.host_id, sh.domain_id
    FROM {found} CROSS JOIN url su ON su.id = {l}.source CROSS JOIN origin so ON so.id = su.origin_id
    CROSS JOIN host sh ON sh.id = so.host_id
    WHERE likelihood({l}.flags & 16 OR :with_internal{n} OR (
            SELECT tp.redirect_id IS NOT NULL OR tp.canonical_id IS NOT NULL FROM page tp WHERE tp.url_id = {l}.target
        ), {odds})
        AND (sh.domain_id <> :domain_id{n} OR :with_internal{n})
)"""

FOUND = "reached{n} r CROSS JOIN link l INDEXED BY link_by_target ON l.target = r.url_id"
# The index finds links in the order of their targets. Sorted by source, what is looked up of each lies side by side:
# an eighth less time for 100,000 links, though sorting them takes some. LIMIT -1 keeps SQLite from dropping the order.
FOUND_IN_ORDER = f"(SELECT l.* FROM {FOUND} ORDER BY l.source LIMIT -1) found"  # noqa: S608 — our own SQL

CURRENT_RANKING = "(SELECT id FROM ranking WHERE is_current)"

# Where a link's target leads, each step after an arrow, at most ten; UNION keeps each once, which also ends loops.
CHAIN = """
CASE WHEN tp.redirect_id IS NOT NULL OR tp.canonical_id IS NOT NULL THEN (
    WITH RECURSIVE hop (url_id, how) AS (
        SELECT coalesce(tp.redirect_id, tp.canonical_id), iif(tp.redirect_id IS NULL, 'canonical', tp.status)
        UNION
        SELECT coalesce(p.redirect_id, p.canonical_id), iif(p.redirect_id IS NULL, 'canonical', p.status)
        FROM hop JOIN page p ON p.url_id = hop.url_id
        WHERE coalesce(p.redirect_id, p.canonical_id) <> hop.url_id
        LIMIT 10
    )
    SELECT group_concat('→ ' || coalesce(how, 'redirect') || ' ' || o.text || u.path, ' ')
    FROM hop JOIN url u ON u.id = hop.url_id JOIN origin o ON o.id = u.origin_id
    WHERE hop.url_id <> b.target
) END"""

LINKS = """
WITH RECURSIVE {backlinks},
numbered AS (
    SELECT *, dense_rank() OVER (PARTITION BY source_domain, target, anchor ORDER BY source) AS page_number
    FROM backlink
),
alike AS (
    SELECT *, max(page_number) OVER (PARTITION BY source_domain, target, anchor) AS page_count FROM numbered
)
SELECT so.text || su.path AS source_url, p.title AS source_title, sd.name AS source_domain,
    ds.authority AS domain_authority, ps.authority AS page_authority,
    tor.text || tu.path AS target_url, {chain} AS redirect_chain, coalesce(a.text, '') AS anchor_text,
    lt.before AS text_before, lt.after AS text_after, coalesce(r.text, '') AS rel, b.flags & 15 = 0 AS followed,
    b.flags & 1 AS nofollow, b.flags >> 1 & 1 AS ugc, b.flags >> 2 & 1 AS sponsored, b.flags >> 3 & 1 AS page_nofollow,
    CASE b.flags >> 5 & 7 WHEN 0 THEN 'text' WHEN 1 THEN 'image' ELSE 'area' END AS kind,
    CASE b.flags >> 8 & 7 WHEN 0 THEN 'content' WHEN 1 THEN 'nav' WHEN 2 THEN 'header' WHEN 3 THEN 'footer'
        WHEN 4 THEN 'aside' ELSE 'comment' END AS placement,
    (b.page_count >= {least} AND b.page_count * 2 > sd.pages_crawled)
        OR (b.page_count >= {many} AND b.flags >> 8 & 7 BETWEEN 1 AND 4) AS sitewide,
    b.page_count AS same_link_pages, p.external_link_count AS external_links,
    p.external_domain_count AS external_domains,
    p.status AS source_status, p.outcome AS source_outcome, p.noindex AS noindex,
    (SELECT co.text || cu.path FROM url cu JOIN origin co ON co.id = cu.origin_id WHERE cu.id = p.canonical_id)
        AS canonical_url,
    p.language AS language, sh.address AS address,
    datetime(coalesce(b.first_seen, p.first_fetched_at), 'unixepoch') AS first_seen,
    datetime(p.seen_at, 'unixepoch') AS last_seen, 0 AS hidden
FROM alike b
CROSS JOIN page p ON p.url_id = b.source
CROSS JOIN url su ON su.id = b.source
CROSS JOIN origin so ON so.id = su.origin_id
CROSS JOIN host sh ON sh.id = b.source_host
CROSS JOIN domain sd ON sd.id = b.source_domain
CROSS JOIN url tu ON tu.id = b.target
CROSS JOIN origin tor ON tor.id = tu.origin_id
LEFT JOIN page tp ON tp.url_id = b.target
LEFT JOIN anchor a ON a.id = b.anchor
LEFT JOIN rel r ON r.id = b.rel
LEFT JOIN link_text lt ON lt.link_id = b.link_id
LEFT JOIN domain_score ds ON ds.ranking_id = {ranking} AND ds.domain_id = b.source_domain
LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = b.source"""

GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "similar": ("source_domain", "target_url", "anchor_text", "followed"),
    "one-per-domain": ("source_domain",),
}
BEST_OF_GROUP = (
    "followed DESC, page_authority DESC NULLS LAST, source_url, target_url, anchor_text, kind, placement, rel"
)


class BacklinkRow(NamedTuple):
    """Moments are UTC. `hidden` counts the rows that grouping left out; `sitewide` is explained in docs/reports.md."""

    source_url: str
    source_title: str | None
    source_domain: str
    domain_authority: float | None
    page_authority: float | None
    target_url: str
    redirect_chain: str | None
    anchor_text: str
    text_before: str | None
    text_after: str | None
    rel: str
    followed: Flag
    nofollow: Flag
    ugc: Flag
    sponsored: Flag
    page_nofollow: Flag
    kind: str
    placement: str
    sitewide: Flag
    same_link_pages: int
    external_links: int
    external_domains: int
    source_status: int | None
    source_outcome: str
    noindex: Flag
    canonical_url: str | None
    language: str | None
    address: str | None
    first_seen: str
    last_seen: str | None
    hidden: int


def backlinks_sql(aim: Aim, number: str = "", *, is_listed: bool = False) -> str:
    """The expressions up to backlink, to stand after WITH RECURSIVE; `is_listed` when all of each link is looked up."""
    found, link, odds = (FOUND_IN_ORDER, "found", "0.000001") if is_listed else (FOUND, "l", "0.5")
    found = found.format(n=number)
    return BACKLINKS.format(reached=aim.reached(number).strip(), n=number, found=found, l=link, odds=odds).strip()


def links_question(aim: Aim, *, group: str = "all") -> Question[BacklinkRow]:
    """`group` is a key of GROUPS."""
    sql = LINKS.format(
        backlinks=backlinks_sql(aim, is_listed=True),
        chain=CHAIN.strip(),
        ranking=CURRENT_RANKING,
        least=SITEWIDE_LEAST,
        many=SITEWIDE_PAGES,
    )
    return Question(
        row=BacklinkRow,
        sql=sql,
        parameters=aim.bound(),
        sort=("-domain_authority", "source_domain", "source_url", "target_url"),
        group_by=GROUPS[group],
        best=BEST_OF_GROUP,
    )

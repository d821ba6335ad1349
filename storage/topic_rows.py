"""Pages found by their words: those that collect links on a topic, and those that name a name and do not link.

These look at every page of the store that may fit, for words have no index; what was kept of a page's text is its
beginning ([storage] keep_text_characters).
"""

from collections.abc import Callable
from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING
from .question import Question
from .target import Aim

CountWords = Callable[[str, bytes | None], int]
"""How many of the wanted words the title and heading, and the kept text (zlib), have."""

FindName = Callable[[str, bytes | None], str | None]
"""The words around the first mention; None without one."""

HEAD = """coalesce(p.title, '') || ' ' || coalesce(p.heading, '') || ' ' || coalesce(p.description, '')"""

RESOURCES = """
SELECT o.text || u.path AS url, p.title, d.name AS domain, s.authority AS domain_authority,
    ps.authority AS page_authority, p.external_domain_count AS external_domains,
    p.external_link_count AS external_links,
    p.link_count - p.external_link_count AS internal_links, topic_words(
        {head}, NULL) AS title_words,
    topic_words({head}, t.text)
        AS topic_words,
    list_like(coalesce(p.title, '') || ' ' || u.path) AS list_like, p.noindex, p.language
FROM page p CROSS JOIN url u ON u.id = p.url_id CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN host h ON h.id = o.host_id CROSS JOIN domain d ON d.id = h.domain_id
LEFT JOIN page_text t ON t.url_id = p.url_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = d.id
LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = p.url_id
WHERE p.external_domain_count >= :least_domains AND p.outcome IN ('ok', 'not_modified')
    AND topic_words({head}, t.text)
        = :word_count"""

MENTIONS = """
{linking}
SELECT o.text || u.path AS url, p.title, d.name AS domain, s.authority AS domain_authority,
    ps.authority AS page_authority,
    mention({head}, t.text) AS words,
    {domain_links} AS domain_links, p.language, datetime(p.seen_at, 'unixepoch') AS last_seen
FROM page p CROSS JOIN url u ON u.id = p.url_id CROSS JOIN origin o ON o.id = u.origin_id
CROSS JOIN host h ON h.id = o.host_id CROSS JOIN domain d ON d.id = h.domain_id
LEFT JOIN page_text t ON t.url_id = p.url_id
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = d.id
LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = p.url_id
WHERE p.outcome IN ('ok', 'not_modified') AND {unlinked}
    mention({head}, t.text)
        IS NOT NULL"""

LINKING = """
WITH RECURSIVE {reached},
linking (url_id, domain_id) AS MATERIALIZED (
    SELECT DISTINCT l.source, h.domain_id
    FROM reached r CROSS JOIN link l INDEXED BY link_by_target ON l.target = r.url_id
    CROSS JOIN url u ON u.id = l.source CROSS JOIN origin o ON o.id = u.origin_id CROSS JOIN host h ON h.id = o.host_id
)"""


class ResourceRow(NamedTuple):
    """`list_like`: title or address says links, resources, directory or the like; `topic_words` were found in all."""

    url: str
    title: str | None
    domain: str
    domain_authority: float | None
    page_authority: float | None
    external_domains: int
    external_links: int
    internal_links: int
    title_words: int
    topic_words: int
    list_like: int
    noindex: int
    language: str | None


class MentionRow(NamedTuple):
    """`words` stand around the mention; `domain_links`: another page of that domain does link to the target."""

    url: str
    title: str | None
    domain: str
    domain_authority: float | None
    page_authority: float | None
    words: str
    domain_links: int
    language: str | None
    last_seen: str | None


def resources_question(
    count_words: CountWords, list_like: Callable[[str], int], *, word_count: int, least_domains: int
) -> Question[ResourceRow]:
    """Pages that have all of the topic's `word_count` words and link to `least_domains` other domains or more."""
    return Question(
        row=ResourceRow,
        sql=RESOURCES.format(head=HEAD, ranking=CURRENT_RANKING),
        parameters={"word_count": word_count, "least_domains": least_domains},
        sort=("-list_like", "-title_words", "-external_domains", "url"),
        functions={"topic_words": count_words, "list_like": list_like},
    )


def mentions_question(find_name: FindName, aim: Aim | None = None) -> Question[MentionRow]:
    """With a target, only pages of other domains that do not link to it."""
    if aim is None:
        linking, domain_links, unlinked = "", "0", ""
    else:
        linking = LINKING.format(reached=aim.reached().strip())
        domain_links = "d.id IN (SELECT domain_id FROM linking)"
        unlinked = "d.id <> :target_domain_id AND p.url_id NOT IN (SELECT url_id FROM linking) AND"
    sql = MENTIONS.format(
        head=HEAD, linking=linking, domain_links=domain_links, unlinked=unlinked, ranking=CURRENT_RANKING
    )
    return Question(
        row=MentionRow,
        sql=sql,
        parameters={**aim.parameters, "target_domain_id": aim.domain_id} if aim else {},
        sort=("-domain_authority", "-page_authority", "url"),
        functions={"mention": find_name},
    )

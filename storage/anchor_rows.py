"""The words that links to a target use: one row for each text, or for each class of texts.

Shares are of linking domains, because a footer on ten thousand pages is still one voice. What class a text is in is
said by a function that the roof hands in: it knows the brand and the keywords.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .backlink_rows import backlinks_sql
from .question import Question
from .target import Aim

ClassOf = Callable[[str, int], str]
"""The class of an anchor text; the second argument is 1 when an image carries the link."""

ANCHORS = """
WITH RECURSIVE {backlinks},
worded AS MATERIALIZED (
    SELECT coalesce(a.text, '') AS words, b.flags >> 5 & 7 = 1 AS is_image, b.source, b.source_domain, b.flags & 15 = 0
        AS followed, coalesce(b.first_seen, p.first_fetched_at) AS first_seen, p.seen_at AS last_seen
    FROM backlink b CROSS JOIN page p ON p.url_id = b.source LEFT JOIN anchor a ON a.id = b.anchor
),
everyone AS MATERIALIZED (SELECT count(DISTINCT source_domain) AS domains FROM backlink)"""

BY_WORDS = """
SELECT words AS anchor_text, anchor_class(words, is_image) AS anchor_class,
    count(DISTINCT source_domain) AS referring_domains,
    round(100.0 * count(DISTINCT source_domain) / (SELECT domains FROM everyone), 2) AS share_percent,
    count(DISTINCT source) AS referring_pages, count(*) AS links, sum(followed) AS followed_links,
    datetime(min(first_seen), 'unixepoch') AS first_seen, datetime(max(last_seen), 'unixepoch') AS last_seen
FROM worded GROUP BY words, is_image"""

# Practice calls a large share of keywords risky; how large, nobody agrees, so the bounds are options and are printed.
BY_CLASS = """,
classed AS MATERIALIZED (
    SELECT c.class AS anchor_class, count(DISTINCT source_domain) AS referring_domains,
        100.0 * count(DISTINCT source_domain) / (SELECT domains FROM everyone) AS share,
        count(DISTINCT w.words) AS texts, count(DISTINCT source) AS referring_pages, count(*) AS links,
        sum(followed) AS followed_links
    FROM worded w JOIN (
        SELECT words, is_image, anchor_class(words, is_image) AS class
        FROM (SELECT DISTINCT words, is_image FROM worded)
    ) c ON c.words = w.words AND c.is_image = w.is_image
    GROUP BY class
)
SELECT anchor_class, referring_domains, round(share, 2) AS share_percent, texts, referring_pages, links, followed_links,
    CASE WHEN anchor_class <> 'exact' THEN ''
        WHEN (SELECT domains FROM everyone) < :profile_domains
            THEN 'too few linking domains to say (below ' || :profile_domains || ')'
        WHEN share > :exact_alert_percent THEN 'alert: above ' || :exact_alert_percent || ' %'
        WHEN share > :exact_warn_percent THEN 'warning: above ' || :exact_warn_percent || ' %'
        WHEN share > :exact_note_percent THEN 'note: above ' || :exact_note_percent || ' %'
        ELSE 'fine: not above ' || :exact_note_percent || ' %' END AS finding
FROM classed"""


class AnchorRow(NamedTuple):
    """An image's alternative text and the same words written out are two rows."""

    anchor_text: str
    anchor_class: str
    referring_domains: int
    share_percent: float
    referring_pages: int
    links: int
    followed_links: int
    first_seen: str
    last_seen: str | None


class AnchorClassRow(NamedTuple):
    """A domain that uses texts of two classes counts in both, so shares may sum to more than 100.

    `finding` speaks of exact keywords alone, and names the threshold it used.
    """

    anchor_class: str
    referring_domains: int
    share_percent: float
    texts: int
    referring_pages: int
    links: int
    followed_links: int
    finding: str


def anchors_question(aim: Aim, class_of: ClassOf) -> Question[AnchorRow]:
    return Question(
        row=AnchorRow,
        sql=ANCHORS.format(backlinks=backlinks_sql(aim)) + BY_WORDS,
        parameters=aim.bound(),
        sort=("-referring_domains", "-links", "anchor_text"),
        functions={"anchor_class": class_of},
    )


def anchor_classes_question(aim: Aim, class_of: ClassOf, *, bounds: Mapping[str, float]) -> Question[AnchorClassRow]:
    """`bounds` are the bound numbers of the finding: profile_domains and exact_…_percent."""
    return Question(
        row=AnchorClassRow,
        sql=ANCHORS.format(backlinks=backlinks_sql(aim)) + BY_CLASS,
        parameters={**aim.bound(), **bounds},
        sort=("-referring_domains", "-links", "anchor_class"),
        functions={"anchor_class": class_of},
    )

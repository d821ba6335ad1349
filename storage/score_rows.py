"""How good each backlink is: a sum of terms, every one of them a column, with weights that are bound and so are shown.

Not here: the weights (the roof's options), what relevance means (the roof hands in a function of two pages' words).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .anchor_rows import ClassOf
from .backlink_rows import CURRENT_RANKING, backlinks_sql
from .question import Question
from .target import Aim
from .where import Value

Relevance = Callable[[str, bytes | None, str, bytes | None, str], float | None]
"""Of a page to a target: title with heading and kept text (compressed) of either, and the words around the link."""

PLACES = ("content", "nav", "header", "footer", "aside", "comment")

SCORES = """
WITH RECURSIVE {backlinks},
seen AS MATERIALIZED (
    SELECT b.link_id, b.source, b.target, b.flags, b.source_domain, b.flags >> 5 & 7 = 1 AS is_image,
        coalesce(a.text, '') AS anchor_text, b.flags & 15 = 0 AS followed,
        CASE b.flags >> 8 & 7 WHEN 0 THEN 'content' WHEN 1 THEN 'nav' WHEN 2 THEN 'header' WHEN 3 THEN 'footer'
            WHEN 4 THEN 'aside' ELSE 'comment' END AS placement,
        ds.authority AS domain_authority, ps.authority AS page_authority, p.external_domain_count AS external_domains,
        p.noindex AS noindex, p.canonical_id IS NOT NULL AND p.canonical_id <> b.source AS is_copy,
        p.status AS source_status, p.language AS language, tp.language AS target_language,
        relevance(coalesce(p.title, '') || ' ' || coalesce(p.heading, ''), pt.text,
            coalesce(tp.title, '') || ' ' || coalesce(tp.heading, ''), tt.text,
            coalesce(lt.before, '') || ' ' || coalesce(a.text, '') || ' ' || coalesce(lt.after, '')) AS relevance
    FROM backlink b CROSS JOIN page p ON p.url_id = b.source
    LEFT JOIN page tp ON tp.url_id = b.target
    LEFT JOIN page_text pt ON pt.url_id = b.source LEFT JOIN page_text tt ON tt.url_id = b.target
    LEFT JOIN anchor a ON a.id = b.anchor LEFT JOIN link_text lt ON lt.link_id = b.link_id
    LEFT JOIN domain_score ds ON ds.ranking_id = {ranking} AND ds.domain_id = b.source_domain
    LEFT JOIN page_score ps ON ps.ranking_id = {ranking} AND ps.url_id = b.source
),
termed AS (
    SELECT *, anchor_class(anchor_text, is_image) AS anchor_class,
        round(:authority_points * coalesce(domain_authority, 0) / 100, 2) AS authority_term,
        round(:page_points * coalesce(page_authority, 0) / 100, 2) AS page_term,
        round(:relevance_points * min(1, coalesce(relevance, 0) / :relevance_full), 2) AS relevance_term,
        round(:placement_points * CASE placement {places} END, 2) AS placement_term,
        round(:anchor_points * anchor_worth(anchor_class(anchor_text, is_image)), 2) AS anchor_term,
        iif(followed, :followed_points, 0.0) AS followed_term,
        -round(:dilution_points * min(1, max(0, 1.0 * (external_domains - :dilution_from)
            / max(1, :dilution_full - :dilution_from))), 2) AS dilution_term,
        -iif(noindex OR is_copy OR coalesce(source_status, 0) <> 200, :unindexable_points, 0.0) AS indexability_term,
        -iif(substr(language, 1, 2) <> substr(target_language, 1, 2), :language_points, 0.0) AS language_term
    FROM seen
)
SELECT max(0, round(authority_term + page_term + relevance_term + placement_term + anchor_term + followed_term
        + dilution_term + indexability_term + coalesce(language_term, 0), 2)) AS score,
    so.text || su.path AS source_url, tor.text || tu.path AS target_url, anchor_text, authority_term, page_term,
    relevance_term, placement_term, anchor_term, followed_term, dilution_term, indexability_term,
    coalesce(language_term, -0.0) AS language_term, domain_authority, page_authority, relevance, placement,
    anchor_class, followed, external_domains, noindex, is_copy, source_status, language, target_language
FROM termed x
CROSS JOIN url su ON su.id = x.source CROSS JOIN origin so ON so.id = su.origin_id
CROSS JOIN url tu ON tu.id = x.target CROSS JOIN origin tor ON tor.id = tu.origin_id"""

# Evenly over the file, so that a sample of a few thousand pages speaks for all.
SAMPLE_TEXTS = """
SELECT coalesce(p.title, ''), t.text FROM page_text t CROSS JOIN page p ON p.url_id = t.url_id
WHERE t.url_id IN (
    WITH RECURSIVE step (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM step WHERE number < :count - 1)
    SELECT (SELECT url_id FROM page_text WHERE url_id >= number * max(1, (SELECT max(url_id) FROM page_text) / :count)
        ORDER BY url_id LIMIT 1) FROM step)"""


class ScoreRow(NamedTuple):
    """The terms sum to the score, which is never below 0. After them stands what each was made from."""

    score: float
    source_url: str
    target_url: str
    anchor_text: str
    authority_term: float
    page_term: float
    relevance_term: float
    placement_term: float
    anchor_term: float
    followed_term: float
    dilution_term: float
    indexability_term: float
    language_term: float
    domain_authority: float | None
    page_authority: float | None
    relevance: float | None
    placement: str
    anchor_class: str
    followed: int
    external_domains: int
    noindex: int
    is_copy: int
    source_status: int | None
    language: str | None
    target_language: str | None


class TextRow(NamedTuple):
    title: str
    text: bytes


def sample_texts_question(count: int) -> Question[TextRow]:
    """Titles and kept texts (zlib) of about `count` pages of the store."""
    return Question(row=TextRow, sql=SAMPLE_TEXTS, parameters={"count": count})


def score_question(
    aim: Aim,
    weights: Mapping[str, float],
    *,
    placements: Mapping[str, float],
    anchors: tuple[ClassOf, Callable[[str], float]],
    relevance: Relevance,
) -> Question[ScoreRow]:
    """`weights` are the bound numbers of the SQL; `anchors` says a text's class, and what a class is worth (0 to 1)."""
    places = " ".join(f"WHEN '{place}' THEN :place_{place}" for place in PLACES)
    parameters: dict[str, Value] = {**aim.bound(), **weights}
    parameters |= {f"place_{place}": placements.get(place, 1.0) for place in PLACES}
    return Question(
        row=ScoreRow,
        sql=SCORES.format(backlinks=backlinks_sql(aim), ranking=CURRENT_RANKING, places=places),
        parameters=parameters,
        sort=("-score", "source_url", "target_url"),
        functions={"relevance": relevance, "anchor_class": anchors[0], "anchor_worth": anchors[1]},
    )

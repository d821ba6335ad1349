"""How good each backlink is, 0 to 100, with every term shown; the points come from the options."""

from collections.abc import Iterable

from storage import ALL_ROWS, Aim, Choice, Questions, ScoreRow, sample_texts_question, score_question

from ..anchor_class import AnchorJudge
from ..options import ScoreOptions
from .relevance import SAMPLED_PAGES, Relevance
from .report import Report

SCORE_LINE = (
    *("score", "source_url", "target_url", "anchor_text", "authority_term", "page_term", "relevance_term"),
    *("placement_term", "anchor_term", "followed_term", "dilution_term", "indexability_term", "language_term"),
)
BOUND = (
    *("authority_points", "page_points", "relevance_points", "relevance_full", "placement_points", "anchor_points"),
    *("followed_points", "dilution_points", "dilution_from", "dilution_full", "unindexable_points", "language_points"),
)


def score(
    questions: Questions,
    aim: Aim,
    choice: Choice = ALL_ROWS,
    *,
    options: ScoreOptions | None = None,
    wanted: tuple[Iterable[str], Iterable[str]] = ((), ()),
) -> Report[ScoreRow]:
    """`wanted` are the keywords to be found by, and the names of the brand."""
    options = options or ScoreOptions()
    keywords, brands = map(tuple, wanted)
    judge = AnchorJudge(aim.target.domain, brands=brands, keywords=keywords)
    sample = [(row.title, row.text) for row in questions.ask(sample_texts_question(SAMPLED_PAGES))]
    question = score_question(
        aim,
        {name: getattr(options, name) for name in BOUND},
        placements=options.placement_factors,
        anchors=(judge, lambda name: options.anchor_factors.get(name, 0.0)),
        relevance=Relevance(sample, keywords=keywords),
    )
    return Report(questions, question, choice, SCORE_LINE)

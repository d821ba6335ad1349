"""The scores and their scale: from a chance of being visited to 0-100, a rank and a percentile.

authority = 100 * ln(pr / pr_min) / ln(pr_max / pr_min). The scale ends where this crawl ends, so it is always shown
with the raw value, the rank and the percentile. Scores that differ by less than a billionth of themselves are equal.

Not here: how scores are computed (pagerank.py), SQL, files, any vendor's number.
"""

import numpy as np

from .inlinks import Floats, Ints

DIGITS = 9


def _rounded_logarithm(scores: Floats) -> Floats:
    logarithm: Floats = np.log(scores)
    return np.round(logarithm, DIGITS)


def compute_authority(scores: Floats) -> Floats:
    """0 for the weakest, 100 for the strongest; 0 for all when nobody is stronger than anybody."""
    if not len(scores):
        return np.zeros(0)
    logarithm = _rounded_logarithm(scores)
    low, high = logarithm.min(), logarithm.max()
    if low == high:
        return np.zeros(len(scores))
    scaled: Floats = 100.0 * ((logarithm - low) / (high - low))
    return scaled


def compute_ranks(scores: Floats) -> tuple[Ints, Floats]:
    """Rank (1 is best, equals share one) and percentile: which share of the others scores lower, in percent."""
    if not len(scores):
        return np.zeros(0, np.int64), np.zeros(0)
    _, which, many = np.unique(_rounded_logarithm(scores), return_inverse=True, return_counts=True)
    count = len(scores)
    up_to = np.cumsum(many)
    rank = (count - up_to + 1).astype(np.int64)
    percentile = 100.0 * (up_to - many) / max(count - 1, 1)
    return rank[which], percentile[which]

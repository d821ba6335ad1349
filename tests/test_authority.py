import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.authority import compute_authority, compute_ranks

SCALES = [
    # scores, authority, rank, percentile
    ([], [], [], []),
    ([1.0], [0], [1], [0]),
    ([0.5, 0.5], [0, 0], [1, 1], [0, 0]),
    ([0.1, 0.9], [0, 100], [2, 1], [0, 100]),
    ([0.001, 0.01, 0.1], [0, 50, 100], [3, 2, 1], [0, 50, 100]),  # each ten times the one before
    ([0.1, 0.1, 0.8], [0, 0, 100], [2, 2, 1], [0, 0, 100]),  # equals share a rank, and the next one counts them
    ([0.4, 0.4, 0.1, 0.1], [100, 100, 0, 0], [1, 1, 3, 3], [200 / 3, 200 / 3, 0, 0]),
    ([0.1, 0.1 * (1 + 1e-12), 0.8], [0, 0, 100], [2, 2, 1], [0, 0, 100]),  # rounding makes nobody better
]


@pytest.mark.parametrize(("scores", "authority", "rank", "percentile"), SCALES)
def test_the_scale(scores, authority, rank, percentile):
    values = np.array(scores, np.float64)
    assert compute_authority(values) == pytest.approx(authority, abs=1e-6)
    ranks, percentiles = compute_ranks(values)
    assert ranks.tolist() == rank
    assert percentiles == pytest.approx(percentile)


@given(st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=50))
def test_authority_keeps_the_order_and_stays_on_the_scale(values):
    scores = np.array(values)
    authority = compute_authority(scores)
    assert authority.min() == 0
    assert authority.max() in {0, 100}
    order = np.argsort(scores)
    assert (np.diff(authority[order]) >= 0).all()
    ranks, percentiles = compute_ranks(scores)
    assert ranks.min() == 1
    assert (np.diff(ranks[order]) <= 0).all()
    assert ((percentiles >= 0) & (percentiles <= 100)).all()


@given(st.lists(st.floats(1e-9, 1.0), min_size=2, max_size=20), st.floats(0.1, 10))
def test_the_scale_does_not_depend_on_how_the_scores_sum(values, factor):
    scores = np.array(values)
    assert compute_authority(scores * factor) == pytest.approx(compute_authority(scores), abs=0.1)

import pytest

from graph import GraphOptions
from storage import OptionError, Placement

BAD = [
    # option, value, what the message says
    ("damping", 1.0, "at most 0.99"),
    ("damping", -0.1, "at least 0"),
    ("damping", float("nan"), "at least 0"),
    ("nofollow", "maybe", "drop, keep, evaporate"),
    ("tolerance", 0, "at least 1e-15"),
    ("max_sweeps", 0, "at least 1"),
    ("placement_weights", {"sidebar": 0.5}, "places are content, nav, header, footer, aside, comment"),
    ("placement_weights", {"nav": 1.5}, "at most 1"),
    ("placement_weights", {"nav": float("nan")}, "at least 0"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_nonsense_is_refused_with_a_sentence(name, value, said):
    with pytest.raises(OptionError, match=said):
        GraphOptions(**{name: value})


def test_places_not_named_are_worth_one():
    options = GraphOptions(placement_weights={"footer": 0.25})
    assert options.weight_by_placement()[Placement.FOOTER] == 0.25
    assert options.weight_by_placement()[Placement.CONTENT] == 1.0
    assert len(options.weight_by_placement()) == len(Placement)
    assert not options.is_unweighted
    assert GraphOptions().is_unweighted

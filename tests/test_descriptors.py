import resource

import pytest

from crawler import descriptors
from crawler.descriptors import RESERVED, connections_for

INFINITE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "room", "raised"),
    [
        ((1_024, 4_096), 500, None),
        ((256, 4_096), 500, 500 + RESERVED),  # as macOS begins
        ((256, INFINITE), 500, 500 + RESERVED),
        ((256, 300), 300 - RESERVED, 300),
        ((64, 64), 64 - RESERVED, 64),
        ((20, 20), 1, 20),
        ((INFINITE, INFINITE), 500, None),
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(monkeypatch, limits, room, raised):
    set_to = []
    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(descriptors.resource, "setrlimit", lambda _, pair: set_to.append(pair))
    assert connections_for(500) == room
    assert set_to == ([] if raised is None else [(raised, limits[1])])


def test_a_system_that_does_not_let_us_is_believed(monkeypatch):
    def refuse(_kind, _pair):
        raise ValueError("not allowed")

    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda _: (256, INFINITE))
    monkeypatch.setattr(descriptors.resource, "setrlimit", refuse)
    assert connections_for(500) == 256 - RESERVED

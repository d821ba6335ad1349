import itertools

import networkx as nx
import numpy as np
import pytest

from graph.picture_layout import Box, find_communities, place_labels, place_nodes

PAPER = Box(0, 0, 1000, 700)


def webs():
    yield "none", nx.DiGraph()
    yield "one", nx.empty_graph(1, nx.DiGraph)
    yield "two", nx.path_graph(2, nx.DiGraph)
    yield "apart", nx.empty_graph(5, nx.DiGraph)
    yield "star", nx.star_graph(40).to_directed()
    yield "clusters", nx.connected_caveman_graph(5, 9).to_directed()
    yield "dense", nx.gnp_random_graph(45, 0.3, seed=1, directed=True)


@pytest.fixture(params=webs(), ids=lambda web: web[0])
def web(request):
    return request.param[1]


def laid_out(web):
    radii = np.linspace(18, 5, len(web))
    return place_nodes(web, find_communities(web), radii=radii, paper=PAPER), radii


def test_discs_lie_on_the_paper_and_never_on_each_other(web):
    places, radii = laid_out(web)
    assert places.shape == (len(web), 2)
    for (x, y), radius in zip(places, radii, strict=True):
        assert radius <= x <= 1000 - radius
        assert radius <= y <= 700 - radius
    for one, other in itertools.combinations(range(len(web)), 2):
        assert np.hypot(*(places[one] - places[other])) >= radii[one] + radii[other]


def test_labels_lie_on_the_paper_and_on_nothing(web):
    places, radii = laid_out(web)
    labels = place_labels(places, radii, sizes=[(80.0, 11.0)] * len(web), paper=PAPER)
    discs = [Box(x - r, y - r, x + r, y + r) for (x, y), r in zip(places, radii, strict=True)]
    shown = [label for label in labels if label]
    assert len(shown) >= 0.9 * len(web)
    assert all(label.is_inside(PAPER) for label in shown)
    assert not any(one.meets(other) for one, other in itertools.combinations(shown, 2))
    assert not any(label.meets(disc) for label in shown for disc in discs)


def test_the_same_web_is_laid_out_the_same_way():
    web = nx.connected_caveman_graph(4, 6).to_directed()
    assert np.array_equal(laid_out(web)[0], laid_out(web)[0])


def test_nodes_of_one_community_lie_nearer_than_others():
    web = nx.connected_caveman_graph(4, 8).to_directed()
    places, _ = laid_out(web)
    group = {node: number for number, nodes in enumerate(find_communities(web)) for node in nodes}
    near, far = [], []
    for one, other in itertools.combinations(web, 2):
        (near if group[one] == group[other] else far).append(np.hypot(*(places[one] - places[other])))
    assert np.mean(near) < 0.6 * np.mean(far)


def test_communities_come_the_largest_first():
    web = nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(5)).to_directed()
    assert find_communities(web) == [{3, 4, 5, 6, 7}, {0, 1, 2}]


def test_a_label_that_has_no_place_is_left_out_and_the_first_has_it():
    places, radii = np.array([[50.0, 50.0], [50.0, 50.0]]), np.array([5.0, 5.0])
    narrow = Box(0, 0, 100, 62)
    first, second = place_labels(places, radii, sizes=[(90.0, 40.0)] * 2, paper=narrow)
    assert first == Box(5, 3.5, 95, 43.5)
    assert second is None


BOXES = [
    (Box(0, 0, 10, 10), Box(5, 5, 15, 15), True),
    (Box(0, 0, 10, 10), Box(10, 0, 20, 10), False),  # side by side
    (Box(0, 0, 10, 10), Box(2, 2, 3, 3), True),
    (Box(0, 0, 10, 10), Box(2, 11, 3, 12), False),
]


@pytest.mark.parametrize(("one", "other", "meets"), BOXES)
def test_boxes_meet_when_they_share_some_paper(one, other, meets):
    assert one.meets(other) is other.meets(one) is meets

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.arrays import DomainEdges, PageLinks
from graph.domains import Worth, connect, edges_that_count, fold_parallel, links_that_count, worth_of_edges
from graph.domains import worth_of_links as worth_of
from graph.options import GraphOptions
from storage import LinkFlags, LinkKind, Placement, pack_flags


def numbers(values):
    return np.array(values, np.int32)


def links_of(rows):
    """Rows of source, target, flags, placement."""
    flags = [pack_flags(flag, LinkKind.TEXT, placement) for *_, flag, placement in rows]
    return PageLinks(numbers([row[0] for row in rows]), numbers([row[1] for row in rows]), numbers(flags))


N, U, S, P, X = [int(flag) for flag in LinkFlags][:5]
ROWS = [
    (0, 1, 0, Placement.CONTENT),
    (0, 1, N, Placement.NAV),
    (0, 2, U, Placement.FOOTER),
    (0, 3, X, Placement.FOOTER),
]

WORTHS = [
    # options, what each of ROWS passes, what it claims
    ({}, [1, 0, 0, 1], [1, 0, 0, 1]),
    ({"nofollow": "keep"}, None, None),
    ({"nofollow": "evaporate"}, [1, 0, 0, 1], [1, 1, 1, 1]),
    ({"placement_weights": {"footer": 0.5}}, [1, 0, 0, 0.5], [1, 0, 0, 0.5]),
    ({"placement_weights": {"footer": 0.5}, "nofollow": "keep"}, [1, 1, 0.5, 0.5], [1, 1, 0.5, 0.5]),
    ({"placement_weights": {"footer": 0.5}, "nofollow": "evaporate"}, [1, 0, 0, 0.5], [1, 1, 0.5, 0.5]),
]


@pytest.mark.parametrize(("choice", "passes", "claims"), WORTHS)
def test_what_a_link_passes_and_what_it_takes(choice, passes, claims):
    worth = worth_of(links_of(ROWS), GraphOptions(**choice))
    assert (worth.passes is None) == (passes is None)
    if passes is not None:
        assert worth.passes.tolist() == passes
        assert worth.claims.tolist() == claims


@pytest.mark.parametrize("flag", [N, U, S, P, N | U | S | P | X])
def test_each_of_the_four_reasons_makes_a_link_unfollowed(flag):
    assert worth_of(links_of([(0, 1, flag, 0)]), GraphOptions()).passes.tolist() == [0]


def test_of_parallel_links_the_best_counts():
    source, target, worth = fold_parallel(
        numbers([3, 0, 3, 0, 3]),
        numbers([1, 2, 1, 1, 0]),
        Worth(np.array([0, 1, 0.5, 0.2, 0.1]), np.array([1, 1, 0.5, 0.2, 0.3])),
    )
    assert list(zip(source.tolist(), target.tolist(), strict=True)) == [(0, 1), (0, 2), (3, 0), (3, 1)]
    assert worth.passes.tolist() == [0.2, 1, 0.1, 0.5]
    assert worth.claims.tolist() == [0.2, 1, 0.3, 1]


def test_no_links_fold_to_no_edges():
    source, target, _ = fold_parallel(numbers([]), numbers([]), Worth(None, None))
    assert len(source) == len(target) == 0
    assert connect(3, source, target=target, worth=Worth(None, None)).strength.tolist() == [0, 0, 0]


def test_an_edge_that_only_claims_takes_its_share_and_carries_nothing():
    worth = Worth(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    inlinks = connect(3, numbers([0, 0]), target=numbers([1, 2]), worth=worth)
    assert inlinks.strength.tolist() == [2, 0, 0]
    assert inlinks.sources.tolist() == [0]
    assert inlinks.weights is None


ends = st.integers(0, 5)
rows = st.lists(st.tuples(ends, ends, st.sampled_from([0, N, U, X]), st.sampled_from(list(Placement))), max_size=30)
options = st.builds(
    GraphOptions,
    nofollow=st.sampled_from(["drop", "keep", "evaporate"]),
    placement_weights=st.sampled_from([{}, {"nav": 0.5}, {"footer": 0}]),
)


def weighed(inlinks):
    """Node -> what comes to it from whom, and what each node divides by."""
    arriving = {}
    for node in range(inlinks.node_count):
        row = inlinks.row(node)
        weights = np.ones(inlinks.edge_count) if inlinks.weights is None else inlinks.weights
        arriving[node] = dict(zip(inlinks.sources[row].tolist(), weights[row].tolist(), strict=True))
    return arriving, inlinks.strength.tolist()


@given(rows, options)
def test_leaving_out_what_does_not_count_changes_nothing(rows, options):
    links = links_of(rows)
    counting, worth = links_that_count(links, options)
    short = fold_parallel(counting.source, counting.target, worth)
    long = fold_parallel(links.source, links.target, worth_of(links, options))
    graphs = [connect(6, source, target=target, worth=best) for source, target, best in (short, long)]
    assert weighed(graphs[0]) == weighed(graphs[1])


@given(rows, st.sampled_from(["drop", "keep", "evaporate"]))
def test_and_so_with_domain_edges(rows, nofollow):
    pairs = sorted({(source, target) for source, target, *_ in rows})
    followed = [sum(row[:2] == pair and row[2] in {0, X} for row in rows) for pair in pairs]
    source, target = numbers([pair[0] for pair in pairs]), numbers([pair[1] for pair in pairs])
    edges = DomainEdges(source, target, numbers(followed), numbers(followed), numbers(followed))
    options = GraphOptions(nofollow=nofollow)
    first, second, worth = edges_that_count(edges, options)
    graphs = [
        connect(6, first, target=second, worth=worth),
        connect(6, source, target=target, worth=worth_of_edges(edges, options)),
    ]
    assert weighed(graphs[0]) == weighed(graphs[1])

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.arrays import Numbering, read_domain_ids, read_urls
from graph.folding import follow, read_folds, spellings
from graph.options import GraphOptions
from storage import OriginRow, open_edges
from tests.link_store import LinkStore


def follow_one_by_one(leads_to, is_read):
    """Walk until a node that stays or one seen before; a loop's best member stands for it."""
    ends = []
    for start in range(len(leads_to)):
        path = [start]
        while leads_to[path[-1]] != path[-1] and leads_to[path[-1]] not in path:
            path.append(leads_to[path[-1]])
        last = leads_to[path[-1]]
        ends.append(min(path[path.index(last) :], key=lambda node: (not is_read[node], node)))
    return ends


CHAINS = [
    # leads to, read, ends
    ([], [], []),
    ([0], [1], [0]),
    ([1, 2, 2], [0, 0, 1], [2, 2, 2]),  # a chain of redirects
    ([1, 0], [0, 1], [1, 1]),  # http redirects to https, which names http as canonical
    ([1, 0], [0, 0], [0, 0]),
    ([1, 2, 0, 0], [0, 0, 1, 0], [2, 2, 2, 2]),  # a loop and one who leads into it
    ([1, 2, 3, 1, 4], [0, 0, 0, 0, 1], [1, 1, 1, 1, 4]),
]


@pytest.mark.parametrize(("leads_to", "is_read", "ends"), CHAINS)
def test_chains_are_followed_to_their_end_and_loops_have_one_winner(leads_to, is_read, ends):
    assert follow(np.array(leads_to, np.int32), np.array(is_read, np.bool_)).tolist() == ends


@given(st.data())
def test_following_at_once_equals_following_one_by_one(data):
    count = data.draw(st.integers(1, 40))
    leads_to = data.draw(st.lists(st.integers(0, count - 1), min_size=count, max_size=count))
    is_read = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    ends = follow(np.array(leads_to, np.int32), np.array(is_read)).tolist()
    assert ends == follow_one_by_one(leads_to, is_read)


ORIGINS = [
    "http://a.test", "https://a.test", "https://www.a.test", "https://b.test", "https://b.test:8443", "http://b.test:8080",
    "https://www.b.test:8443", "https://sub.a.test", "http://[2001:db8::1]", "https://[2001:db8::1]",
]  # fmt: skip

SPELLINGS = [
    ({}, [[0, 1, 2], [4, 6], [8, 9]]),
    ({"fold_scheme": False}, [[1, 2], [4, 6]]),
    ({"fold_www": False}, [[0, 1], [8, 9]]),
    ({"fold_www": False, "fold_scheme": False}, []),
]


@pytest.mark.parametrize(("choice", "groups"), SPELLINGS)
def test_which_origins_are_spellings_of_one(choice, groups):
    rows = [OriginRow(number, text, 0, 0) for number, text in enumerate(ORIGINS)]
    assert spellings(rows, GraphOptions(**choice)) == groups


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db")


def folded(store, **choice):
    """Url -> the url it counts as when it is linked to, for those that count as another."""
    with open_edges(store.path) as reader:
        urls = read_urls(reader, Numbering(read_domain_ids(reader)))
        folds = read_folds(reader, urls, GraphOptions(**choice))
    names = dict(store.rows("SELECT u.id, o.text || u.path FROM url u JOIN origin o ON o.id = u.origin_id"))
    ends = {names[own]: names[end] for own, end in zip(urls.ids, urls.ids[folds.as_target], strict=True)}
    return {own: end for own, end in ends.items() if own != end}, folds, urls


def test_spellings_of_one_page_count_as_the_one_that_was_read(store):
    store.add({"https://www.a.test/x": [], "b.test/": ["http://a.test/x", "https://a.test/x", "http://a.test/y"]})
    pairs, *_ = folded(store)
    assert pairs == {"http://a.test/x": "https://www.a.test/x", "https://a.test/x": "https://www.a.test/x"}


def test_of_spellings_nobody_read_the_first_known_stands_for_all(store):
    store.add({"b.test/": ["http://a.test/x", "https://www.a.test/x"]})
    assert folded(store)[0] == {"https://www.a.test/x": "http://a.test/x"}
    assert folded(store, fold_scheme=False)[0] == {}


def test_paths_with_one_hash_are_still_two_pages(store):
    store.add({"b.test/": ["http://a.test/xy", "https://a.test/yx", "https://a.test/xy"]})
    assert folded(store)[0] == {"https://a.test/xy": "http://a.test/xy"}


def test_a_redirect_says_more_than_a_canonical_link(store):
    store.add(
        {"c.test/": []}, redirects={"a.test/": "b.test/"}, canonicals={"a.test/": "c.test/", "b.test/": "c.test/"}
    )
    store.execute("UPDATE page SET outcome = 'redirect' WHERE redirect_id IS NOT NULL")
    assert folded(store)[0] == {"https://a.test/": "https://c.test/", "https://b.test/": "https://c.test/"}
    assert folded(store, fold_canonicals=False)[0] == {"https://a.test/": "https://b.test/"}
    assert folded(store, fold_redirects=False)[0]["https://a.test/"] == "https://c.test/"
    assert folded(store, fold_redirects=False, fold_canonicals=False)[0] == {}


def test_a_page_that_names_itself_as_canonical_stays_itself(store):
    store.add({"a.test/": []}, canonicals={"a.test/": "a.test/"})
    assert folded(store)[0] == {}


def test_only_inside_its_domain_does_a_page_link_as_the_one_it_folds_into(store):
    store.add(
        {"a.test/1": [], "a.test/2": [], "b.test/": []}, canonicals={"a.test/1": "a.test/2", "a.test/2": "b.test/"}
    )
    _, folds, urls = folded(store)
    assert (folds.as_source == np.arange(len(urls.ids))).all()  # both end on another domain
    assert folds.leaves_its_domain(urls)
    store.execute(
        "UPDATE page SET canonical_id = NULL WHERE canonical_id = (SELECT id FROM url WHERE path = '/' LIMIT 1)"
    )
    _, folds, urls = folded(store)
    assert len(set(folds.as_source.tolist())) == len(urls.ids) - 1
    assert not folds.leaves_its_domain(urls)

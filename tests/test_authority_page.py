"""Every number that docs/authority.md works out is computed here from the six domains it names."""

import math
import re
from pathlib import Path

import pytest

from graph import GraphOptions, explain_domain, rank_store
from storage import settings_of
from tests.link_store import NOFOLLOW, LinkStore

PAGE = Path(__file__).resolve().parents[1] / "docs" / "authority.md"
TEXT = PAGE.read_text(encoding="utf-8")


def table_after(heading):
    """The rows of the first table below a line that begins so, as lists of cells."""
    lines = TEXT[TEXT.index(heading) :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The graph as the page's first table tells it."""
    store = LinkStore(tmp_path_factory.mktemp("page") / "links.db")
    pages = {}
    for domain, words in table_after("## Six domains"):
        links = [] if words.startswith("nobody") else re.match(r"[a-f](, [a-f])*", words).group().split(", ")
        nofollow = re.findall(r"one to ([a-f]) that says `nofollow`", words)
        pages[f"{domain}.test/"] = [f"{link}.test/" for link in links]
        pages[f"{domain}.test/"] += [(f"{link}.test/", NOFOLLOW) for link in nofollow]
    store.add(pages)
    rank_store(store.path, GraphOptions(page_scores=False))
    return store


def test_the_scores_are_those_of_the_table(store):
    rows = table_after("Put the last into the line for a")
    assert len(rows) == 6
    pagerank, authority = store.scores(), store.scores("authority")
    rank, percentile = store.scores("rank"), store.scores("percentile")
    for domain, _, said_pagerank, said_authority, said_rank, said_percentile in rows:
        name = f"{domain}.test"
        assert said_pagerank == f"{pagerank[name]:.6f}"
        assert said_authority == f"{authority[name]:.1f}"
        assert int(said_rank) == rank[name]
        assert float(said_percentile) == percentile[name]


def test_the_pencil_gives_what_the_program_gives(store):
    a = 3.65625 / 0.3316875
    c = 3.125 + 0.78625 * a
    y = {"a": a, "b": 1 + 0.425 * a, "c": c, "d": 1, "e": 1, "f": 1.425}
    assert a == pytest.approx(1 + 0.85 * c)
    assert f"{sum(y.values()):.3f}" == "31.925"
    assert store.scores() == pytest.approx({f"{n}.test": value / sum(y.values()) for n, value in y.items()}, abs=1e-9)
    for domain, said, *_ in table_after("Put the last into the line for a"):
        assert said == f"{y[domain]:.4f}"
    assert f"{100 * math.log(y['b']) / math.log(y['c']):.1f}" == "70.4"


def test_the_parts_of_c_are_those_of_the_table(store):
    explanation = explain_domain(store.path, "c.test")
    parts = {row.domain[0]: row.share for row in explanation.contributions}
    parts |= {"teleport": explanation.teleport, "dangling": explanation.from_dangling}
    rows = table_after("**Where c's score comes from**")
    assert rows[-1][1:] == [f"{explanation.pagerank:.6f}", "100.0 %"]
    for words, share, of_score in rows[:-1]:
        part = parts.pop(words.split(",")[0])
        assert share == f"{part:.6f}"
        assert of_score == f"{100 * part / explanation.pagerank:.1f} %"
    assert parts == {}
    splits = {row.domain[0]: row.splits_over for row in explanation.contributions}
    assert splits == {"a": 2, "b": 1, "d": 1, "e": 2}
    assert sum(float(share) for _, share, _ in rows[:-1]) == pytest.approx(float(rows[-1][1]), abs=3e-6)


def test_every_choice_of_the_ranking_is_told():
    told = TEXT[TEXT.index("## The choices") :]
    spoken_of_elsewhere = {"page_scores"}
    for field, _ in settings_of(GraphOptions):
        assert field.name in told or field.name in spoken_of_elsewhere, field.name


def test_the_defaults_are_those_the_page_names():
    options = GraphOptions()
    assert (options.damping, options.nofollow, options.exclude_domains, options.is_unweighted) == (
        0.85,
        "drop",
        (),
        True,
    )

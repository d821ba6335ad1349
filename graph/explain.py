"""Where a domain's authority comes from, in parts that add up to its score, and what would change it.

score = teleport + its part of what dangling domains and evaporating links spread + what each referring domain passes,
which is damping * that domain's score / the domains it splits over. The graph is ranked anew, closer than a ranking
needs, with the options of the ranking that is stored. Nothing is written.

Not here: PageRank (pagerank.py), changing the graph (what_if.py), printing.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from storage import open_edges, read_current_ranking

from .authority import compute_authority, compute_ranks
from .domains import connect, worth_of_edges
from .inlinks import Floats, Inlinks, Ints, Numbers
from .material import read_material
from .naming import DomainNames
from .options import GraphOptions
from .pagerank import Iteration, compute_pagerank, dangling, shares
from .what_if import WeighedEdges, WhatIf, change, weigh

EXPLAINED_TO = 1e-13
MOST_CHANGED = 10
SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one referring domain passes: `share` of its own `pagerank`; `fraction` is that of the explained score."""

    domain: str
    share: float
    fraction: float
    pagerank: float
    authority: float
    splits_over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One domain before and after."""

    domain: str
    pagerank: tuple[float, float]
    authority: tuple[float, float]
    rank: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`pagerank` is the sum of teleport, from_dangling, from_evaporated and all shares; the largest share comes first.

    `stored_pagerank` is None for a file never ranked; it differs when the crawl went on since. `changes` says what the
    WhatIf would do: to this domain first, then to those it changes most.
    """

    domain: str
    pagerank: float
    authority: float
    rank: int
    percentile: float
    domain_count: int
    damping: float
    teleport: float
    from_dangling: float
    from_evaporated: float
    contributions: tuple[Contribution, ...]
    stored_pagerank: float | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    edges: WeighedEdges
    inlinks: Inlinks
    pagerank: Floats
    authority: Floats
    rank: Ints
    percentile: Floats


def explain_domain(
    path: Path, domain: str, *, options: GraphOptions | None = None, what_if: WhatIf | None = None
) -> Explanation:
    """Raises UnknownNode for a domain that the crawl does not know. Without options, those of the stored ranking."""
    options = options or _options_of(path)
    material = read_material(path, replace(options, page_scores=False))
    names = DomainNames(path, material.domain_ids)
    node = names.number_of(domain)
    edges = weigh(material.edges.source, material.edges.target, worth_of_edges(material.edges, options))
    count = len(material.domain_ids)
    now = _score(edges, count, options)
    explanation = _explain(now, node, names=names, options=options)
    changes: tuple[Change, ...] = ()
    if what_if is not None:
        then = _score(change(edges, names, what_if), count, options)
        changes = _changes(now, then, node=node, names=names)
    stored = _stored_pagerank(path, int(material.domain_ids[node]))
    return replace(explanation, stored_pagerank=stored, changes=changes)


def _options_of(path: Path) -> GraphOptions:
    record = read_current_ranking(path)
    return GraphOptions.from_parameters(record.parameters["options"]) if record else GraphOptions()


def _stored_pagerank(path: Path, domain_id: int) -> float | None:
    with open_edges(path) as reader:
        return next((row.pagerank for row in reader.nodes().domains([domain_id])), None)


def _score(edges: WeighedEdges, count: int, options: GraphOptions) -> _Scored:
    inlinks = connect(count, edges.source, target=edges.target, worth=edges.worth)
    how = Iteration(damping=options.damping, tolerance=EXPLAINED_TO, max_sweeps=options.max_sweeps)
    pagerank = compute_pagerank(inlinks, how=how).scores
    return _Scored(edges, inlinks, pagerank, compute_authority(pagerank), *compute_ranks(pagerank))


def _explain(scored: _Scored, node: int, *, names: DomainNames, options: GraphOptions) -> Explanation:
    inlinks, pagerank, count = scored.inlinks, scored.pagerank, scored.inlinks.node_count
    share = shares(inlinks, pagerank, damping=options.damping)
    sources, passed = _inflow_of(inlinks, node, share)
    teleport = (1.0 - options.damping) / count
    from_dangling = options.damping * float(pagerank[dangling(inlinks)].sum()) / count
    from_evaporated = float((share * _evaporating(scored)).sum()) / count
    total = math.fsum([teleport, from_dangling, from_evaporated, *passed.tolist()])
    return Explanation(
        domain=names.names_of([node])[node],
        pagerank=total,
        authority=float(scored.authority[node]),
        rank=int(scored.rank[node]),
        percentile=float(scored.percentile[node]),
        domain_count=count,
        damping=options.damping,
        teleport=teleport,
        from_dangling=from_dangling,
        from_evaporated=from_evaporated,
        contributions=_contributions(scored, sources, passed=passed, total=total, names=names),
    )


def _inflow_of(inlinks: Inlinks, node: int, share: Floats) -> tuple[Numbers, Floats]:
    """Who passes how much to a node, the most first."""
    row = inlinks.row(node)
    sources = inlinks.sources[row]
    passed = share[sources] if inlinks.weights is None else share[sources] * inlinks.weights[row]
    order = np.lexsort((sources, -passed))
    return sources[order], passed[order]


def _evaporating(scored: _Scored) -> Floats:
    """The weight of each node's edges that take a share and pass nothing."""
    edges = scored.edges
    count = scored.inlinks.node_count
    return np.bincount(edges.source, weights=edges.claims - edges.passes, minlength=count).astype(np.float64)


def _contributions(
    scored: _Scored, sources: Numbers, *, passed: Floats, total: float, names: DomainNames
) -> tuple[Contribution, ...]:
    splits = np.bincount(scored.edges.source[scored.edges.claims > 0], minlength=scored.inlinks.node_count)
    named = names.names_of(sources.tolist())
    return tuple(
        Contribution(
            domain=named[source],
            share=share,
            fraction=share / total,
            pagerank=float(scored.pagerank[source]),
            authority=float(scored.authority[source]),
            splits_over=int(splits[source]),
        )
        for source, share in zip(sources.tolist(), passed.tolist(), strict=True)
    )


def _changes(now: _Scored, then: _Scored, *, node: int, names: DomainNames) -> tuple[Change, ...]:
    """The node's own, then those whose PageRank changes most for its size."""
    moved = np.abs(np.log(then.pagerank / now.pagerank))
    moved[node] = np.inf
    most = np.argsort(-moved, kind="stable")[: MOST_CHANGED + 1].tolist()
    named = names.names_of(most)
    return tuple(
        Change(
            domain=named[number],
            pagerank=(float(now.pagerank[number]), float(then.pagerank[number])),
            authority=(float(now.authority[number]), float(then.authority[number])),
            rank=(int(now.rank[number]), int(then.rank[number])),
        )
        for number in most
        if moved[number] > SAME
    )

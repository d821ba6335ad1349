"""Page links folded to edges: parallel links into one, and pages into their domains.

What an edge passes on is decided here. `passes` is the worth of its best followed link, `claims` what it takes of its
source's score: the same, or with nofollow = evaporate the worth of its best link of any kind. A second link adds
nothing.

Not here: which pages are one page (folding.py), PageRank, SQL text.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import DomainEdges, PageLinks, Urls
from .folding import Folds
from .inlinks import Floats, Inlinks, Ints, Numbers, build_inlinks
from .options import GraphOptions


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What each link or edge passes, and what it takes of its source's score. None: 1 for all."""

    passes: Floats | None
    claims: Floats | None


def worth_of_links(links: PageLinks, options: GraphOptions) -> Worth:
    by_place = np.array(options.weight_by_placement())
    if options.nofollow == "keep" and (by_place == 1.0).all():
        return Worth(None, None)
    claims = by_place[links.placement()]
    if options.nofollow == "keep":
        return Worth(claims, claims)
    passes = np.where(links.followed(), claims, 0.0)
    return Worth(passes, claims if options.nofollow == "evaporate" else passes)


def links_that_count(links: PageLinks, options: GraphOptions) -> tuple[PageLinks, Worth]:
    """The links that take or pass anything, and their worth. Where that is 1 for all, nothing is kept of each."""
    if options.nofollow != "drop" or not options.is_unweighted:
        return links, worth_of_links(links, options)
    followed = links.followed()
    return PageLinks(links.source[followed], links.target[followed], links.flags[followed]), Worth(None, None)


def edges_that_count(edges: DomainEdges, options: GraphOptions) -> tuple[Numbers, Numbers, Worth]:
    """The same of domain edges: source, target and worth."""
    if options.nofollow != "drop" or edges.passes is not None:
        return edges.source, edges.target, worth_of_edges(edges, options)
    followed = edges.followed_links > 0
    return edges.source[followed], edges.target[followed], Worth(None, None)


def worth_of_edges(edges: DomainEdges, options: GraphOptions) -> Worth:
    """The same for domain edges as the crawl keeps them, which know nothing of placement."""
    if edges.passes is not None or options.nofollow == "keep":
        return Worth(edges.passes, edges.claims)
    passes = (edges.followed_links > 0).astype(np.float64)
    return Worth(passes, np.ones(len(passes)) if options.nofollow == "evaporate" else passes)


def fold_pages(links: PageLinks, folds: Folds, urls: Urls) -> PageLinks:
    """The links between pages as folded, without those of a page to itself and those of domains left out."""
    source, target = folds.as_source[links.source], folds.as_target[links.target]
    kept = (source != target) & (urls.domain[source] >= 0) & (urls.domain[target] >= 0)
    return PageLinks(source[kept], target[kept], links.flags[kept])


def fold_parallel(source: Numbers, target: Numbers, worth: Worth) -> tuple[Numbers, Numbers, Worth]:
    """One edge a pair, worth the best of its links; ascending by source."""
    if not len(source):
        return source, target, worth
    keys = source.astype(np.int64) << 32 | target
    if worth.passes is None:
        keys = np.unique(keys)
        return (keys >> 32).astype(np.int32), keys.astype(np.int32), worth
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    at = order[first]
    claims = worth.passes if worth.claims is None else worth.claims
    best = Worth(np.maximum.reduceat(worth.passes[order], first), np.maximum.reduceat(claims[order], first))
    return source[at], target[at], best


def connect(node_count: int, source: Numbers, *, target: Numbers, worth: Worth) -> Inlinks:
    """Edges, one a pair, as the graph that is ranked."""
    passes, claims = worth.passes, worth.claims
    strength = np.bincount(source, weights=claims, minlength=node_count).astype(np.float64)
    if passes is None:
        return build_inlinks(node_count, source, target=target, strength=strength)
    kept = passes > 0
    weights = passes[kept]
    is_plain = bool((weights == 1.0).all())
    return build_inlinks(
        node_count, source[kept], target=target[kept], weights=None if is_plain else weights, strength=strength
    )


def fold_to_domains(links: PageLinks, folds: Folds, *, urls: Urls, options: GraphOptions) -> DomainEdges:
    """Edges between domains from links whose targets are folded; the source's domain is that of the page that links."""
    source, target = urls.domain[links.source], urls.domain[folds.as_target[links.target]]
    external = np.flatnonzero((source != target) & (source >= 0) & (target >= 0))
    chosen = PageLinks(links.source[external], target[external], links.flags[external])
    source, target = source[external], target[external]
    followed = chosen.followed()
    worth = worth_of_links(chosen, options)
    ones = np.ones(len(source))
    claims = ones if worth.claims is None else worth.claims
    passes = ones if worth.passes is None else worth.passes
    folded_source, folded_target, best = fold_parallel(source, target, Worth(passes, claims))
    pair = _pair_numbers(source, target)
    count = len(folded_source)
    return DomainEdges(
        folded_source,
        folded_target,
        links=np.bincount(pair, minlength=count).astype(np.int32),
        followed_links=np.bincount(pair[followed], minlength=count).astype(np.int32),
        pages=_distinct(pair, chosen.source, count),
        passes=best.passes,
        claims=best.claims,
    )


def _pair_numbers(source: Numbers, target: Numbers) -> Ints:
    """For each link the number of its pair, pairs being numbered by source, then target."""
    numbers: Ints = np.unique(source.astype(np.int64) << 32 | target, return_inverse=True)[1]
    return numbers


def _distinct(pair: Ints, page: Numbers, count: int) -> Numbers:
    """How many different pages each pair has."""
    seen = np.unique(pair << 32 | page)
    return np.bincount(seen >> 32, minlength=count).astype(np.int32)

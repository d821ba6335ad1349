"""Ranks a store: reads the graph as of one moment, computes every score, writes them as the new current ranking.

First the read transaction, then arithmetic without any, then short writes: a crawl on the same file is never made to
wait.

Not here: the arithmetic (pagerank.py, centrality.py, authority.py), SQL (storage).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage import SCORE_ROWS_PER_BATCH, NewRanking, ScoreColumns, write_ranking

from .authority import compute_authority, compute_ranks
from .centrality import compute_harmonic, is_exact
from .counts import DomainCounts, PageCounts, count_domains, count_pages
from .domains import connect, edges_that_count, fold_pages, fold_parallel, links_that_count
from .errors import UnknownTrust
from .inlinks import Floats, Inlinks, Ints
from .material import Material, read_material
from .naming import DomainNames, spelled
from .options import GraphOptions
from .pagerank import Iteration, Ranked, compute_pagerank

Progress = Callable[[str], object]

TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedDomain:
    domain: str
    rank: int
    authority: float
    pagerank: float
    referring_domains: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingSummary:
    """What a ranking came to. `unknown_trusted` are trusted domains that the store does not hold."""

    ranking_id: int
    domain_count: int
    domain_edge_count: int
    page_count: int
    page_edge_count: int
    sweeps: int
    is_converged: bool
    top: tuple[RankedDomain, ...]
    unknown_trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Trust:
    teleport: Floats
    domains: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _DomainScores:
    inlinks: Inlinks
    ranked: Ranked
    harmonic: Floats | None
    trust: Floats | None
    authority: Floats
    rank: Ints
    percentile: Floats
    counts: DomainCounts


@dataclass(frozen=True, slots=True, eq=False)
class _PageScores:
    """`node` are the numbers of the URLs that are pages of the folded graph."""

    node: Ints
    inlinks: Inlinks
    ranked: Ranked
    authority: Floats
    counts: PageCounts


def rank_store(
    path: Path,
    options: GraphOptions | None = None,
    *,
    trusted_domains: Sequence[str] | None = None,
    progress: Progress = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> RankingSummary:
    """Compute and store all scores of this file; the earlier ranking stays until the new one is whole."""
    options = options or GraphOptions()
    progress("reading the links")
    material = read_material(path, options)
    names = DomainNames(path, material.domain_ids)
    trust = None if trusted_domains is None else _find_trusted(names, trusted_domains)
    progress(f"ranking {len(material.domain_ids):,} domains")
    domains = _rank_domains(material, options, trust)
    pages = None
    if options.page_scores:
        progress(f"ranking pages over {len(material.links.source):,} links")
        pages = _rank_pages(material, options)
    progress("writing the scores")
    ranking = NewRanking(
        made_at=clock(),
        parameters=_parameters(options, domains, pages, trust),
        domain_count=len(material.domain_ids),
        page_count=len(pages.node) if pages else 0,
        domain_batches=_domain_batches(material, domains),
        page_batches=_page_batches(material, pages) if pages else (),
    )
    ranking_id = write_ranking(path, ranking)
    return RankingSummary(
        ranking_id=ranking_id,
        domain_count=ranking.domain_count,
        domain_edge_count=domains.inlinks.edge_count,
        page_count=ranking.page_count,
        page_edge_count=pages.inlinks.edge_count if pages else 0,
        sweeps=domains.ranked.sweeps,
        is_converged=domains.ranked.is_converged,
        top=_top(names, domains),
        unknown_trusted=trust.unknown if trust else (),
    )


def _find_trusted(names: DomainNames, trusted: Sequence[str]) -> _Trust:
    wanted = {spelled(name) for name in trusted} - {""}
    known = names.known(wanted)
    teleport = np.zeros(len(names.ids))
    teleport[list(known.values())] = 1.0
    if not known:
        raise UnknownTrust(
            f"None of the {len(wanted):,} trusted domains is in this crawl. Trust needs at least one that it has seen."
        )
    return _Trust(teleport / len(known), tuple(sorted(known)), tuple(sorted(wanted - known.keys())))


def _iteration(options: GraphOptions) -> Iteration:
    return Iteration(damping=options.damping, tolerance=options.tolerance, max_sweeps=options.max_sweeps)


def _rank_domains(material: Material, options: GraphOptions, trust: _Trust | None) -> _DomainScores:
    edges, count = material.edges, len(material.domain_ids)
    source, target, worth = edges_that_count(edges, options)
    inlinks = connect(count, source, target=target, worth=worth)
    how = _iteration(options)
    ranked = compute_pagerank(inlinks, how=how)
    rank, percentile = compute_ranks(ranked.scores)
    return _DomainScores(
        inlinks=inlinks,
        ranked=ranked,
        harmonic=compute_harmonic(inlinks) if options.harmonic else None,
        trust=compute_pagerank(inlinks, trust.teleport, how=how).scores if trust else None,
        authority=compute_authority(ranked.scores),
        rank=rank,
        percentile=percentile,
        counts=count_domains(edges, count, material.subnets),
    )


def _rank_pages(material: Material, options: GraphOptions) -> _PageScores:
    urls, folds = material.urls, material.folds
    links = fold_pages(material.links, folds, urls)
    is_node = np.zeros(len(urls.ids), np.bool_)
    for numbers in (links.source, links.target, folds.as_target[urls.is_read]):
        is_node[numbers] = True
    is_node &= urls.domain >= 0
    node_of = np.cumsum(is_node, dtype=np.int32) - 1
    counting, worth = links_that_count(links, options)
    source, target, worth = fold_parallel(counting.source, counting.target, worth)
    node = np.flatnonzero(is_node)
    inlinks = connect(len(node), node_of[source], target=node_of[target], worth=worth)
    ranked = compute_pagerank(inlinks, how=_iteration(options))
    return _PageScores(node, inlinks, ranked, compute_authority(ranked.scores), count_pages(links, urls))


def _batches(ids: Ints, *columns: NDArray[Any] | None) -> Iterator[ScoreColumns]:
    """Slices of the columns as lists of plain numbers."""
    for first in range(0, len(ids), SCORE_ROWS_PER_BATCH):
        part = slice(first, first + SCORE_ROWS_PER_BATCH)
        rest = [None if column is None else column[part].tolist() for column in columns]
        yield (ids[part].tolist(), *rest)


def _domain_batches(material: Material, scores: _DomainScores) -> Iterator[ScoreColumns]:
    counts, pagerank = scores.counts, scores.ranked.scores
    return _batches(
        material.domain_ids,
        pagerank,
        scores.harmonic,
        scores.trust,
        scores.authority,
        scores.rank,
        scores.percentile,
        None if scores.trust is None else scores.trust / pagerank,
        counts.inbound_links,
        counts.referring_pages,
        counts.referring_domains,
        counts.followed_referring_domains,
        counts.referring_subnets,
    )


def _page_batches(material: Material, scores: _PageScores) -> Iterator[ScoreColumns]:
    node, counts = scores.node, scores.counts
    return _batches(
        material.urls.ids[node],
        scores.ranked.scores,
        scores.authority,
        counts.inbound_links[node],
        counts.referring_domains[node],
    )


def _parameters(
    options: GraphOptions, domains: _DomainScores, pages: _PageScores | None, trust: _Trust | None
) -> dict[str, Any]:
    return {
        "options": options.as_parameters(),
        "domains": _convergence(domains.inlinks, domains.ranked),
        "pages": _convergence(pages.inlinks, pages.ranked) if pages else None,
        "harmonic": _harmonic_method(domains),
        "trusted_domains": list(trust.domains) if trust else None,
    }


def _harmonic_method(domains: _DomainScores) -> str | None:
    if domains.harmonic is None:
        return None
    return "exact" if is_exact(domains.inlinks) else "estimated"


def _convergence(inlinks: Inlinks, ranked: Ranked) -> dict[str, Any]:
    return {
        "nodes": inlinks.node_count,
        "edges": inlinks.edge_count,
        "sweeps": ranked.sweeps,
        "l1_change": ranked.change,
        "is_converged": ranked.is_converged,
    }


def _top(names: DomainNames, scores: _DomainScores) -> tuple[RankedDomain, ...]:
    first = np.flatnonzero(scores.rank <= TOP)  # the TOP best and who equals the last of them
    best = first[np.argsort(scores.rank[first], kind="stable")][:TOP].tolist()
    named = names.names_of(best)
    return tuple(
        RankedDomain(
            domain=named[node],
            rank=int(scores.rank[node]),
            authority=float(scores.authority[node]),
            pagerank=float(scores.ranked.scores[node]),
            referring_domains=int(scores.counts.referring_domains[node]),
        )
        for node in best
    )

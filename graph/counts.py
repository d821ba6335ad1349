"""How many links, pages, domains and networks lead to each domain and each page.

Counts are of all links, followed or not, after folding; a domain's links to itself never count for it.

Not here: scores.
"""

from dataclasses import dataclass

import numpy as np

from storage import subnet_of

from .arrays import DomainEdges, Numbering, PageLinks, Urls
from .inlinks import COMPILED_FROM_EDGES, Ints, Numbers


@dataclass(frozen=True, slots=True, eq=False)
class DomainCounts:
    inbound_links: Ints
    referring_pages: Ints
    referring_domains: Ints
    followed_referring_domains: Ints
    referring_subnets: Ints


@dataclass(frozen=True, slots=True, eq=False)
class PageCounts:
    inbound_links: Ints
    referring_domains: Ints


def _sum_at(nodes: Numbers, values: Numbers, count: int) -> Ints:
    return np.bincount(nodes, weights=values, minlength=count).astype(np.int64)


def count_domains(edges: DomainEdges, node_count: int, subnets: tuple[Numbers, Numbers]) -> DomainCounts:
    """`subnets` says in which networks each domain's hosts are: domain numbers beside network numbers."""
    links, pages, referring, followed = _count_edges(edges, node_count)
    return DomainCounts(
        inbound_links=links,
        referring_pages=pages,
        referring_domains=referring,
        followed_referring_domains=followed,
        referring_subnets=_count_subnets(edges, node_count, subnets),
    )


def _count_edges(edges: DomainEdges, node_count: int) -> tuple[Ints, Ints, Ints, Ints]:
    """By target: links, pages, edges, followed edges."""
    target = edges.target
    if len(target) >= COMPILED_FROM_EDGES:
        from . import kernels  # noqa: PLC0415 — importing the compiler costs half a second

        counts = kernels.count_by_target(node_count, target, edges.links, edges.pages, edges.followed_links)
        return counts[:, 0], counts[:, 1], counts[:, 2], counts[:, 3]
    followed = target[edges.followed_links > 0]
    return (
        _sum_at(target, edges.links, node_count),
        _sum_at(target, edges.pages, node_count),
        np.bincount(target, minlength=node_count),
        np.bincount(followed, minlength=node_count),
    )


def _count_subnets(edges: DomainEdges, node_count: int, subnets: tuple[Numbers, Numbers]) -> Ints:
    domain, network = subnets
    if not len(domain):
        return np.zeros(node_count, np.int64)
    first = np.searchsorted(domain, edges.source, side="left")
    many = np.searchsorted(domain, edges.source, side="right") - first
    edge = np.repeat(np.arange(len(many)), many)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(many) - many, many)
    seen = np.unique(edges.target[edge].astype(np.int64) << 32 | network[first[edge] + within])
    return np.bincount(seen >> 32, minlength=node_count)


def subnets_by_domain(addresses: list[tuple[int, str]], numbering: Numbering) -> tuple[Numbers, Numbers]:
    """Domain numbers, ascending, beside the numbers of the networks that their hosts' addresses are in."""
    networks: dict[str, int] = {}
    pairs = sorted(
        {
            (int(domain), networks.setdefault(subnet, len(networks)))
            for domain, (_, address) in zip(
                numbering.numbers_of(np.array([row[0] for row in addresses], np.int64)), addresses, strict=True
            )
            if domain >= 0 and (subnet := subnet_of(address))
        }
    )
    table = np.array(pairs, np.int32).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def count_pages(links: PageLinks, urls: Urls) -> PageCounts:
    """Of links between different pages: all of them, and the other domains they come from."""
    count = len(urls.ids)
    source_domain, target_domain = urls.domain[links.source], urls.domain[links.target]
    external = source_domain != target_domain
    seen = np.unique(links.target[external].astype(np.int64) << 32 | source_domain[external])
    return PageCounts(
        inbound_links=np.bincount(links.target, minlength=count),
        referring_domains=np.bincount(seen >> 32, minlength=count),
    )

"""What a ranking needs of a store, read in one transaction, which ends before any arithmetic begins.

Edges between domains come as the crawl counts them. When links must be looked at one by one, because a folded URL
counts for another domain or because a link's place has a weight, they are folded from page links instead; with
neither, both ways give the same edges.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storage import EdgeReader, open_edges

from .arrays import (
    DomainEdges,
    Numbering,
    PageLinks,
    Urls,
    read_domain_edges,
    read_domain_ids,
    read_page_links,
    read_urls,
)
from .counts import subnets_by_domain
from .domains import fold_to_domains
from .folding import Folds, read_folds
from .inlinks import Ints, Numbers
from .options import GraphOptions

NOTHING: Numbers = np.zeros(0, np.int32)
NO_LINKS = PageLinks(NOTHING, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Domains are the nodes, by number; those left out by an option are not among them."""

    domain_ids: Ints
    edges: DomainEdges
    subnets: tuple[Numbers, Numbers]
    urls: Urls
    folds: Folds
    links: PageLinks


def read_material(path: Path, options: GraphOptions) -> Material:
    """Raises a StorageError for a file that cannot be read."""
    with open_edges(path) as reader:
        ids = read_domain_ids(reader, options.exclude_domains)
        numbering = Numbering(ids)
        urls = read_urls(reader, numbering)
        folds = read_folds(reader, urls, options)
        is_folded = folds.leaves_its_domain(urls) or not options.is_unweighted
        links = _read_links(reader, urls) if options.page_scores or is_folded else NO_LINKS
        counted = None if is_folded else read_domain_edges(reader, numbering)
        subnets = subnets_by_domain(reader.addresses(), numbering)
    edges = counted or fold_to_domains(links, folds, urls=urls, options=options)
    return Material(ids, edges, subnets, urls, folds, links)


def _read_links(reader: EdgeReader, urls: Urls) -> PageLinks:
    return read_page_links(reader, Numbering(urls.ids))

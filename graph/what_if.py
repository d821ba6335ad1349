"""The domain graph with some links gone and some added, for seeing what would change.

Not here: reading it (material.py), ranking it, who asks (explain.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .domains import Worth
from .errors import GraphError
from .inlinks import Floats, Ints, Numbers
from .naming import DomainNames

Link = tuple[str, str]
"""Source and target, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """As if the domains of `without` linked to nobody, these links were gone, and those were there and followed."""

    without: tuple[str, ...] = ()
    without_links: tuple[Link, ...] = ()
    with_links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WeighedEdges:
    """Edges between numbered domains, one a pair."""

    source: Numbers
    target: Numbers
    passes: Floats
    claims: Floats

    @property
    def worth(self) -> Worth:
        return Worth(self.passes, self.claims)

    def without(self, edges: Iterable[int]) -> "WeighedEdges":
        kept = np.ones(len(self.source), np.bool_)
        kept[list(edges)] = False
        return WeighedEdges(self.source[kept], self.target[kept], self.passes[kept], self.claims[kept])


def weigh(source: Numbers, target: Numbers, worth: Worth) -> WeighedEdges:
    ones = np.ones(len(source))
    passes = ones if worth.passes is None else worth.passes
    return WeighedEdges(source, target, passes, ones if worth.claims is None else worth.claims)


def change(edges: WeighedEdges, names: DomainNames, what_if: WhatIf) -> WeighedEdges:
    """Raises UnknownNode for a domain, GraphError for a link that is not there or would be no link."""
    gone = [names.number_of(name) for name in what_if.without]
    removed = np.isin(edges.source, gone)
    for link in what_if.without_links:
        found = _find(edges, *_numbered(link, names))
        if not len(found):
            raise GraphError(f"{link[0]} has no link to {link[1]} in this crawl that could be taken away.")
        removed[found] = True
    changed = edges.without(np.flatnonzero(removed))
    for link in what_if.with_links:
        source, target = _numbered(link, names)
        if source == target:
            raise GraphError(f"{link[0]} linking to itself would change nothing.")
        changed = _add(changed, source, target)
    return changed


def _numbered(link: Link, names: DomainNames) -> tuple[int, int]:
    source, target = link
    return names.number_of(source), names.number_of(target)


def _find(edges: WeighedEdges, source: int, target: int) -> Ints:
    return np.flatnonzero((edges.source == source) & (edges.target == target))


def _add(edges: WeighedEdges, source: int, target: int) -> WeighedEdges:
    rest = edges.without(_find(edges, source, target))
    return WeighedEdges(
        np.append(rest.source, np.int32(source)),
        np.append(rest.target, np.int32(target)),
        np.append(rest.passes, 1.0),
        np.append(rest.claims, 1.0),
    )

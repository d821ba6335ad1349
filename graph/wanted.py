"""Which nodes of a store are wanted, one byte an id: what selection.py answers with arrays, answered while streaming.

Each question is one pass over the rows of the store (each hop another one), so its memory is the bytes, and with
`top` eight more for each id. Not here: what a selection may say (selection.py), edges that leave (stream.py).
"""

import heapq
from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import compress

from storage import EdgeRow, GraphRows, LinkFlags

from .errors import UnknownNode
from .folding_links import fold_links
from .selection import Selection

Wanted = bytearray
"""At each id 1 or 0."""


def wanted_nodes(rows: GraphRows, selection: Selection) -> Wanted:
    """Raises UnknownNode when nobody has the name that the selection is to be around."""
    wanted = _all_nodes(rows, selection)
    center = _find_center(rows, selection) if selection.around else None
    if center is not None:
        wanted = _near(rows, selection, center)
    if selection.top and selection.top < wanted.count(1):
        wanted = _best(rows, selection, wanted, center)
    return wanted


def with_linkers(rows: GraphRows, selection: Selection, wanted: Wanted, count: int) -> Wanted:
    """So many nodes more: those with edges to most of the wanted ones, and to two at least."""
    if not count:
        return wanted
    reach: Counter[int] = Counter()
    for edge, _words in edge_rows(rows, selection):
        if wanted[edge[1]] and not wanted[edge[0]]:
            reach[edge[0]] += 1
    more = bytearray(wanted)
    for number, targets in reach.most_common(count):
        more[number] = targets > 1
    return more


def edge_rows(rows: GraphRows, selection: Selection) -> Iterator[tuple[EdgeRow, str]]:
    """Every edge that the selection's kind and age let through, with its anchor text, whatever nodes are wanted."""
    for edge, words in _all_edges(rows, selection):
        if edge[7] >= selection.since and (edge[3] or not selection.followed_only):
            yield edge, words


def _all_edges(rows: GraphRows, selection: Selection) -> Iterator[tuple[EdgeRow, str]]:
    if selection.level == "domain":
        return ((edge, "") for edge in rows.domain_edges())
    links = rows.links(selection.level)
    if selection.external_only:
        links = (link for link in links if link[3] & LinkFlags.EXTERNAL)
    return fold_links(links)


def _all_nodes(rows: GraphRows, selection: Selection) -> Wanted:
    """A URL that was not read is a node when a link to or from another ends there."""
    wanted = bytearray(rows.highest_id(selection.level) + 1)
    for number in rows.ids(selection.level):
        wanted[number] = 1
    if selection.level == "page":
        mask = LinkFlags.EXTERNAL if selection.external_only else 0
        for source, target, flags in rows.link_ends():
            if source != target and flags & mask == mask:
                wanted[source] = wanted[target] = 1
    return wanted


def _find_center(rows: GraphRows, selection: Selection) -> int:
    nodes = rows.nodes()
    find = {"domain": nodes.domain_id, "host": nodes.host_id, "page": nodes.page_id}[selection.level]
    found = find(selection.around)
    if found is None:
        raise UnknownNode(f"{selection.around}: this crawl knows no such {selection.level}.")
    return found


def _near(rows: GraphRows, selection: Selection, center: int) -> Wanted:
    """The nodes at most so many links away, whichever way the links point."""
    reached = bytearray(rows.highest_id(selection.level) + 1)
    reached[center] = 1
    for _ in range(selection.hops):
        before = bytes(reached)
        for edge, _words in edge_rows(rows, selection):
            if before[edge[0]] or before[edge[1]]:
                reached[edge[0]] = reached[edge[1]] = 1
        if reached == before:
            break
    return reached


def _best(rows: GraphRows, selection: Selection, wanted: Wanted, center: int | None) -> Wanted:
    merit = array("d", bytes(8 * len(wanted)))
    is_ranked = False
    for number, score in rows.scores(selection.level):
        merit[number] = score
        is_ranked = True
    if not is_ranked:
        for edge, _words in edge_rows(rows, selection):
            if wanted[edge[0]] and wanted[edge[1]]:
                merit[edge[1]] += edge[2]
    if center is not None:
        merit[center] = float("inf")
    best = bytearray(len(wanted))
    for number in heapq.nlargest(selection.top, compress(range(len(wanted)), wanted), key=merit.__getitem__):
        best[number] = 1
    return best

"""Which part of the link graph is wanted, and that part as arrays.

A level (domain, host or page), edges by kind and age, then nodes: those around one, then the best of them by
PageRank, or by inbound links where there is none. Edges are as the crawl saw them: nothing is folded but parallel
links, and no node links to itself. Not here: networkx (load.py), scores (ranking.py).
"""

from dataclasses import dataclass

import numpy as np

from storage import UNFOLLOWED, EdgeReader, check_options, setting

from .arrays import Numbering, Urls, fill, read_domain_ids, read_urls
from .errors import UnknownNode
from .inlinks import Floats, Ints, Numbers, Switches

LEVELS = ("domain", "host", "page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`since` is a moment in seconds since the epoch; `around` the name of a node, a URL at page level."""

    level: str = setting("domain", "What a node is.", choices=LEVELS)
    followed_only: bool = setting(False, "Only edges with a followed link.")
    external_only: bool = setting(False, "Only edges between different domains.")
    since: float = setting(0.0, "Only edges seen at or after this moment.", unit="seconds", minimum=0)
    around: str = setting("", "Only nodes near this one.")
    hops: int = setting(1, "How near: links, followed either way.", unit="links", minimum=0, maximum=100)
    top: int = setting(0, "Only so many nodes, the best by PageRank; 0 is all.", unit="nodes", minimum=0)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, eq=False)
class EdgeTable:
    """Nodes by ascending id, edges by number of source and target; moments in seconds since the epoch."""

    level: str
    ids: Ints
    source: Numbers
    target: Numbers
    links: Ints
    followed_links: Ints
    pages: Ints
    followed_pages: Ints
    first_seen: Ints
    last_seen: Ints

    def where(self, kept: Switches) -> "EdgeTable":
        """The same nodes with some of the edges."""
        return self._with_edges(self.ids, kept, self.source, self.target)

    def among(self, nodes: Switches) -> "EdgeTable":
        """Some of the nodes, and the edges between them."""
        number = np.cumsum(nodes, dtype=np.int32) - 1
        kept = nodes[self.source] & nodes[self.target]
        return self._with_edges(self.ids[nodes], kept, number[self.source], number[self.target])

    def _with_edges(self, ids: Ints, kept: Switches, source: Numbers, target: Numbers) -> "EdgeTable":
        columns = (self.links, self.followed_links, self.pages, self.followed_pages, self.first_seen, self.last_seen)
        return EdgeTable(self.level, ids, source[kept], target[kept], *(column[kept] for column in columns))


def select_edges(reader: EdgeReader, selection: Selection) -> EdgeTable:
    """The part of the graph that is wanted; raises UnknownNode when nobody has the name it is to be around."""
    table = _read_domains(reader) if selection.level == "domain" else _read_links(reader, selection)
    table = table.where(table.last_seen >= selection.since)
    if selection.followed_only:
        table = table.where(table.followed_links > 0)
    center = _find_center(reader, selection) if selection.around else None
    if center is not None:
        table = table.among(near(table, int(np.searchsorted(table.ids, center)), selection.hops))
    if selection.top and selection.top < len(table.ids):
        merit = _merit(reader, table)
        merit[table.ids == center] = np.inf
        best = np.zeros(len(merit), np.bool_)
        best[np.argsort(-merit, kind="stable")[: selection.top]] = True
        table = table.among(best)
    return table


def near(table: EdgeTable, center: int, hops: int) -> Switches:
    """The nodes at most so many links away, whichever way the links point."""
    reached = np.zeros(len(table.ids), np.bool_)
    reached[center] = True
    for _ in range(hops):
        before = reached.sum()
        ahead, behind = table.target[reached[table.source]], table.source[reached[table.target]]
        reached[ahead] = True
        reached[behind] = True
        if reached.sum() == before:
            break
    return reached


def _find_center(reader: EdgeReader, selection: Selection) -> int:
    nodes = reader.nodes()
    found = {"domain": nodes.domain_id, "host": nodes.host_id, "page": nodes.page_id}[selection.level](selection.around)
    if found is None:
        raise UnknownNode(f"{selection.around}: this crawl knows no such {selection.level}.")
    return found


def _merit(reader: EdgeReader, table: EdgeTable) -> Floats:
    """What nodes are compared by. Hosts have no score of their own."""
    nodes = reader.nodes()
    scores = {"domain": nodes.domain_scores, "host": dict, "page": nodes.page_scores}[table.level]()
    if not scores:
        return np.bincount(table.target, weights=table.links, minlength=len(table.ids)).astype(np.float64)
    return np.array([scores.get(number, 0.0) for number in table.ids.tolist()], np.float64)


def _read_domains(reader: EdgeReader) -> EdgeTable:
    ids = read_domain_ids(reader)
    numbering = Numbering(ids)
    rows = fill(reader.timed_domain_edges())
    source, target = numbering.numbers_of(rows[0]), numbering.numbers_of(rows[1])
    known = (source >= 0) & (target >= 0) & (source != target)
    return EdgeTable("domain", ids, source[known], target[known], *(column[known] for column in rows[2:]))


def _read_links(reader: EdgeReader, selection: Selection) -> EdgeTable:
    urls = read_urls(reader, Numbering(read_domain_ids(reader)))
    rows = fill(reader.timed_links())
    numbering = Numbering(urls.ids)
    page, target_page = numbering.numbers_of(rows[0]), numbering.numbers_of(rows[1])
    known = (page >= 0) & (target_page >= 0)
    if selection.external_only:
        known &= urls.domain[page] != urls.domain[target_page]
    page, target_page, columns = page[known], target_page[known], _columns(rows[2:, known])
    if selection.level == "page":
        return _as_pages(_fold(EdgeTable("page", urls.ids, page, target_page, *columns), page), urls)
    ids = fill(reader.host_ids())[0]
    host = Numbering(ids).numbers_of(np.array([row.host_id for row in urls.origins], np.int64))[urls.origin]
    return _fold(EdgeTable("host", ids, host[page], host[target_page], *columns), page)


def _columns(rows: Ints) -> tuple[Ints, ...]:
    """The columns of an edge that is one link, of its flags and when it was first and last seen."""
    flags, first_seen, last_seen = rows
    followed = ((flags & int(UNFOLLOWED)) == 0).astype(np.int64)
    ones = np.ones(len(flags), np.int64)
    return ones, followed, ones, followed, first_seen, last_seen


def _fold(table: EdgeTable, page: Numbers) -> EdgeTable:
    """Parallel edges as one; `page` are the pages that the links are on. Edges of a node to itself are gone."""
    differ = table.source != table.target
    table, page = table.where(differ), page[differ]
    keys = table.source.astype(np.int64) << 32 | table.target
    pairs, pair = np.unique(keys, return_inverse=True)
    count = len(pairs)
    order = np.argsort(pair, kind="stable")
    first = np.searchsorted(pair[order], np.arange(count))
    followed = table.followed_links > 0
    return EdgeTable(
        table.level,
        table.ids,
        source=(pairs >> 32).astype(np.int32),
        target=(pairs & 0xFFFF_FFFF).astype(np.int32),
        links=np.bincount(pair, minlength=count),
        followed_links=np.bincount(pair[followed], minlength=count),
        pages=_distinct(pair, page, count),
        followed_pages=_distinct(pair[followed], page[followed], count),
        first_seen=np.minimum.reduceat(table.first_seen[order], first) if count else table.first_seen,
        last_seen=np.maximum.reduceat(table.last_seen[order], first) if count else table.last_seen,
    )


def _distinct(pair: Ints, page: Numbers, count: int) -> Ints:
    return np.bincount(np.unique(pair << 32 | page) >> 32, minlength=count)


def _as_pages(table: EdgeTable, urls: Urls) -> EdgeTable:
    """Without the URLs that were not read and have no edge: sitemap entries, redirects, files."""
    is_node = urls.is_read.copy()
    is_node[table.source] = True
    is_node[table.target] = True
    return table.among(is_node)

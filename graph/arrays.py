"""Rows to arrays: the domain graph and the page links of a store as numbered nodes and edge lists.

Nodes are numbered by ascending id, so that what lies together in the file lies together in memory. Every id of a
reader belongs to one moment; an edge whose end has no row (there is none in a sound file) is left out.

Not here: folding pages that are one (folding.py), page links into domain edges (domains.py), networkx (load.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from storage import PLACEMENT_SHIFT, UNFOLLOWED, EdgeReader, OriginRow, Rows

from .inlinks import Floats, Ints, Numbers, Switches

PLACEMENT_MASK = 7


@dataclass(frozen=True, slots=True, eq=False)
class DomainEdges:
    """One edge a pair of different domains. `passes` and `claims` weigh an edge (domains.py); None: 1 when followed."""

    source: Numbers
    target: Numbers
    links: Numbers
    followed_links: Numbers
    pages: Numbers
    passes: Floats | None = None
    claims: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Urls:
    """Every known URL, by number: its id, the numbers of its origin and domain (-1: left out), whether it was read."""

    ids: Ints
    origin: Numbers
    domain: Numbers
    is_read: Switches
    origins: list[OriginRow]


@dataclass(frozen=True, slots=True, eq=False)
class PageLinks:
    """One entry a link, by URL numbers, in the order they are stored: page after page."""

    source: Numbers
    target: Numbers
    flags: Numbers

    def followed(self) -> Switches:
        followed: Switches = (self.flags & int(UNFOLLOWED)) == 0
        return followed

    def placement(self) -> Numbers:
        placement: Numbers = (self.flags >> PLACEMENT_SHIFT) & PLACEMENT_MASK
        return placement


def fill(rows: Rows) -> Ints:
    """All rows as one table, with a line for each column."""
    with rows.native() as native:
        if native is None:
            return np.fromiter(rows.flat(), np.int64).reshape(-1, rows.width).T
        from . import stepping  # noqa: PLC0415 — importing the compiler costs half a second

        parts, code = stepping.read_all(native)
    rows.check(code)
    return np.concatenate(parts, axis=1)


class Numbering:
    """From ids to numbers, by a table as long as the highest id; -1 where there is no such id."""

    def __init__(self, ids: Ints) -> None:
        self._table = np.full(int(ids.max(initial=0)) + 2, -1, np.int32)
        self._table[ids] = np.arange(len(ids), dtype=np.int32)

    def numbers_of(self, ids: Ints) -> Numbers:
        """Ids beyond the table are clipped to its end, where no id is."""
        numbers: Numbers = self._table.take(ids, mode="clip")
        return numbers

    def edges(self, rows: Rows, *, loops: bool) -> Numbers:
        """Rows that begin with two known ids, as a table with a line for each column; the ids have become numbers.

        Without `loops` rows from a node to itself are left out.
        """
        with rows.native() as native:
            if native is None:
                table = fill(rows)
                source, target = self.numbers_of(table[0]), self.numbers_of(table[1])
                kept = (source >= 0) & (target >= 0) & (loops | (source != target))
                return np.stack((source, target, *table[2:].astype(np.int32)))[:, kept]
            from . import stepping  # noqa: PLC0415 — importing the compiler costs half a second

            parts, code = stepping.read_numbered(native, self._table, loops=loops)
        rows.check(code)
        return np.concatenate(parts, axis=1)


def read_domain_ids(reader: EdgeReader, excluded: Iterable[str] = ()) -> Ints:
    """Ascending, without those of the excluded names."""
    ids = fill(reader.domain_ids())[0]
    gone = list(reader.nodes().domain_ids_of(excluded).values())
    return np.setdiff1d(ids, np.array(gone, np.int64), assume_unique=True) if gone else ids


def read_domain_edges(reader: EdgeReader, numbering: Numbering) -> DomainEdges:
    """The edges as the crawl keeps them: every link between two different domains, nothing folded."""
    source, target, links, followed_links, pages = numbering.edges(reader.domain_edges(), loops=False)
    return DomainEdges(source, target, links, followed_links, pages)


def read_urls(reader: EdgeReader, domains: Numbering) -> Urls:
    ids, origin_ids = fill(reader.urls())
    origins = reader.origins()
    origin = Numbering(np.array([row.origin_id for row in origins], np.int64)).numbers_of(origin_ids)
    of_origin = domains.numbers_of(np.array([row.domain_id for row in origins], np.int64))
    is_read = np.zeros(len(ids), np.bool_)
    read = Numbering(ids).numbers_of(fill(reader.read_pages())[0])
    is_read[read[read >= 0]] = True
    return Urls(ids, origin, of_origin[origin], is_read, origins)


def read_page_links(reader: EdgeReader, numbering: Numbering) -> PageLinks:
    source, target, flags = numbering.edges(reader.links(), loops=True)
    return PageLinks(source, target, flags)

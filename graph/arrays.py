"""Rows to arrays: the domain graph and the page links of a store as numbered nodes and edge lists.

Nodes are numbered by ascending id, so that what lies together in the file lies together in memory. Every id of a
reader belongs to one moment; an edge whose end has no row (there is none in a sound file) is left out.

Not here: folding pages that are one (folding.py), page links into domain edges (domains.py), networkx (load.py).
"""

from dataclasses import dataclass

import numpy as np

from storage import PLACEMENT_SHIFT, UNFOLLOWED, DomainRow, EdgeReader, OriginRow, Rows

from .inlinks import Floats, Ints, Numbers, Switches

LOW = 0xFFFF_FFFF
PLACEMENT_MASK = 7


@dataclass(frozen=True, slots=True, eq=False)
class DomainEdges:
    """One edge a pair of different domains. `passes` and `claims` weigh an edge (domains.py); None: 1 when followed."""

    source: Numbers
    target: Numbers
    links: Ints
    followed_links: Ints
    pages: Ints
    followed_pages: Ints
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
    """A table of the rows, one line each."""
    with rows.native() as native:
        if native is None:
            return np.fromiter(rows.flat(), np.int64).reshape(-1, rows.width)
        from . import stepping  # noqa: PLC0415 — importing the compiler costs half a second

        parts, code = stepping.read_all(native)
    rows.check(code)
    return np.concatenate(parts)


class Numbering:
    """From ids to numbers, by a table as long as the highest id; -1 where there is no such id."""

    def __init__(self, ids: Ints) -> None:
        self._table = np.full(int(ids.max(initial=0)) + 1, -1, np.int32)
        self._table[ids] = np.arange(len(ids), dtype=np.int32)

    def numbers_of(self, ids: Ints) -> Numbers:
        known = np.where(ids < len(self._table), ids, 0)
        numbers: Numbers = np.where(ids < len(self._table), self._table[known], -1).astype(np.int32)
        return numbers

    def pair(self, packed: Ints) -> tuple[Numbers, Numbers, Switches]:
        """The numbers of both halves of `source << 32 | target`, and where both are known."""
        source, target = self.numbers_of(packed >> 32), self.numbers_of(packed & LOW)
        return source, target, (source >= 0) & (target >= 0)


def domain_ids(domains: list[DomainRow]) -> Ints:
    return np.fromiter((domain.domain_id for domain in domains), np.int64, len(domains))


def read_domain_edges(reader: EdgeReader, numbering: Numbering) -> DomainEdges:
    """The edges as the crawl keeps them: every link between two domains, nothing folded."""
    table = fill(reader.domain_edges())
    source, target, known = numbering.pair(table[:, 0])
    columns = (np.ascontiguousarray(table[known, column]) for column in range(1, 5))
    return DomainEdges(source[known], target[known], *columns)


def read_urls(reader: EdgeReader, domains: Numbering) -> Urls:
    packed = fill(reader.urls()).ravel()
    ids = packed >> 32
    origins = reader.origins()
    origin_ids = np.fromiter((row.origin_id for row in origins), np.int64, len(origins))
    origin = Numbering(origin_ids).numbers_of(packed & LOW)
    of_origin = domains.numbers_of(np.fromiter((row.domain_id for row in origins), np.int64, len(origins)))
    is_read = np.zeros(len(ids), np.bool_)
    read = Numbering(ids).numbers_of(fill(reader.read_pages()).ravel())
    is_read[read[read >= 0]] = True
    return Urls(ids, origin, of_origin[origin], is_read, origins)


def read_page_links(reader: EdgeReader, numbering: Numbering) -> PageLinks:
    table = fill(reader.links())
    source, target, known = numbering.pair(table[:, 0])
    return PageLinks(source[known], target[known], table[known, 1].astype(np.int32))

"""Pages that are one page: redirects, canonical links, www and scheme, followed to where they end.

A link to a folded URL counts for the URL it leads to, whoever owns that. A link *on* a folded page counts for the
page it folds into only inside its own domain: a page that names another's as its canonical link must not speak for
it.

Not here: which pages exist (arrays.py), what the folded graph scores.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from storage import EdgeReader, OriginRow

from .arrays import Numbering, Urls, fill
from .inlinks import Numbers, Switches
from .options import GraphOptions


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """For each URL's number, the number of the URL it counts as: when it is linked to, and when it links."""

    as_target: Numbers
    as_source: Numbers

    def leaves_its_domain(self, urls: Urls) -> bool:
        """Whether any URL counts for another domain than its own when it is linked to."""
        return bool((urls.domain[self.as_target] != urls.domain).any())


def read_folds(reader: EdgeReader, urls: Urls, options: GraphOptions) -> Folds:
    leads_to = np.arange(len(urls.ids), dtype=np.int32)
    _fold_spellings(reader, urls, options, leads_to)
    _fold_pointers(reader, urls, options, leads_to)
    ends = follow(leads_to, urls.is_read)
    same_domain = urls.domain[ends] == urls.domain
    own = np.where(same_domain, ends, np.arange(len(ends), dtype=np.int32)).astype(np.int32)
    return Folds(ends, own)


def follow(leads_to: Numbers, is_read: Switches) -> Numbers:
    """Where each chain ends; all of a loop count as one of it, one that was read before others, then the lowest."""
    ends = _jump(leads_to)
    astray = np.unique(ends[leads_to[ends] != ends]).tolist()
    if not astray:
        return ends
    cut = leads_to.copy()
    for start in astray:
        loop = _loop_from(start, leads_to)
        cut[loop] = min(loop, key=lambda node: (not is_read[node], node))
    return _jump(cut)


def _jump(leads_to: Numbers) -> Numbers:
    """Each round doubles the steps taken; who starts a long way from a loop ends on it."""
    ends = leads_to
    for _ in range(len(leads_to).bit_length()):
        further = ends[ends]
        if (further == ends).all():
            break
        ends = further
    return ends


def _loop_from(start: int, leads_to: Numbers) -> list[int]:
    loop = [start]
    while (node := int(leads_to[loop[-1]])) != start:
        loop.append(node)
    return loop


def _fold_spellings(reader: EdgeReader, urls: Urls, options: GraphOptions, leads_to: Numbers) -> None:
    numbering = Numbering(urls.ids)
    for group in spellings(urls.origins, options):
        for ids in reader.same_paths(group):
            numbers = numbering.numbers_of(np.array(ids, np.int64))
            read = numbers[urls.is_read[numbers]]
            leads_to[numbers] = read[0] if len(read) else numbers[0]


def spellings(origins: list[OriginRow], options: GraphOptions) -> list[list[int]]:
    """The ids of origins that differ in nothing but scheme or www, those in groups of two or more."""
    groups: dict[tuple[str, str], list[int]] = {}
    for origin in origins:
        scheme, rest = origin.text.split("://", 1)
        has_port = urlsplit(origin.text).port is not None
        scheme = "" if options.fold_scheme and not has_port else scheme
        host = rest.removeprefix("www.") if options.fold_www else rest
        groups.setdefault((scheme, host), []).append(origin.origin_id)
    return [group for group in groups.values() if len(group) > 1]


def _fold_pointers(reader: EdgeReader, urls: Urls, options: GraphOptions, leads_to: Numbers) -> None:
    """Redirects and canonical links, over the spellings: what a page itself says is better known."""
    table = fill(reader.pointers())
    numbering = Numbering(urls.ids)
    source = numbering.numbers_of(table[0])
    for column, is_wanted in ((2, options.fold_canonicals), (1, options.fold_redirects)):
        target = numbering.numbers_of(table[column])
        known = (table[column] > 0) & (source >= 0) & (target >= 0) & (source != target)
        if is_wanted:
            leads_to[source[known]] = target[known]

"""Domains by name and by number: a graph of millions keeps numbers only, and asks the store for the few names it shows.

Ids are those of the graph, which may leave domains out; a name beyond them is unknown. Not here: URLs, hosts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from storage import open_edges

from .errors import UnknownNode
from .inlinks import Ints


@dataclass(frozen=True, slots=True, eq=False)
class DomainNames:
    """`ids` are the domains' ids, ascending, by number."""

    path: Path
    ids: Ints

    def known(self, names: Iterable[str]) -> dict[str, int]:
        """The numbers of those names that the graph knows."""
        with open_edges(self.path) as reader:
            found = reader.nodes().domain_ids_of([spelled(name) for name in names])
        places = {name: int(np.searchsorted(self.ids, number)) for name, number in found.items()}
        return {name: place for name, place in places.items() if self.ids[place : place + 1] == found[name]}

    def number_of(self, name: str) -> int:
        number = self.known([name]).get(spelled(name))
        if number is None:
            raise UnknownNode(f"{name}: this crawl knows no such domain, or leaves it out.")
        return number

    def names_of(self, numbers: Iterable[int]) -> dict[int, str]:
        ids = {int(self.ids[number]): number for number in numbers}
        with open_edges(self.path) as reader:
            return {ids[found]: name for found, name in reader.nodes().domain_names_of(ids).items()}


def spelled(name: str) -> str:
    """As the store spells domains."""
    return name.strip().lower().rstrip(".")

"""Where the nodes and labels of a picture go, in points on the paper: nothing covers anything else.

Forces pull linked nodes together, then discs are pushed apart and the whole is fitted to the paper. Labels take the
first free place around their disc, the weightiest node first; one that finds none is left out. Not here: drawing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .inlinks import Floats

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[int]

SEED = 7
LAYOUT_STEPS = 400
PUSHES = 300
GAP = 7.0  # points between discs
LABEL_HEIGHT = 11.0  # room kept below a disc for its label
COMMUNITY_PULL = 3.0  # how much more a link inside a community draws together


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def is_inside(self, other: "Box") -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )


def find_communities(graph: "Graph") -> list[set[int]]:
    """By Louvain's modularity; the largest first."""
    import networkx as nx  # noqa: PLC0415 — a start without it is a quarter of a second shorter

    together = nx.Graph(graph)
    found = nx.community.louvain_communities(together, weight=None, seed=SEED)
    return sorted(found, key=lambda nodes: (-len(nodes), min(nodes)))


def place_nodes(graph: "Graph", communities: Sequence[set[int]], *, radii: Floats, paper: Box) -> Floats:
    """Nodes are numbered from 0; a row each of x and y."""
    import networkx as nx  # noqa: PLC0415 — see above

    group = {node: number for number, nodes in enumerate(communities) for node in nodes}
    together: nx.Graph[int] = nx.Graph()
    together.add_nodes_from(range(len(radii)))
    for source, target in graph.edges:
        together.add_edge(source, target, pull=COMMUNITY_PULL if group[source] == group[target] else 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # networkx divides by a node's distance to itself
        found = nx.forceatlas2_layout(
            together, max_iter=LAYOUT_STEPS, weight="pull", linlog=True, strong_gravity=True, gravity=0.02, seed=SEED
        )
    places = np.nan_to_num(np.array([found[node] for node in range(len(radii))], np.float64).reshape(-1, 2))
    return _push_apart(_fit(places, paper), radii, paper)


def _fit(places: Floats, paper: Box) -> Floats:
    """Spread over the paper by rank as much as by distance, so that one far node does not press the rest together."""
    corner = np.array([paper.left, paper.bottom])
    size = np.array([paper.right - paper.left, paper.top - paper.bottom])
    count = len(places)
    span = np.maximum(np.ptp(places, axis=0), 1e-9) if count else np.ones(2)
    straight = (places - places.min(axis=0)) / span if count else places
    ranks = np.argsort(np.argsort(places, axis=0, kind="stable"), axis=0, kind="stable") / max(count - 1, 1)
    return corner + size * (0.5 * straight + 0.5 * ranks if count > 1 else np.full_like(places, 0.5))


def _push_apart(places: Floats, radii: Floats, paper: Box) -> Floats:
    """Discs, each with room for a label below, moved until none touches another and all are on the paper."""
    if len(places) < 2:  # noqa: PLR2004 — one disc has nobody to be pushed by
        return places
    wanted = radii[:, None] + radii[None, :] + GAP
    low = np.array([paper.left, paper.bottom])[None, :] + radii[:, None] + np.array([20.0, LABEL_HEIGHT])
    high = np.array([paper.right, paper.top])[None, :] - radii[:, None] - np.array([20.0, 0.0])
    places = np.clip(places, low, high)
    stretch = np.array([0.55, 1.0])  # labels are wide: side by side needs more room than one above the other
    for _ in range(PUSHES):
        apart = (places[:, None, :] - places[None, :, :]) * stretch
        distance = np.sqrt((apart**2).sum(axis=2)) + np.eye(len(places)) * 1e9
        short = np.maximum(wanted + LABEL_HEIGHT - distance, 0.0)
        if not short.any():
            break
        direction = apart / np.maximum(distance, 1e-6)[:, :, None]
        places = np.clip(places + 0.3 * (direction * short[:, :, None]).sum(axis=1), low, high)
    return places


def place_labels(
    places: Floats, radii: Floats, *, sizes: Sequence[tuple[float, float]], paper: Box
) -> list[Box | None]:
    """In the order of the nodes, which is that of their weight."""
    discs = [Box(x - r, y - r, x + r, y + r) for (x, y), r in zip(places.tolist(), radii.tolist(), strict=True)]
    labels: list[Box | None] = []
    taken: list[Box] = []
    for number, (width, height) in enumerate(sizes):
        others = [disc for other, disc in enumerate(discs) if other != number]
        tries = _around(discs[number], width, height)
        free = (box for box in tries if box.is_inside(paper) and not any(map(box.meets, [*others, *taken])))
        found = next(free, None)
        labels.append(found)
        if found:
            taken.append(found)
    return labels


def _around(disc: Box, width: float, height: float) -> Iterator[Box]:
    """Below, above, beside, at the corners; then the same a little further off."""
    x, y = (disc.left + disc.right) / 2, (disc.bottom + disc.top) / 2
    for gap in (1.5, 5.0):
        for left, bottom in (
            (x - width / 2, disc.bottom - gap - height),
            (x - width / 2, disc.top + gap),
            (disc.right + gap, y - height / 2),
            (disc.left - gap - width, y - height / 2),
            (x, disc.bottom - gap - height),
            (x - width, disc.bottom - gap - height),
            (x, disc.top + gap),
            (x - width, disc.top + gap),
        ):
            yield Box(left, bottom, left + width, bottom + height)

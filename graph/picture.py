"""A picture of the best-linked nodes and their links, for a report: SVG or PNG.

A disc is a node, its area its authority, its colour its community; a line is an edge, bent to the left of its way,
its width the number of links. Drawn by matplotlib without a window. Not here: who is in the picture (export.py,
wanted.py), where things go (picture_layout.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from .inlinks import Floats
from .picture_layout import Box, find_communities, place_labels, place_nodes
from .stream import GraphStream

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[int]

WIDTH, HEIGHT = 1080.0, 720.0  # points: 15 by 10 inches
MARGIN = 26.0
HEAD, FOOT = 78.0, 60.0
DOTS_PER_INCH = 160
SMALLEST, LARGEST = 4.5, 25.0  # radii
LONGEST_LABEL = 34
START_OF_URL = 11
BEND = 0.13
READABLE = 0x250

PAPER, INK, FAINT = "#ffffff", "#1f2933", "#64717f"
COLOURS = ("#2f6fb2", "#d9772b", "#3a9a67", "#b54a6a", "#7a62b3", "#b7950b", "#2a9aa8", "#8a5a3c")
REST = "#9aa5b1"
"""Of communities beyond the colours, and of nodes that are with nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Nodes by descending weight, numbered from 0."""

    names: list[str]
    weights: Floats
    is_authority: bool
    graph: "Graph"
    communities: list[set[int]]

    @property
    def colours(self) -> list[str]:
        colours = [REST] * len(self.names)
        for colour, nodes in zip(COLOURS, self.coloured, strict=False):
            for node in nodes:
                colours[node] = colour
        return colours

    @property
    def coloured(self) -> list[set[int]]:
        return [nodes for nodes in self.communities if len(nodes) > 1][: len(COLOURS)]

    def radii(self) -> Floats:
        share = np.sqrt(np.clip(self.weights, 0.0, 100.0) / 100.0)
        radii: Floats = SMALLEST + (LARGEST * _crowding(len(self.names)) - SMALLEST) * share**1.5
        return radii


def write_svg(graph: GraphStream, file: BinaryIO) -> None:
    _draw(graph, file, {"format": "svg", "metadata": {"Date": None, "Creator": "backlinks"}})


def write_png(graph: GraphStream, file: BinaryIO) -> None:
    _draw(graph, file, {"format": "png", "dpi": DOTS_PER_INCH, "metadata": {"Software": "backlinks"}})


def build_scene(graph: GraphStream) -> Scene:
    import networkx as nx  # noqa: PLC0415 — only pictures need it

    fields = [field.name for field in graph.node_fields]
    authority = next((at for at, name in enumerate(fields, 1) if name.endswith("authority")), 0)
    nodes = list(graph.nodes())
    edges = [(edge[0], edge[1], edge[3]) for edge in graph.edges()]
    linked = {end for edge in edges for end in edge[:2]}
    is_authority = any(node[authority] is not None for node in nodes)
    weights = {node[0]: float(node[authority] or 0.0) for node in nodes} if is_authority else _shares(edges)
    shown = [node for node in nodes if node[0] in linked or not linked]
    shown.sort(key=lambda node: (-weights.get(node[0], 0.0), node[1]))
    number = {node[0]: at for at, node in enumerate(shown)}
    drawn: Graph = nx.DiGraph()
    drawn.add_nodes_from(range(len(shown)))
    drawn.add_weighted_edges_from((number[a], number[b], links) for a, b, links in edges)
    values = np.array([weights.get(node[0], 0.0) for node in shown], np.float64)
    return Scene([_short(node[1]) for node in shown], values, is_authority, drawn, find_communities(drawn))


def _shares(edges: Sequence[tuple[int, int, int]]) -> dict[int, float]:
    """In place of scores that were never made: who links here, the best has 100."""
    counts: dict[int, float] = {}
    for _, target, _links in edges:
        counts[target] = counts.get(target, 0.0) + 1.0
    most = max(counts.values(), default=1.0)
    return {node: 100.0 * count / most for node, count in counts.items()}


def _short(name: str) -> str:
    name = _in_its_letters(name.removeprefix("https://").removeprefix("http://"))
    name = "".join(letter if letter.isprintable() and ord(letter) < READABLE else "?" for letter in name)
    if len(name) <= LONGEST_LABEL:
        return name
    kept = START_OF_URL if "/" in name else LONGEST_LABEL - 1  # pages of a site differ at their end
    return f"{name[:kept]}…{name[len(name) - (LONGEST_LABEL - 1 - kept) :]}"


def _in_its_letters(name: str) -> str:
    """A domain with Latin letters as its owner writes it; others stay in ASCII, where nothing can look like another."""
    if not name.startswith("xn--") and ".xn--" not in name:
        return name
    try:
        spelled = name.encode("ascii").decode("idna")
    except UnicodeError:
        return name
    return spelled if all(ord(letter) < READABLE for letter in spelled) else name


def _crowding(count: int) -> float:
    """Discs are smaller where there are many."""
    return min(1.0, float((45 / max(count, 1)) ** 0.5))


def _draw(graph: GraphStream, file: BinaryIO, form: dict[str, Any]) -> None:
    from matplotlib import rc_context  # noqa: PLC0415 — a second to import, and only pictures need it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 — see above
    from matplotlib.figure import Figure  # noqa: PLC0415 — see above

    scene = build_scene(graph)
    with rc_context({"svg.hashsalt": "backlinks", "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), facecolor=PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
        axes.axis("off")
        radii = scene.radii()
        paper = Box(MARGIN, FOOT, WIDTH - MARGIN, HEIGHT - HEAD)
        places = place_nodes(scene.graph, scene.communities, radii=radii, paper=paper)
        _draw_edges(axes, scene, places)
        _draw_nodes(axes, scene, places, radii)
        _draw_labels(axes, scene, places, radii)
        _draw_words(axes, scene, graph.level)
        figure.savefig(file, **form)


def _draw_edges(axes: Any, scene: Scene, places: Floats) -> None:
    from matplotlib.collections import PathCollection  # noqa: PLC0415 — see _draw
    from matplotlib.path import Path as Curve  # noqa: PLC0415 — see _draw

    colours = scene.colours
    curves: list[Curve] = []
    widths: list[float] = []
    for source, target, links in scene.graph.edges(data="weight", default=1):
        start, end = places[source], places[target]
        way = end - start
        bend = (start + end) / 2 + np.array([-way[1], way[0]]) * BEND
        curves.append(Curve([start, bend, end], [Curve.MOVETO, Curve.CURVE3, Curve.CURVE3]))
        widths.append(min(0.5 + 0.35 * float(np.log1p(links)), 2.6))
    shades = [colours[source] for source, _ in scene.graph.edges]
    strength = max(0.12, min(0.5, 7.0 / max(len(curves), 1) ** 0.6))
    axes.add_collection(
        PathCollection(curves, facecolors="none", edgecolors=shades, linewidths=widths, alpha=strength, zorder=1)
    )


def _draw_nodes(axes: Any, scene: Scene, places: Floats, radii: Floats) -> None:
    axes.scatter(
        places[:, 0], places[:, 1], s=(2 * radii) ** 2, c=scene.colours, edgecolors=PAPER, linewidths=1.1, zorder=2
    )


def _draw_labels(axes: Any, scene: Scene, places: Floats, radii: Floats) -> None:
    from matplotlib.patheffects import withStroke  # noqa: PLC0415 — see _draw

    halo = [withStroke(linewidth=2.4, foreground=PAPER, alpha=0.9)]
    texts = [
        axes.text(0, 0, name, fontsize=6.8 + 3.4 * weight / 100, color=INK, parse_math=False, zorder=3)
        for name, weight in zip(scene.names, scene.weights.tolist(), strict=True)
    ]
    renderer = axes.figure.canvas.get_renderer()
    scale = 72 / axes.figure.dpi
    extents = [text.get_window_extent(renderer) for text in texts]
    sizes = [(extent.width * scale + 2, extent.height * scale) for extent in extents]
    paper = Box(8, FOOT - 14, WIDTH - 8, HEIGHT - HEAD + 6)
    for text, box in zip(texts, place_labels(places, radii, sizes=sizes, paper=paper), strict=True):
        if box is None:
            text.remove()
        else:
            text.set(position=(box.left + 1, box.bottom), verticalalignment="bottom", path_effects=halo)


def _draw_words(axes: Any, scene: Scene, level: str) -> None:
    count, measure = len(scene.names), "authority" if scene.is_authority else "links from others here"
    title = f"{plural_of(count, level)} and the links between them" if count else f"No {level}s to show"
    edges = plural_of(scene.graph.number_of_edges(), "connection")
    below = f"{edges}. Size: {measure}. Colour: community; a line has the colour of the {level} that links."
    axes.text(MARGIN, HEIGHT - 34, title, fontsize=17, color=INK, weight="bold")
    axes.text(MARGIN, HEIGHT - 54, below, fontsize=9.5, color=FAINT)
    axes.text(
        WIDTH - MARGIN, 15, "Relative to this crawl: links that it did not see are not here.",
        fontsize=7.5, color=FAINT, horizontalalignment="right",
    )  # fmt: skip
    _draw_legend(axes, scene)


def plural_of(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _draw_legend(axes: Any, scene: Scene) -> None:
    """The communities by their best member, as many as there is room for."""
    renderer, scale = axes.figure.canvas.get_renderer(), 72 / axes.figure.dpi
    left = MARGIN
    for colour, nodes in zip(COLOURS, scene.coloured, strict=False):
        words = f"{scene.names[min(nodes)]} and {len(nodes) - 1:,} more"
        text = axes.text(left + 12, 34, words, fontsize=8, color=INK, verticalalignment="center", parse_math=False)
        right = left + 12 + text.get_window_extent(renderer).width * scale
        if right > WIDTH - MARGIN:
            text.remove()
            return
        axes.scatter([left + 4], [34], s=52, c=[colour], zorder=2)
        left = right + 20

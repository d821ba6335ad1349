"""Beside the crawler: from the store's links to graphs, scores and files. This door names what other rooms may use."""

from .errors import ExportError, GraphError, NotRanked, UnknownNode, UnknownTrust
from .explain import Change, Contribution, Explanation, explain_domain
from .export import Exported, export_graph
from .load import LinkArrays, load_arrays, load_graph
from .options import GraphOptions
from .ranking import RankedDomain, RankingSummary, rank_store
from .selection import LEVELS, EdgeTable, Selection
from .stream import Progress as ExportProgress
from .what_if import WhatIf

__all__ = [
    "LEVELS",
    "Change",
    "Contribution",
    "EdgeTable",
    "Explanation",
    "ExportError",
    "ExportProgress",
    "Exported",
    "GraphError",
    "GraphOptions",
    "LinkArrays",
    "NotRanked",
    "RankedDomain",
    "RankingSummary",
    "Selection",
    "UnknownNode",
    "UnknownTrust",
    "WhatIf",
    "explain_domain",
    "export_graph",
    "load_arrays",
    "load_graph",
    "rank_store",
]

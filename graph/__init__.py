"""Beside the crawler: from the store's links to graphs, scores and files. This door names what other rooms may use."""

from .errors import GraphError, NotRanked, UnknownNode, UnknownTrust
from .options import GraphOptions
from .ranking import RankedDomain, RankingSummary, rank_store

__all__ = [
    "GraphError",
    "GraphOptions",
    "NotRanked",
    "RankedDomain",
    "RankingSummary",
    "UnknownNode",
    "UnknownTrust",
    "rank_store",
]

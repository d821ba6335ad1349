"""Answers to an SEO specialist's questions, each a function that gives an iterable of frozen records."""

from ..anchor_class import AnchorClass, AnchorJudge
from .caution import DisavowFile, decisions, disavow_file, review
from .coverage_text import coverage_sentence
from .link_building import (
    broken,
    broken_prospects,
    compare,
    intersect,
    lost_links,
    mentions,
    new_links,
    outgoing_anchors,
    outgoing_broken,
    outgoing_domains,
    pages,
    reciprocal,
    resources,
)
from .profile import addresses, anchor_classes, anchors, links, overview, referring_domains, timeline
from .quality import score
from .report import Report
from .target_text import ReadTarget, read_target

__all__ = [
    "AnchorClass",
    "AnchorJudge",
    "DisavowFile",
    "ReadTarget",
    "Report",
    "addresses",
    "anchor_classes",
    "anchors",
    "broken",
    "broken_prospects",
    "compare",
    "coverage_sentence",
    "decisions",
    "disavow_file",
    "intersect",
    "links",
    "lost_links",
    "mentions",
    "new_links",
    "outgoing_anchors",
    "outgoing_broken",
    "outgoing_domains",
    "overview",
    "pages",
    "read_target",
    "reciprocal",
    "referring_domains",
    "resources",
    "review",
    "score",
    "timeline",
]

"""Answers to an SEO specialist's questions, each a function that gives an iterable of frozen records."""

from .anchor_class import AnchorClass, AnchorJudge
from .coverage_text import coverage_sentence
from .profile import addresses, anchor_classes, anchors, links, overview, referring_domains
from .report import Report
from .target_text import ReadTarget, read_target

__all__ = [
    "AnchorClass",
    "AnchorJudge",
    "ReadTarget",
    "Report",
    "addresses",
    "anchor_classes",
    "anchors",
    "coverage_sentence",
    "links",
    "overview",
    "read_target",
    "referring_domains",
]

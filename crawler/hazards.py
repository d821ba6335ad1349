"""Markup that would cost the parser far more than its size, made harmless before parsing.

The standard's tree building is quadratic in three things that honest pages have little of: nesting, attributes of one
tag, and formatting elements left open (each later block repeats all of them: 32 KB can become 700 MB). Where a page
goes beyond, tags that carry no links are dropped, as browsers flatten what is nested too deep, and endless tags are
closed. Links and words stay.

Estimates err on the side of too much: a page that is only suspected loses containers or formatting, nothing else.
"""

import itertools
import re

MAX_DEPTH = 512
"""Where browsers stop nesting."""
MAX_REPEATED_ELEMENTS = 300_000
"""Of about 400 bytes each."""
MAX_ATTRIBUTES = 5_000

_FEW_TAGS = 1_000  # so few cannot repeat more than 500 * 500 elements, whatever they are
_MANY_TAGS = 5_000  # fewer cannot nest deep enough to matter
_LONG_TAG_BYTES = 32_768
_LONG_PAGE_BYTES = 131_072
_SEPARATORS = b" \t\n\f\r/\"'"  # every attribute has one before it

_FORMATTING_NAME = rb"(?=[bcefinstu])(?:[bisu]|big|code|em|font|nobr|small|strike|strong|tt)(?=[\s/>])"
_FORMATTING_START = re.compile(rb"<" + _FORMATTING_NAME, re.IGNORECASE)
_FORMATTING = re.compile(rb"</?" + _FORMATTING_NAME + rb"[^<>]*>?", re.IGNORECASE)
_START_TAG = re.compile(rb"""<[a-zA-Z][^>"']*+(?:"[^"]*+"?+[^>"']*+|'[^']*+'?+[^>"']*+)*+""")
_ATTRIBUTE = re.compile(rb"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"']++)?+)?+""")
_CONTAINER = re.compile(
    rb"<(/?)(?!(?:a|area|base|br|col|dd|dt|embed|frame|hr|iframe|img|input|li|link|meta|noscript|optgroup|option|p|param"
    rb"|script|source|style|t[drh]|tbody|textarea|tfoot|thead|title|track|wbr)[\s/>])[a-zA-Z][^<>]*>?",
    re.IGNORECASE,
)


def tamed(markup: bytes) -> bytes:
    """The same markup, or one that parses in time and memory proportional to its size."""
    tag_count = len(markup) - len(markup.replace(b"<", b""))  # a third of what count() takes
    if tag_count > _FEW_TAGS and tag_count * len(_FORMATTING_START.findall(markup)) > MAX_REPEATED_ELEMENTS:
        markup = _FORMATTING.sub(b"", markup)
    if tag_count > _MANY_TAGS:
        markup = _flattened(markup)
    if len(markup) > _LONG_PAGE_BYTES:
        tags = _START_TAG.findall(markup)
        if max(map(len, tags), default=0) > _LONG_TAG_BYTES:
            for tag in filter(_has_endless_attributes, tags):
                markup = markup.replace(tag, _closed_in_time(tag), 1)
    return markup


def _has_endless_attributes(tag: bytes) -> bool:
    """Counts exactly only where there are separators enough."""
    if len(tag) <= _LONG_TAG_BYTES:
        return False
    separators = len(tag) - len(tag.translate(None, _SEPARATORS))
    return separators > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(tag)) > MAX_ATTRIBUTES


def _flattened(markup: bytes) -> bytes:
    """Containers deeper than MAX_DEPTH dropped; a dropped start tag's end tag is dropped with it."""
    depth = 0

    def keep_or_drop(tag: re.Match[bytes]) -> bytes:
        nonlocal depth
        if not tag[1]:
            depth += 1
            return tag[0] if depth <= MAX_DEPTH else b""
        depth = max(depth - 1, 0)
        return tag[0] if depth < MAX_DEPTH else b""

    return _CONTAINER.sub(keep_or_drop, markup)


def _closed_in_time(tag: bytes) -> bytes:
    """What looks like one long tag, ended after every MAX_ATTRIBUTES; in a script's string that changes nothing."""
    count = itertools.count(1)
    return _ATTRIBUTE.sub(lambda one: one[0] + b">" if next(count) % MAX_ATTRIBUTES == 0 else one[0], tag)

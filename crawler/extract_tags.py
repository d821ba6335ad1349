"""Names of elements to the numbers that the parser knows them by.

Asking a node for its name makes a string each time; numbers are compared as they are. Those of the elements that HTML
knows are the same in every document, those of all others are not, and must not be asked for here.
"""

from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode, create_tag


def tag_id(name: str) -> int:
    return int(create_tag(name).tag_id)


def tag_ids(names: Iterable[str]) -> frozenset[int]:
    return frozenset(map(tag_id, names))


def _ids_in(markup: str) -> list[int]:
    body: LexborNode | None = LexborHTMLParser(markup).body
    return [] if body is None else [node.tag_id for node in body.iter(include_text=True)]


TEXT, COMMENT = _ids_in("text<!-- comment -->")

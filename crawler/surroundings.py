"""The words left and right of a link, inside its block.

Walks outwards from the link over its neighbours until enough words are found or the block ends. Costs nothing for
links that are not asked about, and a bounded number of steps for the others.
"""

from selectolax.lexbor import LexborNode

from .extract_tags import COMMENT, TEXT, tag_id, tag_ids

_INLINE = tag_ids((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del", "dfn",
    "em", "font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "noscript", "picture", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "svg", "time", "tt", "u", "var", "wbr",
)) | {TEXT, COMMENT}  # fmt: skip
_WORDLESS = tag_ids(("img", "noscript", "picture", "svg", "wbr")) | {COMMENT}
_BREAK = tag_id("br")
_MAX_STEPS = 64
_SPARE_CHARACTERS = 20
"""Text is folded so much longer than it may be at first; where that is mostly space, all of it is."""


def words_around(link: LexborNode, max_characters: int) -> tuple[str, str]:
    """At most so many characters before and after the link, cut at a word, whitespace folded."""
    before = "".join(reversed(_pieces(link, max_characters, backwards=True)))
    after = "".join(_pieces(link, max_characters, backwards=False))
    return _last_words(before, max_characters), _first_words(after, max_characters)


def _pieces(link: LexborNode, max_characters: int, *, backwards: bool) -> list[str]:
    pieces: list[str] = []
    length = 0
    longest = 2 * max_characters  # for some of it is space to be folded
    node: LexborNode | None = link
    for _ in range(_MAX_STEPS):
        if node is None or length > max_characters:
            break
        neighbour = node.prev if backwards else node.next
        if neighbour is None:
            node = node.parent
            if node is None or node.tag_id not in _INLINE:
                break
            continue
        node = neighbour
        tag = node.tag_id
        if tag not in _INLINE:
            break
        if tag not in _WORDLESS:
            piece = (node.text_content if tag == TEXT else " " if tag == _BREAK else node.text()) or ""
            pieces.append(piece[-longest:] if backwards else piece[:longest])
            length += len(piece)
    return pieces


def _first_words(text: str, max_characters: int) -> str:
    folded = " ".join(text[: max_characters + _SPARE_CHARACTERS].split())
    if len(folded) <= max_characters:
        folded = " ".join(text.split())
        if len(folded) <= max_characters:
            return folded
    cut = folded[: max_characters + 1]
    return cut[:-1] if " " not in cut else cut.rpartition(" ")[0]


def _last_words(text: str, max_characters: int) -> str:
    folded = " ".join(text[-max_characters - _SPARE_CHARACTERS :].split())
    if len(folded) <= max_characters:
        folded = " ".join(text.split())
        if len(folded) <= max_characters:
            return folded
    cut = folded[-max_characters - 1 :]
    return cut[1:] if " " not in cut else cut.partition(" ")[2]

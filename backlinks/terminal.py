"""What came from the web, made safe to print.

A page's title can hold an escape sequence that rewrites the terminal, or a bidi override that turns a line around.
Everything that is shown and was not written by us passes `printable`. The JSON form keeps such characters, spelled as
escapes, because a program reads it and a person may look.
"""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

# ESC [ … letter, and ESC ] … up to BEL or ESC \; each stops at the next ESC, so the search is linear in the text. The
# same spelled with C1 characters only loses those: they are also what a wrongly decoded quotation mark looks like.
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")

_BLANKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")

# C0, DEL, C1; soft hyphen; Arabic letter mark; zero-width space, left- and right-to-left marks, bidi embeddings,
# overrides and isolates; invisible operators; the byte order mark; interlinear marks; tags. The zero-width joiner and
# non-joiner stay: Persian, Hindi and emoji are spelled with them.
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
_STRIPPED = re.compile(f"[{_UNSEEN}]")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")
_ESCAPED_IN_JSON = re.compile(f"[{_UNSEEN}\ud800-\udfff]")


def printable(text: str) -> str:
    """One line of `text` without anything that steers a terminal or hides: line ends and tabs become a blank."""
    if text.isascii() and text.isprintable():
        return text
    text = _BLANKS.sub(" ", _SEQUENCES.sub("", text))
    return _LONE_SURROGATES.sub("\ufffd", _STRIPPED.sub("", text))


def printable_lines(text: str) -> list[str]:
    """Each line of a text of ours that may hold words of the web."""
    return [printable(line) for line in text.split("\n")]


def shortened(text: str, width: int) -> str:
    """`text` made printable and cut to `width` characters, the last of them an ellipsis when something was cut."""
    text = printable(text)
    return text if len(text) <= width else text[: width - 1] + "…"


@contextmanager
def unless_gone() -> Iterator[None]:
    """Writing to a terminal whose window was closed is nothing to fail of; what follows is written to nowhere."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        write_to_nowhere(sys.stdout, sys.stderr)


def write_to_nowhere(*streams: TextIO) -> None:
    """Also what is still in their buffers, which Python would otherwise complain of when it ends."""
    with Path(os.devnull).open("wb") as nowhere:
        for stream in streams:
            os.dup2(nowhere.fileno(), stream.fileno())


def json_printable(document: str) -> str:
    """JSON text with every steering or unseen character spelled as an escape; it reads back as the same value.

    Line ends of the document itself, which JSON writes raw, stay: inside its strings they are escapes already.
    """
    return _ESCAPED_IN_JSON.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\n":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

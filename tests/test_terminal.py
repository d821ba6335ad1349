import errno
import json
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks import terminal
from backlinks.terminal import json_printable, printable, printable_lines, shortened, unless_gone

SHOWN = [
    # plain words pass
    ("Hello, world", "Hello, world"),
    ("", ""),
    ("Grüße aus Łódź", "Grüße aus Łódź"),
    ("日本語のページ", "日本語のページ"),
    ("العربية", "العربية"),
    # joiners that spelling needs stay
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("👩\u200d💻", "👩\u200d💻"),
    # escape sequences go as a whole
    ("\x1b[31mred\x1b[0m", "red"),
    ("\x1b]0;new window title\x07x", "x"),
    ("\x1b]8;;https://evil.test\x1b\\click\x1b]8;;\x1b\\", "click"),
    ("\x1bPdevice control\x1b\\x", "x"),
    ("\x1b[2J\x1b[1;1Hcleared", "cleared"),
    # unfinished or unknown ones lose what steers
    ("\x1b", ""),
    ("\x1b[", "["),
    ("\x1bc reset", "c reset"),
    ("\x1b]0;never closed", "]0;never closed"),
    # C1 forms: the steering character goes, the words of a wrongly decoded page stay
    ("\x9b31mred", "31mred"),
    ("â€\x9dquotedâ€\x9c", "â€quotedâ€"),
    # controls
    ("a\x00b\x08c\x7fd", "abcd"),
    ("two\r\nlines\tand\x0btabs", "two lines and tabs"),
    ("para\u2029graph\u2028s\x85x", "para graph s x"),
    # bidi overrides, isolates, marks
    ("evil\u202egpj.exe", "evilgpj.exe"),
    ("\u2066isolated\u2069 \u200emark\u200f \u061c", "isolated mark "),
    # unseen characters
    ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
    ("tags\U000e0041\U000e007f", "tags"),
    # what no encoder takes
    ("lone \ud800 surrogate", "lone \ufffd surrogate"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_what_came_from_the_web_is_shown_without_what_steers_a_terminal(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_printable_returns_can_steer_hide_or_fail_to_encode(text):
    shown = printable(text)
    shown.encode("utf-8")
    unwanted = {"Cc", "Cs", "Zl", "Zp"}
    assert not [c for c in shown if unicodedata.category(c) in unwanted]
    assert not [
        c
        for c in shown
        if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    ]


@given(st.text())
def test_printing_twice_changes_nothing_more(text):
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize("opening", ["\x1b[", "\x1b]", "\x1b]0;", "\x9d", "\x1b[0", "\x1b[;;;;", "\x1bP"])
def test_a_megabyte_of_unfinished_sequences_takes_no_longer_than_its_length(opening):
    started = time.process_time()
    printable(opening * (1_000_000 // len(opening)))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("much too long", 6, "much …"),
        ("\x1b[1mabc", 3, "abc"),
    ],
)
def test_a_cut_text_says_so(text, width, shown):
    assert shortened(text, width) == shown


def test_lines_of_ours_are_kept_apart():
    assert printable_lines("one\n\x1b[1mtwo\r\n") == ["one", "two ", ""]


@given(st.text(st.characters(exclude_categories=[])))
def test_json_reads_back_as_it_was_written(text):
    document = json_printable(json.dumps([text], ensure_ascii=False, indent=1))
    assert json.loads(document) == [text]
    document.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("\x1b[31m", '"\\u001b[31m"'),
        ("\u202e", '"\\u202e"'),
        ("\x9b", '"\\u009b"'),
        ("\x7f", '"\\u007f"'),
        ("\U000e0041", '"\\udb40\\udc41"'),
        ("\ud800", '"\\ud800"'),
        ("é日", '"é日"'),
    ],
)
def test_json_spells_what_steers_as_escapes_and_leaves_letters(text, spelled):
    assert json_printable(json.dumps(text, ensure_ascii=False)) == spelled


def test_only_a_closed_terminal_is_forgiven(monkeypatch):
    left = []
    monkeypatch.setattr(terminal, "write_to_nowhere", lambda *streams: left.append(streams))
    with unless_gone():
        raise OSError(errno.EIO, "Input/output error")
    assert left == [(sys.stdout, sys.stderr)]
    with pytest.raises(OSError, match="No space left"), unless_gone():
        raise OSError(errno.ENOSPC, "No space left on device")

"""Reading headers and first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.headers import (
    MAX_RETRY_SECONDS,
    declares_html,
    looks_binary,
    looks_like_html,
    one_line,
    readable,
    retry_after_seconds,
    validator,
)

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
SENT = "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        # seconds
        ("120", None, 120.0),
        (" 120 ", None, 120.0),
        ("0", None, 0.0),
        ("-5", None, 0.0),
        ("1.5", None, 1.5),
        ("9" * 400, None, MAX_RETRY_SECONDS),
        # dates, relative to the sender's clock, or ours
        ("Tue, 14 Nov 2023 22:14:20 GMT", SENT, 60.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", None, 60.0),
        ("Tue, 14 Nov 2023 23:13:20 GMT", "Tue, 14 Nov 2023 23:13:10 GMT", 10.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", "no date", 60.0),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", SENT, 60.0),
        ("Tue Nov 14 22:14:20 2023", SENT, 60.0),
        ("Tue, 14 Nov 2023 23:14:20 +0100", SENT, 60.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", SENT, 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", SENT, MAX_RETRY_SECONDS),
        # neither
        ("", None, None),
        (None, None, None),
        ("soon", SENT, None),
        ("1e3", None, None),
        ("٣", None, None),
        ("Tue, 99 Nov 2023 22:14:20 GMT", SENT, None),
    ],
)
def test_retry_after_is_read_in_both_forms(value, date, seconds):
    assert retry_after_seconds(value, date, NOW) == seconds


@given(st.text(), st.none() | st.text())
def test_any_retry_after_is_a_sane_number_or_none(value, date):
    seconds = retry_after_seconds(value, date, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_SECONDS


@pytest.mark.parametrize(
    ("content_type", "verdict"),
    [
        ("text/html", True),
        ("text/html; charset=utf-8", True),
        ("TEXT/HTML;charset=x", True),
        (" text/html ", True),
        ("application/xhtml+xml", True),
        (None, None),
        ("", None),
        ("; charset=utf-8", None),
        ("*/*", None),
        ("html", None),
        ("application/xml", None),
        ("text/plain", False),
        ("image/png", False),
        ("application/octet-stream", False),
        ("application/rss+xml", False),
    ],
)
def test_the_type_says_html_or_not_or_nothing(content_type, verdict):
    assert declares_html(content_type) is verdict


@pytest.mark.parametrize(
    ("start", "verdict"),
    [
        (b"<!DOCTYPE html><p>", True),
        (b"<!doctype  HTML>", True),
        (b"\xef\xbb\xbf\r\n <html>", True),
        ("<html lang=x>".encode("utf-16"), True),
        ("<html>".encode("utf-16-be"), True),
        (b"<!-- x --><p>", True),
        (b"<?xml version='1.0'?>\n<html xmlns='x'>", True),
        (b"<P>", True),
        (b"<a href=x>", True),
        (b"", True),
        (b" \n", True),
        (b"\0" * 600, False),
        (b"<abbr>", False),
        (b"<rss>", False),
        (b"<?xml version='1.0'?><urlset>", False),
        (b"hello <p>", False),
        (b'{"a": 1}', False),
        (b"%PDF-1.7", False),
    ],
)
def test_html_is_recognised_by_its_first_bytes(start, verdict):
    assert looks_like_html(start) is verdict


@pytest.mark.parametrize(
    "start",
    [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"\x1f\x8b\x08"],
)
def test_what_claims_to_be_html_and_is_not_is_recognised(start):
    assert looks_binary(start)
    assert not looks_binary(b"<p>" + start)


def test_header_values_are_utf_8_or_else_latin_1():
    wire = {b"caf\xc3\xa9": "café", b"caf\xe9": "café", b"plain": "plain"}
    for raw, text in wire.items():
        assert readable(raw.decode("utf-8", "surrogateescape")) == text


@given(st.binary())
def test_any_header_value_becomes_text_without_surrogates(raw):
    text = readable(raw.decode("utf-8", "surrogateescape"))
    assert not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


@given(st.text(st.characters()))
def test_a_sentence_is_one_printable_line(text):
    line = one_line(text)
    assert len(line) <= 300
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in line)
    line.encode("utf-8")


def test_control_characters_do_not_reach_a_terminal():
    assert one_line("bad \x1b[2J\r\nname\x00!") == "bad  [2J name !"


@pytest.mark.parametrize(
    ("value", "kept"),
    [('"abc"', True), ('W/"1-é"', False), ("a\r\nX: y", False), ("", False), (None, False), ("x" * 1_025, False)],
)
def test_a_validator_is_kept_only_when_it_can_be_sent_back(value, kept):
    assert validator(value) == (value if kept else None)

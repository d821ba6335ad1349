import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.prescan import (
    PRESCAN_BYTES,
    declared_encoding,
    encoding_of_label,
    label_in_header,
    prescan_encoding,
)
from tests.timing import cpu_seconds

DECLARATIONS = [
    # the two forms, and how they are written
    ('<meta charset="koi8-r">', "koi8-r"),
    ("<meta charset='koi8-r'>", "koi8-r"),
    ("<meta charset=koi8-r>", "koi8-r"),
    ("<META CHARSET=KOI8-R>", "koi8-r"),
    ("<meta/charset=koi8-r>", "koi8-r"),
    ("<meta\n charset\n=\nkoi8-r >", "koi8-r"),
    ("<meta name=x charset=koi8-r/>", None),  # the slash belongs to an unquoted value
    ('<meta http-equiv=Content-Type content="text/html; charset=koi8-r">', "koi8-r"),
    ('<meta content="text/html; charset=koi8-r" http-equiv="content-type">', "koi8-r"),
    ("<meta http-equiv=content-type content='text/html; charset=\"koi8-r\"'>", "koi8-r"),
    # nearly, but not
    ('<meta content="text/html; charset=koi8-r">', None),
    ('<meta http-equiv=refresh content="text/html; charset=koi8-r">', None),
    ('<metacharset="koi8-r">', None),
    ('<meta charset="no-such-encoding">', None),
    ('<meta charset="">', None),
    ("<meta charset>", None),
    ('< meta charset="koi8-r">', None),
    # what is stepped over
    ('<!-- <meta charset="koi8-r"> --><meta charset="euc-jp">', "euc-jp"),
    ('<!--><meta charset="euc-jp">', "euc-jp"),
    ('<p title="<meta charset=koi8-r>"><meta charset="euc-jp">', "euc-jp"),
    ("<p title='a>b'><meta charset=euc-jp>", "euc-jp"),
    ("<!doctype html><?php ?></p ><meta charset=euc-jp>", "euc-jp"),
    ('<meta charset="nonsense"><meta charset="euc-jp">', "euc-jp"),
    # the first of an attribute counts, and charset beats content
    ("<meta charset=euc-jp charset=koi8-r>", "euc-jp"),
    ('<meta http-equiv=content-type content="text/html; charset=koi8-r" charset=euc-jp>', "euc-jp"),
    # labels that mean something else
    ("<meta charset=latin1>", "windows-1252"),
    ("<meta charset=gb2312>", "gbk"),
    ("<meta charset=utf-16le>", "utf-8"),
    ("<meta charset=x-user-defined>", "windows-1252"),
    ("<meta charset=hz-gb-2312>", None),
    # XML's own declaration stands behind a <meta>
    ('<?xml version="1.0" encoding="koi8-r"?><html>', "koi8-r"),
    ('<?xml version="1.0" encoding="koi8-r"?><meta charset=euc-jp>', "euc-jp"),
    # the bytes end
    ('<meta charset="koi8-r', None),
    ("<meta charset=koi8-r", None),
    ("<!-- ", None),
    ("<p", None),
    ("", None),
]


@pytest.mark.parametrize(("markup", "encoding"), DECLARATIONS)
def test_a_declaration_is_found_as_the_standard_says(markup, encoding):
    assert prescan_encoding(markup.encode()) == encoding


def test_the_search_ends_where_the_standard_ends_it():
    tag = b'<meta charset="koi8-r">'
    assert prescan_encoding(b" " * (PRESCAN_BYTES - len(tag)) + tag) == "koi8-r"
    assert prescan_encoding(b" " * (PRESCAN_BYTES - len(tag) + 1) + tag) is None
    assert prescan_encoding(b" " * PRESCAN_BYTES + tag, 2 * PRESCAN_BYTES) == "koi8-r"


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("text/html; charset=utf-8", "utf-8"),
        ('text/html;Charset="UTF-8"', "UTF-8"),
        ("text/html; foo=bar; charset=utf-8; x=y", "utf-8"),
        ('text/html; foo="bar; charset=utf-7"; charset=utf-8', "utf-8"),
        ('text/html; charset=""; charset=utf-8', "utf-8"),
        ("text/html;charset=utf-8, text/plain", "utf-8"),
        ("text/html; mycharset=utf-8", None),
        ('text/html; foo="charset=utf-8"', None),
        ("text/html; charset=", None),
        ("text/html", None),
        ("", None),
    ],
)
def test_the_charset_of_a_header_is_its_parameter_and_nothing_else(header, label):
    assert label_in_header(header) == label


def test_a_label_read_as_ascii_cannot_name_utf_16():
    assert encoding_of_label("utf-16be") == "utf-16be"
    assert declared_encoding("utf-16be") == "utf-8"
    assert encoding_of_label("  Shift-JIS ") == "shift_jis"
    assert encoding_of_label("iso-2022-kr") is None


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(noise):
    for body in (noise, b"<meta " + noise, b"<meta charset=" + noise, b"<?xml " + noise):
        encoding = prescan_encoding(body)
        assert encoding is None or encoding_of_label(encoding) == encoding


def test_endless_tags_take_time_by_their_length():
    for piece in (b"<", b"<a ", b"<meta ", b"<!--", b"<a b='", b"<a b=\"'", b"<meta charset", b"<?", b"=", b"<a/"):
        assert cpu_seconds(prescan_encoding, piece * (65_536 // len(piece)), 65_536) < 0.5

"""Odd heads made sound ones; sound ones left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.heads import end_of_head, may_be_http, mend_head

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "head",
    [
        OK + b"\r\n",
        OK + b"Content-Length: 5\r\nX-A: b\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.0 404\r\nA:\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n",
        OK + b"X: \xe9\xff\x01\r\n\r\n",
        # beyond mending, or doubtful: left for the parser to refuse
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_a_head_that_is_sound_or_hopeless_is_left_alone(head):
    assert mend_head(head) == head


@pytest.mark.parametrize(
    ("odd", "mended"),
    [
        # status lines
        (b"HTTP/2 200 OK\r\n\r\n", OK + b"\r\n"),
        (b"HTTP/1.2 200 OK\r\n\r\n", OK + b"\r\n"),
        (b"http/1.0  200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"),
        (b"HTTP/1.1 200OK\r\n\r\n", OK + b"\r\n"),
        (b"HTTP 200 OK\r\n\r\n", OK + b"\r\n"),
        (b"\r\n\r\n" + OK + b"\r\n", OK + b"\r\n"),
        # fields
        (OK + b"no colon\r\nA: b\r\n\r\n", OK + b"A: b\r\n\r\n"),
        (OK + b"A : b\r\n\r\n", OK + b"A: b\r\n\r\n"),
        (OK + b"A B: c\r\n: d\r\n\xe9: e\r\n\r\n", OK + b"\r\n"),
        (OK + b"A: b\0c\rd\r\n\r\n", OK + b"A: bc d\r\n\r\n"),
        (OK + b"A: b\r\n\tc\r\n d\r\nE: f\r\n\r\n", OK + b"A: b c d\r\nE: f\r\n\r\n"),
        (OK + b" first\r\nA: b\r\n\r\n", OK + b"A: b\r\n\r\n"),
        # the length of the body
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", OK + b"Content-Length: 5\r\n\r\n"),
        (OK + b"Content-Length: 5, 05\r\n\r\n", OK + b"Content-Length: 5\r\n\r\n"),
        (OK + b"content-length: +5\r\n\r\n", OK + b"Content-Length: 5\r\n\r\n"),
        (OK + b"Content-Length:\r\n\r\n", OK + b"\r\n"),
        (OK + b"Content-Length: 36893488147419103232\r\n\r\n", OK + b"\r\n"),
        (
            OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            OK + b"Transfer-Encoding: chunked\r\n\r\n",
        ),
        (
            OK + b"Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n",
            OK + b"Transfer-Encoding: chunked\r\n\r\n",
        ),
    ],
)
def test_what_browsers_put_up_with_is_mended(odd, mended):
    assert mend_head(odd) == mended


@pytest.mark.parametrize("lengths", [[b"5", b"6"], [b"-5"], [b"5x"], [b"crap"], [b"5", b"crap"]])
def test_a_doubtful_length_stays_for_the_parser_to_refuse(lengths):
    head = OK + b"".join(b"Content-Length: %b\r\n" % length for length in lengths) + b"\r\n"
    assert mend_head(head) == head


LINES = st.lists(
    st.sampled_from([b"A: b", b"Content-Length: 5", b"Content-Length: 6", b"Transfer-Encoding: chunked", b" fold"])
    | st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")),
    max_size=8,
)


@given(
    st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/2 404", b"http/1.0 301", b"ICY 200"]) | st.binary(max_size=12), LINES
)
def test_mending_twice_changes_nothing_more(status, lines):
    head = b"\r\n".join([status.replace(b"\n", b""), *(line for line in lines if line.strip(b"\r")), b"", b""])
    once = mend_head(head)
    assert mend_head(once) == once


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_the_end_is_found_the_same_in_one_piece_and_in_two(first, second):
    whole = first + second
    if end_of_head(first) is None:
        assert end_of_head(whole, len(first)) == end_of_head(whole)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"a\r\n\r\nb", 5),
        (b"a\n\nb", 3),
        (b"a\n\r\nb", 4),
        (b"a\r\n", None),
        (b"\r\n\r\nHTTP", None),
        (b"\r\n\r\na\r\n\r\n", 9),
        (b"", None),
    ],
)
def test_a_head_ends_with_an_empty_line_of_either_kind(data, end):
    assert end_of_head(data) == end


def test_an_answer_is_given_up_at_the_first_byte_that_is_not_http():
    assert all(may_be_http(start) for start in (b"", b"\r\n", b"H", b"http", b"HTTP/1.1 200"))
    assert not any(may_be_http(start) for start in (b"<", b"HTML", b"ICY 200", b"\x16\x03"))

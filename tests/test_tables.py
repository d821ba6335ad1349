import csv
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlinks.tables import Form, csv_cell, json_text, unique_names, write_rows


class Terminal(io.StringIO):
    def isatty(self):
        return True


def written(columns, rows, form, stream=None):
    stream = stream or io.StringIO()
    write_rows(columns, rows, form=form, stream=stream)
    return stream.getvalue()


CELLS = [
    # formulas of every spreadsheet start
    ("=1+1", "'=1+1"),
    ("+1", "'+1"),
    ("-1+cmd", "'-1+cmd"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ('=HYPERLINK("http://evil.test","x")', '\'=HYPERLINK("http://evil.test","x")'),
    # hidden behind blanks, tabs, line ends, controls, byte order marks
    ("  =1", "'  =1"),
    ("\t=1", "' =1"),
    ("\r\n=1", "' =1"),
    ("\x00=1", "'=1"),
    ("\ufeff=1", "'=1"),
    ("\u200b=1", "'=1"),
    ("\x1b[0m=1", "'=1"),
    # wide forms that Excel folds
    ("\uff1d1", "'\uff1d1"),
    # harmless
    ("a=b", "a=b"),
    ("https://example.org/?a=b", "https://example.org/?a=b"),
    ("", ""),
    # numbers are numbers
    (-5, -5),
    (-0.5, -0.5),
    (None, None),
    (True, True),
    (b"\x00\xff", "00ff"),
]


@pytest.mark.parametrize(("value", "cell"), CELLS)
def test_no_cell_of_a_csv_runs_in_a_spreadsheet(value, cell):
    assert csv_cell(value) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_csv_has_one_line_for_each_row_whatever_the_text(rows):
    text = written(["a", "b"], rows, Form.CSV)
    assert len(text.splitlines()) == len(rows) + 1
    read = list(csv.reader(io.StringIO(text)))
    assert len(read) == len(rows) + 1
    assert all(not cell.lstrip().startswith(("=", "+", "-", "@")) for row in read for cell in row)


SPREADSHEET_VALUES = st.one_of(
    st.none(), st.integers(), st.floats(), st.booleans(), st.text(), st.binary(max_size=3),
    st.text(alphabet=' ab,"=+-@\t\n\x1b\u202e\uff1d', max_size=4),
)  # fmt: skip


@given(st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[SPREADSHEET_VALUES] * width), max_size=5)))
def test_csv_is_what_the_standard_library_writes_of_safe_cells(rows):
    """Columns are written at once, by what they have in common; that changes no byte."""
    columns = ["a", "b,", 'c"'][: len(rows[0]) if rows else 1]
    expected = io.StringIO()
    csv.writer(expected, lineterminator="\n").writerows([map(csv_cell, row) for row in [columns, *rows]])
    assert written(columns, rows * 300, Form.CSV) == (
        expected.getvalue() + expected.getvalue().split("\n", 1)[1] * 299 if rows else expected.getvalue()
    )


@given(
    st.lists(
        st.tuples(st.text(), st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
    )
)
def test_json_and_json_lines_hold_the_values_as_they_are(rows):
    wanted = [{"words": words, "number": number} for words, number in rows]
    assert json.loads(written(["words", "number"], rows, Form.JSON)) == wanted
    lines = written(["words", "number"], rows, Form.JSONL).split("\n")[:-1]
    assert [json.loads(line) for line in lines] == wanted


def test_json_has_no_word_for_infinity():
    assert json.loads(written(["x"], [(math.inf,), (math.nan,)], Form.JSON)) == [{"x": None}, {"x": None}]


def test_json_text_refuses_infinity_inside_values_made_by_us():
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": math.inf})


def test_columns_of_one_name_are_told_apart_in_json():
    assert unique_names(["url", "url", "url_2", "url"]) == ["url", "url_2", "url_2_2", "url_3"]
    assert json.loads(written(["url", "url"], [("a", "b")], Form.JSON)) == [{"url": "a", "url_2": "b"}]


@pytest.mark.parametrize("form", list(Form))
def test_no_form_lets_an_escape_sequence_through(form):
    text = written(["ti\x1b[2Jtle"], [("\x1b[31mred\u202e\x9b",), (b"\x1b",)], form)
    assert not set(text) & {"\x1b", "\u202e", "\x9b"}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.TABLE, "domain  links\n──────  ─────\n"),
        (Form.CSV, "domain,links\n"),
        (Form.JSON, "[]\n"),
        (Form.JSONL, ""),
    ],
)
def test_no_rows_are_a_correct_empty_answer(form, text):
    assert written(["domain", "links"], [], form) == text


def test_a_table_lines_up_words_to_the_left_and_numbers_to_the_right():
    assert written(["domain", "links", "share"], [("a.org", 5, 0.25), ("longer.org", 1200, None)], Form.TABLE) == (
        "domain      links  share\n──────────  ─────  ─────\na.org           5   0.25\nlonger.org   1200\n"
    )


def test_wide_letters_take_two_columns():
    lines = written(["a", "b"], [("日本", "x"), ("four", "y")], Form.TABLE).splitlines()
    assert lines[2:] == ["日本  x", "four  y"]


def test_a_table_in_a_pipe_is_never_cut():
    rows = [("short",)] * 600 + [("x" * 400,)]
    assert "x" * 400 in written(["words"], rows, Form.TABLE)


def test_a_table_on_a_terminal_fits_its_width_and_says_where_it_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    text = written(
        ["title", "links", "url"], [("t" * 200, 12345, "https://example.org/" + "p" * 90)], Form.TABLE, Terminal()
    )
    assert max(map(len, text.splitlines())) <= 60
    assert "t…" in text
    assert "12345" in text


def test_a_terminal_too_narrow_for_anything_still_gets_its_rows(monkeypatch):
    monkeypatch.setenv("COLUMNS", "5")
    text = written(["a", "b"], [("x" * 40, "y" * 40)], Form.TABLE, Terminal())
    assert "xxxxxxxxxxx…" in text


def test_rows_are_counted_and_streamed():
    taken = 0

    def rows():
        nonlocal taken
        for taken in range(1, 10_001):
            yield (taken,)

    class Stream(io.StringIO):
        def write(self, text):
            first_write.append(taken)
            return super().write(text)

    first_write = []
    assert write_rows(["n"], rows(), form=Form.TABLE, stream=Stream()) == 10_000
    assert first_write[0] <= 501

"""Rows of answers as a table on the terminal, CSV, JSON or JSON lines.

What came from the web is data in each of them: no escape sequence reaches a terminal, no formula a spreadsheet. Rows
are streamed, so there is no cap; a table measures its columns on the first rows, keeps those widths, and cuts cells
only where a terminal has no room for them.

Not here: what the rows are (reports, storage), where the output goes (the commands).
"""

import csv
import itertools
import json
import math
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from .terminal import json_printable, printable

Row = Sequence[object]


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones too: Excel folds them
SUSPECT_STARTS = {*FORMULA_STARTS, " "}  # behind a blank may stand a formula
BATCHED_ROWS = 256
MEASURED_ROWS = 500
COLUMN_GAP = 2
NARROWEST_CUT = 12  # no column is cut below this to make a line fit the terminal
EXACT_FROM = 100_000.0  # below it six digits of a number with a fraction are shown
NUMBER = re.compile(r"-?[\d,]+(\.\d+)?(e[-+]?\d+)?%?")


def write_rows(columns: Sequence[str], rows: Iterable[Row], *, form: Form, stream: TextIO) -> int:
    """Write every row and return how many there were."""
    counted = _Counted(rows)
    if form is Form.TABLE:
        _write_table(columns, counted, stream)
    elif form is Form.CSV:
        _write_csv(columns, counted, stream)
    elif form is Form.JSON:
        _write_json(columns, counted, stream)
    else:
        _write_jsonl(columns, counted, stream)
    stream.flush()
    return counted.count


class _Counted:
    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_csv(columns: Sequence[str], rows: Iterable[Row], stream: TextIO) -> None:
    csv.writer(stream, lineterminator="\n").writerow([csv_cell(column) for column in columns])
    waiting = iter(rows)
    while batch := list(itertools.islice(waiting, BATCHED_ROWS)):
        cells = [_csv_column(values) for values in zip(*batch, strict=True)]
        if len(cells) == 1:  # a line that is empty would be no row
            cells = [[cell or '""' for cell in cells[0]]]
        stream.write("\n".join(map(",".join, zip(*cells, strict=True))) + "\n")


def _csv_column(values: Sequence[object]) -> Sequence[str]:
    """What csv.writer makes of `csv_cell` of each, for half the time: one look at all texts clears most columns."""
    kinds = set(map(type, values))
    if kinds <= {int, NoneType}:
        return ["" if value is None else str(value) for value in values]
    texts = [value if isinstance(value, str) else "" for value in values]
    if not kinds <= {str, NoneType} or _need_care(texts):
        texts = ["" if cell is None else str(cell) for cell in map(csv_cell, values)]
    joined = "".join(texts)
    return [_csv_quoted(text) for text in texts] if "," in joined or '"' in joined else texts


def _need_care(texts: Sequence[str]) -> bool:
    joined = "".join(texts)
    is_plain = joined.isascii() and joined.isprintable()
    return not is_plain or not SUSPECT_STARTS.isdisjoint(text[:1] for text in texts)


def _csv_quoted(text: str) -> str:
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text else text


def csv_cell(value: object) -> object:
    """Numbers stay numbers; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if value is None or isinstance(value, int | float):
        return value
    text = printable(_as_text(value))
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def _write_json(columns: Sequence[str], rows: Iterable[Row], stream: TextIO) -> None:
    columns = unique_names(columns)
    opening = "["
    for row in rows:
        stream.write(f"{opening}\n  {_json_object(columns, row)}")
        opening = ","
    stream.write("[]\n" if opening == "[" else "\n]\n")


def _write_jsonl(columns: Sequence[str], rows: Iterable[Row], stream: TextIO) -> None:
    columns = unique_names(columns)
    stream.writelines(f"{_json_object(columns, row)}\n" for row in rows)


def unique_names(columns: Sequence[str]) -> list[str]:
    """A JSON object holds a name once: the second `url` becomes `url_2`."""
    names: list[str] = []
    for column in columns:
        tries = (column if count == 1 else f"{column}_{count}" for count in itertools.count(1))
        names.append(next(name for name in tries if name not in names))
    return names


def _json_object(columns: Sequence[str], row: Row) -> str:
    return json_text({column: _json_value(value) for column, value in zip(columns, row, strict=True)})


def json_text(value: object, *, indent: int | None = None) -> str:
    """Standard JSON (no NaN), readable letters kept, everything that steers a terminal escaped."""
    return json_printable(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def _json_value(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, int | float | str) else _as_text(value)


def _write_table(columns: Sequence[str], rows: Iterable[Row], stream: TextIO) -> None:
    names = [printable(column) for column in columns]
    cells = ([_table_cell(value) for value in row] for row in rows)
    first = list(itertools.islice(cells, MEASURED_ROWS))
    layout = _layout(names, first, shutil.get_terminal_size().columns if stream.isatty() else None)
    stream.write(layout.line(names))
    stream.write(layout.line(["─" * width for width in layout.widths]))
    stream.writelines(layout.line(row) for row in itertools.chain(first, cells))


@dataclass(frozen=True, slots=True)
class _Layout:
    widths: tuple[int, ...]
    is_numeric: tuple[bool, ...]  # such columns stand to the right
    may_cut: bool

    def line(self, cells: Sequence[str]) -> str:
        return "  ".join(map(self._fitted, cells, self.widths, self.is_numeric)).rstrip() + "\n"

    def _fitted(self, cell: str, width: int, to_the_right: bool) -> str:  # noqa: FBT001 — mapped over three lists
        space = width - cell_len(cell)
        if space < 0:
            return set_cell_size(cell, width - 1) + "…" if self.may_cut else cell
        return " " * space + cell if to_the_right else cell + " " * space


def _layout(names: Sequence[str], rows: Sequence[Sequence[str]], terminal_width: int | None) -> _Layout:
    """Columns as wide as their widest cell; on a terminal the widest give way until a line fits."""
    columns = [[row[at] for row in rows] for at in range(len(names))]
    widths = [max(map(cell_len, [name, *column])) for name, column in zip(names, columns, strict=True)]
    if terminal_width is not None:
        widths = _shrunk(widths, terminal_width - COLUMN_GAP * (len(widths) - 1))
    return _Layout(tuple(widths), tuple(map(_is_numeric, columns)), terminal_width is not None)


def _shrunk(widths: list[int], room: int) -> list[int]:
    while sum(widths) > room and max(widths) > NARROWEST_CUT:
        widest = max(widths)
        second = max((width for width in widths if width < widest), default=NARROWEST_CUT)
        share = -(-(sum(widths) - room) // widths.count(widest))
        lower = max(NARROWEST_CUT, second, widest - share)
        widths = [lower if width == widest else width for width in widths]
    return widths


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(not cell or NUMBER.fullmatch(cell) for cell in cells)


def _table_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < EXACT_FROM else f"{value:.12g}"
    return printable(_as_text(value))


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)

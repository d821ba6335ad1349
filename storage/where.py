"""The small language of `--where`: read by us, turned into an SQL condition with bound parameters.

    domain_authority >= 40 and anchor ~ "shoe" and not nofollow
    placement in (content, aside) or (language = pl and title is not empty)

A comparison is true or false, never unknown: an empty cell equals nothing but `empty`. Names are checked against the
report's columns and values are bound, so nothing typed becomes SQL; there are no patterns, so nothing can run wild.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .errors import QueryRefused

MAX_CHARACTERS = 10_000
MAX_NESTING = 30  # SQLite's parser holds about a hundred
MAX_TERMS = 400  # SQLite's expressions may be a thousand deep

ALIASES = {"authority": "domain_authority", "anchor": "anchor_text", "title": "source_title", "status": "source_status"}
"""Short names, where a report has the long one and not the short one."""

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<number>[-+]?\d+(?:\.\d+)?(?=[\s(),<>=!~^$]|\Z))"""
    r"""|(?P<sign>!~|!=|<>|<=|>=|==|\^=|\$=|[=<>~(),])"""
    r"""|(?P<word>[^\s()"',<>=!~^$]+))""",
    re.DOTALL,
)
ORDERS = {"<", "<=", ">", ">="}
EQUALS = {"=": "IS", "==": "IS", "!=": "IS NOT", "<>": "IS NOT"}
CONTAINS = {"~", "!~", "^=", "$="}
NUMBER, TEXT = "number", "text"

Value = str | int | float


class Condition(NamedTuple):
    """A piece of SQL over a report's column names, and what is bound in it."""

    sql: str
    parameters: dict[str, Value]


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse_where(text: str, columns: Mapping[str, str]) -> Condition:
    """`columns` gives each name's kind, NUMBER or TEXT. Raises QueryRefused with a sentence that points at the slip."""
    if len(text) > MAX_CHARACTERS:
        raise QueryRefused(f"--where: longer than {MAX_CHARACTERS:,} characters")
    reader = _Reader(list(_tokens(text)), columns)
    sql = reader.expression(0)
    reader.end()
    return Condition(sql, reader.parameters)


def quoted(name: str) -> str:
    """An identifier as SQL writes it when it might be a keyword."""
    return f'"{name}"'


def known_column(name: str, columns: Mapping[str, str] | Sequence[str]) -> str:
    """The column that is meant, or a sentence that names those there are."""
    wanted = name.lower().replace("-", "_")
    if wanted in columns:
        return wanted
    if ALIASES.get(wanted) in columns:
        return ALIASES[wanted]
    close = difflib.get_close_matches(wanted, columns, n=1)
    hint = f"; did you mean {close[0]}?" if close else "."
    raise QueryRefused(f"no column {name!r} in this report{hint} There are {', '.join(columns)}.")


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise QueryRefused(f"--where: {text[at:].strip()[:20]!r} at character {at + 1} is not understood")
        kind = match.lastgroup or ""
        yield Token(kind, match.group(kind), match.start(kind))
        at = match.end()


class _Reader:
    """Recursive descent over the tokens, one method a rule of the grammar."""

    def __init__(self, tokens: list[Token], columns: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._columns = columns
        self._at = 0
        self._terms = 0
        self.parameters: dict[str, Value] = {}

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("end", "", -1)

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _takes(self, *words: str) -> bool:
        """Step over a keyword or a sign, if it stands here."""
        token = self._peek()
        if token.kind in {"word", "sign"} and token.text.lower() in words:
            self._at += 1
            return True
        return False

    def _refuse(self, wanted: str, token: Token) -> QueryRefused:
        found = f"{token.text!r} at character {token.at + 1}" if token.kind != "end" else "the end"
        return QueryRefused(f"--where: {wanted} was expected, and {found} was found")

    def end(self) -> None:
        if self._peek().kind != "end":
            raise self._refuse("and, or, or the end", self._peek())

    def expression(self, nesting: int) -> str:
        """Conjunction { or conjunction }"""  # noqa: D400 — a rule of the grammar
        parts = [self._conjunction(nesting)]
        while self._takes("or"):
            parts.append(self._conjunction(nesting))
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def _conjunction(self, nesting: int) -> str:
        parts = [self._factor(nesting)]
        while self._takes("and"):
            parts.append(self._factor(nesting))
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def _factor(self, nesting: int) -> str:
        if nesting > MAX_NESTING:
            raise QueryRefused(f"--where: nested deeper than {MAX_NESTING}")
        if self._takes("not"):
            return f"NOT ({self._factor(nesting + 1)})"
        if self._takes("("):
            inner = self.expression(nesting + 1)
            if not self._takes(")"):
                raise self._refuse("a closing bracket", self._peek())
            return f"({inner})"
        return self._comparison()

    def _comparison(self) -> str:
        token = self._next()
        if token.kind != "word":
            raise self._refuse("a column's name", token)
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryRefused(f"--where: more than {MAX_TERMS} comparisons")
        name = known_column(token.text, self._columns)
        column = quoted(name)
        if self._takes("is"):
            return self._emptiness(column)
        is_negated = self._takes("not")
        if self._takes("in"):
            return f"{'NOT ' * is_negated}{self._membership(name, column)}"
        if is_negated:
            raise self._refuse("in", self._peek())
        return self._operation(name, column)

    def _operation(self, name: str, column: str) -> str:
        sign = self._peek().text if self._peek().kind == "sign" else ""
        if sign in EQUALS:
            self._at += 1
            return f"({column} {EQUALS[sign]} {self._bound(name)})"
        if sign in ORDERS:
            self._at += 1
            return f"(({column} {sign} {self._bound(name)}) IS TRUE)"
        if sign in CONTAINS:
            self._at += 1
            return self._containment(name, column, sign)
        return f"(({column} NOT IN ('', 0)) IS TRUE)"

    def _emptiness(self, column: str) -> str:
        is_negated = self._takes("not")
        if not self._takes("empty"):
            raise self._refuse("empty", self._peek())
        return f"(coalesce({column}, '') {'<>' if is_negated else '='} '')"

    def _membership(self, name: str, column: str) -> str:
        if not self._takes("("):
            raise self._refuse("an opening bracket", self._peek())
        values = [self._bound(name)]
        while self._takes(","):
            values.append(self._bound(name))
        if not self._takes(")"):
            raise self._refuse("a comma or a closing bracket", self._peek())
        return f"(({column} IN ({', '.join(values)})) IS TRUE)"

    def _containment(self, name: str, column: str, sign: str) -> str:
        if self._columns[name] != TEXT:
            raise QueryRefused(f"--where: {name} is a number; compare it with = != < <= > >=")
        needle = str(self._value(name)).casefold()
        text = f"casefold({column})"  # a function of ours: SQLite's lower() knows no letters beyond ASCII
        place = self._bind(needle)
        if sign == "^=":
            return f"((substr({text}, 1, length({place})) = {place}) IS TRUE)"
        if sign == "$=":
            return f"((length({text}) >= length({place}) AND substr({text}, -length({place})) = {place}) IS TRUE)"
        return f"{'NOT ' * (sign == '!~')}((instr({text}, {place}) > 0) IS TRUE)"

    def _bound(self, name: str) -> str:
        return self._bind(self._value(name))

    def _bind(self, value: Value) -> str:
        parameter = f"where_{len(self.parameters) + 1}"
        self.parameters[parameter] = value
        return f":{parameter}"

    def _value(self, name: str) -> Value:
        token = self._next()
        if token.kind not in {"text", "number", "word"}:
            raise self._refuse("a value", token)
        if self._columns[name] == TEXT:
            return _unescaped(token.text) if token.kind == "text" else token.text
        if token.kind == "word" and token.text.lower() in {"true", "false"}:
            return int(token.text.lower() == "true")
        if token.kind != "number":
            raise QueryRefused(f"--where: {name} is a number, and {token.text!r} is none")
        return float(token.text) if "." in token.text or len(token.text) > 18 else int(token.text)  # noqa: PLR2004 — 63 bits


def _unescaped(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1], flags=re.DOTALL)

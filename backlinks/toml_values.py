"""Values of a configuration file as the types that options have, and those types in words.

Options hold texts, numbers, switches, lists of them (as tuples) and tables from names to them. Not here: which options
there are (config.py).
"""

import math
from typing import Any, get_args, get_origin

MAX_INTEGER = 2**63 - 1  # TOML's own bound, and SQLite's

_SCALARS = {
    str: ('text in "quotes"', "texts"),
    bool: ("true or false", "true or false values"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
}


class WrongType(Exception):
    """Its message says what would be right."""


def convert(value: Any, hint: Any) -> Any:
    """A TOML value as the type that a field asks for: a list becomes a tuple, a whole number may stand for a float."""
    origin = get_origin(hint)
    if origin is tuple and isinstance(value, list):
        return tuple(_scalar(item, hint) for item in value)
    if origin is dict and isinstance(value, dict):
        return {name: _scalar(item, hint) for name, item in value.items()}
    if origin is None:
        return _scalar(value, hint)
    raise WrongType(type_in_words(hint))


def _scalar(value: Any, hint: Any) -> Any:
    """`value` as the text, number or switch that `hint` is or holds."""
    scalar = _inner(hint)
    if scalar is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) <= MAX_INTEGER else math.inf
    if type(value) is not scalar:  # not isinstance: True is an int for Python, not for a person
        raise WrongType(type_in_words(hint))
    if scalar in {int, float} and not abs(value) <= MAX_INTEGER:
        raise WrongType(f"{type_in_words(hint)} of at most {MAX_INTEGER:,}")
    return value


def _inner(hint: Any) -> type[Any]:
    """The type of one item: `str` for tuple[str, ...], for dict[str, str] and for str itself."""
    arguments = get_args(hint) or (hint,)
    inner: type[Any] = arguments[1] if get_origin(hint) is dict else arguments[0]
    return inner


def type_in_words(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is tuple:
        return f"a list of {_SCALARS[_inner(hint)][1]}"
    if origin is dict:
        return f"a table of names and {_SCALARS[_inner(hint)][1]}"
    return _SCALARS[hint][0]

"""A configuration file and flags, read into the options of every room.

A section of the file is one options class and a key is one of its fields, so what may be written is known from the
classes alone. Everything wrong is told at once: file, key, value, and what would be right.

Not here: defaults and bounds (each room's options.py), what the flags are called (the commands).
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from crawler import CrawlerOptions
from graph import GraphOptions
from storage import OptionError, StorageOptions

from .errors import ConfigError
from .options import LogOptions, ReviewOptions, ScoreOptions
from .toml_values import WrongType, convert

MAX_FILE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that can be chosen. The crawler's sections stand beside the other rooms' in the file."""

    crawler: CrawlerOptions = field(default_factory=CrawlerOptions)
    storage: StorageOptions = field(default_factory=StorageOptions)
    graph: GraphOptions = field(default_factory=GraphOptions)
    log: LogOptions = field(default_factory=LogOptions)
    score: ScoreOptions = field(default_factory=ScoreOptions)
    review: ReviewOptions = field(default_factory=ReviewOptions)


CRAWLER_SECTIONS: dict[str, type[Any]] = get_type_hints(CrawlerOptions)
SECTIONS = CRAWLER_SECTIONS | {name: hint for name, hint in get_type_hints(Options).items() if name != "crawler"}
"""The name of each section and the class that says what may stand in it."""


class Flag(NamedTuple):
    """A flag of the command line as it is typed, the setting it stands for, and its value; None: it was not given."""

    name: str
    section: str
    key: str
    value: object


def read_options(file: Path | None = None, flags: Iterable[Flag] = ()) -> Options:
    """The defaults, overridden by the file, overridden by the flags."""
    options = _options_from(file, _read_toml(file)) if file else Options()
    for flag in flags:
        if flag.value is not None:
            options = _with_flag(options, flag)
    return options


def section_of(options: Options, name: str) -> Any:
    """The section's options value, wherever it stands."""
    return getattr(options.crawler if name in CRAWLER_SECTIONS else options, name)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{file}: {error.strerror or error}"]) from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError([f"{file}: larger than {MAX_FILE_BYTES:,} bytes, which no configuration file is"])
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: not UTF-8 text (byte {error.start:,})"]) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits and 1,000 open brackets are no TOML error
        raise ConfigError([f"{file}: not valid TOML: {error}"]) from error


def _options_from(file: Path, content: Mapping[str, Any]) -> Options:
    problems: list[str] = []
    built: dict[str, Any] = {}
    for name, given in content.items():
        if name not in SECTIONS:
            problems.append(f"{file}: {_unknown_section(name, given)}")
        elif not isinstance(given, dict):
            problems.append(f"{file}: {name} = {given!r}: this is the name of a section; write [{name}]")
        else:
            built[name] = _section_from(f"{file}: [{name}]", SECTIONS[name], given, problems)
    if problems:
        raise ConfigError(problems)
    crawler = {name: built.pop(name) for name in CRAWLER_SECTIONS if name in built}
    return Options(crawler=CrawlerOptions(**crawler), **built)


def _section_from(place: str, section: type[Any], given: Mapping[str, Any], problems: list[str]) -> Any:
    """The section as far as it is right; a sentence joins `problems` for each value that is not."""
    values = dict(_typed_values(place, section, given, problems))
    while True:
        try:
            return section(**values)
        except OptionError as error:
            problems.append(f"{place} {error}")
            if error.name not in values:  # two values that do not fit together
                return None
            del values[error.name]


def _typed_values(
    place: str, section: type[Any], given: Mapping[str, Any], problems: list[str]
) -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(section)
    for key, value in given.items():
        if key not in hints:
            problems.append(f"{place} {key} = {value!r}: {_unknown_key(key, hints)}")
            continue
        try:
            yield key, convert(value, hints[key])
        except WrongType as wrong:
            problems.append(f"{place} {key} = {value!r}: must be {wrong}")


def _unknown_section(name: str, given: object) -> str:
    if not isinstance(given, dict):
        homes = [section for section, options in SECTIONS.items() if name in get_type_hints(options)]
        where = f"it belongs under [{homes[0]}]" if homes else "every key stands in a section"
        return f"{name} = {given!r}: {where}{'' if homes else _did_you_mean(name, _all_keys())}"
    return f"[{name}]: no such section{_did_you_mean(name, SECTIONS)}; there are {', '.join(SECTIONS)}"


def _unknown_key(key: str, hints: Mapping[str, Any]) -> str:
    homes = [section for section, options in SECTIONS.items() if key in get_type_hints(options)]
    if homes:
        return f"no such key here; it belongs under [{homes[0]}]"
    return f"no such key{_did_you_mean(key, _all_keys() | dict.fromkeys(hints))}"


def _all_keys() -> dict[str, str]:
    return {key: name for name, options in SECTIONS.items() for key in get_type_hints(options)}


def _did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1)
    if not close:
        return ""
    place = f" under [{known[close[0]]}]" if isinstance(known[close[0]], str) else ""
    return f"; did you mean {close[0]}{place}?"


def _with_flag(options: Options, flag: Flag) -> Options:
    try:
        changed = replace(section_of(options, flag.section), **{flag.key: flag.value})
    except OptionError as error:
        raise ConfigError([f"{flag.name} {flag.value}: {error.wanted}"]) from error
    if flag.section in CRAWLER_SECTIONS:
        return replace(options, crawler=replace(options.crawler, **{flag.section: changed}))
    return replace(options, **{flag.section: changed})


def option_names() -> Iterator[tuple[str, str]]:
    """Every section and key, in the order of the example file."""
    for name, options in SECTIONS.items():
        for declared in fields(options):
            yield name, declared.name

"""The two pages that show every setting, made from the options themselves so that they cannot fall behind.

`make docs` writes config.example.toml and docs/settings.md; `backlinks config` prints the former.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any, get_type_hints

from storage import Setting, settings_of

from .config import SECTIONS
from .toml_values import type_in_words

EXAMPLE_FILE = Path("config.example.toml")
SETTINGS_FILE = Path("docs/settings.md")

ABOUT_SECTIONS = {
    "crawl": "How far and how long a run goes, and who answers for it.",
    "scope": "Which URLs are wanted.",
    "politeness": "What spares the servers.",
    "fetch": "Bounds on one answer.",
    "network": "Names, addresses and certificates.",
    "storage": "How the database file is written.",
    "graph": "How authority is computed.",
    "log": "The log file.",
    "score": "What makes a backlink good, in points (`backlinks score`).",
    "review": "From where on a person should look (`backlinks review`, `backlinks anchors`).",
}

_EXAMPLE_HEAD = """\
# Every setting of backlinks with its default. Take the mark off a line to change it, and pass the file:
#     backlinks crawl seeds.txt --config config.toml
# A flag given on the command line overrides the file. `make docs` writes this file from the program.
"""

_PAGE_HEAD = """\
# Settings

Every setting that a configuration file may hold (`--config FILE`, TOML); `config.example.toml` has the same to start
from, and `backlinks config` prints it. A flag overrides the file. An unknown name, a wrong type or a value out of range
is an error that says what would be right. This page is written from the program by `make docs`.
"""


def example_toml() -> str:
    return _EXAMPLE_HEAD + "".join(_example_section(name, section) for name, section in SECTIONS.items())


def settings_page() -> str:
    return _PAGE_HEAD + "".join(_page_section(name, section) for name, section in SECTIONS.items())


def _example_section(name: str, section: type[Any]) -> str:
    lines = [f"\n[{name}]  # {ABOUT_SECTIONS[name]}\n"]
    for declared, about in settings_of(section):
        details = "true or false" if isinstance(declared.default, bool) else _details(about)
        lines.append(_commented(f"{about.why} ({details})" if details else about.why))
        lines.append(_commented_value(f"{declared.name} = {toml_value(_default(declared))}"))
    return "\n".join(lines) + "\n"


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, 116))


def _commented_value(text: str) -> str:
    """The mark without a space tells a setting that may be uncommented from a remark."""
    return "\n".join(f"#{line}" for line in text.splitlines()) + "\n"


def _page_section(name: str, section: type[Any]) -> str:
    rows = "".join(_page_row(section, declared, about) for declared, about in settings_of(section))
    return (
        f"\n## [{name}]\n\n{ABOUT_SECTIONS[name]}\n\n"
        f"| Setting | Default | Type, unit and bounds | Why |\n|---|---|---|---|\n{rows}"
    )


def _page_row(section: type[Any], declared: Field[Any], about: Setting) -> str:
    kind = type_in_words(get_type_hints(section)[declared.name])
    details = _details(about)
    cells = [
        f"`{declared.name}`",
        f"`{_one_line(toml_value(_default(declared)))}`",
        f"{kind}; {details}" if details else kind,
        about.why,
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _details(about: Setting) -> str:
    """Unit and bounds in words: "seconds, 0 to 3,600"."""
    parts = [about.unit] if about.unit else []
    if about.choices:
        parts.append("one of " + ", ".join(toml_value(choice) for choice in about.choices))
    if about.minimum is not None and about.maximum is not None:
        parts.append(f"{about.minimum:,} to {about.maximum:,}")
    elif about.minimum is not None:
        parts.append(f"at least {about.minimum:,}")
    elif about.maximum is not None:
        parts.append(f"at most {about.maximum:,}")
    return ", ".join(parts)


def _default(declared: Field[Any]) -> Any:
    return declared.default_factory() if declared.default_factory is not MISSING else declared.default


def toml_value(value: Any) -> str:
    """Any value that an option may have, as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_text(key)} = {toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return _toml_list([toml_value(item) for item in value])
    return repr(value)


def _toml_text(text: str) -> str:
    escaped = "".join(_escaped(character) for character in text)
    return f'"{escaped}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _toml_list(items: list[str]) -> str:
    flat = f"[{', '.join(items)}]"
    if len(flat) <= 80:  # noqa: PLR2004 — the width of the example file, with room for the name
        return flat
    return "\n".join(["[", *textwrap.wrap(", ".join(items), 110), "]"])


def _pages() -> Iterator[tuple[Path, str]]:
    yield EXAMPLE_FILE, example_toml()
    yield SETTINGS_FILE, settings_page()


def write_pages(root: Path) -> None:
    for path, text in _pages():
        (root / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path.cwd())

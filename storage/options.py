"""How a choice is declared, and the choices of this room.

Every option of the program is a field made with `setting()`: its default, unit, bounds and reason stand in one place,
and the example file, docs/settings.md and the messages for wrong values are made from there. Options are frozen,
keyword-only and checked when built. Reading files and flags is the roof's.
"""

from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any

from .errors import OptionError


@dataclass(frozen=True, slots=True)
class Setting:
    """What a person should know of one option. `unit` is empty for names and switches.

    Bounds, choices and `fits` hold for each item of a list and each value of a table.
    """

    why: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    fits: Callable[[Any], bool] | None = None
    wanted: str = ""  # what is said of a value that does not fit: "must be …"


def setting(default: Any, why: str, **bounds: Any) -> Any:
    """A dataclass field that carries its `Setting`. Lists and tables are given as a callable that makes the default."""
    metadata = {"setting": Setting(why, **bounds)}
    if isinstance(default, Callable):  # type: ignore[arg-type]
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def settings_of(options: type[Any] | Any) -> Iterator[tuple[Field[Any], Setting]]:
    """The declared fields of an options class or value, in order."""
    for declared in fields(options):
        yield declared, declared.metadata["setting"]


def check_options(options: Any) -> None:
    """Raise OptionError for the first value out of its bounds. Called by each options class when built."""
    for declared, about in settings_of(options):
        value = getattr(options, declared.name)
        items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for item in items:
            if wanted := _what_would_be_right(item, about):
                raise OptionError(declared.name, value, wanted)


def _what_would_be_right(value: Any, about: Setting) -> str | None:
    """None when the value is right."""
    if about.choices and value not in about.choices:
        return f"must be one of {', '.join(about.choices)}"
    if about.fits is not None and not about.fits(value):
        return about.wanted
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if value != value or (about.minimum is not None and value < about.minimum):  # noqa: PLR0124 — NaN has no order
        return f"must be at least {about.minimum}"
    if about.maximum is not None and value > about.maximum:
        return f"must be at most {about.maximum}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageOptions:
    batch_links: int = setting(
        50_000,
        "A batch is committed when it holds this many links; larger is faster, smaller loses less work.",
        unit="links",
        minimum=1,
        maximum=1_000_000,
    )
    batch_seconds: float = setting(
        1.0,
        "… or when its first page is this old; a killed crawl fetches at most one batch again.",
        unit="seconds",
        minimum=0.01,
        maximum=60,
    )
    cache_mebibytes: int = setting(
        128,
        "Memory that SQLite may use for pages of the file.",
        unit="MiB",
        minimum=1,
        maximum=16_384,
    )
    keep_text_characters: int = setting(
        1_000,
        "How much of each page's visible text is kept, for relevance and mentions; 0 keeps none.",
        unit="characters",
        minimum=0,
        maximum=100_000,
    )
    keep_link_text_characters: int = setting(
        60,
        "Words kept on each side of a link to another domain; 0 keeps none.",
        unit="characters",
        minimum=0,
        maximum=500,
    )

    def __post_init__(self) -> None:
        check_options(self)

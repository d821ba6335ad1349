"""The choices of this room: where the log goes. The other rooms' choices are theirs; `config.py` joins them."""

from dataclasses import dataclass

from storage import check_options, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    file: str = setting("", "Where the log is written; empty: backlinks.log beside the database.")
    level: str = setting(
        "info",
        "The least that is written: debug tells every fetch, error only what went wrong here.",
        choices=("debug", "info", "warning", "error"),
    )
    max_mebibytes: float = setting(
        10.0,
        "A log of this size is set aside and a fresh one begun.",
        unit="MiB",
        minimum=0.01,
        maximum=10_000,
    )
    keep_files: int = setting(
        5, "Logs set aside that are kept; older ones are deleted.", unit="files", minimum=1, maximum=1_000
    )

    def __post_init__(self) -> None:
        check_options(self)

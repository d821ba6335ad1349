"""The log file: what happened in the night, for the morning.

One line an entry, in UTC, rotated by size. What came from the web is made printable here, so that `cat` and `tail` are
safe. A log that cannot be written to any more is given up without a word: the crawl is worth more than its log.
"""

import logging
import logging.handlers
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import ConfigError
from .options import LogOptions
from .terminal import printable, printable_lines

BYTES_PER_MEBIBYTE = 1_048_576
ROOMS = ("backlinks", "crawler", "graph", "storage")
DEFAULT_NAME = "backlinks.log"


class Formatter(logging.Formatter):
    """One printable line an entry."""

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 — logging's name
        return printable(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """What follows the first line is a traceback; indented, none of it can pass for an entry."""
        return "\n    ".join(printable_lines(super().format(record)))


class Handler(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 — logging's name
        """A full disk stops the crawl by way of the store, which says so; the log does not add its own noise."""

    def close(self) -> None:
        with suppress(OSError):  # what could not be written before is tried once more here
            super().close()


def path_of(options: LogOptions, database: Path) -> Path:
    return Path(options.file) if options.file else database.with_name(DEFAULT_NAME)


@contextmanager
def open_log(path: Path, options: LogOptions) -> Iterator[None]:
    """Let every logger of the process write there until closed."""
    try:
        handler = Handler(
            path,
            maxBytes=int(options.max_mebibytes * BYTES_PER_MEBIBYTE),
            backupCount=options.keep_files,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise ConfigError([f"the log {path} cannot be written: {error.strerror or error}"]) from error
    handler.setFormatter(Formatter())
    logging.getLogger().addHandler(handler)
    logging.captureWarnings(capture=True)
    try:
        with _level(options.level.upper()):
            yield
    finally:
        logging.captureWarnings(capture=False)
        logging.getLogger().removeHandler(handler)
        handler.close()


@contextmanager
def _level(level: str) -> Iterator[None]:
    """For our own rooms; libraries are heard when they warn."""
    loggers = [logging.getLogger(room) for room in ROOMS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, earlier in zip(loggers, before, strict=True):
            logger.setLevel(earlier)

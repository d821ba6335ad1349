"""A file that takes its name when all of it was written, and else leaves nothing behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .errors import CommandFailed


@contextmanager
def written_whole(file: Path) -> Iterator[TextIO]:
    """UTF-8 with plain line ends. Raises CommandFailed where it cannot be written; what was there before stays then."""
    real = file.resolve()
    if real.is_dir():
        raise CommandFailed(f"{file}: this is a folder. Choose another name.")
    partial = real.with_name(f".{real.name[-200:]}.{os.getpid()}.partial")
    try:
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            partial.replace(real)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailed(f"{file}: cannot be written: {reason}. Choose another file or folder.") from error

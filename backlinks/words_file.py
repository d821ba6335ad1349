"""A file of words or phrases, one a line: keywords, topics. Blank lines and lines that begin with # are no words."""

from pathlib import Path

from .errors import ConfigError

MAX_BYTES = 16 * 1024 * 1024


def read_words(file: Path) -> tuple[str, ...]:
    """In order, each once. Raises ConfigError for a file that cannot be read or is no text."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{file}: {error.strerror or error}"]) from error
    if len(content) > MAX_BYTES:
        raise ConfigError([f"{file}: larger than {MAX_BYTES:,} bytes"])
    try:
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: not UTF-8 text (byte {error.start:,})"]) from error
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))

"""The errors of this room, each a sentence for a person; `cli.py` turns them into exit codes.

BacklinksError
├── ConfigError   a configuration file or a flag that does not say what it may
├── TargetError   what a report is asked about is no address
├── SeedError     a seed list that cannot be read, or has no good line
└── CommandFailed what was asked for was right and could not be done; the one that is not bad usage
"""

from collections.abc import Sequence


class BacklinksError(Exception):
    """The root; its message is a sentence for a person."""


class ConfigError(BacklinksError):
    """`problems` holds one sentence for each wrong key, so that a file is mended in one go."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TargetError(BacklinksError):
    pass


class SeedError(BacklinksError):
    pass


class CommandFailed(BacklinksError):
    """What was asked for was right and could not be done."""

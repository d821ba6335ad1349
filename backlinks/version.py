"""The program's version: what `--version` says, what goes into the User-Agent and into each run's record."""

VERSION = "0.1.0"

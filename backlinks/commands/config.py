"""`backlinks config`: the example file, for who installed the program without its source."""

import click

from ..settings_text import example_toml


@click.command(name="config")
def command() -> None:
    """Print a configuration file with every setting at its default, to start from.

    \b
    backlinks config > config.toml
    """
    click.echo(example_toml(), nl=False)

"""Words typed to calls, and what happened to exit codes: 0 done, 2 bad usage, 130 interrupted, 1 anything else.

Commands are loaded when asked for, so that `backlinks status` need not wait for a numerical library. Whatever goes
wrong with what was typed or read ends here as a sentence; only a mistake of our own shows a traceback.

Not here: what the commands do (commands/), business rules, SQL.
"""

import difflib
import importlib
import platform
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import TextIO

import click

from storage import OptionError, QueryRefused, StorageError, StoreTooNew, StoreUnreadable

from .errors import BacklinksError, CommandFailed
from .terminal import printable, unless_gone, write_to_nowhere
from .version import VERSION

PROGRAM = "backlinks"


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


COMMANDS = {
    "demo": "Try it all on an invented web, without a list and without a network.",
    "crawl": "Crawl the sites of a seed list, politely, and store every link.",
    "rank": "Compute authority for every domain and page, and show the top domains.",
    "explain": "Where a domain's authority comes from, and what would change it.",
    "export": "Write the link graph to a file for Gephi, networkx and others, or draw it.",
    "report": "One HTML file about a target, for a client: charts, tables, what to do.",
    "status": "What is in the file, what waits, and how long it will take.",
    "query": "Ask the file in SQL; reading only.",
    "politeness": "Prove from the file how each host was treated.",
    "config": "Print a configuration file with every setting, to start from.",
}
"""Each in the module of its name under commands/; the sentence stands here so that help need not load them."""

REPORTS = {
    "overview": ("profile_reports", "A target at a glance: authority, totals, how its backlinks divide."),
    "links": ("profile_reports", "Every backlink of a target, one row each."),
    "referring-domains": ("profile_reports", "The domains that link to a target."),
    "anchors": ("profile_reports", "The words of the links to a target, or their classes."),
    "addresses": ("profile_reports", "The addresses and networks that link to a target."),
    "pages": ("link_building_reports", "A target's pages, the best linked first."),
    "new": ("link_building_reports", "Links to a target that were not there before."),
    "lost": ("link_building_reports", "Links to a target that are gone, and why."),
    "timeline": ("profile_reports", "When a target's links were first seen, and when lost."),
    "score": ("quality_reports", "How good each link to a target is, with every term."),
    "outgoing": ("link_building_reports", "What a target links to, and what of it is gone."),
    "intersect": ("link_building_reports", "Who links to rivals and not to me."),
    "compare": ("link_building_reports", "Targets beside each other."),
    "reciprocal": ("link_building_reports", "Who links to a target and is linked by it."),
    "broken": ("link_building_reports", "Dead pages that are still linked to, mine or others'."),
    "resources": ("link_building_reports", "Pages on a topic that link to many domains."),
    "mentions": ("link_building_reports", "Pages that name a name and do not link."),
    "review": ("quality_reports", "Linking domains worth a look, and what you decided."),
    "disavow": ("quality_reports", "A disavow file from your decisions alone."),
}
"""The reports by name: the module under commands/ that has them in its COMMANDS, and the sentence for the help."""

SENTENCES = COMMANDS | {name: sentence for name, (_, sentence) in REPORTS.items()}

USAGE_ERRORS = (BacklinksError, OptionError, QueryRefused, StoreTooNew, StoreUnreadable)

EXAMPLES = """\
\b
Examples:
  backlinks demo
  backlinks crawl seeds.txt --contact me@example.org
  backlinks status
  backlinks export backlinks.graphml
  backlinks query "SELECT source_url, anchor_text FROM links WHERE target_domain = 'example.org'"
  backlinks config > config.toml
"""


class Commands(click.Group):
    """Loads a command's module when it is run or its own help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        return list(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — click's signature
        if cmd_name not in SENTENCES:
            return None
        if cmd_name in REPORTS:
            home = importlib.import_module(f".commands.{REPORTS[cmd_name][0]}", __package__)
            report: click.Command = home.COMMANDS[cmd_name]
            return report
        module = importlib.import_module(f".commands.{cmd_name}", __package__)
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        close = difflib.get_close_matches(args[0], SENTENCES, n=1)
        if close and args[0] not in SENTENCES:
            raise click.UsageError(f"There is no command {args[0]!r}. Did you mean {close[0]}?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 — click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        with formatter.section("Reports"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in REPORTS.items()])


def version_text() -> str:
    return f"{PROGRAM} {VERSION} (Python {platform.python_version()}, {platform.system()})"


def _show_version(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:  # noqa: FBT001 — click's signature
    if is_asked:
        click.echo(version_text())
        ctx.exit()


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Say which.")
def backlinks() -> None:
    """A backlink index that you own: crawl politely overnight, ask in the morning."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. `arguments` None: those of the process."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        _never_fail_on_letters(stream)
    try:
        # Not click's own main: it turns a closed pipe into a failure.
        with backlinks.make_context(PROGRAM, list(sys.argv[1:] if arguments is None else arguments)) as context:
            result = backlinks.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        write_to_nowhere(sys.stdout)  # who read our output wanted no more of it (`| head`)
        return ExitCode.DONE
    except (BacklinksError, StorageError, OSError, MemoryError) as error:
        _complain(error)
        _drop_what_cannot_be_written(sys.stdout)
        return exit_code_of(error)
    return result if isinstance(result, int) else ExitCode.DONE


def exit_code_of(error: Exception) -> ExitCode:
    is_usage = isinstance(error, USAGE_ERRORS) and not isinstance(error, CommandFailed)
    return ExitCode.USAGE if is_usage else ExitCode.FAILED


def sentence_of(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _complain(error: Exception) -> None:
    with unless_gone():
        for line in sentence_of(error).splitlines():
            click.echo(f"{PROGRAM}: {printable(line)}", err=True)


def _drop_what_cannot_be_written(stream: TextIO) -> None:
    """What a full disk refused is still in the buffer, and Python would complain of it when it ends."""
    try:
        stream.flush()
    except OSError:
        write_to_nowhere(stream)


def _never_fail_on_letters(stream: TextIO) -> None:
    """A terminal that cannot show a letter shows a question mark; bytes that are no text are read as one."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")

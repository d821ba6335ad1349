"""A process that crawls `tests.fault_world` and dies where it is told: `python -m tests.fault_child`.

It imports once and forks for each order, a JSON object a line on standard input; the answer is a line too: how the
fork ended, the last step it announced, and the URLs it had been told were saved. The seam is the connection: each call
that reaches SQLite is a step, and inside a statement SQLite itself counts.
"""

import itertools
import json
import os
import resource
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import aiosqlite

from storage import StorageError, database
from storage.inbound_index import DROP_INDEX
from tests.fault_world import crawl

NO_FILES = 3
"""With such a limit nothing more can be opened; what is open stays so."""
INSTRUCTIONS = 50
"""So many of SQLite's own instructions are one step inside a statement."""


class Mortal(sqlite3.Connection):
    """A writing connection that ends its process before the step it is told to, or inside a statement."""

    die_before = 0
    die_after = ("", 0)
    die_inside = 0
    since = 0
    steps = 0
    say = staticmethod(lambda _kind, _what: None)

    def step(self, sql):
        Mortal.steps += 1
        self.say("step", " ".join(sql.split())[:60])
        if Mortal.steps == Mortal.die_before:
            os.kill(os.getpid(), signal.SIGKILL)

    def done(self, sql):
        word, left = Mortal.die_after
        if word and sql.lstrip().startswith(word):
            Mortal.die_after = (word, left - 1)
            if left == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    def execute(self, sql, *rest):
        self.step(sql)
        cursor = super().execute(sql, *rest)
        self.done(sql)
        return cursor

    def executemany(self, sql, *rest):
        self.step(sql)
        return super().executemany(sql, *rest)

    def executescript(self, sql):
        self.step(sql)
        return super().executescript(sql)


def inside():
    Mortal.die_inside -= Mortal.steps >= Mortal.since
    if Mortal.die_inside == 0:
        os.kill(os.getpid(), signal.SIGKILL)


class Slow(Mortal):
    """Counts inside statements too; a class of its own, for looking so often costs time."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.set_progress_handler(inside, INSTRUCTIONS)


def connect(path, **options):
    if options.get("uri"):
        return aiosqlite.core.connect(path, **options)
    return aiosqlite.core.connect(path, factory=Slow if Mortal.die_inside else Mortal, **options)


def die_after(word, count):
    """Let this process end itself with the so-manieth statement that begins so, before anyone hears that it is done."""
    Mortal.die_after = (word, count)
    database.aiosqlite.connect = connect


def run_out_of_files(first, last):
    """Let this process open nothing while it wants these of its sockets, counted from one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    sockets = itertools.count(1)

    def watch(event, _arguments):
        if event == "socket.__new__":
            is_short = first <= next(sockets) <= last
            resource.setrlimit(resource.RLIMIT_NOFILE, (NO_FILES if is_short else most, most))

    sys.addaudithook(watch)


def obey(order, say):
    """Arm what is ordered, and crawl."""
    Mortal.say = staticmethod(say)
    Mortal.die_before = order.get("before", 0)
    Mortal.die_inside, Mortal.since = order.get("inside", 0), order.get("since", 0)
    database.aiosqlite.connect = connect
    if pages := order.get("checkpoint_pages"):
        database.WRITER_PRAGMAS = (*database.WRITER_PRAGMAS, f"PRAGMA wal_autocheckpoint = {pages}")
    if limit := order.get("file_bytes"):
        # The kernel ends a process in the middle of a write beyond the limit, or refuses the write.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if order.get("is_deadly") else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if order.get("drops_index"):
        with closing(sqlite3.connect(order["path"])) as connection:
            connection.execute(DROP_INDEX)  # as the writer does when it is behind, so that the end builds it
    crawl(Path(order["path"]), order["nights"], batch=order["batch"], on_saved=partial(say, "saved"))


def serve_fork(order, end):
    def say(kind, what):
        os.write(end, f"{json.dumps([kind, what])}\n".encode())

    code = 0
    try:
        obey(order, say)
    except StorageError as error:
        say("error", f"{type(error).__name__}: {error}")
        code = 1
    except BaseException as error:  # noqa: BLE001 — whatever it is, the test must hear of it
        say("error", repr(error))
        code = 3
    os._exit(code)


def answer_to(order):
    heard, said = os.pipe()
    child = os.fork()
    if not child:
        os.close(heard)
        serve_fork(order, said)
    os.close(said)
    with os.fdopen(heard) as lines:
        messages = [json.loads(line) for line in lines]
    _, status = os.waitpid(child, 0)
    steps = [what for kind, what in messages if kind == "step"]
    return {
        "code": os.waitstatus_to_exitcode(status),
        "steps": steps,
        "saved": [url for kind, what in messages if kind == "saved" for url in what],
        "error": next((what for kind, what in messages if kind == "error"), ""),
    }


def main():
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            sys.stdout.write(f"{json.dumps(answer_to(json.loads(line)))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

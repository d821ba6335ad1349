"""Opening the file: pragmas, migrations, the one writer's lock, read-only connections.

The crawl lock is a file of its own beside the store, held by the operating system for as long as the process lives, so
a killed crawler leaves nothing to clean up. Connections are opened here only, always as context managers.

Not here: batching (writer.py), what is asked (the readers).
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite
from filelock import FileLock, Timeout

from .errors import StorageError, StoreBusy, StoreFull, StoreTooNew, StoreUnreadable
from .options import StorageOptions
from .records import StopReason
from .schema import APPLICATION_ID, MIGRATIONS

BUSY_SECONDS = 30.0

# WAL: readers never wait for the crawl. NORMAL: after a power cut the last commits may be missing, never damaged, and
# the next run fetches those pages again. The checkpoint every 64,000 pages lets the log grow to about 256 MiB: a page
# that is written many times meanwhile is copied into the file once (decision 0125).
WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 64000",
    "PRAGMA journal_size_limit = 67108864",
)


SENTENCES = (
    ("SQLITE_FULL", StoreFull, "the disk is full. What was written is safe; free some space and run it again."),
    ("SQLITE_IOERR", StoreFull, "the disk refused a write or a read. What was committed is safe; check the disk."),
    ("SQLITE_BUSY", StoreBusy, "another program holds a lock on the file. Close it and try again."),
    ("SQLITE_LOCKED", StoreBusy, "another program holds a lock on the file. Close it and try again."),
    ("SQLITE_NOTADB", StoreUnreadable, "this is not an SQLite database. Choose another --db."),
    ("SQLITE_CORRUPT", StoreUnreadable, "the file is damaged. Restore a copy, or use sqlite3's .recover."),
    ("SQLITE_READONLY", StoreUnreadable, "the file or its folder may not be written to. Check its permissions."),
    ("SQLITE_CANTOPEN", StoreUnreadable, "cannot be opened. Check that the folder exists and may be written to."),
)


def translate(error: sqlite3.Error, path: Path) -> StorageError:
    """The sentence for an SQLite error; raise it `from` the original."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for prefix, kind, sentence in SENTENCES:
        if name.startswith(prefix):
            return kind(f"{path}: {sentence}")
    return StorageError(f"{path}: {error}")


def check_identity(application_id: int, version: int, *, is_empty: bool, path: Path) -> None:
    """Raise a sentence unless the file is ours (or empty) and not newer than this program."""
    if application_id != APPLICATION_ID and not is_empty:
        raise StoreUnreadable(f"{path}: this SQLite file belongs to another program. Choose another --db.")
    if version > len(MIGRATIONS):
        raise StoreTooNew(
            f"{path}: written by a newer version of backlinks (format {version}, this one knows {len(MIGRATIONS)}). "
            "Update the program."
        )


async def _scalar(connection: aiosqlite.Connection, sql: str) -> int:
    async with connection.execute(sql) as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def identify(connection: aiosqlite.Connection, path: Path) -> None:
    """Raise a sentence for a file that is not ours to write to; nothing of it has been changed by then."""
    version = await _scalar(connection, "PRAGMA user_version")
    table_count = await _scalar(connection, "SELECT count(*) FROM sqlite_master")
    check_identity(await _scalar(connection, "PRAGMA application_id"), version, is_empty=table_count == 0, path=path)


async def migrate(connection: aiosqlite.Connection) -> None:
    """Bring the file to the newest format; each migration and the record of it are one transaction."""
    version = await _scalar(connection, "PRAGMA user_version")
    for number in range(version, len(MIGRATIONS)):
        await connection.executescript(
            f"BEGIN IMMEDIATE;\n{MIGRATIONS[number]}\n"
            f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {number + 1};\nCOMMIT;"
        )
    await connection.executemany(
        "INSERT OR IGNORE INTO stop_reason (id, name) VALUES (?, ?)",
        [(reason.value, reason.name.lower()) for reason in StopReason],
    )


@contextmanager
def crawl_lock(path: Path) -> Iterator[None]:
    """Hold the right to crawl into this file, or raise StoreBusy."""
    lock = FileLock(f"{path}.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreBusy(
            f"{path}: another crawl is writing to this file. Wait for it, or choose another --db."
        ) from error
    except OSError as error:
        raise StoreUnreadable(f"{path}: cannot be opened: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()


def is_crawl_running(path: Path) -> bool:
    """Whether some process holds the crawl lock of this file now."""
    if not Path(f"{path}.lock").exists():
        return False
    try:
        with crawl_lock(path):
            return False
    except StoreBusy:
        return True


@asynccontextmanager
async def open_writing(path: Path, options: StorageOptions) -> AsyncIterator[aiosqlite.Connection]:
    """The writing connection, migrated, in autocommit mode. Who crawls takes `crawl_lock` first."""
    try:
        async with aiosqlite.connect(path, isolation_level=None, timeout=BUSY_SECONDS) as connection:
            await identify(connection, path)  # before the pragmas: WAL is written into the file
            for pragma in (*WRITER_PRAGMAS, f"PRAGMA cache_size = -{options.cache_mebibytes * 1024}"):
                await connection.execute(pragma)
            await migrate(connection)
            yield connection
    except sqlite3.Error as error:
        raise translate(error, path) from error


def read_only_uri(path: Path) -> str:
    """Where the folder may not be written to, SQLite cannot keep its notes; nobody writes there, so it needs none."""
    is_still = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"


@asynccontextmanager
async def open_reading(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    """A read-only connection beside a crawl's writer, for the frontier's refills."""
    uri = read_only_uri(path)
    try:
        async with aiosqlite.connect(uri, uri=True, isolation_level=None) as connection:
            await connection.execute("PRAGMA query_only = ON")
            yield connection
    except sqlite3.Error as error:
        raise translate(error, path) from error


def replace_undecodable(text: bytes) -> str:
    """A connection's `text_factory` for files that hold text that is no UTF-8: it is shown with marks, not refused."""
    return text.decode("utf-8", "replace")


@contextmanager
def open_snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection for reports and ranking; raises a sentence for a missing, foreign or newer file."""
    if not path.exists():
        raise StoreUnreadable(f"{path}: there is no such file. Run a crawl first, or name the file with --db.")
    try:
        connection = sqlite3.connect(read_only_uri(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise StoreUnreadable(f"{path}: the file is empty. Run a crawl first.")
            check_identity(application_id, version, is_empty=False, path=path)
            connection.execute("PRAGMA query_only = ON")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise translate(error, path) from error


@contextmanager
def open_beside(path: Path) -> Iterator[sqlite3.Connection]:
    """A second writing connection, in autocommit mode, for short transactions beside a crawl's writer."""
    with open_snapshot(path):
        pass  # it says what is wrong with a file that is not ours, and makes none where there is none
    try:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 64000")  # as the crawl's writer does
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise translate(error, path) from error

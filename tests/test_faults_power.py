"""Power that fails, played out on the files themselves: what of the last writes had reached the disk is up to dice.

We run with `synchronous = NORMAL`: SQLite asks the disk to be done (fsync) before and after it copies its log into the
file, and before it begins the log anew, not after each commit. So between two such moments any part of what was written
may be missing, in any order, down to single sectors. Afterwards the file is whole and holds the batches up to some
moment, each as a whole; and the same command finds the rest.
"""

import random
import sqlite3
from contextlib import closing

import pytest

from storage import database
from tests.fault_world import contents, crawl

SECTOR_BYTES = 512
LOG_HEADER_BYTES = 32
TRIES = 8


class Recorded:
    """A crawl's files after each batch: `moments[n]` are those of the file and the log, `states[n]` what is in them."""

    def __init__(self, folder, nights=(1,)):
        self.folder, self.path = folder, folder / "recorded.db"
        self.moments, self.states = [], []
        crawl(self.path, nights[:-1])
        crawl(self.path, nights[-1:], on_saved=lambda _urls: self.look())

    def look(self):
        log = self.path.with_name(f"{self.path.name}-wal")
        self.moments.append((self.path.read_bytes(), log.read_bytes()))
        self.states.append(self.state_of(*self.moments[-1]))

    def state_of(self, file, log):
        return contents(self.restored(file, log))

    def restored(self, file, log):
        """The two as a machine finds them when it starts again."""
        path = self.folder / "restored.db"
        for part in self.folder.glob("restored.db*"):
            part.unlink()
        path.write_bytes(file)
        path.with_name("restored.db-wal").write_bytes(log)
        return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return contents(crawl(tmp_path_factory.mktemp("calm") / "calm.db"))


@pytest.fixture
def never_copied(monkeypatch):
    """The log is not copied into the file before the end."""
    monkeypatch.setattr(database, "WRITER_PRAGMAS", (*database.WRITER_PRAGMAS, "PRAGMA wal_autocheckpoint = 0"))


def test_the_level_that_all_this_rests_on_is_normal(tmp_path, monkeypatch):
    levels = []
    opened = database.migrate

    async def migrate(connection):
        await opened(connection)
        levels.extend(await connection.execute_fetchall("PRAGMA synchronous"))
        levels.extend(await connection.execute_fetchall("PRAGMA journal_mode"))

    monkeypatch.setattr(database, "migrate", migrate)
    crawl(tmp_path / "x.db", max_batches=0)
    assert levels == [(1,), ("wal",)]


def sectors(size, start=0):
    return range(start, size, SECTOR_BYTES)


def cut(dice, log):
    return log[: dice.randrange(len(log))]


def zeros_at_the_end(dice, log):
    """The length of the file was written, its last data were not."""
    kept = dice.randrange(len(log))
    return log[:kept] + bytes(len(log) - kept)


def garbage_at_the_end(dice, log):
    kept = dice.randrange(len(log))
    return log[:kept] + dice.randbytes(len(log) - kept)


def some_sectors_missing(dice, log):
    """The disk wrote in an order of its own."""
    torn = bytearray(log)
    for start in dice.sample(sectors(len(log), LOG_HEADER_BYTES), dice.randrange(1, 8)):
        torn[start : start + SECTOR_BYTES] = bytes(len(torn[start : start + SECTOR_BYTES]))
    return bytes(torn)


def one_bit_wrong(dice, log):
    torn = bytearray(log)
    torn[dice.randrange(LOG_HEADER_BYTES, len(log))] ^= 1 << dice.randrange(8)
    return bytes(torn)


@pytest.mark.usefixtures("never_copied")
@pytest.mark.parametrize(
    "lose",
    [cut, zeros_at_the_end, garbage_at_the_end, some_sectors_missing, one_bit_wrong],
    ids=lambda one: one.__name__,
)
def test_batches_that_had_not_reached_the_disk_are_lost_from_some_batch_on_and_never_in_part(tmp_path, expected, lose):
    recorded, dice, found = Recorded(tmp_path), random.Random(lose.__name__), set()
    file, log = recorded.moments[-1]
    begun = len(recorded.moments[0][1])
    for _ in range(TRIES):
        # What was there when the first batch had been saved stays: before it there are no tables to compare.
        path = recorded.restored(file, log[:begun] + lose(dice, log[begun:]))
        found.add(recorded.states.index(contents(path)))
        assert contents(crawl(path)) == expected
    assert len(found) > 2, found


def test_power_that_fails_while_the_log_is_copied_loses_nothing(tmp_path, monkeypatch, expected):
    """The log had reached the disk whole before; of the pages copied from it any part may have, torn ones too."""
    monkeypatch.setattr(database, "WRITER_PRAGMAS", (*database.WRITER_PRAGMAS, "PRAGMA wal_autocheckpoint = 0"))
    recorded, dice = Recorded(tmp_path), random.Random(1)
    file, log = recorded.moments[-1]
    copied = recorded.restored(file, log)
    with closing(sqlite3.connect(copied)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = copied.read_bytes()
    for _ in range(TRIES):
        torn = bytearray(whole[: dice.randrange(len(file), len(whole) + 1)])
        torn[: len(file)] = file
        for start in sectors(len(torn)):
            if dice.random() < 0.5:
                torn[start : start + SECTOR_BYTES] = whole[start : start + SECTOR_BYTES]
        path = recorded.restored(bytes(torn), log)
        assert contents(path) == recorded.states[-1]
    assert contents(crawl(path)) == expected


def test_power_that_fails_after_the_log_was_begun_anew_loses_only_what_came_since(tmp_path, monkeypatch, expected):
    """The new log is written over the old one, whose frames lie behind it and must not count."""
    monkeypatch.setattr(database, "WRITER_PRAGMAS", (*database.WRITER_PRAGMAS, "PRAGMA wal_autocheckpoint = 30"))
    recorded, dice, found = Recorded(tmp_path), random.Random(2), set()
    anew = [
        number
        for number in range(1, len(recorded.moments))
        if recorded.moments[number][1][:LOG_HEADER_BYTES] != recorded.moments[number - 1][1][:LOG_HEADER_BYTES]
    ]
    assert anew
    for number in anew:
        (file, old), (_, new) = recorded.moments[number - 1], recorded.moments[number]
        for _ in range(TRIES):
            torn = bytearray(new)
            for start in sectors(min(len(old), len(new)), LOG_HEADER_BYTES):
                if dice.random() < 0.1:
                    torn[start : start + SECTOR_BYTES] = old[start : start + SECTOR_BYTES]
            state = contents(recorded.restored(file, bytes(torn)))
            found.add(recorded.states.index(state) - number)
            assert state in recorded.states[number - 1 : number + 1]
        assert contents(crawl(tmp_path / "restored.db")) == expected
    assert -1 in found

"""The clock of every address, shared by the shards of one crawl."""

import multiprocessing
import threading

import pytest

from crawler import address_board
from crawler.address_board import AddressBoard

NEAR, FAR = "192.0.2.1", "192.0.2.2"


@pytest.fixture(scope="module")  # shared memory stays open as long as the process
def board():
    return AddressBoard(multiprocessing.get_context("spawn"), 2.0)


def test_an_address_is_asked_by_one_shard_in_its_delay(board):
    assert board.claim(NEAR, 100.0) is None
    assert board.claim(NEAR, 100.5) == 102.0
    assert board.claim(FAR, 100.5) is None
    assert board.claim(NEAR, 102.0) is None
    assert board.claim(NEAR, 103.9) == 104.0


def test_a_shard_that_died_with_the_lock_does_not_hang_the_others(board, monkeypatch):
    monkeypatch.setattr(address_board, "LOCK_SECONDS", 0.01)
    lock, held, over = board._moments.get_lock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            over.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        assert board.claim(NEAR, 200.0) == 202.0
    finally:
        over.set()
        holder.join()
    assert board.claim(NEAR, 202.0) is None

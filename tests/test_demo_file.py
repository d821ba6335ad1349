import asyncio

import pytest

from backlinks.demo_file import DEMO_VERSION, holds_demo, make_room_for_demo, remove_demo
from backlinks.errors import ConfigError
from backlinks.version import VERSION
from storage import StorageOptions, StoreBusy, StoreUnreadable, open_crawl_store


def crawled(path, version):
    async def crawl():
        async with open_crawl_store(path, StorageOptions(), now=1.0, version=version, options_json="{}") as store:
            await store.end(now=2.0, reason="done")

    asyncio.run(crawl())
    return path


def test_a_demonstration_is_told_from_a_crawl(tmp_path):
    assert holds_demo(crawled(tmp_path / "demo.db", DEMO_VERSION))
    assert not holds_demo(crawled(tmp_path / "real.db", VERSION))


@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_file_holds_neither(tmp_path, content):
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    assert not holds_demo(path)
    make_room_for_demo(path)


def test_a_demonstration_is_removed_with_its_parts_and_nothing_else(tmp_path):
    path = crawled(tmp_path / "x.db", DEMO_VERSION)
    for name in ("x.db-wal", "x.db-shm", "x.db.backup", "y.db"):
        (tmp_path / name).touch()
    assert remove_demo(path)
    assert {file.name for file in tmp_path.iterdir()} - {"x.db.lock"} == {"x.db.backup", "y.db"}


def test_a_real_crawl_is_never_touched(tmp_path):
    path = crawled(tmp_path / "x.db", VERSION)
    before = path.read_bytes()
    assert not remove_demo(path)
    with pytest.raises(ConfigError, match="holds a crawl of yours"):
        make_room_for_demo(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_never_touched(tmp_path):
    path = tmp_path / "x.db"
    path.write_bytes(b"hello" * 1_000)
    with pytest.raises(StoreUnreadable):
        make_room_for_demo(path)
    assert path.read_bytes() == b"hello" * 1_000


async def test_a_demonstration_at_work_is_left_alone(tmp_path):
    path = tmp_path / "x.db"
    async with open_crawl_store(path, StorageOptions(), now=1.0, version=DEMO_VERSION, options_json="{}"):
        with pytest.raises(StoreBusy, match="a demonstration is being crawled"):
            remove_demo(path)
        assert path.exists()

"""The whole hostile web beside a hundred well-behaved hosts, as one crawl in a process of its own."""

import asyncio
import json
import os
import pickle
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from filelock import FileLock

from tests.command import run
from tests.hostile_web import GOOD_HOSTS, GOOD_PAGES, HostileWeb, Stored, serve_hostile_names, serve_hostile_web

__all__ = ["run"]

ROOT = Path(__file__).resolve().parents[1]
SECURITY = ROOT / "docs" / "security.md"
CHILD = ("-m", "tests.hostile_child")
IN_FLIGHT = 64
DOMAIN_PAGES = 60
"""More than half of what may be out at once."""
TOTAL_SECONDS = 6.0
LATE_SECONDS = 5.0
"""How late a clock may be seen on a machine that does other things too."""
MOST_MEMORY = 600_000_000
MOST_SENT_AFTER = 50


class Crawled(NamedTuple):
    web: HostileWeb
    stored: Stored
    code: int | None
    words: str
    errors: str
    asked_names: Counter


def job_of(web, names, folder):
    sections = {
        "crawl": {
            "contact": "me@example.org", "max_seconds": 600, "max_idle_seconds": 1,
            "max_in_flight": IN_FLIGHT, "max_pages_per_domain": DOMAIN_PAGES,
        },
        "politeness": {
            "delay_seconds": 0.05, "address_delay_seconds": 0.02, "max_delay_seconds": 0.2,
            "retry_seconds": [], "robots_retry_seconds": 60,
        },
        "fetch": {"total_seconds": TOTAL_SECONDS, "connect_seconds": 5.0},
        "network": {
            "allowed_ports": [80, 443, web.port], "resolve": web.addresses, "nameservers": [names.address],
            "dns_seconds": 30, "ca_file": str(folder / "ca.pem"),
        },
    }  # fmt: skip
    path = folder / "job.json"
    job = {"path": str(folder / "x.db"), "seeds": web.seeds, "storage": {"batch_seconds": 0.2}, "sections": sections}
    path.write_text(json.dumps(job))
    return path


async def crawl(folder):
    async with serve_hostile_web(folder) as web, serve_hostile_names(web) as names:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *CHILD, str(job_of(web, names, folder)), cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": "error"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        words, errors = await process.communicate()
    return Crawled(
        web, Stored(folder / "x.db"), process.returncode, words.decode(), errors.decode(), Counter(names.names())
    )


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """One crawl for all tests here, whichever process runs them; it takes some ten seconds."""
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems do not listen on all of 127.0.0.0/8 unasked")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hostile"
    with FileLock(f"{folder}.lock"):
        if not (folder / "crawled").exists():
            folder.mkdir()
            (folder / "crawled").write_bytes(pickle.dumps(to_keep(asyncio.run(crawl(folder)))))
    return kept((folder / "crawled").read_bytes(), folder)


def to_keep(one):
    web = one.web
    return web.port, web.seen, web.heads, web.bait.connection_count, one.code, one.words, one.errors, one.asked_names


def kept(pickled, folder):
    port, seen, heads, bait_count, *rest = pickle.loads(pickled)
    web = HostileWeb(port)
    web.seen, web.heads, web.bait.connection_count = seen, heads, bait_count
    return Crawled(web, Stored(folder / "x.db"), *rest)


pytestmark = pytest.mark.slow


def test_the_crawl_ends_by_itself_and_cleanly(crawled):
    reason, _memory = crawled.words.split()
    assert (crawled.errors, crawled.code, reason) == ("", 0, "idle")
    assert crawled.stored.ask("PRAGMA integrity_check") == [("ok",)]
    assert crawled.stored.ask("SELECT count(*) FROM run WHERE end_reason = 'idle'") == [(1,)]


def test_every_page_of_the_well_behaved_hosts_is_stored_with_its_links(crawled):
    wanted = {"ok, 6 links": GOOD_HOSTS, "ok, 1 link": GOOD_HOSTS * (GOOD_PAGES - 1)}
    assert crawled.stored.good_pages(crawled.web) == wanted


def test_of_every_exhibit_that_is_stored_which_its_row_says(crawled):
    found = {
        (exhibit.name, place): crawled.stored.of(exhibit, place, wanted)
        for exhibit in crawled.web.exhibits.values()
        for place, wanted in exhibit.stored.items()
    }
    wanted = {(name, place): words for name, one in crawled.web.exhibits.items() for place, words in one.stored.items()}
    assert found == wanted


def test_nobody_waits_for_the_hostile_hosts(crawled):
    """When the last page of a well-behaved host was asked for, the hostile hosts had not had half of theirs."""
    is_good = [seen.host.startswith("good") for seen in crawled.web.seen]
    last = max(place for place, good in enumerate(is_good) if good)
    assert is_good[last:].count(False) > MOST_SENT_AFTER


def test_subdomains_without_end_that_hold_the_line_leave_half_of_it_to_others(crawled):
    assert 20 < crawled.stored.most_at_once("crowd") <= IN_FLIGHT // 2 + 1


def test_memory_and_time_are_bounded(crawled):
    assert int(crawled.words.split()[1]) < MOST_MEMORY
    longest = crawled.stored.ask("SELECT max(elapsed_ms) FROM fetch")[0][0]
    assert longest < (TOTAL_SECONDS + LATE_SECONDS) * 1_000


def test_nobody_is_asked_in_our_own_network_and_no_cookie_or_password_is_sent(crawled):
    assert crawled.web.bait.connection_count == 0
    assert crawled.web.heads
    sent = b"".join(crawled.web.heads).lower()
    assert b"\r\ncookie:" not in sent
    assert b"\r\nauthorization:" not in sent


def test_no_password_is_in_the_file(crawled):
    assert b"hunter2" not in crawled.stored.path.read_bytes()
    assert crawled.stored.ask("SELECT count(*) FROM link WHERE flags & 2048") == [(1,)]


def test_no_name_is_asked_for_twice_so_that_none_turns_private(crawled):
    assert crawled.asked_names["rebind.test"] == 1


CONTROLS = ["\x1b", "\x07", "\0", "\x9b"]
OVERRIDE = "\u202e"
"""A program may read it, a person may not be shown it."""
SHOWN = [
    ("rank",),
    ("status",),
    ("links", "escapes.test"),
    ("pages", "escapes.test"),
    ("outgoing", "escapes.test"),
    ("anchors", "escapes.test"),
    ("overview", "escapes.test"),
    ("politeness", "--host", "escapes.test"),
    ("query", "SELECT title, anchor_text FROM pages JOIN links ON source_url = url WHERE host = 'escapes.test'"),
]
WRITTEN = ["web.graphml", "web.gexf", "web.json", "web.csv"]


def test_nothing_that_steers_comes_out_of_the_file_again(crawled, run, tmp_path):
    path = tmp_path / "x.db"
    shutil.copy(crawled.stored.path, path)
    assert crawled.stored.ask("SELECT count(*) FROM anchor WHERE instr(text, char(27))") == [(1,)], "it is in there"
    for typed in SHOWN:
        for form in ((), ("--csv",), ("--json",)) if typed[0] in ("links", "pages", "query") else ((),):
            ran = run(*typed, *form, "--db", path)
            assert ran.code == 0, (typed, ran.err)
            assert not [sign for sign in (*CONTROLS, OVERRIDE) if sign in ran.out + ran.err], typed
    for name in WRITTEN:
        assert run("export", tmp_path / name, "--level", "page", "--db", path).code == 0
    assert run("report", "escapes.test", "-o", tmp_path / "report.html", "--db", path).code == 0
    written = [file for file in tmp_path.iterdir() if file.suffix not in (".db", ".db-wal", ".db-shm", ".lock", ".log")]
    assert len(written) >= len(WRITTEN) + 1
    for file in written:
        text = file.read_text(encoding="utf-8")
        assert not [sign for sign in CONTROLS if sign in text], file.name
        if file.suffix in (".graphml", ".gexf"):
            assert len(ET.fromstring(text)), file.name
    assert OVERRIDE not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_table_in_the_documentation_says_what_is_stored(crawled):
    assert "\n".join(rows_of(crawled.web)) in SECURITY.read_text(encoding="utf-8")


def rows_of(web):
    for exhibit in web.exhibits.values():
        stored = "; ".join(f"`{place}` {words}" for place, words in exhibit.stored.items())
        yield f"| {exhibit.name} | {exhibit.sends} | {stored} |".replace(f":{web.port}", ":8080")

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backlinks.commands import crawl
from backlinks.commands.crawl import shards_for
from backlinks.demo_file import DEMO_VERSION
from backlinks.version import VERSION
from crawler import CrawlerError, CrawlerOptions, CrawlJob, CrawlSummary, UrlReader
from storage import StorageOptions, read_last_run
from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import small_store
from tests.test_demo_file import crawled
from tests.test_progress import QUIET

ROOT = Path(__file__).resolve().parents[1]
HOSTS, PAGES = 3, 8
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A plain web in a process of its own: the folder has its seeds.txt, and a config.toml without pauses."""
    with serving(tmp_path_factory.mktemp("web"), HOSTS, PAGES) as folder:
        yield folder


@contextmanager
def serving(folder, hosts, pages):
    command = [
        sys.executable,
        "-m",
        "backlinks.demo",
        "--profile",
        "plain",
        "--hosts",
        str(hosts),
        "--pages",
        str(pages),
    ]
    with subprocess.Popen([*command, "--write", str(folder)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        config = folder / "config.toml"
        config.write_text("[politeness]\ndelay_seconds = 0\naddress_delay_seconds = 0\n\n" + config.read_text())
        try:
            yield folder
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def crawl_of(web, path, *more):
    return ["crawl", web / "seeds.txt", "--config", web / "config.toml", "--db", path, *more]


def counted(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM links)").fetchone()


def test_a_crawl_fills_the_file_says_so_and_leaves_a_log(run, web, tmp_path):
    path = tmp_path / "x.db"
    ran = run(*crawl_of(web, path))
    assert ran.code == 0
    pages, links = counted(path)
    assert pages == HOSTS * PAGES
    assert re.match(
        rf"Run 1: {pages} pages and {links} links in .+; everything that may be fetched has been\.\n", ran.out
    )
    assert ran.err.startswith("0 s: 0 pages")
    log = (tmp_path / "backlinks.log").read_text()
    assert "crawling 3 seeds into" in log
    assert "Run 1: " in log
    assert read_last_run(path).version == VERSION


def test_the_json_is_one_object_and_all_that_is_on_standard_output(run, web, tmp_path):
    ran = run(*crawl_of(web, tmp_path / "x.db", "--json"))
    answer = json.loads(ran.out)
    assert (answer["pages"], answer["end_reason"], answer["seeds"]) == (HOSTS * PAGES, "done", HOSTS)
    assert ran.out.count("\n") == 1


def test_flags_override_the_file_and_are_recorded_with_the_run(run, web, tmp_path):
    path = tmp_path / "x.db"
    flags = [
        "--contact",
        "me@flag.test",
        "--max-pages",
        5,
        "--depth",
        3,
        "--max-pages-per-domain",
        4,
        "--max-seconds",
        50,
    ]
    ran = run(*crawl_of(web, path, *flags, "--json"))
    assert json.loads(ran.out)["end_reason"] == "max_pages"
    assert counted(path)[0] == 5
    options = json.loads(read_last_run(path).options_json)["crawler"]["crawl"]
    assert (options["contact"], options["max_pages"], options["max_depth"]) == ("me@flag.test", 5, 3)
    assert (options["max_pages_per_domain"], options["max_seconds"]) == (4, 50)


def test_seeds_may_come_from_standard_input(web, tmp_path):
    command = [sys.executable, "-m", "backlinks", *map(str, crawl_of(web, tmp_path / "x.db", "--json"))]
    command[command.index(str(web / "seeds.txt"))] = "-"
    seeds = (web / "seeds.txt").read_bytes()
    ran = subprocess.run(command, cwd=ROOT, input=seeds, capture_output=True, timeout=PATIENCE_SECONDS, check=True)
    assert json.loads(ran.stdout)["seeds"] == HOSTS


def test_bad_lines_are_reported_with_their_numbers_and_skipped(run, web, tmp_path):
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("not a domain\n" * 25 + (web / "seeds.txt").read_text())
    ran = run("crawl", seeds, "--config", web / "config.toml", "--db", tmp_path / "x.db", "--json")
    assert json.loads(ran.out)["seeds"] == HOSTS
    assert f"{seeds}, line 1: not a domain: is not a domain or an http(s) URL\n" in ran.err
    assert f"{seeds}, line 20: " in ran.err
    assert f"{seeds}, line 21: " not in ran.err
    assert "… and 5 more bad lines\n" in ran.err
    assert f"{seeds}, line 25: " in (tmp_path / "backlinks.log").read_text()


def test_without_a_contact_it_does_not_start_and_says_how(run, tmp_path):
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("example.org\n")
    ran = run("crawl", seeds, "--db", tmp_path / "x.db")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(
        "backlinks: a crawl needs a contact, so that webmasters can reach you: add --contact you@"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["seeds.txt"]


REFUSED = [
    (["--contact", "nobody"], "--contact nobody: must be an e-mail address or a URL that starts with http"),
    (["--contact", "a@b.test", "--depth", "-1"], "--depth -1: must be at least 0"),
    (["--contact", "a@b.test", "--max-pages", "-1"], "--max-pages -1: must be at least 0"),
    (["--contact", "a@b.test", "--max-seconds", "nan"], "--max-seconds nan: must be at least 0"),
    (["--contact", "a@b.test", "--max-pages", "many"], "'many' is not a valid integer"),
    (["--contact", "a@b.test", "--config", "nowhere.toml"], "nowhere.toml: No such file or directory"),
    (["--contact", "a@b.test"], "nowhere.txt: No such file or directory"),
]


@pytest.mark.parametrize(("flags", "sentence"), REFUSED)
def test_bad_usage_is_a_sentence_and_code_2_and_no_file_is_made(run, tmp_path, monkeypatch, flags, sentence):
    monkeypatch.chdir(tmp_path)
    ran = run("crawl", "nowhere.txt", *flags)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "backlinks.db").exists()


def test_a_list_without_a_good_line_is_code_2(run, tmp_path):
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("hello\n")
    ran = run("crawl", seeds, "--contact", "a@b.test", "--db", tmp_path / "x.db")
    assert ran.code == 2
    assert "no line of it is a domain or a URL" in ran.err
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(("content", "sentence"), [(b"hello" * 1_000, "is not an SQLite database")])
def test_a_file_that_is_no_store_is_not_written_to(run, web, tmp_path, content, sentence):
    path = tmp_path / "x.db"
    path.write_bytes(content)
    ran = run(*crawl_of(web, path))
    assert ran.code == 2
    assert sentence in ran.err
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_a_sentence(run, web, tmp_path):
    ran = run(*crawl_of(web, tmp_path / "no" / "x.db"))
    assert ran.code == 2
    assert "cannot be written: No such file or directory" in ran.err


def test_a_demonstration_is_replaced_by_a_real_crawl(run, web, tmp_path):
    path = crawled(tmp_path / "x.db", DEMO_VERSION)
    ran = run(*crawl_of(web, path))
    assert ran.code == 0
    assert "held the invented web of a demonstration; it begins anew" in ran.err
    assert read_last_run(path).run_id == 1
    assert read_last_run(path).version == VERSION


def job_of(domains):
    reader = UrlReader(drop_parameters=(), user_platforms=())
    seeds = [reader.parse(f"https://www.d{number % domains}.test/{number}") for number in range(2 * domains)]
    return CrawlJob(seeds=seeds, path=Path("x.db"), crawler=CrawlerOptions(), storage=StorageOptions())


@pytest.mark.parametrize(
    ("cores", "domains", "shards"), [(2, 1, 1), (2, 599, 1), (2, 600, 2), (2, 9_000, 2), (16, 3_000, 10), (1, 9_000, 1)]
)
def test_more_processes_are_started_when_the_domains_ask_and_the_cores_allow(monkeypatch, cores, domains, shards):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert shards_for(job_of(domains)) == shards


def test_two_shards_crawl_the_same_as_one(web, tmp_path):
    command = [sys.executable, "-m", "backlinks", *map(str, crawl_of(web, tmp_path / "x.db", "--shards", 2, "--json"))]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=PATIENCE_SECONDS, check=True)
    assert json.loads(ran.stdout)["pages"] == HOSTS * PAGES
    assert counted(tmp_path / "x.db")[0] == HOSTS * PAGES


@pytest.mark.parametrize(
    ("reason", "code"), [("done", 0), ("idle", 0), ("max_pages", 0), ("interrupted", 130), ("unreachable", 1)]
)
def test_how_the_run_ended_is_the_exit_code(run, web, monkeypatch, reason, code):
    async def run_crawl(*_, **__):
        return CrawlSummary(run_id=1, is_continued=False, end_reason=reason, statistics=QUIET)

    monkeypatch.setattr(crawl, "run_crawl", run_crawl)
    assert run(*crawl_of(web, web / f"{reason}.db")).code == code


def test_a_shard_that_dies_is_a_sentence_and_code_1(run, web, tmp_path, monkeypatch):
    async def run_crawl(*_, **__):
        raise CrawlerError("shard 1 of 2 ended unexpectedly. What was written is safe; the same command goes on.")

    monkeypatch.setattr(crawl, "run_crawl", run_crawl)
    ran = run(*crawl_of(web, tmp_path / "x.db"))
    assert ran == (
        1,
        "",
        "backlinks: shard 1 of 2 ended unexpectedly. What was written is safe; the same command goes on.\n",
    )


def test_an_earlier_crawl_is_gone_on_with(run, web, tmp_path):
    path = small_store(tmp_path / "x.db")
    assert run(*crawl_of(web, path)).code == 0
    assert read_last_run(path).run_id == 2


@contextmanager
def started(web, path, **options):
    command = [sys.executable, "-m", "backlinks", *map(str, crawl_of(web, path))]
    with subprocess.Popen(command, cwd=ROOT, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def until(condition, seconds=PATIENCE_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def has_pages(path):
    try:
        return path.exists() and counted(path)[0] > 0
    except sqlite3.Error:
        return False


@pytest.fixture
def slow_web(web, tmp_path):
    """The same web, asked so slowly that there is time to interrupt."""
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "seeds.txt").write_text((web / "seeds.txt").read_text())
    config = (web / "config.toml").read_text().replace("delay_seconds = 0\n", "delay_seconds = 1.2\n", 1)
    (folder / "config.toml").write_text(f"[storage]\nbatch_seconds = 0.1\n\n{config}")
    return folder


def test_one_interrupt_saves_ends_with_130_and_the_same_command_goes_on(run, web, slow_web, tmp_path):
    path = tmp_path / "x.db"
    with started(slow_web, path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until(lambda: has_pages(path))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert b"Finishing what is in flight and saving it" in err
    assert b"it was interrupted; the same command goes on" in out
    assert b"Traceback" not in err
    assert read_last_run(path).end_reason == "interrupted"
    before = counted(path)
    assert 0 < before[0] < HOSTS * PAGES
    assert run(*crawl_of(web, path)).code == 0
    assert counted(path)[0] == HOSTS * PAGES
    assert read_last_run(path).run_id == 1


def test_two_interrupts_stop_at_once_and_lose_nothing_that_was_written(run, web, slow_web, tmp_path):
    path = tmp_path / "x.db"
    with started(slow_web, path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until(lambda: has_pages(path))
        before = counted(path)
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert b"Traceback" not in err
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert counted(path) >= before
    assert run(*crawl_of(web, path)).code == 0
    assert counted(path)[0] == HOSTS * PAGES


def test_a_second_crawl_into_the_same_file_is_refused(run, web, slow_web, tmp_path):
    path = tmp_path / "x.db"
    with started(slow_web, path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        until(lambda: has_pages(path))
        ran = run(*crawl_of(web, path))
        assert ran.code == 1
        assert "another crawl is writing to this file" in ran.err


def test_a_terminal_sees_a_live_display_and_closing_it_ends_the_crawl_cleanly(slow_web, tmp_path):
    path = tmp_path / "x.db"
    leader, follower = pty.openpty()
    environment = os.environ | {"TERM": "xterm"}
    with started(slow_web, path, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while b"Politeness" not in shown and len(shown) < 1_000_000:
            shown += os.read(leader, 65_536)
        os.close(leader)
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE_SECONDS) == 130
    assert re.search(rb"Pages +\x1b?[^\n]*\d+ \(", shown)
    assert read_last_run(path).end_reason == "interrupted"

"""The harness itself: figures are kept truthfully, and peers are held to the same work.

Peers that need an installation are left to `make bench`.
"""

import sqlite3
import sys
from subprocess import CompletedProcess

import pytest

from bench import __main__ as bench_list
from bench import crawl, figures, peers, processes

README = f"""# Title

{figures.BEGIN}

| Figure | Asked | Measured |
|---|---|---|
| old | – | 1 |
| kept | – | 2 |

{figures.END}
after
"""


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(README, encoding="utf-8")
    return path


def figure(name, *rounds, asked="at most 2"):
    return figures.Figure(name=name, rounds=rounds, unit="ms", command="python -m x", asked=asked)


def test_a_figure_is_the_median_with_half_the_distance_between_the_extremes():
    assert figure("cost", 1.0, 3.0, 2.0).line() == "cost: 2 ms (±50% of 3), asked: at most 2"


def test_a_row_is_replaced_by_name_and_the_others_stay(readme):
    figures.record([figure("old", 5.0), figure("new", 7.0)], readme)
    text = readme.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows] == ["Figure", "old", "kept", "new"]
    assert "| 5 ms |" in rows[1]
    assert text.startswith("# Title\n")
    assert text.endswith(f"{figures.END}\nafter\n")


def test_recording_twice_changes_nothing_more(readme):
    figures.record([figure("old", 5.0)], readme)
    once = readme.read_text(encoding="utf-8")
    figures.record([figure("old", 5.0)], readme)
    assert readme.read_text(encoding="utf-8") == once


def test_the_table_of_the_project_can_be_written(tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text(figures.README.read_text(encoding="utf-8"), encoding="utf-8")
    figures.record([figure("a new figure", 1.0)], copy)
    assert "| a new figure | at most 2 | 1 ms |" in copy.read_text(encoding="utf-8")


def test_ratios_are_taken_round_by_round():
    costs = {crawl.OURS: [2.0, 4.0], crawl.BARE: [1.0, 4.0], crawl.BARE_URLJOIN: [2.0, 4.0], crawl.SCRAPY: [20.0, 10.0]}
    by_name = {one.name: one for one in crawl.figures(costs, "x")}
    assert by_name["CPU per page, ours / Scrapy"].rounds == [0.1, 0.4]
    assert by_name["CPU per page, ours / bare loop"].rounds == [2.0, 1.0]


def links_of(tmp_path, name, rows):
    with sqlite3.connect(tmp_path / name) as connection:
        connection.execute("CREATE TABLE links (source_url TEXT, target_url TEXT, anchor_text TEXT)")
        connection.executemany("INSERT INTO links VALUES (?, ?, ?)", rows)
    connection.close()
    return crawl.stored_links(tmp_path / name)


ROWS = [("http://a.test:1/", "http://b.test:1/x", "words"), ("http://a.test:1/", "http://b.test:1/y", "more")]


def test_stored_links_are_compared_without_order_and_port(tmp_path):
    first = links_of(tmp_path, "one.db", ROWS)
    elsewhere = [tuple(text.replace(":1/", ":2/") for text in row) for row in reversed(ROWS)]
    assert links_of(tmp_path, "two.db", elsewhere) == first == (2, first[1])


@pytest.mark.parametrize(
    "change", [lambda rows: rows[:1], lambda rows: [rows[0], rows[0]], lambda rows: [*rows, rows[0]]]
)
def test_a_missing_or_doubled_link_is_seen(tmp_path, change):
    assert links_of(tmp_path, "one.db", ROWS) != links_of(tmp_path, "two.db", change(ROWS))


@pytest.mark.slow
def test_both_bare_loops_store_every_link_of_the_bench_web(monkeypatch):
    monkeypatch.setattr(crawl, "peers_python", lambda: sys.executable)
    asked = crawl.commands(crawl.peers_python())
    digests = {crawl.crawl_once(asked[name], crawl.Size(3, 12))[1] for name in (crawl.BARE, crawl.BARE_URLJOIN)}
    assert len(digests) == 1


def test_a_crawl_that_stores_too_little_gives_no_figure():
    table = "CREATE TABLE links (source_url, target_url, anchor_text)"
    script = f"import sqlite3, sys; sqlite3.connect(sys.argv[2]).execute({table!r})"

    def lazy(visit, database):
        return [sys.executable, "-c", script, visit, database]

    with pytest.raises(processes.CrawlFailed, match="0 links stored where 120 stand"):
        crawl.crawl_once(lazy, crawl.Size(1, 2))


def test_a_process_that_fails_says_what_it_printed(tmp_path):
    with pytest.raises(processes.CrawlFailed, match="no such thing"):
        processes.run_measured([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "output")


def test_the_cpu_of_a_process_is_its_own(tmp_path):
    busy = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    used = processes.run_measured([sys.executable, "-c", busy], tmp_path / "output")
    idle = processes.run_measured([sys.executable, "-c", "import time; time.sleep(0.3)"], tmp_path / "output")
    assert used.cpu_seconds > 0.3
    assert idle.cpu_seconds < idle.wall_seconds - 0.2, "it slept for 0.3 s, and what the other used is not counted"
    assert used.peak_bytes > 2**20


def test_the_peers_environment_is_made_once(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(peers, "CACHE", tmp_path)
    monkeypatch.setattr(
        peers.subprocess, "run", lambda command, **_: made.append(command) or (tmp_path / "venv").mkdir(exist_ok=True)
    )
    assert peers.peers_python() == peers.peers_python()
    assert len(made) == 2


# `make bench`.


def modules_that_record():
    folder = figures.README.parent
    return {path.stem for path in folder.glob("*.py") if '"--record"' in path.read_text(encoding="utf-8")} - {
        "__main__"
    }


def test_every_benchmark_that_can_record_is_run_by_the_list_and_told_of_in_the_readme():
    names = {benchmark.name for benchmark in bench_list.BENCHMARKS}
    assert names == modules_that_record()
    readme = figures.README.read_text(encoding="utf-8")
    assert [name for name in names if f"| `python -m bench.{name}` |" not in readme] == []


def test_what_a_machine_lacks_is_said_and_is_no_failure(capsys):
    assert bench_list.run(bench_list.Benchmark("no_such_module", lacking=lambda: "no engine"), is_quick=True)
    assert "left out: no engine" in capsys.readouterr().out


@pytest.mark.parametrize(("is_quick", "arguments"), [(True, ["--few"]), (False, ["--many", "--record"])])
def test_a_quick_run_records_nothing(monkeypatch, is_quick, arguments):
    commands = []
    monkeypatch.setattr(
        bench_list.subprocess, "run", lambda command, **_: commands.append(command) or CompletedProcess(command, 0)
    )
    assert bench_list.run(bench_list.Benchmark("x", ("--many",), ("--few",)), is_quick=is_quick)
    assert commands == [[sys.executable, "-m", "bench.x", *arguments]]

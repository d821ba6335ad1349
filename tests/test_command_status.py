import json
import re

import pytest

from storage import HostClock, Visit
from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import SEEDS, fill, link, small_store, visit


async def with_a_long_rest(keeper):
    await fill(keeper)
    waiting = keeper.waiting["https://c.test/1"]
    rests = HostClock(host="c.test", ready_at=4e9, rest_reason="answered 429 \x1b]0;evil\x07", crawl_delay_seconds=30.0)
    await keeper.save(Visit(url_id=waiting.url_id, depth=1, host=rests))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("status") / "x.db", fill=with_a_long_rest, end_reason="idle")


def test_status_says_what_is_there_what_waits_and_who_is_in_trouble(run, path):
    out = run("status", "--db", path).out
    assert re.search(
        r"^Run +run 1, begun 2023-11-14 22:13:20 UTC, ended 2023-11-14 22:14:20 UTC: idle$", out, re.MULTILINE
    )
    assert re.search(r"^Pages +5: ok 3, http_error 1, timeout 1$", out, re.MULTILINE)
    assert re.search(r"^Links +8, 2 of them to other domains$", out, re.MULTILINE)
    assert re.search(r"^Domains +4 known, 3 seeds, 2 with pages; 4 hosts$", out, re.MULTILINE)
    assert re.search(r"^Waiting +3 URLs on 2 hosts: 1 ready, 2 on hosts that rest$", out, re.MULTILINE)
    assert re.search(r"^Politeness +alone still takes [\d,]+ d", out, re.MULTILINE)
    assert re.search(r"^Not fetched +out_of_scope 1, robots 1$", out, re.MULTILINE)
    assert re.search(r"^c\.test +2096-10-02 07:06:40 UTC \(in .+\) +answered 429 *$", out, re.MULTILINE)
    assert re.search(r"^b\.test +5 failed connections in a row *$", out, re.MULTILINE)
    assert re.search(r"^a\.test +robots.txt refuses URLs: 1 in all$", out, re.MULTILINE)
    assert "\x1b" not in out


def test_the_json_has_the_same_and_every_host(run, path):
    answer = json.loads(run("status", "--db", path, "--json").out)
    assert answer["pages_by_outcome"] == {"ok": 3, "http_error": 1, "timeout": 1}
    assert answer["waiting_urls_by_reason"] == {"ready": 1, "resting": 2, "later": 0, "given_up": 0, "over_budget": 0}
    assert answer["last_run"]["end_reason"] == "idle"
    assert [host["host"] for host in answer["resting_hosts"]] == ["c.test"]
    assert answer["given_up_hosts"][0]["reason"] == "5 failed connections in a row \x1b[31m"
    assert "\x1b" not in run("status", "--db", path, "--json").out


def test_a_run_that_was_cut_off_says_how_to_go_on(run, tmp_path):
    out = run("status", "--db", small_store(tmp_path / "x.db", end_reason=None)).out
    assert "was cut off; the same crawl command goes on with it" in out


def test_many_troubled_hosts_are_cut_on_the_terminal_and_whole_in_json(run, tmp_path):
    seeds = [f"https://host{number:02}.test/" for number in range(30)]

    async def retire_all(keeper):
        visits = [
            Visit(url_id=keeper.waiting[url].url_id, host=HostClock(host=url.split("/")[2], retired_reason="gone"))
            for url in seeds
        ]
        await keeper.save(*visits)

    path = small_store(tmp_path / "x.db", seeds=seeds, fill=retire_all)
    out = run("status", "--db", path).out
    assert "Given up in this run (30)" in out
    assert "… and 10 more; --json has them" in out
    assert len(json.loads(run("status", "--db", path, "--json").out)["given_up_hosts"]) == 30


def test_an_empty_store_is_a_correct_answer(run, tmp_path):
    out = run("status", "--db", small_store(tmp_path / "x.db", seeds=(), fill=None)).out
    assert re.search(r"^Pages +0$", out, re.MULTILINE)
    assert re.search(r"^Waiting +nothing$", out, re.MULTILINE)


def test_the_options_of_the_run_tell_how_long_it_takes(run, tmp_path):
    recorded = json.dumps({"crawler": {"politeness": {"delay_seconds": 100.0, "delay_jitter": 0.0}}})
    path = small_store(tmp_path / "x.db", options_json=recorded)
    assert json.loads(run("status", "--db", path, "--json").out)["politeness_seconds_left"] == 200.0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (b"hello" * 1_000, "this is not an SQLite database"),
    ],
)
def test_a_file_that_is_no_store_is_a_sentence_and_code_2(run, tmp_path, content, sentence):
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    ran = run("status", "--db", path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"backlinks: {path}: {sentence}")
    assert ran.err.count("\n") == 1


def test_the_seeds_of_the_sample_are_those_that_are_counted(run, path):
    assert json.loads(run("status", "--db", path, "--json").out)["seed_domains"] == len(SEEDS)


EARNING = {"max_pages_per_domain": 100, "base_pages_per_domain": 10, "pages_per_referring_domain": 30}


@pytest.mark.parametrize(
    ("options", "a", "c"),
    [
        (
            EARNING,
            "1 of 10 pages, the base, as no other domain links to it",
            "0 of 40 pages, earned by 1 referring domain",
        ),
        (
            EARNING | {"max_pages_per_domain": 40},
            "1 of 10 pages, the base, as no other domain links to it",
            "0 of 40 pages, earned by 1 referring domain, the most there is",
        ),
        (
            EARNING | {"pages_per_referring_domain": 0},
            "1 of 10 pages, as every domain",
            "0 of 10 pages, as every domain",
        ),
        (
            EARNING | {"max_pages_per_domain": 5},
            "1 of 5 pages, the most that any domain may have",
            "0 of 5 pages, the most that any domain may have",
        ),
        (EARNING | {"max_pages_per_domain": 0}, "1 page, no limit", "0 pages, no limit"),
    ],
)
def test_each_budget_is_shown_with_what_it_is_earned_by(run, tmp_path, options, a, c):
    async def linked(keeper):
        await keeper.save(visit(keeper.waiting["https://a.test/"], links=[link("https://c.test/", external=True)]))

    recorded = json.dumps({"crawler": {"crawl": options}})
    path = small_store(tmp_path / "x.db", seeds=SEEDS, fill=linked, options_json=recorded)
    out = run("status", "--db", path).out
    assert "Page budgets (3 domains)" in out
    assert f"a.test: {a}\n" in out
    assert f"c.test: {c}\n" in out
    in_json = json.loads(run("status", "--db", path, "--json").out)["page_budgets"]
    assert in_json[0] | {"budget": None} == {
        "domain": "a.test",
        "pages_spent": 1,
        "referring_domains": 0,
        "budget": None,
    }

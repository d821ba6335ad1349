"""Flags with evidence, decisions, and the disavow file that is made of decisions alone."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from backlinks.errors import CommandFailed
from backlinks.options import ReviewOptions
from backlinks.reports import disavow_file, review
from storage import (
    Choice,
    Decision,
    HostClock,
    StopReason,
    StorageOptions,
    Target,
    TargetScope,
    find_target,
    open_crawl_store,
    open_questions,
)
from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import BEGAN_AT, Keeper, candidate, link, visit

HOME = "https://mine.test/"


async def write_farm(path):
    """Six farms in one network say one thing and link to the same places; five honest sites do not."""
    farms, honest = [f"farm{n}.test" for n in range(6)], [f"site{n}.test" for n in range(5)]
    async with open_crawl_store(path, StorageOptions(), now=BEGAN_AT, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open([HOME, *(f"https://{name}/" for name in farms + honest)])
        visits = [visit(keeper.waiting[HOME], links=[link("https://site0.test/", "friend", external=True)],
                        candidates=[candidate("https://site0.test/")])]  # fmt: skip
        for number, name in enumerate(farms + honest):
            is_farm = name in farms
            words = "cheap shoes" if is_farm else f"about {number}"
            others = [f"https://shop{n}.test/" for n in range(60 if number == 0 else 3)] if is_farm else []
            links = [link(HOME, words, "" if is_farm else "nofollow", external=True)]
            links += [link(url, "x", external=True) for url in others]
            clock = HostClock(host=name, address=f"10.0.{0 if is_farm else number}.{number}")
            outside = [candidate(url, stop=StopReason.OUT_OF_SCOPE) for url in others]
            visits.append(
                visit(keeper.waiting[f"https://{name}/"], links=links, candidates=[candidate(HOME), *outside],
                      clock=clock, external_link_count=len(links), external_domain_count=len(links))
            )  # fmt: skip
        await keeper.save(*visits)
        await store.end(now=BEGAN_AT + 60, reason="done")


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    path = tmp_path_factory.mktemp("caution") / "farm.db"
    asyncio.run(write_farm(path))
    return path


@pytest.fixture
def copy(farm, tmp_path):
    path = tmp_path / "copy.db"
    with closing(sqlite3.connect(farm)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def flags(path, choice=None, **thresholds):
    options = ReviewOptions(**{"profile_domains": 5, **thresholds})
    with open_questions(path) as questions:
        aim = find_target(questions, Target(scope=TargetScope.DOMAIN, domain="mine.test"))
        return list(review(questions, aim, choice or Choice(), options=options))


def flagged(path, flag, **thresholds):
    return {row.domain: row.evidence for row in flags(path, **thresholds) if row.flag == flag}


def test_a_crowded_network_is_flagged_with_its_count(farm):
    found = flagged(farm, "shared network")
    assert found == {f"farm{n}.test": "6 linking domains in 10.0.0.0/24" for n in range(6)}
    assert flagged(farm, "shared network", subnet_domains=7) == {}


def test_identical_outbound_sets_are_flagged(farm):
    found = flagged(farm, "identical outbound links")
    assert found == {f"farm{n}.test": "5 linking domains link to the same 4 domains" for n in range(1, 6)}
    assert flagged(farm, "identical outbound links", identical_targets=5) == {}


def test_words_that_too_many_domains_use_are_flagged(farm):
    found = flagged(farm, "anchor concentration")
    assert found == {f"farm{n}.test": '6 of 11 linking domains say "cheap shoes"' for n in range(6)}
    assert flagged(farm, "anchor concentration", anchor_percent=55) == {}
    assert flagged(farm, "anchor concentration", profile_domains=12) == {}


def test_a_farm_shaped_page_is_flagged_with_its_address(farm):
    found = flagged(farm, "farm-shaped page")
    assert found == {"farm0.test": "61 links to 61 other domains and 0 internal ones on https://farm0.test/"}


def test_reciprocal_and_followed_shares_are_flagged_above_their_thresholds(farm):
    assert flagged(farm, "reciprocal") == {}
    found = flagged(farm, "reciprocal", reciprocal_percent=5)
    assert found == {"site0.test": "1 of 11 linking domains are linked back"}
    assert flagged(farm, "followed only") == {}
    found = flagged(farm, "followed only", followed_percent=50)
    assert found == {f"farm{n}.test": "6 of 11 linking domains have a followed link" for n in range(6)}


def test_every_flag_prints_its_threshold_and_none_is_a_verdict(farm):
    rows = flags(farm)
    assert all(any(letter.isdigit() for letter in row.threshold) for row in rows)
    assert not [row for row in rows if {"toxic", "spam", "bad"} & set(f"{row.flag} {row.evidence}".lower().split())]
    assert {row.domain: row.flags for row in rows}["farm1.test"] == 3


def test_without_flags_there_are_no_rows(farm):
    assert not [row for row in flags(farm) if row.domain.startswith("site")]


def test_a_decision_is_kept_shown_and_changed(run, copy):
    args = ("review", "mine.test", "--db", copy)
    ran = run(*args, "farm1.test", "https://farm2.test/", "--set", "disavow", "--note", "sold \x1b[31mlinks")
    assert (ran.code, ran.out) == (0, "disavow: 2 decisions kept about links to mine.test.\n")
    assert {row.state for row in flags(copy, Choice(where="domain = farm1.test"))} == {"disavow"}
    run(*args, "farm1.test", "--set", "keep")
    assert {row.state for row in flags(copy, Choice(where="domain = farm1.test"))} == {"keep"}
    ran = run(*args, "--decisions", "--csv")
    assert "mine.test,farm1.test,keep," in ran.out
    assert "mine.test,https://farm2.test/,disavow,sold links," in ran.out


SLIPS = [
    (("farm1.test",), "--set and the domains"),
    (("--set", "keep"), "--set and the domains"),
    (("www.mine.test", "--set", "disavow"), "is your own domain"),
    (("not a host", "--set", "disavow"), "is no domain, host or URL"),
    (("farm1.test", "--set", "toxic"), "Invalid value for '--set'"),
]


@pytest.mark.parametrize(("typed", "sentence"), SLIPS)
def test_slips_are_told(run, copy, typed, sentence):
    ran = run("review", "mine.test", *typed, "--db", copy)
    assert ran.code == 2
    assert sentence in ran.err


def test_the_disavow_file_holds_decisions_alone(run, copy, tmp_path):
    file = tmp_path / "disavow.txt"
    ran = run("disavow", file, "--target", "mine.test", "--db", copy)
    assert "Nothing is marked disavow" in ran.out
    assert "Most sites never need a disavow file" in ran.out
    assert not file.exists()
    args = ("review", "mine.test", "--db", copy)
    run(*args, "farm1.test", "https://farm2.test/x y", "--set", "disavow", "--note", "sold\nlinks\nhttps://evil.test/")
    run(*args, "farm3.test", "--set", "ignore")
    ran = run("disavow", file, "--target", "mine.test", "--db", copy)
    assert ran.code == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["domain:farm1.test", "https://farm2.test/x%20y"]
    assert [line for line in lines[1:] if "sold links https://evil.test/" in line] == lines[1:2]
    ran = run("disavow", tmp_path / "x.csv", "--target", "mine.test", "--db", copy)
    assert (ran.code, "ends in .txt" in ran.err) == (2, True)


def decided(source, state="disavow", percentile=None):
    return Decision("mine.test", source, state, "", "2026-01-01", None, percentile)


def test_own_pages_and_strong_domains_are_refused_and_said():
    rows = [
        decided("mine.test"),
        decided("https://www.mine.test/x"),
        decided("big.test", percentile=99.5),
        decided("a.test"),
    ]
    made = disavow_file(rows, "mine.test", today="2026-01-02")
    assert made.text.count("domain:") == 1
    assert [reason.split(":")[0] for reason in made.refused] == ["mine.test", "https", "big.test"]
    forced = disavow_file(rows, "mine.test", today="2026-01-02", is_forced=True)
    assert "domain:big.test" in forced.text
    assert "domain:mine.test" not in forced.text


def test_googles_bounds_are_kept():
    long = disavow_file([decided("https://a.test/" + "x" * 2_048), decided("b.test")], "mine.test", today="d")
    assert (long.entries, "longer than" in long.refused[0]) == (1, True)
    most = disavow_file([decided(f"d{n}.test") for n in range(99_998)], "mine.test", today="d")
    assert len(most.text.splitlines()) == 100_000
    with pytest.raises(CommandFailed, match="100,000 lines"):
        disavow_file((decided(f"d{n}.test") for n in range(99_999)), "mine.test", today="d")
    with pytest.raises(CommandFailed, match="2,097,152 bytes"):
        disavow_file((decided(f"https://a.test/{n:0100}") for n in range(20_000)), "mine.test", today="d")
    for line in disavow_file([decided("b.test")], "mine.test", today="d").text.splitlines():
        assert line.startswith(("#", "domain:"))


def test_every_line_is_one_that_google_reads(run, copy, tmp_path):
    """UTF-8 without a mark; a comment, a domain, or one whole http address; no wildcard, no path behind a domain."""
    args = ("review", "mine.test", "--db", copy, "--set", "disavow")
    run(*args, "farm1.test", "www.farm2.test", "bücher.example", "--note", "gekauft für Grüße *")
    run(*args, "https://farm3.test/käufe?a=1#top", "http://farm4.test")
    file = tmp_path / "disavow.txt"
    assert run("disavow", file, "--target", "mine.test", "--db", copy).code == 0
    content = file.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    lines = [line for line in content.decode("utf-8").splitlines() if not line.startswith("#")]
    assert sorted(lines) == [
        "domain:farm1.test",
        "domain:farm2.test",
        "domain:xn--bcher-kva.example",
        "http://farm4.test/",
        "https://farm3.test/k%C3%A4ufe?a=1",
    ]
    assert content.endswith(b"\n")

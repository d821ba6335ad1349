import json

import pytest

from tests.command import run  # noqa: F401 — a fixture
from tests.small_store import small_store


@pytest.fixture
def path(tmp_path):
    return small_store(tmp_path / "x.db")


def stored(run, path):
    answer = run(
        "query", "--json", "--db", path, "SELECT domain, authority_rank, domain_authority, pagerank FROM domains"
    )
    return {row["domain"]: row for row in json.loads(answer.out)}


def test_ranking_stores_the_scores_and_shows_the_top_domains(run, path):
    ran = run("rank", "--db", path)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["rank", "domain", "authority", "pagerank", "referring_domains"]
    assert lines[2].split()[:3] == ["1", "far.test", "100.0"]
    assert lines[-2] == "Ranked 4 domains by 1 link between them, and 9 pages."
    assert lines[-1] == "Authority is relative to this crawl of 4 domains; it is no vendor's score."
    assert stored(run, path)["far.test"]["authority_rank"] == 1


def test_the_json_has_the_same_scores_as_the_view(run, path):
    answer = json.loads(run("rank", "--db", path, "--json").out)
    assert answer["domains"] == 4
    assert answer["is_converged"] is True
    for domain in answer["top"]:
        row = stored(run, path)[domain["domain"]]
        assert (domain["rank"], domain["pagerank"]) == (row["authority_rank"], row["pagerank"])


def test_options_come_from_the_configuration(run, path, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[graph]\ndamping = 0.0\nnofollow = "keep"\n')
    answer = json.loads(run("rank", "--db", path, "--config", config, "--json").out)
    assert {round(domain["pagerank"], 9) for domain in answer["top"]} == {0.25}


def test_trust_is_computed_from_a_list_read_like_seeds(run, path, tmp_path):
    trusted = tmp_path / "trusted.txt"
    trusted.write_text("https://www.A.test/page\nnot a name\nelsewhere.test\n")
    ran = run("rank", "--db", path, "--trust", trusted)
    assert ran.code == 0
    assert f"{trusted}, line 2: not a name: is not a domain" in ran.err
    assert "Trusted, but not in this crawl: elsewhere.test.\n" in ran.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--db", "nowhere.db"], "there is no such file"),
        (["--config", "nowhere.toml"], "No such file or directory"),
        (["--trust", "nowhere.txt"], "No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_code_2(run, path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(path.parent)
    ran = run("rank", *([] if "--db" in arguments else ["--db", path]), *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_trust_without_a_known_domain_is_a_sentence_and_code_2(run, path, tmp_path):
    trusted = tmp_path / "trusted.txt"
    trusted.write_text("elsewhere.test\n")
    ran = run("rank", "--db", path, "--trust", trusted)
    assert ran.code == 2
    assert ran.err.startswith("backlinks: ")


def test_a_store_without_anything_is_a_correct_empty_answer(run, tmp_path):
    ran = run("rank", "--db", small_store(tmp_path / "x.db", seeds=(), fill=None))
    assert ran.code == 0
    assert "Ranked 0 domains by 0 links between them, and 0 pages." in ran.out

"""The reports about one target, against plain Python over the views, on a web drawn from a number."""

import csv
import io
import json
from collections import Counter, defaultdict

import pytest

from backlinks.options import ReviewOptions
from backlinks.reports import addresses, anchor_classes, anchors, links, overview, referring_domains
from storage import Choice, QueryRefused, Target, TargetScope, find_target, open_questions, read_coverage
from tests.command import run  # noqa: F401 — a fixture
from tests.report_world import ADDRESSES, EVIL, ME, Oracle, world
from tests.small_store import small_store


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("reports") / "world.db")


@pytest.fixture(scope="module")
def oracle(path):
    return Oracle(path)


@pytest.fixture
def questions(path):
    with open_questions(path) as questions:
        yield questions


def aim(questions, scope=TargetScope.DOMAIN, **about):
    return find_target(questions, Target(scope=scope, domain=ME, **about))


def identity(link):
    return (link["source_url"], link["target_url"], link["anchor_text"], link["rel"], link["kind"], link["placement"])


def found(report):
    return Counter(identity(row._asdict()) for row in report)


TARGETS = [
    (TargetScope.DOMAIN, {}, lambda url: Oracle.domain_of(url) == ME),
    (TargetScope.HOST, {"host": f"www.{ME}"}, lambda url: url.startswith(f"https://www.{ME}/")),
    (TargetScope.PREFIX, {"host": ME, "path": "/b/"}, lambda url: url.startswith(f"https://{ME}/b/")),
    (TargetScope.EXACT, {"host": ME, "path": "/a"}, lambda url: url == f"https://{ME}/a"),
    (
        TargetScope.EXACT,
        {"host": ME, "path": "/a", "origins": (f"https://{ME}",)},
        lambda url: url == f"https://{ME}/a",
    ),
    (TargetScope.EXACT, {"host": ME, "path": "/a", "origins": ("https://x.test",)}, lambda url: False),  # noqa: ARG005
]


@pytest.mark.parametrize(("scope", "about", "is_target"), TARGETS)
def test_links_are_those_that_lead_there_from_other_domains(questions, oracle, scope, about, is_target):
    expected = Counter(map(identity, oracle.backlinks(is_target)))
    assert found(links(questions, aim(questions, scope, **about))) == expected
    internal = Counter(map(identity, oracle.backlinks(is_target, with_internal=True)))
    assert found(links(questions, aim(questions, scope, with_internal=True, **about))) == internal


def test_the_web_of_the_test_is_worth_asking(oracle):
    backlinks = oracle.of_domain()
    assert len(backlinks) > 50
    assert any(Oracle.domain_of(link["target_url"]) != ME for link in backlinks)
    assert any(Oracle.domain_of(link["target_url"]) == link["source_domain"] for link in backlinks)
    assert any(EVIL in link["anchor_text"] for link in backlinks)


def test_a_row_says_what_the_views_say_of_its_link_and_page(questions, oracle):
    by_identity = defaultdict(list)
    for link in oracle.of_domain():
        by_identity[identity(link)].append(link)
    for row in links(questions, aim(questions)):
        link, page = by_identity[identity(row._asdict())][0], oracle.pages[row.source_url]
        same = ("source_domain", "rel", "followed", "nofollow", "ugc", "sponsored", "first_seen", "last_seen")
        assert {name: getattr(row, name) for name in same} == {name: link[name] for name in same}
        assert (row.source_title, row.source_status, row.source_outcome) == (
            page["title"],
            page["status"],
            page["outcome"],
        )
        assert (row.noindex, row.language, row.canonical_url) == (
            page["noindex"],
            page["language"],
            page["canonical_url"],
        )
        assert row.domain_authority == oracle.domains[row.source_domain]["domain_authority"]
        assert (row.text_before, row.text_after) == (("words before", EVIL) if link["is_external"] else (None, None))
        assert row.address == ADDRESSES[row.source_domain]


def test_the_chain_that_a_link_came_through_is_shown(questions, oracle):
    rows = list(links(questions, aim(questions)))
    for row in rows:
        chain = [part.split()[-1] for part in (row.redirect_chain or "").split("→ ") if part]
        assert chain == oracle.leads_to(row.target_url)[1:]
    assert any(row.redirect_chain and "301" in row.redirect_chain for row in rows)
    assert any(row.redirect_chain and "canonical" in row.redirect_chain for row in rows)


def test_sitewide_counts_the_pages_that_carry_the_same_link(questions, oracle):
    pages = defaultdict(set)
    for link in oracle.of_domain():
        pages[link["source_domain"], link["target_url"], link["anchor_text"]].add(link["source_url"])
    for row in links(questions, aim(questions)):
        count = len(pages[row.source_domain, row.target_url, row.anchor_text])
        assert row.same_link_pages == count
        assert row.sitewide == (count >= 3 and 2 * count > oracle.domains[row.source_domain]["pages_crawled"])


def test_one_per_domain_keeps_the_best_and_counts_the_hidden(questions, oracle):
    by_domain = Counter(link["source_domain"] for link in oracle.of_domain())
    rows = list(links(questions, aim(questions), group="one-per-domain"))
    assert {row.source_domain: row.hidden + 1 for row in rows} == by_domain
    best = {link["source_domain"] for link in oracle.of_domain() if link["followed"]}
    assert {row.source_domain for row in rows if row.followed} == best


def test_similar_links_are_one_row(questions, oracle):
    def kind_of(link):
        return link["source_domain"], link["target_url"], link["anchor_text"], link["followed"]

    rows = list(links(questions, aim(questions), group="similar"))
    assert {kind_of(row._asdict()): row.hidden + 1 for row in rows} == Counter(map(kind_of, oracle.of_domain()))


def test_rows_are_chosen_before_they_are_grouped(questions, oracle):
    nofollow = {link["source_domain"] for link in oracle.of_domain() if not link["followed"]}
    rows = links(questions, aim(questions), Choice(where="not followed"), group="one-per-domain")
    assert {row.source_domain for row in rows} == nofollow


def test_referring_domains_are_counted(questions, oracle):
    backlinks = oracle.of_domain()
    rows = {row.domain: row for row in referring_domains(questions, aim(questions))}
    assert set(rows) == {link["source_domain"] for link in backlinks}
    for domain, row in rows.items():
        own = [link for link in backlinks if link["source_domain"] == domain]
        assert row.links == len(own)
        assert row.followed_links == sum(link["followed"] for link in own)
        assert (row.nofollow_links, row.ugc_links) == (sum(x["nofollow"] for x in own), sum(x["ugc"] for x in own))
        assert row.pages == len({link["source_url"] for link in own})
        assert row.target_pages == len({link["target_url"] for link in own})
        outlinks = [link for link in oracle.links if link["source_domain"] == domain and link["is_external"]]
        assert row.linked_domains == len({link["target_domain"] for link in outlinks})
        back = [link for link in oracle.links if (link["source_domain"], link["target_domain"]) == (ME, domain)]
        assert row.reciprocal == bool(back)


def test_anchors_are_counted_by_linking_domain(questions, oracle):
    backlinks = oracle.of_domain()
    domains = {link["source_domain"] for link in backlinks}
    rows = list(anchors(questions, aim(questions)))
    for row in rows:
        is_image = row.anchor_class == "image"
        own = [x for x in backlinks if x["anchor_text"] == row.anchor_text and (x["kind"] == "image") == is_image]
        assert row.referring_domains == len({link["source_domain"] for link in own})
        assert row.share_percent == round(100 * row.referring_domains / len(domains), 2)
        assert (row.links, row.followed_links) == (len(own), sum(link["followed"] for link in own))
        assert row.referring_pages == len({link["source_url"] for link in own})
    assert sum(row.links for row in rows) == len(backlinks)


def test_anchor_classes_count_each_domain_once(questions, oracle):
    classes = {
        row.anchor_class: row for row in anchor_classes(questions, aim(questions), keywords=["best shoes", "shoes"])
    }
    texts = [x for x in oracle.of_domain() if x["kind"] != "image"]
    exact = {link["source_domain"] for link in texts if link["anchor_text"].lower() == "best shoes"}
    assert classes["exact"].referring_domains == len(exact)
    assert classes["exact"].texts == 2
    assert classes["compound"].links == sum(link["anchor_text"] == "shoes of mine" for link in texts)
    assert classes["empty"].links == sum(link["anchor_text"] == "" for link in texts)
    assert sum(row.links for row in classes.values()) == len(oracle.of_domain())
    assert classes["exact"].finding == "too few linking domains to say (below 20)"
    assert {row.finding for name, row in classes.items() if name != "exact"} == {""}


FINDINGS = [
    ((0, 1, 2), "alert: above 2.0 %"),
    ((0, 1, 99), "warning: above 1.0 %"),
    ((0, 98, 99), "note: above 0.0 %"),
    ((97, 98, 99), "fine: not above 97.0 %"),
]


@pytest.mark.parametrize(("percents", "finding"), FINDINGS)
def test_the_share_of_keywords_is_judged_with_its_threshold(questions, percents, finding):
    names = ("exact_note_percent", "exact_warn_percent", "exact_alert_percent")
    options = ReviewOptions(profile_domains=5, **dict(zip(names, map(float, percents), strict=True)))
    (row,) = anchor_classes(
        questions, aim(questions), Choice(where="anchor_class = exact"), keywords=["best shoes"], options=options
    )
    assert row.finding == finding


def test_addresses_are_counted_with_their_networks(questions, oracle):
    backlinks = oracle.of_domain()
    domains = {link["source_domain"] for link in backlinks}
    rows = list(addresses(questions, aim(questions)))
    assert {row.address: row.domains for row in rows} == {ADDRESSES[domain]: domain for domain in domains}
    networks = Counter(ADDRESSES[domain].rsplit(".", 1)[0] + ".0/24" for domain in domains)
    assert {row.subnet: row.subnet_domains for row in rows} == networks
    assert sum(row.links for row in rows) == len(backlinks)


def test_the_overview_adds_up(questions, oracle):
    backlinks = oracle.of_domain()
    rows = defaultdict(dict)
    for row in overview(questions, aim(questions)):
        rows[row.section][row.name] = row.value
    mine = oracle.domains[ME]
    assert rows["authority"]["domain_authority"] == mine["domain_authority"]
    assert rows["authority"]["authority_rank"] == mine["authority_rank"]
    domains = {link["source_domain"] for link in backlinks}
    assert rows["total"] == {
        "inbound_links": len(backlinks),
        "referring_pages": len({link["source_url"] for link in backlinks}),
        "referring_domains": len(domains),
        "followed_referring_domains": len({link["source_domain"] for link in backlinks if link["followed"]}),
        "referring_hosts": len({link["source_host"] for link in backlinks}),
        "referring_addresses": len({ADDRESSES[domain] for domain in domains}),
        "referring_subnets": len({ADDRESSES[domain].rsplit(".", 1)[0] for domain in domains}),
        "linked_pages": len({link["target_url"] for link in backlinks}),
    }
    for section in ("kind", "placement"):
        assert rows[section] == Counter(link[section] for link in backlinks)
    for rel in ("nofollow", "ugc", "sponsored"):
        assert rows["rel"][rel] == sum(link[rel] for link in backlinks)
    assert rows["followed"]["followed"] == sum(link["followed"] for link in backlinks)
    assert rows["language"] == Counter(oracle.pages[x["source_url"]]["language"] or "not said" for x in backlinks)
    assert rows["tld"] == {"test": len(domains)}
    texts = defaultdict(set)
    for link in backlinks:
        texts[link["anchor_text"]].add(link["source_domain"])
    best = sorted(((-len(those), text) for text, those in texts.items()))[:10]
    assert rows["anchor"] == {text: -count for count, text in best}


def test_every_column_can_be_filtered_and_sorted(questions):
    for report in (links, referring_domains, anchors, addresses, overview):
        whole = list(report(questions, aim(questions)))
        for name in report(questions, aim(questions)).columns:
            where = Choice(where=f"{name} is not empty", sort=(f"-{name}",))
            rows = list(report(questions, aim(questions), where))
            values = [getattr(row, name) for row in rows]
            every = (getattr(row, name) for row in whole)
            assert values == sorted((value for value in every if value not in {None, ""}), reverse=True)
            assert list(report(questions, aim(questions), Choice(limit=0))) == []


def test_a_wrong_column_is_told_with_those_there_are(questions):
    with pytest.raises(QueryRefused, match="no column 'nosuch' in this report"):
        list(links(questions, aim(questions), Choice(sort=("nosuch",))))


def test_no_report_scans_links_or_urls(questions):
    for scope, about, _ in TARGETS[:4]:
        target = aim(questions, scope, **about)
        for report in (links, referring_domains, anchors, anchor_classes, addresses, overview):
            plan = questions.plan(report(questions, target).question)
            scanned = [
                step for step in plan if step.startswith("SCAN") and step.split()[1] in {"link", "l", "url", "u", "su"}
            ]
            assert scanned == [], report


def test_an_empty_store_an_unknown_target_and_a_crawl_at_work_are_said(run, tmp_path, path):
    empty = small_store(tmp_path / "empty.db", seeds=(), fill=None)
    ran = run("links", "example.org", "--db", empty)
    assert ran.code == 0
    assert "this store holds no pages yet" in ran.out
    ran = run("links", "nobody.example", "--db", path)
    assert "nobody.example is not in this store" in ran.out
    assert ran.out.endswith("0 rows\n")
    cut = small_store(tmp_path / "cut.db", end_reason=None)
    ran = run("overview", "far.test", "--db", cut)
    assert ran.code == 0
    assert "Coverage: 2 domains crawled of 3 seed domains, 3 pages read" in ran.out
    with open_questions(cut) as questions:
        running = read_coverage(questions)._replace(is_running=1)
    assert running.pages == 3
    ran = run("links", "not a host", "--db", path)
    assert (ran.code, ran.err) == (2, "backlinks: 'not a host' is no domain, host or URL\n")
    ran = run("links", "example.org", "--db", tmp_path / "none.db")
    assert ran.code == 2
    assert "there is no such file" in ran.err


@pytest.mark.parametrize("report", ["overview", "links", "referring-domains", "anchors", "addresses"])
def test_what_came_from_the_web_is_data_in_every_form(run, path, report):
    for form in ((), ("--csv",), ("--json",), ("--jsonl",)):
        ran = run(report, ME, "--db", path, *form)
        assert ran.code == 0
        assert not set(ran.out) & set("\x1b\u202e\x07\x00")
        if form:
            assert ran.err.startswith("Coverage: ")
            assert "Target: the domain mine.test" in ran.err
    cells = [cell for row in csv.reader(io.StringIO(run(report, ME, "--db", path, "--csv").out)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert json.loads(run(report, ME, "--db", path, "--json").out)


def test_the_sql_is_shown_with_what_is_bound_in_it(run, path):
    ran = run("links", ME, "--db", path, "--sql", "--where", "anchor ~ 'O\\'Neil'", "--limit", 3)
    assert "FROM reached" in ran.out
    assert "Neil" not in ran.out.split(";\n")[0]
    assert '-- :where_1 = "o\'neil"' in ran.out
    assert "-- :limit = 3" in ran.out


def test_columns_are_chosen_and_named(run, path):
    ran = run("links", ME, "--db", path, "--csv", "--columns", "target_url,anchor", "--limit", 1)
    assert ran.out.splitlines()[0] == "target_url,anchor_text"
    assert run("links", ME, "--db", path, "--columns", "x").code == 2


def test_internal_links_are_shown_when_asked_for(run, path, oracle):
    page = f"https://{ME}/a"
    for flag, with_internal in (((), False), (("--internal",), True)):
        expected = oracle.backlinks(lambda url: url == page, with_internal=with_internal)
        ran = run("links", page, *flag, "--db", path, "--jsonl")
        assert len(ran.out.splitlines()) == len(expected)

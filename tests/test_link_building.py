"""The reports about rivals, dead pages, lists and names, against plain Python over the views."""

import asyncio
from collections import defaultdict

import pytest

from backlinks.reports import (
    broken,
    broken_prospects,
    compare,
    intersect,
    lost_links,
    mentions,
    new_links,
    outgoing_anchors,
    outgoing_broken,
    outgoing_domains,
    pages,
    reciprocal,
    resources,
)
from storage import (
    Choice,
    Outcome,
    StopReason,
    StorageOptions,
    Target,
    TargetScope,
    Waiting,
    find_target,
    open_crawl_store,
    open_questions,
)
from tests.command import run  # noqa: F401 — a fixture
from tests.report_world import ADDRESSES, DOMAINS, ME, Oracle, view, world
from tests.small_store import BEGAN_AT, Keeper, candidate, link, visit


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("building") / "world.db", seed=3)


@pytest.fixture(scope="module")
def oracle(path):
    return Oracle(path)


@pytest.fixture
def questions(path):
    with open_questions(path) as questions:
        yield questions


def aim(questions, domain=ME):
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=domain))


FAILED = {"http_error", "dns_error", "timeout"}


def by_final(oracle, backlinks):
    found = defaultdict(list)
    for one in backlinks:
        found[oracle.leads_to(one["target_url"])[-1]].append(one)
    return found


def test_pages_count_links_for_where_they_end(questions, oracle):
    expected = by_final(oracle, oracle.of_domain())
    rows = {row.url: row for row in pages(questions, aim(questions))}
    loops = {url for url in set(rows) ^ set(expected) if len(oracle.leads_to(url)) > 1}
    assert set(rows) - loops == set(expected) - loops
    for url, own in expected.items():
        if url in loops:
            continue
        row = rows[url]
        assert (row.links, row.folded_links) == (len(own), sum(one["target_url"] != url for one in own))
        assert row.followed_links == sum(one["followed"] for one in own)
        assert row.referring_domains == len({one["source_domain"] for one in own})
        assert row.followed_referring_domains == len({one["source_domain"] for one in own if one["followed"]})
        assert row.referring_pages == len({one["source_url"] for one in own})
        page = oracle.pages.get(url, {})
        assert (row.status, row.outcome, row.title) == (page.get("status"), page.get("outcome"), page.get("title"))
        assert row.example_source in {one["source_url"] for one in own}
    assert sum(row.links for row in rows.values()) == len(oracle.of_domain())


def test_broken_pages_are_the_dead_ones_among_them(questions, oracle):
    dead = {url for url in by_final(oracle, oracle.of_domain()) if oracle.pages.get(url, {}).get("outcome") in FAILED}
    assert {row.url for row in broken(questions, aim(questions))} == dead
    assert dead


def test_prospects_are_dead_pages_of_others_that_others_link_to(questions, oracle):
    found = defaultdict(set)
    for one in oracle.links:
        page = oracle.pages.get(one["target_url"], {})
        if (
            one["is_external"]
            and page.get("status") in {404, 410}
            and ME not in {one["source_domain"], one["target_domain"]}
        ):
            found[one["target_url"]].add(one["source_domain"])
    rows = {row.url: row.referring_domains for row in broken_prospects(questions, aim(questions))}
    assert rows == {url: len(domains) for url, domains in found.items()}
    assert rows


def test_outgoing_links_are_those_of_the_targets_own_pages(questions, oracle):
    own = [one for one in oracle.links if one["source_domain"] == ME and one["is_external"]]
    rows = {row.domain: row for row in outgoing_domains(questions, aim(questions))}
    assert set(rows) == {one["target_domain"] for one in own}
    for domain, row in rows.items():
        links = [one for one in own if one["target_domain"] == domain]
        assert (row.links, row.followed_links) == (len(links), sum(one["followed"] for one in links))
        assert row.pages == len({one["source_url"] for one in links})
        assert row.reciprocal == any((x["source_domain"], x["target_domain"]) == (domain, ME) for x in oracle.links)
    texts = {row.anchor_text: row.links for row in outgoing_anchors(questions, aim(questions))}
    assert texts == {text: sum(x["anchor_text"] == text for x in own) for text in {x["anchor_text"] for x in own}}
    gone = sorted(x["target_url"] for x in own if oracle.pages.get(x["target_url"], {}).get("outcome") in FAILED)
    assert sorted(row.target_url for row in outgoing_broken(questions, aim(questions))) == gone


@pytest.mark.parametrize("least", [None, 1, 2])
def test_intersect_is_who_links_to_rivals_and_not_to_me(questions, oracle, least):
    rivals = ["rival.test", "other.test", "d1.test"]
    voices = {domain: {one["source_domain"] for one in oracle.of_domain(domain)} for domain in (ME, *rivals)}
    expected = {}
    for domain in set().union(*voices.values()) - voices[ME] - {ME, *rivals}:
        count = sum(domain in voices[rival] for rival in rivals)
        if count >= (least or len(rivals)):
            expected[domain] = count
    rows = intersect(questions, [aim(questions, rival) for rival in rivals], me=aim(questions), least=least)
    assert {row.domain: row.targets for row in rows} == expected


def test_intersect_without_me_leaves_out_nobody_but_the_targets(questions, oracle):
    voices = [{one["source_domain"] for one in oracle.of_domain(rival)} for rival in ("rival.test", "other.test")]
    rows = list(intersect(questions, [aim(questions, "rival.test"), aim(questions, "other.test")], me=None))
    assert {row.domain for row in rows} == voices[0] & voices[1] - {"rival.test", "other.test"}
    assert {row.linked_targets for row in rows} == {"rival.test other.test"}


def test_reciprocal_links_are_counted_both_ways(questions, oracle):
    count = defaultdict(int)
    for one in oracle.links:
        for target in {Oracle.domain_of(url) for url in oracle.leads_to(one["target_url"])}:
            count[one["source_domain"], target] += 1
    both = {d: (count[d, ME], count[ME, d]) for d in DOMAINS if d != ME and count[d, ME] and count[ME, d]}
    assert {row.domain: (row.links_in, row.links_out) for row in reciprocal(questions, aim(questions))} == both
    assert both


def test_targets_are_compared(questions, oracle):
    names = [ME, "rival.test", "d2.test"]
    backlinks = {name: oracle.of_domain(name) for name in names}
    voices = {name: {one["source_domain"] for one in backlinks[name]} for name in names}
    rows = {row.target: row for row in compare(questions, [aim(questions, name) for name in names])}
    assert set(rows) == set(names)
    for name, row in rows.items():
        others = set().union(*(voices[other] for other in names if other != name))
        assert (row.links, row.referring_domains) == (len(backlinks[name]), len(voices[name]))
        assert row.referring_pages == len({one["source_url"] for one in backlinks[name]})
        assert row.followed_referring_domains == len({x["source_domain"] for x in backlinks[name] if x["followed"]})
        assert row.addresses == len({ADDRESSES[domain] for domain in voices[name]})
        assert row.domains_only_here == len(voices[name] - others)
        assert row.domains_common_to_all == len(set.intersection(*voices.values()))
        assert row.domain_authority == oracle.domains[name]["domain_authority"]


def test_an_unknown_target_is_compared_as_nothing(questions):
    (row,) = compare(questions, [aim(questions, "nobody.example")])
    assert (row.target, row.links, row.domain_authority) == ("nobody.example", 0, None)


def test_resources_have_the_words_and_link_to_many(questions, path):
    counts = view(path, "SELECT o.text || u.path AS url, p.* FROM page p JOIN url u ON u.id = p.url_id "
                        "JOIN origin o ON o.id = u.origin_id")  # fmt: skip
    rows = list(resources(questions, "Gärdens shoes", least_domains=2))
    assert rows == []
    rows = list(resources(questions, "gardens RIVER", least_domains=2))
    assert rows
    about = {page["url"]: page for page in counts}
    for row in rows:
        assert about[row.url]["external_domain_count"] == row.external_domains >= 2
        assert row.topic_words == 2
    every = {row.url for row in resources(questions, "gardens", least_domains=1)}
    some = {row.url for row in resources(questions, "garden", least_domains=3)}
    assert some == {url for url in every if about[url]["external_domain_count"] >= 3}


def test_mentions_are_pages_that_name_and_do_not_link(questions, oracle):
    named = {row.url: row for row in mentions(questions, "mine  LTD")}
    unlinked = {row.url: row for row in mentions(questions, "Mine Ltd", aim=aim(questions))}
    linking = {
        one["source_url"] for one in oracle.backlinks(lambda url: Oracle.domain_of(url) == ME, with_internal=True)
    }
    assert set(unlinked) == {url for url in named if Oracle.domain_of(url) != ME and url not in linking}
    assert unlinked
    assert set(named) > set(unlinked)
    for row in unlinked.values():
        assert "Mine Ltd" in row.words
        others = {one["source_domain"] for one in oracle.links if one["target_domain"] == ME}
        assert row.domain_links == (row.domain in others)
    assert list(mentions(questions, "ine Lt")) == []
    assert list(mentions(questions, "(unclosed")) == []


async def write_two_runs(path):
    """Run 1: a.test/ links twice to far.test. Run 2: one of them is gone, another is new; a.test/gone is deleted."""
    options, far = StorageOptions(), "https://far.test/"
    outside = candidate(far, stop=StopReason.OUT_OF_SCOPE)
    for began, links in (
        (BEGAN_AT, [link(far, "stays", external=True), link(far, "goes", external=True)]),
        (BEGAN_AT + 90_000, [link(far, "stays", external=True), link(far, "comes", "nofollow", external=True)]),
    ):
        async with open_crawl_store(path, options, now=began, version="0", options_json="{}") as store:
            keeper = Keeper(store)
            await keeper.open(["https://a.test/", "https://a.test/gone"])
            if began > BEGAN_AT:
                await store.queue_recrawl(["a.test"], fetched_before=began)
            page, gone = await waiting_of(store, keeper)
            first = visit(page, links=links, candidates=[outside])
            second = visit(gone, links=links[:1]) if began == BEGAN_AT else visit(
                gone, outcome=Outcome.HTTP_ERROR, status=404
            )  # fmt: skip
            for one in (first, second):
                object.__setattr__(one.page, "fetched_at", began + 2)
            await keeper.save(first, second)
            await store.end(now=began + 60, reason="done")


async def waiting_of(store, keeper):
    if keeper.waiting:
        return keeper.waiting["https://a.test/"], keeper.waiting["https://a.test/gone"]
    rows = await store._writing.execute_fetchall(
        "SELECT f.url_id, o.text || u.path, h.name, f.depth FROM frontier f JOIN url u ON u.id = f.url_id "
        "JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id ORDER BY u.path"
    )
    return [Waiting(*row) for row in rows]


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "two.db"
    asyncio.run(write_two_runs(path))
    return path


def test_new_links_are_those_first_seen_in_the_last_run(two_runs):
    with open_questions(two_runs) as questions:
        far = aim(questions, "far.test")
        assert [row.anchor_text for row in new_links(questions, far)] == ["comes"]
        assert {row.anchor_text for row in new_links(questions, far, since="2000-01-01")} == {"stays", "comes"}
        assert list(new_links(questions, far, since="2100-01-01")) == []


def test_lost_links_say_why(two_runs):
    with open_questions(two_runs) as questions:
        far = aim(questions, "far.test")
        rows = {(row.anchor_text, row.reason, row.source_status) for row in lost_links(questions, far)}
        assert rows == {("goes", "removed", 200), ("stays", "not_found", 404)}
        assert list(lost_links(questions, far, since="2100-01-01")) == []
        (row,) = lost_links(questions, far, Choice(where="reason = removed"))
        assert (row.source_url, row.lost_at) == ("https://a.test/", "2023-11-15 23:13:22")


COMMANDS = [
    ("pages", ME),
    ("outgoing", ME),
    ("outgoing", ME, "--show", "anchors"),
    ("outgoing", ME, "--show", "broken"),
    ("broken", ME),
    ("broken", ME, "--prospects"),
    ("intersect", "rival.test", "other.test", "--least", "1"),
    ("reciprocal", ME),
    ("compare", ME, "rival.test", "d1.test"),
    ("new", ME, "--since", "2000-01-01"),
    ("lost", ME),
    ("resources", "shoes", "--least-domains", "1"),
    ("mentions", "Mine", "--target", ME),
    ("mentions", "shoes"),
]


@pytest.mark.parametrize("typed", COMMANDS, ids=" ".join)
def test_each_command_answers_in_every_form_with_nothing_that_steers(run, path, typed):
    for form in ((), ("--csv",), ("--json",), ("--jsonl",), ("--sql",)):
        ran = run(*typed, "--db", path, *form)
        assert (ran.code, not ran.out) == (0, form == ("--jsonl",) and typed[0] == "lost")
        assert not set(ran.out) & set("\x1b\u202e\x07\x00")
        if form == ("--csv",):
            assert not [line for line in ran.out.splitlines() if line.startswith(("=", "+", "@"))]


def test_no_report_of_a_target_scans_links_or_urls(questions):
    me, rival = aim(questions), aim(questions, "rival.test")
    reports = [
        *(report(questions, me) for report in (pages, broken, broken_prospects, outgoing_domains, outgoing_anchors)),
        *(report(questions, me) for report in (outgoing_broken, reciprocal, new_links, lost_links)),
        intersect(questions, [rival], me=me),
        compare(questions, [me, rival]),
    ]
    for report in reports:
        scanned = [step.split() for step in questions.plan(report.question) if step.startswith("SCAN")]
        assert not [step for step in scanned if step[1] in {"link", "l", "url", "u", "su", "tu", "page"}], report

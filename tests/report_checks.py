"""Every report worked out again in plain Python from what the tables hold, row by row and column by column.

`CHECKS` has one check a report; each takes the open store, its facts, a domain, and a word that pages have.
"""

from collections import Counter, defaultdict

from backlinks.anchor_class import AnchorJudge
from backlinks.options import ReviewOptions, ScoreOptions
from backlinks.reports import (
    addresses,
    anchor_classes,
    anchors,
    broken,
    broken_prospects,
    compare,
    intersect,
    links,
    lost_links,
    mentions,
    new_links,
    outgoing_anchors,
    outgoing_broken,
    outgoing_domains,
    overview,
    pages,
    reciprocal,
    referring_domains,
    resources,
    review,
    score,
)
from storage import Target, TargetScope, find_target
from tests.report_facts import moment

THRESHOLDS = ReviewOptions(
    subnet_domains=2, identical_targets=1, profile_domains=2, reciprocal_percent=10.0, followed_percent=10.0,
    anchor_percent=5.0, farm_domains=2, farm_percent=20.0, trust_percent=100.0,
)  # fmt: skip


def at(questions, domain, *, with_internal=False):
    return find_target(questions, Target(scope=TargetScope.DOMAIN, domain=domain, with_internal=with_internal))


def same(found, expected):
    """Both as multisets of rows; a difference shows a few rows of each."""
    found, expected = Counter(map(tuple, found)), Counter(map(tuple, expected))
    missing, invented = expected - found, found - expected
    assert not missing, (list(missing.items())[:2], list(invented.items())[:2])
    assert not invented, list(invented.items())[:2]


def grouped(facts, key):
    found = defaultdict(list)
    for fact in facts:
        found[key(fact)].append(fact)
    return found


def percent(part, whole):
    return round(100 * part / whole, 2)


def voices_of(own):
    return {one.source_domain for one in own}


def totals(own):
    """Referring domains, those with a followed link, pages, links, followed links."""
    return (
        len(voices_of(own)), len(voices_of(one for one in own if one.followed)),
        len({one.source for one in own}), len(own), sum(one.followed for one in own),
    )  # fmt: skip


def check_links(questions, facts, domain, **_):
    for with_internal in (False, True):
        aim = at(questions, domain, with_internal=with_internal)
        same(links(questions, aim), link_rows(facts, facts.backlinks(domain, with_internal=with_internal)))


def link_rows(facts, own):
    alike = grouped(own, lambda one: (one.source_domain, one.target, one.words))
    on_pages = {key: len({one.source for one in those}) for key, those in alike.items()}
    return [link_row(facts, one, on_pages[one.source_domain, one.target, one.words]) for one in own]


def link_row(facts, one, on_pages):
    page, flags = facts.pages[one.source], one.flags
    is_sitewide = (on_pages >= 3 and 2 * on_pages > facts.pages_crawled[one.source_domain]) or (
        on_pages >= 20 and one.place in {"nav", "header", "footer", "aside"}
    )
    return (
        one.source, page["title"], one.source_domain, facts.authority(one.source_domain),
        facts.page_scores.get(one.source), one.target, chain(facts, one.target), one.words, *one.around, one.rel,
        one.followed, flags & 1, flags >> 1 & 1, flags >> 2 & 1, flags >> 3 & 1, one.kind, one.place, int(is_sitewide),
        on_pages, page["external_link_count"], page["external_domain_count"], page["status"], page["outcome"],
        page["noindex"], facts.urls.get(page["canonical_id"]), page["language"], facts.addresses[one.source_host],
        moment(one.first_seen), moment(one.last_seen), 0,
    )  # fmt: skip


def chain(facts, target):
    way = facts.way(target)
    if len(way) == 1:
        return None
    how = [
        "canonical" if page["redirect_id"] is None else page["status"] or "redirect"
        for page in (facts.pages[url] for url in way[:-1])
    ]
    return " ".join(f"→ {step} {url}" for step, url in zip(how, way[1:], strict=True))


def check_new(questions, facts, domain, **_):
    own = [one for one in link_rows(facts, facts.backlinks(domain)) if one[-3] >= moment(facts.last_run_began)]
    same(new_links(questions, at(questions, domain)), own)
    every = link_rows(facts, facts.backlinks(domain))
    same(new_links(questions, at(questions, domain), since="2000-01-01"), every)


def lost_of(facts, domain):
    """Of every page that leads to it, also those nothing links to any more."""
    return [
        one for one in facts.lost
        if one[0].source_domain != domain and domain in {facts.domain_of[url] for url in facts.way(one[0].target)}
    ]  # fmt: skip


def check_lost(questions, facts, domain, **_):
    expected = [
        (one.source, one.source_domain, facts.authority(one.source_domain), one.target, one.words, one.rel,
         one.followed, reason, facts.pages[one.source]["status"], facts.pages[one.source]["outcome"],
         moment(one.first_seen), moment(one.last_seen), moment(lost_at))
        for one, lost_at, reason in lost_of(facts, domain)
    ]  # fmt: skip
    same(lost_links(questions, at(questions, domain)), expected)


def check_referring_domains(questions, facts, domain, **_):
    back, gone = facts.linked_back(domain), Counter(one.source_domain for one, _, _ in lost_of(facts, domain))
    expected = []
    for source, own in grouped(facts.backlinks(domain), lambda one: one.source_domain).items():
        scores = facts.domain_scores.get(source) or {}
        bits = (sum(one.flags >> bit & 1 for one in own) for bit in (0, 1, 2))
        new = sum(one.first_seen >= facts.last_run_began for one in own)
        expected.append((
            source, scores.get("authority"), scores.get("rank"), len(own), sum(one.followed for one in own), *bits,
            new, gone[source], len({one.source for one in own}), len({one.target for one in own}),
            facts.pages_crawled[source], len(facts.linked_names[source]), int(source in back),
            moment(min(one.first_seen for one in own)), moment(max(one.last_seen for one in own)),
        ))  # fmt: skip
    same(referring_domains(questions, at(questions, domain)), expected)


def check_anchors(questions, facts, domain, **_):
    judge, own = AnchorJudge(domain), facts.backlinks(domain)
    expected = []
    for (words, is_image), those in grouped(own, lambda one: (one.words, one.kind == "image")).items():
        count, _, on_pages, count_links, followed = totals(those)
        expected.append((
            words, judge(words, is_image), count, percent(count, len(voices_of(own))), on_pages, count_links,
            followed, moment(min(one.first_seen for one in those)), moment(max(one.last_seen for one in those)),
        ))  # fmt: skip
    same(anchors(questions, at(questions, domain)), expected)


def check_anchor_classes(questions, facts, domain, **_):
    own = facts.backlinks(domain)
    judge, everyone = AnchorJudge(domain, keywords=["shoes"]), len(voices_of(own))
    expected = []
    for name, those in grouped(own, lambda one: judge(one.words, one.kind == "image")).items():
        count, _, on_pages, count_links, followed = totals(those)
        share = percent(count, everyone)
        texts = len({one.words for one in those})
        finding = "fine: not above 99.9 %" if name == "exact" else ""
        expected.append((name, count, share, texts, on_pages, count_links, followed, finding))
    options = ReviewOptions(
        profile_domains=1, exact_note_percent=99.9, exact_warn_percent=100.0, exact_alert_percent=100.0
    )
    found = anchor_classes(questions, at(questions, domain), keywords=["shoes"], options=options)
    if everyone > 1:
        same([row for row in found if row.share_percent < 99.9], [row for row in expected if row[2] < 99.9])


def network(address):
    return address and address.rsplit(".", 1)[0] + ".0/24"


def check_addresses(questions, facts, domain, **_):
    by_address = grouped(facts.backlinks(domain), lambda one: facts.addresses[one.source_host])
    in_network = defaultdict(set)
    for address, own in by_address.items():
        in_network[network(address)] |= voices_of(own)
    expected = [
        (address, network(address), len(voices_of(own)), len(in_network[network(address)]),
         len({one.source_host for one in own}), *totals(own)[2:], " ".join(sorted(voices_of(own))[:10]))
        for address, own in by_address.items()
    ]  # fmt: skip
    same(addresses(questions, at(questions, domain)), expected)


def check_overview(questions, facts, domain, **_):
    own = facts.backlinks(domain)
    rows = grouped(overview(questions, at(questions, domain)), lambda row: row.section)
    found = {section: {row.name: row.value for row in those} for section, those in rows.items()}
    count, followed_domains, on_pages, count_links, followed = totals(own)
    hosts = {one.source_host for one in own}
    places = {facts.addresses[host] for host in hosts} - {None}
    assert found["total"] == {
        "inbound_links": count_links, "referring_pages": on_pages, "referring_domains": count,
        "followed_referring_domains": followed_domains, "referring_hosts": len(hosts),
        "referring_addresses": len(places), "referring_subnets": len(set(map(network, places))),
        "linked_pages": len({one.target for one in own}),
    }  # fmt: skip
    scores = facts.domain_scores.get(domain)
    if scores:
        names = ("authority", "rank", "percentile", "pagerank", *(("trust",) if scores["trust"] is not None else ()))
        assert list(found["authority"].values()) == [scores[name] for name in names]
    if not own:
        return
    assert found["followed"] == {"followed": followed, "not followed": count_links - followed}
    bits = {name: sum(one.flags >> bit & 1 for one in own) for bit, name in enumerate(("nofollow", "ugc", "sponsored"))}
    assert found["rel"] == bits | {"page nofollow": sum(one.flags >> 3 & 1 for one in own)}
    assert found["kind"] == Counter(one.kind for one in own)
    assert found["placement"] == Counter(one.place for one in own)
    assert found["language"] == Counter(facts.pages[one.source]["language"] or "not said" for one in own)
    assert found["tld"] == Counter(source.rsplit(".", 1)[-1] for source in voices_of(own))
    assert found["anchor"] == best_ten(own, lambda one: one.words)
    assert found["page"] == best_ten(own, lambda one: one.target)
    best = sorted(voices_of(own), key=lambda name: (-(facts.authority(name) or 0), name))[:10]
    assert found["top referring domain"] == {name: facts.authority(name) for name in best}
    for row in rows["kind"] + rows["rel"] + rows["followed"]:
        assert abs(row.share_percent - percent(row.value, count_links)) < 0.011  # halves are rounded in two ways
    for row in rows["anchor"] + rows["page"] + rows["tld"]:
        assert abs(row.share_percent - percent(row.value, count)) < 0.011


def best_ten(own, key):
    counts = {name: len(voices_of(those)) for name, those in grouped(own, key).items()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10])


def page_rows(facts, own, final_of):
    for url, those in grouped(own, lambda one: final_of(one.target)).items():
        page, scored = facts.pages.get(url, {}), [facts.authority(name) for name in voices_of(those)]
        yield (
            url, *totals(those), sum(one.target != url for one in those),
            max((one for one in scored if one is not None), default=None), facts.page_scores.get(url),
            page.get("status"), page.get("outcome"), page.get("title"), moment(page.get("fetched_at")),
        )  # fmt: skip


def check_pages(questions, facts, domain, **_):
    """Where a way ends in a loop, either of its pages would do; those are left out."""
    own = [one for one in facts.backlinks(domain) if not facts.loops(one.target)]
    expected = list(page_rows(facts, own, lambda url: facts.way(url)[-1]))
    looping = {url for one in facts.backlinks(domain) if facts.loops(one.target) for url in facts.way(one.target)}
    same([row[:-1] for row in pages(questions, at(questions, domain)) if row.url not in looping], expected)
    dead = [row for row in expected if facts.is_gone(row[0])]
    same([row[:-1] for row in broken(questions, at(questions, domain)) if row.url not in looping], dead)
    sources = grouped(facts.links, lambda one: one.source)
    for row in pages(questions, at(questions, domain)):
        assert any(row.url in facts.way(one.target) for one in sources[row.example_source])


def check_prospects(questions, facts, domain, **_):
    dead = {
        url for url, page in facts.pages.items()
        if page["outcome"] in {"http_error", "dns_error"} and page["status"] in {None, 404, 410}
    }  # fmt: skip
    own = [
        one for one in facts.links
        if one.target in dead and one.is_external and domain not in {one.source_domain, one.target_domain}
    ]  # fmt: skip
    found = broken_prospects(questions, at(questions, domain))
    same([row[:-1] for row in found], page_rows(facts, own, lambda url: url))


def check_outgoing(questions, facts, domain, **_):
    for with_internal in (False, True):
        own = [one for one in facts.by_source_domain[domain] if one.is_external or with_internal]
        aim, voices = at(questions, domain, with_internal=with_internal), facts.voices(domain)
        by_domain = [
            (name, facts.authority(name), *totals(those)[3:], len({one.source for one in those}),
             len({one.target for one in those}), int(facts.pages_crawled[name] > 0), int(name in voices),
             moment(min(one.first_seen for one in those)))
            for name, those in grouped(own, lambda one: one.target_domain).items()
        ]  # fmt: skip
        same(outgoing_domains(questions, aim), by_domain)
        by_words = [
            (words, *totals(those)[3:], len({one.source for one in those}), len({one.target_domain for one in those}))
            for words, those in grouped(own, lambda one: one.words).items()
        ]
        same(outgoing_anchors(questions, aim), by_words)
        gone = [
            (one.source, one.target, facts.pages[one.target]["status"], facts.pages[one.target]["outcome"], one.words,
             one.followed, int(one.is_external), moment(facts.pages[one.target]["fetched_at"]))
            for one in own if facts.is_gone(one.target)
        ]  # fmt: skip
        same(outgoing_broken(questions, aim), gone)


def check_reciprocal(questions, facts, domain, **_):
    back, coming = facts.linked_back(domain), grouped(facts.backlinks(domain), lambda one: one.source_domain)
    expected = [
        (name, facts.authority(name), *counted(coming[name]), *counted(back[name])) for name in set(back) & set(coming)
    ]
    same(reciprocal(questions, at(questions, domain)), expected)


def counted(own):
    return len(own), sum(one.followed for one in own), len({one.source for one in own})


def rivals_of(facts, domain):
    return [name for name in facts.busiest(4) if name != domain][:3]


def check_intersect(questions, facts, domain, **_):
    rivals = rivals_of(facts, domain)
    by_rival = {rival: grouped(facts.backlinks(rival), lambda one: one.source_domain) for rival in rivals}
    expected = []
    for name in set().union(*by_rival.values()) - facts.voices(domain) - {domain, *rivals}:
        linked = [rival for rival in rivals if name in by_rival[rival]]
        own = [one for rival in linked for one in by_rival[rival][name]]
        if len(linked) >= 2:
            crawled, named = facts.pages_crawled[name], len(facts.linked_names[name])
            expected.append((name, facts.authority(name), len(linked), *totals(own)[3:], set(linked), crawled, named))
    aims = [at(questions, rival) for rival in rivals]
    found = [tuple(row) for row in intersect(questions, aims, me=at(questions, domain), least=2)]
    assert sorted((*row[:5], sorted(row[5].split()), *row[6:]) for row in found) == sorted(
        (*row[:5], sorted(row[5]), *row[6:]) for row in expected
    )


def check_compare(questions, facts, domain, **_):
    names = [domain, *rivals_of(facts, domain)]
    voices = {name: facts.voices(name) for name in names}
    expected = []
    for name in names:
        own, scores = facts.backlinks(name), facts.domain_scores.get(name) or {}
        places = {facts.addresses[one.source_host] for one in own} - {None}
        others = set().union(*(voices[other] for other in names if other != name))
        count, followed_domains, on_pages, count_links, followed = totals(own)
        expected.append((
            name, scores.get("authority"), scores.get("rank"), count_links, followed, on_pages, count,
            followed_domains, len(places), len(set(map(network, places))), len(voices[name] - others),
            len(set.intersection(*voices.values())),
        ))  # fmt: skip
    same(compare(questions, [at(questions, name) for name in names]), expected)


def check_score(questions, facts, domain, **_):
    options = ScoreOptions(dilution_from=2, dilution_full=6)
    rows = list(score(questions, at(questions, domain), options=options))
    own = facts.backlinks(domain)
    assert Counter((row.source_url, row.target_url, row.anchor_text, row.followed) for row in rows) == Counter(
        (one.source, one.target, one.words, one.followed) for one in own
    )
    for row in rows:
        page = facts.pages[row.source_url]
        is_copy = page["canonical_id"] is not None and facts.urls[page["canonical_id"]] != row.source_url
        language, target = page["language"] or "", facts.pages.get(row.target_url, {}).get("language") or ""
        terms = (
            round(30 * (facts.authority(facts.domain_of[row.source_url]) or 0) / 100, 2),
            round(15 * (facts.page_scores.get(row.source_url) or 0) / 100, 2),
            round(20 * min(1, (row.relevance or 0) / 0.25), 2),
            round(15 * options.placement_factors.get(row.placement, 1), 2),
            round(10 * options.anchor_factors.get(row.anchor_class, 0), 2),
            10 * row.followed,
            -round(10 * min(1, max(0, (page["external_domain_count"] - 2) / 4)), 2),
            -100 * bool(page["noindex"] or is_copy or page["status"] != 200),
            -5 * bool(language and target and language[:2] != target[:2]),
        )
        assert all(abs(a - b) < 0.011 for a, b in zip(row[4:13], terms, strict=True)), (row, terms)
        assert abs(row.score - max(0, sum(row[4:13]))) < 0.011


def check_review(questions, facts, domain, **_):
    own = facts.backlinks(domain)
    by_voice = grouped(own, lambda one: one.source_domain)
    found = {(row.domain, row.flag) for row in review(questions, at(questions, domain), options=THRESHOLDS)}
    networks = defaultdict(set)
    for one in own:
        networks[network(facts.addresses[one.source_host])].add(one.source_domain)
    crowded = {name for place, names in networks.items() if place and len(names) >= 2 for name in names}
    flags = {(name, "shared network") for name in crowded}
    sets = grouped([name for name in by_voice if facts.linked_names[name]], lambda n: frozenset(facts.linked_names[n]))
    flags |= {(name, "identical outbound links") for names in sets.values() if len(names) > 1 for name in names}
    if len(by_voice) >= 2:
        flags |= profile_flags(facts, domain, by_voice)
    for one in own:
        page = facts.pages[one.source]
        if page["external_domain_count"] >= 2 and 100 * page["external_link_count"] >= 20 * page["link_count"]:
            flags.add((one.source_domain, "farm-shaped page"))
    for name in by_voice:
        scores = facts.domain_scores.get(name)
        if scores and scores["trust"] is not None and scores["trust"] < scores["pagerank"]:
            flags.add((name, "trust far below authority"))
    assert found == flags


def profile_flags(facts, domain, by_voice):
    """What is said of shares of all linking domains."""
    everyone, judge, flags = len(by_voice), AnchorJudge(domain), set()
    mutual = set(by_voice) & set(facts.linked_back(domain))
    if len(mutual) / everyone > 0.1:
        flags |= {(name, "reciprocal") for name in mutual}
    followed = {name for name, own in by_voice.items() if any(one.followed for one in own)}
    if len(followed) / everyone > 0.1:
        flags |= {(name, "followed only") for name in followed}
    spoken = [one for own in by_voice.values() for one in own if one.kind != "image" and one.words]
    for words, those in grouped(spoken, lambda one: one.words).items():
        if judge(words, 0) in {"exact", "partial", "other", "compound"} and len(voices_of(those)) / everyone > 0.05:
            flags |= {(name, "anchor concentration") for name in voices_of(those)}
    return flags


def plain(*texts):
    return f" {' '.join(text or '' for text in texts).casefold()}"


def head(page):
    return (page["title"], page["heading"], page["description"])


READ = {"ok", "not_modified"}


def check_resources(questions, facts, domain, *, word):  # noqa: ARG001 — the same for every domain
    expected = {
        url for url, page in facts.pages.items()
        if page["outcome"] in READ and page["external_domain_count"] >= 2
        and f" {word}" in " ".join(plain(*head(page), facts.texts.get(url)).split(" "))
    }  # fmt: skip
    rows = list(resources(questions, word, least_domains=2))
    assert {row.url for row in rows} == expected
    for row in rows:
        page = facts.pages[row.url]
        assert (row.external_domains, row.external_links) == (
            page["external_domain_count"],
            page["external_link_count"],
        )
        assert row.internal_links == page["link_count"] - page["external_link_count"]
        assert row.domain_authority == facts.authority(row.domain)
        assert row.page_authority == facts.page_scores.get(row.url)


def check_mentions(questions, facts, domain, *, word):
    linking = {one.source for one in facts.backlinks(domain, with_internal=True)}
    expected = {
        url for url, page in facts.pages.items()
        if page["outcome"] in READ and facts.domain_of[url] != domain and url not in linking
        and has_word(plain(*head(page), "|", facts.texts.get(url)), word)
    }  # fmt: skip
    rows = list(mentions(questions, word, aim=at(questions, domain)))
    assert {row.url for row in rows} == expected
    voices = facts.voices(domain)
    assert all(row.domain_links == (row.domain in voices) for row in rows)


def has_word(text, word):
    letters = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text)
    return f" {word} " in f"{letters} "


CHECKS = (
    *(check_links, check_new, check_lost, check_referring_domains, check_anchors, check_anchor_classes),
    *(check_addresses, check_overview, check_pages, check_prospects, check_outgoing, check_reciprocal),
    *(check_intersect, check_compare, check_score, check_review, check_resources, check_mentions),
)

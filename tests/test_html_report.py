"""The report for a client: its numbers are the reports', nothing comes from elsewhere, the web's words stay words."""

import base64
import hashlib
import itertools
import re
from pathlib import Path

import lxml.html
import pytest

from backlinks.options import ReviewOptions
from backlinks.reports import (
    anchor_classes,
    anchors,
    broken,
    broken_prospects,
    compare,
    intersect,
    links,
    overview,
    pages,
    referring_domains,
    review,
    score,
)
from backlinks.reports.html import Cover, Wanted, cells, findings, gather, page, render
from backlinks.terminal import printable
from storage import Target, TargetScope, find_target, open_questions
from tests.report_world import EVIL, ME, world

KEYWORDS = ("best shoes",)
BRANDS = ("Mine",)
STRICT = ReviewOptions(subnet_domains=2, profile_domains=1)
RIVALS = ("rival.test", "other.test")
MADE_AT = 1_795_000_000.0
COVER = Cover(title=f"Links to {ME}{EVIL}", made_at=MADE_AT, client=f"A & B {EVIL}", note=f"One.\nTwo {EVIL}")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return world(tmp_path_factory.mktemp("html") / "world.db")


@pytest.fixture(scope="module")
def questions(path):
    with open_questions(path) as questions:
        yield questions


def aim_of(questions, domain=ME, scope=TargetScope.DOMAIN, **about):
    return find_target(questions, Target(scope=scope, domain=domain, **about))


def written(questions, aim, cover=COVER, **wanted):
    return render(gather(questions, aim, Wanted(**wanted)), cover)


@pytest.fixture(scope="module")
def rivals(questions):
    return tuple(aim_of(questions, rival) for rival in RIVALS)


@pytest.fixture(scope="module")
def text(questions, rivals):
    return written(questions, aim_of(questions), rivals=rivals, keywords=KEYWORDS, brands=BRANDS, review=STRICT)


@pytest.fixture(scope="module")
def document(text):
    return lxml.html.document_fromstring(text)


def plain(element):
    return " ".join(element.text_content().split())


def table(document, name):
    """Each row as a dict of heading to cell."""
    (found,) = document.xpath(f"//table[@id='table-{name}']")
    heads = [plain(head) for head in found.xpath("./thead/tr/th")]
    return [dict(zip(heads, row.xpath("./td"), strict=True)) for row in found.xpath("./tbody/tr")]


def number(cell):
    value = cell.get("data-v")
    return None if value is None else float(value)


def shown(words):
    return " ".join(printable(words).split())


TABLES = [
    ("domains", referring_domains, {"Links": "links", "Followed": "followed_links", "Links out to": "linked_domains"}),
    ("domains", referring_domains, {"Authority": "domain_authority", "From pages": "pages", "Lost": "lost_links"}),
    ("words", anchors, {"Domains": "referring_domains", "Share": "share_percent", "Links": "links"}),
    ("classes", anchor_classes, {"Domains": "referring_domains", "Texts": "texts", "Followed": "followed_links"}),
    ("pages", pages, {"By redirect": "folded_links", "Page authority": "page_authority"}),
    ("links", links, {"Authority": "domain_authority", "Alike": "hidden"}),
    ("broken", broken, {"Domains": "referring_domains", "Links": "links", "Best linker": "best_authority"}),
    ("prospects", broken_prospects, {"Domains": "referring_domains", "Followed": "followed_referring_domains"}),
    ("flags", review, {"Authority": "domain_authority"}),
    ("scores", score, {"Score": "score", "Topic": "relevance_term", "Crowd": "dilution_term"}),
]  # fmt: skip
SPOKEN = {
    links: {"group": "similar"},
    anchors: {"keywords": KEYWORDS, "brands": BRANDS},
    anchor_classes: {"keywords": KEYWORDS, "brands": BRANDS, "options": STRICT},
    review: {"brands": BRANDS, "options": STRICT},
    score: {"wanted": (KEYWORDS, BRANDS)},
}


@pytest.mark.parametrize(("name", "report", "columns"), TABLES)
def test_each_table_has_the_rows_and_numbers_of_its_report(questions, document, name, report, columns):
    expected = list(report(questions, aim_of(questions), **SPOKEN.get(report, {})))
    if name == "prospects":
        expected = expected[: findings.PROSPECTS]
    rows = table(document, name)
    assert len(rows) == len(expected)
    assert rows
    for heading, field in columns.items():
        assert [number(row[heading]) for row in rows] == [getattr(row, field) for row in expected], heading


def test_each_table_has_the_words_of_its_report(questions, document):
    aim = aim_of(questions)
    assert [plain(row["Domain"]) for row in table(document, "domains")] == [
        row.domain for row in referring_domains(questions, aim)
    ]
    assert [plain(row["Words of the link"]) for row in table(document, "words")] == [
        shown(row.anchor_text) or "no words" for row in anchors(questions, aim, keywords=KEYWORDS, brands=BRANDS)
    ]
    assert [row["From"].xpath(".//a/@href") for row in table(document, "links")] == [
        [row.source_url] for row in links(questions, aim, group="similar")
    ]
    assert [plain(row["Evidence"]) for row in table(document, "flags")] == [
        shown(row.evidence) for row in review(questions, aim, brands=BRANDS, options=STRICT)
    ]


def test_competitors_are_compared_and_their_linkers_named(questions, document, rivals):
    me = aim_of(questions)
    rows = table(document, "compare")
    compared = list(compare(questions, [me, *rivals]))
    assert [plain(row["Target"]) for row in rows] == [row.target for row in compared]
    assert [number(row["Linking domains"]) for row in rows] == [row.referring_domains for row in compared]
    missing = list(intersect(questions, rivals, me=me, least=1))
    names = [plain(row["Domain"]) for row in table(document, "intersect")] if missing else []
    assert names == [row.domain for row in missing]


def test_key_figures_are_those_of_the_overview(questions, document):
    value = {(row.section, row.name): row.value for row in overview(questions, aim_of(questions))}
    figures = {
        plain(card[0]): (plain(card[1]), plain(card[2])) for card in document.xpath("//dl[@class='figures']/div")
    }
    total = {name: int(value["total", name]) for section, name in value if section == "total"}
    assert figures["Linking domains"][0] == f"{total['referring_domains']:,}"
    assert figures["Linking domains"][1].startswith(f"{total['followed_referring_domains']:,} ")
    assert figures["Links"] == (f"{total['inbound_links']:,}", f"on {total['referring_pages']} pages")
    assert figures["Followed links"][1] == f"{value['followed', 'followed']:.0f} of {total['inbound_links']}"
    assert figures["Networks they come from"][0] == str(total["referring_subnets"])
    assert figures["Authority"][0] == f"{value['authority', 'domain_authority']:.1f} of 100"
    assert figures["Authority"][1].startswith(f"rank {value['authority', 'authority_rank']:.0f} of ")


CHARTS = {"What links say of themselves": "rel", "Place on the page": "placement", "Languages": "language"}


@pytest.mark.parametrize(("title", "section"), CHARTS.items())
def test_bars_say_the_numbers_of_the_overview(questions, document, title, section):
    (chart,) = document.xpath(f"//figure[.//h3='{title}']")
    bars = {plain(row[0]): int(plain(row[2]).replace(",", "")) for row in chart.xpath(".//tr")}
    rows = [row for row in overview(questions, aim_of(questions)) if row.section == section and row.value]
    assert bars == {row.name: row.value for row in rows}


def test_the_histogram_counts_every_domain_that_has_a_score(questions, document):
    (drawing,) = document.xpath("//figure[.//h3='Authority of the linking domains']//svg[@role='img']")
    drawn = [int(value) for value in drawing.xpath("./text[@class='v']/text()")]
    scores = [row.domain_authority for row in referring_domains(questions, aim_of(questions))]
    assert sum(drawn) == sum(score is not None for score in scores)
    assert drawing.get("aria-label").startswith("Linking domains by authority")


@pytest.mark.parametrize(("authority", "place"), [(0.0, 0), (9.99, 0), (10.0, 1), (99.9, 9), (100.0, 9), (None, 10)])
def test_authority_is_counted_by_tens(authority, place):
    assert findings.place_of(authority) == place


def test_coverage_and_date_stand_on_top(document):
    (box,) = document.xpath("//div[@id='coverage']")
    facts = {plain(fact[0]): plain(fact[1]) for fact in box.xpath(".//dl/div")}
    assert set(facts) == {
        *("Domains crawled", "Pages read", "Blocked by robots.txt", "Failed", "Crawled", "Authority computed")
    }
    assert document.xpath("//header//time/@datetime") == ["2026-11-18"]


def test_the_formula_has_the_parameters_of_this_ranking(document):
    (appendix,) = document.xpath("//section[@id='appendix']")
    facts = {plain(name): plain(name.getnext()) for name in appendix.xpath(".//dl/dt")}
    assert facts["Damping"] == "0.85"
    assert facts["Domains (N)"] == "13"
    assert facts["Exact keywords, noted above"] == "10 % of linking domains"
    assert facts["Authority of the linking domain"] == "up to 30"
    assert "0.15 / N" in plain(appendix.xpath(".//code")[0])


def test_nothing_is_fetched_from_elsewhere(text, document):
    assert document.xpath("//link | //img | //iframe | //object | //embed | //form | //base | //audio | //video") == []
    assert document.xpath("//@src | //@srcset | //@style | //@background | //@action | //*[local-name()='image']") == []
    (style,), (script,) = document.xpath("//style/text()"), document.xpath("//script/text()")
    assert not re.search(r"url\(|@import|@font-face", style)
    assert not re.search(r"fetch\(|XMLHttp|import\(|innerHTML|eval|https?:", script)
    for address in document.xpath("//@href"):
        assert address.startswith(("#", "http://", "https://"))
    assert {element.tag for element in document.xpath("//*[@href]")} == {"a"}
    assert text.count("<script") == 1


def test_the_policy_names_the_one_script_and_the_one_style(document):
    (policy,) = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    for directive, element in (("script-src", "script"), ("style-src", "style")):
        (body,) = document.xpath(f"//{element}/text()")
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert allowed[directive] == f"'sha256-{digest}'"


def test_links_to_the_web_tell_nobody_where_they_were_followed(document):
    outward = document.xpath("//a[starts-with(@href, 'http')]")
    assert outward
    assert {(link.get("rel"), link.get("target")) for link in outward} == {("noopener noreferrer nofollow", "_blank")}
    assert document.xpath("//meta[@name='referrer']/@content") == ["no-referrer"]


def test_hostile_words_stay_words(text, document):
    assert shown(EVIL) in [plain(row["Words of the link"]) for row in table(document, "words")]
    assert "<script>alert" not in text
    assert not [name for name in document.xpath("//@*") if name.attrname.lower().startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    for told in (document.xpath("//title")[0], document.xpath("//h1")[0], document.xpath("//header//p")[1]):
        assert "<script>alert('x')</script>" in plain(told)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "//x.test",
        "ftp://x",
        "",
    ],
)
def test_only_web_addresses_become_links(address):
    assert cells.url(address).address == ""
    assert page.environment().from_string(
        '{% from "macros.html" import draw %}{{ draw(cell) }}'
    ).render(cell=cells.url(address)).count("href") == 0  # fmt: skip


def test_an_address_cannot_leave_its_attribute():
    cell = cells.url('https://a.test/"><img src=x onerror=alert(1)>')
    drawn = page.environment().from_string('{% from "macros.html" import draw %}{{ draw(cell) }}').render(cell=cell)
    assert "<img" not in drawn
    (link,) = lxml.html.fragment_fromstring(f"<table>{drawn}</table>").xpath("//a")
    assert link.get("href") == 'https://a.test/"><img src=x onerror=alert(1)>'


def test_every_table_can_be_read_aloud(document):
    for found in document.xpath("//table[contains(@class, 'data')]"):
        assert found.xpath("./caption")
        assert {head.get("scope") for head in found.xpath("./thead//th")} == {"col"}
        (region,) = found.xpath("./ancestor::div[@role='region']")
        assert region.get("tabindex") == "0"
        assert region.get("aria-label") == plain(found.xpath("./caption")[0])
    levels = [int(heading.tag[1]) for heading in document.xpath("//h1 | //h2 | //h3 | //h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert document.get("lang") == "en"


def test_every_place_that_the_contents_name_is_there(document):
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {address[1:] for address in document.xpath("//@href[starts-with(., '#')]")} <= set(ids)


def test_what_is_left_out_is_said_with_the_command_that_gives_it(questions):
    cut = lxml.html.document_fromstring(written(questions, aim_of(questions), rows=2))
    total = sum(1 for _ in links(questions, aim_of(questions), group="similar"))
    assert len(table(cut, "links")) == 2
    said = [plain(note) for note in cut.xpath("//section[@id='links']//p[@class='left']")]
    left_out = f"The first 2 of {total:,} links or groups of links alike; {total - 2:,} are left out here."
    assert said == [f"{left_out} All of it, with every column: backlinks links {ME} --csv"]
    assert sum(1 for _ in referring_domains(questions, aim_of(questions))) == sum(
        int(value) for value in cut.xpath("//figure[.//h3='Authority of the linking domains']//text[@class='v']/text()")
    ), "charts count what tables leave out"


def test_without_keywords_brands_and_competitors_their_sections_are_not_there(questions):
    bare = lxml.html.document_fromstring(written(questions, aim_of(questions)))
    assert bare.xpath("//section[@id='scores'] | //table[@id='table-compare'] | //table[@id='table-intersect']") == []
    assert "#scores" not in bare.xpath("//nav//@href")


@pytest.mark.parametrize(
    ("scope", "about", "said"),
    [
        (TargetScope.HOST, {"host": f"www.{ME}"}, f"backlinks links www.{ME} --scope host --csv"),
        (TargetScope.PREFIX, {"host": ME, "path": "/b/"}, f"backlinks links '{ME}/b/*' --scope prefix --csv"),
        (TargetScope.EXACT, {"host": ME, "path": "/a"}, f"backlinks links {ME}/a --scope exact --csv"),
    ],
)
def test_any_target_can_be_reported_on(questions, scope, about, said):
    aim = aim_of(questions, scope=scope, **about)
    document = lxml.html.document_fromstring(written(questions, aim))
    assert said in [plain(code) for code in document.xpath("//section[@id='links']//code")]
    figures = {plain(card[0]) for card in document.xpath("//dl[@class='figures']/div")}
    assert ("Page authority" in figures) == (scope is TargetScope.EXACT)
    assert "Authority of its domain" in figures


def test_a_target_that_nobody_links_to_gets_a_report_that_says_so(questions):
    nobody = aim_of(questions, scope=TargetScope.EXACT, host=ME, path="/nowhere")
    document = lxml.html.document_fromstring(written(questions, nobody))
    assert document.xpath("//section[@id='profile']") == []
    assert "No crawled page of another domain links here." in plain(document)


def test_a_store_whose_ranking_says_little_is_reported_on(questions):
    found = gather(questions, aim_of(questions), Wanted())
    bare = {name: getattr(found, name) for name in found.__dataclass_fields__} | {"ranking": {}}
    document = lxml.html.document_fromstring(render(findings.Findings(**bare), COVER))
    assert "not recorded in this store" in plain(document.xpath("//section[@id='appendix']")[0])


PAIRS = [
    *[(ink, paper) for ink in ("ink", "soft", "accent") for paper in ("paper", "card", "wash")],
    *[(tone, f"{tone}-wash") for tone in ("good", "warn", "bad")],
    ("ink", "mark"),
]


def luminance(colour):
    colour = "".join(2 * digit for digit in colour) if len(colour) == 3 else colour
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(scheme):
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    blocks = re.findall(r":root \{(.*?)\}", Path(page.TEMPLATES / "report.css").read_text(encoding="utf-8"), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): #(\w+)", blocks[("light", "dark").index(scheme)]))
    for ink, paper in PAIRS:
        one, other = sorted((luminance(colours[ink]), luminance(colours[paper])))
        assert (other + 0.05) / (one + 0.05) >= 4.5, f"{ink} on {paper}"

"""The invented web is read here by an independent hand: lxml's parser and urllib's join, no code of the crawler."""

import random
import re
import subprocess
import sys
from collections import Counter
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import pytest
from lxml import html as lxml_html

from backlinks.demo import InventedWeb, Limits, Size, serve_invented_web
from backlinks.demo.model import Trouble, TrueLink
from crawler.politeness import Politeness
from storage import HostClock, LinkKind, Outcome, Placement, StopReason

PORT = 8765
PLACES = {
    "nav": Placement.NAV,
    "header": Placement.HEADER,
    "footer": Placement.FOOTER,
    "aside": Placement.ASIDE,
}


@pytest.fixture(scope="module")
def web():
    return InventedWeb(7, port=PORT)


def get(web, url, **headers):
    """The answer once passing troubles have passed."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    web.answer(parts.hostname, target, headers)
    return web.answer(parts.hostname, target, headers)


def document_at(web, url):
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    found = web.world.hosts[parts.hostname].content[path]
    return found.then if isinstance(found, Trouble) else found


def read_links(url, body, encoding="utf-8"):
    """What stands on a page, by a slow and obvious reader."""
    tree = lxml_html.document_fromstring(body.decode(encoding))
    bases = tree.xpath("//base/@href")
    for element in tree.iter("a", "area"):
        href = (element.get("href") or "mailto:").strip()
        if not href.startswith(("mailto:", "javascript:")):
            target = urldefrag(urljoin(bases[0] if bases else url, href)).url
            yield TrueLink(url, as_canonical(target), *words_of(element), place_of(element))


def as_canonical(url):
    parts = urlsplit(url)
    host = parts.hostname.encode("idna").decode()
    kept = [one for one in parts.query.split("&") if not one.startswith(("utm_", "fbclid=", "gclid=")) and one]
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"{parts.scheme.lower()}://{host}:{parts.port}{quote(normpath(parts.path), safe='/%:@,.~-_')}{query}"


def normpath(path):
    return re.sub(r"/elsewhere/\.\./", "/", path)


def words_of(element):
    rel = " ".join(sorted(set(element.get("rel", "").lower().split())))
    words = " ".join(element.text_content().split())
    if element.tag == "area":
        return element.get("alt"), rel, LinkKind.AREA
    if words:
        return words, rel, LinkKind.TEXT
    return " ".join(element.xpath(".//img/@alt")), rel, LinkKind.IMAGE


def place_of(element):
    for ancestor in element.iterancestors():
        if ancestor.get("id") == "comments":
            return Placement.COMMENT
        if ancestor.tag in PLACES:
            return PLACES[ancestor.tag]
    return Placement.CONTENT


def test_every_true_link_stands_on_its_page_once_and_no_other_does(web):
    truth = Counter(web.true_links())
    read = Counter()
    for url, expected in web.true_pages().items():
        if expected.outcome is Outcome.OK:
            read.update(read_links(url, get(web, url).body, document_at(web, url).charset.actual))
    assert read - truth == Counter()
    assert truth - read == Counter()


def test_every_expected_page_answers_as_expected(web):
    for url, expected in web.true_pages().items():
        if expected.outcome is not None:
            assert get(web, url).status == expected.status, url


def test_the_same_seed_makes_the_same_bytes_in_another_process():
    ask = (
        "from backlinks.demo import InventedWeb; import hashlib\n"
        f"web = InventedWeb(7, port={PORT})\n"
        "print(hashlib.sha256(b''.join(web.answer(h, p, {}).body"
        " for h, host in sorted(web.world.hosts.items()) for p in sorted(host.content))).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=env).stdout
        for env in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }
    assert len(digests) == 1


def test_another_seed_makes_another_web(web):
    assert set(InventedWeb(8, port=PORT).true_links()) != set(web.true_links())


def test_the_port_is_part_of_every_url_and_left_out_only_where_http_leaves_it_out():
    web = InventedWeb(7)
    assert "http://commonbook.test/" in web.seeds
    web.port = PORT
    assert f"http://commonbook.test:{PORT}/" in web.seeds
    assert all(f":{PORT}/" in link.target for link in web.true_links())


def test_the_web_is_as_large_and_as_mixed_as_a_reader_would_believe(web):
    links = web.true_links()
    assert len(web.seeds) >= 30
    assert len(web.world.hosts) >= 50
    assert 550 <= sum(one.outcome is Outcome.OK for one in web.true_pages().values()) <= 800
    assert {link.placement for link in links} == set(Placement)
    assert {"", "nofollow", "nofollow ugc", "sponsored", "noopener"} <= {link.rel for link in links}


def test_popularity_is_a_power_law(web):
    backlinks = Counter()
    for link in web.true_links():
        source, target = urlsplit(link.source).hostname, urlsplit(link.target).hostname
        backlinks[target] += source != target
    counts = sorted(backlinks.values(), reverse=True)
    assert sum(counts[:5]) > 0.3 * sum(counts)
    assert counts[0] > 5 * counts[len(counts) // 2]


def test_the_farm_stands_on_one_address_and_speaks_with_one_voice(web):
    farms = [host for host in web.world.hosts.values() if host.address.startswith("127.0.66.")]
    assert len(farms) == 9
    shop = "http://cheap-ovens-direct.test:8765/"
    words = {
        link.anchor_text for link in web.true_links() if link.target == shop and not link.rel and "oven" in link.source
    }
    assert "cheap ovens" in words


def test_what_no_seed_names_is_known_and_not_fetched(web):
    expected = web.true_pages()[f"http://chirpline.test:{PORT}/"]
    assert (expected.stop, expected.outcome) == (StopReason.OUT_OF_SCOPE, None)


@pytest.mark.parametrize(("hosts", "pages"), [(300, 2), (1, 3_000)])
def test_a_plain_web_is_as_large_as_asked_and_reached_within_five_links(hosts, pages):
    web = InventedWeb(1, profile="plain", size=Size(hosts=hosts, pages_per_host=pages))
    expected = web.true_pages(Limits(max_depth=5)).values()
    assert Counter(one.outcome for one in expected) == {Outcome.OK: hosts * pages}


async def test_a_served_web_lends_the_options_to_crawl_it():
    async with serve_invented_web(7) as served:
        options = served.hurried_options()
        assert served.port in options.network.allowed_ports
        assert options.network.allow_private_addresses
        assert options.network.resolve["commonbook.test"] == served.web.world.hosts["commonbook.test"].address
        assert options.politeness.delay_seconds < 1
        assert all(f":{served.port}/" in seed for seed in served.seeds)


async def test_an_answer_that_a_busy_machine_made_slow_does_not_end_the_demonstration_before_its_last_page():
    async with serve_invented_web(7) as served:
        options = served.hurried_options()
    politeness = Politeness(options.politeness, random.Random(0))
    pauses = [politeness.pause_seconds(HostClock(host="x.test"), elapsed_seconds=20.0) for _ in range(100)]
    assert max(pauses) < options.crawl.max_idle_seconds

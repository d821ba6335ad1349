from collections import Counter

import pytest

from backlinks.demo import topics
from backlinks.demo.cast import FARMS, HABITS, OUTSIDE, SITES, Genre, Site
from backlinks.demo.model import dice
from backlinks.demo.prose import OPENINGS, SENTENCES, TITLES, Voice, slug
from backlinks.demo.sites import Loom, lay_out, punycode
from storage import Placement

BAKERY = Site(
    domain="b.test", brand="B", topic=topics.BREAD, genre=Genre.BLOG, pages=12, address="127.0.0.1", sections=("One",)
)


@pytest.fixture
def woven():
    sites = [lay_out(site, 1) for site in SITES]
    Loom(sites, dice(1)).weave()
    return sites


def test_a_site_has_as_many_pages_as_it_should_each_at_its_own_path(woven):
    for laid in woven:
        assert len(laid.documents) == laid.site.pages == len(laid.host.content)


def test_every_page_of_a_site_is_linked_to_from_within(woven):
    for laid in woven:
        targets = {one.target for document in laid.documents for one in document.references}
        assert {document.place for document in laid.documents} <= targets


def test_every_page_carries_the_logo_the_menu_and_the_imprint(woven):
    for laid in woven:
        for document in laid.documents:
            placements = Counter(one.placement for one in document.references)
            assert placements[Placement.HEADER] == placements[Placement.FOOTER] == 1
            assert placements[Placement.NAV] == 1 + len(laid.sections)


def test_like_minded_sites_link_to_each_other_more_than_chance_would_have_it(woven):
    topic_of = {laid.host.name: laid.site.topic for laid in woven}
    outward = [
        article.topic is topic_of[one.target.host]
        for laid in woven
        for article in laid.articles
        for one in article.references
        if one.target.host != laid.host.name and one.placement is Placement.CONTENT
    ]
    chance = sum(laid.site.topic is other.site.topic for laid in woven for other in woven) / len(woven) ** 2
    assert sum(outward) / len(outward) > 1.8 * chance


def test_a_site_never_takes_itself_for_another(woven):
    for laid in woven:
        for document in laid.documents:
            assert not [one for one in document.references if one.target.host == laid.host.name and "ugc" in one.rel]


def test_general_sites_write_about_everything_and_special_ones_about_their_own():
    news = next(site for site in SITES if site.genre is Genre.NEWS)
    assert len({article.topic.name for article in lay_out(news, 1).articles}) > 6
    assert {article.topic.name for article in lay_out(BAKERY, 1).articles} == {"bread"}


def test_names_are_invented_once():
    domains = [site.domain for site in (*SITES, *FARMS)] + [domain for domain, _ in OUTSIDE]
    assert len(set(domains)) == len(domains)
    assert all(domain.endswith(".test") for domain in domains)
    assert set(HABITS) == set(Genre)


@pytest.mark.parametrize("topic", topics.EVERYTHING, ids=lambda topic: topic.name)
def test_every_template_can_be_filled_from_every_topic(topic):
    for seed in range(40):
        voice = Voice(topic, dice(seed))
        said = [voice.title(), voice.paragraph(), voice.comment(), *voice.around_link()]
        assert not [text for text in said if "{" in text or " a a" in text or " a e" in text]


def test_an_author_does_not_say_the_same_twice_while_there_is_something_else_to_say():
    voice = Voice(topics.BREAD, dice(1))
    templates = len(SENTENCES) + len(topics.BREAD.facts)
    assert len({voice.sentence() for _ in range(templates)}) == templates
    assert len(TITLES) > 5
    assert len(OPENINGS) > 5


@pytest.mark.parametrize(
    ("text", "path"),
    [("Café & Brot", "cafe-brot"), ("  Seven mistakes!  ", "seven-mistakes"), ("what's new", "what-s-new"), ("ß", "")],
)
def test_a_slug_is_plain(text, path):
    assert slug(text) == path


def test_punycode_is_for_names_outside_ascii_only():
    assert punycode("bäckerei-lindenhof.test") == "xn--bckerei-lindenhof-qqb.test"
    assert punycode("commonbook.test") == "commonbook.test"

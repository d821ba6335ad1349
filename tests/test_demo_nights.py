from collections import Counter

import pytest

from backlinks.demo import InventedWeb
from storage import Outcome


@pytest.fixture(scope="module")
def nights():
    return [InventedWeb(7, night=night) for night in (1, 2, 3)]


def test_links_are_won_lost_and_qualified_overnight(nights):
    before, after = (Counter(web.true_links()) for web in nights[:2])
    lost, won = before - after, after - before
    assert 50 < lost.total() < 500
    assert 50 < won.total() < 500
    requalified = {link[:3] for link in lost} & {link[:3] for link in won if link.rel == "nofollow"}
    assert requalified


def test_pages_appear_vanish_and_hide_overnight(nights):
    before, after = (web.true_pages() for web in nights[:2])
    assert sum(url.partition(".test")[2].startswith("/news/2") for url in after) == 6
    gone = [url for url, one in before.items() if one.outcome is Outcome.OK and after.get(url) and not after[url].title]
    assert gone
    assert [url for url, one in after.items() if one.noindex and url in before and not before[url].noindex]


def test_the_same_night_is_always_the_same_and_no_two_are(nights):
    assert Counter(InventedWeb(7, night=2).true_links()) == Counter(nights[1].true_links())
    assert Counter(nights[1].true_links()) != Counter(nights[2].true_links())


def test_the_third_night_goes_on_from_the_second(nights):
    first, second, third = (set(web.true_links()) for web in nights)
    assert len((second - first) & third) > len(second - first) / 2

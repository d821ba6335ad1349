"""Whose robots.txt is known, and what becomes of one that another host must be asked for."""

import pytest

from crawler import PolitenessOptions, UrlReader
from crawler.fetch import Fetch
from crawler.robots_desk import MAX_ELSEWHERE_SECONDS, RobotsDesk
from storage import FetchKind, Outcome, Waiting

NEAR, FAR = "https://a.test", "https://b.test/robots.txt"


async def nothing_stored(_origins):
    return {}


@pytest.fixture
def desk():
    urls = UrlReader(drop_parameters=(), user_platforms=())
    return RobotsDesk(nothing_stored, PolitenessOptions(), urls, product_token="backlinks")


def redirect(url, target):
    return Fetch(
        url=url, outcome=Outcome.REDIRECT, status=301, location=target, started_at=0.0, elapsed_seconds=0.1
    )  # fmt: skip


def answer(url, body):
    return Fetch(url=url, outcome=Outcome.OK, status=200, body=body, started_at=0.0, elapsed_seconds=0.1)


async def test_a_redirect_on_the_same_host_is_the_next_thing_to_ask(desk):
    standing = await desk.standing(NEAR)
    assert desk.answered(standing, redirect(standing.next_url, "/other.txt"), 1.0) is None
    assert (standing.next_url, standing.is_elsewhere, standing.is_known(1.0)) == (f"{NEAR}/other.txt", False, False)


async def test_a_redirect_to_another_host_is_an_errand_once_however_many_wait(desk):
    standings = [await desk.standing(origin) for origin in (NEAR, "http://a.test")]
    errands = [desk.answered(one, redirect(one.next_url, FAR), 1.0) for one in standings]
    assert errands == [Waiting(0, FAR, "b.test", 0, FetchKind.ROBOTS, 1), None]
    assert all(one.is_elsewhere for one in standings)
    assert desk.take_errand(errands[0]) == standings
    for one in standings:
        desk.answered(one, answer(FAR, b"User-agent: *\nDisallow: /x"), 2.0)
        assert one.is_known(2.0)
        assert not one.rules.allows(f"{one.origin}/x")
    assert desk.take_errand(errands[0]) == []


@pytest.mark.parametrize(("after", "is_overdue"), [(0.0, False), (MAX_ELSEWHERE_SECONDS, False), (601.0, True)])
async def test_nobody_waits_for_another_host_for_ever(desk, after, is_overdue):
    standing = await desk.standing(NEAR)
    desk.answered(standing, redirect(standing.next_url, FAR), 5.0)
    assert standing.is_overdue(5.0 + after) is is_overdue


async def test_what_was_given_up_denies_for_now_and_is_not_told_of_a_late_answer(desk):
    kept, given_up = await desk.standing(NEAR), await desk.standing("http://a.test")
    errand = desk.answered(kept, redirect(kept.next_url, FAR), 1.0)
    desk.answered(given_up, redirect(given_up.next_url, FAR), 1.0)
    desk.give_up(given_up, 700.0)
    assert given_up.is_known(700.0)
    assert given_up.denied_until() > 700.0
    assert given_up.next_url == "http://a.test/robots.txt"
    assert desk.take_errand(errand) == [kept]
    assert not kept.is_elsewhere

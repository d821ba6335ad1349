"""Whose robots.txt is known, and what becomes of one that another host must be asked for."""

import pytest

from crawler import PolitenessOptions, UrlReader
from crawler.fetch import Fetch
from crawler.robots_desk import MAX_ELSEWHERE_SECONDS, RobotsDesk
from storage import FetchKind, Outcome, Waiting

NEAR, FAR = "https://a.test", "https://b.test/robots.txt"
HUGE = b"User-agent: *\n" + b"Disallow: /private\n" * 2_000


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


async def test_a_file_that_could_not_be_had_for_our_own_fault_is_asked_for_again_at_once(desk):
    near, far = await desk.standing(NEAR), await desk.standing("https://b.test")
    for standing in (near, far):
        desk.give_up(standing, 1.0)
    desk.forgive("a.test")
    assert (near.is_known(2.0), near.denied_until()) == (False, None)
    assert far.denied_until() is not None
    desk.answered(near, answer(near.next_url, b""), 2.0)
    desk.forgive("a.test")
    assert near.is_known(3.0)


# How much is remembered.


class Store:
    """Counts what is read; answers with what was put there."""

    def __init__(self):
        self.records = {}
        self.reads = []

    async def read(self, origins):
        self.reads += origins
        return {origin: self.records[origin] for origin in origins if origin in self.records}


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def keeping(store):
    urls = UrlReader(drop_parameters=(), user_platforms=())
    return RobotsDesk(store.read, PolitenessOptions(), urls, product_token="backlinks")


async def ask(desk, origin, body=b""):
    standing = await desk.standing(origin)
    desk.answered(standing, answer(f"{origin}/robots.txt", body), 0.0)
    return standing


async def test_many_small_files_are_all_remembered(keeping, store):
    origins = [f"https://a{number}.test" for number in range(2_000)]
    for origin in origins:
        await ask(keeping, origin)
    store.reads.clear()
    for origin in origins:
        await keeping.standing(origin)
    assert store.reads == []


async def test_huge_files_push_out_those_not_used_for_the_longest_time(keeping, store):
    keeping.max_bytes = 10 * 7 * len(HUGE)
    origins = [f"https://a{number}.test" for number in range(30)]
    for origin in origins:
        await ask(keeping, origin, HUGE)
        await keeping.standing(origins[0])
    assert keeping._bytes <= keeping.max_bytes
    store.reads.clear()
    for origin in (origins[0], *origins[-8:]):
        await keeping.standing(origin)
    assert store.reads == []
    await keeping.standing(origins[1])
    assert store.reads == [origins[1]]


async def test_what_is_weighed_is_what_is_kept(keeping):
    keeping.max_bytes = 5 * 7 * len(HUGE)
    for number in range(20):
        await ask(keeping, f"https://a{number}.test", HUGE if number % 3 else b"")
        assert keeping._bytes == sum(standing.weight for standing in keeping._standings.values())


async def test_one_that_waits_for_an_answer_is_never_forgotten(keeping):
    keeping.max_bytes = 1
    waits = await keeping.standing(NEAR)
    errand = keeping.answered(waits, redirect(waits.next_url, FAR), 0.0)
    for number in range(5):
        await ask(keeping, f"https://a{number}.test", HUGE)
    assert await keeping.standing(NEAR) is waits
    assert keeping.take_errand(errand) == [waits]

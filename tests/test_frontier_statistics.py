import pytest

from crawler.frontier_statistics import Counts, IdleReason, Pass, Survey
from crawler.host_queue import HostQueueState
from storage import HostClock, Outcome
from tests.frontier_world import World


def seen(world):
    return world.frontier.statistics(world.now)


def leased(world):
    return list(iter(world.lease, None))


def test_counts_follow_the_moves():
    counts = Counts()
    counts.enter(HostQueueState.EMPTY)
    counts.enter(HostQueueState.EMPTY)
    counts.move(HostQueueState.EMPTY, HostQueueState.READY)
    assert counts.of(HostQueueState.EMPTY) == counts.of(HostQueueState.READY) == 1
    assert counts.of(HostQueueState.EMPTY, HostQueueState.READY) == 2


# Why nobody may be asked.


def test_with_nothing_there_nothing_is_left():
    assert seen(World()).idle_reason is IdleReason.NOTHING_LEFT


def test_while_someone_may_be_asked_it_is_not_idle():
    world = World()
    world.discover("a")
    assert seen(world).idle_reason is IdleReason.NOT_IDLE


@pytest.mark.parametrize("urls", [1, 2])
def test_while_all_hosts_are_being_asked_it_waits_for_them(urls):
    world = World()
    world.discover("a", urls)
    world.lease()
    assert seen(world).idle_reason is IdleReason.PAUSES


def test_between_two_requests_it_waits_for_the_pause():
    world = World()
    world.discover("a", 2)
    world.release(world.lease())
    assert (seen(world).hosts_pausing, seen(world).idle_reason) == (1, IdleReason.PAUSES)


def test_due_hosts_at_a_busy_address_wait_for_it():
    world = World(address_delay_seconds=5.0)
    for host in "ab":
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address="192.0.2.1"), now=0.0)
        world.discover(host)
    world.release(world.lease(), address="192.0.2.1")
    assert (seen(world).hosts_due, seen(world).idle_reason) == (1, IdleReason.ADDRESSES)


def test_hosts_being_read_from_disk_are_said_to_be():
    world = World()
    world.write("a", 2)
    world.frontier.add_host("a", domain="a", waiting_on_disk=2, now=0.0)
    assert seen(world).idle_reason is IdleReason.NOT_IDLE
    world.frontier.hungry(1, now=0.0)
    assert seen(world).idle_reason is IdleReason.READING


def test_a_rest_is_no_pause():
    world = World()
    world.discover("a", 2)
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=429, retry_after_seconds=30.0)
    assert (seen(world).hosts_resting, seen(world).hosts_pausing) == (1, 0)
    assert seen(world).idle_reason is IdleReason.RESTS
    world.now = 30.0
    assert (seen(world).hosts_resting, seen(world).idle_reason) == (0, IdleReason.NOT_IDLE)


def test_a_url_that_waits_for_its_time_is_a_pause():
    world = World(delay_seconds=1.0)
    world.discover("a")
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=500)
    world.now = 30.0
    assert (seen(world).hosts_pausing, seen(world).next_due) == (1, 60.0)


def test_a_run_that_had_its_pages_says_so():
    world = World(max_pages=1)
    world.discover("a", 2)
    world.lease()
    assert seen(world).idle_reason is IdleReason.PAGE_LIMIT


# How long it will take.


@pytest.mark.parametrize(
    ("urls", "more", "expected"),
    [
        (1, {}, 0.0),
        (11, {}, 10.0),
        (11, {"delay_seconds": 3.0}, 30.0),
        (11, {"delay_seconds": 3.0, "delay_jitter": 0.5}, 37.5),  # a quarter longer on average
        (500, {"budget": 6}, 5.0),
        (500, {"max_pages": 4}, 3.0),
        (500, {"budget": 6, "max_pages": 4}, 3.0),
    ],
)
def test_a_host_takes_its_pauses_as_far_as_its_budget_goes(urls, more, expected):
    world = World(**more)
    world.discover("a", urls)
    assert seen(world).seconds_left == pytest.approx(expected)


def test_the_slowest_host_decides():
    world = World()
    world.discover("a", 50)
    world.discover("b", 5)
    world.frontier.set_crawl_delay("b", 60.0)
    assert seen(world).seconds_left == pytest.approx(240.0)


def test_the_moment_a_host_is_ready_comes_on_top():
    world = World()
    world.frontier.add_host("a", domain="a", clock=HostClock(host="a", ready_at=100.0), waiting_on_disk=3, now=50.0)
    world.now = 60.0
    assert seen(world).seconds_left == pytest.approx(40.0 + 2.0)


def test_a_crowded_address_takes_longer_than_each_of_its_hosts():
    world = World(address_delay_seconds=2.0)
    for number in range(40):
        host = f"h{number}"
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address="192.0.2.1"), now=0.0)
        world.discover(host, 3)
    assert seen(world).seconds_left == pytest.approx(240.0)


def test_retired_hosts_take_no_time():
    world = World()
    world.discover("a", 50)
    world.release(world.lease(), outcome=Outcome.ADDRESS_REFUSED, status=None)
    assert seen(world).seconds_left == 0.0
    assert seen(world).hosts_retired == 1


def test_the_estimate_is_a_lower_bound_and_not_far_off():
    world = World(address_delay_seconds=0.1)
    for number in range(20):
        world.discover(f"h{number}", 5 + number)
    expected = seen(world).seconds_left
    world.run()
    assert expected <= world.now <= expected * 1.05 + 1.0


def test_every_host_is_counted_in_one_place():
    world = World(max_urls_in_memory=5)
    for number in range(12):
        world.discover(f"h{number}", 4)
    for turn, lease in enumerate(leased(world)):
        if turn % 4 == 0:
            world.release(lease, outcome=Outcome.HTTP_ERROR, status=429)
        elif turn % 4 == 1:
            world.release(lease)
        elif turn % 4 == 2:
            world.release(lease, outcome=Outcome.ADDRESS_REFUSED, status=None)
    counted = seen(world)
    assert counted.hosts == 12
    places = (
        counted.hosts_due,
        counted.hosts_pausing,
        counted.hosts_resting,
        counted.hosts_leased,
        counted.hosts_retired,
    )
    assert places == (0, 3, 3, 3, 3)


# Many hosts.


def busy_world(hosts):
    world = World()
    for number in range(hosts):
        world.discover(f"h{number}", 2)
    return world


def survey_of(world, hosts_a_look):
    """As the frontier's own, with a smaller look."""
    frontier = world.frontier
    survey = Survey(frontier._budgets, world.politeness, frontier._counts, hosts_a_look)
    for queue in frontier._hosts.values():
        survey.add(queue)
    return survey


def test_a_look_sees_a_bounded_number_of_hosts(monkeypatch):
    seen = []
    see = Pass.see
    monkeypatch.setattr(Pass, "see", lambda self, queue, now: seen.append(queue) or see(self, queue, now))
    survey = survey_of(busy_world(25), 10)
    survey.look(0.0, None)
    assert len(seen) == 25  # the first is whole
    for _ in range(5):
        seen.clear()
        survey.look(0.0, None)
        assert len(seen) <= 10


def test_looks_together_see_what_one_look_sees():
    world = busy_world(25)
    in_parts = survey_of(world, 10)
    in_parts.look(world.now, None)
    for lease in (world.lease() for _ in range(7)):
        world.release(lease)
    for _ in range(3):
        looked = in_parts.look(world.now, world.frontier.next_due())
    assert looked == seen(world)
    assert (looked.hosts_due, looked.hosts_pausing, looked.urls_in_memory) == (18, 7, 43)


def test_hosts_that_come_while_it_looks_are_seen_too():
    world = busy_world(15)
    survey = survey_of(world, 10)
    survey.look(0.0, None)
    survey.look(0.0, None)
    world.discover("late")
    survey.add(world.frontier._hosts["late"])
    assert survey.look(0.0, None).hosts_due == 16

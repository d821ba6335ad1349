"""What a lease costs, counted in heap operations, and that nobody who is due is forgotten."""

import random

import pytest

from crawler.host_queue import HostQueueState
from storage import HostClock, Outcome
from tests.frontier_world import World

ONE_EACH = "an address for each host"
UNKNOWN = "no address known"
ONE_FOR_ALL = "one address for all"

MAX_OPERATIONS = 8
"""Per lease and release: out of two heaps, into two, and the stale entries of earlier moves."""


def world_of(hosts, addresses, *, urls=1, **more):
    world = World(**more)
    for number in range(hosts):
        host = f"h{number}"
        address = {ONE_EACH: f"192.0.2.{number}", UNKNOWN: None, ONE_FOR_ALL: "192.0.2.1"}[addresses]
        clock = HostClock(host=host, address=address)
        world.frontier.add_host(host, domain=host, clock=clock, now=0.0)
        world.discover(host, urls)
    return world


def operations_per_lease(world, leases):
    before = world.frontier.operations
    for _ in range(leases):
        lease = world.lease_next()
        world.release(lease, address=lease.address)
    return (world.frontier.operations - before) / leases


@pytest.mark.parametrize("addresses", [ONE_EACH, UNKNOWN, ONE_FOR_ALL])
@pytest.mark.parametrize("urls", [1, 5])
def test_a_lease_costs_the_same_with_100_hosts_and_with_10_000(addresses, urls):
    few = operations_per_lease(world_of(100, addresses, urls=urls), 100 * urls)
    many = operations_per_lease(world_of(10_000, addresses, urls=urls), 5_000)
    assert few <= MAX_OPERATIONS
    assert many <= MAX_OPERATIONS
    assert many <= few + 1


@pytest.mark.slow
@pytest.mark.parametrize("addresses", [ONE_EACH, UNKNOWN, ONE_FOR_ALL])
def test_a_lease_costs_the_same_with_100_000_hosts(addresses):
    assert operations_per_lease(world_of(100_000, addresses), 20_000) <= MAX_OPERATIONS


def test_asking_when_nobody_is_due_costs_nothing():
    world = world_of(1_000, ONE_FOR_ALL)
    world.lease()
    world.lease()
    before = world.frontier.operations
    for _ in range(1_000):
        assert world.frontier.lease(world.now) is None
    assert world.frontier.operations == before


def test_hosts_that_rest_for_hours_cost_those_that_work_nothing():
    world = world_of(2_000, ONE_FOR_ALL, urls=3, address_delay_seconds=0.0)
    resting = 1_900
    for _ in range(resting):
        world.release(world.lease_next(), outcome=Outcome.HTTP_ERROR, status=503, retry_after_seconds=9_999.0)
    assert operations_per_lease(world, 200) <= MAX_OPERATIONS


def test_learning_addresses_one_by_one_costs_no_more():
    world = world_of(3_000, UNKNOWN, urls=2, address_delay_seconds=0.001)
    before = world.frontier.operations
    leases = 0
    while (lease := world.lease_next()) is not None:
        world.release(lease, address=f"192.0.2.{hash(lease.host) % 5}")
        leases += 1
    assert leases == 6_000
    assert (world.frontier.operations - before) / leases <= MAX_OPERATIONS


def test_a_crowd_on_one_address_leaves_the_others_alone():
    world = world_of(5_000, ONE_FOR_ALL)
    for number in range(50):
        world.discover(f"other{number}")
    leased = []
    while (lease := world.lease()) is not None:
        leased.append(lease.host)
    assert len(leased) == 51


# Nobody starves.


def due_hosts(frontier, now):
    """Slow and obvious: who may be asked now, by looking at everyone."""
    waiting = (HostQueueState.READY, HostQueueState.RESTING)
    return {
        queue.name: queue.ready_at
        for queue in frontier._hosts.values()
        if queue.state in waiting and queue.due <= now and queue.group.ready_at <= now
    }


def test_whoever_has_been_due_longest_is_next():
    dice = random.Random(3)
    world = World(delay_seconds=1.0, delay_jitter=0.5, address_delay_seconds=0.5)
    for number in range(60):
        address = f"192.0.2.{dice.randrange(12)}" if number % 3 else None
        host = f"h{number}"
        clock = HostClock(host=host, ready_at=dice.random() * 30, address=address)
        world.frontier.add_host(host, domain=host, clock=clock, now=1_000.0)
    world.now = 1_000.0
    for number in range(60):
        world.discover(f"h{number}", 10)
    for _ in range(500):
        world.now += dice.random() * 0.05
        due = due_hosts(world.frontier, world.now)
        lease = world.frontier.lease(world.now)
        assert (lease is None) == (not due)
        if lease is not None:
            assert due[lease.host] == min(due.values())
            world.release(lease, address=lease.address)


def test_under_load_a_crowded_address_gets_the_turns_of_all_its_hosts():
    world = world_of(50, ONE_FOR_ALL, urls=30, address_delay_seconds=0.1)
    for number in range(200):
        world.discover(f"other{number}", 30)
    crowd = others = 0
    for turn in range(3_000):  # ten requests a second, where more than two hundred are due each second
        world.now = turn * 0.1
        lease = world.lease()
        if lease.host.startswith("other"):
            others += 1
        else:
            crowd += 1
        world.release(lease, address=lease.address)
    assert crowd / others == pytest.approx(50 / 200, rel=0.1)


def test_new_hosts_without_end_do_not_keep_old_ones_from_their_turn():
    world = world_of(20, ONE_EACH, urls=50)
    old = 0
    for turn in range(600):  # one request a second, and a new host too
        world.now = float(turn)
        world.discover(f"new{turn}")
        lease = world.lease()
        old += not lease.host.startswith("new")
        world.release(lease, address=lease.address)
    assert old >= 100


@pytest.mark.parametrize("addresses", [ONE_EACH, UNKNOWN, ONE_FOR_ALL])
def test_a_due_host_waits_no_longer_than_the_others_before_it_take(addresses):
    world = world_of(200, addresses, urls=20, delay_seconds=1.0, address_delay_seconds=0.01)
    since = {}
    longest = 0
    for turn in range(4_000):
        lease = world.lease_next()
        longest = max(longest, turn - since.get(lease.host, turn))
        since[lease.host] = turn
        world.release(lease, address=lease.address)
    assert longest <= 200


def test_memory_for_one_url_each_starves_nobody():
    world = world_of(300, UNKNOWN, urls=6, max_urls_in_memory=10)
    order = world.run()
    assert len(order) == 1_800
    assert world.now < 20.0  # six rounds of a second each, whatever had to be read


def test_slow_hosts_that_fill_memory_do_not_keep_others_from_theirs():
    world = World(max_urls_in_memory=50)
    for number in range(100):
        world.discover(f"slow{number}", 5)
        world.frontier.set_crawl_delay(f"slow{number}", 300.0)
    for number in range(10):
        world.discover(f"quick{number}", 30)
    quick = 0
    while world.now < 60.0:
        lease = world.lease_next()
        quick += lease.host.startswith("quick")
        world.release(lease)
    assert quick == 300

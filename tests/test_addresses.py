import random

import pytest

from crawler.addresses import Addresses
from crawler.due_heap import Operations


class Host:
    def __init__(self, name):
        self.name = name
        self.group = None
        self.due = 0.0
        self.ticket = 0
        self.heap = None


def addresses(delay=0.25):
    return Addresses(delay, Operations())


def hosts_at(some, address, count, *, due=0.0):
    hosts = [Host(f"{address}-{number}") for number in range(count)]
    for host in hosts:
        some.join(host, address)
        some.wait(host, due)
    return hosts


def test_nobody_waits_to_begin_with():
    some = addresses()
    assert some.take(1e9) is None
    assert some.next_due() is None


def test_a_host_is_taken_when_it_is_due_and_not_before():
    some = addresses()
    (host,) = hosts_at(some, "192.0.2.1", 1, due=5.0)
    assert some.next_due() == 5.0
    assert some.take(4.999) is None
    assert some.take(5.0) is host
    assert some.take(5.0) is None


def test_after_a_request_the_whole_address_has_its_pause():
    some = addresses(0.25)
    hosts_at(some, "192.0.2.1", 3)
    moments = []
    now = 0.0
    while (due := some.next_due()) is not None:
        now = max(now, due)
        some.charge(some.take(now), now)
        moments.append(now)
    assert moments == [0.0, 0.25, 0.5]


def test_addresses_do_not_wait_for_each_other():
    some = addresses(100.0)
    hosts_at(some, "192.0.2.1", 1)
    hosts_at(some, "192.0.2.2", 1)
    for _ in range(2):
        some.charge(some.take(0.0), 0.0)
    assert some.next_due() is None


def test_hosts_of_unknown_address_do_not_wait_for_each_other():
    some = addresses(100.0)
    hosts = hosts_at(some, None, 3)
    taken = []
    for _ in hosts:
        taken.append(some.take(0.0))
        some.charge(taken[-1], 0.0)
    assert {id(host) for host in taken} == {id(host) for host in hosts}
    assert some.next_due() is None


def test_a_charge_is_undone_when_nothing_was_asked():
    some = addresses(10.0)
    host, _ = hosts_at(some, "192.0.2.1", 2)
    charge = some.charge(some.take(0.0), 0.0)
    assert not some.is_due(host, 1.0)
    some.refund(charge)
    assert some.is_due(host, 0.0)
    assert some.next_due() == 0.0


def test_a_charge_is_not_undone_under_a_later_request():
    some = addresses(10.0)
    hosts_at(some, "192.0.2.1", 3)
    first = some.charge(some.take(0.0), 0.0)
    some.charge(some.take(10.0), 10.0)
    some.refund(first)
    assert some.next_due() == 20.0


def test_a_late_charge_never_brings_an_address_forward():
    some = addresses(10.0)
    hosts_at(some, "192.0.2.1", 3)
    some.charge(some.take(5.0), 5.0)
    host = Host("late")
    some.join(host, "192.0.2.1")
    some.charge(host, 1.0)
    assert some.next_due() == 15.0


def test_a_host_that_moves_waits_at_its_new_address():
    some = addresses(10.0)
    hosts_at(some, "192.0.2.1", 2)
    some.charge(some.take(0.0), 0.0)
    mover = some.take(10.0)
    some.join(mover, "192.0.2.2")
    some.wait(mover, 0.0)
    assert some.take(0.0) is mover


def test_joining_the_address_one_is_at_changes_nothing():
    some = addresses()
    (host,) = hosts_at(some, "192.0.2.1", 1)
    group = host.group
    assert some.join(host, "192.0.2.1") is group
    assert group.members == 1
    assert some.take(0.0) is host


def test_a_host_that_withdraws_is_not_taken():
    some = addresses()
    first, second = hosts_at(some, "192.0.2.1", 2)
    some.withdraw(first)
    assert some.take(0.0) is second
    some.withdraw(second)
    assert some.next_due() is None


def test_addresses_that_nobody_is_at_any_more_are_forgotten_once_they_are_due():
    some = addresses(0.25)
    host = Host("traveller")
    for number in range(1_000):
        some.join(host, f"192.0.2.{number}")
        some.charge(host, float(number))
    some.join(host, None)
    assert len(some) < 10


def test_an_address_that_was_just_asked_is_remembered_though_its_host_left():
    some = addresses(10.0)
    host = Host("a")
    some.join(host, "192.0.2.1")
    some.charge(host, 0.0)
    some.join(host, "192.0.2.2")
    other = Host("b")
    some.join(other, "192.0.2.1")
    some.wait(other, 0.0)
    assert some.next_due() == 10.0


def test_an_address_that_was_forgotten_and_came_back_is_not_forgotten_for_its_past():
    some = addresses(1.0)
    host, other = Host("a"), Host("b")
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"):
        some.join(host, address)
    some.join(other, "192.0.2.3")
    some.charge(other, 5.0)  # forgets what was left
    some.join(host, "192.0.2.1")
    some.charge(host, 6.0)
    some.charge(other, 6.5)
    third = Host("c")
    some.join(third, "192.0.2.1")
    assert third.group is host.group


@pytest.mark.parametrize("seed", range(5))
def test_it_chooses_what_a_look_at_everyone_would_choose(seed):
    dice = random.Random(seed)
    some = addresses(0.5)
    ready = {}
    waiting = {}
    started = {}
    for number in range(40):
        host = Host(str(number))
        some.join(host, f"192.0.2.{dice.randrange(6)}")
        waiting[host] = dice.random() * 10
        some.wait(host, waiting[host])
    now = 0.0
    for _ in range(400):
        now += dice.random() * 0.2
        due = {host: moment for host, moment in waiting.items() if moment <= now}
        free = {host for host in due if now >= started.get(host.group.address, -1.0) + 0.5}
        host = some.take(now)
        assert (host is None) == (not free)
        if host is None:
            continue
        assert host in free
        assert waiting[host] == min(waiting[other] for other in free)
        some.charge(host, now)
        started[host.group.address] = now
        if dice.random() < 0.2:
            some.join(host, f"192.0.2.{dice.randrange(6)}")
        ready[host] = waiting[host] = now + dice.random() * 3
        some.wait(host, ready[host])

import pytest

from crawler.errors import FrontierError
from crawler.frontier import PAGE_BUDGET
from crawler.frontier_statistics import IdleReason
from crawler.host_queue import NO_ROW
from storage import FetchKind, HostClock, Outcome
from tests.frontier_world import World, fetched, waiting

# One host.


def test_an_empty_frontier_leases_nothing_and_is_exhausted():
    world = World()
    assert world.lease() is None
    assert world.frontier.is_exhausted()
    assert world.frontier.next_due() is None


def test_urls_of_a_host_come_by_depth_and_then_by_age():
    world = World()
    for depth in (3, 1, 2, 1, 0):
        world.discover("a", depth=depth)
    assert world.run() == [5, 2, 4, 3, 1]


def test_a_host_is_asked_once_at_a_time():
    world = World()
    world.discover("a", 3)
    assert world.lease() is not None
    world.now += 1_000
    assert world.lease() is None


def test_a_host_has_its_pause_after_each_request():
    world = World(delay_seconds=2.0)
    world.discover("a", 2)
    lease = world.lease()
    world.now = 10.0
    world.release(lease)
    world.now = 11.9
    assert world.lease() is None
    assert world.frontier.next_due() == 12.0
    world.now = 12.0
    assert world.lease() is not None


def test_a_url_is_never_leased_twice_however_often_it_is_added():
    world = World()
    (row,) = world.discover("a")
    for _ in range(3):
        world.frontier.add(row, domain="a", now=0.0)
    lease = world.lease()
    world.frontier.add(row, domain="a", now=0.0)
    record = fetched(lease, world.now)
    verdict = world.politeness.judge(world.frontier.clock_of("a"), record, now=0.0)
    world.frontier.release(lease, verdict, now=0.0)
    world.frontier.add(row, domain="a", now=0.0)  # its end is not on disk yet
    world.now = 100.0
    assert world.lease() is None


def test_a_url_that_came_nearer_moves_up_and_is_still_leased_once():
    world = World()
    rows = world.discover("a", 3, depth=4)
    world.disk["a"][3] = rows[2]._replace(depth=1)
    world.frontier.add(rows[2]._replace(depth=1), domain="a", now=0.0)
    assert world.run() == [3, 1, 2]


def test_a_lease_ends_once():
    world = World()
    world.discover("a", 2)
    lease = world.lease()
    world.release(lease)
    with pytest.raises(FrontierError, match="lease of a"):
        world.frontier.put_back(lease, now=0.0)


def test_a_url_handed_back_is_next_again_and_costs_nothing():
    world = World()
    world.discover("a", 3)
    first = world.lease()
    world.frontier.put_back(first, now=0.0)
    again = world.lease()
    assert again.waiting == first.waiting
    assert world.frontier.pages_spent == 0


def test_when_robots_txt_was_asked_instead_the_url_waits_out_the_pause():
    world = World()
    world.discover("a")
    lease = world.lease()
    robots = fetched(lease, 0.0)
    verdict = world.politeness.judge(world.frontier.clock_of("a"), robots, now=0.0)
    world.frontier.put_back(lease, verdict=verdict, now=0.0)
    assert world.lease() is None
    world.now = 1.0
    assert world.lease().waiting == lease.waiting


def test_a_dropped_url_is_gone_and_the_next_may_be_asked_at_once():
    world = World()
    world.discover("a", 2)
    world.frontier.drop(world.lease(), now=0.0)
    assert world.lease().waiting.url_id == 2


def test_a_crawl_delay_counts_from_the_next_verdict_on():
    world = World()
    world.discover("a", 2)
    lease = world.lease()
    world.frontier.set_crawl_delay("a", 30.0)
    world.release(lease)
    assert world.frontier.next_due() == 30.0


def test_a_url_that_waits_for_its_time_does_not_hold_up_the_others():
    world = World()
    world.discover("a", 3)
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=500)
    order = []
    while (lease := world.lease_next()) is not None:
        order.append((lease.waiting.url_id, lease.tries.attempts))
        world.release(lease)
    assert order == [(2, 0), (3, 0), (1, 1)]
    assert world.now == 60.0


def test_a_url_stored_with_a_later_time_is_not_asked_before():
    world = World()
    world.write("a", 1, not_before=500.0, attempts=1)
    world.write("a", 2)
    world.frontier.add_host("a", domain="a", waiting_on_disk=3, now=0.0)
    assert world.run() == [2, 3, 1]
    assert world.now >= 500.0


def test_a_host_that_rests_is_not_asked_and_keeps_its_urls():
    world = World()
    world.discover("a", 3)
    world.discover("b", 3)
    lease = world.lease()
    verdict = world.release(lease, outcome=Outcome.HTTP_ERROR, status=429, retry_after_seconds=500.0)
    assert verdict.clock.ready_at == 500.0
    (resting,) = world.frontier.resting(world.now)
    assert resting.host == lease.host
    others = [world.frontier.lease(float(now)) for now in range(1, 4)]
    assert [other.host for other in others if other] == ["b"]
    world.frontier.put_back(others[0], now=3.0)
    assert len(world.run()) == 6
    assert world.now >= 500.0


def test_a_long_rest_leaves_the_urls_to_the_disk():
    world = World()
    world.discover("a", 10)
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=503, retry_after_seconds=3_600.0)
    assert world.frontier.urls_in_memory == 1  # the one that was tried: the disk may not know of it yet
    world.now = 3_600.0
    assert len(world.run()) == 10


def test_a_retired_host_leaves_its_urls_to_the_next_run():
    world = World()
    world.discover("a", 50)
    while (lease := world.lease_next()) is not None:
        world.release(lease, outcome=Outcome.CONNECT_ERROR, status=None)
    (retired,) = world.frontier.retired()
    assert "5 failed connections" in retired.retired_reason
    assert world.frontier.is_exhausted()
    assert world.frontier.urls_in_memory == 0
    assert len(world.disk["a"]) == 50
    world.discover("a")
    assert world.lease() is None


# Addresses.


def test_two_hosts_of_one_address_are_kept_apart():
    world = World(address_delay_seconds=0.25)
    for host in "abc":
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address="192.0.2.1"), now=0.0)
        world.discover(host)
    starts = []
    while (lease := world.lease_next()) is not None:
        starts.append(world.now)
        assert lease.address == "192.0.2.1"
    assert starts == [0.0, 0.25, 0.5]


def test_a_slow_host_does_not_hold_up_those_that_share_its_address():
    world = World(address_delay_seconds=0.25)
    for host in "ab":
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address="192.0.2.1"), now=0.0)
        world.discover(host)
    assert world.lease() is not None
    world.now = 0.25
    assert world.lease() is not None


def test_an_address_learnt_from_a_fetch_is_kept_from_then_on():
    world = World(address_delay_seconds=10.0)
    for host in "ab":
        world.discover(host, 2)
    first, second = world.lease(), world.lease()
    world.release(first, address="192.0.2.1")
    world.now = 2.0
    world.release(second, address="192.0.2.1")
    assert world.frontier.next_due() == 10.0
    world.now = 10.0
    assert world.lease() is not None
    assert world.lease() is None
    assert world.frontier.next_due() == 20.0


def test_an_address_looked_up_before_the_request_is_kept_at_once():
    world = World(address_delay_seconds=0.25)
    for host in "abc":
        world.discover(host)
    starts = []
    while (lease := world.lease_next()) is not None:
        if world.frontier.settle_address(lease, "192.0.2.1", now=world.now):
            starts.append(world.now)
            world.release(lease, address="192.0.2.1")
        else:
            world.frontier.put_back(lease, now=world.now)
    assert starts == [0.0, 0.25, 0.5]


def test_an_address_is_not_charged_for_what_was_not_asked():
    world = World(address_delay_seconds=5.0)
    for host in "ab":
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address="192.0.2.1"), now=0.0)
        world.discover(host)
    world.frontier.drop(world.lease(), now=0.0)
    assert world.lease() is not None


def test_a_host_that_moved_to_another_address_is_kept_by_that_one():
    world = World(address_delay_seconds=10.0, delay_seconds=1.0)
    for host, address in (("a", "192.0.2.1"), ("b", "192.0.2.2")):
        world.frontier.add_host(host, domain=host, clock=HostClock(host=host, address=address), now=0.0)
        world.discover(host, 2)
    first, second = world.lease(), world.lease()
    assert first is not None
    world.release(first, address="192.0.2.2")
    world.release(second, address="192.0.2.2")
    world.now = 5.0
    assert world.lease() is None


def test_a_host_that_was_looked_up_elsewhere_and_not_asked_is_charged_where_it_is():
    world = World(address_delay_seconds=10.0)
    world.frontier.add_host("a", domain="a", clock=HostClock(host="a", address="192.0.2.1"), now=0.0)
    world.discover("a")
    lease = world.lease()
    assert world.frontier.settle_address(lease, "192.0.2.2", now=0.0)
    world.frontier.put_back(lease, now=0.0)
    world.discover("b")
    other = world.lease_next()
    again = world.lease_next()
    pair = {lease.host: lease for lease in (other, again)}
    assert world.frontier.settle_address(pair["b"], "192.0.2.1", now=0.0)
    assert not world.frontier.settle_address(pair["a"], "192.0.2.1", now=0.0)


# Disk and memory.


def test_a_host_on_disk_is_hungry_once_and_comes_back_with_its_rows():
    world = World()
    world.write("a", 5)
    world.frontier.add_host("a", domain="a", waiting_on_disk=5, now=0.0)
    ((host, limit),) = world.frontier.hungry(10, now=0.0)
    assert host == "a"
    assert limit >= 5
    assert world.frontier.hungry(10, now=0.0) == []
    assert world.frontier.lease(0.0) is None
    assert not world.frontier.is_exhausted()
    world.frontier.refill("a", world.read("a", limit)[0], now=0.0, is_all=True)
    assert world.run() == [1, 2, 3, 4, 5]


def test_a_refill_that_nobody_asked_for_is_refused():
    world = World()
    world.discover("a")
    with pytest.raises(FrontierError, match="did not ask"):
        world.frontier.refill("a", [], now=0.0, is_all=True)


def test_no_more_than_64_urls_of_a_host_are_in_memory():
    world = World()
    world.discover("a", 200)
    assert world.frontier.urls_in_memory == 64
    world.now = 1.0
    assert world.run() == list(range(1, 201))


def test_many_hosts_share_the_memory_and_each_has_at_least_one_url():
    world = World(max_urls_in_memory=100)
    for turn in range(400):
        world.discover(f"h{turn}", 3)
    assert world.frontier.urls_in_memory <= 100 + 400
    assert len(world.run()) == 1_200


def test_a_nearer_url_goes_before_those_in_memory_though_the_disk_holds_more():
    world = World()
    world.discover("a", 100, depth=3)
    (near,) = world.discover("a", depth=1)
    assert world.lease().waiting == near
    assert world.frontier.urls_in_memory == 63


def test_a_refill_never_brings_back_what_was_fetched_and_not_yet_committed():
    world = World(max_urls_in_memory=1)
    world.discover("a", 3)
    lease = world.lease()
    (hungry,) = world.frontier.hungry(1, now=0.0)
    verdict = world.politeness.judge(world.frontier.clock_of("a"), fetched(lease, 0.0), now=0.0)
    world.frontier.release(lease, verdict, now=0.0)
    snapshot = world.read("a", hungry.limit)  # the fetched URL's row is still there
    assert lease.waiting in snapshot[0]
    world.frontier.refill("a", snapshot[0], now=0.0, is_all=snapshot[1])
    assert lease.waiting.url_id not in world.run()


def test_a_commit_that_overtakes_a_refill_does_not_bring_a_url_back():
    world = World(max_urls_in_memory=1)
    world.discover("a", 3)
    lease = world.lease()
    (hungry,) = world.frontier.hungry(1, now=0.0)
    rows, is_all = world.read("a", hungry.limit)
    world.release(lease)  # committed and forgotten while the rows read before are on their way
    world.frontier.refill("a", rows, now=0.0, is_all=is_all)
    assert sorted(world.run()) == [2, 3]


def test_a_url_discovered_while_a_refill_is_on_its_way_is_not_lost():
    world = World(max_urls_in_memory=1)
    world.discover("a", 2)
    world.release(world.lease())
    (hungry,) = world.frontier.hungry(1, now=0.0)
    rows, is_all = world.read("a", hungry.limit)
    world.discover("a", 5)
    world.frontier.refill("a", rows, now=0.0, is_all=is_all)
    assert sorted(world.run()) == [2, 3, 4, 5, 6, 7]


def test_hosts_that_are_due_later_are_not_read_yet():
    world = World()
    for host, ready_at, why in (("soon", 5.0, None), ("late", 5_000.0, "HTTP 503")):
        world.write(host, 2)
        clock = HostClock(host=host, ready_at=ready_at, rest_reason=why)
        world.frontier.add_host(host, domain=host, clock=clock, waiting_on_disk=2, now=0.0)
    assert [hungry.host for hungry in world.frontier.hungry(10, now=0.0)] == ["soon"]
    assert [hungry.host for hungry in world.frontier.hungry(10, now=4_995.0)] == ["late"]


# Errands.


def test_an_errand_goes_before_all_urls_and_uses_no_budget():
    world = World(budget=1)
    world.discover("a", 2, depth=0)
    errand = waiting(NO_ROW, "a", kind=FetchKind.ROBOTS)
    world.frontier.add_errand(errand, domain="a", now=0.0)
    assert [world.lease_next().kind for _ in range(1)] == [FetchKind.ROBOTS]


def test_an_errand_wakes_a_host_that_has_nothing_else():
    world = World()
    world.frontier.add_errand(waiting(NO_ROW, "a", kind=FetchKind.ROBOTS), domain="a", now=0.0)
    world.release(world.lease())
    assert world.frontier.is_exhausted()


def test_a_url_with_a_row_is_no_errand():
    world = World()
    with pytest.raises(FrontierError, match="no frontier row"):
        world.frontier.add_errand(waiting(7, "a"), domain="a", now=0.0)


# Budgets.


def test_a_domains_page_budget_is_never_exceeded_and_its_urls_stay_on_disk():
    world = World(budget=7)
    for host in ("www.a", "blog.a", "shop.a"):
        world.discover(host, 10, domain="a")
    world.discover("b", 3)
    order = world.run()
    assert len([url_id for url_id in order if url_id <= 30]) == 7
    assert len(order) == 10
    assert {clock.retired_reason for clock in world.frontier.retired()} == {PAGE_BUDGET}
    assert sum(map(len, world.disk.values())) == 23


def test_pages_that_are_out_count_against_the_budget():
    world = World(budget=2)
    for turn in range(5):
        world.discover(f"h{turn}.a", domain="a")
    leases = [world.lease() for _ in range(5)]
    assert [lease is not None for lease in leases] == [True, True, False, False, False]
    world.frontier.put_back(leases[0], now=0.0)
    assert world.lease() is not None
    assert world.lease() is None


def test_a_page_given_back_wakes_a_host_that_waits_for_one():
    world = World(budget=1)
    world.discover("h1.a", domain="a")
    world.discover("h2.a", domain="a")
    first = world.lease()
    assert world.lease() is None
    world.frontier.drop(first, now=0.0)
    assert {first.host, world.lease().host} == {"h1.a", "h2.a"}


def test_with_its_last_page_a_domain_leaves_memory_at_once():
    world = World(budget=2)
    for host in ("h1.a", "h2.a", "h3.a"):
        world.discover(host, 5, domain="a")
    first, second = world.lease(), world.lease()
    world.release(first)
    assert world.frontier.urls_in_memory > 0
    world.release(second)
    assert world.frontier.urls_in_memory == 0
    assert len(list(world.frontier.retired())) == 3


def test_sitemaps_and_robots_use_no_page_budget():
    world = World(budget=1)
    world.discover("a", 3, kind=FetchKind.SITEMAP, depth=0)
    world.discover("a", 3)
    kinds = []
    while (lease := world.lease_next()) is not None:
        kinds.append(lease.kind)
        world.release(lease)
    assert kinds == [FetchKind.SITEMAP] * 3 + [FetchKind.PAGE]


def test_a_page_that_is_tried_again_is_counted_once():
    world = World(budget=2)
    world.discover("a", 3)
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=500)
    assert world.frontier.pages_spent == 0
    assert sorted(world.run()) == [2, 3]
    assert world.frontier.pages_spent == 2


def test_the_runs_page_limit_is_met_exactly():
    world = World(max_pages=10)
    for turn in range(50):
        world.discover(f"h{turn}", 3)
    out = []
    while (lease := world.lease()) is not None:
        out.append(lease)
    assert len(out) == 10
    assert world.frontier.next_due() is None
    assert not world.frontier.is_exhausted()
    for lease in out:
        world.release(lease)
    assert world.frontier.is_exhausted()
    assert world.frontier.statistics(world.now).idle_reason is IdleReason.PAGE_LIMIT


def test_a_restart_goes_on_with_what_was_spent():
    world = World(budget=5, max_pages=8)
    world.frontier = world.new_frontier(pages_spent=4)
    world.frontier.add_domain("a", pages_spent=4)
    for domain in "ab":
        world.discover(domain, 10)
    order = world.run()
    assert len(order) == 4
    assert len([url_id for url_id in order if url_id <= 10]) == 1


def test_a_budget_that_grew_brings_the_domain_back():
    world = World(budget=lambda referring_domains: 2 + referring_domains)
    world.discover("a", 7)
    assert len(world.run()) == 2
    world.frontier.note_referring({"a": 0}, now=world.now)
    assert world.lease_next() is None
    world.frontier.note_referring({"a": 2}, now=world.now)
    assert len(world.run()) == 2
    world.frontier.note_referring({"a": 3}, now=world.now)
    assert len(world.run()) == 1


def test_what_was_earned_is_not_taken_back_when_a_link_vanishes():
    world = World(budget=lambda referring_domains: 1 + referring_domains)
    world.discover("a", 9)
    world.frontier.note_referring({"a": 4}, now=world.now)
    world.frontier.note_referring({"a": 1}, now=world.now)
    assert len(world.run()) == 5


def test_news_of_a_domain_that_nobody_waits_for_is_left_out():
    world = World(budget=lambda referring_domains: 1 + referring_domains)
    world.frontier.note_referring({"elsewhere": 4}, now=0.0)
    assert world.frontier.statistics(0.0).hosts == 0


def test_each_domain_that_spends_its_budget_is_asked_about_once():
    world = World(budget=lambda referring_domains: 2 + referring_domains)
    for host in ("x.a", "y.a"):
        world.discover(host, 3, domain="a")
    world.discover("b", 1)
    world.run()
    assert world.frontier.spent_domains == ["a"]
    world.frontier.spent_domains.clear()
    world.frontier.note_referring({"a": 1}, now=world.now)
    assert len(world.run()) == 1
    assert world.frontier.spent_domains == []


def test_a_budget_that_was_spent_before_a_restart_is_asked_about_too():
    world = World(budget=lambda referring_domains: 2 + referring_domains)
    world.frontier.add_domain("a", pages_spent=2)
    world.write("x.a", 3)
    world.frontier.add_host("x.a", domain="a", waiting_on_disk=3, now=0.0)
    assert world.frontier.spent_domains == ["a"]
    world.frontier.note_referring({"a": 2}, now=0.0)
    assert len(world.run()) == 2


def test_a_budget_that_grows_while_its_last_page_is_out_lets_the_next_host_go():
    world = World(budget=lambda referring_domains: 1 + referring_domains)
    for host in ("x.a", "y.a"):
        world.discover(host, 1, domain="a")
    world.lease()
    assert world.lease() is None
    world.frontier.note_referring({"a": 1}, now=0.0)
    assert world.lease().host == "y.a"


# Restarts and statistics.


def test_a_restart_is_as_polite_as_no_restart():
    world = World()
    world.discover("a", 5)
    world.release(world.lease(), outcome=Outcome.HTTP_ERROR, status=429, retry_after_seconds=900.0)
    stored = world.frontier.clock_of("a")
    world.frontier = world.new_frontier()
    world.now = 10.0
    world.frontier.add_host("a", domain="a", clock=stored, waiting_on_disk=5, now=world.now)
    lease = world.lease_next()
    assert lease is not None
    assert world.now >= 900.0


def test_an_address_asked_just_before_a_kill_has_its_pause_after_it():
    world = World(address_delay_seconds=5.0)
    stored = HostClock(host="a", ready_at=999.0, address="192.0.2.1")
    world.now = 1_000.0
    world.frontier.add_host("a", domain="a", clock=stored, now=world.now)
    world.frontier.add_host("b", domain="b", clock=HostClock(host="b", address="192.0.2.1"), now=world.now)
    world.discover("b")
    assert world.lease() is None
    assert world.frontier.next_due() == 1_005.0


def test_adding_a_known_host_again_changes_nothing():
    world = World()
    world.discover("a", 2)
    world.frontier.add_host("a", domain="z", clock=HostClock(host="a", ready_at=1e6), waiting_on_disk=99, now=0.0)
    assert world.run() == [1, 2]


def test_statistics_tell_hosts_apart_and_say_how_long_it_will_take():
    world = World(delay_seconds=2.0, address_delay_seconds=0.5)
    world.discover("due", 10)
    world.discover("out", 3)
    world.discover("rest", 3)
    world.discover("gone", 3)
    leases = {lease.host: lease for lease in iter(world.lease, None)}
    world.release(leases["rest"], outcome=Outcome.HTTP_ERROR, status=429, retry_after_seconds=50.0)
    world.release(leases["gone"], outcome=Outcome.ADDRESS_REFUSED, status=None)
    world.release(leases["due"])
    world.now = 3.0
    seen = world.frontier.statistics(world.now)
    assert (seen.hosts, seen.hosts_due, seen.hosts_leased, seen.hosts_resting, seen.hosts_retired) == (4, 1, 1, 1, 1)
    assert seen.idle_reason is IdleReason.NOT_IDLE
    assert seen.urls_in_memory + seen.urls_on_disk == 9 + 2 + 3 + 2
    assert seen.seconds_left == pytest.approx(50 - 3 + 2 * 2.0)
    assert seen.next_due == 2.0


@pytest.mark.parametrize("hosts", [1, 2])
def test_when_all_that_is_left_rests_the_statistics_say_so_and_until_when(hosts):
    world = World()
    for turn in range(hosts):
        world.discover(f"h{turn}", 2)
    for lease in list(iter(world.lease, None)):
        world.release(lease, outcome=Outcome.HTTP_ERROR, status=503, retry_after_seconds=5_000.0)
    seen = world.frontier.statistics(world.now)
    assert seen.idle_reason is IdleReason.RESTS
    assert seen.next_due == 5_000.0


# Room for everybody.


def lease_all(world, room):
    """As many as may be out at once, as the crawl leases them."""
    leases = []
    while len(leases) < room and (lease := world.lease()) is not None:
        leases.append(lease)
    return leases


@pytest.mark.parametrize(("greedy", "share"), [(1, 33), (2, 22), (3, 17)])
def test_domains_with_names_without_end_leave_room_for_others(greedy, share):
    """Nobody may have more out than could still be begun, however long it has been due."""
    world = World(max_in_flight=64)
    for domain in range(greedy):
        for number in range(400):
            world.discover(f"h{number}.greedy{domain}", domain=f"greedy{domain}")
    world.now = 10.0
    out = lease_all(world, 64)
    assert len(out) < 64
    for _ in range(200):  # at first the first comer has most
        world.release(out.pop(0))
        out += lease_all(world, 64 - len(out))
    held = [sum(lease.host.endswith(f"greedy{domain}") for lease in out) for domain in range(greedy)]
    assert max(held) <= share
    for number in range(64 - len(out)):
        world.discover(f"good{number}")
        assert world.lease().host == f"good{number}"


@pytest.mark.parametrize("kind", [FetchKind.PAGE, FetchKind.SITEMAP])
def test_who_stood_aside_for_room_is_asked_when_others_have_ended(kind):
    world = World(max_in_flight=8)
    for number in range(30):
        world.discover(f"h{number}.greedy", domain="greedy", kind=kind)
    done, out = 0, lease_all(world, 8)
    while out:
        assert len(out) <= 5
        world.release(out.pop(0))
        done += 1
        out += lease_all(world, 8 - len(out))
    assert done == 30
    assert world.frontier.is_exhausted()


def test_a_domain_comes_to_more_when_others_have_left():
    world = World(max_in_flight=64)
    for number in range(400):
        world.discover(f"h{number}.greedy", domain="greedy")
    for number in range(40):
        world.discover(f"good{number}")
    out = lease_all(world, 64)
    for lease in [lease for lease in out if lease.host.startswith("good")]:
        world.release(lease)
        out.remove(lease)
    for _ in range(60):
        world.release(out.pop(0))
        out += lease_all(world, 64 - len(out))
    assert len(out) == 33


@pytest.mark.parametrize("room", [1, 2, 3])
def test_a_domain_alone_is_never_without_room(room):
    world = World(max_in_flight=room)
    for number in range(5):
        world.discover(f"h{number}.greedy", domain="greedy")
    assert len(lease_all(world, room)) == max(1, room // 2 + 1)


def test_a_host_that_failed_for_our_own_fault_is_forgiven_that_one_failure():
    world = World(delay_seconds=2.0)
    world.discover("a", 3)
    for now in (10.0, 100.0):
        world.now = now
        world.release(world.lease(), outcome=Outcome.CONNECT_ERROR, status=None)
    assert world.frontier.clock_of("a").connect_failures == 2
    world.frontier.forgive("a", now=world.now)
    clock = world.frontier.clock_of("a")
    assert (clock.connect_failures, clock.consecutive_failures, clock.ready_at) == (1, 1, 102.0)
    assert world.frontier.next_due() == 102.0

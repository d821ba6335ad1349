"""Names to addresses: what is asked, kept, refused, and how fast. A name server of our own answers."""

import asyncio
import itertools
import socket
import time
from contextlib import asynccontextmanager

import pytest

from crawler import resolve
from crawler.errors import AddressRefused, NameUnknown
from crawler.guard import AddressGuard
from crawler.options import NetworkOptions
from crawler.resolve import (
    MAX_LOOKUPS,
    MAX_TTL_SECONDS,
    MIN_TTL_SECONDS,
    NEGATIVE_SECONDS,
    OWN_FAILURE_SECONDS,
    Resolver,
)
from storage import OptionError
from tests.nameserver import AAAA, NXDOMAIN, REFUSED, SERVFAIL, A, Zone, serve_names
from tests.timing import until, watch_the_loop

PUBLIC, PUBLIC_TOO, PUBLIC_V6 = "93.184.216.34", "93.184.216.35", "2606:2800:220:1::1"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def both_families(monkeypatch):
    monkeypatch.setattr(resolve, "_usable_families", lambda: (socket.AF_INET, socket.AF_INET6))


@asynccontextmanager
async def open_resolver(server=None, *, clock=time.monotonic, **options):
    patient = {"dns_seconds": 120.0}  # or a question may be asked twice on a busy machine
    network = NetworkOptions(nameservers=(server.address,) if server else (), **patient | options)
    resolver = Resolver(network, AddressGuard(allow_private=network.allow_private_addresses), clock)
    try:
        yield resolver
    finally:
        await resolver.close()


def patience_for(zone):
    """Only silence is to be waited for to its end; an answer may take its time on a busy machine."""
    return 0.4 if zone.is_silent else 120.0


async def test_a_name_with_ipv4_addresses_is_asked_for_once():
    async with (
        serve_names({"a.test": Zone([PUBLIC, PUBLIC_TOO, PUBLIC_V6])}) as server,
        open_resolver(server) as resolver,
    ):
        assert set(await resolver.addresses_of("a.test")) == {PUBLIC, PUBLIC_TOO}
        assert await resolver.address_of("a.test") in (PUBLIC, PUBLIC_TOO)
    assert server.questions == [("a.test", A)]


async def test_a_name_without_ipv4_addresses_is_asked_for_ipv6():
    async with serve_names({"a.test": Zone([PUBLIC_V6])}) as server, open_resolver(server) as resolver:
        assert await resolver.addresses_of("a.test") == (PUBLIC_V6,)
    assert server.questions == [("a.test", A), ("a.test", AAAA)]


async def test_a_name_is_asked_for_as_it_is_and_never_completed():
    async with serve_names({}) as server, open_resolver(server) as resolver:
        for name in ("intranet", "wpad", "a.b"):
            assert await resolver.address_of(name) is None
    assert set(server.names()) == {"intranet", "wpad", "a.b"}


@pytest.mark.parametrize(
    ("zone", "reason", "may_be_ours"),
    [
        (Zone(code=NXDOMAIN), "no such name", False),
        (Zone(), "the name has no address", False),
        (Zone(code=SERVFAIL), "the name server failed", False),
        (Zone(code=REFUSED), "the name server refused", False),
        (Zone(is_silent=True), "no name server answered in time", True),
    ],
)
async def test_a_failure_says_what_went_wrong_and_whether_it_may_be_ours(zone, reason, may_be_ours):
    async with (
        serve_names({"a.test": zone}) as server,
        open_resolver(server, dns_seconds=patience_for(zone)) as resolver,
    ):
        with pytest.raises(NameUnknown, match=reason) as caught:
            await resolver.addresses_of("a.test")
    assert caught.value.may_be_ours is may_be_ours


async def test_no_name_server_at_all_may_be_ours():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*closed.getsockname())
    async with open_resolver(None, dns_seconds=0.5) as resolver:
        resolver._cares.nameservers = [address]
        with pytest.raises(NameUnknown) as caught:
            await resolver.addresses_of("a.test")
    assert caught.value.may_be_ours


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", "a b.test", "\0", "é.test", ".", "", "-", "a" * 300])
async def test_a_name_that_is_none_has_no_address(name):
    async with serve_names({}) as server, open_resolver(server, dns_seconds=0.5) as resolver:
        assert await resolver.address_of(name) is None


@pytest.mark.parametrize(
    ("zone", "seconds"),
    [
        (Zone([PUBLIC], ttl=0), MIN_TTL_SECONDS),
        (Zone([PUBLIC], ttl=1_000), 1_000),
        (Zone([PUBLIC], ttl=600_000), MAX_TTL_SECONDS),
        (Zone(code=NXDOMAIN), NEGATIVE_SECONDS),
        (Zone(code=SERVFAIL), NEGATIVE_SECONDS),
        (Zone(is_silent=True), OWN_FAILURE_SECONDS),
    ],
)
async def test_an_answer_is_kept_for_its_time_within_bounds(zone, seconds):
    clock = Clock()
    zones, dns_seconds = {"a.test": zone}, patience_for(zone)
    async with serve_names(zones) as server, open_resolver(server, clock=clock, dns_seconds=dns_seconds) as resolver:
        await resolver.address_of("a.test")
        zones["a.test"] = Zone([PUBLIC_TOO])
        clock.now += seconds - 1
        assert await resolver.address_of("a.test") == (PUBLIC if zone.addresses else None)
        # c-ares keeps answers too, by its own clock.
        await resolver._cares.close()
        resolver._cares = resolve._open_cares(NetworkOptions(nameservers=(server.address,), dns_seconds=120))
        clock.now += 2
        assert await resolver.address_of("a.test") == PUBLIC_TOO


async def test_many_who_ask_for_one_name_ask_once():
    async with serve_names({"a.test": Zone([PUBLIC], delay=0.05)}) as server, open_resolver(server) as resolver:
        answers = await asyncio.gather(*(resolver.addresses_of("a.test") for _ in range(100)))
    assert answers == [(PUBLIC,)] * 100
    assert server.questions == [("a.test", A)]


async def test_who_stops_waiting_does_not_take_the_answer_from_the_others():
    answered = asyncio.Event()
    async with serve_names({"a.test": Zone([PUBLIC], held=answered)}) as server, open_resolver(server) as resolver:
        first = asyncio.create_task(resolver.addresses_of("a.test"))
        second = asyncio.create_task(resolver.addresses_of("a.test"))
        await until(lambda: server.questions)
        first.cancel()
        answered.set()
        assert await second == (PUBLIC,)
        with pytest.raises(asyncio.CancelledError):
            await first
    assert server.questions == [("a.test", A)]


async def test_closing_ends_what_is_still_asked():
    async with serve_names({"a.test": Zone(is_silent=True)}) as server, open_resolver(server) as resolver:
        waiting = asyncio.create_task(resolver.address_of("a.test"))
        await asyncio.sleep(0.02)
        await resolver.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_the_cache_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(resolve, "MAX_NAMES", 3)
    async with serve_names(lambda _name: Zone([PUBLIC])) as server, open_resolver(server) as resolver:
        for number in range(10):
            await resolver.address_of(f"h{number}.test")
        kept = [number for number in range(10) if resolver.cached_address(f"h{number}.test")]
    assert kept == [7, 8, 9]


async def test_what_is_cached_is_told_without_asking():
    async with serve_names({"a.test": Zone([PUBLIC])}) as server, open_resolver(server) as resolver:
        assert resolver.cached_address("a.test") is None
        assert server.questions == []
        await resolver.address_of("a.test")
        assert resolver.cached_address("a.test") == PUBLIC
        assert resolver.cached_address("93.184.216.99") == "93.184.216.99"


# The guard


@pytest.mark.parametrize(
    "private", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1"]
)
async def test_a_name_with_a_private_address_only_is_refused(private):
    async with serve_names({"a.test": Zone([private])}) as server, open_resolver(server) as resolver:
        with pytest.raises(AddressRefused):
            await resolver.addresses_of("a.test")


async def test_one_private_address_among_others_is_left_out():
    zone = Zone(["10.0.0.1", PUBLIC, "169.254.169.254"])
    async with serve_names({"a.test": zone}) as server, open_resolver(server) as resolver:
        assert await resolver.addresses_of("a.test") == (PUBLIC,)


async def test_a_private_ipv4_address_leaves_the_public_ipv6_one():
    async with serve_names({"a.test": Zone(["10.0.0.1", PUBLIC_V6])}) as server, open_resolver(server) as resolver:
        assert await resolver.addresses_of("a.test") == (PUBLIC_V6,)


async def test_an_answer_that_turns_private_is_refused_when_it_is_asked_again():
    clock = Clock()
    zone = Zone(ttl=0, answers=itertools.chain([[PUBLIC]], itertools.repeat(["127.0.0.1"])))
    async with serve_names({"a.test": zone}) as server, open_resolver(server, clock=clock) as resolver:
        assert await resolver.address_of("a.test") == PUBLIC
        clock.now += MIN_TTL_SECONDS - 1
        assert await resolver.address_of("a.test") == PUBLIC
        clock.now += 2
        with pytest.raises(AddressRefused):
            await resolver.addresses_of("a.test")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "::1", "169.254.169.254", "[::ffff:10.0.0.1]"])
async def test_an_address_in_place_of_a_name_is_guarded_too(host):
    async with open_resolver() as resolver:
        with pytest.raises(AddressRefused):
            await resolver.addresses_of(host)


async def test_the_option_lets_private_addresses_pass():
    zones = {"a.test": Zone(["127.0.0.1"])}
    async with serve_names(zones) as server, open_resolver(server, allow_private_addresses=True) as resolver:
        assert await resolver.addresses_of("a.test") == ("127.0.0.1",)


# Fixed addresses


OVERRIDES = {
    "a.test": "93.184.216.1",
    "*.test": "93.184.216.2",
    "*.b.test": "[2606:2800:220:1::1]:8080",
    "port.example": "93.184.216.3:8080",
}


@pytest.mark.parametrize(
    ("host", "address", "port"),
    [
        ("a.test", "93.184.216.1", 80),
        ("a.test.", "93.184.216.1", 80),
        ("x.test", "93.184.216.2", 80),
        ("x.a.test", "93.184.216.2", 80),
        ("x.b.test", PUBLIC_V6, 8080),
        ("x.y.b.test", PUBLIC_V6, 8080),
        ("b.test", "93.184.216.2", 80),
        ("port.example", "93.184.216.3", 8080),
    ],
)
async def test_a_fixed_address_is_used_without_asking(host, address, port):
    async with serve_names({}) as server, open_resolver(server, resolve=OVERRIDES) as resolver:
        (found,) = await resolver.resolve(host, 80)
        assert (found["host"], found["port"]) == (address, port)
        assert resolver.cached_address(host) == address
    assert server.questions == []


async def test_a_wildcard_is_for_names_below_it_only():
    async with serve_names({}) as server, open_resolver(server, resolve=OVERRIDES) as resolver:
        assert await resolver.address_of("test") is None
        assert await resolver.address_of("x.example") is None
        assert await resolver.address_of("atest") is None


async def test_a_star_alone_is_for_every_name():
    async with open_resolver(resolve={"*": PUBLIC}) as resolver:
        assert await resolver.address_of("any.name.example") == PUBLIC


async def test_a_fixed_address_is_guarded_too():
    async with open_resolver(resolve={"a.test": "127.0.0.1"}) as resolver:
        with pytest.raises(AddressRefused):
            await resolver.addresses_of("a.test")


@pytest.mark.parametrize("target", ["", "localhost", "1.2.3", "1.2.3.4:x", "[::1", "1.2.3.4:65536"])
def test_a_fixed_address_that_is_none_is_our_error(target):
    with pytest.raises(OptionError, match="resolve"):
        NetworkOptions(resolve={"a.test": target})


def test_a_name_server_that_is_none_is_our_error():
    with pytest.raises(OptionError, match="nameservers"):
        NetworkOptions(nameservers=("not an address",))


async def test_the_connector_gets_the_family_it_asks_for():
    async with serve_names({"a.test": Zone([PUBLIC])}) as server, open_resolver(server) as resolver:
        assert [found["host"] for found in await resolver.resolve("a.test", 80, socket.AF_INET)] == [PUBLIC]
        assert await resolver.resolve("a.test", 80, socket.AF_INET6) == []


# Speed


async def test_slow_names_are_asked_for_side_by_side_and_hold_up_nothing():
    """None is answered before all that may be asked at once have been asked for."""
    lags, answered = [], asyncio.Event()
    held = Zone([PUBLIC], held=answered)
    async with serve_names(lambda _name: held) as server, open_resolver(server) as resolver:
        watcher = asyncio.create_task(watch_the_loop(lags))
        names = [f"h{number}.test" for number in range(MAX_LOOKUPS + 50)]
        asking = [asyncio.create_task(resolver.address_of(name)) for name in names]
        await until(lambda: len(set(server.names())) == MAX_LOOKUPS)
        assert not any(task.done() for task in asking)
        answered.set()
        assert await asyncio.gather(*asking) == [PUBLIC] * len(names)
        watcher.cancel()
    assert set(server.names()) == set(names)
    assert max(lags) < 0.5


async def test_a_dead_name_does_not_hold_up_the_living():
    zones = {"dead.test": Zone(is_silent=True), "alive.test": Zone([PUBLIC])}
    async with serve_names(zones) as server, open_resolver(server) as resolver:
        dead = [asyncio.create_task(resolver.address_of("dead.test")) for _ in range(50)]
        await until(lambda: server.questions)
        assert await resolver.address_of("alive.test") == PUBLIC
        assert not any(task.done() for task in dead)
        await resolver.close()
        await asyncio.gather(*dead, return_exceptions=True)


async def test_all_who_ask_for_a_dead_name_wait_for_the_same_few_questions():
    zones = {"dead.test": Zone(is_silent=True)}
    async with serve_names(zones) as server, open_resolver(server, dns_seconds=1.0) as resolver:
        assert await asyncio.gather(*(resolver.address_of("dead.test") for _ in range(50))) == [None] * 50
    assert 1 <= len(server.questions) <= resolve._TRIES


async def test_names_not_found_are_forgotten_on_demand_and_found_ones_kept():
    zones = {"a.test": Zone([PUBLIC]), "b.test": Zone(code=SERVFAIL)}
    async with serve_names(zones) as server, open_resolver(server) as resolver:
        assert [await resolver.address_of(name) for name in zones] == [PUBLIC, None]
        zones["b.test"] = Zone([PUBLIC])
        asked = len(server.questions)
        assert await resolver.address_of("b.test") is None
        resolver.forget_failures()
        assert [await resolver.address_of(name) for name in zones] == [PUBLIC, PUBLIC]
        assert set(server.names()[asked:]) == {"b.test"}

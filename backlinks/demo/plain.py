"""A web without surprises, as large as asked: many hosts, or one host with many pages.

Every page is HTML and answers at once; every host has a robots.txt that allows. The pages of a host form a tree of ten
branches a page, so 100,000 of them are within five links of the home page. For tests and simulations of scale.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from storage import Placement

from .model import Document, Host, Place, Reference, Robots, Spelling, dice
from .prose import Voice
from .topics import EVERYTHING
from .world import World

ADDRESSES = 16
BRANCHES = 10
OUTWARD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a plain or bench web is."""

    hosts: int = 10
    pages_per_host: int = 10


def host_place(index: int, number: int) -> Place:
    """Page `number` of host `index`; page 0 is its home."""
    return Place(f"site-{index}.test", f"/p/{number}" if number else "/")


def host_address(index: int) -> str:
    return f"127.0.1.{1 + index % ADDRESSES}"


def plain_world(seed: int, size: Size) -> World:
    world = World(seed)
    rng = dice(seed, "plain")
    for index in range(size.hosts):
        home = host_place(index, 0)
        host = Host(name=home.host, brand=f"Site {index}", address=host_address(index), robots=Robots())
        world.add_host(host)
        world.seeds.append(home)
        for number in range(size.pages_per_host):
            host.add(_document(index, number, size, rng))
    return world


def _document(index: int, number: int, size: Size, rng: random.Random) -> Document:
    topic = EVERYTHING[index % len(EVERYTHING)]
    return Document(
        place=host_place(index, number),
        title=Voice(topic, rng).title(),
        topic=topic,
        references=[*_inward(index, number, size), *_outward(size, rng)],
        paragraphs=2,
    )


def _inward(index: int, number: int, size: Size) -> Iterator[Reference]:
    yield Reference(host_place(index, 0), "Home", placement=Placement.NAV, spelling=Spelling.ROOTED)
    for child in range(number * BRANCHES + 1, min(number * BRANCHES + BRANCHES + 1, size.pages_per_host)):
        yield Reference(host_place(index, child), f"Page {child}", spelling=Spelling.ROOTED)


def _outward(size: Size, rng: random.Random) -> Iterator[Reference]:
    """Few hosts get most links: the cube of an even throw."""
    for _ in range(OUTWARD):
        target = int(size.hosts * rng.random() ** 3)
        yield Reference(host_place(target, rng.randrange(size.pages_per_host)), f"Site {target}")

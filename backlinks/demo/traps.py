"""Hosts without end: a calendar that always has a next month, a shop that writes a session into every link.

Off unless asked for, because a crawl of them ends by budget only. Their pages are made up when asked for.
"""

import re

from . import topics
from .model import Document, Host, Place, Reference, Resource, Robots, Spelling
from .world import World

MONTH = re.compile(r"/calendar/(\d{4})/(\d{1,2})")
SESSION = re.compile(r"/(?:item/(\d+))?\?sid=([0-9a-f]{8})")
CALENDAR = "parish-calendar.test"
SESSIONS = "sessions-shop.test"


def add_traps(world: World) -> None:
    calendar = world.add_host(Host(name=CALENDAR, brand="Parish Calendar", address="127.0.90.1", robots=Robots()))
    shop = world.add_host(Host(name=SESSIONS, brand="Sessions Shop", address="127.0.90.2", robots=Robots()))
    calendar.endless = _month
    shop.endless = _item
    _front(calendar, "/calendar/2024/1")
    _front(shop, "/?sid=00000001")
    world.seeds += [Place(CALENDAR, "/"), Place(SESSIONS, "/")]


def _front(host: Host, first: str) -> None:
    front = Document(place=Place(host.name, "/"), title=host.brand, topic=topics.CIVIC)
    front.references.append(Reference(Place(host.name, first), "Come in", spelling=Spelling.ROOTED))
    host.add(front)


def _month(path: str) -> Resource | None:
    found = MONTH.fullmatch(path)
    if not found:
        return None
    months = int(found[1]) * 12 + int(found[2]) - 1
    links = {words: f"/calendar/{after // 12}/{after % 12 + 1}" for words, after in _neighbours(months).items()}
    return _page(CALENDAR, path, f"{found[2]}/{found[1]}", links)


def _neighbours(months: int) -> dict[str, int]:
    return {"Earlier": months - 1, "Later": months + 1, "Next year": months + 12}


def _item(path: str) -> Resource | None:
    """Every page gives every link a session of its own."""
    found = SESSION.fullmatch(path)
    if not found:
        return None
    item, session = int(found[1] or 0), int(found[2], 16)
    links = {f"Item {one}": f"/item/{one}?sid={(session * 31 + one) % 2**32:08x}" for one in range(item, item + 5)}
    return _page(SESSIONS, path, f"Item {item}", links)


def _page(host: str, path: str, title: str, links: dict[str, str]) -> Document:
    document = Document(place=Place(host, path), title=title, topic=topics.CIVIC)
    document.references = [
        Reference(Place(host, target), words, spelling=Spelling.ROOTED) for words, target in links.items()
    ]
    return document

"""What was met lately, in bounded memory; and what is known of a URL as one number.

A crawl meets the same few URLs over and over, so most are answered from here and only the rest asks the file. A plain
number costs a third of a tuple's memory, and the collector of garbage never looks at it, of which there are hundreds of
thousands.
"""

from collections.abc import Collection
from typing import Generic, NamedTuple, TypeVar

V = TypeVar("V")

STOP_BITS, DEPTH_BITS = 6, 10
STOP_MASK, MAX_DEPTH_STORED = (1 << STOP_BITS) - 1, (1 << DEPTH_BITS) - 1
ID_SHIFT = STOP_BITS + DEPTH_BITS


class KnownUrl(NamedTuple):
    """What is on record of a URL."""

    url_id: int
    depth: int
    stop: int


def pack_known(url_id: int, depth: int, stop: int) -> int:
    """`packed >> ID_SHIFT` is the id."""
    return url_id << ID_SHIFT | min(depth, MAX_DEPTH_STORED) << STOP_BITS | stop


def unpack_known(packed: int) -> KnownUrl:
    return KnownUrl(packed >> ID_SHIFT, packed >> STOP_BITS & MAX_DEPTH_STORED, packed & STOP_MASK)


class RecentMap(Generic[V]):
    """A bounded mapping in two generations: when the young one is full it becomes the old one.

    What was not asked for since half its size ago is dropped.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}

    def get(self, key: str) -> V | None:
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self[key] = value
        return value

    def find(self, keys: Collection[str]) -> tuple[dict[str, V], list[str]]:
        """What is remembered of the keys, and those of which nothing is, in order."""
        found: dict[str, V] = {}
        missing = []
        for key, young in zip(keys, list(map(self._young.get, keys)), strict=True):
            value = self.get(key) if young is None else young
            if value is None:
                missing.append(key)
            else:
                found[key] = value
        return found, missing

    def __setitem__(self, key: str, value: V) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value

"""How alike two pages' words are: the cosine of their weighted words, 0 to 1.

A word weighs more the rarer it is in a sample of the crawl's own pages (TF-IDF), so that menus and "read more" count
for little in any language. Only what the store keeps of a page is compared: title, heading, the beginning of its text.
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..anchor_class import folded

WORD = re.compile(r"[^\W\d_]{3,40}")
MAX_TEXT_BYTES = 1_000_000
SAMPLED_PAGES = 2_000

Vector = Mapping[str, float]


def words_of(text: str) -> list[str]:
    return WORD.findall(folded(text))


def unpacked(packed: bytes | None) -> str:
    """The kept text of a page; what is damaged or too large is no text."""
    if not packed:
        return ""
    try:
        return zlib.decompressobj().decompress(packed, MAX_TEXT_BYTES).decode("utf-8", "replace")
    except zlib.error:
        return ""


class Relevance:
    """Made from a sample of (title, packed text) pairs; call it as the score's SQL does."""

    def __init__(self, sample: Iterable[tuple[str, bytes | None]], *, keywords: Iterable[str] = ()) -> None:
        pages = [set(words_of(f"{title} {unpacked(text)}")) for title, text in sample]
        self._pages = max(1, len(pages))
        self._seen_in = Counter(word for words in pages for word in words)
        self._keywords = " ".join(keywords)
        self._vector = lru_cache(maxsize=20_000)(self._vector_of)

    def __call__(
        self, title: str, text: bytes | None, target_title: str, target_text: bytes | None, around: str
    ) -> float | None:
        """None when nothing is known of the target's words; the keywords count among them."""
        target = self._vector(f"{target_title} {self._keywords}", target_text)
        if not target:
            return None
        return round(cosine(self._vector(f"{title} {around}", text), target), 4)

    def _vector_of(self, title: str, text: bytes | None) -> Vector:
        counts = Counter(words_of(f"{title} {unpacked(text)}"))
        return {word: (1 + math.log(count)) * self._rarity(word) for word, count in counts.items()}

    def _rarity(self, word: str) -> float:
        return math.log((1 + self._pages) / (1 + self._seen_in[word])) + 1


def cosine(one: Vector, other: Vector) -> float:
    small, large = sorted((one, other), key=len)
    product = sum(weight * large[word] for word, weight in small.items() if word in large)
    length = math.sqrt(sum(x * x for x in one.values())) * math.sqrt(sum(x * x for x in other.values()))
    return product / length if length else 0.0

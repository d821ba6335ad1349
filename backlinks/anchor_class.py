"""What kind of words a link uses: the brand's name, a keyword, an address, a "click here".

The class is found by comparing folded words (case, accents and spaces do not matter), never by guessing a meaning, so
that anyone can see why a text is where it is. docs/reports.md has the rules in order.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache


class AnchorClass(StrEnum):
    IMAGE = "image"
    EMPTY = "empty"
    NAKED_URL = "naked url"
    GENERIC = "generic"
    EXACT = "exact"
    COMPOUND = "compound"
    BRANDED = "branded"
    PARTIAL = "partial"
    OTHER = "other"


GENERIC_TEXTS = frozenset(
    text.strip()
    for text in [
        "\n    click here",
        "here",
        "read more",
        "more",
        "learn more",
        "this",
        "this page",
        "this site",
        "this article",
        "this link",
        "link",
        "website",
        "web site",
        "\n    visit",
        "visit site",
        "visit website",
        "visit the website",
        "see more",
        "see here",
        "source",
        "via",
        "homepage",
        "home page",
        "home",
        "details",
        "\n    more info",
        "more information",
        "info",
        "continue",
        "continue reading",
        "go",
        "check it out",
        "find out more",
        "view",
        "view more",
        "download",
        "\n    hier",
        "hier klicken",
        "mehr",
        "mehr lesen",
        "weiterlesen",
        "weiter",
        "quelle",
        "webseite",
        "zur website",
        "link zur seite",
        "\n    ici",
        "cliquez ici",
        "lire la suite",
        "en savoir plus",
        "voir",
        "site",
        "lien",
        "\n    aqui",
        "haz clic aqui",
        "leer mas",
        "ver mas",
        "mas informacion",
        "enlace",
        "sitio web",
        "saiba mais",
        "clique aqui",
        "leia mais",
        "\n    tutaj",
        "kliknij tutaj",
        "kliknij",
        "czytaj wiecej",
        "wiecej",
        "zobacz",
        "zrodlo",
        "strona",
        "link do strony",
        "\n    qui",
        "clicca qui",
        "leggi tutto",
        "continua",
        "fonte",
        "sito",
        "klik hier",
        "lees meer",
        "meer\n    ",
    ]
)
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?::\d+)?(?:/\S*)?")


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Lower case, without accents, words apart by one blank."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(plain.casefold().replace("ł", "l").split())


class AnchorJudge:
    """Knows the target's name, brands and keywords; call it with a text and whether an image carries it."""

    def __init__(self, domain: str, *, brands: Iterable[str] = (), keywords: Iterable[str] = ()) -> None:
        label = domain.split(".", maxsplit=1)[0]
        names = (*brands, label, label.replace("-", " "))
        self._brands = tuple(sorted({name for name in map(squeezed, names) if name}))
        self._keywords = tuple(sorted({words for words in map(folded, keywords) if words}))
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, text: str, is_image: int) -> str:
        key = (text, is_image)
        found = self._known.get(key)
        if found is None:
            found = str(self._judge(folded(text), is_image=bool(is_image)))
            if len(self._known) < 500_000:  # noqa: PLR2004 — bounds the memory, whatever the store holds
                self._known[key] = found
        return found

    def _judge(self, words: str, *, is_image: bool) -> AnchorClass:
        if is_image:
            return AnchorClass.IMAGE
        if not words:
            return AnchorClass.EMPTY
        if ADDRESS.fullmatch(words):
            return AnchorClass.NAKED_URL
        if words.strip(".…!»>→ ") in GENERIC_TEXTS:
            return AnchorClass.GENERIC
        return self._by_names(words)

    def _by_names(self, words: str) -> AnchorClass:
        if words in self._keywords:
            return AnchorClass.EXACT
        has_brand = any(brand in squeezed(words) for brand in self._brands)
        has_keyword = any(f" {keyword} " in f" {words} " for keyword in self._keywords)
        if has_brand:
            return AnchorClass.COMPOUND if has_keyword else AnchorClass.BRANDED
        return AnchorClass.PARTIAL if has_keyword else AnchorClass.OTHER


def squeezed(text: str) -> str:
    """Letters and digits alone: "Alder-Moor Courier" and aldermoorcourier are one name, and so are "&" and "and"."""
    return "".join(letter for letter in folded(text).replace("&", "and") if letter.isalnum())

"""The ordinary sites: their pages, and the links between them.

Each site is laid out first (home, sections, articles), then all are woven together, because a link's words may be the
title of the page it leads to. Popularity is a power law over the cast, bent by shared topics.

Not here: anything unusual (oddities.py).
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from storage import LinkKind, Placement

from .cast import HABITS, Genre, Habits, Site
from .model import Document, Host, Place, Reference, Spelling, dice
from .prose import GENERIC, PEOPLE, Voice, slug
from .topics import EVERYTHING, Topic

Value = TypeVar("Value")

POPULARITY_EXPONENT = 0.9
SAME_TOPIC_FACTOR = 5.0
TO_HOME = 0.55
NEWEST_ON_HOME = 4
INTERNAL_SPELLINGS = ((Spelling.ROOTED, 6), (Spelling.RELATIVE, 2), (Spelling.ABSOLUTE, 2))
EXTERNAL_SPELLINGS = (
    (Spelling.ABSOLUTE, 80),
    (Spelling.SCHEMELESS, 7),
    (Spelling.TRACKED, 6),
    (Spelling.FRAGMENT, 5),
    (Spelling.SHOUTED, 1),
    (Spelling.PADDED, 1),
)


def punycode(name: str) -> str:
    return name.encode("idna").decode()


def throw(rng: random.Random, weighted: tuple[tuple[Value, int], ...]) -> Value:
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


@dataclass(slots=True)
class Laid:
    """A site with its pages."""

    site: Site
    host: Host
    home: Document
    sections: list[Document] = field(default_factory=list)
    articles: list[Document] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        return [self.home, *self.sections, *self.articles]

    @property
    def habits(self) -> Habits:
        return HABITS[self.site.genre]


def lay_out(site: Site, seed: int) -> Laid:
    """The site's pages with their paths and titles, linked to nothing yet."""
    rng = dice(seed, "site", site.domain)
    host = Host(name=punycode(site.domain), brand=site.brand, address=site.address)
    home = host.add(_document(host, "/", site.brand, site, is_listing=True))
    laid = Laid(site, host, home)
    for number, name in enumerate(site.sections, 1):
        path = _path(laid.habits.section, name, slug(name), number, rng)
        laid.sections.append(host.add(_document(host, path, name, site, is_listing=True)))
    while len(laid.articles) < site.pages - 1 - len(site.sections):
        number = len(laid.articles)
        topic = rng.choice(EVERYTHING) if site.genre in _GENERAL else site.topic
        words = Voice(topic, rng).title()
        path = _path(laid.habits.path, words, slug(site.sections[number % len(site.sections)]), number + 1, rng)
        if path not in host.content:
            article = host.add(_document(host, path, words, site, is_listing=site.genre in _LISTS))
            article.topic = topic
            laid.articles.append(article)
    return laid


_GENERAL = {Genre.NEWS, Genre.ENCYCLOPEDIA, Genre.DIRECTORY}
_LISTS = {Genre.DIRECTORY}


def _document(host: Host, path: str, words: str, site: Site, *, is_listing: bool) -> Document:
    return Document(
        place=Place(host.name, path), title=words, topic=site.topic, language=site.language, is_listing=is_listing
    )


def _path(pattern: str, words: str, section: str, number: int, rng: random.Random) -> str:
    return pattern.format(
        slug=slug(words),
        title=re.sub(r"\W+", "_", words).strip("_"),
        section=section,
        number=number,
        year=rng.randint(2019, 2024),
        month=rng.randint(1, 12),
    )


@dataclass(slots=True)
class Loom:
    """Weaves the laid-out sites together. The throws are its own, so one more site changes every link."""

    sites: list[Laid]
    rng: random.Random
    popularity: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.popularity = [(rank + 1) ** -POPULARITY_EXPONENT for rank in range(len(self.sites))]

    def weave(self) -> None:
        for laid in self.sites:
            self.furnish(laid)
        for laid in self.sites:
            friends = self._friends(laid)
            for document in laid.documents:
                document.references += self._blogroll(laid, friends)
            for article in laid.articles:
                article.references += [
                    *self.related(laid, article),
                    *self.outward(laid, article.topic),
                    *self._comments(laid),
                ]

    def furnish(self, laid: Laid) -> None:
        """The links that a site makes to itself, whatever it is about."""
        self._frame(laid)
        self._lists(laid)

    def _frame(self, laid: Laid) -> None:
        """What stands on every page: the logo, the menu, the imprint."""
        for document in laid.documents:
            document.references += [
                self._inner(laid.home, laid.site.brand, Placement.HEADER, LinkKind.IMAGE),
                self._inner(laid.home, "Home", Placement.NAV),
                *(self._inner(section, section.title, Placement.NAV) for section in laid.sections),
                self._inner(laid.home, f"© {laid.site.brand}, {laid.site.town}", Placement.FOOTER),
            ]

    def _lists(self, laid: Laid) -> None:
        """The home page lists the newest articles, each section its own."""
        newest = laid.articles[-NEWEST_ON_HOME:] if laid.sections else laid.articles
        laid.home.references += [self._inner(one, one.title) for one in newest]
        for index, section in enumerate(laid.sections):
            for article in laid.articles[index :: len(laid.sections)]:
                kind = LinkKind.IMAGE if laid.site.genre is Genre.SHOP and self.rng.random() < 0.3 else LinkKind.TEXT  # noqa: PLR2004 — one product in three is shown by its picture
                section.references.append(self._inner(article, article.title, kind=kind))

    def _inner(
        self,
        target: Document,
        words: str,
        placement: Placement = Placement.CONTENT,
        kind: LinkKind = LinkKind.TEXT,
    ) -> Reference:
        spelling = throw(self.rng, INTERNAL_SPELLINGS)
        return Reference(target.place, words, placement=placement, kind=kind, spelling=spelling)

    def related(self, laid: Laid, article: Document) -> Iterator[Reference]:
        for one in self.rng.sample(laid.articles, min(2, len(laid.articles))):
            if one is not article:
                yield self._inner(one, one.title, self.rng.choice((Placement.CONTENT, Placement.ASIDE)))

    def _blogroll(self, laid: Laid, friends: list[Laid]) -> Iterator[Reference]:
        for friend in friends:
            rel = "" if laid.site.genre is not Genre.MAGAZINE else "sponsored"
            yield self._outer(friend.home, friend.site.brand, rel, Placement.ASIDE)

    def _friends(self, laid: Laid) -> list[Laid]:
        chosen = {
            one.host.name: one for one in (self._other(laid, laid.site.topic) for _ in range(laid.habits.sidebar))
        }
        return list(chosen.values())

    def outward(self, laid: Laid, topic: Topic) -> Iterator[Reference]:
        for _ in range(self.rng.randint(*laid.habits.outward)):
            other = self._other(laid, topic)
            target = self._page_of(other)
            is_picture = laid.site.genre in {Genre.SHOP, Genre.BLOG} and self.rng.random() < 0.15  # noqa: PLR2004 — some show what they link to
            kind = LinkKind.IMAGE if is_picture else LinkKind.TEXT
            words = other.site.brand if is_picture else self._words(laid, other, target)
            yield self._outer(target, words, throw(self.rng, laid.habits.rels), kind=kind)

    def _comments(self, laid: Laid) -> Iterator[Reference]:
        """Readers sign with their names; some are there for the link only."""
        for _ in range(self.rng.randint(0, laid.habits.comments)):
            other = self._other(laid, laid.site.topic)
            yield self._outer(other.home, self.rng.choice(PEOPLE), "ugc nofollow", Placement.COMMENT)

    def _outer(
        self,
        target: Document,
        words: str,
        rel: str,
        placement: Placement = Placement.CONTENT,
        kind: LinkKind = LinkKind.TEXT,
    ) -> Reference:
        return Reference(target.place, words, rel, kind, placement, throw(self.rng, EXTERNAL_SPELLINGS))

    def _words(self, laid: Laid, other: Laid, target: Document) -> str:
        match throw(self.rng, laid.habits.words):
            case "brand":
                return other.site.brand
            case "title":
                return target.title
            case "keyword":
                return self.rng.choice(other.site.topic.keywords)
            case "naked":
                return other.site.domain
            case _:
                return self.rng.choice(GENERIC)

    def _other(self, laid: Laid, topic: Topic) -> Laid:
        """A site that is not this one: the popular and the like-minded more often."""
        weights = [
            0.0 if one is laid else weight * (SAME_TOPIC_FACTOR if one.site.topic is topic else 1.0)
            for one, weight in zip(self.sites, self.popularity, strict=True)
        ]
        return self.rng.choices(self.sites, cum_weights=list(accumulate(weights)))[0]

    def _page_of(self, laid: Laid) -> Document:
        if not laid.articles or self.rng.random() < TO_HOME:
            return laid.home
        weights = [1 / (rank + 1) for rank in range(len(laid.articles))]
        return self.rng.choices(laid.articles, weights)[0]

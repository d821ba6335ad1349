"""Titles, sentences and anchor words, thrown together from a topic's words.

Every function takes its dice, so the same page reads the same in every process. Not here: markup.
"""

import random
import re
import unicodedata
from dataclasses import dataclass, field

from .topics import Topic

TOWNS = ("Aldermoor", "Brackwater", "Candlewick", "Dunmere", "Eastholm", "Farrowgate", "Gullhaven", "Hexley")
PEOPLE = (
    "Ada Thornquist", "Bram Oyelaran", "Clea Vintner", "Dario Holm", "Edda Marsh", "Femi Calder", "Greta Polk",
    "Hugo Sandoval", "Ines Wetherby", "Jonas Brill", "Kaya Lindqvist", "Leander Moss",
)  # fmt: skip

TITLES = (
    "How to {act}",
    "What a {trait} {thing} taught us",
    "The {thing} and the {other}",
    "{Act} in {town}",
    "A short guide to the {trait} {thing}",
    "Notes on a {trait} {thing}",
    "{person} on how to {act}",
    "Seven mistakes with a {thing}",
    "Is a {trait} {thing} worth it?",
    "From {thing} to {other}: a year in {town}",
)

SENTENCES = (
    "In {town} they say that a {trait} {thing} is worth more than any {other}.",
    "Anyone who wants to {act} should begin with the {thing}.",
    "{person} has kept a {trait} {thing} for twenty years and would not part with it.",
    "The difference between one {thing} and the next is smaller than the price suggests.",
    "When the {thing} is ready, the {other} can wait.",
    "It took three winters in {town} until we could {act} without looking it up.",
    "Nothing about a {trait} {thing} is complicated; most of it is habit.",
    "Ask {person}: a {thing} needs care, a {other} needs time.",
    "We wrote this down because nobody at the {town} market could agree about the {thing}.",
    "Our readers from {town} still send letters about the {other}.",
    "Whoever owns a {thing} should lend it out now and then; it comes back with stories.",
    "The first {trait} {thing} in {town} belonged to the postmaster.",
    "For years {person} would {act} on Sundays only, and people came to watch.",
    "A {trait} {thing} makes a poor present and a very good inheritance.",
    "Do not believe the price lists: the {other} matters more than the {thing}.",
    "There is a drawer in {town} with every {thing} that {person} ever gave up on.",
    "The rule of thumb is simple: first the {thing}, then the {other}, then a break.",
    "It is easier to {act} in company.",
    "We asked in {town}, in {town2} and by letter; everyone praised the {trait} {thing}.",
)

OPENINGS = (
    ("The longer story is told at", ", with pictures."),
    ("We first heard of this from", " one rainy evening in {town}."),
    ("For the {thing}, nobody explains it better than", "."),
    ("{person} recommends", " to everyone who asks."),
    ("If you would rather {act} with help, try", "."),
    ("There is more about the {other} under", " and it is worth the time."),
    ("See also", "."),
    ("Half of what we know about it comes from", ", the other half from mistakes."),
)

REACTIONS = ("Lovely.", "Thank you for this!", "Not my experience.", "Bookmarked.", "Exactly so.")
GENERIC = ("here", "read more", "this page", "more", "click here", "their site", "source")


@dataclass(slots=True)
class Voice:
    """One author on one page, who tries not to say the same twice."""

    topic: Topic
    rng: random.Random
    said: set[str] = field(default_factory=set)

    def title(self) -> str:
        return self._fill(self.rng.choice(TITLES))

    def sentence(self) -> str:
        templates = (*SENTENCES, *self.topic.facts)
        chosen = self.rng.choice([one for one in templates if one not in self.said] or templates)
        self.said.add(chosen)
        return self._fill(chosen)

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.rng.randint(3, 5)))

    def around_link(self) -> tuple[str, str]:
        """The words before and after a link in running text."""
        before, after = self.rng.choice(OPENINGS)
        return self._fill(before), self._fill(after)

    def comment(self) -> str:
        return f"{self.rng.choice(REACTIONS)} {self.sentence()}"

    def _fill(self, template: str) -> str:
        thing, other = self.rng.sample(self.topic.things, 2)
        act = self.rng.choice(self.topic.acts)
        town, second_town = self.rng.sample(TOWNS, 2)
        return _with_article(
            template.format(
                thing=thing,
                other=other,
                act=act,
                Act=act[0].upper() + act[1:],
                trait=self.rng.choice(self.topic.traits),
                town=town,
                town2=second_town,
                person=self.rng.choice(PEOPLE),
            )
        )


def _with_article(text: str) -> str:
    return re.sub(r"\b([Aa]) (?=[aeiou]|honest)", r"\1n ", text)


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, for paths."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")

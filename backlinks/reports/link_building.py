"""Where the next link may come from: pages that earn links, rivals' linkers, dead pages, lists, unlinked names."""

import re
from collections.abc import Sequence

from storage import (
    ALL_ROWS,
    Aim,
    BacklinkRow,
    BrokenOutlinkRow,
    Choice,
    CompareRow,
    IntersectRow,
    LinkedDomainRow,
    LinkedPageRow,
    LostLinkRow,
    MentionRow,
    OutgoingAnchorRow,
    Questions,
    ReciprocalRow,
    ResourceRow,
    broken_outlinks_question,
    broken_pages_question,
    compare_question,
    dead_pages_elsewhere_question,
    intersect_question,
    last_run_began,
    linked_domains_question,
    linked_pages_question,
    lost_links_question,
    mentions_question,
    new_links_question,
    outgoing_anchors_question,
    reciprocal_question,
    resources_question,
)

from ..anchor_class import folded
from ..errors import CommandFailed
from .profile import LINK_LINE
from .relevance import unpacked
from .report import Report

LEAST_DOMAINS = 5
AROUND_CHARACTERS = 60
LIST_LIKE = re.compile(r"\b(links?|resources?|directory|blogroll|useful|recommended|linki|katalog|ressourcen|liens)\b")
PAGE_LINE = (
    *("url", "referring_domains", "followed_referring_domains", "referring_pages", "links", "folded_links"),
    *("best_authority", "page_authority", "status", "outcome"),
)


def pages(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[LinkedPageRow]:
    """The target's pages, the best linked first."""
    return Report(questions, linked_pages_question(aim), choice, PAGE_LINE)


def broken(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[LinkedPageRow]:
    """The target's pages that are gone and still linked to."""
    return Report(questions, broken_pages_question(aim), choice, PAGE_LINE)


def broken_prospects(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[LinkedPageRow]:
    """Pages of others that are gone and still linked to by more others."""
    return Report(questions, dead_pages_elsewhere_question(aim), choice, PAGE_LINE)


def outgoing_domains(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[LinkedDomainRow]:
    return Report(questions, linked_domains_question(aim), choice)


def outgoing_anchors(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[OutgoingAnchorRow]:
    return Report(questions, outgoing_anchors_question(aim), choice)


def outgoing_broken(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[BrokenOutlinkRow]:
    return Report(questions, broken_outlinks_question(aim), choice)


def intersect(
    questions: Questions, rivals: Sequence[Aim], choice: Choice = ALL_ROWS, *, me: Aim | None, least: int | None = None
) -> Report[IntersectRow]:
    """Domains that link to at least `least` (None: all) of the rivals, and not to me."""
    return Report(questions, intersect_question(me, rivals, least=least), choice)


def reciprocal(questions: Questions, aim: Aim, choice: Choice = ALL_ROWS) -> Report[ReciprocalRow]:
    return Report(questions, reciprocal_question(aim), choice)


def compare(questions: Questions, aims: Sequence[Aim], choice: Choice = ALL_ROWS) -> Report[CompareRow]:
    return Report(questions, compare_question(aims), choice)


def new_links(
    questions: Questions, aim: Aim, choice: Choice = ALL_ROWS, *, since: str | None = None
) -> Report[BacklinkRow]:
    """`since` as the rows write moments; None: when the last run began."""
    question = new_links_question(aim, since=last_run_began(questions) if since is None else since)
    return Report(questions, question, choice, LINK_LINE[:-1])


def lost_links(
    questions: Questions, aim: Aim, choice: Choice = ALL_ROWS, *, since: str | None = None
) -> Report[LostLinkRow]:
    """`since` None: ever."""
    return Report(questions, lost_links_question(aim, since=since or ""), choice)


def resources(
    questions: Questions, topic: str, choice: Choice = ALL_ROWS, *, least_domains: int = LEAST_DOMAINS
) -> Report[ResourceRow]:
    """Pages that have every word of the topic, or one that begins with it, and link to many domains."""
    words = sorted(set(folded(topic).split()))
    if not words:
        raise CommandFailed("a topic is a word or more")

    def count_words(head: str, text: bytes | None) -> int:
        found = f" {folded(head)} {folded(unpacked(text))}"
        return sum(f" {word}" in found for word in words)

    def list_like(text: str) -> int:
        return int(bool(LIST_LIKE.search(re.sub(r"[-_/.]", " ", folded(text)))))

    question = resources_question(count_words, list_like, word_count=len(words), least_domains=least_domains)
    return Report(questions, question, choice)


def mentions(
    questions: Questions, name: str, choice: Choice = ALL_ROWS, *, aim: Aim | None = None
) -> Report[MentionRow]:
    """Pages that name it; with a target, those of other domains that do not link there."""
    if not name.strip():
        raise CommandFailed("a name is a word or more")
    wanted = re.compile(rf"(?<!\w){re.escape(' '.join(name.split()))}(?!\w)", re.IGNORECASE)

    def find_name(head: str, text: bytes | None) -> str | None:
        whole = " ".join(f"{head} | {unpacked(text)}".split())
        found = wanted.search(whole)
        if found is None:
            return None
        return whole[max(0, found.start() - AROUND_CHARACTERS) : found.end() + AROUND_CHARACTERS]

    return Report(questions, mentions_question(find_name, aim), choice)

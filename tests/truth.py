"""What a store holds of an invented web, held against what the web knows of itself."""

import sqlite3
from collections import Counter
from contextlib import closing

from backlinks.demo import TrueLink
from storage import LinkKind, Placement, StopReason

LINKS = "SELECT source_url, target_url, anchor_text, rel, kind, placement FROM links"
PAGES = "SELECT url, outcome, status, title, canonical_url, redirect_url, noindex, nofollow, depth FROM pages"
STOPS = "SELECT o.text || u.path, u.stop FROM url u JOIN origin o ON o.id = u.origin_id WHERE u.stop <> 0"


def rows(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def stored_links(path):
    return Counter(
        TrueLink(
            source,
            target,
            words,
            " ".join(sorted(set(rel.split()))),
            LinkKind[kind.upper()],
            Placement[placement.upper()],
        )
        for source, target, words, rel, kind, placement in rows(path, LINKS)
    )


def true_pages(web):
    """The rows that the pages view should show, by URL."""
    return {
        url: (
            one.outcome,
            one.status,
            one.title,
            one.declared_canonical,
            one.redirect_url,
            one.noindex,
            one.nofollow,
            one.depth,
        )
        for url, one in web.true_pages().items()
        if one.outcome is not None
    }


def differences(path, web):
    """Sentences; none when the store equals the truth."""
    found = []
    truth, stored = Counter(web.true_links()), stored_links(path)
    found += [f"link missing {count} times: {link}" for link, count in (truth - stored).items()]
    found += [f"link invented {count} times: {link}" for link, count in (stored - truth).items()]
    wanted, pages = true_pages(web), {url: tuple(rest) for url, *rest in rows(path, PAGES)}
    found += [f"page {url}: {wanted.get(url)} wanted, {pages.get(url)} stored" for url in differing(wanted, pages)]
    reasons = {url: one.stop for url, one in web.true_pages().items() if one.stop is not StopReason.WANTED}
    stops = dict(rows(path, STOPS))
    found += [f"stop {url}: {reasons.get(url)} wanted, {stops.get(url)} stored" for url in differing(reasons, stops)]
    return found


def differing(wanted, stored):
    return sorted(url for url in wanted.keys() | stored.keys() if wanted.get(url) != stored.get(url))

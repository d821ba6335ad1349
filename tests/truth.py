"""What a store holds of an invented web, held against what the web knows of itself."""

import sqlite3
from collections import Counter
from contextlib import closing

from backlinks.demo import TrueLink
from storage import LinkKind, Placement, StopReason

LINKS = "SELECT source_url, target_url, anchor_text, rel, kind, placement FROM links"
PAGES = "SELECT url, outcome, status, title, canonical_url, redirect_url, noindex, nofollow, depth FROM pages"
STOPS = "SELECT o.text || u.path, u.stop FROM url u JOIN origin o ON o.id = u.origin_id WHERE u.stop <> 0"


LOST = """
SELECT so.text || su.path, tor.text || tu.path, coalesce(a.text, ''), coalesce(r.text, '') FROM lost_link l
JOIN url su ON su.id = l.source JOIN origin so ON so.id = su.origin_id
JOIN url tu ON tu.id = l.target JOIN origin tor ON tor.id = tu.origin_id
LEFT JOIN anchor a ON a.id = l.anchor LEFT JOIN rel r ON r.id = l.rel"""


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


def lost_links(path):
    """Source, target, words and rel of the links that the store has seen and sees no more."""
    return Counter((*rest, " ".join(sorted(set(rel.split())))) for *rest, rel in rows(path, LOST))


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


def differences(path, web, earlier=None):
    """Sentences; none when the store equals the truth.

    With an `earlier` night in the same file, pages that only that one knew may be there too, and a depth may be the
    smaller one it had then.
    """
    found = []
    truth, stored = Counter(web.true_links()), stored_links(path)
    found += [f"link missing {count} times: {link}" for link, count in (truth - stored).items()]
    found += [f"link invented {count} times: {link}" for link, count in (stored - truth).items()]
    wanted, pages = true_pages(web), {url: tuple(rest) for url, *rest in rows(path, PAGES)}
    reasons = {url: one.stop for url, one in web.true_pages().items() if one.stop is not StopReason.WANTED}
    stops = dict(rows(path, STOPS))
    if earlier is not None:
        known = {url for url in earlier.true_pages() if url not in web.true_pages()}
        pages, stops = ({url: one for url, one in table.items() if url not in known} for table in (pages, stops))
        wanted, pages = ({url: row[:-1] for url, row in table.items()} for table in (wanted, pages))
    found += [f"page {url}: {wanted.get(url)} wanted, {pages.get(url)} stored" for url in differing(wanted, pages)]
    found += [f"stop {url}: {reasons.get(url)} wanted, {stops.get(url)} stored" for url in differing(reasons, stops)]
    return found


def differing(wanted, stored):
    return sorted(url for url in wanted.keys() | stored.keys() if wanted.get(url) != stored.get(url))

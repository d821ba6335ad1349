"""Small stores for tests of the graph: written row by row, so that a test says exactly what the file holds."""

import sqlite3
from collections import Counter
from contextlib import closing
from urllib.parse import urlsplit

from storage import UNFOLLOWED, LinkFlags, Placement, pack_flags
from storage.schema import APPLICATION_ID, MIGRATIONS

FETCHED_AT = 1_700_000_000
NOFOLLOW = int(LinkFlags.NOFOLLOW)


def domain_of(host):
    return ".".join(host.split(".")[-2:])


class LinkStore:
    """Urls are written without scheme: `a.test/x` is https://a.test/x."""

    def __init__(self, path):
        self.path = path
        with closing(self._connect()) as connection:
            connection.executescript(
                f"PRAGMA journal_mode = WAL; {''.join(MIGRATIONS)}; PRAGMA application_id = {APPLICATION_ID};"
                f"PRAGMA user_version = {len(MIGRATIONS)}"
            )

    def _connect(self):
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA synchronous = OFF")  # a test does not survive a power cut anyway
        return connection

    def execute(self, sql, *parameters):
        with closing(self._connect()) as connection, connection:
            return connection.execute(sql, parameters).fetchall()

    def rows(self, sql, *parameters):
        return self.execute(sql, *parameters)

    def add(self, pages, *, redirects=(), canonicals=(), addresses=()):
        """`pages`: url -> targets; a target is a url or (url, flags) or (url, flags, Placement)."""
        with closing(self._connect()) as connection, connection:
            ids = _Ids(connection)
            for url, targets in dict(pages).items():
                _add_page(connection, ids, url, [_as_link(target) for target in targets])
            for kind, pairs in (("redirect", redirects), ("canonical", canonicals)):
                for url, target in dict(pairs).items():
                    _point(connection, ids, kind, url, target)
            for host, address in dict(addresses).items():
                ids.host(host)
                connection.execute("UPDATE host SET address = ? WHERE name = ?", (address, host))
        return self

    def scores(self, column="pagerank"):
        """Domain name -> the column of the current ranking."""
        return dict(
            self.rows(
                f"SELECT d.name, s.{column} FROM domain_score s JOIN domain d ON d.id = s.domain_id"
                " WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"
            )
        )

    def page_scores(self, column="pagerank"):
        """Url without https:// -> the column of the current ranking."""
        rows = self.rows(
            f"SELECT o.text || u.path, s.{column} FROM page_score s JOIN url u ON u.id = s.url_id"
            " JOIN origin o ON o.id = u.origin_id WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"
        )
        return {url.removeprefix("https://"): value for url, value in rows}


class _Ids:
    def __init__(self, connection):
        self._connection = connection

    def _id(self, table, column, value, **others):
        found = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
        if found:
            return found[0]
        columns = {column: value, **others}
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        return self._connection.execute(sql, tuple(columns.values())).lastrowid

    def domain(self, host):
        return self._id("domain", "name", domain_of(host))

    def host(self, host):
        return self._id("host", "name", host, domain_id=self.domain(host))

    def url(self, url):
        parts = urlsplit(url if "://" in url else f"https://{url}")
        origin = f"{parts.scheme}://{parts.netloc}"
        origin_id = self._id("origin", "text", origin, host_id=self.host(parts.hostname))
        path = parts.path or "/"
        sql = "SELECT id FROM url WHERE origin_id = ? AND path = ?"
        found = self._connection.execute(sql, (origin_id, path)).fetchone()
        if found:
            return found[0], self.domain(parts.hostname)
        sql = "INSERT INTO url (origin_id, hash, path, stop, depth) VALUES (?, ?, ?, 0, 0)"
        row = (origin_id, len(path), path)
        return self._connection.execute(sql, row).lastrowid, self.domain(parts.hostname)


def _as_link(target):
    if isinstance(target, str):
        return target, 0, Placement.CONTENT
    return (*target, Placement.CONTENT)[:3]


def _add_page(connection, ids, url, links):
    source, domain = ids.url(url)
    counts, followed_counts = Counter(), Counter()
    first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM link").fetchone()[0]
    for target_url, flags, placement in links:
        target, target_domain = ids.url(target_url)
        external = LinkFlags.EXTERNAL if target_domain != domain else 0
        connection.execute(
            "INSERT INTO link (source, target, anchor, rel, flags) VALUES (?, ?, 0, 0, ?)",
            (source, target, pack_flags(flags | external, 0, placement)),
        )
        counts[target_domain] += 1
        followed_counts[target_domain] += not flags & UNFOLLOWED
    connection.execute(
        "INSERT INTO page (url_id, run_id, outcome, status, first_fetched_at, fetched_at, changed_at, first_link,"
        " link_count) VALUES (?, 1, 'ok', 200, ?, ?, ?, ?, ?)",
        (source, FETCHED_AT, FETCHED_AT, FETCHED_AT, first if links else None, len(links)),
    )
    connection.execute("UPDATE domain SET pages_crawled = pages_crawled + 1 WHERE id = ?", (domain,))
    for target_domain, count in counts.items():
        followed = followed_counts[target_domain]
        connection.execute(
            "INSERT INTO domain_edge VALUES (?, ?, ?, ?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " links = links + excluded.links, followed_links = followed_links + excluded.followed_links,"
            " pages = pages + 1, followed_pages = followed_pages + excluded.followed_pages",
            (domain, target_domain, count, followed, followed > 0, FETCHED_AT, FETCHED_AT),
        )


def _point(connection, ids, kind, url, target):
    """The page becomes, or is, one that redirects or declares a canonical link."""
    url_id, _ = ids.url(url)
    outcome, status = ("redirect", 301) if kind == "redirect" else ("ok", 200)
    connection.execute(
        "INSERT INTO page (url_id, run_id, outcome, status, first_fetched_at, fetched_at, changed_at)"
        " VALUES (?, 1, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET outcome = excluded.outcome",
        (url_id, outcome, status, FETCHED_AT, FETCHED_AT, FETCHED_AT),
    )
    connection.execute(f"UPDATE page SET {kind}_id = ? WHERE url_id = ?", (ids.url(target)[0], url_id))

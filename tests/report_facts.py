"""Everything a store holds, read from its tables by plain SELECTs and joined in Python: what the reports are held to.

Nothing here is shared with the reports but the meaning of the tables (docs/schema.md).
"""

import math
import sqlite3
import zlib
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

KINDS = ("text", "image", "area")
PLACES = ("content", "nav", "header", "footer", "aside", "comment")
FAILED = {"http_error", "dns_error", "timeout"}


class LinkFact(NamedTuple):
    id: int
    source: str
    target: str
    source_host: str
    source_domain: str
    target_domain: str
    words: str
    rel: str
    flags: int
    first_seen: float
    last_seen: float | None
    around: tuple[str | None, str | None]

    @property
    def followed(self):
        return int(not self.flags & 15)

    @property
    def is_external(self):
        return bool(self.flags & 16)

    @property
    def kind(self):
        return KINDS[self.flags >> 5 & 7]

    @property
    def place(self):
        return PLACES[self.flags >> 8 & 7]


def moment(seconds):
    """Whole seconds of the nearest thousandth, as SQLite counts."""
    whole = None if seconds is None else math.floor(seconds * 1000 + 0.5) // 1000
    return None if whole is None else datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%d %H:%M:%S")


class Facts:
    def __init__(self, path):
        with closing(sqlite3.connect(path)) as connection:
            connection.row_factory = sqlite3.Row
            ask = self._ask = lambda sql: [dict(row) for row in connection.execute(sql)]
            self._read_names(ask)
            self.pages = {self.urls[row["url_id"]]: row for row in ask("SELECT * FROM page")}
            self.texts = {
                self.urls[row["url_id"]]: zlib.decompress(row["text"]).decode()
                for row in ask("SELECT * FROM page_text")
            }
            self._read_scores(ask)
            self._read_links(ask)
            self.edges = ask("SELECT * FROM domain_edge")
            self.last_run_began = int(ask("SELECT max(started_at) AS at FROM run")[0]["at"])

    def _read_names(self, ask):
        domains = {row["id"]: row for row in ask("SELECT * FROM domain")}
        hosts = {row["id"]: row for row in ask("SELECT * FROM host")}
        origins = {row["id"]: row for row in ask("SELECT * FROM origin")}
        self.domain_names = {number: row["name"] for number, row in domains.items()}
        self.pages_crawled = {row["name"]: row["pages_crawled"] for row in domains.values()}
        self.addresses = {row["name"]: row["address"] for row in hosts.values()}
        self.urls, self.host_of, self.domain_of = {}, {}, {}
        for row in ask("SELECT id, origin_id, path FROM url"):
            origin = origins[row["origin_id"]]
            url, host = origin["text"] + row["path"], hosts[origin["host_id"]]
            self.urls[row["id"]] = url
            self.host_of[url] = host["name"]
            self.domain_of[url] = self.domain_names[host["domain_id"]]

    def _read_scores(self, ask):
        current = "WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"
        self.domain_scores = {
            self.domain_names[row["domain_id"]]: row for row in ask(f"SELECT * FROM domain_score {current}")
        }
        self.page_scores = {
            self.urls[row["url_id"]]: row["authority"] for row in ask(f"SELECT * FROM page_score {current}")
        }

    def _read_links(self, ask):
        words = {row["id"]: row["text"] for row in ask("SELECT * FROM anchor")}
        rels = {row["id"]: row["text"] for row in ask("SELECT * FROM rel")}
        around = {row["link_id"]: (row["before"], row["after"]) for row in ask("SELECT * FROM link_text")}
        self.links, self.lost = [], []
        for table, kept in (("link", self.links), ("lost_link", self.lost)):
            for row in ask(f"SELECT * FROM {table} ORDER BY id"):
                source, target = self.urls[row["source"]], self.urls[row["target"]]
                page = self.pages[source]
                first, last = row["first_seen"], row.get("last_seen", page["seen_at"])
                fact = LinkFact(
                    row["id"], source, target, self.host_of[source], self.domain_of[source], self.domain_of[target],
                    words.get(row["anchor"], ""), rels.get(row["rel"], ""), row["flags"],
                    page["first_fetched_at"] if first is None else first, last,
                    around.get(row["id"], (None, None)),
                )  # fmt: skip
                kept.append(fact if table == "link" else (fact, row["lost_at"], row["reason"]))

    def authority(self, domain):
        row = self.domain_scores.get(domain)
        return row and row["authority"]

    def next_of(self, url):
        page = self.pages.get(url)
        number = page and (page["canonical_id"] if page["redirect_id"] is None else page["redirect_id"])
        return self.urls.get(number)

    def way(self, url):
        """The URL and all that it leads to, each once."""
        seen = [url]
        while (url := self.next_of(url)) and url not in seen:
            seen.append(url)
        return seen

    @cached_property
    def ways(self):
        return {url: self.way(url) for url in {link.target for link in self.links}}

    @cached_property
    def _by_domain(self):
        found = defaultdict(list)
        for link in self.links:
            for domain in {self.domain_of[url] for url in self.ways[link.target]}:
                found[domain].append(link)
        return found

    @cached_property
    def linked_names(self):
        """Domains that a domain's links name, its own left out."""
        found = defaultdict(set)
        for link in self.links:
            if link.source_domain != link.target_domain:
                found[link.source_domain].add(link.target_domain)
        return found

    @cached_property
    def by_source_domain(self):
        found = defaultdict(list)
        for link in self.links:
            found[link.source_domain].append(link)
        return found

    def backlinks(self, domain, *, with_internal=False):
        return [link for link in self._by_domain[domain] if with_internal or link.source_domain != domain]

    def voices(self, domain):
        return {link.source_domain for link in self.backlinks(domain)}

    def linked_back(self, domain):
        """The domains that links of this domain lead to, with those links."""
        found = defaultdict(list)
        for link in self.by_source_domain[domain]:
            for other in {self.domain_of[url] for url in self.ways[link.target]} - {domain}:
                found[other].append(link)
        return found

    def loops(self, url):
        return self.next_of(self.way(url)[-1]) is not None

    def is_gone(self, url):
        return url in self.pages and self.pages[url]["outcome"] in FAILED

    def busiest(self, count):
        """The domains with most backlinks."""
        counts = Counter({domain: len(self.backlinks(domain)) for domain in list(self._by_domain)})
        return [domain for domain, _ in counts.most_common(count)]

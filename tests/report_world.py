"""A web of a dozen domains drawn from a number and written by the writer itself, with the answers kept beside it.

The oracle is plain Python over the views `links` and `pages`, which know nothing of the reports.
"""

import asyncio
import random
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

from graph import rank_store
from storage import (
    HostClock,
    Link,
    LinkFlags,
    LinkKind,
    Outcome,
    Placement,
    StorageOptions,
    Waiting,
    open_crawl_store,
    pack_flags,
)
from tests.small_store import BEGAN_AT, Keeper, candidate, visit

ME = "mine.test"
DOMAINS = (ME, "rival.test", "other.test", *(f"d{number}.test" for number in range(9)))
ADDRESSES = {domain: f"10.0.{number % 3}.{number}" for number, domain in enumerate(DOMAINS)}
EVIL = "=HYPERLINK(0)\x1b[2J\u202e<script>alert('x')</script>"
WORDS = (
    "Mine",
    "best shoes",
    "BEST Shoes",
    "click here",
    "mine.test",
    "Straße",
    "",
    EVIL,
    "shoes of mine",
    "a; DROP",
    "O'Neil",
)
RELS = ("", "", "", "nofollow", "nofollow ugc", "sponsored")


def urls_of(domain):
    hosts = (domain, f"www.{domain}")
    return [f"https://{host}/{path}" for host in hosts for path in ("", "a", "b/", "b/c", "b/d?x=1", "old", "twin")]


def internal_or_not(source, target):
    ends = [".".join(urlsplit(url).hostname.split(".")[-2:]) for url in (source, target)]
    return LinkFlags.EXTERNAL if ends[0] != ends[1] else LinkFlags(0)


def draw_link(dice, source, targets):
    target, words, rel = dice.choice(targets), dice.choice(WORDS), dice.choice(RELS)
    flags = internal_or_not(source, target)
    flags |= LinkFlags.NOFOLLOW * ("nofollow" in rel) | LinkFlags.UGC * ("ugc" in rel)
    flags |= LinkFlags.SPONSORED * ("sponsored" in rel)
    kind = dice.choice((LinkKind.TEXT, LinkKind.TEXT, LinkKind.IMAGE))
    around = ("words before", EVIL) if flags & LinkFlags.EXTERNAL else ("", "")
    return Link(target, words, rel, pack_flags(flags, kind, dice.choice(list(Placement))), *around)


def page_of(dice, url, known):
    """Old pages redirect to their domain's /a, or to mine; twins name /a as canonical; the rest link."""
    home = url[: url.index("/", 8)]
    if url.endswith("/old"):
        moved = dice.choice((f"{home}/a", f"https://{ME}/a", f"https://{DOMAINS[1]}/old"))
        return {"outcome": Outcome.REDIRECT, "status": 301, "redirect_url": moved}, []
    if url.endswith("/b/d?x=1"):
        return {"outcome": Outcome.HTTP_ERROR, "status": dice.choice((404, 410, 500))}, []
    links = [draw_link(dice, url, known) for _ in range(dice.randrange(12))]
    page = {
        "title": dice.choice((f"About {url}", EVIL)),
        "language": dice.choice(("en", "de", None)),
        "noindex": dice.random() < 0.2,
        "external_link_count": sum(bool(one.flags & LinkFlags.EXTERNAL) for one in links),
        "external_domain_count": len({urlsplit(one.target).hostname for one in links}),
        "text": dice.choice(("All about shoes and Mine Ltd.", "Gardens by the river. Nothing else.", EVIL)),
    }
    if url.endswith("/twin"):
        page["declared_canonical"] = f"{home}/a"
    return page, links


CRAWLED = [url for domain in DOMAINS for url in urls_of(domain)]
KNOWN = [*CRAWLED, *(f"https://only-linked.test/{n}" for n in range(3)), *[f"https://{ME}/a"] * 20]
WAITING = """
SELECT f.url_id, o.text || u.path, h.name, f.depth FROM frontier f JOIN url u ON u.id = f.url_id
JOIN origin o ON o.id = u.origin_id JOIN host h ON h.id = o.host_id"""


async def write_night(path, seed, number):
    """Every page is fetched; on later nights about half of the pages are as they were."""
    began, dice = BEGAN_AT + 90_000 * number, random.Random(seed)
    async with open_crawl_store(path, StorageOptions(), now=began, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open(CRAWLED)
        waiting = keeper.waiting
        if number:
            await store.queue_recrawl(DOMAINS, fetched_before=began)
            rows = [Waiting(*row) for row in await store._writing.execute_fetchall(WAITING)]
            waiting = {row.url: row for row in rows if row.url in CRAWLED}
        visits = []
        for url in sorted(waiting, key=CRAWLED.index):
            page, links = page_of(random.Random(f"{seed} {url} {number * dice.randrange(2)}"), url, KNOWN)
            clock = HostClock(host=urlsplit(url).hostname, address=ADDRESSES[Oracle.domain_of(url)])
            named = [candidate(one.target) for one in links]
            visits.append(visit(waiting[url], links=links, candidates=named, clock=clock, **page))
            object.__setattr__(visits[-1].page, "fetched_at", began + 2)
        await keeper.save(*visits)
        await store.end(now=began + 60, reason="done")


def world(path, seed=1, *, nights=1, is_ranked=True):
    for number in range(nights):
        asyncio.run(write_night(path, seed, number))
    if is_ranked:
        rank_store(path)
    return path


def view(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


class Oracle:
    """What the reports should say, found by looking at every link for every question."""

    def __init__(self, path):
        self.links = view(path, "SELECT * FROM links")
        self.pages = {page["url"]: page for page in view(path, "SELECT * FROM pages")}
        self.domains = {row["domain"]: row for row in view(path, "SELECT * FROM domains")}

    def leads_to(self, url):
        """The URL itself and every one after it."""
        seen = []
        while url and url not in seen:
            seen.append(url)
            page = self.pages.get(url)
            url = page and (page["redirect_url"] or page["canonical_url"])
        return seen

    def backlinks(self, is_target, *, domain=ME, with_internal=False):
        return [
            link
            for link in self.links
            if (with_internal or link["source_domain"] != domain)
            and any(is_target(url) for url in self.leads_to(link["target_url"]))
        ]

    def of_domain(self, domain=ME):
        return self.backlinks(lambda url: self.domain_of(url) == domain, domain=domain)

    @staticmethod
    def domain_of(url):
        return ".".join(urlsplit(url).hostname.split(".")[-2:])

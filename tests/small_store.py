"""A small store as a crawl leaves it, made by the writer itself: for tests of what reads the file.

Three seeds. a.test: two pages read, one gone, one waiting. b.test: retired. c.test: resting, three URLs waiting.
"""

import asyncio

from storage import (
    Candidate,
    FetchKind,
    FetchRecord,
    HostClock,
    Link,
    LinkFlags,
    Outcome,
    Page,
    StopReason,
    StorageOptions,
    Visit,
    open_crawl_store,
    pack_flags,
)

BEGAN_AT = 1_700_000_000.0
SEEDS = ("https://a.test/", "https://b.test/", "https://c.test/")
EVIL_TITLE = "=cmd()\x1b[2J\u202e red"


def candidate(url, *, depth=1, stop=StopReason.WANTED):
    host = url.split("/")[2]
    return Candidate(url, url[: url.index("/", 8)], host, ".".join(host.split(".")[-2:]), depth, stop)


def link(target, words="words", rel="", *, external=False):
    flags = LinkFlags.EXTERNAL if external else 0
    return Link(target, words, rel, pack_flags(flags | ("nofollow" in rel), 0, 0))


def visit(waiting, *, links=(), candidates=(), clock=None, **page):
    outcome, status = page.setdefault("outcome", Outcome.OK), page.setdefault("status", 200)
    fetch = FetchRecord(
        url=waiting.url,
        host=waiting.host,
        kind=FetchKind.PAGE,
        started_at=BEGAN_AT + 1,
        elapsed_seconds=0.25,
        outcome=outcome,
        status=status,
    )
    return Visit(
        url_id=waiting.url_id,
        depth=waiting.depth,
        host=clock or HostClock(host=waiting.host, ready_at=BEGAN_AT + 2),
        fetch=fetch,
        page=Page(fetched_at=BEGAN_AT + 2, bytes_received=1_000, **page),
        links=list(links),
        candidates=list(candidates),
    )


class Keeper:
    """Hands visits to the writer and keeps what it says waits."""

    def __init__(self, store):
        self._store = store
        self.waiting = {}

    async def open(self, seeds):
        self._writer = await self._store.writer(max_depth=5, on_saved=self._on_saved)
        await self._writer.add_candidates([candidate(url, depth=0) for url in seeds])
        await self._store.mark_seeds([url.split("/")[2] for url in seeds])

    def _on_saved(self, visits, waiting):
        for one in visits:
            self.waiting = {url: kept for url, kept in self.waiting.items() if kept.url_id != one.url_id}
        self.waiting |= {one.url: one for one in waiting}

    async def save(self, *visits):
        for one in visits:
            await self._writer.put(one)
        self._writer.finish()
        await self._writer.run()
        self._writer._is_finishing = False


async def fill(keeper):
    a = "https://a.test/"
    await keeper.save(
        visit(
            keeper.waiting[a],
            title=EVIL_TITLE,
            links=[link(a + "1"), link(a + "gone"), link(a + "later"), link("https://far.test/", "Far", external=True)],
            candidates=[
                *(candidate(a + path) for path in ("1", "gone", "later")),
                candidate("https://far.test/", stop=StopReason.OUT_OF_SCOPE),
                candidate(a + "private", stop=StopReason.ROBOTS),
            ],
        ),
        visit(
            keeper.waiting["https://b.test/"],
            outcome=Outcome.TIMEOUT,
            status=None,
            clock=HostClock(
                host="b.test", retired_reason="5 failed connections in a row \x1b[31m", consecutive_failures=5
            ),
        ),
        visit(
            keeper.waiting["https://c.test/"],
            links=[link(f"https://c.test/{n}") for n in range(3)],
            candidates=[candidate(f"https://c.test/{n}") for n in range(3)],
            clock=HostClock(host="c.test", ready_at=BEGAN_AT + 600, rest_reason="429", crawl_delay_seconds=30.0),
        ),
    )
    await keeper.save(
        visit(
            keeper.waiting[a + "1"], title="One", links=[link("https://far.test/", "Again", "nofollow", external=True)]
        ),
        visit(keeper.waiting[a + "gone"], outcome=Outcome.HTTP_ERROR, status=404),
    )


async def write_small_store(path, *, end_reason="done", seeds=SEEDS, fill=fill, options_json="{}"):
    """`end_reason` None leaves the run as a kill would."""
    async with open_crawl_store(
        path, StorageOptions(), now=BEGAN_AT, version="0.1.0", options_json=options_json
    ) as store:
        keeper = Keeper(store)
        await keeper.open(seeds)
        if fill:
            await fill(keeper)
        if end_reason:
            await store.end(now=BEGAN_AT + 60, reason=end_reason)


def small_store(path, **options):
    asyncio.run(write_small_store(path, **options))
    return path

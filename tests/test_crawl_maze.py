"""Google's security-crawl-maze, recorded, served and crawled as one site."""

import base64
import json
from collections import Counter

from crawler import (
    CrawlerOptions,
    CrawlJob,
    CrawlOptions,
    NetworkOptions,
    PolitenessOptions,
    UrlReader,
    run_crawl,
    seed_url,
)
from storage import StorageOptions
from tests.conformance import conformance_path
from tests.wire import Reply, page, serve

FOLDER = ("sites", "security-crawl-maze")
NOT_FOUND = page(b"", status="404 Not Found")
FORBIDDEN = "/test/misc/known-files/robots.txt.found"


def recorded() -> dict[str, Reply]:
    with conformance_path(*FOLDER, "responses.jsonl").open(encoding="utf-8") as lines:
        return {one["path"]: reply_of(one) for one in map(json.loads, lines)}


def reply_of(one) -> Reply:
    headers = [f"{name}: {value}" for name, value in one["headers"]]
    return page(base64.b64decode(one["body_b64"]), *headers, status=f"{one['status']} Recorded")


async def crawl(folder) -> list[str]:
    """The paths that were asked for."""
    async with serve(NOT_FOUND) as server:
        server.replies.update(recorded())
        options = CrawlerOptions(
            crawl=CrawlOptions(contact="me@example.org", max_depth=20, max_idle_seconds=1),
            politeness=PolitenessOptions(delay_seconds=0, address_delay_seconds=0, retry_seconds=(0.1,)),
            network=NetworkOptions(allow_private_addresses=True, resolve={"localhost": f"127.0.0.1:{server.port}"}),
        )
        seeds = [seed_url("http://localhost/", UrlReader(drop_parameters=(), user_platforms=()))]
        summary = await run_crawl(
            CrawlJob(seeds=seeds, path=folder / "x.db", crawler=options, storage=StorageOptions(batch_seconds=0.1))
        )
        assert summary.end_reason == "done"
        return server.paths


async def test_every_target_that_needs_no_script_is_fetched_and_the_forbidden_one_is_not(tmp_path, capsys):
    """What the maze hides behind resources, forms and scripts is not ours, and is not fetched by chance either."""
    names = conformance_path(*FOLDER, "expected_by_capability.json").read_text(encoding="utf-8")
    links, frames, headers, *others = json.loads(names).values()
    paths = await crawl(tmp_path)
    wanted = {*links, *frames, *headers} - {FORBIDDEN}
    unseen = [path for group in others for path in group]
    with capsys.disabled():
        counts = f"{len(wanted & {*paths})} of {len(wanted)} targets, {len(unseen)} behind resources, forms and scripts"
        print(f"\nsecurity-crawl-maze as one crawl: {counts}; {len(paths)} requests")  # noqa: T201 — read by people
    assert len(wanted) == 15
    assert wanted <= {*paths}
    assert not {FORBIDDEN, *unseen} & {*paths}
    assert max(Counter(paths).values()) == 1, "nothing is asked for twice"

"""What an earlier run would not fetch and this one would: the options have changed, or a domain is a seed by now.

A verdict of the scope is stored with its URL, and pages that are not due are not read again, so a greater depth would
find nothing to do. What can be judged from the URL and its depth is judged again, once, before the run begins.

Not here: what waits and is no longer wanted (worker.py, when its turn comes), robots.txt (storage).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from storage import CrawlStore, StoppedUrl, StopReason

from .options import CrawlerOptions
from .scope import Scope
from .urls import UrlReader

JUDGED_AGAIN = frozenset({
    StopReason.OUT_OF_SCOPE, StopReason.DEPTH, StopReason.EXCLUDED, StopReason.URL_TOO_LONG,
    StopReason.REPEATED_SEGMENTS, StopReason.TOO_MANY_SEGMENTS, StopReason.PORT, StopReason.NOT_A_PAGE,
})  # fmt: skip
"""Reasons that the URL and its depth are enough for."""


async def reopen_stopped(
    store: CrawlStore, options: CrawlerOptions, scope: Scope, seeds: Collection[str], adopted: Sequence[str]
) -> None:
    """Let wait again what this run wants. `seeds` are their registrable domains."""
    new_domains = await store.new_domains(seeds)
    before = store.run.options_before
    has_changed = before is not None and wants_of(json.loads(before)) != wants_of({"crawler": asdict(options)})
    domains = [*seeds, *adopted] if has_changed else new_domains
    if not domains:
        return
    reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)
    reasons = reasons_to_judge(json.loads(before) if before else {}, options)
    async for some in store.stopped(domains, reasons):
        await store.reopen([one.url_id for one in some if is_wanted(one, scope, reader)])
    await store.recount_stops()


def is_wanted(stopped: StoppedUrl, scope: Scope, reader: UrlReader) -> bool:
    url = reader.parse(stopped.url)
    if url is None or not scope.is_inside(url.registrable_domain):
        return False
    return scope.judge(url, depth=stopped.depth) is StopReason.WANTED


def reasons_to_judge(before: dict[str, Any], options: CrawlerOptions) -> set[StopReason]:
    """Of some reasons it is known only that they no longer hold, or that their bound was raised."""
    reasons = set(JUDGED_AGAIN)
    if options.scope.follow_nofollow:
        reasons.add(StopReason.NOFOLLOW)
    crawler = before.get("crawler", {})
    if crawler.get("crawl", {}).get("user_agent", options.crawl.user_agent) != options.crawl.user_agent:
        reasons.add(StopReason.ROBOTS)
    hops = options.fetch.max_redirect_hops
    if hops > crawler.get("fetch", {}).get("max_redirect_hops", hops):
        reasons.add(StopReason.REDIRECT_HOPS)
    return reasons


def wants_of(recorded: dict[str, Any]) -> str:
    """The part of a run's options that decides what is wanted at all, as text to compare."""
    crawler = recorded.get("crawler", {})
    wants = (
        crawler.get("scope"),
        crawler.get("crawl", {}).get("max_depth"),
        crawler.get("crawl", {}).get("user_agent"),
        crawler.get("fetch", {}).get("max_redirect_hops"),
        crawler.get("network", {}).get("allowed_ports"),
    )
    return json.dumps(wants, sort_keys=True, default=str)

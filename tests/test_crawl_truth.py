"""The crawl of the invented web against the web's own knowledge of its graph: nothing lost, nothing invented."""

from collections import Counter

import pytest

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import run_crawl
from tests.ports import kept_port
from tests.test_crawl import FAST, job_for
from tests.truth import differences, lost_links, rows

UNHURRIED = FAST | {"crawl": {"max_idle_seconds": 5}}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8])
async def test_a_finished_crawl_knows_the_true_graph(tmp_path, seed):
    web = InventedWeb(seed)
    async with serve_web(web) as served:
        summary = await run_crawl(job_for(served, tmp_path / "x.db", **UNHURRIED))
        asked = [access for access in served.log if access.path in web.forbidden(access.host)]
    assert summary.end_reason == "idle"
    assert {clock.host for clock in summary.resting} == {"archive.aldermoor-courier.test", "shop.redkettle.test"}
    assert differences(tmp_path / "x.db", web) == []
    assert asked == []


async def test_a_crawl_of_a_plain_web_knows_every_link_and_asks_each_page_once(tmp_path):
    web = InventedWeb(3, profile="plain", size=Size(hosts=12, pages_per_host=15))
    async with serve_web(web) as served:
        summary = await run_crawl(job_for(served, tmp_path / "x.db", **UNHURRIED))
        pages = [
            (access.host, access.path) for access in served.log if access.status == 200 and access.path != "/robots.txt"
        ]
    assert summary.end_reason == "done"
    assert differences(tmp_path / "x.db", web) == []
    assert len(pages) == len(set(pages)) == 12 * 15


@pytest.mark.slow
async def test_on_the_second_night_links_are_lost_and_won_as_in_truth(tmp_path):
    """The file of the first night is crawled again; it must then show the second night's web."""
    path = tmp_path / "x.db"
    first, second = InventedWeb(7), InventedWeb(7, night=2)
    sections = UNHURRIED | {"crawl": {"max_idle_seconds": 5, "recrawl_after_hours": 1e-9}}
    with kept_port(dict.fromkeys([*first.addresses, *second.addresses])) as port:
        for web in (first, second):
            async with serve_web(web, port) as served:
                await run_crawl(job_for(served, path, **sections))
    # Hops are counted anew each night from every redirect that is known, so the chain is followed a little further.
    wrong = [
        one for one in differences(path, second, earlier=first) if "//snip.test" not in one or "/chain/" not in one
    ]
    assert wrong == []
    before, after = (Counter(link[:4] for link in web.true_links()) for web in (first, second))
    assert lost_links(path) == before - after
    assert rows(path, "SELECT count(*) FROM run") == [(2,)]

"""The crawl of the invented web against the web's own knowledge of its graph: nothing lost, nothing invented."""

from backlinks.demo import InventedWeb, Size, serve_web
from crawler import run_crawl
from tests.test_crawl import FAST, job_for
from tests.truth import differences

UNHURRIED = FAST | {"crawl": {"max_idle_seconds": 5}}


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

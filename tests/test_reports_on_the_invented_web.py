"""A real crawl of the invented web, then the reports of every domain against plain Python over the views."""

import asyncio
from collections import Counter

import pytest

from backlinks.demo import InventedWeb, serve_web
from backlinks.reports import links, overview, pages, referring_domains
from crawler import run_crawl
from graph import rank_store
from storage import Target, TargetScope, find_target, open_questions
from tests.report_world import Oracle
from tests.test_crawl import FAST, job_for

pytestmark = pytest.mark.slow


async def crawl(path):
    async with serve_web(InventedWeb(4)) as served:
        await run_crawl(job_for(served, path, crawl={"max_idle_seconds": 2}, **FAST))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("invented") / "web.db"
    asyncio.run(crawl(path))
    rank_store(path)
    return path


def test_the_reports_of_every_domain_equal_the_plain_count(path):
    oracle = Oracle(path)
    domains = sorted({link["target_domain"] for link in oracle.links})
    assert len(domains) > 30
    with open_questions(path) as questions:
        for domain in domains:
            aim = find_target(questions, Target(scope=TargetScope.DOMAIN, domain=domain))
            expected = oracle.of_domain(domain)
            found = Counter((row.source_url, row.target_url, row.anchor_text, row.rel) for row in links(questions, aim))
            assert found == Counter((x["source_url"], x["target_url"], x["anchor_text"], x["rel"]) for x in expected)
            counts = {row.domain: row.links for row in referring_domains(questions, aim)}
            assert counts == Counter(link["source_domain"] for link in expected)
            totals = {row.name: row.value for row in overview(questions, aim) if row.section == "total"}
            assert totals["inbound_links"] == len(expected)
            assert totals["referring_pages"] == len({link["source_url"] for link in expected})
            assert sum(row.links for row in pages(questions, aim)) == len(expected)

"""A real crawl of the invented web, then every report of its domains against plain Python over the tables."""

import asyncio

import pytest

from backlinks.demo import InventedWeb, serve_web
from crawler import run_crawl
from graph import rank_store
from storage import open_questions
from tests.report_checks import CHECKS
from tests.report_facts import Facts
from tests.test_crawl import FAST, job_for

pytestmark = pytest.mark.slow


async def crawl(path):
    async with serve_web(InventedWeb(4)) as served:
        await run_crawl(job_for(served, path, crawl={"max_idle_seconds": 2}, **FAST))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("invented") / "web.db"
    asyncio.run(crawl(path))
    rank_store(path, trusted_domains=["commonbook.test"])
    return path


@pytest.fixture(scope="module")
def facts(path):
    return Facts(path)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_a_report_of_every_domain_equals_the_plain_count(path, facts, check):
    domains = facts.busiest(1_000)
    assert len(domains) > 30
    with open_questions(path) as questions:
        for domain in domains if check.__name__ not in COSTLY else domains[:10]:
            check(questions, facts, domain, word="books")


COSTLY = {"check_intersect", "check_resources", "check_mentions", "check_score"}
"""They work out much for each domain, or the same for all."""

"""Part of two real sites, crawled from nginx: every report against plain Python over the tables.

`python -m bench.real_sites` does the same with the whole of both.
"""

import asyncio

import pytest

from bench import real_sites
from crawler import run_crawl
from graph import rank_store


@pytest.mark.skipif(not real_sites.is_installed(), reason="needs nginx, python3-doc and postgresql-doc-15 of Debian")
def test_every_report_of_real_documentation_equals_the_plain_count(tmp_path):
    tmp_path.chmod(0o755)
    path = tmp_path / "docs.db"
    with real_sites.serving(tmp_path) as port:
        summary = asyncio.run(run_crawl(real_sites.job_for(port, path, max_pages_per_domain=25)))
    assert summary.statistics.pages >= 40
    rank_store(path, trusted_domains=["python.org"])
    assert real_sites.check_reports(path, domains=4) >= 18 * 4

"""What a page costs in operations, where a clock would be too noisy to show that one more crept in."""

from dataclasses import replace

from backlinks.demo import InventedWeb, serve_web
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, run_crawl, seed_url, visit
from storage import StorageOptions, open_crawl_store
from storage.bulk_insert import ROWS_AT_ONCE
from tests.small_store import Keeper, candidate, link
from tests.small_store import visit as visit_of

LINKS = 60
SEED = "https://a.test/"


async def statements_of_a_batch(path, page_count):
    """What SQLite ran while one batch was saved: pages with a menu of known URLs and one new URL each."""
    statements = []
    urls = [f"{SEED}{number}" for number in range(page_count)]
    menu = [link(f"{SEED}menu/{number}", f"menu {number}") for number in range(LINKS - 1)]
    async with open_crawl_store(path, StorageOptions(), now=0.0, version="0", options_json="{}") as store:
        keeper = Keeper(store)
        await keeper.open([*urls, *(one.target for one in menu)])
        visits = [
            visit_of(keeper.waiting[url], links=[*menu, link(f"{url}/new")], candidates=[candidate(f"{url}/new")])
            for url in urls
        ]
        await store._writing.set_trace_callback(statements.append)
        await keeper.save(*visits)
        await store._writing.set_trace_callback(None)
    return statements


def starting(statements, word):
    return sum(1 for statement in statements if statement.lstrip().startswith(word))


async def test_a_batch_asks_the_file_as_often_for_forty_pages_as_for_ten(tmp_path):
    ten = await statements_of_a_batch(tmp_path / "ten.db", 10)
    forty = await statements_of_a_batch(tmp_path / "forty.db", 40)
    assert 0 < starting(forty, "SELECT") == starting(ten, "SELECT") <= 10
    assert starting(forty, "BEGIN") == starting(forty, "COMMIT") == 1


async def test_a_page_runs_one_statement_for_fifty_links_and_few_besides(tmp_path):
    ten = await statements_of_a_batch(tmp_path / "ten.db", 10)
    forty = await statements_of_a_batch(tmp_path / "forty.db", 40)
    of_a_page = (len(forty) - len(ten)) / 30
    assert LINKS / ROWS_AT_ONCE < of_a_page <= 8


async def test_a_page_is_parsed_once(tmp_path, monkeypatch):
    parsed = []
    extract_page = visit.extract_page
    monkeypatch.setattr(visit, "extract_page", lambda *args, **kw: parsed.append(1) or extract_page(*args, **kw))
    async with serve_web(InventedWeb(2)) as served:
        options = served.hurried_options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org")))
        options = replace(
            options,
            crawl=replace(options.crawl, max_pages=25),
            politeness=replace(options.politeness, delay_seconds=0, address_delay_seconds=0),
        )
        reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)
        seeds = [seed_url(seed, reader) for seed in served.seeds]
        path = tmp_path / "x.db"
        await run_crawl(CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions()))
        answers = sum(1 for access in served.log if access.path != "/robots.txt")
    assert 0 < len(parsed) <= min(25, answers)

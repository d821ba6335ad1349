"""What a page costs in operations, where a clock would be too noisy to show that one more crept in."""

from dataclasses import replace

from backlinks.demo import InventedWeb, serve_web
from crawler import CrawlerOptions, CrawlJob, CrawlOptions, UrlReader, extract, run_crawl, seed_url, visit
from storage import StorageOptions, open_crawl_store
from storage.bulk_insert import ROWS_AT_ONCE
from tests.nameserver import Zone, serve_names
from tests.small_store import Keeper, candidate, link
from tests.small_store import visit as visit_of
from tests.small_web import HOST, SmallWeb, html

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


def test_a_document_becomes_a_tree_once_whatever_is_asked_of_it(monkeypatch):
    trees = []
    parser = extract.LexborHTMLParser
    monkeypatch.setattr(extract, "LexborHTMLParser", lambda *args, **kw: trees.append(1) or parser(*args, **kw))
    page = (
        "<html lang=en><title>t</title><base href=/b/><link rel=canonical href=c><meta name=robots content=noindex>"
        "<body><nav><a href=/1>one</a></nav><main><h1>h</h1>words <a href=//other.test/>two</a> words</main>"
    )
    found = extract.extract_page(
        page, max_links=10, max_text_characters=100, max_link_text_characters=60, domain="here.test"
    )
    assert len(found.links) == 2
    assert len(trees) == 1


async def test_a_host_is_looked_up_once_and_each_of_its_urls_costs_a_few_steps_in_the_queue(tmp_path):
    pages = 40
    web = SmallWeb({f"/{page}": html(f"<a href=/{page + 1}>next</a>") for page in range(1, pages)})
    web.answers["/"] = html("".join(f"<a href=/{page}>x</a>" for page in range(1, pages)))
    async with serve_web(web) as served, serve_names({HOST: Zone(["127.0.0.1"])}) as names:
        options = served.hurried_options(CrawlerOptions(crawl=CrawlOptions(contact="me@example.org")))
        options = replace(
            options,
            politeness=replace(options.politeness, delay_seconds=0, address_delay_seconds=0),
            network=replace(options.network, resolve={}, nameservers=(names.address,), allow_private_addresses=True),
        )
        reader = UrlReader(drop_parameters=(), user_platforms=())
        seeds = [seed_url(seed, reader) for seed in served.seeds]
        job = CrawlJob(seeds=seeds, path=tmp_path / "x.db", crawler=options, storage=StorageOptions())
        summary = await run_crawl(job)
    assert len(web.asked) > pages
    assert names.names() == [HOST]
    assert summary.statistics.leases >= pages
    assert summary.statistics.heap_operations <= 6 * summary.statistics.leases

"""Counts of referring domains: of the store, and as news of each batch."""

from storage import Outcome, ReferringNews, StorageOptions, open_crawl_store
from tests.small_store import Keeper, candidate, link, visit

SEEDS = [f"https://{name}.test/" for name in "abcd"]


async def keeper_on(store, *, at_most=100, is_everywhere=False):
    """A keeper whose writer tells of referring domains; what it told is in `told`."""
    keeper = Keeper(store)
    keeper.told = []
    await keeper.open(SEEDS)
    keeper._writer.news = ReferringNews(keeper.told.append, at_most=at_most, is_everywhere=is_everywhere)
    await keeper._writer.news.begin_on(store._writing)
    return keeper


def store_at(path):
    return open_crawl_store(path, StorageOptions(), now=0.0, version="0", options_json="{}")


def pointing(keeper, source, *targets):
    url = f"https://{source}.test/"
    links = [link(f"https://{target}.test/", external=target != source) for target in targets]
    outside = [candidate(f"https://{target}.test/") for target in targets if f"https://{target}.test/" not in SEEDS]
    return visit(keeper.waiting[url], links=links, candidates=outside)


async def test_a_batch_tells_of_the_domains_that_it_gave_new_referring_domains(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = await keeper_on(store)
        await keeper.save(pointing(keeper, "a", "c", "c", "a"), pointing(keeper, "b", "c", "d"))
        await keeper.save(pointing(keeper, "d", "c"))
    assert keeper.told == [{"c.test": 2, "d.test": 1}, {"c.test": 3}]


async def test_a_pair_of_domains_that_is_known_is_no_news(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = await keeper_on(store)
        again = keeper.waiting["https://a.test/"]
        await keeper.save(pointing(keeper, "a", "c"))
        await keeper.save(
            visit(again, links=[link("https://c.test/2", external=True)], candidates=[candidate("https://c.test/2")])
        )
    assert keeper.told == [{"c.test": 1}]


async def test_a_link_that_vanishes_and_one_that_fails_are_no_news(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = await keeper_on(store)
        again = keeper.waiting["https://a.test/"]
        await keeper.save(pointing(keeper, "a", "c"))
        await keeper.save(visit(again, outcome=Outcome.HTTP_ERROR, status=404))
        assert await store.reading.referring_domains(["c.test"], at_most=9) == {"c.test": 0}
    assert keeper.told == [{"c.test": 1}]


async def test_domains_out_of_scope_are_told_of_only_when_all_are_followed(tmp_path):
    for is_everywhere, told in ((False, []), (True, [{"far.test": 1}])):
        async with store_at(tmp_path / f"{is_everywhere}.db") as store:
            keeper = await keeper_on(store, is_everywhere=is_everywhere)
            await keeper.save(pointing(keeper, "a", "far"))
        assert keeper.told == told


async def test_counting_ends_where_it_is_told_to(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = await keeper_on(store, at_most=2)
        await keeper.save(*(pointing(keeper, name, "d") for name in "abc"))
        assert keeper.told == [{"d.test": 2}]
        asked = {
            limit: await store.reading.referring_domains(["d.test", "a.test", "nobody.test"], at_most=limit)
            for limit in (2, 9)
        }
    assert asked == {2: {"d.test": 2, "a.test": 0}, 9: {"d.test": 3, "a.test": 0}}


async def test_news_of_a_batch_cost_two_statements_however_many_there_are(tmp_path):
    async with store_at(tmp_path / "x.db") as store:
        keeper = await keeper_on(store)
        statements = []
        await keeper.save(pointing(keeper, "a", "c"))
        await store._writing.set_trace_callback(statements.append)
        await keeper.save(pointing(keeper, "b", "c", "c", "d"))
        await store._writing.set_trace_callback(None)
    assert len([one for one in statements if "newly_referred" in one and not one.startswith("--")]) == 2

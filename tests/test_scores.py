import sqlite3
from contextlib import closing

import pytest

from storage import NewRanking, StoreBusy, crawl_lock, read_current_ranking, write_ranking
from storage.scores import ROWS_PER_TRANSACTION
from tests.link_store import LinkStore


@pytest.fixture
def store(tmp_path):
    return LinkStore(tmp_path / "links.db")


def ranking(domain_batches=(), page_batches=(), **changed):
    values = {
        "made_at": 1.0,
        "parameters": {"options": {"damping": 0.85}},
        "domain_count": changed.get("domain_count") or sum(len(batch[0]) for batch in domain_batches),
        "page_count": sum(len(batch[0]) for batch in page_batches),
        "domain_batches": domain_batches,
        "page_batches": page_batches,
    }
    return NewRanking(**values | changed)


def domain_batch(*ids):
    return [list(ids), *[[0.5] * len(ids)] * 12]


def page_batch(*ids):
    return [list(ids), *[[1] * len(ids)] * 4]


def test_what_is_written_is_current_and_can_be_read(store):
    number = write_ranking(store.path, ranking([domain_batch(1, 2), domain_batch(3)], [page_batch(7)]))
    record = read_current_ranking(store.path)
    assert (record.ranking_id, record.domain_count, record.page_count, record.made_at) == (number, 3, 1, 1.0)
    assert record.parameters == {"options": {"damping": 0.85}}
    assert store.rows("SELECT domain_id FROM domain_score") == [(1,), (2,), (3,)]
    assert store.rows("SELECT url_id FROM page_score") == [(7,)]


@pytest.mark.parametrize("row_count", [1, 49, 50, 51, 120])
def test_every_row_is_stored_with_its_own_values_and_a_column_of_nothing_is_null(store, row_count):
    ids = list(range(row_count))
    columns = [[number + step / 16 for number in ids] for step in range(1, 13)]
    columns[2] = columns[6] = None
    write_ranking(store.path, ranking([(ids, *columns)]))
    expected = [(1, *(column and column[number] for column in (ids, *columns))) for number in ids]
    assert store.rows("SELECT * FROM domain_score ORDER BY domain_id") == expected


def test_a_file_never_ranked_has_no_current_ranking(store):
    assert read_current_ranking(store.path) is None


def test_an_empty_ranking_is_a_ranking(store):
    write_ranking(store.path, ranking([]))
    assert read_current_ranking(store.path).domain_count == 0


def test_a_ranking_that_breaks_off_leaves_the_earlier_one_current_and_the_next_removes_its_rows(store):
    first = write_ranking(store.path, ranking([domain_batch(1)]))

    def breaks_off():
        yield domain_batch(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_ranking(store.path, ranking(breaks_off(), domain_count=2))
    assert read_current_ranking(store.path).ranking_id == first
    assert len(store.rows("SELECT * FROM ranking")) == 2
    last = write_ranking(store.path, ranking([domain_batch(5)]))
    assert store.rows("SELECT id FROM ranking") == [(last,)]
    assert store.rows("SELECT ranking_id, domain_id FROM domain_score") == [(last, 5)]


def test_a_reader_in_the_middle_sees_only_the_earlier_scores(store):
    write_ranking(store.path, ranking([domain_batch(1)]))
    seen = []
    current = "SELECT count(*) FROM domain_score WHERE ranking_id = (SELECT id FROM ranking WHERE is_current)"

    def looks_between_batches():
        for number in (1, 2, 3):
            yield domain_batch(number)
            seen.append(store.rows(current)[0][0])

    write_ranking(store.path, ranking(looks_between_batches(), domain_count=3))
    assert seen == [1, 1, 1]
    assert store.rows(current) == [(3,)]


def test_of_two_rankings_at_once_one_stands_and_the_other_says_so(store):
    def another_overtakes():
        yield domain_batch(1)
        write_ranking(store.path, ranking([domain_batch(8, 9)]))
        yield domain_batch(2)

    with pytest.raises(StoreBusy, match="another ranking was made at the same time"):
        write_ranking(store.path, ranking(another_overtakes(), domain_count=2))
    assert store.rows("SELECT domain_id FROM domain_score WHERE ranking_id = 2") == [(8,), (9,)]
    assert read_current_ranking(store.path).domain_count == 2


def test_a_crawl_can_write_between_any_two_batches(store):
    with closing(sqlite3.connect(store.path, isolation_level=None, timeout=0)) as crawl:

        def crawl_writes():
            for number in (1, 2):
                crawl.execute("BEGIN IMMEDIATE")
                crawl.execute("INSERT INTO domain (name) VALUES (?)", (f"d{number}.test",))
                crawl.execute("COMMIT")
                yield domain_batch(number)

        write_ranking(store.path, ranking(crawl_writes(), domain_count=2))
    assert store.rows("SELECT count(*) FROM domain") == [(2,)]


def test_it_rests_after_each_transaction_only_while_a_crawl_runs(store):
    rests = []
    write_ranking(store.path, ranking([domain_batch(1)]), pause=rests.append)
    assert rests == []
    with crawl_lock(store.path):
        write_ranking(store.path, ranking([domain_batch(1)]), pause=rests.append)
    assert len(rests) >= 4
    assert all(0 <= rest < 10 for rest in rests)


def test_a_transaction_never_deletes_more_rows_than_it_may_insert(store):
    count = ROWS_PER_TRANSACTION + 5
    write_ranking(store.path, ranking([domain_batch(*range(count))], [page_batch(*range(count))]))
    last = write_ranking(store.path, ranking([domain_batch(1)]))
    assert store.rows("SELECT ranking_id FROM domain_score") == [(last,)]
    assert store.rows("SELECT count(*) FROM page_score") == [(0,)]

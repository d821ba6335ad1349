import itertools
import sqlite3
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import QueryRefused, StoreTooNew, StoreUnreadable, TimeLimit, open_query, query
from tests.small_store import small_store


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return small_store(tmp_path_factory.mktemp("query") / "x?#% y.db")


def ask(path, sql, **options):
    with open_query(path, sql, limit=TimeLimit(**{"max_seconds": 5, **options})) as answer:
        return answer.columns, list(answer.rows)


def refusal(path, sql, **options):
    with pytest.raises(QueryRefused) as caught:
        ask(path, sql, **options)
    return str(caught.value)


ANSWERED = [
    ("SELECT 1 AS one, 'x' AS two", ("one", "two"), [(1, "x")]),
    ("SELECT url, outcome FROM pages WHERE status = 404", ("url", "outcome"), [("https://a.test/gone", "http_error")]),
    ("SELECT count(*) FROM links WHERE is_external", ("count(*)",), [(2,)]),
    ("SELECT domain FROM domains WHERE is_seed ORDER BY 1", ("domain",), [("a.test",), ("b.test",), ("c.test",)]),
    ("-- mine\nSELECT 1;  -- done", ("1",), [(1,)]),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
        ("i",),
        [(1,), (2,), (3,)],
    ),
    ("VALUES (1), (2)", ("column1",), [(1,), (2,)]),
    ("SELECT group_concat(name) FROM pragma_table_info('rel')", ("group_concat(name)",), [("id,text",)]),
    ("SELECT value FROM json_each('[1, 2]')", ("value",), [(1,), (2,)]),
    ("PRAGMA user_version", ("user_version",), [(1,)]),
    ("SELECT NULL, 1.5, x'00ff'", ("NULL", "1.5", "x'00ff'"), [(None, 1.5, b"\x00\xff")]),
    ("SELECT CAST(x'ff41' AS TEXT) AS t", ("t",), [("\ufffdA",)]),
    ("SELECT 1 WHERE 0", ("1",), []),
]


@pytest.mark.parametrize(("sql", "columns", "rows"), ANSWERED)
def test_reading_is_answered(path, sql, columns, rows):
    assert ask(path, sql) == (columns, rows)


REFUSED = [
    # writing, by every door
    ("DELETE FROM link", "only reading is allowed, and DELETE is not: write a SELECT"),
    ("UPDATE page SET title = ''", "only reading is allowed, and UPDATE is not: write a SELECT"),
    ("INSERT INTO rel (text) VALUES ('x')", "only reading is allowed, and INSERT is not: write a SELECT"),
    ("REPLACE INTO rel (text) VALUES ('x')", "only reading is allowed, and INSERT is not: write a SELECT"),
    ("WITH x AS (SELECT 1) DELETE FROM link", "only reading is allowed, and DELETE is not: write a SELECT"),
    ("EXPLAIN DELETE FROM link", "only reading is allowed, and DELETE is not: write a SELECT"),
    ("CREATE TABLE x (y)", "only reading is allowed, and INSERT is not"),
    ("CREATE TEMP TABLE x AS SELECT * FROM link", "only reading is allowed, and"),
    ("CREATE TEMP VIEW x AS SELECT 1", "only reading is allowed, and"),
    ("CREATE TEMP TRIGGER x AFTER INSERT ON rel BEGIN SELECT 1; END", "only reading is allowed, and"),
    ("DROP TABLE link", "only reading is allowed, and"),
    ("ALTER TABLE link RENAME TO gone", "only reading is allowed, and"),
    ("VACUUM", "only reading is allowed, and"),
    ("VACUUM INTO '/tmp/copy.db'", "only reading is allowed, and"),
    ("UPDATE sqlite_master SET sql = ''", "table sqlite_master may not be modified"),
    ("REINDEX", "only reading is allowed, and REINDEX is not"),
    ("ANALYZE", "only reading is allowed, and"),
    ("BEGIN", "only reading is allowed, and a transaction is not"),
    ("SAVEPOINT x", "only reading is allowed, and a savepoint is not"),
    # other files
    ("ATTACH 'other.db' AS other", "only reading is allowed, and ATTACH is not"),
    ("ATTACH ':memory:' AS other", "only reading is allowed, and ATTACH is not"),
    ("DETACH main", "only reading is allowed, and DETACH is not"),
    ("SELECT load_extension('evil.so')", "only reading is allowed, and this function is not"),
    # settings
    ("PRAGMA query_only = OFF", "only reading is allowed, and this PRAGMA is not"),
    ("PRAGMA writable_schema = ON", "only reading is allowed, and this PRAGMA is not"),
    ("PRAGMA user_version = 9", "only reading is allowed, and this PRAGMA is not"),
    ("PRAGMA journal_mode = DELETE", "only reading is allowed, and this PRAGMA is not"),
    ("PRAGMA wal_checkpoint(TRUNCATE)", "only reading is allowed, and this PRAGMA is not"),
    ("SELECT * FROM pragma_wal_checkpoint", "no such table: pragma_wal_checkpoint"),
    # slips
    ("SELEC 1", 'near "SELEC": syntax error'),
    ("SELECT * FROM backlinks", "no such table: backlinks; the views are links, pages and domains"),
    ("SELECT anchor FROM links", "no such column: anchor; the views are links, pages and domains"),
    ("SELECT ?", "Incorrect number of bindings"),
    ("SELECT 1; SELECT 2", "only one statement at a time"),
    ("SELECT 1; DELETE FROM link", "only one statement at a time"),
    ("", "there is nothing to ask in it: write a SELECT"),
    ("  -- nothing", "there is nothing to ask in it: write a SELECT"),
    ("SELECT '\ud800'", "'utf-8' codec can't encode"),
    ("SELECT '\x00'", "the query contains a null character"),
    # too much
    ("SELECT zeroblob(100000000)", "a value of it is larger than 67,108,864 bytes"),
    ("SELECT 'x' LIKE printf('%.*c', 2000, '%')", "LIKE or GLOB pattern too complex"),
    ("SELECT " + "(" * 2_000 + "1" + ")" * 2_000, "parser stack overflow"),
]


@pytest.mark.parametrize(("sql", "sentence"), REFUSED)
def test_all_else_is_refused_with_a_sentence(path, sql, sentence):
    before = path.read_bytes()
    assert refusal(path, sql).startswith(sentence)
    assert path.read_bytes() == before


NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


@pytest.mark.parametrize("what", ["count(*)", "i"])
def test_an_endless_query_is_stopped_when_its_time_is_up(path, what):
    sentence = "it took longer than 0.2 seconds; ask for less, or allow more time"
    assert refusal(path, ENDLESS.format(what), max_seconds=0.2) == sentence


def test_only_the_time_of_the_query_itself_is_counted(path):
    now = 0.0

    def clock():
        return now

    with open_query(path, "SELECT a.* FROM links a, links b, links c", limit=TimeLimit(5, clock)) as answer:
        for _ in answer.rows:
            now += 60.0  # a reader who pages slowly
    (links,) = ask(path, "SELECT count(*) FROM links")[1][0]
    assert now == 60.0 * links**3, "every row, though the limit was over after the first"


def test_an_interrupt_that_comes_while_sqlite_looks_at_the_clock_is_not_taken_for_the_time(path):
    looks = itertools.count()

    def clock():
        if next(looks) == 1:
            raise KeyboardInterrupt
        return 0.0

    limit = TimeLimit(60, clock)
    with pytest.raises(KeyboardInterrupt), open_query(path, ENDLESS.format("count(*)"), limit=limit):
        pass


def test_an_interrupt_that_comes_while_sqlite_asks_what_is_allowed_is_not_taken_for_a_refusal(path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(query, "is_reading", interrupted)
    with pytest.raises(KeyboardInterrupt), open_query(path, "SELECT 1", limit=TimeLimit(60)):
        pass


def test_no_limit_is_no_limit(path):
    assert ask(path, "SELECT 1", max_seconds=0) == (("1",), [(1,)])


def test_rows_come_as_they_are_found(path):
    with open_query(path, ENDLESS.format("i"), limit=TimeLimit(5)) as answer:
        assert next(answer.rows) == (1,)


def test_a_query_works_while_a_crawl_writes_and_sees_one_moment(path, tmp_path):
    copy = tmp_path / "x.db"
    copy.write_bytes(path.read_bytes())
    writer = sqlite3.connect(copy, isolation_level=None)
    sql = f"{NUMBERS.format(1_000)} SELECT (SELECT count(*) FROM rel WHERE i > 0) FROM n"
    try:
        with open_query(copy, sql, limit=TimeLimit(5)) as answer:
            (before,) = next(answer.rows)
            writer.execute("INSERT INTO rel (text) VALUES ('new')")
            assert {row[0] for row in answer.rows} == {before}
        assert ask(copy, "SELECT count(*) FROM rel")[1] == [(before + 1,)]
    finally:
        writer.close()


def test_files_that_are_no_store_are_told_apart(tmp_path, path):
    with pytest.raises(StoreUnreadable, match="there is no such file"):
        ask(tmp_path / "none.db", "SELECT 1")
    text = tmp_path / "text.db"
    text.write_text("hello " * 100)
    with pytest.raises(StoreUnreadable, match="not an SQLite database"):
        ask(text, "SELECT 1")
    newer = tmp_path / "newer.db"
    newer.write_bytes(path.read_bytes())
    connection = sqlite3.connect(newer)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreTooNew, match="newer version of backlinks"):
        ask(newer, "SELECT 1")


def test_a_damaged_file_is_said_to_be_damaged(tmp_path, path):
    damaged = tmp_path / "damaged.db"
    content = bytearray(path.read_bytes())
    content[4_096:] = b"\xaa" * (len(content) - 4_096)
    damaged.write_bytes(content)
    with pytest.raises(StoreUnreadable, match="damaged"):
        ask(damaged, "SELECT * FROM links, pages")


KEYWORDS = st.sampled_from(
    ("SELECT", "FROM", "WHERE", "LIKE", "WITH", "AS", "JOIN", "PRAGMA", "NULL", "links", "domains")
)
SIGNS = st.sampled_from(("*", ",", "(", ")", ";", "--", "=", "1", "'", '"'))


@settings(max_examples=150)
@given(st.text(max_size=60) | st.lists(KEYWORDS | SIGNS, max_size=14).map(" ".join))
def test_no_sql_does_anything_but_answer_or_be_refused(path, sql):
    try:
        ask(path, sql, max_seconds=0.5)
    except QueryRefused as refused:
        assert str(refused)  # noqa: PT017 — either answer is right


def test_a_query_leaves_no_thread_behind(path):
    before = threading.active_count()
    ask(path, "SELECT 1")
    assert threading.active_count() == before


def test_the_clock_is_looked_at_only_now_and_then(path):
    looks, rows = [], 300_000

    def clock():
        looks.append(1)
        return 0.0

    with open_query(path, f"{NUMBERS.format(rows)} SELECT sum(i) FROM n", limit=TimeLimit(60, clock)) as answer:
        assert list(answer.rows) == [(rows * (rows + 1) // 2,)]
    assert 100 < len(looks) < rows / 100, "often enough to stop in time; seldom enough to cost nothing"

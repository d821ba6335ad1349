"""robots.txt: lines to groups, patterns to verdicts, and what an answer is good for until when."""

import dataclasses
import re
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.options import PolitenessOptions
from crawler.robots import (
    ALLOW_ALL,
    DENY_ALL,
    MAX_ROBOTS_BYTES,
    MAX_WILDCARDS,
    RobotsAnswer,
    RobotsRules,
    is_unreachable,
    parse_robots,
    robots_record,
    rules_of,
    without_cut_line,
)
from storage import (
    Candidate,
    HostClock,
    Outcome,
    RobotsRecord,
    StopReason,
    StorageOptions,
    Visit,
    open_crawl_store,
)

SITE = "https://example.org"
HOUR = 3_600.0


def rules(text: str | bytes, product_token: str = "backlinks") -> RobotsRules:
    body = text.encode() if isinstance(text, str) else text
    return parse_robots(body, product_token=product_token)


def everyone(*lines: str) -> RobotsRules:
    return rules("User-agent: *\n" + "\n".join(lines))


# --- Which pattern matches which path -------------------------------------------------------------------------------

MATCHES = [
    # a pattern is a prefix of the path with its query
    ("/fish", "/fish", True),
    ("/fish", "/fish.html", True),
    ("/fish", "/fishheads/yummy.html", True),
    ("/fish", "/fish?id=anything", True),
    ("/fish", "/Fish", False),
    ("/fish", "/catfish", False),
    ("/fish/", "/fish", False),
    ("/fish/", "/fish/salmon.htm", True),
    ("/fish?", "/fish?a", True),
    ("/?", "/", False),
    ("/", "/", True),
    # a star is any text, none included
    ("/*.php", "/index.php", True),
    ("/*.php", "/folder/file.php?parameters", True),
    ("/*.php", "/windows.PHP", False),
    ("/a*b*c", "/abc", True),
    ("/a*b*c", "/a-b-c-d", True),
    ("/a*b*c", "/acb", False),
    ("/fish*", "/fish", True),
    ("/fish*.php", "/fishheads/catfish.php?x", True),
    ("*", "/anything", True),
    ("*/private/", "/a/b/private/c", True),
    ("**/private/", "/private/c", True),
    # the leftmost place of each piece is tried, and it is enough
    ("/*ab*abc", "/ababc", True),
    ("/*aab", "/aaab", True),
    # a dollar at the end is the end, elsewhere it is itself
    ("/exact$", "/exact", True),
    ("/exact$", "/exact/", False),
    ("/exact$", "/exact?query", False),
    ("/*.php$", "/filename.php", True),
    ("/*.php$", "/filename.php?parameters", False),
    ("/*.php$", "/filename.php5", False),
    ("/*a$", "/aba", True),
    ("/*a*a$", "/a", False),
    ("/a*$", "/abc", True),
    ("/a$b", "/a$b", True),
    ("/a$b", "/a", False),
    ("/a$*b", "/a$-b", True),
    ("/$", "/", True),
    ("/$", "/a", False),
    # the signs themselves are written %2A and %24 (RFC 9309 §2.2.3)
    ("/file-%2A.html", "/file-*.html", True),
    ("/file-%2a.html", "/file-%2A.html", True),
    ("/file-%2A.html", "/file-x.html", False),
    ("/foo-%24", "/foo-$", True),
    ("/foo-%24", "/foo-", False),
    # equal octets are equal however they are written (RFC 9309 §2.2.2)
    ("/foo/bar/ツ", "/foo/bar/%E3%83%84", True),
    ("/foo/bar/%E3%83%84", "/foo/bar/ツ", True),
    ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", True),
    ("/foo/bar/%62%61%7A", "/foo/bar/baz", True),
    ("/foo/bar/baz", "/foo/bar/%62%61%7A", True),
    ("/~joe", "/%7Ejoe", True),
    ("/two words", "/two%20words", True),
    ("/a|b", "/a%7Cb", True),
    ("/%41*%42", "/AxB", True),
    # … but a reserved character and its code are two things
    ("/a%2Fb", "/a/b", False),
    ("/a%2fb", "/a%2Fb", True),
    ("/a?b=c%26d", "/a?b=c&d", False),
    ("/foo?u=https://foo", "/foo?u=https%3A%2F%2Ffoo", False),
    # broken codes are taken letter by letter
    ("/%zz", "/%zz", True),
    ("/100%", "/100%", True),
    ("/100%$", "/100%25", False),
    # what cannot begin a path matches nothing
    ("fish", "/fish", False),
    ("http://example.org/fish", "/fish", False),
]


@pytest.mark.parametrize(("pattern", "path", "is_match"), MATCHES)
def test_a_pattern_matches_by_the_rules_of_the_standard(pattern: str, path: str, is_match: bool) -> None:  # noqa: FBT001 — a column of the table
    assert everyone(f"Disallow: {pattern}").allows(SITE + path) is not is_match
    if len(pattern) > 1:  # longer than the Disallow beside it
        assert everyone("Disallow: /", f"Allow: {pattern}").allows(SITE + path) is is_match


PRECEDENCE = [
    # the longest pattern decides, wherever it stands
    (("Allow: /p", "Disallow: /"), "/page", True),
    (("Disallow: /", "Allow: /p"), "/page", True),
    (("Disallow: /page", "Allow: /p"), "/page", False),
    (("Allow: /page", "Disallow: /*.htm"), "/page.htm", False),
    (("Allow: /page.h", "Disallow: /*.htm"), "/page.htm", True),
    # Allow wins between equals
    (("Allow: /folder", "Disallow: /folder"), "/folder/page", True),
    (("Disallow: /folder", "Allow: /folder"), "/folder/page", True),
    (("Disallow: /*a", "Allow: /ba"), "/ba", True),
    (("Disallow: /ba", "Allow: /*a"), "/ba", True),
    (("Disallow: /*a", "Allow: /b*"), "/ba", True),
    (("Disallow: /ab$", "Allow: /abc"), "/ab", False),
    (("Disallow: /ab", "Allow: /ab$"), "/ab", True),
    (("Disallow: /ab", "Allow: /ab$"), "/abc", False),
    (("Disallow: /ab$", "Allow: /*b$"), "/ab", True),
    (("Disallow: /ab$", "Allow: /*b"), "/ab", False),
    # a pattern longer than the path lends its length to none
    (("Disallow: /abc", "Disallow: /abcdef", "Allow: /*bc$"), "/abc", True),
    # the longest is counted in octets of the settled form, so spelling gives no advantage
    (("Disallow: /%62%61%72", "Allow: /barx"), "/barx", True),
    (("Disallow: /ツ", "Allow: /%E3%83%84"), "/ツ", True),
    # an empty pattern is no rule
    (("Disallow:",), "/page", True),
    (("Disallow: /", "Allow:"), "/page", False),
]


@pytest.mark.parametrize(("lines", "path", "is_allowed"), PRECEDENCE)
def test_the_longest_match_decides_and_allow_wins_a_tie(lines: tuple[str, ...], path: str, is_allowed: bool) -> None:  # noqa: FBT001 — a column of the table
    assert everyone(*lines).allows(SITE + path) is is_allowed


URLS = [
    # what of the URL is looked at: path and query, nothing else
    ("https://example.org", False),
    ("https://example.org?a=1", False),
    ("https://example.org#/x", False),
    ("http://user:word@example.org:8080/page", False),
    ("https://EXAMPLE.org/page#fragment", False),
    ("https://example.org/robots.txt", True),
    ("https://example.org/robots.txt#x", True),
    ("https://example.org/robots.txt?x", False),
    ("https://example.org/robots.txt/x", False),
    ("https://example.org/a/robots.txt", False),
    ("", False),
    ("nonsense", False),
]


@pytest.mark.parametrize(("url", "is_allowed"), URLS)
def test_only_robots_txt_itself_is_allowed_where_all_is_denied(url: str, is_allowed: bool) -> None:  # noqa: FBT001 — a column of the table
    assert everyone("Disallow: /").allows(url) is is_allowed
    assert DENY_ALL.allows(url) is is_allowed
    assert ALLOW_ALL.allows(url) is True


def test_the_fragment_is_not_part_of_what_is_matched() -> None:
    assert everyone("Disallow: /*secret").allows(SITE + "/page#secret")


# --- Which lines are rules, and whose ------------------------------------------------------------------------------

LINES = [
    # names without case, spaces around, comments, misspellings that are common
    "User-agent: *\nDisallow: /x",
    "USER-AGENT:*\nDISALLOW:/x",
    "  user-agent :  *  \n\tdisallow\t:\t/x\t",
    "User-agent: * # all\nDisallow: /x# comment",
    "useragent: *\ndissallow: /x",
    "user agent: *\ndisalow: /x",
    "User-agent: *\ndiasllow: /x",
    "User-agent *\nDisallow /x",
    "User-agent *\nDisallow /x:y\nDisallow /x",
    # every line end, and none
    "User-agent: *\rDisallow: /x",
    "User-agent: *\r\nDisallow: /x\r\n",
    "User-agent: *\r\r\n\n\rDisallow: /x",
    "\n\n  \nUser-agent: *\n\nDisallow: /x",
    # marks and encodings
    "\ufeffUser-agent: *\nDisallow: /x",
    b"\xef\xbbUser-agent: *\nDisallow: /x",
    "\ufeffUser-agent: *\nDisallow: /x\n".encode("utf-16-le"),
    "\ufeffUser-agent: *\nDisallow: /x\n".encode("utf-16-be"),
    # what is unknown, empty or broken between the lines changes nothing
    "User-agent: *\nNoindex: /y\nHost: example.org\nClean-param: a /\nDisallow: /x",
    "User-agent: *\nSitemap: /s.xml\nDisallow: /x",
    "User-agent: *\nCrawl-delay: 1\nDisallow: /x",
    "User-agent: *\n: nothing\nthree words here\n\x00\nDisallow: /x",
    b"User-agent: *\nAllow: /\xff\xfe\nDisallow: /x",
    # our own group, however its name is spelt, and other names beside it
    "User-agent: BackLinks\nDisallow: /x",
    "User-agent: backlinks/2.0 (+https://example.org)\nDisallow: /x",
    "User-agent: backlinks*\nDisallow: /x",
    "User-agent: backlinks, otherbot\nDisallow: /x",
    "User-agent: otherbot\nUser-agent: backlinks\nDisallow: /x",
    "User-agent: otherbot\nAllow: /\n\nUser-agent: backlinks\nDisallow: /x",
    "User-agent: backlinks\nNoindex: /y\nUser-agent: otherbot\nDisallow: /x",
    "User-agent: backlinks\nUser-agent: backlinks\nDisallow: /x",
    # our own group goes before the one for all
    "User-agent: *\nAllow: /\nUser-agent: backlinks\nDisallow: /x",
    "User-agent: backlinks\nDisallow: /x\nUser-agent: *\nAllow: /x",
    # groups for one name are merged
    "User-agent: backlinks\nDisallow: /y\nUser-agent: *\nAllow: /\nUser-agent: backlinks\nDisallow: /x",
    "User-agent: *\nDisallow: /y\nUser-agent: otherbot\nAllow: /\nUser-agent: *\nDisallow: /x",
]


@pytest.mark.parametrize("text", LINES)
def test_a_file_that_denies_us_one_path_denies_it_and_no_more(text: str | bytes) -> None:
    assert not rules(text).allows(SITE + "/x")
    assert rules(text).allows(SITE + "/z")


NOT_OURS = [
    # nothing, or nothing that is a rule
    "",
    "\n\n\n",
    b"\x00\x01\x02",
    "User-agent: *",
    "User-agent: *\nDisallow:",
    "User-agent: *\n# Disallow: /x",
    "User-agent: *\nDisallow all of this",
    "User-agent: *\nDisallow /x please",
    "User-agent: *\nDisallow /x :",
    "User-agent: *\nDisallowed: /x",
    # rules before any User-agent line belong to nobody
    "Disallow: /x",
    "Disallow: /x\nUser-agent: *\nAllow: /y",
    # other names: the token is compared whole
    "User-agent: otherbot\nDisallow: /x",
    "User-agent: backlinksbot\nDisallow: /x",
    "User-agent: back\nDisallow: /x",
    "User-agent: back links\nDisallow: /x",
    "User-agent: x-backlinks\nDisallow: /x",
    "User-agent: otherbot, backlinks\nDisallow: /x",
    "User-agent:\nDisallow: /x",
    "User-agent: *bot\nDisallow: /x",
    # our own group, even an empty one, sets aside the one for all
    "User-agent: *\nDisallow: /x\nUser-agent: backlinks\nDisallow:",
    "User-agent: *\nDisallow: /x\nUser-agent: backlinks",
    # a User-agent line after a rule begins a new group
    "User-agent: backlinks\nAllow: /\nUser-agent: otherbot\nDisallow: /x",
    "User-agent: backlinks\nDisallow:\nUser-agent: otherbot\nDisallow: /x",
    # an HTML page in place of the file, even one that quotes rules
    "<!DOCTYPE html>\n<html><pre>\nUser-agent: *\nDisallow: /x\n</pre></html>",
    " \r\n<HTML>\nUser-agent: *\nDisallow: /x",
    "\ufeff<?xml version='1.0'?>\nUser-agent: *\nDisallow: /x",
]


@pytest.mark.parametrize("text", NOT_OURS)
def test_a_file_without_a_rule_for_us_allows_everything(text: str | bytes) -> None:
    assert rules(text).allows(SITE + "/x")


def test_the_product_token_may_be_written_in_any_case_by_us_too() -> None:
    assert not rules("User-agent: FooBot\nDisallow: /", "FOOBOT").allows(SITE)


def test_a_name_outside_ascii_is_not_cut_at_its_first_strange_letter() -> None:
    assert rules("User-agent: Jävla-Bot\nDisallow: /", "j").allows(SITE)


# --- Crawl-delay and Sitemap ---------------------------------------------------------------------------------------

DELAYS = [
    ("User-agent: *\nCrawl-delay: 10", 10.0),
    ("User-agent: *\nCrawl-delay: 0.5\nDisallow: /x", 0.5),
    ("User-agent: *\nCrawl-delay: .5", 0.5),
    ("User-agent: *\ncrawldelay: 7 # seconds", 7.0),
    ("User-agent: *\nCrawl-delay: 10s", 10.0),
    ("User-agent: *\nCrawl-delay: 0", 0.0),
    # not numbers we could wait for
    ("User-agent: *\nCrawl-delay:", None),
    ("User-agent: *\nCrawl-delay: -1", None),
    ("User-agent: *\nCrawl-delay: soon", None),
    ("User-agent: *\nCrawl-delay: nan", None),
    ("User-agent: *\nCrawl-delay: inf", None),
    ("Crawl-delay: 10\nUser-agent: *\nDisallow: /", None),
    # ours goes before that for all, and the politest of several counts
    ("User-agent: *\nCrawl-delay: 30\nUser-agent: backlinks\nCrawl-delay: 2", 2.0),
    ("User-agent: *\nCrawl-delay: 30\nDisallow:\nUser-agent: backlinks\nCrawl-delay: 2", 2.0),
    ("User-agent: *\nUser-agent: backlinks\nCrawl-delay: 30", 30.0),
    ("User-agent: *\nCrawl-delay: 30\nDisallow:\nUser-agent: backlinks\nAllow: /", None),
    ("User-agent: *\nCrawl-delay: 2\nCrawl-delay: 5\nCrawl-delay: 3", 5.0),
    ("User-agent: *\nDisallow: /x\nCrawl-delay: 2\nUser-agent: *\nCrawl-delay: 4", 4.0),
    # it names those above it only, and does not part the names of a group
    ("User-agent: otherbot\nCrawl-delay: 9\nUser-agent: backlinks\nDisallow: /x", None),
    ("User-agent: backlinks\nCrawl-delay: 9\nUser-agent: otherbot\nDisallow: /x", 9.0),
]


@pytest.mark.parametrize(("text", "seconds"), DELAYS)
def test_crawl_delay_is_read_for_us(text: str, seconds: float | None) -> None:
    assert rules(text).crawl_delay_seconds == seconds


def test_a_crawl_delay_of_absurd_length_stays_a_finite_number() -> None:
    delay = everyone("Crawl-delay: " + "9" * 1_000).crawl_delay_seconds
    assert delay is not None
    assert delay < 1e9


def test_sitemaps_are_kept_as_written_in_order_and_once_whoever_they_stand_below() -> None:
    text = (
        "Sitemap: https://example.org/a.xml\nUser-agent: otherbot\nsite-map:  /b.xml \nDisallow: /\n"
        "SITEMAP : https://example.org/a.xml # again\nSitemap:\nSitemap https://example.org/ü.xml\n"
    )
    assert rules(text).sitemaps == ("https://example.org/a.xml", "/b.xml", "https://example.org/ü.xml")
    assert rules(text).allows(SITE + "/x")


# --- Size and malice -----------------------------------------------------------------------------------------------


def test_the_first_500_kib_count_and_no_line_counts_by_half() -> None:
    filler = b"#" * 99 + b"\n"
    head = b"User-agent: *\nDisallow: /early\n"
    lines = (MAX_ROBOTS_BYTES - len(head) - 12) // len(filler)
    body = head + filler * lines
    body += b" " * (MAX_ROBOTS_BYTES - len(body) - len(b"Disallow: /")) + b"Disallow: /late\n"
    assert len(body) > MAX_ROBOTS_BYTES
    read = rules(body)
    assert not read.allows(SITE + "/early")
    assert read.allows(SITE + "/late")
    assert read.allows(SITE + "/")


@pytest.mark.parametrize(
    ("body", "kept"),
    [(b"", b""), (b"abc", b""), (b"a\nbc", b"a\n"), (b"a\rbc", b"a\r"), (b"a\r\nb", b"a\r\n"), (b"a\n", b"a\n")],
)
def test_a_cut_line_is_left_out(body: bytes, kept: bytes) -> None:
    assert without_cut_line(body) == kept


def test_a_file_of_any_size_costs_the_memory_of_its_first_500_kib() -> None:
    body = b"User-agent: *\n" + b"Disallow: /a\n" * 4_000_000
    tracemalloc.start()
    try:
        rules(body)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(body) > 50_000_000
    assert peak_bytes < 4_000_000


HOSTILE = {
    "one pattern of stars": b"Disallow: /" + b"*a" * 250_000,
    "many patterns of stars": b"".join(b"Disallow: /" + b"*a" * 20 + b"*%d\n" % n for n in range(10_000)),
    "patterns that nearly match everywhere": b"".join(b"Allow:*aaaaaaaaaa%x\n" % n for n in range(25_000)),
    "a prefix of every length": b"".join(b"Allow:/" + b"a" * n + b"b\n" for n in range(1_000)),
    "many prefixes": b"".join(b"Allow:/%x\n" % n for n in range(50_000)),
    "nothing but stars": b"Allow:/" + b"*" * 500_000,
    "nothing but line ends": b"\r\n" * 250_000,
    "one line outside ASCII": b"Allow:/" + b"\xe9" * 500_000,
    "many agents": b"User-agent: backlinks\n" * 20_000,
    "many sitemaps": b"".join(b"Sitemap:%x\n" % n for n in range(40_000)),
}


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_makes_a_look_up_explode(lines: bytes) -> None:
    started = time.process_time()
    read = rules(b"User-agent: *\n" + lines)
    for end in "abcdefghij":
        read.allows(SITE + "/" + "a" * 2_000 + end)
    # Measured: 0.2 s for the worst, on a slow machine. A backtracking matcher would not end at all.
    assert time.process_time() - started < 3


def test_wildcards_beyond_the_cap_deny_all_that_begins_like_them() -> None:
    read = everyone(
        *(f"Allow: /filler{number}/*x" for number in range(MAX_WILDCARDS)), "Disallow: /shop/*price", "Allow: /*free"
    )
    assert not read.allows(SITE + "/shop/shoes")
    assert read.allows(SITE + "/other")
    # An Allow too many is left out: rather too little fetched than too much.
    assert everyone("Disallow: /", *(f"Allow: /*{number}x" for number in range(MAX_WILDCARDS + 1))).allows(
        f"{SITE}/{MAX_WILDCARDS - 1}x"
    )


# --- Against a slow and obvious matcher ----------------------------------------------------------------------------

patterns = st.text(alphabet="/ab*$", min_size=1, max_size=8).map(lambda text: "/" + text)
paths = st.text(alphabet="/ab", max_size=10).map(lambda text: "/" + text)
rule_lists = st.lists(st.tuples(st.booleans(), patterns), max_size=8)


def obvious_verdict(rule_list: list[tuple[bool, str]], path: str) -> bool:
    """Every pattern as a regular expression, tried one by one."""
    best = (-1, True)
    for is_allow, pattern in rule_list:
        body, end = (pattern[:-1], r"\Z") if pattern.endswith("$") else (pattern, "")
        expression = "".join(".*" if sign == "*" else re.escape(sign) for sign in body) + end
        octets = len(pattern) + 2 * body.count("$")  # a literal dollar is settled as %24
        if re.match(expression, path):
            best = max(best, (octets, is_allow))
    return best[1]


@given(rule_lists, paths)
@example([(False, "/*a*a$"), (True, "/a")], "/aa")
def test_verdicts_equal_those_of_an_obvious_matcher(rule_list: list[tuple[bool, str]], path: str) -> None:
    lines = (f"{'Allow' if is_allow else 'Disallow'}: {pattern}" for is_allow, pattern in rule_list)
    assert everyone(*lines).allows(SITE + path) is obvious_verdict(rule_list, path)


@given(rule_lists, paths, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_does_not_matter(rule_list, path, random) -> None:
    lines = [f"{'Allow' if is_allow else 'Disallow'}: {pattern}" for is_allow, pattern in rule_list]
    before = everyone(*lines).allows(SITE + path)
    random.shuffle(lines)
    assert everyone(*lines).allows(SITE + path) is before


@given(st.binary(max_size=400), st.text(max_size=12), st.text(max_size=60))
def test_no_bytes_no_token_and_no_url_raise(body: bytes, product_token: str, url: str) -> None:
    assert parse_robots(body, product_token=product_token).allows(url) in {True, False}


fragments = st.sampled_from(
    [b"User-agent: *", b"user-agent:", b"backlinks", b"Disallow:", b"Allow: /", b"*", b"$", b"%", b"%2", b"%e9", b"/",
     b"\n", b"\r", b"\xff", b"\x00", b"#", b":", b" ", b"Crawl-delay: ", b"1", b".", b"Sitemap: ", b"<html>"]
)  # fmt: skip


@given(st.lists(fragments, max_size=40).map(b"".join), paths)
def test_files_of_likely_pieces_are_read_the_same_twice(body: bytes, path: str) -> None:
    first, second = rules(body), rules(body)
    assert first == second
    assert first.allows(SITE + path) is second.allows(SITE + path)


@given(st.text(alphabet="/aé *$%~ツ?&=", max_size=12))
def test_a_path_is_denied_by_its_own_percent_encoded_form(text: str) -> None:
    path = "/" + text.replace("%", "%25")
    encoded = "".join(sign if sign in "/?&=%" else "".join(f"%{octet:02x}" for octet in sign.encode()) for sign in path)
    assert not everyone(f"Disallow: {encoded}").allows(SITE + path)


# --- What an answer is good for, and until when --------------------------------------------------------------------

OPTIONS = PolitenessOptions()
FILE = b"User-agent: *\nDisallow: /x\n"
FOUND = RobotsAnswer(outcome=Outcome.OK, status=200, body=FILE)
BROKEN = RobotsAnswer(outcome=Outcome.HTTP_ERROR, status=503, body=b"User-agent: *\nAllow: /\n")
ABSENT = RobotsAnswer(outcome=Outcome.HTTP_ERROR, status=404, body=FILE)
SILENT = RobotsAnswer(outcome=Outcome.TIMEOUT)


def remember(
    answer: RobotsAnswer,
    now: float = 1_000.0,
    previous: RobotsRecord | None = None,
    options: PolitenessOptions = OPTIONS,
) -> RobotsRecord:
    return robots_record(answer, origin=SITE, now=now, options=options, previous=previous)


def verdicts(record: RobotsRecord) -> tuple[bool, bool]:
    read = rules_of(record, product_token="backlinks")
    return read.allows(SITE + "/x"), read.allows(SITE + "/y")


BY_RULES, ALL, NOTHING = (False, True), (True, True), (False, False)

ACCESS = [
    # an answer with a file: its rules
    (Outcome.OK, 200, BY_RULES),
    (Outcome.NOT_HTML, 200, BY_RULES),
    (Outcome.OK, 203, BY_RULES),
    # there is no file: all is allowed, for those who shut us out too (RFC 9309 §2.3.1.3)
    (Outcome.HTTP_ERROR, 400, ALL),
    (Outcome.HTTP_ERROR, 401, ALL),
    (Outcome.HTTP_ERROR, 403, ALL),
    (Outcome.HTTP_ERROR, 404, ALL),
    (Outcome.HTTP_ERROR, 410, ALL),
    (Outcome.HTTP_ERROR, 451, ALL),
    # more than five redirects, or one to nowhere (§2.3.1.2)
    (Outcome.REDIRECT, 302, ALL),
    # nobody knows: all is denied for now (§2.3.1.4), and so it is when we are asked to slow down
    (Outcome.HTTP_ERROR, 429, NOTHING),
    (Outcome.HTTP_ERROR, 500, NOTHING),
    (Outcome.HTTP_ERROR, 503, NOTHING),
    (Outcome.HTTP_ERROR, 599, NOTHING),
    (Outcome.HTTP_ERROR, 999, NOTHING),
    (Outcome.DNS_ERROR, None, NOTHING),
    (Outcome.CONNECT_ERROR, None, NOTHING),
    (Outcome.TLS_ERROR, None, NOTHING),
    (Outcome.TIMEOUT, None, NOTHING),
    (Outcome.PROTOCOL_ERROR, None, NOTHING),
    (Outcome.ADDRESS_REFUSED, None, NOTHING),
    # a file of which only a part came is not a file
    (Outcome.TIMEOUT, 200, NOTHING),
    (Outcome.PROTOCOL_ERROR, 200, NOTHING),
    (Outcome.DECODE_ERROR, 200, NOTHING),
    # never asked for, so no answer
    (Outcome.NOT_MODIFIED, 304, NOTHING),
]


@pytest.mark.parametrize(("outcome", "status", "expected"), ACCESS)
def test_what_a_status_or_failure_means(outcome: Outcome, status: int | None, expected: tuple[bool, bool]) -> None:
    record = remember(RobotsAnswer(outcome=outcome, status=status, body=FILE))
    assert verdicts(record) == expected
    assert is_unreachable(record) is (expected == NOTHING)
    assert (record.outcome, record.status, record.origin) == (outcome, status, SITE)


@pytest.mark.parametrize("answer", [FOUND, ABSENT])
def test_an_answer_is_known_for_a_day_or_as_the_options_say(answer: RobotsAnswer) -> None:
    assert remember(answer, now=5.0).fetched_at == 5.0
    assert remember(answer, now=5.0).expires_at == 5.0 + 24 * HOUR
    assert remember(answer, now=5.0, options=PolitenessOptions(robots_hours=6)).expires_at == 5.0 + 6 * HOUR


def test_a_denial_for_want_of_an_answer_is_asked_again_soon_and_then_ever_later_up_to_an_hour() -> None:
    waits, record, now = [], None, 0.0
    for _ in range(6):
        record = remember(SILENT, now=now, previous=record)
        waits.append(record.expires_at - now)
        now = record.expires_at
    assert waits == [600, 1_200, 2_400, 3_600, 3_600, 3_600]


def test_an_answer_in_between_begins_the_waits_anew() -> None:
    record = remember(SILENT, now=600.0, previous=remember(SILENT, now=0.0))
    record = remember(FOUND, now=1_800.0, previous=record)
    assert remember(BROKEN, now=2_000.0, previous=record).expires_at == 2_000.0 + 600


def test_the_first_wait_is_an_option() -> None:
    patient, eager = PolitenessOptions(robots_retry_seconds=3_600), PolitenessOptions(robots_retry_seconds=0)
    assert remember(SILENT, now=0.0, options=patient).expires_at == 3_600
    again = remember(SILENT, now=0.0, previous=remember(SILENT, now=0.0, options=eager), options=eager)
    assert again.expires_at == 0.0
    # The options of this run hold, whatever the last one waited.
    assert remember(SILENT, now=9.0, previous=again, options=patient).expires_at == 3_609


def test_a_copy_younger_than_a_day_stands_in_while_the_server_does_not_answer() -> None:
    record = remember(FOUND, now=0.0)
    for hour in (6, 12, 18, 23):
        record = remember(BROKEN, now=hour * HOUR, previous=record)
        assert verdicts(record) == BY_RULES
        assert not is_unreachable(record)
        assert record.last_good_at == 0.0
    record = remember(SILENT, now=24 * HOUR, previous=record)
    assert verdicts(record) == NOTHING
    assert is_unreachable(record)
    assert record.last_good_body is None


def test_that_there_was_no_file_is_remembered_like_a_file() -> None:
    assert verdicts(remember(SILENT, now=HOUR, previous=remember(ABSENT, now=0.0))) == ALL


def test_a_copy_of_a_day_or_of_unknown_age_or_from_the_future_does_not_stand_in() -> None:
    good = remember(FOUND, now=24 * HOUR)
    assert verdicts(remember(SILENT, now=48 * HOUR, previous=good)) == NOTHING
    assert verdicts(remember(SILENT, now=HOUR, previous=good)) == NOTHING
    ageless = RobotsRecord(
        origin=SITE, fetched_at=0.0, expires_at=1.0, outcome=Outcome.TIMEOUT, status=None, last_good_body=FILE
    )
    assert verdicts(remember(SILENT, now=2.0, previous=ageless)) == NOTHING


def test_a_failure_never_ends_in_permission_however_long_it_lasts() -> None:
    record, now = remember(SILENT, now=0.0), 0.0
    for _ in range(40 * 24):
        now += HOUR
        record = remember(BROKEN, now=now, previous=record)
    assert verdicts(record) == NOTHING


async def test_what_one_run_remembers_the_next_one_knows(tmp_path) -> None:
    good = remember(FOUND, now=0.0)
    records = {"https://a.test": good, "https://b.test": remember(SILENT, now=HOUR, previous=good)}
    for run in range(2):
        path = tmp_path / "x.db"
        async with open_crawl_store(path, StorageOptions(), now=1.0, version="0", options_json="{}") as store:
            known = await store.reading.robots([*records, "https://c.test"])
            assert {origin: (verdicts(record), record.last_good_at) for origin, record in known.items()} == (
                {"https://a.test": (BY_RULES, None), "https://b.test": (BY_RULES, 0.0)} if run else {}
            )
            writer = await store.writer(max_depth=1, on_saved=lambda _visits, _waiting: None)
            hosts = {origin: origin.partition("//")[2] for origin in records}
            seeds = [
                Candidate(f"{origin}/", origin, host, host, 0, StopReason.WANTED) for origin, host in hosts.items()
            ]
            await writer.add_candidates(seeds)
            for origin, record in records.items():
                kept = dataclasses.replace(record, origin=origin)
                await writer.put(Visit(url_id=None, host=HostClock(host=hosts[origin]), robots=kept))
            writer.finish()
            await writer.run()


def test_a_body_that_was_cut_loses_its_last_line() -> None:
    cut = RobotsAnswer(outcome=Outcome.OK, status=200, body=FILE + b"Disallow: /", is_truncated=True)
    record = remember(cut)
    assert record.body == FILE
    assert verdicts(record) == BY_RULES


def test_a_record_is_read_whole_whatever_its_size() -> None:
    large = b"#" * MAX_ROBOTS_BYTES + b"\n" + FILE
    assert verdicts(remember(RobotsAnswer(outcome=Outcome.OK, status=200, body=large))) == BY_RULES


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=50_000),
            st.sampled_from(Outcome),
            st.one_of(st.none(), st.sampled_from([200, 204, 301, 304, 404, 429, 500, 503])),
        ),
        max_size=12,
    )
)
def test_through_any_history_the_next_question_comes_within_a_day_and_bodies_stay_of_one_copy(history) -> None:
    record, now = None, 0.0
    for pause, outcome, status in history:
        now += pause
        record = remember(RobotsAnswer(outcome=outcome, status=status, body=FILE), now=now, previous=record)
        assert now < record.expires_at <= now + 24 * HOUR
        assert not (record.body and record.last_good_body)
        assert (record.last_good_body is None) == (record.last_good_at is None)
        assert record.last_good_at is None or now - record.last_good_at < 24 * HOUR

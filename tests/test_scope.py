"""Which URLs are wanted: one table for each rule, and properties that hold for any of them."""

import time
import tracemalloc
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.options import ScopeOptions
from crawler.scope import CountedGroups, Scope, compile_patterns
from crawler.urls import UrlReader
from storage import StopReason

READER = UrlReader(drop_parameters=("utm_*",), user_platforms=("blogs.example",))
SEED = "https://example.com/"


def read(text):
    url = READER.parse(text)
    assert url is not None
    return url


def scope_of(*seeds, ports=(80, 443), depth=5, hops=5, **options):
    return Scope(
        ScopeOptions(**options),
        max_depth=depth,
        seeds=[read(seed) for seed in seeds or (SEED,)],
        allowed_ports=ports,
        max_redirect_hops=hops,
    )


def judge(scope, text, **way):
    return scope.judge(read(text), **({"depth": 1} | way))


# Domains


@pytest.mark.parametrize(
    ("text", "is_wanted"),
    [
        ("https://example.com/a", True),
        ("http://example.com/a", True),
        ("https://www.example.com/", True),
        ("https://a.b.example.com/", True),
        ("https://notexample.com/", False),
        ("https://example.com.evil.test/", False),
        ("https://example.org/", False),
        # a platform's subdomains belong to different people
        ("https://anna.blogs.example/", True),
        ("https://bob.blogs.example/", False),
        ("https://blogs.example/", False),
        # addresses stand for themselves
        ("http://192.0.2.1/", True),
        ("http://192.0.2.2/", False),
        ("http://[2001:db8::1]/x", True),
        ("http://intranet/x", True),
    ],
)
def test_the_seeds_registrable_domains_are_wanted_and_no_others(text, is_wanted):
    scope = scope_of(
        SEED, "https://anna.blogs.example/", "http://192.0.2.1/", "http://[2001:db8::1]/", "http://intranet/"
    )
    assert judge(scope, text) == (StopReason.WANTED if is_wanted else StopReason.OUT_OF_SCOPE)


def test_a_url_outside_is_not_wanted_even_when_its_hops_were_not_counted():
    assert judge(scope_of(), "https://example.org/", external_hops=0) == StopReason.OUT_OF_SCOPE


def test_an_adopted_domain_is_as_good_as_a_seeds():
    scope = scope_of()
    assert not scope.is_inside("example.org")
    scope.adopt("example.org")
    assert scope.is_inside("example.org")
    assert judge(scope, "https://www.example.org/") == StopReason.WANTED
    assert scope.external_hops(read("https://example.org/"), 3) == 0


def test_domains_adopted_in_an_earlier_run_are_given_at_the_start():
    scope = Scope(ScopeOptions(), max_depth=5, seeds=(), allowed_ports=(443,), adopted_domains=["example.org"])
    assert judge(scope, "https://example.org/") == StopReason.WANTED


@pytest.mark.parametrize(
    ("follow", "hops", "verdict"),
    [
        (0, 1, StopReason.OUT_OF_SCOPE),
        (1, 1, StopReason.WANTED),
        (1, 2, StopReason.OUT_OF_SCOPE),
        (3, 3, StopReason.WANTED),
        (3, 4, StopReason.OUT_OF_SCOPE),
    ],
)
def test_external_links_are_followed_as_far_as_asked(follow, hops, verdict):
    scope = scope_of(follow_external_depth=follow)
    assert judge(scope, "https://example.org/", external_hops=hops) == verdict


def test_hops_count_up_outside_and_start_again_inside():
    scope = scope_of()
    assert scope.external_hops(read("https://example.org/"), 0) == 1
    assert scope.external_hops(read("https://example.net/"), 1) == 2
    assert scope.external_hops(read("https://www.example.com/"), 2) == 0


# Ports


@pytest.mark.parametrize(
    ("text", "is_wanted"),
    [
        ("http://example.com/", True),
        ("https://example.com/", True),
        ("https://example.com:8080/x", True),
        ("http://example.com:8080/x", True),
        ("http://example.com:8081/", False),
        ("http://www.example.com:8080/", False),
        ("http://example.com:22/", False),
        ("http://[2001:db8::1]:3000/x", True),
        ("http://[2001:db8::1]:3001/x", False),
    ],
)
def test_ports_are_the_allowed_ones_and_a_seeds_own_on_its_host(text, is_wanted):
    scope = scope_of("http://example.com:8080/", "http://[2001:db8::1]:3000/")
    assert judge(scope, text) == (StopReason.WANTED if is_wanted else StopReason.PORT)


def test_default_ports_are_refused_when_they_are_not_allowed():
    scope = scope_of("https://example.com/", ports=(443,))
    assert judge(scope, "http://example.com/a") == StopReason.PORT
    assert judge(scope, "https://example.com/a") == StopReason.WANTED


# The way to a URL


@pytest.mark.parametrize(
    ("way", "verdict"),
    [
        ({"depth": 3}, StopReason.WANTED),
        ({"depth": 4}, StopReason.DEPTH),
        ({"depth": 3, "is_nofollow": True}, StopReason.NOFOLLOW),
        ({"depth": 3, "redirect_hops": 2}, StopReason.WANTED),
        ({"depth": 3, "redirect_hops": 3}, StopReason.REDIRECT_HOPS),
    ],
)
def test_depth_nofollow_and_redirects_stop_a_url(way, verdict):
    assert judge(scope_of(depth=3, hops=2), "https://example.com/a", **way) == verdict


def test_nofollow_links_are_followed_on_demand():
    scope = scope_of(follow_nofollow=True)
    assert judge(scope, "https://example.com/a", is_nofollow=True) == StopReason.WANTED


def test_the_same_url_found_on_a_better_way_is_wanted():
    scope = scope_of(depth=3)
    assert judge(scope, "https://example.com/a?x", depth=9) == StopReason.DEPTH
    assert judge(scope, "https://example.com/a?x", is_nofollow=True) == StopReason.NOFOLLOW
    assert judge(scope, "https://example.com/a?x") == StopReason.WANTED


# Patterns


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        # with "://" or a leading "*": the whole URL
        ("https://example.com/a", "https://example.com/a", True),
        ("https://example.com/a", "https://example.com/ab", False),
        ("https://example.com/a*", "https://example.com/ab", True),
        ("*/tag/*", "https://example.com/x/tag/y", True),
        ("*/tag/*", "https://example.com/x/tags/y", False),
        ("*.pdf", "https://example.com/a.pdf", True),
        ("*.pdf", "https://example.com/a.pdf?x", False),
        ("*", "https://example.com/", True),
        ("**", "https://example.com/", True),
        ("*?*", "https://example.com/", False),
        ("*?*", "https://example.com/?a", True),
        # a leading "/": path and query
        ("/private*", "https://example.com/private/x?y", True),
        ("/private*", "https://example.com/x/private", False),
        ("/", "https://example.com/", True),
        ("/*?*sort=*", "https://example.com/list?a=1&sort=up", True),
        # otherwise: without the scheme
        ("example.com/a", "http://example.com/a", True),
        ("example.com/*", "https://www.example.com/a", False),
        ("www.*", "https://www.example.com/", True),
        ("", "https://example.com/", False),
        # pieces may not overlap, and meet in order
        ("/ab*ba", "https://example.com/aba", False),
        ("/ab*ba", "https://example.com/abba", True),
        ("/*b*a*", "https://example.com/ab", False),
        ("/*ab*b", "https://example.com/ab", False),
        ("/*aa*aa*", "https://example.com/aaa", False),
        ("/*aa*aa*", "https://example.com/aaaa", True),
        # typed as a person types, matched as the URL is written
        ("/é*", "https://example.com/%C3%A9t%C3%A9", True),
        ("/%c3%a9*", "https://example.com/ét", True),
        ("/a b", "https://example.com/a b", True),
        ("/a[1]", "https://example.com/a[1]", True),
        ("/%7euser", "https://example.com/~user", True),
        # nothing else is special
        ("/a.b", "https://example.com/acb", False),
        ("/[ab]", "https://example.com/a", False),
        ("/A", "https://example.com/a", False),
    ],
)
def test_patterns(pattern, text, matches):
    assert compile_patterns([pattern])(read(text).canonical_url) is matches


@given(st.text("ab*", max_size=12), st.text("ab", max_size=14))
def test_patterns_agree_with_the_shells(pattern, path):
    assert compile_patterns(["/" + pattern])(f"https://h/{path}") == fnmatchcase("/" + path, "/" + pattern)


def test_no_pattern_takes_long():
    matches = compile_patterns(["*a" * 200 + "b", "/" + "*aaaaaaaaab" * 100])
    text = "https://example.com/" + "a" * 60_000
    started = time.process_time()
    assert not matches(text)
    assert time.process_time() - started < 0.5


def test_exclude_beats_include_and_both_are_lists():
    scope = scope_of(include=("/blog/*", "/news/*"), exclude=("*/draft*", "*.php"))
    assert judge(scope, "https://example.com/blog/1") == StopReason.WANTED
    assert judge(scope, "https://example.com/news/1") == StopReason.WANTED
    assert judge(scope, "https://example.com/shop/1") == StopReason.EXCLUDED
    assert judge(scope, "https://example.com/blog/draft-1") == StopReason.EXCLUDED
    assert judge(scope, "https://example.com/news/a.php") == StopReason.EXCLUDED


def test_include_lets_the_seeds_and_where_they_redirect_pass():
    scope = scope_of(include=("/blog/*",))
    assert judge(scope, SEED, depth=0) == StopReason.WANTED
    assert judge(scope, SEED, depth=2) == StopReason.WANTED
    assert judge(scope, "https://www.example.com/", depth=0, redirect_hops=1) == StopReason.WANTED
    assert judge(scope, "https://www.example.com/", depth=1, redirect_hops=1) == StopReason.EXCLUDED
    assert judge(scope, "https://www.example.com/") == StopReason.EXCLUDED


def test_exclude_holds_for_seeds_too():
    scope = scope_of("https://example.com/private/", exclude=("/private/*",))
    assert judge(scope, "https://example.com/private/", depth=0) == StopReason.EXCLUDED


# Shapes


def test_long_urls_are_not_wanted():
    scope = scope_of(max_url_characters=100)
    room = 100 - len(SEED)
    assert judge(scope, SEED + "a" * room) == StopReason.WANTED
    assert judge(scope, SEED + "a" * (room + 1)) == StopReason.URL_TOO_LONG
    assert judge(scope, SEED + "a" * 60_000) == StopReason.URL_TOO_LONG


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("1/2/3/4/5", StopReason.WANTED),
        ("1/2/3/4/5/", StopReason.WANTED),
        ("1/2/3/4/5/6", StopReason.TOO_MANY_SEGMENTS),
        ("a/a/a", StopReason.WANTED),
        ("a/b/a/c/a/", StopReason.WANTED),
        ("a/a/a/a", StopReason.REPEATED_SEGMENTS),
        ("a/b/a/a/a", StopReason.REPEATED_SEGMENTS),
        ("a/a/a/aa?a/a", StopReason.WANTED),
        ("//a/", StopReason.WANTED),
        ("////a", StopReason.REPEATED_SEGMENTS),
    ],
)
def test_stacked_paths_are_not_wanted(path, verdict):
    assert judge(scope_of(max_path_segments=5, max_segment_repeats=3), SEED + path) == verdict


@pytest.mark.parametrize(
    ("path", "is_page"),
    [
        ("a.jpg", False),
        ("a.JPG?size=2", False),
        ("a/b.tar.gz", False),
        ("style.css", False),
        ("paper.pdf", False),
        ("app.min.js", False),
        ("feed.rss", False),
        ("a.html", True),
        ("a.php", True),
        ("a.aspx", True),
        ("a.xml", True),
        ("a", True),
        ("", True),
        ("release-1.2", True),
        ("get.php?file=a.zip", True),
        ("a.zip/contents", True),
        # names of sites and dot files are not suffixes
        ("whois/example.com", True),
        ("zip", True),
        (".zip", True),
        # a wiki's page about a picture
        ("wiki/File:Old_town.jpg", True),
        ("wiki/File:Old_town.jpg/raw.jpg", False),
    ],
)
def test_obvious_files_are_not_pages(path, is_page):
    assert judge(scope_of(), SEED + path) == (StopReason.WANTED if is_page else StopReason.NOT_A_PAGE)


def test_a_seed_is_wanted_whatever_its_shape():
    long = "https://example.com/a/a/a/a/a/?" + "x" * 3_000
    scope = scope_of("https://example.com/a.pdf", long, max_query_variants=0)
    assert judge(scope, "https://example.com/a.pdf", depth=0) == StopReason.WANTED
    assert judge(scope, long, depth=0) == StopReason.WANTED


# Budgets


def test_query_variants_of_a_path_are_counted():
    scope = scope_of(max_query_variants=3)
    wanted = [f"{SEED}list?page={page}" for page in range(3)]
    assert [judge(scope, text) for text in wanted] == [StopReason.WANTED] * 3
    assert judge(scope, f"{SEED}list?page=3") == StopReason.TOO_MANY_VARIANTS
    # the same again: nothing is counted twice, nothing is forgotten
    assert [judge(scope, text) for text in wanted] == [StopReason.WANTED] * 3
    assert judge(scope, f"{SEED}list?page=3") == StopReason.TOO_MANY_VARIANTS
    # other paths, other hosts, and the path itself have room
    assert judge(scope, f"{SEED}list") == StopReason.WANTED
    assert judge(scope, f"{SEED}other?page=3") == StopReason.WANTED
    assert judge(scope, "https://www.example.com/list?page=3") == StopReason.WANTED


def test_spellings_of_one_url_are_one_variant():
    scope = scope_of(max_query_variants=1)
    for spelling in ("list?a=%7E", "list?a=~", "list?utm_source=x&a=~", "list?a=~#top"):
        assert judge(scope, SEED + spelling) == StopReason.WANTED


def test_only_wanted_urls_are_counted():
    scope = scope_of(max_query_variants=1, max_hosts_per_domain=1, exclude=("*bad*",))
    for text, way in (
        ("https://a.example.com/?bad", {}),
        ("https://b.example.com/?deep", {"depth": 99}),
        ("https://c.example.com/?nofollow", {"is_nofollow": True}),
    ):
        assert judge(scope, text, **way) != StopReason.WANTED
    assert judge(scope, "https://d.example.com/?good") == StopReason.WANTED


def test_no_variants_may_be_wanted():
    assert judge(scope_of(max_query_variants=0), SEED + "?a") == StopReason.TOO_MANY_VARIANTS
    assert judge(scope_of(max_query_variants=0), SEED + "a") == StopReason.WANTED


def test_hosts_of_a_domain_are_counted_and_the_seeds_own_are_free():
    scope = scope_of(SEED, "https://www.example.com/", max_hosts_per_domain=2)
    for host in ("a", "b", "a", "www"):
        assert judge(scope, f"https://{host}.example.com/x") == StopReason.WANTED
    for host in ("c", "d", "c"):
        assert judge(scope, f"https://{host}.example.com/x") == StopReason.HOSTS_PER_DOMAIN
    assert judge(scope, "https://a.example.com/y") == StopReason.WANTED
    assert judge(scope, SEED + "x") == StopReason.WANTED


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=80), st.integers(0, 4))
def test_counted_groups_are_sets_with_a_lid(calls, most):
    groups = CountedGroups(most)
    model = {}
    for group, member in calls:
        members = model.setdefault(group, set())
        if len(members) < most:
            members.add(member)
        assert groups.admit(str(group), str(member)) == (member in members)


def test_counted_groups_forget_the_group_not_met_for_longest():
    groups = CountedGroups(2, room=4)
    for group, member in (("a", 1), ("a", 2), ("b", 1), ("b", 2), ("a", 3), ("c", 1)):
        groups.admit(group, str(member))
    # "a" was refused its third after "b" was last met, so "b" made room for "c"
    assert not groups.admit("a", "3")
    assert groups.admit("b", "3")


def test_counting_takes_bounded_memory():
    groups = CountedGroups(200, room=2_000)
    for group in range(2_000):
        groups.admit(f"filling {group}", "x")
    tracemalloc.start()
    for group in range(20_000):
        groups.admit(f"path {group}", "x")
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 2_000_000


# Any URL


URLS = st.builds(
    "https://{}example.com{}/{}".format,
    st.sampled_from(["", "www.", "a.", "b.", "not"]),
    st.sampled_from(["", ":8080", ":1"]),
    st.text("ab/?=&.jpg%*é ", max_size=30),
)
WAYS = st.fixed_dictionaries(
    {
        "depth": st.integers(0, 7),
        "external_hops": st.integers(0, 2),
        "is_nofollow": st.booleans(),
        "redirect_hops": st.integers(0, 7),
    }
)


@given(st.lists(st.tuples(URLS, WAYS), max_size=30), st.integers(0, 3), st.integers(1, 3))
def test_judging_again_gives_the_same_verdict(calls, variants, hosts):
    scope = scope_of(
        SEED,
        "http://example.com:8080/",
        max_query_variants=variants,
        max_hosts_per_domain=hosts,
        exclude=("*aab*",),
        max_segment_repeats=2,
    )
    verdicts = [judge(scope, text, **way) for text, way in calls]
    assert [judge(scope, text, **way) for text, way in calls] == verdicts


@given(st.text(max_size=200).map(lambda text: "https://example.com/" + text), WAYS)
def test_any_url_gets_a_verdict(text, way):
    url = READER.parse(text)
    assert isinstance(scope_of().judge(url, **way), StopReason)


def test_options_are_kept_apart_between_scopes():
    options = ScopeOptions(exclude=("/a*",))
    one = Scope(options, max_depth=1, seeds=[read(SEED)], allowed_ports=(443,))
    other = Scope(replace(options, exclude=()), max_depth=1, seeds=[read(SEED)], allowed_ports=(443,))
    assert judge(one, SEED + "a") == StopReason.EXCLUDED
    assert judge(other, SEED + "a") == StopReason.WANTED

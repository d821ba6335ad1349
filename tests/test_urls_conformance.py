"""URLs and suffixes against cases that nobody here wrote: WHATWG, RFC 3986, w3lib, the Public Suffix List.

Each test prints what was passed, failed and disputed, and fails below what is reached; docs/conformance.md says why
the rest differs.
"""

import json
import re

import publicsuffixlist
import pytest
from ada_url import URL

from crawler.urls import UrlReader, encode_query
from tests.conformance import conformance_path

READER = UrlReader(drop_parameters=(), user_platforms=())
USERINFO = re.compile(r"^(https?://)[^/?#]*@")


def cases_of(*parts):
    return [case for case in json.loads(conformance_path(*parts).read_text("utf-8")) if not isinstance(case, str)]


def report(suite, failed, disputed, total):
    """`failed` and `disputed` are lists of what to show."""
    passed = total - len(failed) - len(disputed)
    print(f"\n{suite}: {total} cases, {passed} passed, {len(failed)} failed, {len(disputed)} disputed")  # noqa: T201 — read by people
    for case in failed:
        print("  failed:", ascii(case)[:200])  # noqa: T201
    return passed


def ours(href):
    """The form to fetch that follows from the standard's serialisation; None where it is not ours to fetch."""
    if href is None or not href.startswith(("http://", "https://")):
        return None
    return USERINFO.sub(r"\1", href.partition("#")[0])


# A base that is no URL makes the standard fail; a page always has one, so that ours falls back to reading alone.
LENIENT = {("https://www.google.com", "http://[0:0:0:0:0:0:0:0")}


@pytest.mark.parametrize(
    ("name", "count", "web_count"),
    [
        ("urltestdata_dev.json", 440, 114),
        ("ada_extra_urltestdata.json", 28, 6),
        ("ada_long_urltestdata.json", 1, 1),
        ("urltestdata-javascript-only.json", 1, 1),
    ],
)
def test_whatwg_urls(name, count, web_count):
    cases = cases_of("url", "wpt", name)
    failed, disputed = [], []
    for case in cases:
        base = case.get("base")
        read = READER.resolve(base, case["input"]) if base else READER.parse(case["input"])
        if (case["input"], base) in LENIENT:
            disputed.append(case)
        elif _facts(read) != _expected_facts(case):
            failed.append((case["input"], base, read))
    report(f"WHATWG {name}, {web_count} with http(s)", failed, disputed, len(cases))
    assert sum(ours(case.get("href")) is not None for case in cases) == web_count
    assert (len(cases), failed) == (count, [])


def _facts(read):
    return read and (read.url, read.host, read.origin)


def _expected_facts(case):
    url = ours(case.get("href"))
    # The dot of the root is the one thing about a host that ours leaves out.
    host = case.get("hostname", "")
    bare = host[:-1] if re.search(r"[^.]\.$", host) else host
    origin = url and re.match(r"https?://[^/]*", url)[0].replace(host, bare)
    return url and (url, bare, origin)


@pytest.mark.parametrize(
    ("name", "count"), [("toascii.json", 87), ("IdnaTestV2.json", 2671), ("IdnaTestV2-removed.json", 20)]
)
def test_whatwg_hosts(name, count):
    cases = cases_of("url", "wpt", name)
    failed, disputed = [], []
    for case in cases:
        read = READER.parse(f"https://{case['input']}/x")
        # The suite's own runner leaves out the empty name: its URL, "https:///x", is one of the host "x".
        if not case["input"]:
            disputed.append(case)
        elif (read and URL(read.url).hostname) != case["output"]:
            failed.append((case["input"], read and read.host, case["output"]))
    report(f"WHATWG {name}", failed, disputed, len(cases))
    assert (len(cases), failed) == (count, [])


def test_whatwg_query_encodings():
    failed, total = [], 0
    for case in cases_of("url", "wpt", "percent-encoding.json"):
        for encoding, expected in case["output"].items():
            total += 1
            read = READER.resolve("http://h.example/", encode_query(f"?{case['input']}", encoding))
            if read.url != f"http://h.example/?{expected}":
                failed.append((case["input"], encoding, read.url, expected))
    report("WHATWG percent-encoding.json", failed, [], total)
    assert total - len(failed) >= 14


def test_rfc_3986_references():
    cases = cases_of("url", "rfc3986", "cases.json")
    failed, disputed = [], []
    for case in cases:
        expected = case.get("whatwg_target", case["target"])
        read = READER.resolve(case["base"], case["ref"])
        if (read and read.url) != ours(expected):
            failed.append((case, read))
        elif "whatwg_target" in case:
            disputed.append(case)
    report("RFC 3986 section 5.4", failed, disputed, len(cases))
    assert (len(cases), failed) == (42, [])


# w3lib: a peer's taste


def w3lib_calls(*names):
    for line in conformance_path("url", "w3lib", "calls.jsonl").read_text("utf-8").splitlines():
        call = json.loads(line)
        if call["func"] in names and isinstance(call["args"][0], str):
            yield call


def our_canonical(call):
    read = READER.parse(encode_query(call["args"][0], call["kwargs"].get("encoding", "utf-8")))
    return read and read.canonical_url


def our_fetch_form(call):
    read = READER.parse(encode_query(call["args"][0], _argument(call, "encoding", 1)))
    return read and read.url


def _argument(call, name, position):
    return call["args"][position] if len(call["args"]) > position else call["kwargs"].get(name, "utf-8")


@pytest.mark.parametrize(
    ("names", "answer", "agreeing"),
    [
        (("canonicalize_url",), our_canonical, 59),
        (("safe_url_string", "safe_download_url"), our_fetch_form, 268),
    ],
)
def test_agreement_with_w3lib(names, answer, agreeing):
    calls = list(w3lib_calls(*names))
    disputed = [(call["args"], answer(call), call["result"]) for call in calls if answer(call) != _theirs(call)]
    agreed = report(f"w3lib {', '.join(names)}", [], disputed, len(calls))
    for dispute in disputed:
        print("  ", ascii(dispute)[:300])  # noqa: T201
    assert agreed >= agreeing


def _theirs(call):
    """Their result; None where they raise or the URL is not ours, without what we drop by design."""
    result = call["result"]
    if not isinstance(result, str):
        return None
    read = ours(result)
    if read is None:
        return None
    return read if "/" in read.partition("//")[2] else f"{read}/"


def test_w3lib_query_cleaner_drops_what_our_list_drops():
    failed, total = [], 0
    for call in w3lib_calls("url_query_cleaner"):
        if not call["kwargs"].get("remove") or call["kwargs"].get("keep_fragments"):
            continue
        total += 1
        reader = UrlReader(drop_parameters=call["args"][1], user_platforms=())
        read = reader.resolve("http://h.example/", call["args"][0])
        if read.canonical_url != f"http://h.example/{call['result']}":
            failed.append((call, read))
    report("w3lib url_query_cleaner, removing", failed, [], total)
    assert (total > 0, failed) == (True, [])


# Public suffixes


def psl_cases():
    for line in conformance_path("psl", "tests.txt").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("//"):
            yield tuple(None if word == "null" else word for word in line.split())
    text = conformance_path("psl", "test_psl.txt").read_text("utf-8")
    for pair in re.findall(r"^checkPublicSuffix\((.*), (.*)\);", text, re.MULTILINE):
        yield tuple(None if word == "null" else word.strip("'") for word in pair)


def test_public_suffix_list():
    cases = [case for case in psl_cases() if case[0] is not None]
    failed = []
    for host, expected in cases:
        # Where the list has no registrable domain to give, ours is the host itself.
        found = READER.registrable_domain(host.lower())
        if found != (expected or host.lower()):
            failed.append((host, found, expected))
    report("Public Suffix List's tests", failed, [], len(cases))
    assert (len(cases) >= 150, failed) == (True, [])


def test_every_rule_of_the_list():
    path = conformance_path("psl", "public_suffix_list.dat")
    with path.open("rb") as lines:
        oracle = publicsuffixlist.PublicSuffixList(lines)
    rules = [line.split()[0] for line in path.read_text("utf-8").splitlines() if line.strip() and line[:2] != "//"]
    hosts = [host for rule in rules for host in _hosts_under(rule)]
    disputed = [host for host in hosts if READER.registrable_domain(host) != (oracle.privatesuffix(host) or host)]
    report(f"Public Suffix List's {len(rules)} rules, three hosts each", [], disputed, len(hosts))
    assert len(rules) > 10_000
    # The lists are of different days; more than this would be a difference in reading them.
    assert len(disputed) < 0.005 * len(hosts)


def _hosts_under(rule):
    suffix = rule.removeprefix("!").replace("*", "wild").encode("idna").decode("ascii")
    return suffix, f"b.{suffix}", f"a.b.{suffix}"

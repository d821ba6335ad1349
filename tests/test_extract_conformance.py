"""Charsets and extraction against cases that nobody here wrote: html5lib, WHATWG, jsdom, Scrapy, w3lib, a crawl maze.

Each test prints what was passed, failed and disputed, and fails below what is reached; docs/conformance.md says why
the rest differs.
"""

import base64
import gzip
import json
import re
from collections import Counter
from functools import partial

import pytest
import webencodings
from ada_url import join_url

from crawler.charset import DEFAULT_ENCODING, declared_encoding_of, decode_html
from crawler.directives import header_discoveries, parse_refresh
from crawler.extract import extract_page
from crawler.extract_links import normal_rel
from crawler.prescan import encoding_of_label, label_in_header, prescan_encoding
from crawler.urls import UrlReader
from tests.conformance import conformance_path

URLS = UrlReader(drop_parameters=(), user_platforms=())
URL_SPACE = "".join(map(chr, range(0x21)))


def page(text):
    return extract_page(text, max_links=10**6, max_text_characters=1_000, max_link_text_characters=60, domain="x")


def report(suite, failed, disputed, total):
    passed = total - len(failed) - len(disputed)
    print(f"\n{suite}: {total} cases, {passed} passed, {len(failed)} failed, {len(disputed)} disputed")  # noqa: T201 — read by people
    for case in failed[:20]:
        print("  failed:", ascii(case)[:200])  # noqa: T201
    return passed


def test_encoding_labels():
    groups = json.loads(conformance_path("encoding", "whatwg", "encodings.json").read_text("utf-8"))
    cases = [(label, one["name"].lower()) for group in groups for one in group["encodings"] for label in one["labels"]]
    disputed = [label for label, name in cases if name == "replacement"]  # decoded, so that links are not lost
    failed = [case for case in cases if case[1] not in (encoding_of_label(case[0]), "replacement")]
    assert report("WHATWG encoding labels", failed, disputed, len(cases)) == 222


def html5lib_cases():
    for file in sorted(conformance_path("html5lib-tests", "encoding").rglob("*.dat")):
        for found in re.finditer(rb"#data\n(.*?)\n#encoding\n(.*?)\s*(?=\n#data|\Z)", file.read_bytes(), re.DOTALL):
            yield found[1], found[2].decode().lower()


def test_html5lib_prescan():
    cases = list(html5lib_cases())
    failed = [
        (body, encoding, ours)
        for body, encoding in cases
        if (ours := declared_encoding_of(body, None) or DEFAULT_ENCODING) != encoding and body[:3] != b"\xef\xbb\xbf"
    ]
    assert report("html5lib encoding", failed, [], len(cases)) == 82


def test_whatwg_sniffing_pages():
    folder = conformance_path("encoding", "html-encoding-sniffer", "fixtures")
    cases = [(file, file.stem.rpartition("_")[2]) for file in sorted(folder.rglob("*.html"))]
    # The name of a page that says UTF-16 in ASCII is that of the label, not of the answer, which is UTF-8.
    expected = [(file, "utf-8" if file.parent.name == "utf" else name.lower()) for file, name in cases]
    failed = [(file.name, name) for file, name in expected if decode_html(file.read_bytes()).encoding != name]
    assert report("WHATWG sniffing pages", failed, [], len(cases)) == 16


def as_text(argument):
    if isinstance(argument, dict):
        return bytes.fromhex(argument["bytes_hex"]).decode("latin-1") if "bytes_hex" in argument else argument["bytes"]
    return argument


def w3lib_calls(function):
    with conformance_path("url", "w3lib", "calls.jsonl").open(encoding="utf-8") as lines:
        calls = [json.loads(line) for line in lines]
    return [([as_text(one) for one in call["args"]], call) for call in calls if call["func"] == function]


def resolved(base, href):
    url = URLS.resolve(base, href) if href is not None else None
    return url.url if url else None


def test_w3lib_refreshes():
    failed, disputed = [], []
    calls = w3lib_calls("get_meta_refresh")
    for (markup, *base), call in calls:
        theirs = call["result"][1]
        ours = resolved(base[0] if base else "http://example.com", page(markup).refresh_href)
        if ours == (URLS.parse(theirs).url if theirs else None):
            continue
        # For those without scripts; inside a script; a tag that never ends; a query in the page's encoding (urls.py).
        is_disputed = "<noscript" in markup or "<script" in markup or ">" not in markup or "?unit" in markup
        is_disputed = is_disputed or markup.startswith("<meta http-equiv refresh")  # the first of an attribute counts
        (disputed if is_disputed else failed).append((markup, ours, theirs))
    assert report("w3lib get_meta_refresh", failed, disputed, len(calls)) >= 25
    assert not failed


def test_w3lib_bases():
    failed, disputed = [], []
    calls = w3lib_calls("get_base_url")
    for (markup, *base), call in calls:
        href = page(markup).base_href
        ours = resolved(base[0] if base else "http://example.com", href)
        theirs = URLS.parse(call["result"]).url if call["result"] and call["result"] != (base or [""])[0] else None
        if ours != theirs:
            (disputed if "<noscript" in markup else failed).append((markup, ours, theirs))
    assert report("w3lib get_base_url", failed, disputed, len(calls)) >= 20
    assert not failed


def test_w3lib_encodings():
    calls = w3lib_calls("http_content_type_encoding")
    # A quote that stands wrong: the label is taken; the bytes are asked anyway.
    disputed = [text for (text,), _ in calls if re.search(r'=utf-8"$|"utf-8"(?:x|extra)$', text)]
    failed = [
        (text, call["result"])
        for (text,), call in calls
        if text not in disputed and codec_of(label_in_header(text) or "") != codec_of(call["result"] or "")
    ]
    assert report("w3lib http_content_type_encoding", failed, disputed, len(calls)) == 26
    calls = w3lib_calls("html_body_declared_encoding")
    # What is no <meta> by the standard's rules, or stands behind a <body>.
    disputed = [markup for (markup,), _ in calls if re.search("< meta|<body>\n|Fake-|httpequiv", markup)]
    failed = [
        (markup, call["result"])
        for (markup,), call in calls
        if markup not in disputed
        and codec_of(prescan_encoding(markup.encode()) or "") != codec_of(call["result"] or "")
    ]
    assert report("w3lib html_body_declared_encoding", failed, disputed, len(calls)) == 22


def codec_of(label):
    encoding = webencodings.lookup(label.replace("iso8859", "iso-8859"))
    return encoding.name if encoding else None


def test_html5lib_trees_and_tokens_never_break_us():
    markups = []
    for file in conformance_path("html5lib-tests").rglob("*.dat"):
        markups += re.findall(r"#data\n(.*?)\n#errors", file.read_text("utf-8", "surrogateescape"), re.DOTALL)
    for file in conformance_path("html5lib-tests", "tokenizer").rglob("*.test"):
        markups += [one["input"] for one in json.loads(file.read_text("utf-8")).get("tests", [])]
    for markup in markups:
        assert page(markup) == page(markup)
    assert report("html5lib trees and tokens, no crash", [], [], len(markups)) > 8_000


SCRAPYS_OWN = ("tags", "attrs", "process_value", "restrict_xpaths", "restrict_css", "strip")
"""Options that look beyond links, change them, or choose among them by their place."""


def test_scrapy_link_extractor():
    cases = json.loads(conformance_path("linkextract", "scrapy", "cases.json").read_text("utf-8"))
    failed, disputed = [], []
    for case in cases:
        body = base64.b64decode(case["body_b64"]) if "body_b64" in case else case["body"].encode(case["encoding"])
        found = page(decode_html(body, content_type=f"text/html; charset={case['encoding']}").text)
        base = resolved(case["url"], found.base_href or "")
        ours = {resolved(base, link.href): link for link in found.links}
        missing = [
            link for link in case["links"] if URLS.parse(link["url"]) and URLS.parse(link["url"]).url not in ours
        ]
        wrong = [
            link
            for link in case["links"]
            if URLS.parse(link["url"])
            and (mine := ours.get(URLS.parse(link["url"]).url))
            and link["nofollow"] is not ("nofollow" in mine.rel.split())
        ]
        if missing or wrong:
            is_disputed = any(option in case["options"] for option in SCRAPYS_OWN) or case["options"].get(
                "canonicalize"
            )
            (disputed if is_disputed else failed).append((case["where"], missing, wrong))
    assert report("Scrapy LinkExtractor", failed, disputed, len(cases)) >= 40
    assert not failed


def maze():
    with conformance_path("sites", "security-crawl-maze", "responses.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_the_crawl_maze_is_seen_through():
    """Everything that needs no script is named by some response; resources, forms and scripts are not ours."""
    groups = json.loads(
        conformance_path("sites", "security-crawl-maze", "expected_by_capability.json").read_text("utf-8")
    )
    named = set()
    for response in maze():
        url = "http://localhost" + response["path"]
        headers = {name.lower(): value for name, value in dict(response["headers"]).items()}
        found = page(decode_html(base64.b64decode(response["body_b64"])).text)
        base = resolved(url, found.base_href or "") or url
        hrefs = [link.href for link in found.links] + found.discoveries + [found.refresh_href or ""]
        named |= {resolved(base, href) for href in hrefs}
        hrefs = header_discoveries(headers.get("link"), headers.get("content-location"))
        hrefs.append(parse_refresh(headers.get("refresh", "")) or "")
        named |= {resolved(url, href) for href in [*hrefs, headers.get("location", "")]}
    expected = [path for group in list(groups.values())[:3] for path in group if "/misc/known-files/" not in path]
    failed = [path for path in expected if f"http://localhost{path}" not in named]
    assert report("security-crawl-maze", failed, [], len(expected)) == 14


def real_pages():
    with gzip.open(conformance_path("pages", "pages_dev.jsonl.gz")) as lines:
        for line in lines:
            one = json.loads(line)
            body = base64.b64decode(one["html_b64"])
            yield one, gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def misread(text, encoding="utf-8"):
    """What comes of a page that is read as windows-1252, as the oracle reads what declares nothing early."""
    return text.encode(encoding, "replace").decode("windows-1252", "replace")


def spaceless(text):
    """Misread, a space that does not break is a letter and a space, and some letters end in a space."""
    return "".join(text.split()).replace("Â", "").replace("\ufeff", "")


def agrees(link, theirs, misread_ours=str):
    """Where the oracle has no words we may have some: the picture's. Its words are not cut, ours are."""
    words = spaceless(misread_ours(link.anchor_text))
    their_words = spaceless(theirs["text"])
    return (
        misread_ours(link.href).strip(URL_SPACE) == theirs["attr"].strip(URL_SPACE)
        and link.rel == normal_rel(theirs["rel"])
        and (their_words in ("", words) or (len(link.anchor_text) > 250 and their_words.startswith(words)))
    )


@pytest.mark.slow
def test_links_of_real_pages():
    """The oracle takes windows-1252 for what declares nothing early; a second figure misreads our words there too."""
    counts = Counter()
    for one, body in real_pages():
        decoded = decode_html(body)
        found = page(decoded.text)
        reread = str if one["encoding"].lower() == decoded.encoding else partial(misread, encoding=decoded.encoding)
        assert len(found.links) == len(one["links"]), one["file"]
        for theirs, link in zip(one["links"], found.links, strict=True):
            counts["links"] += 1
            counts["urls"] += _join(one["base"], link.href) == theirs["href"]
            counts["as it is"] += agrees(link, theirs)
            counts["misread alike"] += agrees(link, theirs) or agrees(link, theirs, reread)  # entities survive it
    print("\njsdom, 704 pages:", dict(counts))  # noqa: T201 — read by people
    links = counts["links"]
    assert links == 116_724
    assert counts["urls"] / links > 0.9989
    assert counts["as it is"] / links > 0.980
    assert counts["misread alike"] / links > 0.999


def _join(base, href):
    try:
        return join_url(base, href)
    except ValueError:
        return href


@pytest.mark.slow
def test_what_real_pages_say_of_themselves():
    failed, disputed = [], []
    total = 0
    for one, body in real_pages():
        decoded = decode_html(body)
        found = page(decoded.text)
        title = found.title or ""
        discoveries = {_join(one["base"], href) for href in found.discoveries}
        said = re.split(r"[,\s]+", " ".join(one["meta_robots"]).lower())
        checks = {
            "title": spaceless(one["title"] or "") in (spaceless(title), spaceless(misread(title)))
            or decoded.encoding == "iso-8859-2",
            "robots": found.robots_directives("x") & {"noindex", "nofollow"} == both(said),
            "frames": set(one["frames"]) - {one["base"], ""} <= discoveries,
            "refresh": found.refresh_href is None or any(found.refresh_href in text for text in one["meta_refresh"]),
            "canonical": canonical_of(one, found.canonical_href) in one["canonical"][:1] or not one["canonical"],
        }
        total += len(checks)
        wrong = [(name, one["file"]) for name, is_right in checks.items() if not is_right]
        failed += [case for case in wrong if case[0] != "canonical" or found.canonical_href]
        disputed += [case for case in wrong if case not in failed]
    report("jsdom, what 704 pages say of themselves", failed, disputed, total)
    assert not failed
    assert len(disputed) <= 6  # canonical links that stand behind text


def canonical_of(one, href):
    return _join(one["base"], href) if href is not None else None


def both(tokens):
    return set(tokens) & {"noindex", "nofollow"} | ({"noindex", "nofollow"} if "none" in tokens else set())

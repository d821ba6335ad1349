import io
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlinks.errors import SeedError
from backlinks.seeds import open_seeds, read_seeds
from crawler import CrawlerOptions, UrlReader
from tests.conformance import conformance_path

SCOPE = CrawlerOptions().scope
READER = UrlReader(drop_parameters=SCOPE.drop_parameters, user_platforms=SCOPE.user_platforms)


def read(content, name="seeds.txt"):
    """The hosts or URLs of the seeds, and the bad lines."""
    if isinstance(content, str):
        content = content.encode()
    bad = []
    seeds = read_seeds(io.BufferedReader(io.BytesIO(content)), name=name, reader=READER, on_bad=bad.append)
    return [seed.url for seed in seeds], bad


def hosts(content, name="seeds.txt"):
    urls, bad = read(content, name)
    assert bad == []
    return [url.removeprefix("https://").removesuffix("/") for url in urls]


GOOD = [
    # text: domains and URLs, remarks, blank lines, every kind of line end
    ("example.org\nexample.com\n", ["example.org", "example.com"]),
    ("example.org", ["example.org"]),
    ("\n\n# all mine\nexample.org   # the shop\n\t\n  example.com\t\n", ["example.org", "example.com"]),
    ("a.org\r\nb.org\rc.org\n", ["a.org", "b.org", "c.org"]),
    ("https://example.org/blog/\n", ["example.org/blog"]),
    ("https://example.org/page#part\n", ["example.org/page"]),
    ("https://example.org/a,b;c\nhttps://example.org/d\n", ["example.org/a,b;c", "example.org/d"]),
    ("http://example.org:8080/x\n", ["http://example.org:8080/x"]),
    ("example.org:8080\nlocalhost:9000\n", ["http://example.org:8080", "http://localhost:9000"]),
    ("127.0.0.1\n[::1]:8080\n", ["127.0.0.1", "http://[::1]:8080"]),
    ("http://localhost/\n", ["http://localhost"]),
    ("//example.org/x\n", ["example.org/x"]),
    ("EXAMPLE.org\n", ["example.org"]),
    # names in other scripts
    ("bücher.example\nhttps://пример.испытание/\n", ["xn--bcher-kva.example", "xn--e1afmkfd.xn--80akhbyknj4f"]),
    # each once
    ("example.org\nhttps://example.org/\nEXAMPLE.ORG\n", ["example.org"]),
    # CSV with a rank, as Tranco has it
    ("1,google.com\n2,youtube.com\n", ["google.com", "youtube.com"]),
    ("1;google.com\n2;youtube.com\n", ["google.com", "youtube.com"]),
    ("1\tgoogle.com\n2\tyoutube.com\n", ["google.com", "youtube.com"]),
    # a header
    ("domain\nexample.org\n", ["example.org"]),
    ("Rank,Domain\n1,example.org\n", ["example.org"]),
    ("rank;Root Domain\n1;example.org\n", ["example.org"]),
    ('"Name","Website"\n"Us, and others","https://example.org/"\n', ["example.org"]),
    ("URL,Domain\nhttps://a.org/x,a.org\n", ["a.org"]),
    ("Top linking sites,Host\n7,a.org\n", ["a.org"]),
    ("GlobalRank,TldRank,Domain,TLD,IDN_Domain\n1,1,google.com,com,google.com\n", ["google.com"]),
    # a CSV without a header that begins with the domain
    ("example.org,12\nexample.com,7\n", ["example.org", "example.com"]),
    ('"example.org","the ""best"" shop"\n', ["example.org"]),
    ("Shop;example.org;x\nBlog;example.com;y\n", ["example.org", "example.com"]),
    # remarks in a CSV
    ("# from the spreadsheet\nrank,domain\n\n# more\n1,example.org\n", ["example.org"]),
]


@pytest.mark.parametrize(("content", "expected"), GOOD)
def test_a_list_is_read_as_people_have_it(content, expected):
    urls, bad = read(content)
    assert bad == []
    assert [url.removeprefix("https://").removesuffix("/") for url in urls] == [
        url.removesuffix("/") for url in expected
    ]


def test_a_file_named_csv_may_begin_with_a_url():
    assert hosts("https://a.org/x,Shop\nhttps://b.org/y,Blog\n", "seeds.csv") == ["a.org/x", "b.org/y"]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "text", ["example.org\r\nexample.com\r\n", "Rank,Domain\r\n1,example.org\r\n2,example.com\r\n"]
)
def test_every_unicode_encoding_is_read_with_a_mark_and_without(encoding, text):
    assert hosts(text.encode(encoding)) == ["example.org", "example.com"]


def test_a_marked_utf_16_list_holds_other_scripts():
    assert hosts("\ufeffпример.испытание\n".encode("utf-16-be")) == ["xn--e1afmkfd.xn--80akhbyknj4f"]


BAD = [
    # what the line is, how it is called
    ("hello", "is not a domain; write http:// in front if it is a host of yours"),
    ("123", "is not a domain; write http:// in front if it is a host of yours"),
    ("two words.org", "is not a domain or an http(s) URL"),
    ("*.example.org", "is not a domain or an http(s) URL"),
    ("ftp://example.org/", "is not a domain or an http(s) URL"),
    ("javascript:alert(1)", "is not a domain or an http(s) URL"),
    ("file:///etc/passwd", "is not a domain or an http(s) URL"),
    ("http://", "is not a domain or an http(s) URL"),
    ("https://exa mple.org/", "is not a domain or an http(s) URL"),
    ("256.256.256.256", "is not a domain or an http(s) URL"),
    ("http://example.org:99999/", "is not a domain or an http(s) URL"),
    ("||example.org^", "is not a domain or an http(s) URL"),
    ("<html>", "is not a domain or an http(s) URL"),
    ("a" * 64 + ".example.org", "is not a domain or an http(s) URL"),
    ("\x00.org", "is not a domain or an http(s) URL"),
    ("good.org,other.org", "is not a domain or an http(s) URL"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_named_with_its_number_and_skipped(line, reason):
    urls, bad = read(f"# mine\ngood.org\n{line}\nbetter.org\n".encode().replace(b"\x00.org", b"\x01.org"))
    assert urls == ["https://good.org/", "https://better.org/"]
    assert [(number, why) for number, _, why in bad] == [(3, reason)]


def test_bytes_that_are_not_utf_8_are_said_to_be():
    urls, bad = read("good.org\nmünchen.de\n".encode("cp1252"))
    assert urls == ["https://good.org/"]
    assert bad == [(2, "m\ufffdnchen.de", "holds bytes that are not text in its encoding")]


def test_rows_without_the_column_are_bad_lines():
    urls, bad = read("rank,domain\n1,a.org\n2\n3,\n4,b.org\n")
    assert urls == ["https://a.org/", "https://b.org/"]
    assert [(line.number, line.reason) for line in bad] == [
        (3, "has no column 2"),
        (4, "is not a domain or an http(s) URL"),
    ]


def test_a_header_of_unknown_words_is_a_bad_line_and_the_rows_tell_the_column():
    urls, bad = read("Rang;Adresse im Netz\n1;a.org\n2;b.org\n")
    assert urls == ["https://a.org/", "https://b.org/"]
    assert bad == [(1, "Rang;Adresse im Netz", "has no column named domain, host, url or site")]


def test_an_unclosed_quotation_mark_costs_its_line_only():
    urls, bad = read('rank,domain\n1,"a.org\n2,b.org\n')
    assert urls == ["https://a.org/", "https://b.org/"]
    assert bad == []


def test_a_bad_line_is_shown_without_escape_sequences_and_credentials():
    _, (first, second) = read("good.org\n\x1b[2Jevil line\nme:secret@host name\n")
    assert first.text == "evil line"
    assert second.text == "…@host name"


def test_credentials_of_a_url_are_dropped():
    assert hosts("https://me:secret@example.org/x\n") == ["example.org/x"]


NO_GOOD_LINE = [
    (b"", "no line of it is a domain or a URL"),
    (b"# only remarks\n\n", "no line of it is a domain or a URL"),
    (b"hello\n", "no line of it is a domain or a URL"),
    (b"SQLite format 3\x00" + bytes(100), "is a database, not a list; did you mean --db?"),
    (b"PK\x03\x04" + bytes(100), "is a zip file; unpack it first"),
    (b"\x1f\x8b\x08" + bytes(100), "is compressed; unpack it first"),
    (b"%PDF-1.7\n", "is a PDF document, not a list"),
    (b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02\xff\x03" * 50, "is not a text file"),
]


@pytest.mark.parametrize(("content", "reason"), NO_GOOD_LINE)
def test_a_list_without_a_good_line_is_an_error(content, reason):
    with pytest.raises(SeedError) as caught:
        read(content)
    assert str(caught.value) == f"seeds.txt: {reason}"


@pytest.mark.parametrize(("name", "reason"), [("nowhere.txt", "No such file or directory"), (".", "Is a directory")])
def test_a_list_that_cannot_be_opened_is_an_error(tmp_path, name, reason):
    path = str(tmp_path / name)
    with pytest.raises(SeedError) as caught, open_seeds(path, io.BytesIO()):
        pass
    assert str(caught.value) == f"{path}: {reason}"


def test_a_dash_is_standard_input_and_stays_open():
    stdin = io.BytesIO(b"example.org\n")
    with open_seeds("-", stdin) as stream:
        seeds = read_seeds(stream, name="standard input", reader=READER, on_bad=pytest.fail)
    assert [seed.host for seed in seeds] == ["example.org"]
    assert not stdin.closed


class Endless(io.RawIOBase):
    """Bytes without a line end, then one good line."""

    def __init__(self, length):
        self.left = length

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.left <= 0:
            tail, self.tail_sent = (b"\ngood.org\n", True) if not hasattr(self, "tail_sent") else (b"", True)
            buffer[: len(tail)] = tail
            return len(tail)
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left -= count
        return count


def test_a_line_of_a_hundred_megabytes_is_one_bad_line_in_bounded_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bad = []
    seeds = read_seeds(io.BufferedReader(Endless(100_000_000)), name="x", reader=READER, on_bad=bad.append)
    assert [seed.host for seed in seeds] == ["good.org"]
    assert [(line.number, line.reason) for line in bad] == [(1, "is longer than 8,192 characters")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_lines_are_read_as_they_come_not_all_at_once():
    read_bytes = 0

    class Counted(io.BytesIO):
        def read(self, size=-1):
            nonlocal read_bytes
            read_bytes += size if size >= 0 else len(self.getvalue())
            return super().read(size)

        def readinto(self, buffer):
            nonlocal read_bytes
            count = super().readinto(buffer)
            read_bytes += count
            return count

    seen = []
    content = b"good.org\n" + b"bad line\n" * 200_000
    read_seeds(io.BufferedReader(Counted(content)), name="x", reader=READER, on_bad=lambda _: seen.append(read_bytes))
    assert seen[0] < 50_000


@settings(max_examples=300)
@given(
    st.binary(max_size=400)
    | st.lists(st.sampled_from(list("a.org,;\t\"'#\r\n1\x00ü:/@-")), max_size=60).map("".join).map(str.encode)
)
def test_no_bytes_make_the_reader_fail_but_with_a_sentence(content):
    try:
        urls, bad = read(content)
    except SeedError as error:
        assert str(error).startswith("seeds.txt: ")  # noqa: PT017 — either answer is right
    else:
        assert urls
        assert all(line.number > 0 and line.text.isprintable() for line in bad)


@pytest.mark.parametrize(
    ("name", "count", "first", "bad_count"),
    [
        ("majestic_top15k.csv", 14_996, "google.com", 4),  # four rows name the domain ".com"
        ("top_50k_unknown_list.csv", 50_526, "google.com", 0),
        ("top_65535.csv", 65_535, "google.com", 0),
    ],
)
def test_the_top_lists_of_the_field_are_read_whole(name, count, first, bad_count):
    bad = []
    with open_seeds(str(conformance_path("graphs", "toplists", name)), io.BytesIO()) as stream:
        seeds = read_seeds(stream, name=name, reader=READER, on_bad=bad.append)
    assert (len(seeds), seeds[0].host, len(bad)) == (count, first, bad_count), bad[:5]

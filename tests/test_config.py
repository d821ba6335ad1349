from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlinks.config import SECTIONS, Flag, Options, option_names, read_options, section_of
from backlinks.errors import ConfigError
from backlinks.toml_values import convert
from crawler import CrawlerOptions


@pytest.fixture
def config(tmp_path):
    def write(text, name="config.toml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def problems_of(file):
    with pytest.raises(ConfigError) as caught:
        read_options(file)
    return [problem.removeprefix(f"{file}: ") for problem in caught.value.problems]


def test_without_file_and_flags_the_defaults_hold():
    assert read_options() == Options()


def test_a_file_overrides_the_defaults_and_flags_override_the_file(config):
    file = config('[crawl]\nmax_depth = 3\nmax_pages = 50\n[storage]\nbatch_links = 7\n[log]\nlevel = "debug"\n')
    options = read_options(
        file, [Flag("--max-pages", "crawl", "max_pages", 9), Flag("--contact", "crawl", "contact", None)]
    )
    assert options.crawler.crawl == replace(CrawlerOptions().crawl, max_depth=3, max_pages=9)
    assert options.storage.batch_links == 7
    assert options.log.level == "debug"
    assert options.crawler.fetch == CrawlerOptions().fetch


def test_a_flag_may_touch_any_section():
    assert read_options(flags=[Flag("--log", "log", "level", "error")]).log.level == "error"
    assert read_options(flags=[Flag("--batch", "storage", "batch_links", 3)]).storage.batch_links == 3


TYPES = [
    # TOML, what the option becomes
    ("[politeness]\ndelay_seconds = 2", "politeness", "delay_seconds", 2.0),
    ("[politeness]\nretry_seconds = [1, 2.5]", "politeness", "retry_seconds", (1.0, 2.5)),
    ('[scope]\ninclude = ["*/blog/*"]', "scope", "include", ("*/blog/*",)),
    ("[scope]\ninclude = []", "scope", "include", ()),
    ("[network]\nallowed_ports = [8080]", "network", "allowed_ports", (8080,)),
    ('[network.resolve]\n"*.test" = "127.0.0.1"', "network", "resolve", {"*.test": "127.0.0.1"}),
    (
        '[network]\nnameservers = ["127.0.0.1:5353", "::1", "[::1]:53"]',
        "network",
        "nameservers",
        ("127.0.0.1:5353", "::1", "[::1]:53"),
    ),
    ("[network]\nallow_private_addresses = true", "network", "allow_private_addresses", True),
    ('[crawl]\ncontact = "https://example.org/bot"', "crawl", "contact", "https://example.org/bot"),
]


@pytest.mark.parametrize(("text", "section", "key", "value"), TYPES)
def test_toml_becomes_the_type_of_the_option(config, text, section, key, value):
    read = getattr(section_of(read_options(config(text)), section), key)
    assert read == value
    assert type(read) is type(value)


WRONG = [
    # unknown names
    ("[crawler]\nmax_depth = 1", "[crawler]: no such section; did you mean crawl?; there are crawl, scope"),
    ("[zzz]", "[zzz]: no such section; there are crawl"),
    ("max_depth = 1", "max_depth = 1: it belongs under [crawl]"),
    ("max_dept = 1", "max_dept = 1: every key stands in a section; did you mean max_depth under [crawl]?"),
    ("[crawl]\nmax-pages = 1", "[crawl] max-pages = 1: no such key; did you mean max_pages?"),
    ("[crawl]\ndelay_seconds = 1", "[crawl] delay_seconds = 1: no such key here; it belongs under [politeness]"),
    (
        "[crawl]\ndelay_second = 1",
        "[crawl] delay_second = 1: no such key; did you mean delay_seconds under [politeness]?",
    ),
    ("[crawl]\nqqqqqq = 1", "[crawl] qqqqqq = 1: no such key"),
    ("[crawl.deep]\nx = 1", "[crawl] deep = {'x': 1}: no such key"),
    ("crawl = 5", "crawl = 5: this is the name of a section; write [crawl]"),
    ("[[crawl]]\nmax_depth = 1", "crawl = [{'max_depth': 1}]: this is the name of a section; write [crawl]"),
    # wrong types
    ('[crawl]\nmax_depth = "3"', "[crawl] max_depth = '3': must be a whole number"),
    ("[crawl]\nmax_depth = true", "[crawl] max_depth = True: must be a whole number"),
    ("[crawl]\nmax_depth = 3.0", "[crawl] max_depth = 3.0: must be a whole number"),
    ("[crawl]\nmax_depth = 1979-05-27", "[crawl] max_depth = datetime.date(1979, 5, 27): must be a whole number"),
    ("[crawl]\ncontact = 5", '[crawl] contact = 5: must be text in "quotes"'),
    ("[politeness]\ndelay_seconds = true", "[politeness] delay_seconds = True: must be a number"),
    ("[politeness]\ndelay_seconds = []", "[politeness] delay_seconds = []: must be a number"),
    ("[network]\nallow_private_addresses = 1", "[network] allow_private_addresses = 1: must be true or false"),
    ('[scope]\ninclude = "*"', "[scope] include = '*': must be a list of texts"),
    ("[scope]\ninclude = [1]", "[scope] include = [1]: must be a list of texts"),
    ("[network]\nallowed_ports = [80, true]", "[network] allowed_ports = [80, True]: must be a list of whole numbers"),
    ('[network]\nresolve = ["a"]', "[network] resolve = ['a']: must be a table of names and texts"),
    ('[network.resolve]\n"a.test" = 1', "[network] resolve = {'a.test': 1}: must be a table of names and texts"),
    # out of range
    ("[crawl]\nmax_depth = -1", "[crawl] max_depth = -1: must be at least 0"),
    ("[crawl]\nmax_depth = 1001", "[crawl] max_depth = 1001: must be at most 1000"),
    ("[politeness]\ndelay_seconds = inf", "[politeness] delay_seconds = inf: must be a number of at most 9,2"),
    ("[politeness]\ndelay_seconds = nan", "[politeness] delay_seconds = nan: must be a number of at most 9,2"),
    (
        "[crawl]\nmax_pages = 9223372036854775808",
        "[crawl] max_pages = 9223372036854775808: must be a whole number of at most 9,2",
    ),
    (f"[crawl]\nmax_seconds = {'9' * 400}", f"[crawl] max_seconds = {'9' * 400}"),
    ("[network]\nallowed_ports = [80, 0]", "[network] allowed_ports = (80, 0): must be at least 1"),
    ("[network]\nallowed_ports = [65536]", "[network] allowed_ports = (65536,): must be at most 65535"),
    ("[politeness]\nretry_seconds = [-1]", "[politeness] retry_seconds = (-1.0,): must be at least 0"),
    ('[log]\nlevel = "loud"', "[log] level = 'loud': must be one of debug, info, warning, error"),
    # ill-formed texts
    ('[crawl]\ncontact = "me"', "[crawl] contact = 'me': must be an e-mail address or a URL"),
    ('[crawl]\ncontact = "me@x.org\\r\\nX-Evil: 1"', "[crawl] contact = 'me@x.org\\r\\nX-Evil: 1': must be an e-mail"),
    ('[crawl]\nuser_agent = "my bot/1.0"', "[crawl] user_agent = 'my bot/1.0': must be one word"),
    ('[fetch]\naccept_language = "en\\n"', "[fetch] accept_language = 'en\\n': must be one line"),
    ('[network]\nnameservers = ["dns.example"]', "[network] nameservers = ('dns.example',): must be IP addresses"),
    ('[network.resolve]\n"a.test" = "b.test"', "[network] resolve = {'a.test': 'b.test'}: must give an IP address"),
    # not TOML
    ("[crawl\n", "not valid TOML: "),
    ("a = " + "[" * 5_000, "not valid TOML: "),
    ("a = " + "9" * 5_000, "not valid TOML: "),
    (b"\xff\xfe[\x00c\x00", "not UTF-8 text (byte 0)"),
    (b"SQLite format 3\x00", "not valid TOML: "),
    (b"#" * 1_048_577, "larger than 1,048,576 bytes, which no configuration file is"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_named_with_key_value_and_what_would_be_right(config, text, problem):
    found = problems_of(config(text))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_every_wrong_value_is_told_at_once_and_names_the_file(config):
    file = config("[crawl]\nmax_depth = -1\nmax_pages = -2\nmax_page = 1\n[fetch]\nconnect_seconds = 0\n[nope]\n")
    with pytest.raises(ConfigError) as caught:
        read_options(file)
    assert len(caught.value.problems) == 5
    assert all(problem.startswith(f"{file}: ") for problem in caught.value.problems)
    assert str(caught.value).count("\n") == 4


def test_a_byte_order_mark_and_windows_line_ends_are_read(config):
    assert read_options(config(b"\xef\xbb\xbf[crawl]\r\nmax_depth = 2\r\n")).crawler.crawl.max_depth == 2


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, name):
    assert problems_of(tmp_path / name)[0] in {"No such file or directory", "Is a directory"}


@pytest.mark.parametrize(
    ("name", "key", "value", "problem"),
    [
        ("--max-pages", "max_pages", -1, "--max-pages -1: must be at least 0"),
        ("--depth", "max_depth", 5_000, "--depth 5000: must be at most 1000"),
        (
            "--contact",
            "contact",
            "nobody",
            "--contact nobody: must be an e-mail address or a URL that starts with http",
        ),
    ],
)
def test_a_wrong_flag_is_named_as_it_was_typed(name, key, value, problem):
    with pytest.raises(ConfigError) as caught:
        read_options(flags=[Flag(name, "crawl", key, value)])
    assert caught.value.problems == (problem,)


def test_every_section_is_a_class_of_options_whose_types_the_reader_knows():
    for name, key in option_names():
        section = SECTIONS[name]
        assert is_dataclass(section)
        default = getattr(section(), key)
        as_toml = list(default) if isinstance(default, tuple) else default
        (hint,) = {declared.type for declared in fields(section) if declared.name == key}
        assert convert(as_toml, hint) == default


def test_section_names_of_the_issue_are_all_there():
    assert {"crawl", "scope", "politeness", "fetch", "network", "storage", "graph", "log"} <= set(SECTIONS)


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"(\[[a-z.]{0,9}\]\n([a-z_]{1,9} = [^\n]{0,20}\n){0,3}){0,3}"))
def test_no_text_makes_the_reader_fail_but_with_sentences(tmp_path_factory, text):
    file = Path(tmp_path_factory.getbasetemp(), "fuzzed.toml")
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert read_options(file)
    except ConfigError as error:
        assert str(file) in str(error)  # noqa: PT017 — most texts are errors, some are not

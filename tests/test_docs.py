import re
import tomllib
from pathlib import Path

import pytest

from backlinks.config import SECTIONS, Options, option_names, read_options
from backlinks.settings_text import EXAMPLE_FILE, SETTINGS_FILE, example_toml, settings_page, toml_value, write_pages

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(("file", "page"), [(EXAMPLE_FILE, example_toml), (SETTINGS_FILE, settings_page)])
def test_the_pages_of_settings_are_as_the_program_writes_them(file, page):
    assert (ROOT / file).read_text(encoding="utf-8") == page(), "run `make docs`"


def uncommented(text):
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def test_the_example_with_every_mark_taken_off_holds_every_setting_at_its_default(tmp_path):
    text = uncommented((ROOT / EXAMPLE_FILE).read_text(encoding="utf-8"))
    content = tomllib.loads(text)
    assert {(section, key) for section, keys in content.items() for key in keys} == set(option_names())
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    assert read_options(file) == Options()


def test_the_example_as_it_is_changes_nothing():
    assert read_options(ROOT / EXAMPLE_FILE) == Options()


def test_every_setting_has_its_row_with_default_and_reason():
    page = (ROOT / SETTINGS_FILE).read_text(encoding="utf-8")
    for section, key in option_names():
        part = page.split(f"## [{section}]\n")[1].split("\n## ")[0]
        row = re.search(rf"^\| `{key}` \| `(.+?)` \| .+ \| .+\. \|$", part, re.MULTILINE)
        assert row, f"{section}.{key}"


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, 0, -5, 1.5, 1e-09, 1e20),
        *("", 'a "quoted" \\ text\n\t\x00\u202e'),
        *((), ("a", "b"), (1, 2), (0.5,), tuple(f"parameter_{n}" for n in range(50))),
        *({}, {"*.test": "::1"}),
    ],
)
def test_every_value_is_written_so_that_toml_reads_it_back(value):
    read = tomllib.loads(f"x = {toml_value(value)}")["x"]
    assert read == (list(value) if isinstance(value, tuple) else value)


def test_writing_the_pages_writes_both(tmp_path):
    (tmp_path / "docs").mkdir()
    write_pages(tmp_path)
    assert (tmp_path / EXAMPLE_FILE).read_text(encoding="utf-8") == example_toml()
    assert (tmp_path / SETTINGS_FILE).read_text(encoding="utf-8") == settings_page()


def test_every_section_is_introduced():
    page = settings_page()
    assert [name for name in SECTIONS if f"## [{name}]" not in page] == []


def markdown_pages():
    return sorted(
        path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


@pytest.mark.parametrize("page", markdown_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_to_a_file(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []

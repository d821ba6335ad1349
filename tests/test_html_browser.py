"""The report for a client in a real Chromium: it fetches nothing, sorts, filters, fits a phone and a sheet of paper."""

import pytest

from backlinks.reports.html import Cover, Wanted, gather, render
from storage import Target, TargetScope, find_target, open_questions
from tests.chromium import open_browser
from tests.report_world import EVIL, ME, world

BEGIN = """
const table = document.getElementById("table-links");
const rows = () => Array.from(table.tBodies[0].rows).filter((row) => row.checkVisibility());
const column = (place) => rows().map((row) => row.cells[place]);
const head = (name) => Array.from(table.tHead.rows[0].cells).find((cell) => cell.textContent === name);
const numbers = (name) => column(head(name).cellIndex).map((cell) => parseFloat(cell.dataset.v));
const tools = table.closest("[data-table]").querySelector(".tools");
const type = (field, value) => { field.value = value; field.dispatchEvent(new Event("input")); };
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    with open_questions(world(folder / "world.db")) as questions:
        aim, rival = (
            find_target(questions, Target(scope=TargetScope.DOMAIN, domain=name)) for name in (ME, "rival.test")
        )
        found = gather(questions, aim, Wanted(rivals=(rival,), keywords=("best shoes",), brands=("Mine",)))
    file = folder / "report.html"
    file.write_text(render(found, Cover(title=f"Links {EVIL}", made_at=0.0, note=EVIL)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(browser, file):
    browser.resize(1440)
    browser.open(file)
    browser.run(BEGIN.replace("const ", "var "))
    return browser


def test_it_fetches_nothing_complains_of_nothing_and_runs_nothing_of_the_webs(page, file):
    fetched = [
        event["params"]["request"]["url"] for event in page.events if event["method"] == "Network.requestWillBeSent"
    ]
    assert fetched == [file.as_uri()]
    troubles = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled", "Page.javascriptDialogOpening"}
    assert [event for event in page.events if event["method"] in troubles] == []


def test_the_policy_stops_a_script_and_a_style_that_are_not_ours(page):
    assert page.run(
        """(() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            const probe = '<p id="probe" style="color: red" onclick="window.ran = true">x</p>';
            document.body.insertAdjacentHTML("beforeend", probe);
            document.getElementById("probe").click();
            return [window.ran === undefined, getComputedStyle(document.getElementById("probe")).color];
        })()"""
    ) == [True, "rgb(23, 32, 43)"]


def test_a_heading_sorts_and_says_how(page):
    page.run("head('Authority').querySelector('button').click()")
    assert page.run("head('Authority').getAttribute('aria-sort')") == "descending"
    largest = page.run("numbers('Authority')")
    assert largest == sorted(largest, reverse=True)
    page.run("head('Authority').querySelector('button').click()")
    assert page.run("head('Authority').getAttribute('aria-sort')") == "ascending"
    smallest = page.run("numbers('Authority')")
    assert smallest == sorted(smallest)
    assert smallest[0] < largest[0]
    page.run("head('To').querySelector('button').click()")
    assert page.run("document.querySelectorAll('#table-links [aria-sort]').length") == 1


def test_a_heading_is_reached_and_pressed_by_keyboard(page):
    page.run("head('Alike').querySelector('button').focus()")
    page.press("Enter", "\r")
    assert page.run("head('Alike').getAttribute('aria-sort')") == "descending"
    hidden = page.run("numbers('Alike')")
    assert hidden == sorted(hidden, reverse=True)


def test_words_and_choices_narrow_the_rows_and_the_count_says_so(page):
    every = page.run("table.tBodies[0].rows.length")
    page.run("type(tools.querySelector('input'), 'd1.test NOFOLLOW')")
    texts = page.run("rows().map((row) => row.textContent)")
    assert texts
    assert all("d1.test" in text and "nofollow" in text for text in texts)
    assert page.run("tools.querySelector('output').textContent") == f"{len(texts)} of {every} rows"
    page.run("type(tools.querySelector('input'), '')")
    page.run("var select = tools.querySelector('select'); select.value = 'followed'")
    page.run("select.dispatchEvent(new Event('change'))")
    assert set(page.run("column(head('Follow').cellIndex).map((cell) => cell.textContent)")) == {"followed"}


def test_a_long_table_begins_short_and_shows_all_when_asked(page):
    every = page.run("table.tBodies[0].rows.length")
    assert every > 25
    assert page.run("rows().length") == 25
    page.run("table.closest('[data-table]').querySelector('.more button').click()")
    assert page.run("rows().length") == every


@pytest.mark.parametrize("width", [360, 390, 820, 1440])
def test_nothing_stands_out_over_the_side(page, width):
    page.resize(width)
    assert page.run("document.documentElement.scrollWidth") <= width


def test_paper_is_light_has_no_buttons_and_several_sheets(page):
    page.ask("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    try:
        assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.run("tools.checkVisibility() || document.querySelector('nav').checkVisibility()") is False
        assert page.run("table.closest('[data-table]').querySelector('.more').innerText").startswith("The first 25 of ")
        printed = page.pdf()
    finally:
        page.ask("Emulation.setEmulatedMedia", media="", features=[])
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type/Page/") > 3


def test_without_script_every_row_is_there(page, file):
    page.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.open(file)
        page.run(BEGIN.replace("const ", "var "))
        assert page.run("rows().length === table.tBodies[0].rows.length && tools === null")
    finally:
        page.ask("Emulation.setScriptExecutionDisabled", value=False)

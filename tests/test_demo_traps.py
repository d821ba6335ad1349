import re

import pytest

from backlinks.demo import InventedWeb
from backlinks.demo.traps import CALENDAR, SESSIONS


@pytest.fixture(scope="module")
def web():
    return InventedWeb(7, has_traps=True)


def hrefs(web, host, path):
    return re.findall(r"<main>.*?</main>", web.answer(host, path, {}).body.decode(), re.DOTALL)[0].split('href="')[1:]


@pytest.mark.parametrize("host", [CALENDAR, SESSIONS])
def test_a_trap_has_no_end(web, host):
    seen, path = set(), "/"
    for _ in range(50):
        path = hrefs(web, host, path)[-1].partition('"')[0]
        assert path not in seen
        seen.add(path)


@pytest.mark.parametrize(
    ("host", "path"), [(CALENDAR, "/calendar/x/1"), (SESSIONS, "/item/3"), (SESSIONS, "/item/3?sid=zz")]
)
def test_what_does_not_belong_to_the_trap_is_not_found(web, host, path):
    assert web.answer(host, path, {}).status == 404


def test_traps_are_off_unless_asked_for_and_change_nothing_else(web):
    without = InventedWeb(7)
    assert CALENDAR not in without.world.hosts
    assert set(web.true_links()) == set(without.true_links())
    assert len(web.seeds) == len(without.seeds) + 2

"""The walk over small webs drawn by hand; where it follows the crawler's defaults, the expectation says which."""

import pytest

from backlinks.demo.model import Charset, Document, File, Host, Moved, Place, Reference, Robots, Sitemap, Trouble
from backlinks.demo.topics import CIVIC
from backlinks.demo.truth import Limits, true_links_of, walk
from backlinks.demo.world import World, registrable_domain
from storage import LinkKind, Outcome, Placement, StopReason

PORT = 80


def world_of(*hosts, seeds=("a.test",)):
    return World(1, hosts={host.name: host for host in hosts}, seeds=[Place(seed, "/") for seed in seeds])


def host_of(name, pages, **more):
    """Pages by path, each a list of the paths or places it links to, or a resource."""
    host = Host(name=name, brand=name, address="127.0.0.1", **more)
    for path, content in pages.items():
        host.content[path] = page_at(name, path, content) if isinstance(content, list) else content
    return host


def page_at(name, path, targets, **more):
    references = [one if isinstance(one, Reference) else Reference(place_of(name, one), "words") for one in targets]
    return Document(place=Place(name, path), title=path, topic=CIVIC, references=references, **more)


def place_of(name, target):
    return target if isinstance(target, Place) else Place(name, target)


def verdicts(world, **limits):
    """Path to outcome or stop reason, for one host's webs; None still waits."""
    expected = walk(world, PORT, Limits(**limits)).expected
    return {place.path: one.outcome or (one.stop or None) for place, one in expected.items()}


OK, ERROR, REDIRECT, NOT_HTML = Outcome.OK, Outcome.HTTP_ERROR, Outcome.REDIRECT, Outcome.NOT_HTML


def moved(path, status=301):
    return Moved(status=status, target=Place("a.test", path))


NOFOLLOW = Reference(Place("a.test", "/x"), "words", "nofollow")

WALKS = {
    "every page that is linked to": ({"/": ["/x"], "/x": ["/y"], "/y": ["/"], "/z": []}, {"/": OK, "/x": OK, "/y": OK}),
    "a missing page": ({"/": ["/x"]}, {"/": OK, "/x": ERROR}),
    "a redirect and its end": ({"/": ["/x"], "/x": moved("/y"), "/y": []}, {"/": OK, "/x": REDIRECT, "/y": OK}),
    "a loop": ({"/": ["/x"], "/x": moved("/y"), "/y": moved("/x")}, {"/": OK, "/x": REDIRECT, "/y": REDIRECT}),
    "a file": ({"/": ["/x"], "/x": File(content_type="a/b", body=b"")}, {"/": OK, "/x": NOT_HTML}),
    "a file by its name": ({"/": ["/x.PDF"]}, {"/": OK, "/x.PDF": StopReason.NOT_A_PAGE}),
    "trouble that passes": (
        {"/": ["/x"], "/x": Trouble(status=500, times=1, then=page_at("a.test", "/x", ["/y"])), "/y": []},
        {"/": OK, "/x": OK, "/y": OK},
    ),
    "trouble that stays": ({"/": ["/x"], "/x": Trouble(status=500)}, {"/": OK, "/x": ERROR}),
    "what only nofollow names": ({"/": [NOFOLLOW], "/x": []}, {"/": OK, "/x": StopReason.NOFOLLOW}),
    "what is named with and without": ({"/": [NOFOLLOW, "/y"], "/y": ["/x"], "/x": []}, {"/": OK, "/x": OK, "/y": OK}),
    "what a page that follows nothing names": (
        {"/": page_at("a.test", "/", ["/x"], header_robots="nofollow"), "/x": []},
        {"/": OK, "/x": StopReason.NOFOLLOW},
    ),
    "what a canonical link names": (
        {"/": page_at("a.test", "/", [], canonical=Place("a.test", "/x")), "/x": []},
        {"/": OK, "/x": OK},
    ),
    "a base that is a page": (
        {"/": page_at("a.test", "/", [], base=Place("a.test", "/x/")), "/x/": ["/y"], "/y": []},
        {"/": OK, "/x/": OK, "/y": OK},
    ),
    "not where a refresh leads that follows nothing": (
        {"/": page_at("a.test", "/", [], refresh=Place("a.test", "/x"), meta_robots="none"), "/x": []},
        {"/": OK},
    ),
    "where a refresh leads": (
        {"/": page_at("a.test", "/", [], refresh=Place("a.test", "/x")), "/x": []},
        {"/": OK, "/x": OK},
    ),
}


@pytest.mark.parametrize("case", WALKS)
def test_the_walk_finds(case):
    pages, expected = WALKS[case]
    assert verdicts(world_of(host_of("a.test", pages))) == expected


def test_depth_ends_the_walk_and_the_shortest_way_counts():
    pages = {"/": ["/1", "/short"], "/1": ["/2"], "/2": ["/3"], "/3": [], "/short": ["/3"]}
    world = world_of(host_of("a.test", pages))
    assert verdicts(world, max_depth=1) == {
        "/": OK,
        "/1": OK,
        "/short": OK,
        "/2": StopReason.DEPTH,
        "/3": StopReason.DEPTH,
    }
    assert walk(world, PORT, Limits()).expected[Place("a.test", "/3")].depth == 2


@pytest.mark.parametrize(("hops", "last"), [(3, OK), (2, StopReason.REDIRECT_HOPS)])
def test_a_chain_is_followed_for_so_many_hops(hops, last):
    pages = {"/": ["/1"], "/1": moved("/2"), "/2": moved("/3"), "/3": moved("/4"), "/4": []}
    assert verdicts(world_of(host_of("a.test", pages)), max_redirect_hops=hops)["/4"] == last


def test_a_redirect_found_late_makes_a_page_nearer():
    """/far is known from depth 1 as two links away before /hop, as near as that page, turns out to lead there."""
    pages = {"/": ["/a", "/hop"], "/a": ["/far"], "/hop": moved("/far"), "/far": []}
    expected = walk(world_of(host_of("a.test", pages)), PORT, Limits()).expected
    assert expected[Place("a.test", "/far")].depth == 1


def test_a_hop_too_far_is_fetched_all_the_same_when_a_page_links_to_it():
    pages = {"/": ["/1", "/page"], "/1": moved("/2"), "/2": moved("/3"), "/3": [], "/page": ["/3"]}
    assert verdicts(world_of(host_of("a.test", pages)), max_redirect_hops=1)["/3"] == OK


@pytest.mark.parametrize(("name", "verdict"), [("sub.a.test", OK), ("b.test", StopReason.OUT_OF_SCOPE)])
def test_the_scope_is_the_registrable_domain_of_the_seeds(name, verdict):
    world = world_of(host_of("a.test", {"/": [Place(name, "/there")]}), host_of(name, {"/there": []}))
    assert verdicts(world)["/there"] == verdict


def test_a_seed_that_moved_takes_the_scope_along():
    there = Moved(status=301, target=Place("b.test", "/there"))
    pages = {"/there": ["/further"], "/further": []}
    world = world_of(host_of("a.test", {"/": there}), host_of("b.test", pages))
    assert verdicts(world) == {"/": REDIRECT, "/there": OK, "/further": OK}


def test_a_page_that_moved_does_not():
    pages = {"/": ["/x"], "/x": Moved(status=301, target=Place("b.test", "/there"))}
    world = world_of(host_of("a.test", pages), host_of("b.test", {"/there": []}))
    assert verdicts(world)["/there"] == StopReason.OUT_OF_SCOPE


BLOCKED = [
    ({"robots": Robots(status=503)}, None),
    ({"is_listening": False}, None),
    ({"robots": Robots(status=404)}, OK),
    ({"robots": None}, OK),
    ({"forbidden": {"/"}}, StopReason.ROBOTS),
]


@pytest.mark.parametrize(("more", "verdict"), BLOCKED)
def test_robots_decide_whether_a_host_may_be_asked(more, verdict):
    assert verdicts(world_of(host_of("a.test", {"/": []}, **more))) == {"/": verdict}


def sitemap(*paths, children=()):
    return Sitemap(
        entries=tuple(Place("a.test", path) for path in paths),
        children=tuple(Place("a.test", path) for path in children),
    )


NAMED = Robots(sitemaps=[Place("a.test", "/index.xml")])
SITEMAPS = [
    ({"/": [], "/x": [], "/sitemap.xml": sitemap("/x")}, None, {"/x"}),
    ({"/": [], "/x": [], "/other.xml": sitemap("/x")}, None, set()),
    ({"/": [], "/x": [], "/index.xml": sitemap(children=["/m.xml"]), "/m.xml": sitemap("/x")}, NAMED, {"/x"}),
]


@pytest.mark.parametrize(("pages", "robots", "found"), SITEMAPS)
def test_sitemaps_are_read_where_robots_name_them_or_at_the_usual_place(pages, robots, found):
    world = world_of(host_of("a.test", pages, robots=robots))
    assert verdicts(world).keys() == {"/"} | found
    assert verdicts(world, use_sitemaps=False).keys() == {"/"}


def test_links_are_told_with_all_their_traits():
    reference = Reference(Place("b.test", "/y"), "Shelf", "UGC nofollow", LinkKind.AREA, Placement.ASIDE)
    (link,) = true_links_of(page_at("a.test", "/", [reference], charset=Charset()), 8080)
    assert link == (
        "http://a.test:8080/", "http://b.test:8080/y", "Shelf", "nofollow ugc", LinkKind.AREA, Placement.ASIDE,
    )  # fmt: skip


def test_a_link_that_stands_twice_is_told_twice():
    world = world_of(host_of("a.test", {"/": ["/x", "/x"]}))
    assert len(walk(world, PORT, Limits()).links()) == 2


def test_pages_that_answer_with_errors_have_no_links():
    trouble = Trouble(status=500, then=page_at("a.test", "/x", ["/y"]))
    truth = walk(world_of(host_of("a.test", {"/": ["/x"], "/x": trouble})), PORT, Limits())
    assert [link.target for link in truth.links()] == ["http://a.test/x"]


@pytest.mark.parametrize(("host", "domain"), [("a.test", "a.test"), ("b.a.test", "a.test"), ("c.b.a.test", "a.test")])
def test_a_registrable_domain_has_two_labels(host, domain):
    assert registrable_domain(host) == domain

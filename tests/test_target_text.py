import pytest

from backlinks.errors import TargetError
from backlinks.reports import read_target
from crawler import UrlReader
from storage import TargetScope

READER = UrlReader(drop_parameters=(), user_platforms=())

GUESSED = [
    # a bare name: the domain when it is one, else a host
    ("example.org", TargetScope.DOMAIN, "example.org"),
    (" Example.ORG. ", TargetScope.DOMAIN, "example.org"),
    ("www.example.org", TargetScope.HOST, "www.example.org"),
    ("example.co.uk", TargetScope.DOMAIN, "example.co.uk"),
    ("me.github.io", TargetScope.DOMAIN, "me.github.io"),
    ("bücher.example", TargetScope.DOMAIN, "xn--bcher-kva.example"),
    # a URL: that page
    ("https://example.org/", TargetScope.EXACT, "https://example.org/"),
    ("https://example.org/a/b.html", TargetScope.EXACT, "https://example.org/a/b.html"),
    ("example.org/a", TargetScope.EXACT, "example.org/a"),
    # a slash or a star at the end of a path: all below
    ("https://example.org/blog/", TargetScope.PREFIX, "https://example.org/blog/*"),
    ("https://example.org/blog*", TargetScope.PREFIX, "https://example.org/blog*"),
    ("example.org/blog/", TargetScope.PREFIX, "example.org/blog/*"),
    ("https://example.org/*", TargetScope.PREFIX, "https://example.org/*"),
]


@pytest.mark.parametrize(("text", "scope", "name"), GUESSED)
def test_the_scope_is_guessed_from_the_form_and_said(text, scope, name):
    found = read_target(text, READER)
    assert found.target.scope is scope
    assert str(found.target) == name
    assert "guessed" in found.sentence


@pytest.mark.parametrize("scope", TargetScope)
def test_a_scope_that_is_given_is_taken(scope):
    found = read_target("https://www.example.org/a/", READER, scope)
    assert found.target.scope is scope
    assert found.target.domain == "example.org"
    assert "guessed" not in found.sentence


def test_a_page_is_meant_with_both_schemes_and_its_own_port():
    assert read_target("https://example.org/a", READER).target.origins == ("http://example.org", "https://example.org")
    target = read_target("http://example.org:8080/a", READER).target
    assert target.origins == ("https://example.org:8080", "http://example.org:8080")
    assert read_target("example.org/a", READER).target.origins == ()


@pytest.mark.parametrize("text", ["", "   ", "not a host", "ftp://example.org/", "https://", "*", "http://exa mple/"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(TargetError, match="is no domain, host or URL"):
        read_target(text, READER)

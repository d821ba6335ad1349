import pytest

from backlinks.domain_names import registrable_domain, url_reader
from backlinks.errors import BacklinksError
from crawler import CrawlerOptions

READER = url_reader(CrawlerOptions())


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("example.org", "example.org"),
        ("WWW.Example.ORG", "example.org"),
        ("https://blog.example.co.uk/post?x=1", "example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("me.wordpress.com", "me.wordpress.com"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_domain_is_found_in_what_people_type(typed, domain):
    assert registrable_domain(typed, READER) == domain


@pytest.mark.parametrize("typed", ["", "two words", "mailto:x@y.org", "http://"])
def test_what_is_no_domain_is_a_sentence(typed):
    with pytest.raises(BacklinksError, match="is not a domain"):
        registrable_domain(typed, READER)

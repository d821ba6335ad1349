"""A domain as people type it: with capitals, in its own script, as a host or a whole URL."""

from crawler import CrawlerOptions, UrlReader, seed_url

from .errors import BacklinksError


def url_reader(options: CrawlerOptions) -> UrlReader:
    """URLs mean to the commands what they mean to the crawl."""
    return UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)


def registrable_domain(text: str, reader: UrlReader) -> str:
    """Raises a sentence for what is no name."""
    url = seed_url(text, reader)
    if url is None:
        raise BacklinksError(f"{text}: is not a domain")
    return url.registrable_domain

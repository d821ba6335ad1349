"""What a typed TARGET means: a domain, a host, a page, or all pages below a path.

A bare name is the domain when it is one, else a host; a URL is that page; a path that ends in a slash or a star is all
below it. The reader of the crawl decides what a domain is, so that it means here what it meant then.
"""

import re
from dataclasses import dataclass

from crawler import UrlReader, WebUrl, seed_url
from storage import Target, TargetScope

from ..errors import TargetError

PORT = re.compile(r":\d+\Z")

SPOKEN = {
    TargetScope.DOMAIN: "the domain {} with all its hosts",
    TargetScope.HOST: "the host {} alone",
    TargetScope.PREFIX: "all pages whose address begins with {}",
    TargetScope.EXACT: "the page {} alone",
}


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """`sentence` says aloud what was understood, and that it was guessed."""

    target: Target
    sentence: str


def read_target(text: str, reader: UrlReader, scope: TargetScope | None = None) -> ReadTarget:
    """Raises TargetError for what is no address."""
    asked = text.strip()
    below = asked.removesuffix("*")
    url = seed_url(below, reader)
    if url is None:
        raise TargetError(f"{text!r} is no domain, host or URL")
    guessed = scope or guess_scope(asked, url)
    target = _target(url, guessed, has_scheme="://" in asked)
    others = " or ".join(other for other in TargetScope if other is not guessed)
    how = "" if scope else f" (guessed; --scope {others} reads it otherwise)"
    return ReadTarget(target, f"Target: {SPOKEN[guessed].format(target)}{how}.")


def guess_scope(asked: str, url: WebUrl) -> TargetScope:
    path = url.canonical_url[len(url.origin) :]
    if asked.endswith("*"):
        return TargetScope.PREFIX
    if "://" not in asked and path == "/":
        return TargetScope.DOMAIN if url.host == url.registrable_domain else TargetScope.HOST
    return TargetScope.PREFIX if path.endswith("/") and path != "/" else TargetScope.EXACT


def _target(url: WebUrl, scope: TargetScope, *, has_scheme: bool) -> Target:
    path = url.canonical_url[len(url.origin) :]
    if scope in {TargetScope.DOMAIN, TargetScope.HOST}:
        return Target(scope=scope, domain=url.registrable_domain, host=url.host)
    origins = _both_schemes(url.origin) if has_scheme or PORT.search(url.origin) else ()
    return Target(scope=scope, domain=url.registrable_domain, host=url.host, path=path, origins=origins)


def _both_schemes(origin: str) -> tuple[str, ...]:
    """Which scheme a link names is the linker's whim: both are the page."""
    scheme, rest = origin.split("://", 1)
    return (f"{'http' if scheme == 'https' else 'https'}://{rest}", origin)

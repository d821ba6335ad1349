"""How a place is written: as a canonical URL, and as an href in one of many spellings that all mean it.

Not here: reading hrefs back; that is the crawler's, and the tests compare the two.
"""

import posixpath
from collections.abc import Callable
from urllib.parse import unquote

from .model import Place, Reference, Spelling

TRACKING = ("utm_source=newsletter", "utm_medium=email", "fbclid=IwAR0x7Qk", "gclid=Cj0KCQ")


def authority(host: str, port: int) -> str:
    return host if port == 80 else f"{host}:{port}"  # noqa: PLR2004 — the port that http:// leaves out


def url_of(place: Place, port: int) -> str:
    """The canonical URL form."""
    return f"http://{authority(place.host, port)}{place.path}"


def spell(reference: Reference, base: Place, port: int) -> str:
    """The text of the href attribute, not yet escaped for HTML. `base` is what relative references start from."""
    return spell_place(reference.target, reference.spelling, base, port)


def spell_place(target: Place, spelling: Spelling, base: Place, port: int) -> str:
    absolute = url_of(target, port)
    if spelling in _WITHIN_HOST:
        return _WITHIN_HOST[spelling](target, base) if target.host == base.host else absolute
    return _ANYWHERE[spelling](target, absolute)


def _tracking(target: Place) -> str:
    first = len(target.path) % len(TRACKING)
    return f"{TRACKING[first]}&{TRACKING[first - 1]}"


def _relative(target: str, base: str) -> str:
    path, mark, query = target.partition("?")
    to, _, name = path.rpartition("/")
    start = base.partition("?")[0].rpartition("/")[0]
    up = posixpath.relpath(to or "/", start or "/")
    relative = name if up == "." and name else f"{up}/{name}"
    if ":" in relative.partition("/")[0]:
        relative = f"./{relative}"
    return relative + mark + query


def _shouted(target: Place, absolute: str) -> str:
    return absolute.replace("http", "HTTP", 1).replace(target.host, target.host.upper(), 1)


def _unicode(target: Place, absolute: str) -> str:
    """As a person types it: neither punycode nor percent-encoding."""
    origin = absolute.removesuffix(target.path).replace(target.host, target.host.encode().decode("idna"), 1)
    return origin + unquote(target.path)


_WITHIN_HOST: dict[Spelling, Callable[[Place, Place], str]] = {
    Spelling.ROOTED: lambda target, _: target.path,
    Spelling.RELATIVE: lambda target, base: _relative(target.path, base.path),
    Spelling.DOTTED: lambda target, _: f"/./elsewhere/..{target.path}",
}
_ANYWHERE: dict[Spelling, Callable[[Place, str], str]] = {
    Spelling.ABSOLUTE: lambda _, absolute: absolute,
    Spelling.SCHEMELESS: lambda _, absolute: absolute.removeprefix("http:"),
    Spelling.FRAGMENT: lambda _, absolute: f"{absolute}#section-2",
    Spelling.TRACKED: lambda target, absolute: absolute + ("&" if "?" in target.path else "?") + _tracking(target),
    Spelling.PADDED: lambda _, absolute: f"\n   {absolute}\t ",
    Spelling.HERE: lambda *_: "#top",
    Spelling.SHOUTED: _shouted,
    Spelling.UNICODE: _unicode,
}

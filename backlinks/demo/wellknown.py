"""robots.txt and sitemaps of an invented host, as bytes."""

import gzip
from xml.sax.saxutils import escape

from .hrefs import url_of
from .model import Robots, Sitemap

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def render_robots(robots: Robots, port: int) -> bytes:
    lines = ["# Robots are welcome, within reason.", "User-agent: *"]
    # Without any line of its own the group would go on into the next: empty lines end none (RFC 9309 §2.2.1).
    lines += [f"{name}: {pattern}" for name, pattern in robots.rules or [("Disallow", "")]]
    if robots.crawl_delay_seconds is not None:
        lines.append(f"Crawl-delay: {robots.crawl_delay_seconds:g}")
    lines += ["", "User-agent: greedybot", "Disallow: /", ""]
    lines += [f"Sitemap: {url_of(place, port)}" for place in robots.sitemaps]
    return "\n".join(lines).encode()


def render_sitemap(sitemap: Sitemap, port: int) -> bytes:
    """An index when it has children; gzipped bytes when it says so, whatever the transport does."""
    outer, inner = ("sitemapindex", "sitemap") if sitemap.children else ("urlset", "url")
    places = sitemap.children or sitemap.entries
    items = "".join(f"<{inner}><loc>{escape(url_of(place, port))}</loc></{inner}>\n" for place in places)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{outer} xmlns="{NAMESPACE}">\n{items}</{outer}>\n'.encode()
    return gzip.compress(text, mtime=0) if sitemap.is_gzipped else text

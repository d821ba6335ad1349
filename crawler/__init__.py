"""The crawler: from seeds to links in the store. This door names what the roof may use."""

from .options import CrawlerOptions
from .urls import UrlReader, WebUrl, seed_url

__all__ = ["CrawlerOptions", "UrlReader", "WebUrl", "seed_url"]

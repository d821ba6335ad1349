"""The crawler: from seeds to links in the store. This door names what the roof may use."""

from .options import CrawlerOptions

__all__ = ["CrawlerOptions"]

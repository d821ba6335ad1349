"""The crawler: from seeds to links in the store. This door names what the roof may use."""

from .budgets import page_budget
from .clock import Clock
from .crawl import CrawlJob
from .errors import CrawlerError
from .options import CrawlerOptions, CrawlOptions, FetchOptions, NetworkOptions, PolitenessOptions, ScopeOptions
from .politeness import Politeness
from .run import run_crawl
from .statistics import CrawlStatistics, CrawlSummary
from .urls import UrlReader, WebUrl, seed_url

__all__ = [
    "Clock",
    "CrawlJob",
    "CrawlOptions",
    "CrawlStatistics",
    "CrawlSummary",
    "CrawlerError",
    "CrawlerOptions",
    "FetchOptions",
    "NetworkOptions",
    "Politeness",
    "PolitenessOptions",
    "ScopeOptions",
    "UrlReader",
    "WebUrl",
    "page_budget",
    "run_crawl",
    "seed_url",
]

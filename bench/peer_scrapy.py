"""Scrapy with a spider that stores every link, set up as its documentation advises for broad crawls.

    python bench/peer_scrapy.py VISIT_FOLDER DATABASE

It obeys robots.txt, as its project template does, and keeps no delay. Links are found with its own LinkExtractor and
appended to SQLite by an item pipeline, a page at a time, without any index.
"""

import sqlite3
import sys
import tomllib
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
from scrapy.resolver import dnscache

FOLDER, DATABASE = Path(sys.argv[1]), sys.argv[2]
PAGES_A_COMMIT = 200

SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS": 100,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.DownloaderAwarePriorityQueue",
    "REACTOR_THREADPOOL_MAXSIZE": 20,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
    "ASYNCIO_EVENT_LOOP": "uvloop.Loop",
    "DNSCACHE_SIZE": 1_000_000,
    "ITEM_PIPELINES": {"__main__.StoreLinks": 100},
}


class StoreLinks:
    def open_spider(self):
        self.pages = 0
        self.database = sqlite3.connect(DATABASE)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.execute("CREATE TABLE links (source_url TEXT, target_url TEXT, anchor_text TEXT, rel TEXT)")

    def process_item(self, item):
        self.database.executemany("INSERT INTO links VALUES (?, ?, ?, ?)", item["links"])
        self.pages += 1
        if self.pages % PAGES_A_COMMIT == 0:
            self.database.commit()
        return item

    def close_spider(self):
        self.database.commit()
        self.database.close()


class LinksSpider(scrapy.Spider):
    name = "links"
    extractor = LinkExtractor(unique=False)

    async def start(self):
        config = tomllib.loads((FOLDER / "config.toml").read_text())
        for name, address in config["network"]["resolve"].items():
            dnscache[name] = address
        for url in (FOLDER / "seeds.txt").read_text().split():
            yield scrapy.Request(url)

    def parse(self, response):
        found = self.extractor.extract_links(response)
        rows = [(response.url, one.url, one.text, "nofollow" if one.nofollow else "") for one in found]
        yield {"links": rows}
        for one in found:
            yield scrapy.Request(one.url)


process = CrawlerProcess(SETTINGS)
process.crawl(LinksSpider)
process.start()

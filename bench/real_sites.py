"""Crawl the documentation of Python and PostgreSQL from an nginx on loopback; check twenty pages' links, all reports.

    python -m bench.real_sites [--pages 20] [--seed N] [--db FILE]

Needs Debian's nginx, python3-doc and postgresql-doc-15. See docs/real-sites.md.
"""

import argparse
import asyncio
import random
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from ada_url import join_url

from crawler import (
    CrawlerOptions,
    CrawlJob,
    CrawlOptions,
    NetworkOptions,
    PolitenessOptions,
    UrlReader,
    run_crawl,
    seed_url,
)
from graph import rank_store
from storage import StorageOptions, open_questions
from tests.report_checks import CHECKS
from tests.report_facts import Facts

from .figures import Figure, tell

SITES = {
    "docs.python.test": Path("/usr/share/doc/python3-doc/html"),
    "docs.postgresql.test": Path("/usr/share/doc/postgresql-doc-15/html"),
}

REPORTED_DOMAINS = 25

CONFIGURATION = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types; access_log {folder}/access.log; gzip on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {servers}
}}
"""


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """An nginx on a free port; ended with the block."""
    with closing(socket.socket()) as holder:  # bound and deaf, it keeps the port for nginx, which may share it
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        servers = "\n".join(
            f"server {{ listen 127.0.0.1:{port}; server_name {name}; root {root}; }}" for name, root in SITES.items()
        )
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, servers=servers))
        with subprocess.Popen(["nginx", "-c", configuration]) as nginx:
            try:
                wait_for(port)
                yield port
            finally:
                nginx.terminate()


def wait_for(port: int) -> None:
    for _ in range(1_200):
        with closing(socket.socket()) as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("nginx does not answer")


def job_for(port: int, path: Path, *, max_pages_per_domain: int = 0) -> CrawlJob:
    """0: every page."""
    options = CrawlerOptions(
        crawl=CrawlOptions(contact="me@example.org", max_depth=100, max_pages_per_domain=max_pages_per_domain),
        politeness=PolitenessOptions(delay_seconds=0, address_delay_seconds=0),
        network=NetworkOptions(allow_private_addresses=True, resolve=dict.fromkeys(SITES, "127.0.0.1")),
    )
    reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=())
    seeds = [seed for name in SITES if (seed := seed_url(f"http://{name}:{port}/", reader))]
    return CrawlJob(seeds=seeds, path=path, crawler=options, storage=StorageOptions())


def links_on_disk(url: str) -> Counter[tuple[str, str, str]]:
    """Target, words and rel of each link of a page, by a parser that shares no code with ours."""
    import html5lib  # noqa: PLC0415 — the test of the reports does without it

    parts = urlsplit(url)
    file = SITES[parts.hostname or ""] / parts.path.lstrip("/")
    if file.is_dir():
        file /= "index.html"
    tree = html5lib.parse(file.read_bytes(), namespaceHTMLElements=False, transport_encoding="utf-8")
    found: Counter[tuple[str, str, str]] = Counter()
    for element in tree.iter():
        if element.tag in ("a", "area") and "href" in element.attrib:
            target = join_url(url, element.attrib["href"]).split("#")[0]
            if target.startswith("http"):
                rel = " ".join(sorted(set(element.attrib.get("rel", "").lower().split())))
                found[target, words_of(element), rel] += 1
    return found


def words_of(link: Element) -> str:
    """The visible words; where there are none, the alt texts of the images."""
    words = " ".join("".join(link.itertext()).split())
    return (words or " ".join(image.attrib.get("alt", "") for image in link.iter("img")).strip())[:255].rstrip()


def compare(path: Path, pages: int, seed: int) -> int:
    """How many pages differ; each difference is printed."""
    with closing(sqlite3.connect(path)) as connection:
        ask = connection.execute
        for row in ask("SELECT domain, outcome, status, count(*) FROM pages GROUP BY 1, 2, 3"):
            print("  ".join(map(str, row)))
        links = ask("SELECT count(*) FROM links").fetchone()[0]
        print(f"{links:,} links, {path.stat().st_size / links:.0f} bytes each on disk")
        urls = [row[0] for row in ask("SELECT url FROM pages WHERE outcome = 'ok' ORDER BY url")]
        wrong = 0
        for url in random.Random(seed).sample(urls, pages):
            expected = links_on_disk(url)
            query = "SELECT target_url, anchor_text, rel FROM links WHERE source_url = ?"
            stored = Counter((target, words.rstrip(), rel) for target, words, rel in ask(query, (url,)))
            missing, invented = expected - stored, stored - expected
            wrong += bool(missing or invented)
            print(
                f"{url}: {expected.total()} links"
                + (f", missing {missing}, invented {invented}" if missing or invented else "")
            )
    return wrong


def is_installed() -> bool:
    return bool(shutil.which("nginx")) and all(root.exists() for root in SITES.values())


def check_reports(path: Path, *, domains: int) -> int:
    """How many reports of the two sites and the domains linked most equal plain Python; a difference raises."""
    facts = Facts(path)
    asked = sorted({*facts.busiest(domains), *(name.split(".", 1)[1] for name in SITES)})
    with open_questions(path) as questions:
        for check in CHECKS:
            for domain in asked:
                check(questions, facts, domain, word="python")
    return len(CHECKS) * len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--db", type=Path)
    parser.add_argument("--record", action="store_true", help="write the figures into README.md")
    arguments = parser.parse_args()
    if not is_installed():
        sys.exit("install nginx, python3-doc and postgresql-doc-15 first: see docs/real-sites.md")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = arguments.db or folder / "docs.db"
        with serving(folder) as port:
            summary = asyncio.run(run_crawl(job_for(port, path)))
        used = resource.getrusage(resource.RUSAGE_SELF)
        pages = summary.statistics.pages
        print(
            f"{summary.end_reason}: {pages:,} pages in {summary.statistics.elapsed_seconds:.1f} s, "
            f"{(used.ru_utime + used.ru_stime) * 1000 / pages:.1f} ms of CPU each; drawn with --seed {arguments.seed}"
        )
        wrong = compare(path, arguments.pages, arguments.seed)
        rank_store(path, trusted_domains=["python.org"])
        print(f"{check_reports(path, domains=REPORTED_DOMAINS):,} reports equal plain Python over the tables")
    equal = Figure(
        name="Real pages with exactly the links that html5lib finds", rounds=[arguments.pages - wrong],
        unit=f"of {arguments.pages}", asked=f"{arguments.pages}",
        command=f"python -m bench.real_sites --pages {arguments.pages} --seed {arguments.seed}",
    )  # fmt: skip
    tell([equal], is_recorded=arguments.record)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

"""A bare loop of aiohttp, uvloop, lxml and sqlite3: as little as can be done to store every link of a web.

    python bench/peer_bare.py VISIT_FOLDER DATABASE strings|urljoin

No robots.txt, no delays, no canonical form, no charset decision, no error handling, nothing to resume; rows are
appended without any index. Links are made absolute by joining strings, which this web allows, or by urllib's join.
"""

import asyncio
import socket
import sqlite3
import sys
import tomllib
from collections import deque
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import uvloop
from aiohttp.abc import AbstractResolver
from lxml import html

WORKERS = 64
PAGES_A_COMMIT = 200


class Names(AbstractResolver):
    def __init__(self, addresses):
        self._addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_INET):
        address = self._addresses[host]
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self):
        pass


def join_strings(url, href):
    return href if href.startswith("http") else url[: url.index("/", 8)] + href


JOINS = {"strings": join_strings, "urljoin": urljoin}
JOIN = JOINS[sys.argv[3]]


def links_of(url, body):
    for element in html.document_fromstring(body).iter("a"):
        yield url, JOIN(url, element.get("href")), element.text_content(), element.get("rel", "")


async def work(session, waiting, seen, database, state):
    while waiting or state["busy"]:
        if not waiting:
            await asyncio.sleep(0.001)
            continue
        url = waiting.popleft()
        state["busy"] += 1
        async with session.get(url) as response:
            body = await response.read()
        links = list(links_of(url, body))
        database.executemany("INSERT INTO links VALUES (?, ?, ?, ?)", links)
        for _, target, _, _ in links:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
        state["pages"] += 1
        if state["pages"] % PAGES_A_COMMIT == 0:
            database.commit()
        state["busy"] -= 1


async def main(folder, path):
    config = tomllib.loads((folder / "config.toml").read_text())
    waiting = deque((folder / "seeds.txt").read_text().split())
    seen = set(waiting)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE links (source_url TEXT, target_url TEXT, anchor_text TEXT, rel TEXT)")
    connector = aiohttp.TCPConnector(limit=WORKERS, resolver=Names(config["network"]["resolve"]))
    state = {"busy": 0, "pages": 0}
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as tasks:
        for _ in range(WORKERS):
            tasks.create_task(work(session, waiting, seen, database, state))
    database.commit()
    database.close()


uvloop.run(main(Path(sys.argv[1]), sys.argv[2]))

"""A crawl in a process of its own, for tests that kill it: `python -m tests.crawl_child JOB.json`.

The job names the file, the seeds, the shards, and values per options section; `die_after` ends the process that writes
right after the so-manieth statement that begins so; `no_files` names the first and the last of the sockets for which
there is no descriptor. It prints how the run ended.
"""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import uvloop

from crawler import CrawlerError, CrawlerOptions, CrawlJob, UrlReader, run_crawl, seed_url
from storage import StorageOptions
from tests.fault_child import die_after, run_out_of_files


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    options = CrawlerOptions()
    for section, given in job["sections"].items():
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        options = replace(options, **{section: replace(getattr(options, section), **values)})
    reader = UrlReader(drop_parameters=options.scope.drop_parameters, user_platforms=options.scope.user_platforms)
    crawl = CrawlJob(
        seeds=[seed_url(seed, reader) for seed in job["seeds"]],
        path=Path(job["path"]),
        crawler=options,
        storage=StorageOptions(**job["storage"]),
    )
    if "die_after" in job:
        die_after(*job["die_after"])
    if "no_files" in job:
        run_out_of_files(*job["no_files"])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            sys.stdout.write(runner.run(run_crawl(crawl, shards=job.get("shards", 1))).end_reason)
        except CrawlerError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()

"""How much of the web a store has seen: what every report says before it answers.

Read from counters and the index by outcome. Not here: the sentence made of it.
"""

from typing import NamedTuple

from .database import is_crawl_running
from .question import Question, Questions

COVERAGE = """
SELECT d.crawled, d.seeds, p.pages, b.url_count, p.failed, r.began_at, coalesce(e.ended_at, f.asked_at), e.end_reason,
    0, k.made_at, k.domain_count
FROM (SELECT coalesce(sum(pages_crawled > 0), 0) AS crawled, coalesce(sum(is_seed), 0) AS seeds FROM domain) d
JOIN (
    SELECT coalesce(sum(n) FILTER (WHERE outcome IN ('ok', 'not_modified')), 0) AS pages,
        coalesce(sum(n) FILTER (
            WHERE outcome NOT IN ('ok', 'not_modified', 'redirect', 'not_html', 'robots_denied')), 0) AS failed
    FROM (SELECT outcome, count(*) AS n FROM page GROUP BY outcome)
) p
JOIN (SELECT coalesce(sum(url_count), 0) AS url_count FROM stop_reason WHERE name = 'robots') b
JOIN (SELECT min(started_at) AS began_at FROM run) r
LEFT JOIN (SELECT ended_at, end_reason FROM run ORDER BY id DESC LIMIT 1) e
LEFT JOIN (SELECT started_at AS asked_at FROM fetch ORDER BY id DESC LIMIT 1) f
LEFT JOIN (SELECT made_at, domain_count FROM ranking WHERE is_current) k"""

SELECT_RANKING_PARAMETERS = "SELECT parameters FROM ranking WHERE is_current"
SELECT_RUN_COUNT = "SELECT count(*) FROM run"
SELECT_RUN_OPTIONS = "SELECT options FROM run ORDER BY id DESC LIMIT 1"


class Coverage(NamedTuple):
    """Moments are seconds, None where there is none: never crawled, never ranked.

    `blocked` counts URLs that robots.txt keeps from us, `failed` pages that answered with an error or not at all.
    """

    domains_crawled: int
    seed_domains: int
    pages: int
    blocked: int
    failed: int
    began_at: float | None
    ended_at: float | None
    end_reason: str | None
    is_running: int
    ranked_at: float | None
    ranked_domains: int | None


def read_coverage(questions: Questions) -> Coverage:
    (found,) = questions.ask(Question(row=Coverage, sql=COVERAGE))
    return found._replace(is_running=int(is_crawl_running(questions.path)))


def read_run_options(questions: Questions) -> str:
    """The options of the last run, as JSON; they say how its URLs were read."""
    return str(questions.value(SELECT_RUN_OPTIONS) or "{}")


def read_ranking_parameters(questions: Questions) -> str:
    """How the current scores were made, as JSON: options, size of the graphs, how the iteration ended."""
    return str(questions.value(SELECT_RANKING_PARAMETERS) or "{}")


def count_runs(questions: Questions) -> int:
    return int(questions.value(SELECT_RUN_COUNT) or 0)

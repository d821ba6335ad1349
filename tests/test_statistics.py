import pytest

from crawler.statistics import Tally
from storage import FetchKind, FetchRecord, Outcome

PAGE, SITEMAP, ROBOTS = FetchKind


@pytest.mark.parametrize(
    ("kind", "outcome", "status", "errors"),
    [
        (PAGE, Outcome.OK, 200, {}),
        (PAGE, Outcome.NOT_MODIFIED, 304, {}),
        (PAGE, Outcome.REDIRECT, 301, {}),
        (PAGE, Outcome.NOT_HTML, 200, {}),
        (PAGE, Outcome.HTTP_ERROR, 404, {"http_error": 1}),
        (PAGE, Outcome.TIMEOUT, None, {"timeout": 1}),
        # A site need not have these.
        (SITEMAP, Outcome.HTTP_ERROR, 404, {}),
        (SITEMAP, Outcome.HTTP_ERROR, 410, {}),
        (ROBOTS, Outcome.HTTP_ERROR, 404, {}),
        (ROBOTS, Outcome.HTTP_ERROR, 403, {}),
        # It cannot answer, or does not want to now: that is another thing.
        (SITEMAP, Outcome.HTTP_ERROR, 500, {"http_error": 1}),
        (SITEMAP, Outcome.HTTP_ERROR, 429, {"http_error": 1}),
        (ROBOTS, Outcome.HTTP_ERROR, 503, {"http_error": 1}),
        (ROBOTS, Outcome.TIMEOUT, None, {"timeout": 1}),
    ],
)
def test_what_counts_as_an_error(kind, outcome, status, errors):
    tally = Tally()
    record = FetchRecord(
        url="http://a.test/", host="a.test", kind=kind, started_at=0.0, elapsed_seconds=0.1, outcome=outcome,
        status=status,
    )  # fmt: skip
    tally.count_fetch(record)
    assert (dict(tally.errors), tally.fetches) == (errors, 1)

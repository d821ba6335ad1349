"""What a target won and lost: links first seen since a moment, and links that were there and are not.

A link is lost only when its page was seen again without it, or is gone; a page that could not be had this time keeps
its links. Not here: when a link is lost (link_rows.py, where pages are written).
"""

from typing import NamedTuple

from .backlink_rows import CURRENT_RANKING, BacklinkRow, links_question
from .question import Question, Questions
from .target import Aim

SELECT_LAST_RUN = """
SELECT datetime(started_at, 'unixepoch') FROM run ORDER BY id DESC LIMIT 1"""
SELECT_LAST_RUN_SECONDS = "SELECT CAST(started_at AS INTEGER) FROM run ORDER BY id DESC LIMIT 1"

NEW = """
SELECT * FROM ({links}
) WHERE first_seen >= :since"""

LOST = """
WITH RECURSIVE {reached}
SELECT so.text || su.path AS source_url, sd.name AS source_domain, s.authority AS domain_authority,
    tor.text || tu.path AS target_url, coalesce(a.text, '') AS anchor_text, coalesce(r.text, '') AS rel,
    l.flags & 15 = 0 AS followed, l.reason AS reason, p.status AS source_status, p.outcome AS source_outcome,
    datetime(l.first_seen, 'unixepoch') AS first_seen, datetime(l.last_seen, 'unixepoch') AS last_seen,
    datetime(l.lost_at, 'unixepoch') AS lost_at
FROM reached t CROSS JOIN lost_link l INDEXED BY lost_link_by_target ON l.target = t.url_id
CROSS JOIN url su ON su.id = l.source CROSS JOIN origin so ON so.id = su.origin_id
CROSS JOIN host sh ON sh.id = so.host_id CROSS JOIN domain sd ON sd.id = sh.domain_id
CROSS JOIN url tu ON tu.id = l.target CROSS JOIN origin tor ON tor.id = tu.origin_id
LEFT JOIN page p ON p.url_id = l.source
LEFT JOIN anchor a ON a.id = l.anchor
LEFT JOIN rel r ON r.id = l.rel
LEFT JOIN domain_score s ON s.ranking_id = {ranking} AND s.domain_id = sd.id
WHERE (sd.id <> :domain_id OR :with_internal) AND datetime(l.lost_at, 'unixepoch') >= :since"""


class LostLinkRow(NamedTuple):
    """`source_status` and `source_outcome` are those of the page's last fetch."""

    source_url: str
    source_domain: str
    domain_authority: float | None
    target_url: str
    anchor_text: str
    rel: str
    followed: int
    reason: str
    source_status: int | None
    source_outcome: str | None
    first_seen: str
    last_seen: str
    lost_at: str


def last_run_began(questions: Questions) -> str:
    """In UTC, as the rows write moments; empty when nothing ran."""
    return str(questions.value(SELECT_LAST_RUN) or "")


def last_run_began_seconds(questions: Questions) -> int:
    """The same in whole seconds since 1970; 0 when nothing ran."""
    return int(questions.value(SELECT_LAST_RUN_SECONDS) or 0)


def new_links_question(aim: Aim, *, since: str) -> Question[BacklinkRow]:
    links = links_question(aim)
    return Question(
        row=BacklinkRow,
        sql=NEW.format(links=links.sql),
        parameters={**links.parameters, "since": since},
        sort=("-first_seen", "-domain_authority", "source_url", "target_url"),
    )


def lost_links_question(aim: Aim, *, since: str) -> Question[LostLinkRow]:
    return Question(
        row=LostLinkRow,
        sql=LOST.format(reached=aim.reached().strip(), ranking=CURRENT_RANKING),
        parameters={**aim.bound(), "since": since},
        sort=("-lost_at", "-domain_authority", "source_url", "target_url"),
    )

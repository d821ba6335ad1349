"""What a report is about: a page, the pages below a path, a host, or a domain, as sets of URL ids.

A link belongs to a target when the URL it names is in the target, or leads there by redirects or by a canonical link.
The sets are common table expressions that start at the indexes by domain, host and origin, so a small target is quick
in a large store.

Not here: guessing which scope a text means (the roof), links.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from .interning import json_list, path_hash
from .question import Questions
from .where import Value

SELECT_DOMAIN = "SELECT id FROM domain WHERE name = ?"
SELECT_HOST = "SELECT id FROM host WHERE name = ?"
SELECT_ORIGINS = """
SELECT json_group_array(o.id) FROM origin o JOIN host h ON h.id = o.host_id
WHERE h.name = ? AND (? = '[]' OR o.text IN (SELECT value FROM json_each(?)))"""
SELECT_HAS_URL = """
SELECT 1 FROM url INDEXED BY url_by_hash
WHERE origin_id IN (SELECT value FROM json_each(?)) AND hash = ? AND path = ? LIMIT 1"""

AIMS = {
    "domain": """
    SELECT u.id FROM host h CROSS JOIN origin o ON o.host_id = h.id CROSS JOIN url u ON u.origin_id = o.id
    WHERE h.domain_id = :domain_id""",
    "host": """
    SELECT u.id FROM origin o CROSS JOIN url u ON u.origin_id = o.id WHERE o.host_id = :host_id""",
    "prefix": """
    SELECT u.id FROM json_each(:origin_ids) o CROSS JOIN url u ON u.origin_id = o.value
    WHERE substr(u.path, 1, length(:path)) = :path""",
    "exact": """
    SELECT u.id FROM json_each(:origin_ids) o CROSS JOIN url u INDEXED BY url_by_hash
    ON u.origin_id = o.value AND u.hash = :path_hash AND u.path = :path""",
}

# Backwards along redirects and canonical links; UNION keeps each URL once, which also ends loops.
REACHED = """
aim{n} (url_id) AS ({aim}
),
reached{n} (url_id) AS (
    SELECT url_id FROM aim{n}
    UNION SELECT p.url_id FROM reached{n} r CROSS JOIN page p INDEXED BY page_by_redirect ON p.redirect_id = r.url_id
    UNION SELECT p.url_id FROM reached{n} r CROSS JOIN page p INDEXED BY page_by_canonical ON p.canonical_id = r.url_id
    WHERE p.redirect_id IS NULL
)"""


class TargetScope(StrEnum):
    EXACT = "exact"
    PREFIX = "prefix"
    HOST = "host"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """As asked for. `origins` narrows a page or prefix to these; empty: every scheme and port of the host."""

    scope: TargetScope
    domain: str
    host: str = ""
    path: str = ""
    origins: tuple[str, ...] = ()
    with_internal: bool = False

    def __str__(self) -> str:
        if self.scope is TargetScope.DOMAIN:
            return self.domain
        if self.scope is TargetScope.HOST:
            return self.host
        where = self.origins[-1] if self.origins else self.host
        return f"{where}{self.path}{'*' if self.scope is TargetScope.PREFIX else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A target found in a store. `is_known` says whether the store knows any URL there."""

    target: Target
    domain_id: int
    is_known: bool
    parameters: dict[str, Value] = field(default_factory=dict)

    def at_domain(self) -> "Aim":
        """The same target's whole domain, without its own links."""
        target = Target(scope=TargetScope.DOMAIN, domain=self.target.domain)
        return Aim(
            target=target,
            domain_id=self.domain_id,
            is_known=self.is_known,
            parameters={"domain_id": self.domain_id},
        )

    def reached(self, number: str = "") -> str:
        """Common table expressions aim and reached, to stand after WITH RECURSIVE; `number` tells targets apart."""
        aim = AIMS[self.target.scope]
        aim = re.sub(r":[a-z_]+", rf"\g<0>{number}", aim)
        return REACHED.format(n=number, aim=aim)

    def bound(self, number: str = "") -> dict[str, Value]:
        """`reached`'s parameters, and the domain that links must not come from."""
        own: dict[str, Value] = {"domain_id": self.domain_id, "with_internal": int(self.target.with_internal)}
        return {f"{name}{number}": value for name, value in (own | self.parameters).items()}


def find_target(questions: Questions, target: Target) -> Aim:
    """Where a target is in this store. An unknown one is an aim too, at nothing."""
    domain_id = questions.value(SELECT_DOMAIN, (target.domain,))
    parameters: dict[str, Value]
    if target.scope is TargetScope.DOMAIN:
        parameters, is_known = {"domain_id": domain_id or 0}, domain_id is not None
    elif target.scope is TargetScope.HOST:
        host_id = questions.value(SELECT_HOST, (target.host,))
        parameters, is_known = {"host_id": host_id or 0}, host_id is not None
    else:
        wanted = json_list(target.origins)
        origin_ids = str(questions.value(SELECT_ORIGINS, (target.host, wanted, wanted)) or "[]")
        parameters = {"origin_ids": origin_ids, "path": target.path}
        is_known = origin_ids != "[]"
        if target.scope is TargetScope.EXACT:
            parameters["path_hash"] = path_hash(target.path)
            is_known = bool(questions.value(SELECT_HAS_URL, (origin_ids, parameters["path_hash"], target.path)))
    return Aim(target=target, domain_id=int(domain_id or 0), is_known=is_known, parameters=parameters)

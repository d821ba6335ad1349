"""Where the links of a target's own domain lead, so that "links back" means the same as "links".

A backlink counts for every domain that it leads through, by redirects or canonical links; so does a link back. Only
links that can leave the domain are followed: those to other domains, and those to own pages that point elsewhere.

Not here: who links to the target (backlink_rows.py), the reports (rivalry_rows.py, referring_rows.py, review_rows.py).
"""

# Forwards along redirects and canonical links; UNION keeps each step once, which also ends loops.
LINKED_BACK = """
home_page (url_id, first_link, last_link, next_id) AS MATERIALIZED (
    SELECT p.url_id, p.first_link, p.first_link + p.link_count - 1, coalesce(p.redirect_id, p.canonical_id)
    FROM host h CROSS JOIN origin o ON o.host_id = h.id CROSS JOIN url u ON u.origin_id = o.id
    CROSS JOIN page p ON p.url_id = u.id
    WHERE h.domain_id = :domain_id
),
moved (url_id) AS MATERIALIZED (SELECT url_id FROM home_page WHERE next_id <> url_id),
leaving (source, target, flags) AS MATERIALIZED (
    SELECT l.source, l.target, l.flags FROM home_page p CROSS JOIN link l ON l.id BETWEEN p.first_link AND p.last_link
    WHERE l.flags & 16 OR l.target IN (SELECT url_id FROM moved)
),
led (target, url_id) AS (
    SELECT target, target FROM leaving
    UNION SELECT d.target, coalesce(p.redirect_id, p.canonical_id) FROM led d CROSS JOIN page p ON p.url_id = d.url_id
    WHERE p.redirect_id IS NOT NULL OR p.canonical_id IS NOT NULL
),
landed (target, domain_id) AS MATERIALIZED (
    SELECT DISTINCT d.target, h.domain_id FROM led d CROSS JOIN url u ON u.id = d.url_id
    CROSS JOIN origin o ON o.id = u.origin_id CROSS JOIN host h ON h.id = o.host_id
    WHERE h.domain_id <> :domain_id
),
linked_back (domain_id) AS MATERIALIZED (SELECT DISTINCT domain_id FROM landed)""".strip()
"""To stand after WITH RECURSIVE; binds :domain_id."""

"""Tables, indexes, views, and the ordered migrations that make them.

Inside: integer ids and interned text. A URL is its origin's id and a path; a link is a row of five small integers whose
words and rel are ids too; the links of a page are one run of consecutive ids, so no index by source is needed. Outside:
three views, `links`, `pages` and `domains`, which are a public interface (docs/schema.md).

Never here: questions (the readers), edits of a migration that was released.
"""

APPLICATION_ID = 0x62_6C_6B_73
"""'blks' in the file's header: tells our file from any other program's SQLite file."""

TABLES = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started_at REAL NOT NULL,
    ended_at REAL,
    end_reason TEXT,               -- NULL while it runs or after a kill: the next run continues this one
    version TEXT NOT NULL,
    options TEXT NOT NULL          -- JSON, as given
);

CREATE TABLE domain (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_seed INTEGER NOT NULL DEFAULT 0,
    is_adopted INTEGER NOT NULL DEFAULT 0,   -- in scope because a seed redirected to it
    pages_crawled INTEGER NOT NULL DEFAULT 0, -- pages with outcome ok, now
    run_id INTEGER,                -- the run that run_pages counts for
    run_pages INTEGER NOT NULL DEFAULT 0     -- what was spent of the page budget in that run
);

CREATE TABLE host (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    domain_id INTEGER NOT NULL REFERENCES domain,
    address TEXT,
    ready_at REAL NOT NULL DEFAULT 0,
    rest_reason TEXT,
    retired_reason TEXT,
    retired_run_id INTEGER,
    consecutive_failures INTEGER NOT NULL DEFAULT 0,
    connect_failures INTEGER NOT NULL DEFAULT 0,
    slow_downs INTEGER NOT NULL DEFAULT 0,
    slowed_at REAL NOT NULL DEFAULT 0,
    crawl_delay_seconds REAL
);
CREATE INDEX host_by_domain ON host (domain_id);
-- Serve: which hosts rest, which were given up (status); they are few among all hosts that are linked to.
CREATE INDEX host_resting ON host (ready_at) WHERE rest_reason IS NOT NULL;
CREATE INDEX host_retired ON host (retired_run_id) WHERE retired_reason IS NOT NULL;

CREATE TABLE origin (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,     -- https://example.org or http://example.org:8080
    host_id INTEGER NOT NULL REFERENCES host
);
CREATE INDEX origin_by_host ON origin (host_id);

CREATE TABLE robots (
    origin_id INTEGER PRIMARY KEY REFERENCES origin,
    fetched_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    body BLOB NOT NULL,
    last_good_body BLOB,
    last_good_at REAL
);

CREATE TABLE stop_reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL, url_count INTEGER NOT NULL DEFAULT 0);

CREATE TABLE url (
    id INTEGER PRIMARY KEY,
    origin_id INTEGER NOT NULL REFERENCES origin,
    hash INTEGER NOT NULL,         -- 31 bits of the path's xxh3; equal hashes are told apart by path
    path TEXT NOT NULL,            -- from the slash on; origin.text || path is the canonical URL form
    stop INTEGER NOT NULL,         -- stop_reason.id; 0: wanted
    depth INTEGER NOT NULL,
    fetch_form TEXT                -- the URL to ask for, when it is not the canonical form
);
-- Serves: is this URL known? (the writer, for what it has not seen lately; an origin's URLs are neighbours, so a batch
-- touches few leaves), and all URLs of an origin.
CREATE INDEX url_by_hash ON url (origin_id, hash);
-- Serves: what robots.txt refused, by host (status). 10 is StopReason.ROBOTS.
CREATE INDEX url_refused_by_robots ON url (origin_id) WHERE stop = 10;

CREATE TABLE frontier (
    host_id INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    url_id INTEGER NOT NULL,
    kind INTEGER NOT NULL DEFAULT 0,
    redirect_hops INTEGER NOT NULL DEFAULT 0,
    external_hops INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (host_id, depth, url_id)  -- refilling a host queue is one range seek
) WITHOUT ROWID;

CREATE TABLE page (
    url_id INTEGER PRIMARY KEY REFERENCES url,
    run_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    first_fetched_at REAL NOT NULL,
    fetched_at REAL NOT NULL,
    seen_at REAL,                  -- when it last answered with this title and these links; NULL: never
    changed_at REAL NOT NULL,      -- when text_digest last differed
    first_link INTEGER,            -- link.id of the first; the page's links are first_link .. first_link + link_count - 1
    link_count INTEGER NOT NULL DEFAULT 0,
    external_link_count INTEGER NOT NULL DEFAULT 0,
    external_domain_count INTEGER NOT NULL DEFAULT 0,
    title TEXT,
    heading TEXT,
    description TEXT,
    language TEXT,
    content_type TEXT,
    encoding TEXT,
    canonical_id INTEGER REFERENCES url,
    redirect_id INTEGER REFERENCES url,
    noindex INTEGER NOT NULL DEFAULT 0,
    nofollow INTEGER NOT NULL DEFAULT 0,
    is_truncated INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    fetch_ms INTEGER NOT NULL DEFAULT 0,
    word_count INTEGER NOT NULL DEFAULT 0,
    text_digest INTEGER,
    etag TEXT,
    last_modified TEXT,
    error TEXT
);
-- Serves: how many pages ended how (status), and all that ended so.
CREATE INDEX page_by_outcome ON page (outcome);
-- Serves: which pages declare or answer with this URL (folding, redirect chains).
CREATE INDEX page_by_canonical ON page (canonical_id) WHERE canonical_id IS NOT NULL;
CREATE INDEX page_by_redirect ON page (redirect_id) WHERE redirect_id IS NOT NULL;

CREATE TABLE page_text (url_id INTEGER PRIMARY KEY REFERENCES page, text BLOB NOT NULL);  -- zlib of UTF-8

CREATE TABLE anchor (id INTEGER PRIMARY KEY, text TEXT NOT NULL);  -- interned as memory allows: one text may have several ids
CREATE TABLE rel (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE link (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,       -- page.url_id
    target INTEGER NOT NULL,       -- url.id
    anchor INTEGER NOT NULL,       -- anchor.id; 0: no words
    rel INTEGER NOT NULL,          -- rel.id; 0: none
    flags INTEGER NOT NULL,        -- 1 nofollow, 2 ugc, 4 sponsored, 8 page nofollow, 16 external; >>5&7 kind; >>8&7 placement
    first_seen INTEGER             -- NULL: since page.first_fetched_at
);
CREATE TABLE link_text (link_id INTEGER PRIMARY KEY, before TEXT NOT NULL, after TEXT NOT NULL);  -- around external links

CREATE TABLE lost_link (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    anchor INTEGER NOT NULL,
    rel INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    lost_at INTEGER NOT NULL,
    reason TEXT NOT NULL           -- removed, page_error, page_redirected, not_found, noindex
);
CREATE INDEX lost_link_by_target ON lost_link (target);
CREATE INDEX lost_link_by_source ON lost_link (source);

CREATE TABLE domain_edge (
    source INTEGER NOT NULL,       -- domain.id
    target INTEGER NOT NULL,       -- domain.id; equal to source for internal links
    links INTEGER NOT NULL,
    followed_links INTEGER NOT NULL,
    pages INTEGER NOT NULL,        -- source pages with at least one such link
    followed_pages INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (source, target)
) WITHOUT ROWID;
-- Serves: who links to this domain.
CREATE INDEX domain_edge_by_target ON domain_edge (target, source);

CREATE TABLE fetch (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    url TEXT,                      -- NULL when url_id says it
    url_id INTEGER,
    started_at REAL NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    bytes INTEGER NOT NULL,
    address TEXT,
    retry_after_seconds REAL
);

CREATE TABLE ranking (
    id INTEGER PRIMARY KEY,
    made_at REAL NOT NULL,
    is_current INTEGER NOT NULL DEFAULT 0,
    parameters TEXT NOT NULL,      -- JSON: every option, convergence, sizes
    domain_count INTEGER NOT NULL,
    page_count INTEGER NOT NULL
);
CREATE TABLE domain_score (
    ranking_id INTEGER NOT NULL,
    domain_id INTEGER NOT NULL,
    pagerank REAL NOT NULL,
    harmonic REAL,
    trust REAL,
    authority REAL NOT NULL,       -- 0 to 100
    rank INTEGER NOT NULL,         -- 1 is best
    percentile REAL NOT NULL,
    trust_ratio REAL,
    inbound_links INTEGER NOT NULL,
    referring_pages INTEGER NOT NULL,
    referring_domains INTEGER NOT NULL,
    followed_referring_domains INTEGER NOT NULL,
    referring_subnets INTEGER NOT NULL,
    PRIMARY KEY (ranking_id, domain_id)
) WITHOUT ROWID;
CREATE TABLE page_score (
    ranking_id INTEGER NOT NULL,
    url_id INTEGER NOT NULL,
    pagerank REAL NOT NULL,
    authority REAL NOT NULL,
    inbound_links INTEGER NOT NULL,
    referring_domains INTEGER NOT NULL,
    PRIMARY KEY (ranking_id, url_id)
) WITHOUT ROWID;

CREATE TABLE review (
    target_domain TEXT NOT NULL,
    source TEXT NOT NULL,          -- a domain, or a URL
    state TEXT NOT NULL CHECK (state IN ('keep', 'review', 'ignore', 'disavow')),
    note TEXT NOT NULL DEFAULT '',
    decided_at REAL NOT NULL,
    PRIMARY KEY (target_domain, source)
) WITHOUT ROWID;
"""

INBOUND_INDEX = "CREATE INDEX IF NOT EXISTS link_by_target ON link (target)"
"""Serves: all links to this URL, and with url_by_hash to this host or domain. Kept live while the writer keeps up."""

VIEWS = """
CREATE VIEW links AS
SELECT so.text || su.path AS source_url,
       sh.name AS source_host,
       sd.name AS source_domain,
       tor.text || tu.path AS target_url,
       th.name AS target_host,
       td.name AS target_domain,
       coalesce(a.text, '') AS anchor_text,
       coalesce(r.text, '') AS rel,
       l.flags & 1 AS nofollow,
       l.flags >> 1 & 1 AS ugc,
       l.flags >> 2 & 1 AS sponsored,
       l.flags & 15 = 0 AS followed,
       CASE l.flags >> 5 & 7 WHEN 0 THEN 'text' WHEN 1 THEN 'image' ELSE 'area' END AS kind,
       CASE l.flags >> 8 & 7 WHEN 0 THEN 'content' WHEN 1 THEN 'nav' WHEN 2 THEN 'header' WHEN 3 THEN 'footer'
            WHEN 4 THEN 'aside' ELSE 'comment' END AS placement,
       l.flags >> 4 & 1 AS is_external,
       datetime(coalesce(l.first_seen, p.first_fetched_at), 'unixepoch') AS first_seen,
       datetime(p.seen_at, 'unixepoch') AS last_seen
FROM link l
JOIN page p ON p.url_id = l.source AND l.id BETWEEN p.first_link AND p.first_link + p.link_count - 1
JOIN url su ON su.id = l.source
JOIN origin so ON so.id = su.origin_id
JOIN host sh ON sh.id = so.host_id
JOIN domain sd ON sd.id = sh.domain_id
JOIN url tu ON tu.id = l.target
JOIN origin tor ON tor.id = tu.origin_id
JOIN host th ON th.id = tor.host_id
JOIN domain td ON td.id = th.domain_id
LEFT JOIN anchor a ON a.id = l.anchor
LEFT JOIN rel r ON r.id = l.rel;

CREATE VIEW pages AS
SELECT o.text || u.path AS url,
       h.name AS host,
       d.name AS domain,
       p.status,
       p.outcome,
       p.title,
       u.depth,
       datetime(p.fetched_at, 'unixepoch') AS fetched_at,
       p.content_type,
       p.language,
       (SELECT co.text || cu.path FROM url cu JOIN origin co ON co.id = cu.origin_id WHERE cu.id = p.canonical_id)
           AS canonical_url,
       (SELECT ro.text || ru.path FROM url ru JOIN origin ro ON ro.id = ru.origin_id WHERE ru.id = p.redirect_id)
           AS redirect_url,
       p.noindex,
       p.nofollow,
       p.bytes,
       p.fetch_ms
FROM page p
JOIN url u ON u.id = p.url_id
JOIN origin o ON o.id = u.origin_id
JOIN host h ON h.id = o.host_id
JOIN domain d ON d.id = h.domain_id;

CREATE VIEW domains AS
SELECT d.name AS domain,
       d.is_seed,
       d.pages_crawled,
       (SELECT coalesce(sum(links), 0) FROM domain_edge e WHERE e.source = d.id AND e.target <> d.id) AS outbound_links,
       (SELECT coalesce(sum(links), 0) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id) AS inbound_links,
       (SELECT coalesce(sum(pages), 0) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id)
           AS referring_pages,
       (SELECT count(*) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id) AS referring_domains,
       (SELECT count(*) FROM domain_edge e WHERE e.target = d.id AND e.source <> d.id AND e.followed_links > 0)
           AS followed_referring_domains,
       s.authority AS domain_authority,
       s.pagerank,
       s.rank AS authority_rank,
       s.percentile AS authority_percentile
FROM domain d
LEFT JOIN domain_score s ON s.domain_id = d.id AND s.ranking_id = (SELECT id FROM ranking WHERE is_current);
"""

MIGRATIONS: tuple[str, ...] = (TABLES + INBOUND_INDEX + ";\n" + VIEWS,)
"""Migration n takes a file from user_version n to n + 1. Released ones are never edited."""

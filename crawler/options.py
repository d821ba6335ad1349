"""Every choice of the crawl, with default, unit and bounds.

A section of the configuration file is one frozen class; `CrawlerOptions` holds them all and is passed whole. Not here:
TOML, argument parsing, I/O (the roof reads files and flags).
"""

import ipaddress
import re
from dataclasses import dataclass, field

from storage import check_options, setting

TRACKING_PARAMETERS = (
    "utm_*", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid",
    "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "_ga", "_gl", "vero_id", "oly_anon_id", "oly_enc_id", "wickedid",
    "srsltid", "ref_src",
)  # fmt: skip

USER_PLATFORMS = (
    "wordpress.com", "medium.com", "substack.com", "weebly.com", "tumblr.com", "livejournal.com", "wixsite.com",
    "over-blog.com", "jimdofree.com", "hatenablog.com", "typepad.com",
)  # fmt: skip

CONTACT = re.compile(r"|[!-~]+@[!-~]+|https?://[!-~]+")
PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+")  # RFC 9309 §2.2.1: what robots.txt can name
HEADER_VALUE = re.compile(r"[ -~]*")
MAX_PORT = 65_535


def is_contact(text: str) -> bool:
    """Also what may stand in a header: no space, no line end, nothing beyond ASCII."""
    return CONTACT.fullmatch(text) is not None


def is_product_token(text: str) -> bool:
    return PRODUCT_TOKEN.fullmatch(text) is not None


def is_header_value(text: str) -> bool:
    return HEADER_VALUE.fullmatch(text) is not None


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_endpoint(text: str) -> bool:
    """An address, with a port or without: 9.9.9.9, 127.0.0.1:5353, [::1]:5353."""
    host, _, port = text.rpartition(":")
    has_port = port.isdecimal() and int(port) <= MAX_PORT
    return is_address(text) or (has_port and is_address(host.removeprefix("[").removesuffix("]")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    contact: str = setting(
        "",
        "An e-mail address or URL where webmasters reach you; a crawl does not start without it.",
        fits=is_contact,
        wanted="must be an e-mail address or a URL that starts with http",
    )
    user_agent: str = setting(
        "backlinks",
        "The product token robots.txt is read for; version and contact are added when it is sent.",
        fits=is_product_token,
        wanted="must be one word of letters, - and _, as robots.txt knows them",
    )
    max_depth: int = setting(5, "Links followed from the nearest seed.", unit="links", minimum=0, maximum=1_000)
    max_pages: int = setting(0, "Pages fetched in one run; 0 is no limit.", unit="pages", minimum=0)
    max_pages_per_domain: int = setting(
        10_000,
        "Most pages of one registrable domain in one run, however many domains link to it; 0 is no limit for any.",
        unit="pages",
        minimum=0,
    )
    base_pages_per_domain: int = setting(
        1_000,
        "Page budget of a domain that no other domain links to; never above max_pages_per_domain.",
        unit="pages",
        minimum=1,
    )
    pages_per_referring_domain: int = setting(
        100,
        "What each domain that links to it adds to a domain's page budget, up to max_pages_per_domain.",
        unit="pages",
        minimum=0,
    )
    max_seconds: float = setting(0.0, "Length of the run; 0 is no limit.", unit="seconds", minimum=0)
    max_idle_seconds: float = setting(
        60.0,
        "When all that is left are hosts resting longer than this, the run ends; their URLs wait for the next.",
        unit="seconds",
        minimum=0,
    )
    max_outage_seconds: float = setting(
        3_600.0,
        "When nobody at all can be reached for so long, the run ends; every URL waits for the next.",
        unit="seconds",
        minimum=1,
    )
    max_in_flight: int = setting(256, "Requests on the wire at once.", unit="requests", minimum=1, maximum=10_000)
    recrawl_after_hours: float = setting(
        20.0,
        "A new run asks again for pages fetched longer ago than this; 0 never asks again.",
        unit="hours",
        minimum=0,
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeOptions:
    follow_external_depth: int = setting(
        0,
        "How many links to follow beyond the seeds' domains; 0 stores links to them and fetches none.",
        unit="links",
        minimum=0,
        maximum=20,
    )
    include: tuple[str, ...] = setting(
        (), "Fetch only URLs matching one of these patterns (* is any text); empty: all."
    )
    exclude: tuple[str, ...] = setting((), "Never fetch URLs matching one of these patterns (* is any text).")
    follow_nofollow: bool = setting(False, "Fetch pages known only through nofollow links.")
    adopt_seed_redirects: bool = setting(
        True, "When a seed answers with a redirect to another domain, crawl that domain too."
    )
    max_url_characters: int = setting(
        2_048, "Longer URLs are stored, not fetched.", unit="characters", minimum=64, maximum=65_536
    )
    max_path_segments: int = setting(
        20, "URLs with more path segments are stored, not fetched.", unit="segments", minimum=1
    )
    max_segment_repeats: int = setting(
        3, "How often one path segment may occur in a URL that is fetched.", unit="times", minimum=1
    )
    max_query_variants: int = setting(
        200,
        "URLs that differ only in their query, fetched per path.",
        unit="URLs",
        minimum=0,
    )
    max_hosts_per_domain: int = setting(
        200,
        "Host names fetched from one registrable domain; wildcard names have no end.",
        unit="hosts",
        minimum=1,
    )
    max_links_per_page: int = setting(
        5_000, "Links stored from one page; more are counted and dropped.", unit="links", minimum=1
    )
    max_new_urls_per_page: int = setting(500, "URLs to fetch taken from one page.", unit="URLs", minimum=0)
    drop_parameters: tuple[str, ...] = setting(
        TRACKING_PARAMETERS,
        "Query parameters that do not tell pages apart (* at the end is any text).",
    )
    user_platforms: tuple[str, ...] = setting(
        USER_PLATFORMS,
        "Domains whose subdomains belong to different people, besides the Public Suffix List's.",
    )
    use_sitemaps: bool = setting(True, "Read the sitemaps of the seeds' hosts.")
    max_sitemaps_per_domain: int = setting(
        100,
        "Sitemap files read of one registrable domain; indexes may name each other without end.",
        unit="files",
        minimum=0,
    )
    max_sitemap_urls: int = setting(50_000, "URLs taken from the sitemaps of one host.", unit="URLs", minimum=0)

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolitenessOptions:
    delay_seconds: float = setting(
        1.0,
        "Pause between two requests to one host; 0 is for your own servers, slow ones too.",
        unit="seconds",
        minimum=0,
        maximum=3_600,
    )
    delay_jitter: float = setting(
        0.25, "The pause varies by up to this share, upwards only.", unit="share", minimum=0, maximum=1
    )
    slow_server_factor: float = setting(
        3.0,
        "A slow server is left alone for this many times its answer's time.",
        unit="times",
        minimum=0,
        maximum=20,
    )
    max_delay_seconds: float = setting(
        30.0, "Upper bound of the adaptive pause.", unit="seconds", minimum=0, maximum=3_600
    )
    max_crawl_delay_seconds: float = setting(
        300.0,
        "A longer Crawl-delay in robots.txt is taken as this.",
        unit="seconds",
        minimum=0,
        maximum=86_400,
    )
    address_delay_seconds: float = setting(
        0.25,
        "Pause between two requests to one IP address, whatever the hosts.",
        unit="seconds",
        minimum=0,
        maximum=3_600,
    )
    rest_seconds: float = setting(
        60.0,
        "First rest of a host that answers 429 or 503 without Retry-After; doubles each time.",
        unit="seconds",
        minimum=0,
        maximum=86_400,
    )
    max_rest_seconds: float = setting(
        21_600.0,
        "Longest rest of our own choice; a Retry-After is kept to for up to a week.",
        unit="seconds",
        minimum=0,
        maximum=604_800,
    )
    rest_jitter: float = setting(
        0.1, "A rest varies by up to this share, upwards only.", unit="share", minimum=0, maximum=1
    )
    forgive_after_seconds: float = setting(
        1_800.0,
        "So long after the last 429 or 503 a host starts afresh.",
        unit="seconds",
        minimum=0,
    )
    retry_seconds: tuple[float, ...] = setting(
        (60.0, 600.0),
        "Waits before a URL that failed for a passing reason is tried again.",
        unit="seconds",
        minimum=0,
    )
    max_connect_failures: int = setting(
        5, "Failed connections in a row that retire a host for the run.", unit="times", minimum=1
    )
    max_failures: int = setting(
        20, "Failures of any kind in a row that retire a host for the run.", unit="times", minimum=1
    )
    robots_hours: float = setting(
        24.0, "How long a robots.txt is taken as known.", unit="hours", minimum=0.1, maximum=24
    )
    robots_retry_seconds: float = setting(
        600.0,
        "First wait before asking again for a robots.txt that could not be had; grows to an hour.",
        unit="seconds",
        minimum=0,
        maximum=3_600,
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    connect_seconds: float = setting(
        10.0, "Longest wait for a connection, TLS included.", unit="seconds", minimum=0.05, maximum=600
    )
    total_seconds: float = setting(30.0, "Longest time for one answer.", unit="seconds", minimum=0.1, maximum=3_600)
    max_body_bytes: int = setting(
        2_097_152,
        "A longer body is cut here, counted after decompression, and what was read is used.",
        unit="bytes",
        minimum=1_024,
        maximum=1_073_741_824,
    )
    max_sitemap_bytes: int = setting(
        52_428_800, "The same for sitemaps.", unit="bytes", minimum=1_024, maximum=1_073_741_824
    )
    max_robots_bytes: int = setting(
        512_000, "The same for robots.txt.", unit="bytes", minimum=512_000, maximum=104_857_600
    )
    max_header_bytes: int = setting(
        65_536, "Longest header line accepted.", unit="bytes", minimum=8_190, maximum=1_048_576
    )
    max_redirect_hops: int = setting(5, "Redirects followed one after the other.", unit="hops", minimum=0, maximum=50)
    accept_language: str = setting(
        "en;q=0.8, *;q=0.5",
        "What is sent as Accept-Language.",
        fits=is_header_value,
        wanted="must be one line of plain ASCII",
    )

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    allow_private_addresses: bool = setting(
        False,
        "Connect to loopback, private and link-local addresses too; for your own servers only.",
    )
    allowed_ports: tuple[int, ...] = setting(
        (80, 443), "Ports that are fetched, besides those a seed names.", unit="ports", minimum=1, maximum=65_535
    )
    nameservers: tuple[str, ...] = setting(
        (),
        "DNS servers to ask; empty: the system's.",
        fits=is_endpoint,
        wanted="must be IP addresses, each with or without a port",
    )
    dns_seconds: float = setting(10.0, "Longest wait for a name.", unit="seconds", minimum=0.1, maximum=120)
    resolve: dict[str, str] = setting(
        dict,
        'Fixed addresses for names, wildcards and ports too: "*.test" = "127.0.0.1:8080".',
        fits=is_endpoint,
        wanted='must give an IP address for each name, with or without a port: "*.test" = "127.0.0.1:8080"',
    )
    ca_file: str = setting("", "A file of certificates to trust besides the system's.")

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlerOptions:
    crawl: CrawlOptions = field(default_factory=CrawlOptions)
    scope: ScopeOptions = field(default_factory=ScopeOptions)
    politeness: PolitenessOptions = field(default_factory=PolitenessOptions)
    fetch: FetchOptions = field(default_factory=FetchOptions)
    network: NetworkOptions = field(default_factory=NetworkOptions)

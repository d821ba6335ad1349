"""The ground: the SQLite store and the nouns. This door names what other rooms may use."""

from .database import is_crawl_running, open_snapshot
from .errors import OptionError, QueryRefused, StorageError, StoreBusy, StoreFull, StoreTooNew, StoreUnreadable
from .options import Setting, StorageOptions, check_options, setting, settings_of
from .query import Answer, open_query
from .records import (
    KIND_SHIFT,
    PLACEMENT_SHIFT,
    UNFOLLOWED,
    Candidate,
    FetchKind,
    FetchRecord,
    HostClock,
    Link,
    LinkFlags,
    LinkKind,
    Outcome,
    Page,
    Placement,
    Retry,
    RobotsRecord,
    StopReason,
    Visit,
    Waiting,
    pack_flags,
)
from .status import Counted, LastRun, StoreStatus, TroubledHost, WaitingAtHost, read_status
from .store import CrawlStore, open_crawl_store
from .waiting import WaitingHost
from .writer import StoreWriter

__all__ = [
    "KIND_SHIFT",
    "PLACEMENT_SHIFT",
    "UNFOLLOWED",
    "Answer",
    "Candidate",
    "Counted",
    "CrawlStore",
    "FetchKind",
    "FetchRecord",
    "HostClock",
    "LastRun",
    "Link",
    "LinkFlags",
    "LinkKind",
    "OptionError",
    "Outcome",
    "Page",
    "Placement",
    "QueryRefused",
    "Retry",
    "RobotsRecord",
    "Setting",
    "StopReason",
    "StorageError",
    "StorageOptions",
    "StoreBusy",
    "StoreFull",
    "StoreStatus",
    "StoreTooNew",
    "StoreUnreadable",
    "StoreWriter",
    "TroubledHost",
    "Visit",
    "Waiting",
    "WaitingAtHost",
    "WaitingHost",
    "check_options",
    "is_crawl_running",
    "open_crawl_store",
    "open_query",
    "open_snapshot",
    "pack_flags",
    "read_status",
    "setting",
    "settings_of",
]

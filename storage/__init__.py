"""The ground: the SQLite store and the nouns. This door names what other rooms may use."""

from .database import crawl_lock, is_crawl_running, open_snapshot
from .edges import DomainRow, EdgeReader, OriginRow, Rows, open_edges
from .errors import OptionError, QueryRefused, StorageError, StoreBusy, StoreFull, StoreTooNew, StoreUnreadable
from .native import NativeRows
from .node_rows import DomainNode, HostNode, NodeReader, PageNode
from .options import Setting, StorageOptions, check_options, setting, settings_of
from .query import Answer, TimeLimit, open_query
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
from .scores import ROWS_PER_TRANSACTION as SCORE_ROWS_PER_BATCH
from .scores import NewRanking, RankingRecord, read_current_ranking, write_ranking
from .status import Counted, LastRun, StoreStatus, TroubledHost, WaitingAtHost, read_last_run, read_status
from .store import CrawlReading, CrawlStore, open_crawl_reading, open_crawl_store
from .waiting import WaitingHost
from .writer import StoreWriter

__all__ = [
    "KIND_SHIFT",
    "PLACEMENT_SHIFT",
    "SCORE_ROWS_PER_BATCH",
    "UNFOLLOWED",
    "Answer",
    "Candidate",
    "Counted",
    "CrawlReading",
    "CrawlStore",
    "DomainNode",
    "DomainRow",
    "EdgeReader",
    "FetchKind",
    "FetchRecord",
    "HostClock",
    "HostNode",
    "LastRun",
    "Link",
    "LinkFlags",
    "LinkKind",
    "NativeRows",
    "NewRanking",
    "NodeReader",
    "OptionError",
    "OriginRow",
    "Outcome",
    "Page",
    "PageNode",
    "Placement",
    "QueryRefused",
    "RankingRecord",
    "Retry",
    "RobotsRecord",
    "Rows",
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
    "TimeLimit",
    "TroubledHost",
    "Visit",
    "Waiting",
    "WaitingAtHost",
    "WaitingHost",
    "check_options",
    "crawl_lock",
    "is_crawl_running",
    "open_crawl_reading",
    "open_crawl_store",
    "open_edges",
    "open_query",
    "open_snapshot",
    "pack_flags",
    "read_current_ranking",
    "read_last_run",
    "read_status",
    "setting",
    "settings_of",
    "write_ranking",
]

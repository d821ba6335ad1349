"""The ground: the SQLite store and the nouns. This door names what other rooms may use."""

from .anchor_rows import AnchorClassRow, AnchorRow, anchor_classes_question, anchors_question
from .backlink_rows import GROUPS, BacklinkRow, links_question
from .coverage import Coverage, read_coverage, read_run_options
from .database import crawl_lock, is_crawl_running, open_snapshot
from .edges import DomainRow, EdgeReader, OriginRow, Rows, open_edges
from .errors import OptionError, QueryRefused, StorageError, StoreBusy, StoreFull, StoreTooNew, StoreUnreadable
from .graph_stream import EdgeRow, GraphRows, LinkRow, open_graph_rows
from .ledger import ROUNDING_SECONDS, HostConduct, Request, read_conduct, read_last_options, read_requests
from .native import NativeRows
from .node_rows import DomainNode, HostNode, NodeReader, PageNode
from .options import Setting, StorageOptions, check_options, setting, settings_of
from .overview_rows import OverviewRow, overview_question
from .query import Answer, TimeLimit, open_query
from .question import ALL_ROWS, Choice, Prepared, Question, Questions, open_questions, prepare
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
from .referring_rows import AddressRow, ReferringDomainRow, addresses_question, referring_domains_question
from .scores import ROWS_PER_TRANSACTION as SCORE_ROWS_PER_BATCH
from .scores import NewRanking, RankingRecord, read_current_ranking, write_ranking
from .status import Counted, LastRun, StoreStatus, TroubledHost, WaitingAtHost, read_last_run, read_status
from .store import CrawlReading, CrawlStore, open_crawl_reading, open_crawl_store
from .target import Aim, Target, TargetScope, find_target
from .waiting import WaitingHost
from .where import known_column
from .writer import StoreWriter

__all__ = [
    "ALL_ROWS",
    "GROUPS",
    "KIND_SHIFT",
    "PLACEMENT_SHIFT",
    "ROUNDING_SECONDS",
    "SCORE_ROWS_PER_BATCH",
    "UNFOLLOWED",
    "AddressRow",
    "Aim",
    "AnchorClassRow",
    "AnchorRow",
    "Answer",
    "BacklinkRow",
    "Candidate",
    "Choice",
    "Counted",
    "Coverage",
    "CrawlReading",
    "CrawlStore",
    "DomainNode",
    "DomainRow",
    "EdgeReader",
    "EdgeRow",
    "FetchKind",
    "FetchRecord",
    "GraphRows",
    "HostClock",
    "HostConduct",
    "HostNode",
    "LastRun",
    "Link",
    "LinkFlags",
    "LinkKind",
    "LinkRow",
    "NativeRows",
    "NewRanking",
    "NodeReader",
    "OptionError",
    "OriginRow",
    "Outcome",
    "OverviewRow",
    "Page",
    "PageNode",
    "Placement",
    "Prepared",
    "QueryRefused",
    "Question",
    "Questions",
    "RankingRecord",
    "ReferringDomainRow",
    "Request",
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
    "Target",
    "TargetScope",
    "TimeLimit",
    "TroubledHost",
    "Visit",
    "Waiting",
    "WaitingAtHost",
    "WaitingHost",
    "addresses_question",
    "anchor_classes_question",
    "anchors_question",
    "check_options",
    "crawl_lock",
    "find_target",
    "is_crawl_running",
    "known_column",
    "links_question",
    "open_crawl_reading",
    "open_crawl_store",
    "open_edges",
    "open_graph_rows",
    "open_query",
    "open_questions",
    "open_snapshot",
    "overview_question",
    "pack_flags",
    "prepare",
    "read_conduct",
    "read_coverage",
    "read_current_ranking",
    "read_last_options",
    "read_last_run",
    "read_requests",
    "read_run_options",
    "read_status",
    "referring_domains_question",
    "setting",
    "settings_of",
    "write_ranking",
]

"""The errors of this room.

CrawlerError
├── AddressRefused    the guard keeps us from an address; an OSError too, so that the connector tries the next one
├── NameUnknown       a name without a usable address; an OSError too, for the same reason
└── FrontierError     the frontier was used against its rules: a defect of ours

The first two are internal: the fetcher turns them into outcomes. What the web does is no exception past `fetch.py`.
"""

from storage import StorageError


class CrawlerError(Exception):
    """The root; its message is a sentence for a person."""


class AddressRefused(CrawlerError, OSError):
    """An address of this machine, of its network, or of no one."""


class NameUnknown(CrawlerError, OSError):
    """`may_be_ours`: no name server answered, which a lost network of our own looks like."""

    def __init__(self, reason: str, *, may_be_ours: bool = False) -> None:
        super().__init__(reason)
        self.may_be_ours = may_be_ours


class FrontierError(CrawlerError):
    pass


class ShardDied(CrawlerError):
    """A process of the crawl ended without being told to."""


def first_of(failures: BaseExceptionGroup[StorageError]) -> StorageError:
    """The store fails once, however many tasks come to feel it."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure if isinstance(failure, StorageError) else StorageError(str(failure))

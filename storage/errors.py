"""The errors of this room.

StorageError
├── StoreBusy         another crawler holds the file
├── StoreFull         the disk or the quota is full; what was committed is safe
├── StoreTooNew       written by a newer version of this program
├── StoreUnreadable   not a database, damaged, of another program, or not to be opened
├── QueryRefused      a user's SQL that is wrong, writes, or takes too long
└── OptionError       an option with a value out of its bounds (raised where options are built)
"""


class StorageError(Exception):
    """The root; its message is a sentence for a person."""


class StoreBusy(StorageError):
    pass


class StoreFull(StorageError):
    pass


class StoreTooNew(StorageError):
    pass


class StoreUnreadable(StorageError):
    pass


class QueryRefused(StorageError):
    pass


class OptionError(StorageError):
    """A value that does not fit; `name`, `value` and `wanted` let the roof say which file and key it came from."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"{name} = {value!r}: {wanted}")
        self.name = name
        self.value = value
        self.wanted = wanted

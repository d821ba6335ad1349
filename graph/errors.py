"""The errors of this room; a file that cannot be read raises a StorageError, an option out of bounds an OptionError.

GraphError
├── UnknownNode       a domain, host or page that the store does not hold
├── UnknownTrust      none of the trusted domains is in the store
├── ExportError       a file that cannot be written, or has no format
└── NotRanked         an answer that needs scores, of a file that was never ranked
"""


class GraphError(Exception):
    """The root; its message is a sentence for a person."""


class UnknownNode(GraphError):
    pass


class UnknownTrust(GraphError):
    pass


class ExportError(GraphError):
    pass


class NotRanked(GraphError):
    pass

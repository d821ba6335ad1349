"""The seam between the graph room's errors and the command line's."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from graph import ExportError, GraphError

from ..errors import BacklinksError, CommandFailed

DISK_FAILURES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextmanager
def graph_errors() -> Iterator[None]:
    """A name that is not there, of a domain or a folder, is for who typed it to mend; a full disk is a failure."""
    try:
        yield
    except GraphError as error:
        cause = error.__cause__
        is_failure = isinstance(error, ExportError) and isinstance(cause, OSError) and cause.errno in DISK_FAILURES
        kind = CommandFailed if is_failure else BacklinksError
        raise kind(str(error)) from error

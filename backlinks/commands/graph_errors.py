"""The seam between the graph room's errors and the command line's."""

from collections.abc import Iterator
from contextlib import contextmanager

from graph import GraphError

from ..errors import BacklinksError


@contextmanager
def graph_errors() -> Iterator[None]:
    """A name that is not in the crawl, or a ranking that is needed first, is for who typed the command to mend."""
    try:
        yield
    except GraphError as error:
        raise BacklinksError(str(error)) from error

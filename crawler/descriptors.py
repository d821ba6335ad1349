"""How many connections this process may hold open, by the system's limit on its open files.

The limit is raised as far as the system lets a process raise its own; where that is not far enough, fewer requests go
out at once. Some systems begin with 256, which a crawl would pass in its first second.
"""

import resource
from contextlib import suppress

RESERVED = 48
"""For the store, the log, the shards, name servers and what the interpreter holds."""


def connections_for(wanted: int) -> int:
    """Make room for so many connections; how many there is room for, at least one."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    if not is_enough(limit, needed):
        raised = needed if is_enough(most, needed) else most
        with suppress(ValueError, OSError):  # the system may have a bound of its own below what it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, most))
            limit = raised
    return wanted if is_enough(limit, needed) else max(1, limit - RESERVED)


def is_enough(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed

"""How often Python looks for reference cycles while a crawl runs.

By default it looks after every 700 new containers, which a crawl makes with a few pages, and each time it walks rows
that wait for their batch: a tenth of the CPU. Cycles are rare here, so what was there before the crawl is left out, and
the rest is looked at seldom (docs/performance.md).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (50_000, 10, 10)
"""More than a batch of links: nearly all rows are written and gone before anybody looks at them."""


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Nested, the outer one's end is the end for all but the thresholds."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

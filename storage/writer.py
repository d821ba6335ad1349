"""When a batch is committed: at so many links, or when its first page is so old, or when the crawl ends.

Visits are put in from many tasks; one task saves them. A producer that is far ahead of the disk waits in `put`. After a
failed batch the writer is broken: every `put` raises what happened, so that the crawl stops cleanly.

Not here: what is in a batch (batch.py), network, judgement of what is worth keeping.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from .batch import BatchSaver
from .database import translate
from .errors import StorageError
from .options import StorageOptions
from .records import Candidate, Visit, Waiting
from .referring_counts import ReferringNews

OnSaved = Callable[[Sequence[Visit], Sequence[Waiting]], None]

MAX_PENDING_BATCHES = 2
ROWS_PER_VISIT = 4
"""What a visit costs besides its links, counted in links, so that pages without any fill a batch too."""


class StoreWriter:
    """`run` must be running in a task for anything to be saved; it returns after `finish`."""

    def __init__(
        self,
        saver: BatchSaver,
        path: Path,
        options: StorageOptions,
        *,
        on_saved: OnSaved,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._saver = saver
        self._path = path
        self._options = options
        self._on_saved = on_saved
        self.news: ReferringNews | None = None
        self._clock = clock
        self._visits: list[Visit] = []
        self._weight = 0
        self._first_at = 0.0
        self._is_finishing = False
        self._is_hurried = False
        self._is_saving = False
        self._failure: StorageError | None = None
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()

    @property
    def pending(self) -> int:
        """Visits not yet committed, besides those of a batch being saved now."""
        return len(self._visits)

    @property
    def is_idle(self) -> bool:
        """Nothing is pending and nothing is being saved."""
        return not self._visits and not self._is_saving

    def hurry(self) -> None:
        """Commit what is pending now: somebody waits for what it named. Nothing happens when nothing is pending."""
        if self._visits:
            self._is_hurried = True
            self._changed.set()

    async def put(self, visit: Visit) -> None:
        """Take a visit for the next batch; waits while two batches' worth is pending. Raises when broken."""
        while self._weight >= MAX_PENDING_BATCHES * self._options.batch_links and self._failure is None:
            self._taken.clear()
            self._saver.is_behind = True
            await self._taken.wait()
        if self._failure is not None:
            raise self._failure
        if not self._visits:
            self._first_at = self._clock()
        self._visits.append(visit)
        self._weight += len(visit.links) + ROWS_PER_VISIT
        self._changed.set()

    async def add_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Commit seeds at once; for use before `run` is started."""
        await self._guarded(self._save([], candidates))

    def finish(self) -> None:
        """Let `run` save what is pending and return. May be called twice."""
        self._is_finishing = True
        self._changed.set()

    async def run(self) -> None:
        while not (self._is_finishing and not self._visits):
            await self._until_due()
            if self._visits:
                visits, self._visits, self._weight = self._visits, [], 0
                self._is_saving, self._is_hurried = True, False
                self._taken.set()
                await self._guarded(self._save(visits, []))

    async def _until_due(self) -> None:
        while not (self._is_finishing or self._is_hurried) and self._weight < self._options.batch_links:
            left = None
            if self._visits:
                left = self._first_at + self._options.batch_seconds - self._clock()
                if left <= 0:
                    return
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return

    async def _save(self, visits: list[Visit], candidates: Sequence[Candidate]) -> None:
        waiting = await self._saver.save(visits, candidates)
        referring_domains = await self.news.take() if self.news is not None else {}
        self._is_saving = False
        self._on_saved(visits, waiting)
        if self.news is not None and referring_domains:
            self.news.tell(referring_domains)

    async def _guarded(self, saving: Awaitable[None]) -> None:
        try:
            await saving
        except sqlite3.Error as error:
            self._failure = translate(error, self._path)
            self._taken.set()
            raise self._failure from error

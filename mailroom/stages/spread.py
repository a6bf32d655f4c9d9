"""Spread the pages of one letter over the workers of a pool and put the results together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from mailroom.errors import WorkerKilled, WorkerTimedOut
from mailroom.ports import Recognition
from mailroom.processing.workers import WorkerPool
from mailroom.stages.plan import plan_chunks
from mailroom.stages.prepare import Prepared
from mailroom.stages.recognise import Part, merge, recognise_range

Done = Callable[[int], None]


class Spread:
    """A letter at work in a pool: its ranges run at once, :meth:`result` waits and merges in a worker.

    A range whose worker died is tried once more; the second time, or when its time is over, the letter fails.
    """

    def __init__(
        self, pool: WorkerPool, prepared: Prepared, first: int, last: int, work: Path, done: Done | None = None
    ) -> None:
        self._pool, self._prepared, self._work, self._done = pool, prepared, work, done
        self._ranges = plan_chunks(first, last, pool.settings.chunk_pages)
        self._futures = [self._start(start, end) for start, end in self._ranges]

    def _start(self, first: int, last: int) -> Future[Part]:
        settings = self._pool.settings
        seconds = settings.seconds_per_page * (last - first + 1)
        return self._pool.submit(recognise_range, self._prepared, first, last, self._work, settings, seconds=seconds)

    def result(self) -> Recognition:
        """The recognised letter.

        Raises:
            Refused: a page is damaged.
            WorkerKilled: a range took too much time, or its worker died twice.
        """
        parts = []
        for (first, last), future in zip(self._ranges, self._futures, strict=True):
            try:
                parts.append(future.result())
            except WorkerTimedOut:
                raise
            except WorkerKilled:
                parts.append(self._start(first, last).result())
            if self._done:
                self._done(last)
        settings = self._pool.settings
        seconds = settings.seconds_per_file + settings.seconds_per_page * len(parts)
        merged = self._pool.submit(merge, self._prepared, tuple(parts), self._work, settings, seconds=seconds)
        return merged.result()


def recognise_on(
    pool: WorkerPool, prepared: Prepared, first: int, last: int, work: Path, done: Done | None = None
) -> Recognition:
    """Recognise the pages from ``first`` to ``last`` of a delivery as one letter, on all workers of a pool.

    ``done`` is told the last page, within the delivery, up to which all are read.

    Raises:
        Refused: a page is damaged.
        WorkerKilled: a range took too much time, or its worker died twice.
    """
    return Spread(pool, prepared, first, last, work, done).result()

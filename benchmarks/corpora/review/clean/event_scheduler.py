"""Run callbacks at planned times, driven by a priority queue."""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

Callback = Callable[[], None]


@dataclass(order=True)
class _Job:
    due: float
    number: int
    callback: Callback = field(compare=False)
    period: float | None = field(compare=False, default=None)
    cancelled: bool = field(compare=False, default=False)


class JobHandle:
    """Lets the caller cancel a job."""

    def __init__(self, job: _Job) -> None:
        self._job = job

    def cancel(self) -> None:
        """Prevent all further runs; has no effect on a run in progress."""
        self._job.cancelled = True

    @property
    def cancelled(self) -> bool:
        """Whether the job was cancelled."""
        return self._job.cancelled


class Scheduler:
    """Single-threaded scheduler.

    Jobs with the same due time run in the order in which they were added.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Create a scheduler without jobs.

        Args:
            clock: Returns the current time in seconds.
            sleep: Waits for a number of seconds.
        """
        self._clock = clock
        self._sleep = sleep
        self._queue: list[_Job] = []
        self._numbers = itertools.count()

    def call_later(self, delay: float, callback: Callback) -> JobHandle:
        """Run a callback once, after a delay in seconds.

        Raises:
            ValueError: If the delay is negative.
        """
        if delay < 0:
            raise ValueError("delay must not be negative")
        return self._add(_Job(self._clock() + delay, next(self._numbers), callback))

    def call_every(self, period: float, callback: Callback) -> JobHandle:
        """Run a callback again and again, first after one period.

        Raises:
            ValueError: If the period is not positive.
        """
        if period <= 0:
            raise ValueError("period must be positive")
        due = self._clock() + period
        return self._add(_Job(due, next(self._numbers), callback, period=period))

    def run_due(self) -> int:
        """Run everything that is due now and return how many jobs ran."""
        now = self._clock()
        executed = 0
        while self._queue and self._queue[0].due <= now:
            job = heapq.heappop(self._queue)
            if job.cancelled:
                continue
            log.debug("running job %d", job.number)
            job.callback()
            executed += 1
            if job.period is not None and not job.cancelled:
                job.due = now + job.period
                heapq.heappush(self._queue, job)
        return executed

    def run_until_idle(self) -> None:
        """Run jobs until none is left; periodic jobs have to be cancelled."""
        while self._queue:
            wait = self._queue[0].due - self._clock()
            if wait > 0:
                self._sleep(wait)
            self.run_due()

    def __len__(self) -> int:
        return sum(not job.cancelled for job in self._queue)

    def _add(self, job: _Job) -> JobHandle:
        heapq.heappush(self._queue, job)
        return JobHandle(job)

"""How a process ends in bounded time: signals cancel its work, its teardown runs, it leaves.

An MCP server on stdio always has a thread that waits for standard input. No cancellation reaches
it, and the event loop waits for it; so a process that was signalled leaves by `os._exit` as soon as
its teardown is done, and in any case after a grace period.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskStatus

from service.logs import stop_logging

logger = logging.getLogger(__name__)

GRACE_SECONDS = 1.5
"""Longest time from a signal to the end of the process."""


class Shutdown:
    """The end of this process, once a signal asked for it.

    Args:
        leave: Ends the process with an exit code without unwinding; tests pass their own.
        grace_seconds: Longest time from a signal to the end.
    """

    def __init__(
        self, leave: Callable[[int], object] = os._exit, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self._leave = leave
        self._grace_seconds = grace_seconds
        self.exit_code = 0

    async def run(
        self, work: Callable[[], Awaitable[None]], stop: Callable[[], None] | None = None
    ) -> int:
        """Run `work` until it ends; SIGTERM or SIGINT end it.

        Args:
            work: What this process does.
            stop: Asks `work` to end; None cancels it.

        Returns:
            0, or 128 plus the signal's number: 143 for SIGTERM, 130 for SIGINT.
        """
        if sys.platform == "win32":  # there is no signal receiver; the runtime's own rule holds
            await work()
            return 0
        async with anyio.create_task_group() as group:
            await group.start(self._stop_on_signal, stop or group.cancel_scope.cancel)
            await work()
            group.cancel_scope.cancel()
        return self.exit_code

    async def _stop_on_signal(
        self,
        stop: Callable[[], None],
        task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as received:
            task_status.started()
            async for number in received:
                if not self.exit_code:
                    logger.info("%s received, leaving", number.name)
                    self.exit_code = 128 + number
                    self.leave_within(self._grace_seconds)
                stop()

    def leave_within(self, seconds: float) -> None:
        """Bound the end of this process, from now, whatever still runs then."""
        timer = threading.Timer(seconds, self._leave_now)
        timer.daemon = True
        timer.start()

    def teardown_done(self) -> None:
        """Leave at once if a signal came: everything that must be closed is closed."""
        if self.exit_code:
            self._leave_now()

    def _leave_now(self) -> None:
        stop_logging()
        self._leave(self.exit_code)

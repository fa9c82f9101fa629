"""One task that opens a model for all the requests that wait for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Opening(Generic[T]):
    """Opens once at a time, however many wait, and goes on if they are all cancelled."""

    def __init__(self) -> None:
        self._task: asyncio.Task[T] | None = None

    async def join(self, opens: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the task that runs opens; where none does, `opens` is started as one."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(opens())
            # Everyone who waited may have been cancelled: nobody is left to hear of a failure.
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._task)

    async def cancel(self) -> None:
        """Stop the task that runs, and wait for its end; its failure is nobody's any more."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

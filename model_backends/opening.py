"""One task that opens a model for all the requests that wait for it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from model_backends.base import LoadState
from model_backends.errors import GenerationError

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


class Engine(Generic[T]):
    """What runs a model in this process: opened with the first request, and let go at the end.

    Args:
        name: The model's, for messages.
        opens: Opens it.
        lets_go: Lets it go.

    Attributes:
        value: What was opened, or None.
        state: Where it is on its way.
    """

    def __init__(
        self,
        name: str,
        opens: Callable[[], Coroutine[Any, Any, T]],
        lets_go: Callable[[T], Coroutine[Any, Any, None]],
    ) -> None:
        self._name = name
        self._opens = opens
        self._lets_go = lets_go
        self._opening = Opening[T]()
        self.value: T | None = None
        self.state: LoadState = "idle"

    async def ready(self) -> T:
        """It; one task opens it for all requests, also if they are cancelled.

        Raises:
            GenerationError: It is closed.
        """
        if self._is_closed():
            raise self._closed()
        return self.value if self.value is not None else await self._opening.join(self._open)

    async def drop(self, value: T) -> None:
        """Let go of one that died; the next request opens another."""
        if self.value is value:
            self.value, self.state = None, "failed"
            await self._lets_go(value)

    async def aclose(self) -> None:
        """Let go of it; one that is still being opened is let go after it."""
        value, self.value, self.state = self.value, None, "closed"
        if value is not None:
            await self._lets_go(value)

    async def _open(self) -> T:
        self.state = "loading"
        try:
            value = await self._opens()
        except BaseException:
            if not self._is_closed():
                self.state = "failed"
            raise
        if self._is_closed():
            await self._lets_go(value)
            raise self._closed()
        self.value, self.state = value, "ready"
        return value

    def _is_closed(self) -> bool:
        return self.state == "closed"

    def _closed(self) -> GenerationError:
        return GenerationError(self._name, "its backend is closed")

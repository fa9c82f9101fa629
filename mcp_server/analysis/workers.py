"""Processes in which everything runs that may crash, hang or leak on hostile input.

A call that runs too long or is cancelled has its process killed and replaced.

One call that hangs must not hold up the others: a call that takes longer than `PATIENCE` lets
another start beside it, in a reserve of processes. When `RESERVE` calls hang and as many as are
admitted besides, the others wait until one of them is stopped.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.crew import CrashedError, Crew
from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.worker_process import UnforeseenError

logger = logging.getLogger(__name__)

SECONDS = 30.0
PATIENCE = 2.0
"""Seconds after which a call is slow, and another may start beside it."""
RESERVE = 6
"""Slow calls that others may run beside: a review makes four of them at once."""


class Workers:
    """Worker processes, started with the first call; those of the reserve with the first need.

    Args:
        limit: Calls at once, beside slow ones; further ones wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(limit, 1)
        self._crews = (Crew(self._limit), Crew(RESERVE))
        self._turns = anyio.CapacityLimiter(self._limit)
        self._slow: set[object] = set()

    async def run(
        self,
        function: str,
        *args: Any,
        tool: str,
        timeout: float = SECONDS,  # noqa: ASYNC109
    ) -> Any:
        """Call a function in a worker process.

        Args:
            function: "module:name"; the module must not import the MCP SDK.
            args: Its arguments; they and its result are pickled.
            tool: Who runs it, such as "black", for the error message.
            timeout: Seconds after which the process is killed; those of waiting for one count.

        Raises:
            ToolError: The code is not valid, or the function failed on it, crashed, or took too
                much memory or too long; or no process became free.
        """
        deadline = anyio.current_time() + timeout
        try:
            async with self._turn(deadline) as crew:
                left = max(deadline - anyio.current_time(), 0.1)
                return await crew.call(function, args, left)
        except SourceError as error:
            raise ToolError(str(error)) from None
        except UnforeseenError as error:
            logger.exception("%s raised what it does not announce", tool)
            raise ToolError(
                f"{tool} failed on this input ({error}); simplify the code, or use another tool"
            ) from None
        except RecursionError:
            raise ToolError(f"nested too deeply for {tool}; split the code up") from None
        except MemoryError:
            raise ToolError(f"{tool} ran out of memory on this input; send less code") from None
        except _BusyError:
            raise ToolError(
                f"{tool} found no free process within {timeout:.3g} seconds, for other calls take "
                "long; try again"
            ) from None
        except TimeoutError:
            raise ToolError(
                f"{tool} was stopped after {timeout:.3g} seconds on this input; send less code"
            ) from None
        except CrashedError as error:
            raise ToolError(
                f"{tool} crashed on this input (exit code {error.exitcode}); "
                "simplify the code, or use another tool"
            ) from None

    async def aclose(self) -> None:
        """Kill all workers; safe to call twice."""
        async with anyio.create_task_group() as group:
            for crew in self._crews:
                group.start_soon(crew.aclose)

    @asynccontextmanager
    async def _turn(self, deadline: float) -> AsyncIterator[Crew]:
        """Wait for a process that is free, and hold it."""
        turn = object()
        with anyio.CancelScope(deadline=deadline) as waiting:
            await self._turns.acquire_on_behalf_of(turn)
        if waiting.cancelled_caught:
            raise _BusyError
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._make_room, turn)
        try:
            with next(crew for crew in self._crews if crew.idle) as crew:
                yield crew
        finally:
            timer.cancel()
            self._slow.discard(turn)
            self._admit()
            self._turns.release_on_behalf_of(turn)

    def _make_room(self, turn: object) -> None:
        self._slow.add(turn)
        self._admit()

    def _admit(self) -> None:
        self._turns.total_tokens = self._limit + min(len(self._slow), RESERVE)


class _BusyError(Exception):
    """No process became free in time."""

"""Processes in which everything runs that may crash, hang or leak on hostile input.

The pool is pebble's: a call that runs too long or is cancelled has its process killed and
replaced, and each process is replaced after `CALLS` calls, since pylint and yapf leak. Others
were considered: `concurrent.futures` and loky cannot kill the process of one call, and
`anyio.to_process` has no recycling and leaves a busy worker behind when the server is killed.
The processes are forked from a server process that has the large packages imported, so that a
replacement costs milliseconds.
"""

import asyncio
import multiprocessing
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.analysis.guard import SourceError

if TYPE_CHECKING:
    from pebble import ProcessPool

CALLS = 25
SECONDS = 30.0
PRELOADED = "mcp_server.analysis.preloaded"


class Workers:
    """A pool of worker processes, started with the first call.

    Args:
        limit: Calls at once; further ones wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(limit, 1)
        self._pool: ProcessPool | None = None
        self._starting = anyio.Lock()

    async def run(
        self, function: str, *args: Any, tool: str, timeout: float = SECONDS  # noqa: ASYNC109
    ) -> Any:
        """Call a function in a worker process.

        Args:
            function: "module:name"; the module must not import the MCP SDK.
            args: Its arguments; they and its result are pickled.
            tool: Who runs it, such as "black", for the error message.
            timeout: Seconds after which the process is killed.

        Raises:
            ToolError: The code is not valid, the process died, or it took too long.
        """
        from pebble import ProcessExpired

        from mcp_server.analysis.worker_process import call

        pool = await self._started()
        future = pool.schedule(call, args=(function, args), timeout=timeout)
        try:
            return await asyncio.wrap_future(future)
        except SourceError as error:
            raise ToolError(str(error)) from None
        except TimeoutError:
            raise ToolError(
                f"{tool} was stopped after {timeout:g} seconds on this input; send less code"
            ) from None
        except ProcessExpired as error:
            raise ToolError(
                f"{tool} crashed on this input (exit code {error.exitcode}); "
                "simplify the code, or use another tool"
            ) from None

    async def aclose(self) -> None:
        """Kill all workers; safe to call twice."""
        pool, self._pool = self._pool, None
        if pool:
            pool.stop()  # type: ignore[no-untyped-call]
            await anyio.to_thread.run_sync(pool.join)

    async def _started(self) -> "ProcessPool":
        async with self._starting:
            if self._pool is None or not self._pool.active:
                # The fork server imports for a second before it answers.
                self._pool = await anyio.to_thread.run_sync(self._new_pool)
            return self._pool

    def _new_pool(self) -> "ProcessPool":
        from pebble import ProcessPool

        from mcp_server.analysis.worker_process import prepare

        pool = ProcessPool(
            max_workers=self._limit, max_tasks=CALLS, initializer=prepare, context=_context()
        )
        assert pool.active  # noqa: S101  (asking starts it)
        return pool


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context

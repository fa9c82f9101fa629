"""Several MCP servers as one catalogue of tools, resources and prompts."""

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self

import anyio

from mistral_agent.catalogue import Catalogue, ServerProblem, Tool, ToolResult
from mistral_agent.errors import ServerUnavailableError
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client.connection import Connection

_CANCEL_AGAIN_SECONDS = 10.0

OnProgress = Callable[[float, float | None, str], Awaitable[None]]


class ToolClient(Protocol):
    """The connected MCP servers. Its methods may be called from any task.

    The calling methods raise the kinds of ToolError in `mistral_agent.errors`.
    """

    async def catalogue(self) -> Catalogue:
        """All that is offered, once every server is connected or has failed to."""
        ...

    async def call(
        self,
        tool: Tool,
        args: Mapping[str, Any],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - None has a meaning here
        on_progress: OnProgress | None = None,
    ) -> ToolResult:
        """Call a tool; cancelling this cancels the call on the server.

        Args:
            tool: One of the catalogue's.
            args: Its arguments.
            timeout: Longest wait in seconds; None is the server's.
            on_progress: Is given progress, total or None, and a message, as the tool reports.
        """
        ...

    async def read_resource(self, server: str, uri: str) -> str:
        """The text of a resource."""
        ...

    async def get_prompt(self, server: str, name: str, args: Mapping[str, str]) -> str:
        """The text of a prompt."""
        ...


class McpToolClient:
    """The servers of `specs`, from `async with` to its end; each one fails and recovers alone.

    Args:
        specs: The servers; one whose name is taken gets a number behind it.
        environ: Where the little comes from that servers inherit; None is this process's.
        then_import: Modules that will be needed once the servers are there. They are imported
            after the SDK and in the same thread, while the servers still come up.
    """

    def __init__(
        self,
        specs: Iterable[ServerSpec],
        environ: Mapping[str, str] | None = None,
        then_import: Iterable[str] = (),
    ) -> None:
        environ = os.environ if environ is None else environ
        self._connections = {
            spec.name: Connection(spec, environ, self._wire) for spec in _unique_names(specs)
        }
        self._then_import = tuple(then_import)
        self._wire_module: ModuleType | None = None
        self._wire_loaded = anyio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        # The processes first: they come up while the SDK is imported, which takes as long.
        async with anyio.create_task_group() as starts:
            for connection in self._connections.values():
                starts.start_soon(connection.start)
        # Tasks of their own and no task group, which would wrap what is raised inside `async with`.
        work = [connection.run() for connection in self._connections.values()]
        if work:
            work.append(self._load_wire())
        self._tasks = {asyncio.create_task(each) for each in work}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        left = self._tasks
        with anyio.CancelScope(shield=True):  # ending a server takes bounded time
            while left:
                for task in left:  # again, should a library have swallowed the cancellation
                    task.cancel()
                _, left = await asyncio.wait(left, timeout=_CANCEL_AGAIN_SECONDS)

    async def catalogue(self) -> Catalogue:
        """All that is offered, once every server is connected or has failed to."""
        for connection in self._connections.values():
            await connection.settled.wait()
            await connection.up_to_date()
        listings = [
            (name, connection.listing)
            for name, connection in self._connections.items()
            if connection.listing is not None and connection.problem is None
        ]
        return Catalogue(
            tools=tuple(tool for _, listing in listings for tool in listing.tools),
            resources=tuple(r for _, listing in listings for r in listing.resources),
            prompts=tuple(prompt for _, listing in listings for prompt in listing.prompts),
            problems=tuple(
                ServerProblem(name, connection.problem)
                for name, connection in self._connections.items()
                if connection.problem is not None
            ),
            instructions={n: listing.instructions for n, listing in listings},
            notes=tuple(note for _, listing in listings for note in listing.notes),
        )

    async def call(
        self,
        tool: Tool,
        args: Mapping[str, Any],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - None has a meaning here
        on_progress: OnProgress | None = None,
    ) -> ToolResult:
        """Call a tool; see `ToolClient.call`."""
        connection = self._connection(tool.server, tool.name)
        return await connection.call(tool.name, args, timeout, on_progress)

    async def read_resource(self, server: str, uri: str) -> str:
        """The text of a resource."""
        connection = self._connection(server)
        return await connection.exchange(None, lambda wire: wire.read_resource(uri), None)

    async def get_prompt(self, server: str, name: str, args: Mapping[str, str]) -> str:
        """The text of a prompt."""
        connection = self._connection(server)
        return await connection.exchange(None, lambda wire: wire.get_prompt(name, args), None)

    def _connection(self, server: str, tool: str | None = None) -> Connection:
        if server not in self._connections:
            known = ", ".join(self._connections) or "none"
            raise ServerUnavailableError(server, tool, f"no such server; there are: {known}")
        return self._connections[server]

    async def _load_wire(self) -> None:
        # In a thread: the import takes half a second, in which the user may type or press Ctrl-C.
        self._wire_module = await _imported("mistral_agent.tool_client.wire")
        self._wire_loaded.set()
        for name in self._then_import:
            await _imported(name)

    async def _wire(self) -> ModuleType:
        await self._wire_loaded.wait()
        assert self._wire_module is not None  # noqa: S101 - for the types
        return self._wire_module


async def _imported(name: str) -> ModuleType:
    return await anyio.to_thread.run_sync(importlib.import_module, name, abandon_on_cancel=True)


def _unique_names(specs: Iterable[ServerSpec]) -> list[ServerSpec]:
    unique: dict[str, ServerSpec] = {}
    for spec in specs:
        name, number = spec.name, 1
        while name in unique:
            number += 1
            name = f"{spec.name}-{number}"
        unique[name] = replace(spec, name=name)
    return list(unique.values())

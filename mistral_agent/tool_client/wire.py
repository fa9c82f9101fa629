"""A connected server, as the MCP SDK speaks to it.

Importing this imports the SDK, which takes longer than a server needs to start; so only
`connection` does, in a thread, while the servers come up.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.session import IncomingMessage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import (
    Implementation,
    PromptListChangedNotification,
    ResourceListChangedNotification,
    ToolListChangedNotification,
    jsonrpc_message_adapter,
)

from mistral_agent.catalogue import ToolResult
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client.listing import Listing, list_server
from mistral_agent.tool_client.patience import PatientClient
from mistral_agent.tool_client.process import ServerProcess
from mistral_agent.tool_client.translation import prompt_text, resource_text, tool_result

OnProgress = Callable[[float, float | None, str], Awaitable[None]]

_HTTP_SECONDS = 30.0

_LIST_CHANGES = (
    ToolListChangedNotification,
    ResourceListChangedNotification,
    PromptListChangedNotification,
)


class Wire:
    """One connection to one server.

    Args:
        spec: The server.
        client: The SDK's client, connected.
    """

    def __init__(self, spec: ServerSpec, client: Client) -> None:
        self._spec = spec
        self._client = client

    async def list(self) -> Listing:
        """All that the server offers, all pages."""
        return await list_server(self._spec, self._client)

    async def call(
        self, tool: str, args: Mapping[str, Any], on_progress: OnProgress | None
    ) -> ToolResult:
        """Call a tool; cancelling this cancels the call on the server."""

        async def forward(progress: float, total: float | None, message: str | None) -> None:
            if on_progress is not None:
                await on_progress(progress, total, message or "")

        result = await self._client.call_tool(
            tool, dict(args), progress_callback=forward if on_progress else None
        )
        return tool_result(result)

    async def read_resource(self, uri: str) -> str:
        """The text of a resource."""
        return resource_text(await self._client.read_resource(uri))

    async def get_prompt(self, name: str, args: Mapping[str, str]) -> str:
        """The text of a prompt."""
        return prompt_text(await self._client.get_prompt(name, dict(args)))


@asynccontextmanager
async def open_wire(
    spec: ServerSpec, process: ServerProcess | None, on_list_changed: Callable[[], None]
) -> AsyncIterator[Wire]:
    """Connect to a server: through its process's pipes, or by HTTP where there is none."""
    from importlib.metadata import version

    async def notice(message: IncomingMessage) -> None:
        if isinstance(message, _LIST_CHANGES):
            on_list_changed()

    transport = _http(spec) if process is None else _stdio(process)
    client = Client(
        transport,
        message_handler=notice,
        client_info=Implementation(name="mistral-agent", version=version("starcoder-mistral")),
        cache=None,  # the catalogue is the cache
    )
    async with client:
        yield Wire(spec, client)


Streams = tuple[Any, Any]


@asynccontextmanager
async def _http(spec: ServerSpec) -> AsyncIterator[Streams]:
    # Calls have limits of their own; a stream that waits for notifications has none.
    timeout = httpx2.Timeout(_HTTP_SECONDS, read=None)
    async with (
        PatientClient(headers=dict(spec.headers), timeout=timeout) as http,
        streamable_http_client(spec.url or "", http_client=http) as streams,
    ):
        yield streams


@asynccontextmanager
async def _stdio(process: ServerProcess) -> AsyncIterator[Streams]:
    """Carry messages between the process's lines and the SDK's streams."""
    to_sdk, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_sdk = anyio.create_memory_object_stream[SessionMessage](0)

    async def receive() -> None:
        async with to_sdk:
            while (line := await process.lines.get()) is not None:
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    process.note_noise(line)
                    continue
                try:
                    await to_sdk.send(SessionMessage(message))
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    return  # the session is gone

    async def send() -> None:
        async with from_sdk:
            async for item in from_sdk:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    await process.write(f"{text}\n".encode())
                except OSError:
                    process.end()  # so that no caller waits for an answer
                    return

    async with anyio.create_task_group() as group:
        group.start_soon(receive)
        group.start_soon(send)
        try:
            yield from_server, to_server
        finally:
            from_server.close()
            to_server.close()
            group.cancel_scope.cancel()

"""Discovery: all pages of all that one server offers."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import Client, MCPError, types

from mistral_agent.catalogue import Prompt, Resource, Tool
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client import translation

logger = logging.getLogger(__name__)

MAX_PAGES = 1000
"""A server that never ends its listing is cut here."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one server offers, in its own order."""

    tools: tuple[Tool, ...] = ()
    resources: tuple[Resource, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    instructions: str = ""
    notes: tuple[str, ...] = ()


async def list_server(spec: ServerSpec, client: Client) -> Listing:
    """Ask for everything that the server says it has, all kinds at once."""
    can = client.server_capabilities
    found: dict[str, list[Any]] = {"tools": [], "resources": [], "templates": [], "prompts": []}

    async def collect(kind: str, method: Callable[..., Awaitable[Any]], field: str) -> None:
        try:
            async for page in _pages(method):
                found[kind] += getattr(page, field)
        except MCPError as error:
            if kind == "tools":
                raise
            # Servers say that they have resources and then know no templates, for example.
            logger.info("server %r: %s cannot be listed: %s", spec.name, kind, error.message)

    async with anyio.create_task_group() as group:
        if can.tools is not None:
            group.start_soon(collect, "tools", client.list_tools, "tools")
        if can.resources is not None:
            group.start_soon(collect, "resources", client.list_resources, "resources")
            method = client.list_resource_templates
            group.start_soon(collect, "templates", method, "resource_templates")
        if can.prompts is not None:
            group.start_soon(collect, "prompts", client.list_prompts, "prompts")
    tools = _unique([translation.tool(spec, t) for t in found["tools"] if _can_be_called(spec, t)])
    return Listing(
        tools=tools,
        resources=(
            *(translation.resource(spec, r) for r in found["resources"]),
            *(translation.template(spec, t) for t in found["templates"]),
        ),
        prompts=tuple(translation.prompt(spec, p) for p in found["prompts"]),
        instructions=client.instructions or "",
        notes=tuple(_notes(spec, tools)),
    )


async def _pages(method: Callable[..., Awaitable[Any]]) -> AsyncIterator[Any]:
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        page = await method(cursor=cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None or cursor in seen:
            return
        seen.add(cursor)


def _can_be_called(spec: ServerSpec, listed: types.Tool) -> bool:
    """Whether a plain call is allowed (MCP 2025-11-25, ToolExecution): we run no tasks."""
    needs_task = listed.execution is not None and listed.execution.task_support == "required"
    if needs_task:
        why = "it runs only as a task, which this client does not do"
        logger.info("server %r: tool %r is left out: %s", spec.name, listed.name, why)
    return not needs_task


def _notes(spec: ServerSpec, tools: tuple[Tool, ...]) -> Iterator[str]:
    """A policy for a tool that there is not may be one that was meant for another."""
    names = [tool.name for tool in tools]
    for name in spec.approval:
        if name != "*" and name not in names:
            yield (
                f"approval of server {spec.name!r} names the tool {name!r}, which it does not "
                f"have; it has {', '.join(sorted(names)[:20]) or 'none'}"
            )


def _unique(tools: list[Tool]) -> tuple[Tool, ...]:
    """The first of each name: a call names a tool by its name alone."""
    unique: dict[str, Tool] = {}
    for tool in tools:
        unique.setdefault(tool.name, tool)
    return tuple(unique.values())

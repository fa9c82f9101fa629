"""A tool client without servers."""

from collections.abc import Mapping
from typing import Any

from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.tool_client import OnProgress


class TableClient:
    """Notes every call and gives what `answer` makes of it: its arguments, unless a test says."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.offered = catalogue
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def catalogue(self) -> Catalogue:
        return self.offered

    async def call(
        self,
        tool: Tool,
        args: Mapping[str, Any],
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as the Protocol has it
        on_progress: OnProgress | None = None,
    ) -> ToolResult:
        self.calls.append((tool.name, dict(args)))
        return await self.answer(tool, args, on_progress)

    async def answer(
        self, tool: Tool, args: Mapping[str, Any], on_progress: OnProgress | None
    ) -> ToolResult:
        return ToolResult("", args)

    async def read_resource(self, server: str, uri: str) -> str:
        raise NotImplementedError

    async def get_prompt(self, server: str, name: str, args: Mapping[str, str]) -> str:
        raise NotImplementedError

"""One call of a tool: tried again where that is harmless and may help."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio

from mistral_agent.catalogue import Tool, ToolResult
from mistral_agent.errors import ServerGoneError
from mistral_agent.events import Event, Notice, StepProgress
from mistral_agent.execution.options import ExecutionOptions
from mistral_agent.planning.plan import Step
from mistral_agent.tool_client import ToolClient

Send = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls tools for steps.

    Args:
        client: Has the servers.
        options: Time limit and retries.
        send: Takes progress and notices.
    """

    client: ToolClient
    options: ExecutionOptions
    send: Send

    async def call(self, step: Step, tool: Tool, args: Mapping[str, Any]) -> ToolResult:
        """Call `tool` for `step`.

        Only the death of a server is worth another try, and only where a second call does no
        harm; what the tool itself says, or a time limit, would be the same again.

        Raises:
            ToolError: The last attempt failed.
        """

        async def on_progress(progress: float, total: float | None, message: str) -> None:
            self.send(StepProgress(step, progress, total, message))

        async def attempt() -> ToolResult:
            return await self.client.call(
                tool, args, timeout=self.options.timeout, on_progress=on_progress
            )

        return await self._persistently(step, tool, attempt)

    async def _persistently(
        self, step: Step, tool: Tool, attempt: Callable[[], Awaitable[ToolResult]]
    ) -> ToolResult:
        delay = self.options.retry_delay
        for attempts_left in range(self.options.retry_attempts, 0, -1):
            try:
                return await attempt()
            except ServerGoneError as error:
                if not _may_be_repeated(tool):
                    raise
                times = "once" if attempts_left == 1 else f"up to {attempts_left} times"
                self.send(Notice(f"{error}; {step.tool} is tried again {times}"))
            await anyio.sleep(delay)
            delay *= 2
        return await attempt()


def _may_be_repeated(tool: Tool) -> bool:
    """A second call does no harm; a server's word counts only where the server is trusted."""
    return tool.only_reads or (tool.trusted and tool.idempotent)

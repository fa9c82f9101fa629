"""The limits that hold for every tool call: arguments, calls at once, time, and clear errors."""

import logging
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import anyio
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.stdio import stdio_server
from mcp.types import INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult

from mcp_server.arguments import argument_problems
from mcp_server.models_offered import listed_model
from mcp_server.prompts import PromptLibrary
from mcp_server.sandbox.base import SandboxUnavailableError
from mcp_server.services import Services
from mcp_server.sessions import SessionStoreError
from mcp_server.settings import Performance, ServerSettings
from mcp_server.stdio_requests import AnsweredRequests
from model_backends.errors import BackendError

logger = logging.getLogger(__name__)

RICH = "rich.console"
UNQUEUED = frozenset({"model_info"})
"""Tools that answer at once, also while as many calls run as may."""


class CodeServer(MCPServer[Services]):
    """An `MCPServer` whose calls are checked, counted and bounded.

    Args:
        limits: Calls at once, seconds of a call, bytes of an argument.
        tools: All tools of the server.
        library: All prompts of the server.
        options: Passed on to `MCPServer`.
    """

    def __init__(
        self,
        limits: Performance,
        tools: Sequence[Tool],
        library: PromptLibrary,
        **options: Any,
    ) -> None:
        with _without_rich():
            super().__init__(tools=list(tools), **options)
        self._limits = limits
        self._known = {tool.name: tool for tool in tools}
        self._library = library
        self._slots = anyio.CapacityLimiter(limits.max_concurrent_requests)

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Services, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Check the arguments, wait for a free slot, and run the tool within its time.

        Waiting for a slot does not count towards the time of a call.

        Raises:
            MCPError: The tool is unknown (-32602).
            ToolError: Anything else; its text is for the caller.
        """
        tool = self._known.get(name)
        if tool is None:
            known = ", ".join(self._known)
            raise MCPError(INVALID_PARAMS, f"unknown tool {name!r}; the tools are: {known}")
        if problems := argument_problems(tool, arguments, self._limits.max_input_bytes):
            raise ToolError("\n".join([f"{name}: the arguments are not right", *problems]))
        arguments = {**_listed_defaults(tool), **arguments}
        if name in UNQUEUED:
            return await self._within_time(name, arguments, context)
        async with self._slots:
            return await self._within_time(name, arguments, context)

    async def _within_time(
        self, name: str, arguments: dict[str, Any], context: Context[Services, Any] | None
    ) -> CallToolResult | InputRequiredResult:
        seconds = self._limits.timeout_seconds
        with anyio.move_on_after(seconds) as scope:
            try:
                return await super().call_tool(name, arguments, context)
            except UnexpectedToolError as error:
                if not _out_of_time(error, scope):
                    raise _explained(name, error) from error
        raise ToolError(
            f"{name} was stopped after {seconds:g} seconds; "
            "ask for less, or raise performance.timeout_seconds"
        )

    async def run_stdio_async(self) -> None:
        """Serve standard input and output; a request that cannot be read is answered, too."""
        async with stdio_server() as (requests, answers):
            await self._lowlevel_server.run(
                AnsweredRequests(requests, answers),
                answers,
                self._lowlevel_server.create_initialization_options(),
            )

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Services, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """Render a prompt.

        Raises:
            MCPError: The prompt is unknown, or its arguments are not right (-32602).
        """
        if problem := self._library.problem(name, arguments or {}):
            raise MCPError(INVALID_PARAMS, problem)
        return await super().get_prompt(name, arguments, context)


def _out_of_time(error: UnexpectedToolError, scope: anyio.CancelScope) -> bool:
    """Whether a wait below the call ended at the call's own deadline."""
    at_deadline = not math.isinf(scope.deadline) and anyio.current_time() >= scope.deadline
    return isinstance(error.__cause__, TimeoutError) and at_deadline


def _explained(name: str, error: UnexpectedToolError) -> ToolError:
    """The caller's text of an error that a tool did not report itself."""
    cause = error.__cause__
    if isinstance(cause, BackendError | SandboxUnavailableError | SessionStoreError):
        return ToolError(f"{name}: {cause}")
    logger.error("tool %s raised an unexpected exception", name, exc_info=cause)
    lines = str(cause).strip().splitlines()
    summary = type(cause).__name__ + (f": {lines[0][:200]}" if lines else "")
    return ToolError(f"Error executing tool {name}: {summary}; see the server's log")


@contextmanager
def _without_rich() -> Iterator[None]:
    """Let the SDK take its plain log handler, which this process's own log replaces.

    Its other one imports rich, where that is installed, and that costs 5 % of the server's start.
    """
    if RICH in sys.modules:
        yield
        return
    sys.modules[RICH] = None  # type: ignore[assignment]  # what `import` takes for "not there"
    try:
        yield
    finally:
        del sys.modules[RICH]


def tool_of(name: str, module: Any, settings: ServerSettings | None = None) -> Tool:
    """Make a tool of the function `name` of `module`, its `TITLE` and its `ANNOTATIONS`.

    The input schema says that other arguments are refused, since they are. With settings it has the
    names of their models; without it is that of the function itself. Where the module has
    `configured(settings)`, the defaults that it gives replace those of the function.
    """
    function = getattr(module, name)
    description = " ".join((function.__doc__ or "").split("\n\n")[0].split())
    tool = Tool.from_function(
        function,
        name=name,
        title=module.TITLE,
        description=description,
        annotations=module.ANNOTATIONS,
    )
    parameters: Mapping[str, Any] = tool.parameters
    properties = dict(parameters["properties"])
    if settings is not None:
        properties = listed_model(properties, tuple(settings.models))
    if settings is not None and hasattr(module, "configured"):
        for parameter, default in module.configured(settings).items():
            properties[parameter] = {**properties[parameter], "default": default}
    listed = {**parameters, "properties": properties, "additionalProperties": False}
    return tool.model_copy(update={"parameters": listed})


def _listed_defaults(tool: Tool) -> dict[str, Any]:
    """The defaults as the tool's input schema lists them, so that the list is what holds."""
    properties: Mapping[str, Mapping[str, Any]] = tool.parameters["properties"]
    return {name: p["default"] for name, p in properties.items() if "default" in p}

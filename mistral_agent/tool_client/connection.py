"""One server: connected by its owner task, called from any task, started again when it dies."""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from mistral_agent.catalogue import ToolResult
from mistral_agent.errors import (
    ServerGoneError,
    ServerUnavailableError,
    ToolError,
    ToolProtocolError,
    ToolTimeoutError,
)
from mistral_agent.plain_text import one_line
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client.process import ServerProcess

if TYPE_CHECKING:
    from mistral_agent.tool_client.listing import Listing
    from mistral_agent.tool_client.wire import OnProgress, Wire

logger = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_REASON = 500


@dataclass(eq=False, slots=True)
class _Link:
    """A connection that was made: its wire, its process, whether a request succeeded on it."""

    wire: "Wire"
    process: ServerProcess | None
    lost: anyio.Event
    was_used: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether its owner is about to make another one."""
        return self.lost.is_set() or (self.process is not None and self.process.ended.is_set())


class Connection:
    """Keeps one server connected.

    Args:
        spec: The server.
        environ: Where the little comes from that servers inherit.
        load_wire: Gives the module that imports the SDK.
    """

    def __init__(
        self,
        spec: ServerSpec,
        environ: Mapping[str, str],
        load_wire: Callable[[], Awaitable[ModuleType]],
    ) -> None:
        self.spec = spec
        self.listing: Listing | None = None
        self.problem: str | None = None
        self.settled = anyio.Event()
        self._environ = environ
        self._load_wire = load_wire
        self._process: ServerProcess | None = None
        self._link: _Link | None = None
        self._changed = anyio.Event()
        self._list_changed = anyio.Event()
        self._wanted = anyio.Event()
        self._is_stale = False
        self._is_down = False
        self._was_started = False

    async def start(self) -> None:
        """Start the server's process, if it has one, ahead of `run`."""
        self._was_started = True
        if self.spec.url is not None:
            return
        try:
            self._process = await ServerProcess.start(self.spec, self._environ)
        except ServerUnavailableError as error:
            self._fail(error.reason)

    async def run(self) -> None:
        """Connect, serve until the connection is lost, connect again; until cancelled."""
        failures = 0
        while True:
            link = await self._serve()
            failures = 1 if link and link.was_used else failures + 1
            if failures > self.spec.retry_attempts:
                await self._wait_until_wanted()
                failures = self.spec.retry_attempts
            elif link is None or failures > 1:
                await anyio.sleep(self.spec.retry_delay)

    async def exchange(
        self, tool: str | None, request: "Callable[[Wire], Awaitable[T]]", limit: float | None
    ) -> T:
        """Make one request, waiting first while the server is being connected.

        Args:
            tool: The tool it is for, for messages.
            request: What is asked.
            limit: Longest wait in seconds for the answer; None is the server's.

        Raises:
            ToolError: See the kinds in `mistral_agent.errors`.
        """
        link = await self._connected(tool)
        seconds = self.spec.timeout if limit is None else limit
        with anyio.move_on_after(seconds):
            try:
                answer = await request(link.wire)
            except Exception as error:
                raise await self._explain(link, tool, error) from error
            link.was_used = True
            return answer
        raise ToolTimeoutError(self.spec.name, tool, seconds)

    async def call(
        self,
        tool: str,
        args: Mapping[str, Any],
        limit: float | None,
        on_progress: "OnProgress | None",
    ) -> ToolResult:
        """Call a tool; cancelling this, or its time limit, cancels the call on the server."""
        return await self.exchange(tool, lambda wire: wire.call(tool, args, on_progress), limit)

    async def _serve(self) -> _Link | None:
        """Hold one connection from start to loss; None where it could not be made."""
        if not self._was_started:
            await self.start()
        self._was_started = False
        process, self._process = self._process, None
        if process is None and self.spec.url is None:
            return None
        made: list[_Link] = []
        try:
            await self._hold(process, made)
        except Exception as error:  # of any kind: the other servers must go on
            logger.debug("server %r: %r", self.spec.name, error, exc_info=error)
            if not made:
                self._fail(await self._why_not_connected(process, error))
        finally:
            self._link = None
            if process is not None:
                with anyio.CancelScope(shield=True):
                    await process.stop()
        return made[0] if made else None

    async def _hold(self, process: ServerProcess | None, made: list[_Link]) -> None:
        limit = anyio.current_time() + self.spec.connect_timeout
        with anyio.CancelScope(deadline=limit) as scope:
            wire_module = await self._load_wire()
            async with wire_module.open_wire(self.spec, process, self._note_list_change) as wire:
                self.listing = await wire.list()
                scope.deadline = math.inf
                link = _Link(wire, process, anyio.Event())
                made.append(link)
                self._succeed(link)
                await self._until_lost(link)
        if scope.cancelled_caught and not made:
            raise TimeoutError(f"no answer within {self.spec.connect_timeout:g} seconds")

    async def _until_lost(self, link: _Link) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._follow_list_changes, link.wire)
            if link.process is not None:
                await link.process.ended.wait()
            else:
                await link.lost.wait()
            group.cancel_scope.cancel()
        logger.info("server %r is gone", self.spec.name)

    async def _follow_list_changes(self, wire: "Wire") -> None:
        while True:
            await self._list_changed.wait()
            while self._list_changed.is_set():
                self._list_changed = anyio.Event()
                await self._list_again(wire)
            self._is_stale = False
            self._announce()

    async def _list_again(self, wire: "Wire") -> None:
        with anyio.move_on_after(self.spec.connect_timeout) as scope:
            self.listing = await wire.list()
        if scope.cancelled_caught:
            logger.warning(
                "server %r said that its list had changed, and did not give it within %g seconds; "
                "the old one is kept",
                self.spec.name,
                self.spec.connect_timeout,
            )

    def _note_list_change(self) -> None:
        self._is_stale = True
        self._list_changed.set()

    async def up_to_date(self) -> None:
        """Wait until `listing` is what the server has said to offer, or it is overdue with it."""
        with anyio.move_on_after(self.spec.connect_timeout):
            while self._is_stale and self._link is not None:
                await self._changed.wait()

    def _succeed(self, link: _Link) -> None:
        self._link, self.problem = link, None
        self._is_stale = self._list_changed.is_set()
        self._announce()

    def _fail(self, reason: str) -> None:
        self.problem = one_line(reason, _MAX_REASON)
        logger.info("server %r is not connected: %s", self.spec.name, self.problem)
        self._announce()

    def _announce(self) -> None:
        self.settled.set()
        self._changed.set()
        self._changed = anyio.Event()

    async def _wait_until_wanted(self) -> None:
        self._is_down = True
        self._wanted = anyio.Event()
        self._announce()
        await self._wanted.wait()
        self._is_down = False

    async def _connected(self, tool: str | None) -> _Link:
        """The connection, waiting while it is made; a server that is down is tried once more."""
        with anyio.move_on_after(self.spec.connect_timeout + self.spec.retry_delay):
            tried = False
            while self._link is None or self._link.is_lost:
                if self._is_down and tried:
                    break
                changed = self._changed
                if self._is_down:
                    tried = True
                    self._wanted.set()
                await changed.wait()
            else:
                return self._link
        reason = self.problem or "it is being started"
        raise ServerUnavailableError(self.spec.name, tool, reason)

    async def _explain(self, link: _Link, tool: str | None, error: Exception) -> ToolError:
        """The error of ours that says what `error` means."""
        if link.process is not None and link.process.ended.is_set():
            return ServerGoneError(self.spec.name, tool, await link.process.ending())
        code = getattr(error, "code", None)
        message = one_line(_said(error), _MAX_REASON)
        if link.process is None and self._is_loss(error):
            link.lost.set()
            return ServerGoneError(self.spec.name, tool, message)
        return ToolProtocolError(
            self.spec.name, tool, code if isinstance(code, int) else None, message
        )

    def _is_loss(self, error: Exception) -> bool:
        from httpx2 import TransportError
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED, INVALID_REQUEST

        if isinstance(error, MCPError):
            # The SDK says INVALID_REQUEST of a session that the server forgot, as after a restart.
            return error.code in (CONNECTION_CLOSED, INVALID_REQUEST)
        return isinstance(
            error, TransportError | OSError | anyio.ClosedResourceError | anyio.BrokenResourceError
        )

    async def _why_not_connected(self, process: ServerProcess | None, error: Exception) -> str:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        said = _said(error)
        if process is None:
            return f"{_without_user(self.spec.url or '')} cannot be reached: {said}"
        if process.ended.is_set():
            return await process.ending()
        return "; ".join(part for part in (said, process.describe()) if part)


def _said(error: Exception) -> str:
    """What went wrong; of an answer that is not as MCP has it, which part of it is wrong."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error) or type(error).__name__
    wrong = error.errors(include_url=False, include_context=False)
    place = ".".join(str(part) for part in (error.title, *wrong[0]["loc"]))
    more = f" (and {len(wrong) - 1} more problems)" if len(wrong) > 1 else ""
    return f"its answer is not as MCP has it: {place}: {wrong[0]['msg']}{more}"


def _without_user(url: str) -> str:
    """The URL without the name and password that it may hold."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"

"""A stdio server's process: started before the SDK is imported, ended as a group in bounded time.

The SDK's own `stdio_client` starts the process itself, after the import that takes longer than
most servers need to come up; it also leaves the server's standard error on our terminal.
"""

import asyncio
import functools
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping

import anyio

from mistral_agent.errors import ServerUnavailableError
from mistral_agent.plain_text import one_line
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client.launching import (
    dying_with_us,
    find_program,
    inherited_environment,
)

logger = logging.getLogger(__name__)

MAX_LINE_BYTES = 256 << 20
"""Longest message of a server; one that never ends its line would fill the memory."""

EXIT_SECONDS = 2.0
"""What a server gets to leave by itself when its input ends, and again after SIGTERM."""

_DRAIN_SECONDS = 0.5
_MAX_TAIL = 400
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class ServerProcess(asyncio.SubprocessProtocol):
    """A running server; made by `ServerProcess.start`.

    `lines` gives its output line by line, and None at the end. `ended` is set when it serves no
    more: it exited, or closed its output or its input. `noise` is the first line of its output
    that was no message.
    """

    def __init__(self, server: str) -> None:
        self.server = server
        self.noise: str | None = None
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.ended = asyncio.Event()
        self._exited = asyncio.Event()
        self._partial = bytearray()
        self._searched = 0
        self._tail: deque[str] = deque(maxlen=5)
        self._error_partial = b""
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._transport: asyncio.SubprocessTransport | None = None

    @classmethod
    async def start(cls, spec: ServerSpec, environ: Mapping[str, str]) -> "ServerProcess":
        """Start the server of `spec`.

        Raises:
            ServerUnavailableError: The program or its directory does not exist, or cannot be run.
        """
        environment = inherited_environment(environ) | dict(spec.env)
        program = find_program(spec, environment.get("PATH"))
        start = functools.partial(
            asyncio.get_running_loop().subprocess_exec,
            lambda: cls(spec.name),
            *dying_with_us(),
            program,
            *spec.args,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=spec.cwd,
            # Ctrl-C in the terminal goes to our group; we stop servers ourselves, after us.
            start_new_session=True,
        )
        try:
            _, process = await start()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ServerUnavailableError(
                spec.name, None, f"cannot run {program!r}: {reason}"
            ) from None
        return process

    @property
    def returncode(self) -> int | None:
        """Its exit code, minus the signal's number, or None while it runs."""
        return self._transport.get_returncode() if self._transport else None

    def describe(self) -> str:
        """What is known of its end and its last words, in one line."""
        parts = [self._ending()]
        if self.noise:
            parts.append(f"it writes to standard output what is not MCP: {self.noise!r}")
        if self._tail:
            parts.append(f"it said: {self._tail[-1]}")
        return "; ".join(part for part in parts if part)

    async def ending(self) -> str:
        """`describe`, after a moment for a server that is about to exit."""
        await self._exits(_DRAIN_SECONDS)
        return self.describe()

    def note_noise(self, line: bytes) -> None:
        """Remember the first line that was no message."""
        text = one_line(line[:1000].decode("utf-8", errors="replace"), 120)
        level = logging.DEBUG if self.noise else logging.INFO
        self.noise = self.noise or text
        logger.log(level, "server %r: not MCP on its standard output: %s", self.server, text)

    async def write(self, data: bytes) -> None:
        """Write to its standard input, waiting while its pipe is full.

        Raises:
            BrokenPipeError: It has exited or closed its input.
        """
        await self._may_write.wait()
        stdin = self._transport.get_pipe_transport(_STDIN) if self._transport else None
        if (
            self.ended.is_set()
            or not isinstance(stdin, asyncio.WriteTransport)
            or stdin.is_closing()
        ):
            raise BrokenPipeError(f"server {self.server!r} reads no more")
        stdin.write(data)

    def end(self) -> None:
        """Take note that it serves no more; safe to call twice."""
        if self.ended.is_set():
            return
        self.ended.set()
        self._may_write.set()
        if self._partial.strip():
            self.note_noise(bytes(self._partial[:1000]))
        self.lines.put_nowait(None)

    async def stop(self) -> None:
        """End it and what it started: its input ends, then SIGTERM, then SIGKILL to the group."""
        if self._transport is None:
            return
        try:
            stdin = self._transport.get_pipe_transport(_STDIN)
            if stdin is not None:
                stdin.close()
            if not await self._exits(EXIT_SECONDS) and self._signal_group("SIGTERM"):
                await self._exits(EXIT_SECONDS)
        finally:
            # Also after a clean exit: what it left behind in its group must not outlive it.
            self._signal_group("SIGKILL")
            self._transport.close()
            await self._exits(EXIT_SECONDS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.SubprocessTransport)  # noqa: S101 - for the types
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Called by the event loop."""
        if fd == _STDERR:
            self._hear(data)
            return
        self._partial += data
        while (end := self._partial.find(b"\n", self._searched)) >= 0:
            line = bytes(self._partial[:end])
            del self._partial[: end + 1]
            self._searched = 0
            if line.strip():
                self.lines.put_nowait(line)
        self._searched = len(self._partial)
        if self._searched > MAX_LINE_BYTES:
            self.note_noise(bytes(self._partial[:100]))
            self._signal_group("SIGKILL")

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        """Called by the event loop."""
        if fd == _STDOUT:
            self.end()
        elif fd == _STDIN:
            self._may_write.set()

    def process_exited(self) -> None:
        """Called by the event loop."""
        self._exited.set()
        # A process that it started may hold the pipe open; what it wrote itself comes before this.
        asyncio.get_running_loop().call_later(_DRAIN_SECONDS, self.end)

    def pause_writing(self) -> None:
        """Called by the event loop."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Called by the event loop."""
        self._may_write.set()

    def _hear(self, data: bytes) -> None:
        """Standard error goes to the log; its last lines are kept for messages."""
        *lines, self._error_partial = (self._error_partial + data).split(b"\n")
        if len(self._error_partial) > _MAX_TAIL:
            lines.append(self._error_partial)
            self._error_partial = b""
        for line in lines:
            text = one_line(line[: 4 * _MAX_TAIL].decode("utf-8", errors="replace"), _MAX_TAIL)
            if text:
                self._tail.append(text)
                logger.debug("server %r: %s", self.server, text)

    def _ending(self) -> str:
        code = self.returncode
        if code is None:
            return "it closed its standard output or input" if self.ended.is_set() else ""
        if code < 0:
            return f"it was ended by {_signal_name(-code)}"
        return f"it exited with code {code}"

    async def _exits(self, seconds: float) -> bool:
        # Not asyncio.wait_for: before Python 3.12 it may swallow a cancellation (gh-86296).
        with anyio.move_on_after(seconds):
            await self._exited.wait()
        return self._exited.is_set()

    def _signal_group(self, name: str) -> bool:
        """Signal it and all it started; False where nobody is left."""
        transport = self._transport
        if transport is None:
            return False
        try:
            if sys.platform == "win32":
                transport.kill()
            else:
                os.killpg(transport.get_pid(), signal.Signals[name])
        except (ProcessLookupError, PermissionError):
            return False
        return True


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

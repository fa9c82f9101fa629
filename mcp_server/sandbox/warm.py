"""The server's end of a fork server: a process with pytest imported that forks for every run."""

import contextlib
import socket
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio

from mcp_server.sandbox.base import SandboxUnavailableError

_START_SECONDS = 30.0
_END_SECONDS = 5.0
# Its memory does not grow with its runs; replacing it bounds what a mistake of ours could do.
_RUNS = 500


class ForkServer:
    """Starts runs in a fraction of a new interpreter's time; itself started on first use.

    Args:
        command: Its program, to which the descriptor of its socket is added.
        environment: Its whole environment.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._lock: anyio.Lock | None = None
        self._socket: socket.socket | None = None
        self._end: weakref.finalize[[socket.socket, subprocess.Popen[bytes]], ForkServer] | None
        self._end = None
        self._runs = 0

    async def fork(self, descriptors: Sequence[int]) -> None:
        """Start a run that has these descriptors.

        Raises:
            SandboxUnavailableError: The fork server does not start.
        """
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            if self._runs >= _RUNS:
                self.close()
            with contextlib.suppress(OSError):  # it was killed: start another
                if self._socket is not None:
                    socket.send_fds(self._socket, [b"r"], descriptors)
                    self._runs += 1
                    return
            socket.send_fds(await self._start(), [b"r"], descriptors)

    def close(self) -> None:
        """End it; runs that it started go on, for they belong to their own pipes."""
        if self._end is not None:
            self._end()
        self._socket = self._end = None
        self._runs = 0

    async def _start(self) -> socket.socket:
        self.close()
        ours, process = _spawn(self._command, self._environment)
        self._end = weakref.finalize(self, _end, ours, process)
        with anyio.move_on_after(_START_SECONDS):
            await anyio.wait_readable(ours)
            if ours.recv(5) == b"ready":
                self._socket = ours
                return ours
        process.kill()
        said = process.communicate()[1].decode("utf-8", "replace").strip().splitlines()
        self.close()
        last = said[-1] if said else f"no answer within {_START_SECONDS:g} s"
        raise SandboxUnavailableError(f"{Path(self._command[0])} cannot run tests: {last}")


def _spawn(
    command: Sequence[str], environment: Mapping[str, str]
) -> "tuple[socket.socket, subprocess.Popen[bytes]]":
    """Start the fork server; it belongs to no event loop and may serve several."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            cwd="/",
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return ours, process


def _end(ours: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    ours.close()  # which it takes as its end
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stderr is not None:
        process.stderr.close()

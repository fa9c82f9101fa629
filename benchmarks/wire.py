"""JSON-RPC on the pipes of a server, line by line: no client whose own cost would be measured."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.processes import running

_INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "benchmarks", "version": "1"},
}


class Wire:
    """One MCP connection, a request at a time.

    Args:
        name: The server, as an error names it.
        process: Its process, with pipes.
    """

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._name = name
        self._process = process
        self._number = 0

    def initialize(self) -> None:
        """Shake hands; afterwards every method may be called."""
        self.request("initialize", _INITIALIZE)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def request(self, method: str, params: Mapping[str, object]) -> bytes:
        """Ask, and wait for the line that answers.

        Raises:
            RuntimeError: The answer is no result, or a result that says it is an error.
        """
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        stream = self._process.stdout
        line = stream.readline() if stream else b""
        if b'"result"' not in line or b'"isError":true' in line:
            answer = repr(line[:300]) if line else "its end; run it by hand to see why"
            raise RuntimeError(f"{self._name}: {method} was answered by {answer}")
        return line

    def _send(self, message: Mapping[str, object]) -> None:
        stream = self._process.stdin
        if stream is None:
            raise RuntimeError("the process has no pipes")
        stream.write(json.dumps(message).encode() + b"\n")
        stream.flush()


@contextmanager
def connected(command: Sequence[str], env: Mapping[str, str]) -> Iterator[Wire]:
    """Run a server for the length of the block, initialized."""
    with running(command, env, piped=True) as process:
        wire = Wire(" ".join(command), process)
        wire.initialize()
        yield wire

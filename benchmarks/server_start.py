"""How long a client waits for the server: from its spawn to the answer to `initialize`."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bare import MODULE, write_bare_server
from benchmarks.processes import environment, installed, module_command
from benchmarks.rows import Row, Target
from benchmarks.wire import connected

TITLE = "Server: from spawn to initialize"
NOTE = (
    "Ours is `starcoder-mcp` on stdio with its default settings; the reference is a bare "
    "`MCPServer` with tools of the same signatures that do nothing."
)
RUNS = 15


async def measure(runs: int) -> Sequence[Row]:
    """Start both in turns."""
    from mcp_server.tools import TOOLS

    ours: list[float] = []
    reference: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        write_bare_server(Path(directory), TOOLS)
        bare = (module_command(MODULE), environment(PYTHONPATH=directory))
        real = ([installed("starcoder-mcp")], environment(PYTHONPATH=directory))
        # The first start of each compiles what is not compiled yet; it does not count.
        for run in range(runs + 1):
            readings = [_milliseconds(*server) for server in (real, bare)]
            if run:
                ours.append(readings[0])
                reference.append(readings[1])
    return [Row("spawn to initialize, wall", "ms", ours, reference, Target(1.15))]


def _milliseconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    started = time.perf_counter()
    with connected(command, env):
        return 1000 * (time.perf_counter() - started)

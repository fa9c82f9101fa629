"""How long a client waits for the server: from its spawn to the answer to `initialize`."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bare import MODULE, write_bare_server
from benchmarks.processes import environment, installed, module_command
from benchmarks.rows import Row, Target
from benchmarks.turns import in_turns
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

    with tempfile.TemporaryDirectory() as directory:
        write_bare_server(Path(directory), TOOLS)
        env = environment(PYTHONPATH=directory)
        ours, reference = await in_turns(
            runs,
            lambda: _milliseconds([installed("starcoder-mcp")], env),
            lambda: _milliseconds(module_command(MODULE), env),
        )
    return [Row("spawn to initialize, wall", "ms", ours, reference, Target(1.15))]


def _milliseconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    started = time.perf_counter()
    with connected(command, env):
        return 1000 * (time.perf_counter() - started)

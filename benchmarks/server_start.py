"""How long a client waits for the server: from its spawn to the answer to `initialize`."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bare import MODULE, write_bare_server
from benchmarks.processes import (
    environment,
    installed,
    module_command,
    seconds_to_line,
)
from benchmarks.rows import Row, Target

TITLE = "Server: from spawn to initialize"
NOTE = (
    "Ours is `starcoder-mcp` on stdio with its default settings; the reference is a bare "
    "`MCPServer` with tools of the same signatures that do nothing."
)
RUNS = 15

_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "benchmarks", "version": "1"},
    },
}


async def measure(runs: int) -> Sequence[Row]:
    """Start both in turns."""
    from mcp_server.tools import TOOLS

    request = json.dumps(_INITIALIZE).encode() + b"\n"
    ours: list[float] = []
    reference: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        write_bare_server(Path(directory), TOOLS)
        bare = (module_command(MODULE), environment(PYTHONPATH=directory))
        real = ([installed("starcoder-mcp")], environment(PYTHONPATH=directory))
        # The first start of each compiles what is not compiled yet; it does not count.
        for run in range(runs + 1):
            readings = [1000 * seconds_to_line(*command, request) for command in (real, bare)]
            if run:
                ours.append(readings[0])
                reference.append(readings[1])
    return [Row("spawn to initialize, wall", "ms", ours, reference, Target(1.15))]

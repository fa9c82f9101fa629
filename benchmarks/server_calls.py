"""How long a running server takes for one round trip on stdio."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bare import MODULE, write_bare_server
from benchmarks.processes import environment, installed, module_command
from benchmarks.rows import Row, Target
from benchmarks.wire import Wire, connected

TITLE = "Server: one round trip"
NOTE = (
    "Ours is a running `starcoder-mcp` with the scripted backend; the reference is a bare "
    "`MCPServer` with tools of the same signatures, and for `model_info` one whose tool returns "
    "a word. Both are asked in turns over stdio, by lines of JSON-RPC without a client."
)
RUNS = 500
WARM_UP = 20

Ask = Callable[[], object]


async def measure(runs: int) -> Sequence[Row]:
    """Ask both in turns."""
    from mcp_server.tools import TOOLS

    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        write_bare_server(Path(directory), TOOLS)
        env = environment(PYTHONPATH=directory)
        real = [installed("starcoder-mcp"), "--backend", "scripted"]
        ours = stack.enter_context(connected(real, env))
        bare = stack.enter_context(connected(module_command(MODULE), env))
        trivial = stack.enter_context(connected(module_command("benchmarks.trivial_server"), env))
        listing = _in_turns(_ask(ours, "tools/list"), _ask(bare, "tools/list"), runs)
        call = _in_turns(_call(ours, "model_info"), _call(trivial, "trivial"), runs)
    return [
        Row("tools/list", "ms", *listing, Target(1.3)),
        Row("tools/call of model_info", "ms", *call, Target(1.5)),
    ]


def _ask(wire: Wire, method: str) -> Ask:
    return lambda: wire.request(method, {})


def _call(wire: Wire, tool: str) -> Ask:
    return lambda: wire.request("tools/call", {"name": tool, "arguments": {}})


def _in_turns(ours: Ask, reference: Ask, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each, in pairs whose order alternates."""
    readings: tuple[list[float], list[float]] = ([], [])
    asks = (ours, reference)
    for run in range(WARM_UP + runs):
        for side in (0, 1) if run % 2 else (1, 0):
            started = time.perf_counter()
            asks[side]()
            if run >= WARM_UP:
                readings[side].append(1000 * (time.perf_counter() - started))
    return readings

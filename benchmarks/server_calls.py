"""How long a running server takes for one round trip on stdio."""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from benchmarks.bare import MODULE, write_bare_server
from benchmarks.processes import environment, installed, module_command
from benchmarks.rows import Row, Target

TITLE = "Server: one round trip"
NOTE = (
    "Ours is a running `starcoder-mcp` with the scripted backend; the reference is a bare "
    "`MCPServer` with tools of the same signatures, and for `model_info` its tool that returns "
    "a word. The same client calls both in turns over stdio."
)
RUNS = 300
WARM_UP = 20
READ_SECONDS = 30.0

Call = Callable[[], Awaitable[object]]


async def measure(runs: int) -> Sequence[Row]:
    """Call both in turns."""
    from mcp_server.tools import TOOLS

    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        write_bare_server(Path(directory), TOOLS, trivial=True)
        real = [installed("starcoder-mcp"), "--backend", "scripted"]
        ours = await _connect(stack, real, environment())
        bare = module_command(MODULE)
        reference = await _connect(stack, bare, environment(PYTHONPATH=directory))
        listing = await _in_turns(
            lambda: ours.list_tools(cache_mode="bypass"),
            lambda: reference.list_tools(cache_mode="bypass"),
            runs,
        )
        call = await _in_turns(
            lambda: ours.call_tool("model_info", {}),
            lambda: reference.call_tool("trivial", {}),
            runs,
        )
    return [
        Row("tools/list", "ms", *listing, Target(1.3)),
        Row("tools/call of model_info", "ms", *call, Target(1.5)),
    ]


async def _connect(stack: AsyncExitStack, command: list[str], env: dict[str, str]) -> Client:
    log = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    stack.callback(log.close)
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=env)
    client = Client(stdio_client(parameters, errlog=log), read_timeout_seconds=READ_SECONDS)
    return await stack.enter_async_context(client)


async def _in_turns(ours: Call, reference: Call, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each, in pairs whose order alternates."""
    readings: tuple[list[float], list[float]] = ([], [])
    calls = (ours, reference)
    for run in range(WARM_UP + runs):
        for side in (0, 1) if run % 2 else (1, 0):
            started = time.perf_counter()
            await calls[side]()
            if run >= WARM_UP:
                readings[side].append(1000 * (time.perf_counter() - started))
    return readings

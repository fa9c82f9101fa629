"""A server that keeps memory with every call, and whose child outlives it when told so."""

import subprocess
import sys

from mcp.server import MCPServer

server = MCPServer("leaking")
kept: list[bytes] = []


@server.tool()
async def leak(megabytes: int) -> str:
    """Keep memory for ever."""
    kept.append(b"x" * (megabytes * 1_000_000))
    return "kept"


if "--orphan" in sys.argv:
    subprocess.Popen(
        ["sleep", "600"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
server.run()

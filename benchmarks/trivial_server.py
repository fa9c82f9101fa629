"""The least there is to call: a bare `MCPServer` with one tool that answers at once."""

from mcp.server import MCPServer

server = MCPServer("trivial")


@server.tool()
async def trivial() -> str:
    """Nothing, said at once."""
    return "done"


def main() -> None:
    """Serve on stdio."""
    server.run()

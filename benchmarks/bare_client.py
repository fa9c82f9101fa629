"""The least that an agent does before it asks a model, with the SDK alone.

It starts the server, lists its tools and posts one request: `bare_client URL COMMAND [ARGUMENT …]`.
"""

import asyncio
import os
import sys

import httpx2
from mcp import Client, StdioServerParameters


async def ask(url: str, command: str, arguments: list[str]) -> None:
    """Discover the tools of a server and ask a model once."""
    parameters = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with Client(parameters) as client:
        tools = (await client.list_tools()).tools
        names = ", ".join(tool.name for tool in tools)
        body = {"model": "stub", "messages": [{"role": "user", "content": f"Choose: {names}"}]}
        async with httpx2.AsyncClient() as http:
            (await http.post(f"{url}/chat/completions", json=body)).raise_for_status()


def main() -> None:
    """Run it with the command line's arguments."""
    asyncio.run(ask(sys.argv[1], sys.argv[2], sys.argv[3:]))

"""A well-behaved server on stdio, or on HTTP at the port that is its argument.

Its tools also do what servers should not.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

mcp = MCPServer("tools", instructions="Be kind.")


class Sum(BaseModel):
    total: int


@mcp.tool(annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True))
async def add(a: int, b: Annotated[int, Field(description="the second")]) -> Sum:
    """Add two numbers."""
    return Sum(total=a + b)


@mcp.tool()
async def say(text: str) -> str:
    """Say it again."""
    return text


@mcp.tool()
async def large(size: int) -> str:
    """Give much text."""
    return "x" * size


@mcp.tool()
async def fail() -> str:
    """Fail."""
    raise ValueError("on purpose")


@mcp.tool()
async def die() -> str:
    """Die in the middle."""
    sys.stderr.write("I am dying\n")
    sys.stderr.flush()
    os._exit(7)


@mcp.tool()
async def pid() -> int:
    """The process's id."""
    return os.getpid()


@mcp.tool()
async def environment() -> dict[str, str]:
    """What the server was given."""
    return dict(os.environ)


@mcp.tool(annotations=ToolAnnotations(read_only_hint=True))
async def nap(seconds: float) -> str:
    """Take a while."""
    await asyncio.sleep(seconds)
    return "slept"


@mcp.tool()
async def wait(marker: str, ctx: Context) -> str:
    """Report that it waits, then wait to be cancelled; leave a file when it is."""
    await ctx.report_progress(1, 2, "waiting")
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        Path(marker).write_text("cancelled")  # noqa: ASYNC240 - an await would be cancelled
        raise
    return "not cancelled"


@mcp.resource("test://greeting", mime_type="text/plain")
def greeting() -> str:
    """A greeting."""
    return "hello"


@mcp.resource("test://greeting/{name}")
def greeting_for(name: str) -> str:
    """A greeting for somebody."""
    return f"hello {name}"


@mcp.prompt()
def review(code: str) -> str:
    """Ask for a review."""
    return f"Review {code}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        mcp.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        mcp.run()

"""Small tools of the same form as the product's, for tests of what is around a tool."""

import os
import sys
import warnings
from typing import Annotated, Literal

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from mcp_server.services import Services, services
from model_backends.errors import EndpointUnreachableError

TITLE = "A fake"
ANNOTATIONS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
NAMES = (
    "echo", "wait", "broken", "refuse", "model_down", "noisy", "deadline", "model_info", "runaway"
)  # fmt: skip
TOOLS = dict.fromkeys(NAMES, __name__)

running: list[str] = []
events: list[str] = []
release: list[anyio.Event] = []


class Said(BaseModel):
    """What a fake tool says."""

    text: str = Field(description="The text.")


class Turn(BaseModel):
    """A part of a conversation."""

    role: Literal["user", "assistant"]
    content: str


async def echo(  # noqa: PLR0917
    ctx: Context[Services],
    text: Annotated[str, Field(description="What is said.")],
    times: Annotated[int, Field(description="How often.", ge=1, le=5)] = 1,
    style: Annotated[Literal["plain", "loud"], Field(description="How.")] = "plain",
    loudness: Annotated[float | None, Field(description="How loud.")] = None,
    turns: Annotated[list[Turn] | None, Field(description="Turns.")] = None,
    tags: Annotated[list[str] | None, Field(description="Tags.")] = None,
) -> Said:
    """Say something again.

    This paragraph is not part of the description.
    """
    await ctx.report_progress(1, 2, "half said")
    words = " ".join([text] * times)
    return Said(text=words.upper() if style == "loud" else words)


async def wait(ctx: Context[Services], name: Annotated[str, Field(description="Whose.")]) -> Said:
    """Wait until the test lets it go."""
    running.append(name)
    try:
        await release[-1].wait()
    except anyio.get_cancelled_exc_class():
        events.append(f"{name} stopped")
        raise
    finally:
        running.remove(name)
    return Said(text=name)


async def broken(ctx: Context[Services]) -> Said:
    """Fail in a way nobody foresaw."""
    raise KeyError("no such thing\nwith a second line")


async def refuse(ctx: Context[Services]) -> Said:
    """Fail in a way that is foreseen."""
    raise ToolError("line 3, column 4: not valid Python")


async def model_down(ctx: Context[Services]) -> Said:
    """Need a model that is not there."""
    raise EndpointUnreachableError("http://127.0.0.1:9/v1", "connection refused")


async def noisy(ctx: Context[Services]) -> Said:
    """Print in every way there is."""
    print("noise of print", flush=True)  # noqa: T201
    sys.stdout.write("noise that stays in a buffer")
    assert sys.__stdout__ is not None
    sys.__stdout__.write("noise in the buffer of the real one\n")
    os.write(1, b"noise of a C library\n")
    await anyio.run_process(["echo", "noise of a child"], stdout=None)
    warnings.warn("noise of a warning", stacklevel=1)
    return Said(text="quiet")


async def deadline(ctx: Context[Services]) -> Said:
    """Say how many seconds the call has."""
    left = anyio.current_effective_deadline() - anyio.current_time()
    return Said(text=f"{left:.0f}")


async def model_info(ctx: Context[Services]) -> Said:
    """Say which model answers."""
    return Said(text=services(ctx).backend.info.model)


async def runaway(ctx: Context[Services]) -> Said:
    """Start a child and wait for it, however long that takes."""
    child = await anyio.open_process(["sleep", "600"])
    events.append(str(child.pid))
    sys.stderr.write(f"child {child.pid}\n")
    try:
        await child.wait()
    finally:
        child.kill()
        with anyio.CancelScope(shield=True):
            await child.wait()
        sys.stderr.write("child ended\n")
    return Said(text="done")

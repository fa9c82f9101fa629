"""Plans on real servers: what runs at once, and what a server hears when a plan is stopped."""

import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import pytest

from mistral_agent.events import Event, StepFinished, StepProgress
from mistral_agent.execution import run_plan
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.servers import ServerSpec
from mistral_agent.tool_client import McpToolClient

pytestmark = pytest.mark.anyio

SERVER = ServerSpec(
    "tools", sys.executable, (str(Path(__file__).parent / "servers" / "tools.py"),), trusted=True
)


def steps_of(tool: str, *args: dict[str, Any]) -> Plan:
    steps = [Step(f"step{n}", "tools", tool, each) for n, each in enumerate(args, 1)]
    return Plan("g", tuple(steps))


async def test_independent_slow_steps_take_the_time_of_one() -> None:
    plan = steps_of("nap", {"seconds": 1}, {"seconds": 1})
    with anyio.fail_after(60):
        async with McpToolClient([SERVER]) as client:
            catalogue = await client.catalogue()
            started = time.perf_counter()
            events = [
                event async for event in run_plan(plan, client, catalogue, record=lambda _: None)
            ]
            taken = time.perf_counter() - started
    seconds = [event.seconds for event in events if isinstance(event, StepFinished)]
    assert len(seconds) == 2
    assert taken < 0.75 * sum(seconds)


async def test_stopping_a_plan_cancels_its_call_on_the_server(tmp_path: Path) -> None:
    marker = tmp_path / "cancelled"
    recorded: list[StepFinished] = []
    plan = steps_of("wait", {"marker": str(marker)})
    with anyio.fail_after(60):
        async with McpToolClient([SERVER]) as client:
            catalogue = await client.catalogue()
            running = run_plan(plan, client, catalogue, record=recorded.append)
            async with aclosing(running) as events:
                await _until_progress(events)
            assert [outcome.status for outcome in recorded] == ["cancelled"]
            while not marker.exists():  # noqa: ASYNC110 - another process's doing gives no event
                await anyio.sleep(0.01)


async def _until_progress(events: Any) -> None:
    async for event in events:
        seen: Event = event
        if isinstance(seen, StepProgress):
            return

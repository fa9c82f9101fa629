"""What the agent itself costs around each step of a plan: all but the tool and the model."""

import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row, Target
from benchmarks.turns import in_turns
from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.execution import ExecutionOptions, run_plan
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.sessions import JsonLinesSessions

TITLE = "Agent: overhead of a step"
NOTE = (
    "Ours runs a plan whose steps each take the code of the step before, with a tool client that "
    "answers at once: references, events, and the conversation on disk (a beginning and an outcome "
    "a step, the latter synchronised, as the tool only reads) are in it. The reference calls the "
    "same client as often, with the same arguments."
)
RUNS = 15
STEPS = 100
CODE = "def scale(values, factor=2):\n    return [value * factor for value in values]\n" * 25

OnProgress = Callable[[float, float | None, str], Awaitable[None]]

_TOOL = Tool(
    "instant",
    "pass_on",
    "Pass on",
    "Give back the code it is given.",
    {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
    {"type": "object", "properties": {"code": {"type": "string"}}},
    read_only=True,
    trusted=True,
)


class InstantTools:
    """A tool client without servers: its one tool gives back what it is given."""

    async def catalogue(self) -> Catalogue:
        """The one tool."""
        return Catalogue((_TOOL,))

    async def call(
        self,
        _tool: Tool,
        args: Mapping[str, object],
        *,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        on_progress: OnProgress | None = None,  # noqa: ARG002
    ) -> ToolResult:
        """Give back the arguments."""
        return ToolResult(str(args["code"]), args)

    async def read_resource(self, _server: str, uri: str) -> str:
        """There are no resources."""
        raise LookupError(uri)

    async def get_prompt(self, _server: str, name: str, _args: Mapping[str, str]) -> str:
        """There are no prompts."""
        raise LookupError(name)


async def measure(runs: int) -> Sequence[Row]:
    """Run the plan and the plain calls in turns."""
    client = InstantTools()
    plan = _chain(STEPS)
    with tempfile.TemporaryDirectory() as directory:
        ours, reference = await in_turns(
            runs,
            lambda: _plan_milliseconds(plan, client, Path(directory)),
            lambda: _calls_milliseconds(client),
        )
    what = f"one step of {STEPS} in a chain, {len(CODE)} characters passed on"
    return [Row(what, "ms", ours, reference, Target(5, "difference"))]


def _chain(count: int) -> Plan:
    steps = [Step("step1", "instant", "pass_on", {"code": CODE})]
    for number in range(1, count):
        before = f"step{number}"
        args = {"code": f"${{{before}.code}}"}
        steps.append(Step(f"step{number + 1}", "instant", "pass_on", args, (before,)))
    return Plan("measure", tuple(steps))


async def _plan_milliseconds(plan: Plan, client: InstantTools, directory: Path) -> float:
    """Milliseconds a step of `plan`, each recorded in a conversation."""
    catalogue = await client.catalogue()
    with JsonLinesSessions(directory).create() as session:
        started = time.perf_counter()
        done = 0
        async for event in run_plan(
            plan,
            client,
            catalogue,
            record=session.add_step,
            begin=session.add_begun,
            options=ExecutionOptions(),
        ):
            done += getattr(event, "status", None) == "done"
        seconds = time.perf_counter() - started
    if done != len(plan.steps):
        raise RuntimeError(f"{done} of {len(plan.steps)} steps were done")
    return 1000 * seconds / len(plan.steps)


async def _calls_milliseconds(client: InstantTools) -> float:
    """Milliseconds a call."""
    started = time.perf_counter()
    for _ in range(STEPS):
        await client.call(_TOOL, {"code": CODE})
    return 1000 * (time.perf_counter() - started) / STEPS

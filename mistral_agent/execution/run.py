"""Which step runs when, and what is on record before anything follows it."""

import asyncio
import graphlib
import inspect
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from mistral_agent.approval import Call, Gate
from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.errors import PlanError, ToolError
from mistral_agent.events import (
    ApprovalNeeded,
    Event,
    StepFinished,
    StepStarted,
    StepStatus,
)
from mistral_agent.execution.calls import Caller
from mistral_agent.execution.options import ExecutionOptions
from mistral_agent.execution.results import Results
from mistral_agent.plain_text import one_line
from mistral_agent.planning.loops import ITEMS, call_of
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.validation import argument_problems
from mistral_agent.tool_client import ToolClient

Recorder = Callable[[StepFinished], Awaitable[None] | None]
Beginner = Callable[[Step, Tool], Awaitable[None] | None]

_MAX_ERROR = 1000


async def run_plan(
    plan: Plan,
    client: ToolClient,
    catalogue: Catalogue,
    *,
    record: Recorder,
    begin: Beginner | None = None,
    finished: Mapping[str, StepFinished] | None = None,
    options: ExecutionOptions | None = None,
    gate: Gate | None = None,
) -> AsyncIterator[Event]:
    """Run the steps of `plan`.

    A step starts when all it depends on is done, and is skipped when something of that is not.
    Closing this iterator, or cancelling its reader, cancels the running steps on their servers
    and records them as cancelled.

    Args:
        plan: Valid, without questions.
        client: What calls the tools.
        catalogue: The tools that the steps name.
        record: Is given every outcome before its event, and before what depends on it starts.
        begin: Is given each step and its tool before the call goes out; a step that it was given
            and `record` was not, in a run that was killed, may have had its effect.
        finished: Outcomes of an earlier run by step id; these steps are not run again.
        options: Bounds and retries.
        gate: Is asked before each call whether it may be made; None: all may.

    Yields:
        ApprovalNeeded, StepStarted, StepProgress, Notice and StepFinished, as they happen. A
        question that is not answered when the next event is asked for is answered with no.

    Raises:
        PlanError: The plan has a cycle, or a step depends on one that does not exist.
        AgentError: What `record` or `begin` raises; nothing more is started then.
    """
    _check(plan)
    send, receive = anyio.create_memory_object_stream[Event](float("inf"))
    run = _Run(plan, client, catalogue, record, begin, options or ExecutionOptions(), send, gate)
    run.take_over(finished or {})
    # A task of its own: a cancel scope may not stay open over a generator's yield.
    running = asyncio.create_task(run.all())
    try:
        async with receive:
            async for event in receive:
                yield event
                if isinstance(event, ApprovalNeeded):
                    event.answer(None)
        await running
    finally:
        running.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait({running})


def _check(plan: Plan) -> None:
    known = {step.id for step in plan.steps}
    if len(known) != len(plan.steps):
        raise PlanError("the plan has two steps with the same id")
    for step in plan.steps:
        for needed in step.depends_on:
            if needed not in known:
                raise PlanError(f"step {step.id!r} depends on {needed!r}, which is not in the plan")
    try:
        graphlib.TopologicalSorter({s.id: s.depends_on for s in plan.steps}).prepare()
    except graphlib.CycleError as error:
        raise PlanError(f"the plan goes in a circle: {' -> '.join(error.args[1])}") from None


@dataclass(eq=False)
class _Run:
    """One run of a plan; `results` holds what is on record, `over` says so for each step."""

    plan: Plan
    client: ToolClient
    catalogue: Catalogue
    record: Recorder
    begin: Beginner | None
    options: ExecutionOptions
    events: MemoryObjectSendStream[Event]
    gate: Gate | None = None
    results: Results = field(init=False)
    over: dict[str, anyio.Event] = field(default_factory=dict)
    calls_left: float = math.inf

    def take_over(self, finished: Mapping[str, StepFinished]) -> None:
        """Take the outcomes of an earlier run."""
        self.over = {step.id: anyio.Event() for step in self.plan.steps}
        self.results = Results.of(self.plan, finished.values())
        for step_id in self.over.keys() & finished.keys():
            self.over[step_id].set()
        singles = sum(step.for_each is None for step in self.plan.steps)
        if self.options.max_calls is not None:
            self.calls_left = self.options.max_calls - singles

    async def all(self) -> None:
        """Run every step that is not over."""
        limiter = anyio.CapacityLimiter(self.options.max_parallel)
        with self.events:
            try:
                async with anyio.create_task_group() as group:
                    for step in self.plan.steps:
                        if not self.over[step.id].is_set():
                            group.start_soon(self._run, step, limiter)
            except ExceptionGroup as error:
                raise _first(error) from None

    async def _run(self, step: Step, limiter: anyio.CapacityLimiter) -> None:
        for needed in step.depends_on:
            await self.over[needed].wait()
        outcomes = self.results.outcomes
        broken = [id_ for id_ in step.depends_on if outcomes[id_].status != "done"]
        if broken:
            reason = " and ".join(f"{id_}, {_STATUS[outcomes[id_].status]}" for id_ in broken)
            await self._finish(StepFinished(step, "skipped", 0.0, error=f"it needs {reason}"))
            return
        if step.for_each is None:
            await self._one(step, limiter)
        else:
            await self._repeat(step, limiter)

    async def _repeat(self, step: Step, limiter: anyio.CapacityLimiter) -> None:
        """Make one call for each item and put their results together.

        Calls that change things are made one after another, in the order of the items.
        """
        started, outcomes = time.perf_counter(), self.results.outcomes
        try:
            calls = self._calls_of(step)
        except PlanError as error:
            await self._finish(StepFinished(step, "failed", 0.0, error=_reason(error)))
            return
        left = [call for call in calls if call.id not in outcomes]
        tool = self.catalogue.find(step.server, step.tool)
        if tool is not None and tool.only_reads:
            async with anyio.create_task_group() as group:
                for call in left:
                    group.start_soon(self._one, call, limiter)
        else:
            for call in left:
                await self._one(call, limiter)
        seconds = time.perf_counter() - started
        ended = [outcomes[call.id] for call in calls]
        failed = [each for each in ended if each.status != "done"]
        if failed:
            said = f"{len(failed)} of {len(calls)} items failed: {failed[0].error}"
            await self._finish(StepFinished(step, "failed", seconds, error=said))
        else:
            result = {ITEMS: [each.result for each in ended]}
            await self._finish(StepFinished(step, "done", seconds, result))

    def _calls_of(self, step: Step) -> list[Step]:
        """A call for each item, as far as so many are allowed.

        Raises:
            PlanError: There is no list, or it is too long; nothing of it is done.
        """
        calls = [call_of(step, index) for index, _ in enumerate(self.results.items(step))]
        if len(calls) > self.calls_left:
            raise PlanError(
                f"{step.id} would make {len(calls)} calls, one for each of {step.for_each}, and "
                f"{max(0, self.calls_left):g} of {self.options.max_calls} are left "
                "(planning.max_steps)"
            )
        self.calls_left -= len(calls)
        return calls

    async def _one(self, step: Step, limiter: anyio.CapacityLimiter) -> None:
        try:
            call = await self._prepared(step)
            refusal = await self.gate.refusal(call, self._send) if self.gate else None
            if refusal is not None:
                raise PlanError(refusal)
        except PlanError as error:
            await self._finish(StepFinished(step, "failed", 0.0, error=_reason(error)))
            return
        async with limiter:
            await self._perform(call)

    async def _prepared(self, step: Step) -> Call:
        """The call that the step makes.

        Raises:
            PlanError: Its tool is not there, or no longer takes its arguments; or these refer to
                what is not there.
        """
        planned = self.catalogue.find(step.server, step.tool)
        if planned is None:
            raise PlanError(f"server {step.server!r} has no tool {step.tool!r}")
        args = self.results.arguments(step)
        now = await self.client.catalogue()  # what it offers may have changed since
        current = now.find(step.server, step.tool)
        if current is None:
            if any(tool.server == step.server for tool in now.tools):
                raise PlanError(f"server {step.server!r} no longer has the tool {step.tool!r}")
            current = planned  # the server is down: the call says why
        if current.input_schema != planned.input_schema:
            problems = argument_problems(current, args)
            if problems:
                changed = f"server {step.server!r} changed {step.tool!r} since the plan was made"
                raise PlanError(f"{changed}: {'; '.join(problems)}")
        return Call(step, args, planned, current)

    async def _perform(self, call: Call) -> None:
        started, step = time.perf_counter(), call.step

        def outcome(status: StepStatus, **details: Any) -> StepFinished:
            return StepFinished(step, status, time.perf_counter() - started, **details)

        try:
            if self.begin is not None:
                await _recorded(self.begin(step, call.current))
            self._send(StepStarted(step, call.args))
            caller = Caller(self.client, self.options, self._send)
            result = await caller.call(step, call.current, call.args)
        except ToolError as error:
            await self._finish(outcome("failed", error=_reason(error)))
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._finish(outcome("cancelled", error="it was cancelled"))
            raise
        else:
            if result.is_error:
                await self._finish(outcome("failed", error=_said_by(call.current, result)))
            else:
                kept = result.text if self.results.text_is_needed(step) else None
                done = outcome("done", result=dict(result.structured), text=kept)
                await self._finish(done, result.text)

    async def _finish(self, outcome: StepFinished, text: str | None = None) -> None:
        """Record, then let follow what depends on it, then tell."""
        await _recorded(self.record(outcome))
        self.results.add(outcome, text)
        if outcome.step.id in self.over:  # a call for an item has its step waited for
            self.over[outcome.step.id].set()
        self._send(outcome)

    def _send(self, event: Event) -> None:
        try:
            self.events.send_nowait(event)
        except anyio.BrokenResourceError:
            return  # the reader has left; outcomes are on record all the same


async def _recorded(writing: Awaitable[None] | None) -> None:
    """Wait for what a recorder does; it is on record once, or not at all."""
    if inspect.isawaitable(writing):
        with anyio.CancelScope(shield=True):
            await writing


_STATUS: dict[StepStatus, str] = {
    "done": "done",
    "failed": "which failed",
    "skipped": "which was skipped",
    "cancelled": "which was cancelled",
}


def _reason(error: Exception) -> str:
    return one_line(str(error), _MAX_ERROR)


def _said_by(tool: Tool, result: ToolResult) -> str:
    """What a tool says of its failure, with whose word it is."""
    said = one_line(result.text, _MAX_ERROR) or "it says that it failed, and not why"
    return f"tool {tool.name!r} of server {tool.server!r}: {said}"


def _first(error: ExceptionGroup[Exception]) -> Exception:
    inner: Exception = error
    while isinstance(inner, ExceptionGroup):
        inner = inner.exceptions[0]
    return inner

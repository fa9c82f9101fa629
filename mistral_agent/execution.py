"""Running a plan: independent steps at once, each outcome on record before anything follows it."""

import asyncio
import graphlib
import inspect
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream

from mistral_agent.approval import Call, Gate
from mistral_agent.catalogue import Catalogue, Tool, ToolResult
from mistral_agent.errors import PlanError, ServerGoneError, ToolError
from mistral_agent.events import (
    ApprovalNeeded,
    Event,
    Notice,
    StepFinished,
    StepProgress,
    StepStarted,
    StepStatus,
)
from mistral_agent.plain_text import one_line
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import resolve
from mistral_agent.tool_client import ToolClient

Recorder = Callable[[StepFinished], Awaitable[None] | None]

_MAX_ERROR = 1000


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How steps are run.

    Args:
        timeout: Longest wait for one call in seconds; None is the server's own.
        retry_attempts: Further calls of a step whose server died, where a second call is harmless.
        retry_delay: Seconds before each of them.
        max_parallel: Steps that run at once.
    """

    timeout: float | None = None
    retry_attempts: int = 1
    retry_delay: float = 0.0
    max_parallel: int = 4


async def run_plan(
    plan: Plan,
    client: ToolClient,
    catalogue: Catalogue,
    *,
    record: Recorder,
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
        finished: Outcomes of an earlier run by step id; those that are done are not run again.
        options: Bounds and retries.
        gate: Is asked before each call whether it may be made; None: all may.

    Yields:
        ApprovalNeeded, StepStarted, StepProgress, Notice and StepFinished, as they happen. A
        question that is not answered when the next event is asked for is answered with no.

    Raises:
        PlanError: The plan has a cycle, or a step depends on one that does not exist.
        AgentError: What `record` raises; nothing more is started then.
    """
    _check(plan)
    send, receive = anyio.create_memory_object_stream[Event](float("inf"))
    run = _Run(plan, client, catalogue, record, options or ExecutionOptions(), send, gate)
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
    """One run of a plan; `outcomes` holds what is on record, `over` says so for each step."""

    plan: Plan
    client: ToolClient
    catalogue: Catalogue
    record: Recorder
    options: ExecutionOptions
    events: MemoryObjectSendStream[Event]
    gate: Gate | None = None
    outcomes: dict[str, StepFinished] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    over: dict[str, anyio.Event] = field(default_factory=dict)

    def take_over(self, finished: Mapping[str, StepFinished]) -> None:
        """Take the outcomes of an earlier run that are done."""
        self.over = {step.id: anyio.Event() for step in self.plan.steps}
        for step_id, outcome in finished.items():
            if outcome.status == "done" and step_id in self.over:
                self.outcomes[step_id] = outcome
                self.texts[step_id] = _text(outcome.result or {})
                self.over[step_id].set()

    async def all(self) -> None:
        """Run every step that is not over."""
        limiter = anyio.CapacityLimiter(self.options.max_parallel)
        with self.events:
            try:
                async with anyio.create_task_group() as group:
                    for step in self.plan.steps:
                        if step.id not in self.outcomes:
                            group.start_soon(self._run, step, limiter)
            except ExceptionGroup as error:
                raise _first(error) from None

    async def _run(self, step: Step, limiter: anyio.CapacityLimiter) -> None:
        for needed in step.depends_on:
            await self.over[needed].wait()
        broken = [id_ for id_ in step.depends_on if self.outcomes[id_].status != "done"]
        if broken:
            reason = " and ".join(f"{id_}, {_STATUS[self.outcomes[id_].status]}" for id_ in broken)
            await self._finish(StepFinished(step, "skipped", 0.0, error=f"it needs {reason}"))
            return
        refusal = await self._refusal(step)
        if refusal is not None:
            await self._finish(StepFinished(step, "failed", 0.0, error=refusal))
            return
        async with limiter:
            await self._perform(step)

    async def _refusal(self, step: Step) -> str | None:
        """Why the step may not be done, asking the user where that must be."""
        planned = self.catalogue.find(step.server, step.tool)
        if self.gate is None or planned is None:
            return None
        try:
            args = resolve(step.args, self._results(), self._previous(step))
        except PlanError:
            return None  # the call says what is wrong
        # The server may have changed the tool since the plan was made.
        current = (await self.client.catalogue()).find(step.server, step.tool) or planned
        return await self.gate.refusal(Call(step, args, planned, current), self._send)

    async def _perform(self, step: Step) -> None:
        started = time.perf_counter()

        def outcome(status: StepStatus, **details: Any) -> StepFinished:
            return StepFinished(step, status, time.perf_counter() - started, **details)

        try:
            result = await self._call(step)
        except (ToolError, PlanError) as error:
            await self._finish(outcome("failed", error=one_line(str(error), _MAX_ERROR)))
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self._finish(outcome("cancelled", error="it was cancelled"))
            raise
        else:
            if result.is_error:
                reason = one_line(result.text, _MAX_ERROR) or "the tool says that it failed"
                await self._finish(outcome("failed", error=reason))
            else:
                self.texts[step.id] = result.text
                await self._finish(outcome("done", result=dict(result.structured)))

    async def _call(self, step: Step) -> ToolResult:
        tool = self.catalogue.find(step.server, step.tool)
        if tool is None:
            raise PlanError(f"server {step.server!r} has no tool {step.tool!r}")
        args = resolve(step.args, self._results(), self._previous(step))
        self._send(StepStarted(step, args))

        async def on_progress(progress: float, total: float | None, message: str) -> None:
            self._send(StepProgress(step, progress, total, message))

        for attempts_left in range(self.options.retry_attempts, 0, -1):
            try:
                return await self._attempt(tool, args, on_progress)
            except ServerGoneError as error:
                if not _may_be_repeated(tool):
                    raise
                times = "once" if attempts_left == 1 else f"up to {attempts_left} times"
                self._send(Notice(f"{error}; {step.tool} is tried again {times}"))
                await anyio.sleep(self.options.retry_delay)
        return await self._attempt(tool, args, on_progress)

    async def _attempt(
        self,
        tool: Tool,
        args: Mapping[str, Any],
        on_progress: Callable[[float, float | None, str], Awaitable[None]],
    ) -> ToolResult:
        return await self.client.call(
            tool, args, timeout=self.options.timeout, on_progress=on_progress
        )

    async def _finish(self, outcome: StepFinished) -> None:
        """Record, then let follow what depends on it, then tell."""
        recorded = self.record(outcome)
        if inspect.isawaitable(recorded):
            with anyio.CancelScope(shield=True):  # an outcome is on record once, or not at all
                await recorded
        self.outcomes[outcome.step.id] = outcome
        self.over[outcome.step.id].set()
        self._send(outcome)

    def _send(self, event: Event) -> None:
        try:
            self.events.send_nowait(event)
        except anyio.BrokenResourceError:
            return  # the reader has left; outcomes are on record all the same

    def _results(self) -> dict[str, Mapping[str, Any]]:
        return {
            id_: outcome.result or {}
            for id_, outcome in self.outcomes.items()
            if outcome.status == "done"
        }

    def _previous(self, step: Step) -> str | None:
        """The text of the step before this one in the plan, where it is done."""
        position = self.plan.steps.index(step)
        return self.texts.get(self.plan.steps[position - 1].id) if position else None


_STATUS: dict[StepStatus, str] = {
    "done": "done",
    "failed": "which failed",
    "skipped": "which was skipped",
    "cancelled": "which was cancelled",
}


def _may_be_repeated(tool: Tool) -> bool:
    """A second call does no harm; a server's word counts only where the server is trusted."""
    return tool.trusted and (tool.read_only or tool.idempotent)


def _text(result: Mapping[str, Any]) -> str:
    """A result's text as far as it can be told from its structure."""
    text = result.get("text")
    return text if isinstance(text, str) and len(result) == 1 else json.dumps(result, default=str)


def _first(error: ExceptionGroup[Exception]) -> Exception:
    inner: Exception = error
    while isinstance(inner, ExceptionGroup):
        inner = inner.exceptions[0]
    return inner

"""Going on with a plan that was interrupted: what is settled before its next step starts.

A step that was cut off may have had its effect, which nothing here can find out. One whose tool
only reads is done again; of any other the user decides. A server's word that a tool only reads
counts where the server is trusted.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mistral_agent.approval import Call, Gate
from mistral_agent.approval.gate import Send
from mistral_agent.approval.policy import definition
from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.errors import CutOffError, NothingToResumeError, PlanError
from mistral_agent.events import (
    Answer,
    ApprovalNeeded,
    Clarification,
    Decision,
    Event,
    Notice,
    PlanReady,
    PlanResumed,
    StepFinished,
)
from mistral_agent.execution.results import Results
from mistral_agent.planning.plan import Step
from mistral_agent.sessions import LastPlan, Session, last_plan

CUT_OFF = "it was interrupted, and may have been done already, in part or in full"


def plan_to_resume(session: Session) -> LastPlan:
    """The plan of the last request of `session`.

    Raises:
        NothingToResumeError: That request has no plan.
    """
    last = last_plan(session.records)
    if last is None:
        raise NothingToResumeError(session.id)
    return last


def as_it_ended(last: LastPlan) -> tuple[Event, ...]:
    """What there is to say of a plan of which nothing is left to run."""
    if last.plan.needs_clarification:
        return (Clarification(last.plan.questions),)
    return (
        PlanReady(last.plan),
        PlanResumed(tuple(last.ended.values())),
        Notice("this plan came to its end; nothing was left to do"),
        Answer(last.answer or ""),
    )


@dataclass(eq=False)
class CutOffSteps:
    """Decides of each step that was cut off whether it is done again.

    Args:
        session: Where a refusal is recorded.
        last: The plan, which the refused steps are added to as failed.
        catalogue: The tools as they are now.
    """

    session: Session
    last: LastPlan
    catalogue: Catalogue
    _approved: set[str] = field(default_factory=set)

    async def settle(self) -> AsyncGenerator[Event]:
        """Ask of each step that may not simply be repeated; nothing is run.

        Yields:
            ApprovalNeeded, which stays unanswered where there is nobody to ask; StepFinished of a
            step that the user does not want repeated; Notice.

        Raises:
            CutOffError: Nobody was there to be asked; the conversation is as it was.
        """
        undecided: list[Step] = []
        results = Results.of(self.last.plan, self.last.ended.values())
        for step in self.last.cut_off:
            tool = self.catalogue.find(step.server, step.tool)
            if tool is not None and tool.only_reads:
                yield Notice(
                    f"{step.id} {step.tool} was interrupted; it only reads and is repeated"
                )
                continue
            question = _Question(step, _arguments(results, step))
            yield question.event
            if question.decision is None:
                undecided.append(step)
            elif question.decision == "no":
                yield self._refused(step)
            else:
                self._approved.add(step.id)
        if undecided:
            raise CutOffError(self.session.id, [(each.id, each.tool) for each in undecided])

    def gate(self, inner: Gate) -> Gate:
        """`inner`, which takes the yes to a repetition for the yes to the call."""
        return _Repeating(inner, frozenset(self._approved))

    def _refused(self, step: Step) -> StepFinished:
        error = "it was interrupted, and you did not want it repeated"
        outcome = StepFinished(step, "failed", 0.0, error=error)
        self.session.add_step(outcome)
        self.last = self.last.with_outcome(outcome)
        return outcome


class _Question:
    """Whether a step is done again, and what was decided."""

    def __init__(self, step: Step, args: Mapping[str, Any]) -> None:
        self.decision: Decision | None = None
        self.event = ApprovalNeeded(step, args, CUT_OFF, self._answer)

    def _answer(self, decision: Decision | None) -> None:
        self.decision = self.decision or decision


@dataclass(frozen=True, slots=True)
class _Repeating:
    inner: Gate
    approved: frozenset[str]

    async def refusal(self, call: Call, send: Send) -> str | None:
        is_as_shown = _same(call.current, call.planned)
        if call.step.id not in self.approved or not is_as_shown:
            return await self.inner.refusal(call, send)

        answered: list[Event] = []

        def answer(event: Event) -> None:
            # A second question is about a tool that changed meanwhile: nobody said yes to that.
            if isinstance(event, ApprovalNeeded) and not answered:
                answered.append(event)
                event.answer("once")
            else:
                send(event)

        return await self.inner.refusal(call, answer)


def _same(current: Tool, planned: Tool) -> bool:
    return definition(current) == definition(planned)


def _arguments(results: Results, step: Step) -> Mapping[str, Any]:
    """The arguments as far as they can be told; a reference that cannot be is shown as it is."""
    try:
        return results.arguments(step)
    except PlanError:
        return step.args

"""What a conversation's records say of its last plan, and of how far it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mistral_agent.events import StepFinished
from mistral_agent.planning.loops import call_of, repeated_step
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.sessions.records import (
    AnswerRecord,
    BegunRecord,
    MessageRecord,
    PlanRecord,
    Record,
    StepRecord,
)


@dataclass(frozen=True, slots=True)
class LastPlan:
    """The plan of the last request.

    Args:
        plan: The plan.
        ended: The outcomes of the steps whose calls came to an end, by step id.
        begun: Ids of the steps whose calls went out.
        refused: Ids of the steps that failed before a call went out, as for want of approval.
        answer: What was answered; None where the plan was interrupted.
    """

    plan: Plan
    ended: Mapping[str, StepFinished] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    answer: str | None = None

    @property
    def is_interrupted(self) -> bool:
        """Whether steps are left to run, or their answer to be composed."""
        return self.answer is None and not self.plan.needs_clarification

    @property
    def can_go_on(self) -> bool:
        """Whether it was interrupted, or came to its end without what was refused."""
        return self.is_interrupted or bool(self.refused)

    @property
    def cut_off(self) -> tuple[Step, ...]:
        """The steps that began and did not end: what they do may be done, in part or in full."""
        left = [step for step in self.plan.steps if step.id not in self.ended]
        calls = (repeated_step(each) for each in sorted(self.begun - set(self.ended)))
        items = [
            call_of(step, index)
            for id_, index in calls
            for step in left
            if index is not None and step.id == id_
        ]
        if self.begun or not self.ended:
            return (*(step for step in left if step.id in self.begun), *items)
        # An older version wrote no beginnings: all that could have begun may have.
        return tuple(step for step in left if set(step.depends_on) <= set(self.ended))

    def with_outcome(self, outcome: StepFinished) -> "LastPlan":
        """The same, once a further step has ended."""
        id_ = outcome.step.id
        return replace(self, ended={**self.ended, id_: outcome}, refused=self.refused - {id_})


def last_plan(records: Sequence[Record]) -> LastPlan | None:
    """The plan of the last request; None where that led to none, or was answered without it.

    A step that was cancelled counts as cut off if it had begun: its server may have been done
    before it heard so. One that was skipped, or that nobody approved, counts as never begun.
    """
    last: LastPlan | None = None
    is_newer_asked = False
    for record in records:
        match record:
            case PlanRecord(plan):
                last, is_newer_asked = LastPlan(plan), False
            case MessageRecord("user"):
                is_newer_asked = True
                if last and last.answer is not None:
                    last = None
            case AnswerRecord(text) if last and not last.plan.needs_clarification:
                last = None if is_newer_asked else replace(last, answer=text)
            case BegunRecord(step_id) if last:
                last = replace(last, begun=last.begun | {step_id}, answer=None)
            case StepRecord(outcome) if last and _ended(outcome, last.begun):
                last = last.with_outcome(outcome)
            case StepRecord(outcome) if last:
                id_ = frozenset((outcome.step.id,))
                refused = last.refused | id_ if outcome.status == "failed" else last.refused - id_
                last = replace(last, refused=refused)
            case _:
                pass
    return last


def _ended(outcome: StepFinished, begun: frozenset[str]) -> bool:
    return outcome.status == "done" or (outcome.status == "failed" and outcome.step.id in begun)

"""All that a user interface sees of a request, in the order in which it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mistral_agent.planning.plan import Plan, Question, Step

StepStatus = Literal["done", "failed", "skipped", "cancelled"]

Decision = Literal["once", "session", "no"]
"""Yes to this call, yes to this tool for as long as the conversation is open, or no."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know, such as a server that could not be started."""

    text: str


@dataclass(frozen=True, slots=True)
class Summarised:
    """Earlier messages no longer fit what the model is shown; from now on it is shown `text`.

    Args:
        messages: How many, from the beginning of the conversation.
        text: The summary; the conversation itself keeps every word.
    """

    messages: int
    text: str


@dataclass(frozen=True, slots=True)
class Clarification:
    """The request cannot go on before these are answered; the next message may answer them."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class PlanReady:
    """A validated plan, about to run.

    Args:
        plan: The plan.
        approvals: Why a step will be asked about, by its id; the others run unasked.
        names: What the steps' tools are called, by the step's id, where it is not the tool's name.
    """

    plan: Plan
    approvals: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApprovalNeeded:
    """A step waits for the user's yes; other steps go on meanwhile.

    Who asks for the next event without having answered has refused: nobody need answer.

    Args:
        step: The step.
        args: Its arguments, with its references resolved.
        reason: Why it is asked about.
        answer: Takes the decision; only the first one counts.
    """

    step: Step
    args: Mapping[str, Any]
    reason: str
    answer: Callable[[Decision | None], None]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step's call goes out, with its references resolved."""

    step: Step
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepProgress:
    """What a running tool reports; `total` is None where it does not know."""

    step: Step
    progress: float
    total: float | None
    message: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step's outcome, already on disk.

    Args:
        step: The step.
        status: "skipped" where something it depends on failed.
        seconds: Wall-clock seconds of the call, retries included.
        result: The structured result where it is done.
        error: One line where it is not.
        text: The result's text, where the step after it takes that as `{prev_result}`.
    """

    step: Step
    status: StepStatus
    seconds: float
    result: Mapping[str, Any] | None = None
    error: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PlanResumed:
    """A plan goes on; these steps ended before, and are not run again."""

    outcomes: tuple[StepFinished, ...]


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """A piece of the model's prose, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer as Markdown; the last event of a request that was not cut short."""

    text: str


Event = (
    Notice
    | Summarised
    | Clarification
    | PlanReady
    | PlanResumed
    | ApprovalNeeded
    | StepStarted
    | StepProgress
    | StepFinished
    | AnswerDelta
    | Answer
)

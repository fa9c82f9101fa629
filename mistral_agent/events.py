"""All that a user interface sees of a request, in the order in which it happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mistral_agent.planning.plan import Plan, Question, Step

StepStatus = Literal["done", "failed", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know, such as a server that could not be started."""

    text: str


@dataclass(frozen=True, slots=True)
class Clarification:
    """The request cannot go on before these are answered; the next message may answer them."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class PlanReady:
    """A validated plan, about to run."""

    plan: Plan


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
    """

    step: Step
    status: StepStatus
    seconds: float
    result: Mapping[str, Any] | None = None
    error: str | None = None


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
    | Clarification
    | PlanReady
    | StepStarted
    | StepProgress
    | StepFinished
    | AnswerDelta
    | Answer
)

"""What is recorded of a conversation, one JSON object a line.

The first line is the header: the schema's version, the id and the start. A reader refuses newer
versions; records of an unknown kind are reported and passed over.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from mistral_agent.events import StepFinished, StepStatus
from mistral_agent.planning.plan import Plan, Question, Step

SCHEMA_VERSION = 1

Role = Literal["user", "assistant", "system"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message, as it was said."""

    role: Role
    content: str
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan, before it runs; with questions it waits for answers."""

    plan: Plan
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class BegunRecord:
    """A step's call is about to go out; without an outcome after it, it may have had its effect."""

    step_id: str
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step's outcome."""

    outcome: StepFinished
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The answer to the last message, as Markdown."""

    text: str
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """Something worth knowing later that is none of the others, such as an interruption."""

    text: str
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class SummaryRecord:
    """What the model is shown instead of the first `messages` messages and answers."""

    text: str
    messages: int
    at: datetime = field(default_factory=_now)


Record = (
    MessageRecord
    | PlanRecord
    | BegunRecord
    | StepRecord
    | AnswerRecord
    | NoteRecord
    | SummaryRecord
)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file."""

    version: int
    id: str
    started: datetime


def header_line(session_id: str, started: datetime) -> str:
    """The first line of a conversation's file."""
    return _line({"schema": SCHEMA_VERSION, "id": session_id, "started": started.isoformat()})


def read_header(line: str) -> Header:
    """Read a first line.

    Raises:
        ValueError: It is not a header.
    """
    values = _object(line)
    version = values.get("schema")
    if not isinstance(version, int) or isinstance(version, bool):
        raise ValueError("no schema version")
    return Header(version, str(values.get("id", "")), _time(values.get("started")))


def record_line(record: Record) -> str:
    """Write a record as one line; control characters and non-ASCII letters are escaped."""
    values: dict[str, Any] = {"kind": _KINDS[type(record)], "at": record.at.isoformat()}
    match record:
        case MessageRecord():
            values |= {"role": record.role, "content": record.content}
        case PlanRecord():
            values |= {"plan": asdict(record.plan)}
        case BegunRecord():
            values |= {"step": record.step_id}
        case StepRecord():
            values |= {"outcome": asdict(record.outcome)}
        case AnswerRecord() | NoteRecord():
            values |= {"text": record.text}
        case SummaryRecord():
            values |= {"text": record.text, "messages": record.messages}
    return _line(values)


def read_record(line: str) -> Record:
    """Read a line that `record_line` wrote.

    Raises:
        ValueError: It is damaged, or of an unknown kind; the message says which.
    """
    values = _object(line)
    kind = values.get("kind")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ValueError(f"unknown kind {str(kind)[:40]!r}")
    try:
        return reader(values, _time(values.get("at")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"incomplete {kind}: {error}") from None


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, separators=(",", ":"), default=str) + "\n"


def _object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except json.JSONDecodeError:
        raise ValueError("not JSON, or cut short") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


def _time(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError("no time")
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _message(values: Mapping[str, Any], at: datetime) -> MessageRecord:
    role = values["role"]
    if role not in get_args(Role):
        raise TypeError(f"role {role!r}")
    return MessageRecord(role, _string(values["content"]), at)


def _plan(values: Mapping[str, Any], at: datetime) -> PlanRecord:
    plan = values["plan"]
    steps = tuple(_step(step) for step in plan["steps"])
    questions = tuple(
        Question(_string(q["text"]), q["parameter"], tuple(q["choices"]), q["default"])
        for q in plan["questions"]
    )
    answers = dict(plan.get("answers", {}))  # conversations of before have none
    goal, notes = _string(plan["goal"]), tuple(plan["notes"])
    return PlanRecord(Plan(goal, steps, questions, notes, answers), at)


def _outcome(values: Mapping[str, Any], at: datetime) -> StepRecord:
    outcome = values["outcome"]
    if outcome["status"] not in get_args(StepStatus):
        raise TypeError(f"status {outcome['status']!r}")
    finished = StepFinished(
        _step(outcome["step"]),
        outcome["status"],
        float(outcome["seconds"]),
        outcome["result"],
        outcome["error"],
        outcome.get("text"),
    )
    return StepRecord(finished, at)


def _step(step: Mapping[str, Any]) -> Step:
    return Step(
        id=_string(step["id"]),
        server=_string(step["server"]),
        tool=_string(step["tool"]),
        args=dict(step["args"]),
        depends_on=tuple(step["depends_on"]),
        sources=dict(step["sources"]),
        for_each=step.get("for_each"),
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"expected a number of messages, found {str(value)[:40]!r}")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {str(value)[:40]!r}")
    return value


_KINDS: dict[type, str] = {
    MessageRecord: "message",
    PlanRecord: "plan",
    BegunRecord: "begun",
    StepRecord: "step",
    AnswerRecord: "answer",
    NoteRecord: "note",
    SummaryRecord: "summary",
}

_READERS: dict[str, Callable[[Mapping[str, Any], datetime], Record]] = {
    "message": _message,
    "plan": _plan,
    "begun": lambda values, at: BegunRecord(_string(values["step"]), at),
    "step": _outcome,
    "answer": lambda values, at: AnswerRecord(_string(values["text"]), at),
    "note": lambda values, at: NoteRecord(_string(values["text"]), at),
    "summary": lambda values, at: SummaryRecord(
        _string(values["text"]), _count(values["messages"]), at
    ),
}

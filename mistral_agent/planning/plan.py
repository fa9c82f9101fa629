"""A plan as data: steps of tool calls whose arguments may refer to earlier results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call.

    Args:
        id: Unique within the plan: "step1", "step2", …
        server: The server's name.
        tool: The tool's name on that server.
        args: Arguments; a string that is exactly `${step1.code}` or `${step1}` is replaced by that
            value with its type, one that contains such references has them replaced as text.
            `{prev_result}` is the text of the step before.
        depends_on: Ids of the steps that must be done before, references included.
        sources: For each argument, where it comes from, in words for a person.
        for_each: A reference to a list, `${step1.files}`: one call is made for each of its items,
            which the arguments refer to as `${item}` or `${item.name}`. The result is the list of
            theirs, `items`. The call of the first item is the step with `[0]` behind its id.
    """

    id: str
    server: str
    tool: str
    args: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    for_each: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that must be known first.

    Args:
        text: One line, which names what is missing.
        parameter: The parameter it fills, as "tool.parameter", or None for a choice of reading.
        choices: Answers to choose from; empty where any text will do.
        default: What is taken when the user has no preference, or None.
    """

    text: str
    parameter: str | None = None
    choices: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done for `goal`; with `questions` it cannot run yet.

    `answers` are the user's words to earlier questions about it, by "tool.parameter".
    """

    goal: str
    steps: tuple[Step, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_clarification(self) -> bool:
        """Whether something must be asked first."""
        return bool(self.questions)

    def to_json(self) -> dict[str, Any]:
        """The documented object of `plan --json`; it has no steps while something must be asked."""
        return {
            "goal": self.goal,
            "needs_clarification": self.needs_clarification,
            "questions": [question.text for question in self.questions],
            "steps": [
                {
                    "id": step.id,
                    "server": step.server,
                    "tool": step.tool,
                    "args": dict(step.args),
                    "depends_on": list(step.depends_on),
                    **({"for_each": step.for_each} if step.for_each else {}),
                }
                for step in (() if self.needs_clarification else self.steps)
            ],
        }

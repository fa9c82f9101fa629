"""What a request was understood to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mistral_agent.catalogue import Tool
from mistral_agent.intent.literals import Literals

IntentKind = Literal["task", "chat", "unclear"]


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing that the user wants done.

    Args:
        tool: The tool that does it.
        clause: The part of the request that says so.
        more: What the sentences after it add, where they ask for nothing of their own.
        score: How well the tool fits the clause, 0 to 1.
        confidence: How likely it is the right one, 0 to 1.
        args: Arguments that are known beyond what the clause says literally.
        alternatives: Other tools that fit the clause about as well.
    """

    tool: Tool
    clause: str
    score: float = 1.0
    confidence: float = 1.0
    args: Mapping[str, Any] = field(default_factory=dict)
    alternatives: tuple[Tool, ...] = ()
    more: str = ""

    @property
    def said(self) -> str:
        """All that the request says of it."""
        return f"{self.clause} {self.more}" if self.more else self.clause


@dataclass(frozen=True, slots=True)
class Intent:
    """What a request was understood to be.

    Args:
        kind: "task" is done with tools, "chat" is answered by the model alone, "unclear" must be
            asked about.
        goals: What is to be done, in order.
        literals: What the request says word for word.
        confidence: How sure the reading is, 0 to 1; that of the least sure goal.
        excluded: Tools that the user does not want.
        candidates: For an unclear request, what could be meant, best first.
        notes: What the user should know of how it was understood.
    """

    kind: IntentKind
    goals: tuple[Goal, ...] = ()
    literals: Literals = field(default_factory=lambda: Literals(""))
    confidence: float = 1.0
    excluded: tuple[Tool, ...] = ()
    candidates: tuple[Tool, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentOptions:
    """How far reading goes.

    Args:
        max_goals: Goals that one request may have.
        confidence_threshold: From it on, evidence is decisive: a small model is not asked.
        use_model: Whether the model is asked at all.
        max_tokens: Upper bound of the model's answer.
        seconds: Longest wait for all of it; a model that is slower is done without.
    """

    max_goals: int = 10
    confidence_threshold: float = 0.7
    use_model: bool = True
    max_tokens: int = 512
    seconds: float = 300.0

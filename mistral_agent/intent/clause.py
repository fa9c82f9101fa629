"""A part of a request, with the tools that fit it."""

from dataclasses import dataclass, replace

from mistral_agent.intent.ranking import Ranked

ACCEPT = 0.35
"""The least score with which a tool is taken for what a clause asks."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a request.

    Args:
        text: Its words.
        ranked: The tools that fit, best first.
        negated: It says what is not to be done.
        more: The sentences that only add to it.
        timed: It says when what is beside it is to be done: "before you test it".
        told: It says how things are, and asks for something only where nothing else does.
        about: The wish before it that it points at.
    """

    text: str
    ranked: tuple[Ranked, ...] = ()
    negated: bool = False
    more: str = ""
    told: bool = False
    timed: bool = False
    about: str = ""

    def has_same_goal(self, other: "Clause") -> bool:
        """Whether the same tool fits both best."""
        return self.has_goal and other.has_goal and self.ranked[0].tool == other.ranked[0].tool

    def with_more(self, text: str) -> "Clause":
        """The clause with one more sentence that only adds to it."""
        return replace(self, more=f"{self.more} {text}".strip())

    @property
    def has_goal(self) -> bool:
        """Whether some tool fits."""
        return bool(self.ranked) and self.ranked[0].score >= ACCEPT

"""Statements of order about deeds that are asked for already: "but the review before the tests"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mistral_agent.intent.clause import ACCEPT, Clause
from mistral_agent.intent.parameters import makes_code
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.wording import imperative

_STATEMENT = re.compile(
    r"(?:^\W*(?:but\s+|and\s+)?|(?<![\s,]),?\s+but\s+)(?:please\s+)?(?:(?:do|with|have|put)\s+)?"
    r"(?:the|its)\s+(?P<deed>\w{2,20}(?:\s(?!should|must|has|have|needs?|come|go|before|after|first|last)\w{2,20})?)\s+"
    r"(?:(?:should|must|has\s+to|have\s+to|needs?\s+to|is|are|be|done|comes?|goes|go|happens?)\s+){0,3}"
    r"(?:(?P<end>first|last|at\s+the\s+(?:very\s+)?end)"
    r"|(?P<side>before|after)\s+(?:the\s+)?(?P<other>\w{2,20}(?:\s\w{2,20})?))(?:\s+please)?[\s.!]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Order:
    """Where a deed belongs: at an end, or on a side of another deed; each by the words for it."""

    deed: str
    end: str
    side: str
    other: str


def without_order(sentence: str) -> tuple[str, Order | None]:
    """A sentence without the statement of order that it is or ends with, and that statement."""
    found = _STATEMENT.search(sentence)
    if found is None:
        return sentence, None
    said = {name: (words or "").lower() for name, words in found.groupdict().items()}
    return sentence[: found.start()], Order(**said)


def reordered(clauses: Sequence[Clause], order: Order, index: ToolIndex) -> list[Clause] | None:
    """The clauses in the order that is said; None where it is about other deeds than these."""
    moved = _places(clauses, order.deed, index)
    others = _places(clauses, order.other, index) if order.other else []
    if not moved or (order.other and (not others or set(moved) & set(others))):
        return None
    kept = [each for place, each in enumerate(clauses) if place not in moved]
    if order.other:
        beside = clauses[others[0] if order.side == "before" else others[-1]]
        to = kept.index(beside) + (order.side == "after")
    else:
        to = _first_after_made(kept) if order.end == "first" else len(kept)
    return [*kept[:to], *(clauses[place] for place in moved), *kept[to:]]


def _places(clauses: Sequence[Clause], deed: str, index: ToolIndex) -> list[int]:
    """The places of the clauses that ask for what the words name."""
    named = next(iter(index.rank(imperative(deed))), None)
    if named is None or named.score < ACCEPT:
        return []
    return [
        place
        for place, each in enumerate(clauses)
        if each.has_goal and not each.negated and each.ranked[0].tool == named.tool
    ]


def _first_after_made(clauses: Sequence[Clause]) -> int:
    """The first place after all that makes what the others work on."""
    made = [
        n for n, each in enumerate(clauses) if each.has_goal and makes_code(each.ranked[0].tool)
    ]
    return made[-1] + 1 if made else 0

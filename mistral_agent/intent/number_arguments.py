"""Which of the numbers of a request a parameter takes: by the words that stand near them."""

import re
from collections.abc import Sequence

from mistral_agent.catalogue import Tool
from mistral_agent.intent.literals import Literals
from mistral_agent.intent.mentions import is_denied
from mistral_agent.intent.numbers import Number
from mistral_agent.intent.parameters import plain_schema
from mistral_agent.intent.vocabulary import STOP_WORDS, word_set
from mistral_agent.intent.words import similarity, stem, stems, words

_COUNTS = word_set("max maximum count limit number n top")
_MEASURED = {"wider": "width", "narrower": "width", "longer": "length", "shorter": "length"}
_FULL = "(?:full|complete|total|entire)"
_PERCENT = re.compile(r"\bpercent(?:age)?\b|%", re.IGNORECASE)


def number_for(
    tool: Tool, name: str, names: Sequence[str], clause: Literals, request: Literals
) -> Number | None:
    """The number of the clause, or else of the request, that the parameter `name` takes.

    Args:
        tool: The tool.
        name: The parameter.
        names: All of the tool's parameters that take numbers.
        clause: What the clause says literally.
        request: What the whole request says literally.
    """
    among = _Numbers(tool, names, clause)
    found = (among.best(name, literals.numbers) for literals in (clause, request))
    said = next((each for each in found if each is not None), None)
    return _whole(tool, name, clause.searched) if said is None else said


class _Numbers:
    """The parameters of a tool that take numbers, and the numbers of a clause."""

    def __init__(self, tool: Tool, names: Sequence[str], clause: Literals) -> None:
        self._tool = tool
        self._names = names
        self._clause = clause

    def best(self, name: str, numbers: Sequence[Number]) -> Number | None:
        """The number that fits the parameter best, and no other parameter better."""
        asked = [each for each in self._tool.required if each in self._names]
        if name in asked and len(asked) == len(self._clause.numbers):
            return self._clause.numbers[asked.index(name)]
        if name in asked and len(asked) == 1 and self._clause.numbers:
            return self._clause.numbers[0]
        scored = [(self._fit(name, number), number) for number in numbers]
        own, best = max(scored, key=lambda each: each[0], default=(0.0, None))
        if best is None or own <= 0:
            return self._how_many(name, numbers)
        rivals = (each for each in self._names if each != name)
        return None if any(self._fit(each, best) > own for each in rivals) else best

    def _how_many(self, name: str, numbers: Sequence[Number]) -> Number | None:
        """The one number that is there, where the tool's one number is a bound, or it is bare.

        So is the number of "last 5 commits" a limit, and that of "wrap at 90" a line length.
        """
        if list(self._names) != [name]:
            return None
        if len(numbers) == 1 and _COUNTS.intersection(words(name)):
            return numbers[0] if isinstance(numbers[0].value, int) else None
        bare = [each for each in self._clause.numbers if each.bare]
        return bare[0] if len(bare) == 1 else None

    def _fit(self, name: str, number: Number) -> float:
        meant = [*stems(name), *stems(_description(self._tool, name))]
        return _closeness(number, meant, len(stems(name)))


def _closeness(number: Number, meant: Sequence[str], named: int) -> float:
    """How well a number's words fit a parameter's: nearer words and the name's own count more."""
    score = 0.0
    for place, noun in enumerate(number.nouns):
        if noun in STOP_WORDS:
            continue
        for position, word in enumerate(meant):
            like = similarity(stem(_MEASURED.get(noun, noun)), word)
            score = max(score, like * (1.0 if position < named else 0.6) / (1 + 0.2 * place))
    return score


def _whole(tool: Tool, name: str, prose: str) -> Number | None:
    """A hundred for what is wanted whole and counts in percent: "full branch coverage"."""
    if not _PERCENT.search(_description(tool, name)):
        return None
    named = "|".join(map(re.escape, words(name)))
    for match in re.finditer(rf"\b{_FULL} (?:\w+ )?(?:{named})\b", prose, re.IGNORECASE):
        if not is_denied(prose, match.start()):
            return Number(100, (), match[0])
    return None


def _description(tool: Tool, name: str) -> str:
    return str(plain_schema(tool.parameters[name], tool.input_schema).get("description", ""))

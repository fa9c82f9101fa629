"""Which of the numbers of a request a parameter takes: by the words that stand near them."""

from collections.abc import Sequence

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.literals import Literals, Number
from mistral_agent.intent.parameters import kind_of, plain_schema
from mistral_agent.intent.vocabulary import STOP_WORDS, word_set
from mistral_agent.intent.words import similarity, stem, stems, words

_COUNTS = word_set("max maximum count limit number n top")


def number_for(tool: Tool, name: str, clause: Literals, request: Literals) -> Number | None:
    """The number of the clause, or else of the request, that the parameter `name` takes."""
    among = _Numbers(tool, clause)
    found = (among.best(name, literals.numbers) for literals in (clause, request))
    return next((each for each in found if each is not None), None)


class _Numbers:
    """The parameters of a tool that take numbers, and the numbers of a clause."""

    def __init__(self, tool: Tool, clause: Literals) -> None:
        self._tool = tool
        self._clause = clause
        self._names = [each for each in tool.parameters if kind_of(tool, each) == "number"]

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
        """The one number of a request, where the tool's one number is a bound: "last 5 commits"."""
        counts = (
            self._names == [name] and len(numbers) == 1 and bool(_COUNTS.intersection(words(name)))
        )
        return numbers[0] if counts and isinstance(numbers[0].value, int) else None

    def _fit(self, name: str, number: Number) -> float:
        schema: Schema = plain_schema(self._tool.parameters[name], self._tool.input_schema)
        meant = [*stems(name), *stems(str(schema.get("description", "")))]
        return _closeness(number, meant, len(stems(name)))


def _closeness(number: Number, meant: Sequence[str], named: int) -> float:
    """How well a number's words fit a parameter's: nearer words and the name's own count more."""
    score = 0.0
    for place, noun in enumerate(number.nouns):
        if noun in STOP_WORDS:
            continue
        for position, word in enumerate(meant):
            like = similarity(stem(noun), word)
            score = max(score, like * (1.0 if position < named else 0.6) / (1 + 0.2 * place))
    return score

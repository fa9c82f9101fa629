"""The numbers of a text, in figures or in words, each with the words around it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mistral_agent.intent.vocabulary import STOP_WORDS

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TENS = ["ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORTH = {
    "a": 1,
    **{word: number for number, word in enumerate(_ONES, 1)},
    **{word: 10 * number for number, word in enumerate(_TENS, 1)},
}
_FIGURES = (
    r"(?<![\w.\-/:~^])(?P<sign>-?)(?P<value>\d{1,15}(?:\.\d{1,9})?)(?P<unit>\s?%)?(?![\w/]|[.:]\d"
    r"| ?[ap]\.?m\b| o'clock\b)"
)
# Small numbers count where "last" or the like says so: "this one" and "the two functions" do not.
_REST = rf"(?P<tens>{'|'.join(_TENS[1:])})(?:[ -](?P<ones>{'|'.join(_ONES)}))?"
_SPELLED = (
    rf"\b(?:(?P<hundreds>a|{'|'.join(_ONES)})[ -]hundred(?:(?: and)? {_REST})?"
    rf"|(?:last|latest|newest|first|next|top|most|least) (?P<few>{'|'.join([*_ONES[1:], 'ten'])})"
    rf"|{_REST.replace('tens>', 'tens_alone>').replace('ones>', 'ones_alone>')})\b"
)
NUMBER_WORDS = frozenset((*_ONES, *_TENS, "hundred"))
"""Words that numbers are made of."""
_NUMBER = re.compile(f"{_FIGURES}|{_SPELLED}", re.IGNORECASE)
_NEAR = re.compile(r"[^\W\d_]+")
_COUNTS_A_STEP = re.compile(r"\b(?:step|phase|part|task|item|point) $", re.IGNORECASE)
_MARK = re.compile(r"\s*[:.)]")
_MEASURE = re.compile(
    r"\b(?:at|(?:limit|max|maximum|cap|width)(?:ed|ped)?(?: (?:is|of|to|at))?) $", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number and the words around it, nearest first: "at most 5 issues" -> issues, most, at.

    Args:
        value: The number.
        nouns: The words.
        text: How it is written.
        bare: It is a measure of what is not said: "wrap at 90", "a limit of 80".
    """

    value: int | float
    nouns: tuple[str, ...]
    text: str
    bare: bool = False


def numbers_of(prose: str) -> Iterable[Number]:
    """The numbers of a text, in the order in which they stand there."""
    for match in _NUMBER.finditer(prose):
        if _COUNTS_A_STEP.search(prose[: match.start()][-12:]) and _MARK.match(prose, match.end()):
            continue
        after = _NEAR.findall(
            re.split(r"[,;.\n]|\band\b", prose[match.end() : match.end() + 60])[0]
        )[:3]
        place = match.start("few" if match["few"] else 0)
        start = prose[max(0, place - 60) : place]
        before = _NEAR.findall(re.split(r"[,;.\n]", start)[-1])[-3:]
        nouns = [word.lower() for word in (*after[:1], *reversed(before), *after[1:])]
        unit = ["percent"] if match["unit"] else []
        ends = not unit and (not after or after[0].lower() in STOP_WORDS)
        bare = ends and bool(_MEASURE.search(start))
        yield Number(_value(match), (*unit, *nouns), prose[place : match.end()], bare)


def _value(match: re.Match[str]) -> int | float:
    if match["value"] is None:
        small = (match[name] for name in ("tens", "ones", "tens_alone", "ones_alone", "few"))
        hundreds = 100 * _WORTH[match["hundreds"].lower()] if match["hundreds"] else 0
        return hundreds + sum(_WORTH[word.lower()] for word in small if word)
    value = float(match["value"]) if "." in match["value"] else int(match["value"])
    return -value if match["sign"] else value

"""In which order the parts of a request are to be done."""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from mistral_agent.intent.joiners import EARLIER, LATER, word_of

_FIRST = re.compile(
    r"\b(?:first(?:ly)?(?! (?:line|lines|commit|commits|\d|few|ten|entry|entries|versions?|draft"
    r"|attempt|prototype|sketch))"
    r"|(?:begin|start)(?: off)? (?:by|with)|at first|before anything else|for starters)\b",
    re.IGNORECASE,
)
_FIRST_AFTER_ALL = re.compile(
    r"^\W*(?:but|before that|to (?:begin|start) with|for starters|before anything else)\b.*"
    r"|.*\b(?:first|before anything else)\W*$",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)")
_THAT_LATER = re.compile(r"\b(?:before(?: (?:that|this|it))?|beforehand)\W*$", re.IGNORECASE)
_LAST = re.compile(
    r"^\W*(?:finally|lastly|at last|in the end|ultimately|last of all)\b"
    r"|\b(?:last|at the (?:very )?end)\W*$",
    re.IGNORECASE,
)
_BEFORE_THAT = re.compile(
    r"^\W*(?:but\s+)?(?:(?:before|prior to|ahead of) (?:that|this|doing (?:that|so|it))"
    r"|before you do(?: (?:so|that))?|beforehand)\W+",
    re.IGNORECASE,
)
# Runs of marks and blanks are read from their start alone: from each one, a long run takes minutes.
_AS_SAID = re.compile(
    r"(?<!\W)\W*\bin\s+(?:exactly\s+)?(?:that|this|the\s+given)\s+(?:order|sequence)\b",
    re.IGNORECASE,
)
_REVERSED = re.compile(
    r"(?<!\W)\W*\bin\s+(?:the\s+)?(?:revers|opposit)\w+\s+(?:order|sequence)\b", re.IGNORECASE
)
_BUT_BEFORE_THAT = re.compile(
    r"^(?P<last>\w+(?:\s\w+){0,3}?),?\sbut\s(?P<first>\w+(?:\s\w+){0,3}?)\s"
    r"(?:before\s(?:that|it)|beforehand)(?::\sthis\scode)?\W*$",
    re.IGNORECASE,
)
_ONCE_DONE = re.compile(
    r"^(?P<first>[^,;:]{2,60}),\s(?:and\s)?(?P<last>[^,;:]{2,60}?)\s(?:once|when|after|as\ssoon\sas)\s"
    r"(?:that|this|it)(?:'s|\sis|\shas\sbeen)\s(?:done|finished|ready|complete)\W*$",
    re.IGNORECASE,
)
_YES_AND_NO = (
    re.compile(
        r"^(?P<yes>\w+(?:\s\w+){0,3}?):?\syes,?\s(?:but\s|and\s)?(?P<no>\w+(?:\s\w+){0,2}?):?\sno\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?P<no>\w+(?:\s\w+){0,3}?):?\sno,?\s(?:but\s|and\s)?(?P<yes>\w+(?:\s\w+){0,2}?):?\syes\b",
        re.IGNORECASE,
    ),
)
_LAST_BEFORE_THAT = re.compile(
    r"^(?P<last>\w+(?:\s\w+){0,3}?)\s(?:last|at\sthe\send),?\s(?:and\s|but\s)?"
    r"(?P<first>\w+(?:\s\w+){0,3}?)\s(?:before\s(?:that|it)|first|beforehand)\W*$",
    re.IGNORECASE,
)
_NUMBERS = ("first", "second", "third", "fourth")
_NUMBERED = re.compile(
    rf"(?<=\w)\s(?:{'|'.join(_NUMBERS)}|last)(?=\W*(?:[,.:!]|$|\s(?:and|but|then)\b))",
    re.IGNORECASE,
)
_COMES_FIRST = re.compile(
    r"\b(?P<when>first|then|next|last|finally|at\s+the\s+end)\s+comes?\s+(?=(?:the|an?|its|some)\s|tests\b)",
    re.IGNORECASE,
)
_COMES = re.compile(
    r"(?<!\s)\s+(?:(?:should|must|has\s+to|have\s+to|needs?\s+to|is\s+to|are\s+to|ought\s+to|will"
    r"|can)\s+)?(?:be(?=\s+(?:preceded|followed)\b)|come|comes|go|goes|happen|happens|take\s+place"
    r"|follow|follows|be\s+done)\s+"
    r"(?=(?:preceded|followed|at\s+the\s+(?:very\s+)?(?:end|start|beginning)|in\s+the\s+end|before"
    r"|after|ahead\s+of|prior\s+to|once|first|second|third|last|next|finally)\b)",
    re.IGNORECASE,
)
_NOT_UNTIL = re.compile(
    r"^(?:please\s+)?(?:hold\s+off\s+(?:on|with)|wait\s+with|(?:do\s+not|don't)"
    r"(?=\s+\w+[^,;]*\suntil\b))\s+(?P<what>[^,;]{1,80}?)\s+until\s+",
    re.IGNORECASE,
)
_FRONTED = re.compile(r"\s*(?:,|and\b|but\b|then\b)", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:and|but|then)\b(?!.*\b(?:only|not)\b)", re.IGNORECASE)


class _Said(Protocol):
    @property
    def text(self) -> str: ...


Said = TypeVar("Said", bound=_Said)


def plain_order(sentence: str) -> tuple[str, bool]:
    """A sentence without the words that only say that an order is meant, and whether it is turned.

    "The review should come before the tests" is "The review before the tests".
    """
    turned = _REVERSED.search(sentence)
    said = _REVERSED.sub("", _AS_SAID.sub("", sentence))
    for pattern in (_LAST_BEFORE_THAT, _BUT_BEFORE_THAT, _ONCE_DONE):
        said = pattern.sub(r"\g<first>, then \g<last>", said)
    for pattern in _YES_AND_NO:
        said = pattern.sub(r"\g<yes>, no \g<no>", said)
    said = _COMES_FIRST.sub(r"\g<when> ", said)
    said = _COMES.sub(" ", _NOT_UNTIL.sub(r"\g<what> after ", said))
    return (_NUMBERED.sub("", said) if _is_numbered(said) else said), turned is not None


def _is_numbered(sentence: str) -> bool:
    """Whether each part says its number, in their order: "tests first, a review second"."""
    numbers = [match[0].strip().lower() for match in _NUMBERED.finditer(sentence)]
    counted = len(numbers) > 1 and tuple(numbers) == _NUMBERS[: len(numbers)]
    return counted or (len(numbers) > 1 and numbers[-1] == "last" and numbers[0] == "first")


def without_before_that(sentence: str) -> str:
    """A sentence without "before that" in front, where that is what it starts with."""
    return _BEFORE_THAT.sub("", sentence)


def is_first_after_all(text: str) -> bool:
    """Whether a later sentence asks for what is to be done before: "But format it first."."""
    return bool(_FIRST.search(text) and _FIRST_AFTER_ALL.match(text))


def is_before_that(text: str) -> bool:
    """Whether a part is to be done before the one before it: "review it beforehand"."""
    return bool(_THAT_LATER.search(text))


def last_ones_last(clauses: Sequence[Said]) -> list[Said]:
    """The clauses with those at the end that say so: "tests last"."""
    last = [each for each in clauses if _LAST.search(each.text)]
    return [*(each for each in clauses if each not in last), *last]


def in_order(parts: Sequence[tuple[str, Said]]) -> list[Said]:
    """Put the clauses of one sentence in the order that its words of time ask for.

    Args:
        parts: Each with the joiner before it as it was written.
    """
    clauses: list[Said] = []
    early = 0
    waits = False
    for number, (joiner, clause) in enumerate(parts):
        word = word_of(joiner)
        says_first = number > 0 and (
            word.endswith("first") or _FIRST.search(_QUOTATION.sub(" ", clause.text))
        )
        fronted = number == 0 or bool(_FRONTED.match(joiner))
        done_before = not fronted or (number == 1 and not _GOES_ON.search(joiner))
        if says_first:
            clauses.insert(early, clause)
            early += 1
        elif clauses and (
            (word in EARLIER - LATER and done_before)
            or word.endswith(("before that", "before this"))
            or (number and is_before_that(clause.text))
            or waits
        ):
            clauses.insert(len(clauses) - 1, clause)
        else:
            clauses.append(clause)
        # "Before reviewing it, test it": what comes next is done first.
        waits = word in LATER and fronted
    return clauses

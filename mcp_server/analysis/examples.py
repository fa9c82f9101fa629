"""Examples in plain text, such as `f(2) == 4` or "f(2) returns 4", found by pure functions.

A text that only resembles an example must not become one: it would refuse right code. So whatever
is not plainly a call with literal arguments and a literal outcome is left alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mcp_server.analysis.literals import (
    LONGEST,
    balanced,
    literal,
    literal_call,
    read_literal,
)

_CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_SAYS = re.compile(
    r"""[`'"]?\s*,?\s*(?:
      (?P<equals>={1,2}>|===?|-{1,2}>|→|⇒|⟶|↦|=(?!=))
    | (?P<raises>(?:(?:should|must|will|would)\s+)?(?:raises?|throws?)(?:\s+an?)?(?=\s))
    | (?P<comment>\#\s*(?:={0,2}>|-{1,2}>|→|returns?|gives?|output|result)?:?)(?=\s)
    | (?:(?:should|must|will|would)\s+)?(?:returns?|gives?|yields?|outputs?|equals?
        |evaluates?\s+to|results?\s+in|is|be|becomes?|produces?)
        (?:\s+(?:equal\s+)?to)?(?=[\s:`'"])
    )\s*:?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_ASSERTED = re.compile(r"assert_?equals?\(\s*$", re.IGNORECASE)
_EXCEPTION = re.compile(r"[`'\"]?([A-Z]\w*(?:Error|Exception|Warning|Interrupt))\b")
_OPERATOR = re.compile(r"(?:[)\]\w][ \t]*[+*/%<>-]|\bnot)[ \t]*$")
_BULLET = re.compile(r"\s*(?:[-*+>]|\d+[.)])?\s*")
_GOES_ON = re.compile(
    r"\s*(?:[*+/%-]\s*[\w('\"\[{]|\*\*|\bor\b|\bif\b.*\belse\b)|[\[(]|\.\w"
    r"|[`\s,]*(?:instead\s+of|rather\s+than|but\s+(?:it\s+)?(?:should|must|ought))\b"
)
_COMPLAINT = re.compile(
    r"\b(?:currently|wrongly|incorrectly|mistakenly)\b[^.;\n]*\Z", re.IGNORECASE
)
"""What stands before a call whose outcome is not as it should be."""
_AFTER_NUMBER = re.compile(
    r"[`'\"]?\s*(?:$|[.,;:!?)\]}|#\n\u2013\u2014]|(?:and|but|because|as|since|while|whereas|when|if|for"
    r"|which|not|then|so|exactly|too)\b)",
    re.IGNORECASE,
)
_DOCTEST = re.compile(
    r"^[ \t]*>>>.*\n?(?:[ \t]*(?:>>>|\.\.\.).*\n?)*(?:[ \t]*\S.*\n?)?", re.MULTILINE
)
_LEAD_IN = re.compile(r"\W*(?:(?:for )?(?:examples?|instance)|e\.g\.|so|tests?)\W*", re.IGNORECASE)
_MARK = "\0"


@dataclass(frozen=True, slots=True)
class Example:
    """A call with literal arguments, and what it gives: a literal, or an exception's name."""

    name: str
    call: str
    expected: str | None = None
    raises: str | None = None

    def __str__(self) -> str:
        outcome = f"raises {self.raises}" if self.raises else f"== {self.expected}"
        return f"{self.call} {outcome}"


def find_examples(text: str) -> list[Example]:
    """All examples that a description or a docstring writes as calls, each once, in order."""
    return each_call_once([*_doctests(text), *(example for example, _, _ in _sentences(text))])


def without_examples(text: str) -> str:
    """The text without its sentences and lines that hold examples, and without doctests."""
    cut = _DOCTEST.sub("", text)
    for _, start, end in reversed(list(_sentences(cut))):
        cut = f"{cut[:start]}{_MARK}{cut[end:]}"
    parts = [part.strip() for part in re.split(r"(?<=[.!?;:])\s+|\n+", cut)]
    kept = [part for part in parts if part and _MARK not in part and not _LEAD_IN.fullmatch(part)]
    return " ".join(kept)


def each_call_once(examples: Iterable[Example]) -> list[Example]:
    """The first example of each call: a second one could only contradict it."""
    calls: dict[str, Example] = {}
    for example in examples:
        calls.setdefault(example.call, example)
    return list(calls.values())


def exception_name(text: str) -> str | None:
    """The exception that `text` begins with, perhaps quoted."""
    match = _EXCEPTION.match(text)
    return match[1] if match else None


def stands_alone(form: str, rest: str) -> bool:
    """Whether a literal is a whole outcome, seen from what follows: "3 items" is none."""
    if _GOES_ON.match(rest):
        return False
    return not re.fullmatch(r"-?[\d.]+(?:e[+-]?\d+)?", form) or bool(_AFTER_NUMBER.match(rest))


def _doctests(text: str) -> Iterator[Example]:
    import doctest

    try:
        cases = doctest.DocTestParser().get_examples(text)
    except ValueError:  # its prompts are indented inconsistently
        return
    for case in cases:
        call = literal_call(case.source.strip())
        if not call:
            continue
        want = case.want.strip()
        if case.exc_msg:
            yield Example(*call, raises=case.exc_msg.split(":")[0].strip())
        elif (expected := literal(want) or literal(want.partition("\n")[0])) is not None:
            yield Example(*call, expected=expected)


def _sentences(text: str) -> Iterator[tuple[Example, int, int]]:
    """Each example with where its call begins and its outcome ends."""
    for match in _CALL.finditer(text):
        source = balanced(text, match.start())
        call = literal_call(source) if source else None
        if not call or _is_operand(text, match.start()):
            continue
        end = match.start() + len(source)
        if said := _said_of(call, text, match.start(), end):
            yield said[0], match.start(), said[1]


def _said_of(call: tuple[str, str], text: str, start: int, end: int) -> tuple[Example, int] | None:
    """What the text says of a call that stands at `start` to `end` of it, and where that ends."""
    rest = text[end : end + 2 * LONGEST]
    before = text[max(start - 20, 0) : start]
    asserted = re.match(r"\s*,\s*", rest) if _ASSERTED.search(before) else None
    said = asserted or _SAYS.match(rest) or _ended_line(text, start, rest)
    if not said:
        return None
    place = end + said.end()
    after = text[place : place + LONGEST]
    if said.groupdict().get("raises"):
        raised = exception_name(after)
        return (Example(*call, raises=raised), place + len(raised)) if raised else None
    found = _outcome(after)
    return (Example(*call, expected=found[0]), place + found[1]) if found else None


def _outcome(after: str) -> tuple[str, int] | None:
    """The literal that is the outcome, if nothing after it changes its meaning; and its end."""
    bare = after.lstrip(" ")
    found = read_literal(bare)
    if not found or not stands_alone(found[0], bare[found[1] :].split("\n", 1)[0]):
        return None
    return found[0], len(after) - len(bare) + found[1]


def _ended_line(text: str, start: int, rest: str) -> re.Match[str] | None:
    """The colon of a line that is nothing but `call: literal`."""
    line = text[text.rfind("\n", 0, start) + 1 : start]
    colon = re.match(r"`?\s*:\s*", rest) if _BULLET.fullmatch(line.rstrip("`")) else None
    if not colon:
        return None
    after = rest[colon.end() :].split("\n", 1)[0].strip()
    found = read_literal(after)
    return colon if found and not after[found[1] :].strip(" .,;") else None


def _is_operand(text: str, start: int) -> bool:
    """Whether the call is a part of an expression, such as `a(1) + b(2)`, or of a complaint."""
    before = text[max(start - 60, 0) : start]
    return bool(_OPERATOR.search(before) or _COMPLAINT.search(before))

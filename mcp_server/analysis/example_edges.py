"""What a text says of the empty list, string and so on, found by pure functions.

"Return 0 for an empty list" is an example of a function with one parameter. Of which kind the empty
value is, the other examples tell.
"""

import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.examples import Example, exception_name, stands_alone
from mcp_server.analysis.literals import LONGEST, literal, read_literal
from mcp_server.analysis.signatures import Signature

_NOUNS = "list|array|sequence|string|text|word|input|dict|dictionary|tuple|set"
_FIRST = (
    r"\b(?:the|an)\s+empty\s+(?:{nouns})\s*,?\s*(?:it\s+)?"
    r"(?:returns?|gives|is|yields|raises?(?:\s+an?)?)\s+"
    r"|\bif\s+(?:the\s+)?(?:{nouns})\s+is\s+empty\s*,?\s*(?:it\s+)?(?:returns?|raises?(?:\s+an?)?)\s+"
)
"""The case stands before the outcome: "for an empty list return 0"."""
_LAST = (
    r"[`,]?\s*(?:if|when|for)\s+(?:the\s+(?:{nouns})\s+is\s+empty|an\s+empty\s+(?:{nouns}))\b"
    r"(?!\s+(?:or|and)\b)"
)
"""It stands after it: "0 if the list is empty"."""
_OUTCOME = re.compile(r"\b(?:or|returns?|returning|raises?)\s+(?:an?\s+)?", re.IGNORECASE)
_EMPTY = {"'": "''", "[": "[]", "{": "{}", "(": "()"}


def edge_examples(
    text: str, name: str, signature: Signature | None, known: Sequence[Example]
) -> list[Example]:
    """What `text` says of the empty value; `known` are the examples of other values."""
    value = _empty_value(name, known)
    if value is None or (signature and len(signature.parameters) != 1):
        return []
    nouns = f"{_NOUNS}|{re.escape(signature.parameters[0].name)}" if signature else _NOUNS
    return list(_said(text, name, f"{name}({value})", nouns))


def _said(text: str, name: str, call: str, nouns: str) -> Iterator[Example]:
    for match in re.finditer(_FIRST.format(nouns=nouns), text, re.IGNORECASE):
        if found := _outcome(name, call, text[match.end() : match.end() + 2 * LONGEST]):
            yield found[0]
    last = re.compile(_LAST.format(nouns=nouns), re.IGNORECASE)
    for match in _OUTCOME.finditer(text):
        found = _outcome(name, call, text[match.end() : match.end() + 2 * LONGEST])
        if found and last.match(text, match.end() + found[1]):
            yield found[0]


def _outcome(name: str, call: str, after: str) -> tuple[Example, int] | None:
    """The outcome that `after` begins with, and its length."""
    if exception := exception_name(after):
        return Example(name, call, raises=exception), len(exception)
    found = read_literal(after[:LONGEST])
    if found and stands_alone(found[0], after[found[1] :].split("\n", 1)[0]):
        return Example(name, call, expected=found[0]), found[1]
    return None


def _empty_value(name: str, known: Sequence[Example]) -> str | None:
    """The empty value of the kind that all known examples take as their only argument."""
    arguments = [example.call[len(name) + 1 : -1] for example in known]
    kinds = {_EMPTY.get(argument[:1]) for argument in arguments}
    if len(kinds) != 1 or not all(literal(argument) for argument in arguments):
        return None
    if kinds == {"{}"} and not all(":" in argument for argument in arguments):
        return None  # they are sets
    return kinds.pop()

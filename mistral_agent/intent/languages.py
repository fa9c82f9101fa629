"""The programming languages that a text names, and those of what is there already."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from mistral_agent.intent.mentions import is_denied
from mistral_agent.intent.vocabulary import LANGUAGES
from mistral_agent.intent.words import slips_of_order

_NAMES = re.compile(r"[A-Za-z][\w+#-]*")
_SHORT_LANGUAGE = re.compile(
    r"\b(?i:in|to|using|into|from|this)\s+(?P<in>Go|C|R|D)\b(?![+#'])"
    r"|\bin\s+(?P<low>go|c|r)(?![\w+#']|[:/.-]+\w)"
    r"|\b(?i:an?|some)\s+(?:\w+\s+)?(?P<new>Go)(?=\s+(?!board|game|player|stone|match)\w)"
    r"|\b(?:an?|some)\s+(?:\w+\s+)?(?P<a>go)\s+(?:program|function|module|package|script|struct|server)\b"
    r"|\b(?P<of>Go|C|R)\s+(?:code|program|function|module|script|package|struct|file|library|class"
    r"|source|version|port|equivalent|implementation|translation|client|server|service|snippet)\b"
)
_OF_WHAT_IS_THERE = re.compile(
    r"\b(?:from|(?:this|that|these|those|my|our|following|given|existing)"
    r"(?:\s+(?!(?:from|to|into|in|as|with|using|for|and|or|is|not)\b)[\w-]+)?)\s+$",
    re.IGNORECASE,
)
_IN_IT = re.compile(r"\b(?:in|using|with)\s+$", re.IGNORECASE)
# "A linter for SQL files in Go" is in Go.
_WORKED_ON = re.compile(
    r"[\w+#-]+\s+(?:files?|quer(?:y|ies)|scripts?|sources?|statements?|dumps?|documents?|strings?"
    r"|pages?|templates?|projects?|tables?)\b",
    re.IGNORECASE,
)
_NEAR = 40
_LONG_NAME = 6


class Languages(NamedTuple):
    """The languages that a text names, but for those that it says no to.

    Args:
        said: All of them, in the order in which they stand there.
        given: Those that say what something is already: "this Perl script", "from Lua to Go".
    """

    said: tuple[str, ...]
    given: tuple[str, ...]


def languages_of(prose: str) -> Languages:
    """The languages that a text names."""
    found = list(_found(prose))
    before = {place: prose[max(0, place - _NEAR) : place] for place, _ in found}
    is_in_one = any(map(_IN_IT.search, before.values()))
    given = (
        name
        for place, name in found
        if _OF_WHAT_IS_THERE.search(before[place])
        or (is_in_one and not _IN_IT.search(before[place]) and _WORKED_ON.match(prose, place))
    )
    return Languages(tuple(dict.fromkeys(name for _, name in found)), tuple(dict.fromkeys(given)))


def _found(prose: str) -> Iterator[tuple[int, str]]:
    found: dict[int, str] = {}
    for match in _NAMES.finditer(prose):
        said = match[0].lower()
        name = LANGUAGES.get(said) or _slips().get(said)
        if name and not _inside_path(prose, match) and not is_denied(prose, match.start()):
            found[match.start()] = name
    for match in _SHORT_LANGUAGE.finditer(prose):
        group = match.lastgroup or "in"
        if not is_denied(prose, match.start(group)):
            found[match.start(group)] = match[group].lower()
    yield from sorted(found.items())


@lru_cache(maxsize=1)
def _slips() -> Mapping[str, str]:
    """The long names with a slip of the keyboard; short ones with one are other words."""
    return {
        slip: name
        for word, name in LANGUAGES.items()
        if len(word) >= _LONG_NAME
        for slip in slips_of_order(word)
    }


def _inside_path(prose: str, match: re.Match[str]) -> bool:
    return prose[max(0, match.start() - 1) : match.start()] in (".", "/", "@")

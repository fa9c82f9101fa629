"""Calls of tools that a model writes out as text, in an answer that should be words.

Models that were trained to call tools do it unasked. Nothing runs such a call, and its text is no
answer: it is found before a user sees it. Known are the forms of the common chat templates (Hermes
and Qwen, Mistral, Llama, DeepSeek), OpenAI's objects, and a function call alone in an answer.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_HELD = 4000
"""Characters that are held back before something that may be a call is shown all the same."""

_NAMES = ("name", "tool", "tool_name", "function", "function_name", "action")
_ARGUMENTS = ("arguments", "args", "parameters", "params", "action_input", "input", "request")
_LISTS = ("tool_calls", "function_call", "goals", "steps", "calls")

_MARKER = re.compile(
    r"<\|?/?(?:tool|function)[_\u2581]?calls?\b|<function=|\[TOOL_CALLS\]|<\|python_tag\|>"
    "|<\uff5ctool\u2581calls?\u2581begin",
    re.IGNORECASE,
)
_LONGEST_MARKER = 24
_BROKEN = re.compile(
    rf'\{{\s*"(?:{"|".join(_NAMES)})"\s*:\s*"(?P<tool>[^"\n]+)"\s*,'
    rf'\s*"(?:{"|".join(_ARGUMENTS)})"\s*:'
)
_OBJECT = re.compile(r'\[\s*\{\s*"|\{\s*"')
_FENCE = re.compile(r"\s*(?:```[\w-]*\s*)?")
_SUSPECT = re.compile(
    r'(?:```[\w-]*\s*)?(?:\{\s*(?:"|\Z)|\[\s*(?:[{T]|\Z)|<[|\uff5c/]?(?:[tfp]|\Z))|`+\Z'
)
_FUNCTION = re.compile(r"(?P<tool>[A-Za-z_][\w.-]*)\(.*\)\s*(?:```\s*)?", re.DOTALL)


def find_call(text: str, tools: Collection[str]) -> int | None:
    """Where a call of a tool begins in an answer; None where there is none.

    JSON with a name and arguments is a call where it names one of `tools`, or where it is all that
    the answer says; so an answer may explain what the calls of other programs look like.
    """
    alone = _FENCE.match(text)
    begin = alone.end() if alone else 0
    if _is_function_call(text[begin:], tools):
        return begin
    marker = _MARKER.search(text)
    places = [marker.start()] if marker else []
    places += (
        broken.start()
        for broken in _BROKEN.finditer(text)
        if broken["tool"] in tools or broken.start() == begin
    )
    places += (
        start for start, value in _objects(text) if _calls(value, None if start == begin else tools)
    )
    return min(places, default=None)


@dataclass
class CallGuard:
    """Lets an answer through as it comes, up to what may be a call.

    Args:
        tools: The names of the tools that there are.
    """

    tools: Collection[str]
    _text: str = field(default="", init=False)
    _given: int = field(default=0, init=False)

    def add(self, piece: str) -> str:
        """Take a piece, and give out what surely is no call."""
        self._text += piece
        return self._release(self._safe_end())

    def finish(self) -> str:
        """Give out the rest, after `found` has said that there is no call in it."""
        return self._release(len(self._text))

    def found(self) -> bool:
        """Whether what has come holds a call, at its end too."""
        return find_call(self._text, self.tools) is not None

    def _release(self, end: int) -> str:
        given, self._given = self._text[self._given : end], max(self._given, end)
        return given

    def _safe_end(self) -> int:
        start = self._given
        if start == 0 and self._may_be_function_call():
            return 0
        has_call: bool | None = None  # of all that is held too long; to look for it is slow
        for match in _SUSPECT.finditer(self._text, start):
            if match.start() < start:
                continue
            if _MARKER.match(self._text, match.start()):
                return match.start()
            if len(self._text) - match.start() <= MAX_HELD:
                end = self._end_of_harmless(match)
            else:
                if has_call is None:
                    has_call = find_call(self._text[match.start() :], self.tools) is not None
                end = None if has_call else match.end()
            if end is None:
                return match.start()
            start = end
        return len(self._text)

    def _end_of_harmless(self, match: re.Match[str]) -> int | None:
        """The end of what looked like a call and is none; None while that is open."""
        brace = re.search(r"[{\[]", match[0])
        if brace is None:
            return match.end() if len(self._text) - match.start() > _LONGEST_MARKER else None
        try:
            value, end = json.JSONDecoder().raw_decode(self._text, match.start() + brace.start())
        except (ValueError, RecursionError):
            return None
        return None if _calls(value, None) else end

    def _may_be_function_call(self) -> bool:
        if len(self._text) > MAX_HELD:
            return False
        opening = _FENCE.match(self._text)
        begun = self._text[opening.end() if opening else 0 :]
        openings = (f"{lead}{name}(" for name in self.tools for lead in ("", "functions."))
        return any(begun.startswith(each) or each.startswith(begun) for each in openings)


def _is_function_call(text: str, tools: Collection[str]) -> bool:
    match = _FUNCTION.fullmatch(text)
    return match is not None and match["tool"].removeprefix("functions.") in tools


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    """The JSON objects and lists of objects in a text, outermost first, with their places."""
    place, decode = 0, json.JSONDecoder().raw_decode
    for match in _OBJECT.finditer(text):
        if match.start() < place:
            continue
        try:
            value, place = decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        yield match.start(), value


def _calls(value: Any, tools: Collection[str] | None) -> bool:
    """Whether a value is a call, or a list of calls; of `tools`, or of any where that is None."""
    if isinstance(value, list):
        return bool(value) and all(_calls(each, tools) for each in value)
    if not isinstance(value, Mapping):
        return False
    if any(_holds(value.get(key), lambda each: _calls(each, tools)) for key in _LISTS):
        return True
    named = [value[key] for key in _NAMES if key in value]
    inner = next((each for each in named if isinstance(each, Mapping)), None)
    if inner is not None:
        return _calls(inner, tools)
    known = any(tools is None or (isinstance(each, str) and each in tools) for each in named)
    return known and any(key in value for key in _ARGUMENTS)


def _holds(value: Any, is_call: Callable[[Any], bool]) -> bool:
    return is_call(value) if isinstance(value, list | Mapping) else False

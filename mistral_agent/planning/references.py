"""References from a step's arguments to earlier results, and how literal text is kept from them.

- `${step1.code}` is the field `code` of the result of step1, `${step1.issues.0.line}` goes deeper,
  `${step1}` is the whole result. A string that is exactly one reference gets the value with its
  type; a reference inside other text becomes text: strings as they are, others as JSON.
- `{prev_result}` is the text of the step before.
- One more dollar takes the meaning away: `$${step1}` is the text `${step1}`, and `{$prev_result}`
  the text `{prev_result}`. `escape` does it for text of the user, whatever it holds. A `${` that
  no reference follows is itself.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mistral_agent.errors import ReferenceProblem

_TOKEN = re.compile(
    r"(?P<dollars>\$+)\{(?:(?P<step>[A-Za-z_][\w-]*)(?:\.(?P<path>[\w\-.\[\]]+))?\})?"
    r"|\{(?P<guard>\$*)prev_result\}"
)
_OPENING = re.compile(r"(?P<dollars>\$+)\{|\{(?P<guard>\$*)prev_result\}")
_PART = re.compile(r"[^.\[\]]+")
_MAX_NAMED = 12

ITEM = "item"
"""What a step that repeats calls the item that it is at: `${item}`, `${item.name}`."""


class Reference(NamedTuple):
    """A use of an earlier result: the step's id and the path within it, None for all of it."""

    step: str
    path: str | None


def references(args: Any) -> frozenset[Reference]:
    """The references that `args` holds, at any depth; `{prev_result}` is not among them."""
    found: set[Reference] = set()
    _walk(args, lambda text: found.update(_in_text(text)))
    return frozenset(found)


def uses_previous(args: Any) -> bool:
    """Whether `args` holds `{prev_result}` at any depth."""
    found: list[bool] = []
    _walk(args, lambda text: found.extend(match["guard"] == "" for match in _TOKEN.finditer(text)))
    return any(found)


def whole_reference(value: object) -> Reference | None:
    """The reference that a string consists of, if it is exactly one."""
    match = _TOKEN.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else _meant(match)


def escape(value: Any) -> Any:
    """The same value, with its text kept from being read as references."""
    return _mapped(value, lambda text: _OPENING.sub(_with_one_more, text))


def rename(args: Any, ids: Mapping[str, str]) -> Any:
    """The same arguments with the steps they refer to called by other ids."""

    def replaced(match: re.Match[str]) -> str:
        meant = _meant(match)
        if meant is None or meant.step not in ids:
            return match[0]
        return reference(ids[meant.step], meant.path)

    return _mapped(args, lambda text: _TOKEN.sub(replaced, text))


def items_of(args: Any, over: Reference) -> Any:
    """The same arguments with `${item}` called by its place in the list, as of the first one."""

    def replaced(match: re.Match[str]) -> str:
        meant = _meant(match)
        if meant is None or meant.step != ITEM:
            return match[0]
        parts = (over.path, "0", meant.path)
        return reference(over.step, ".".join(part for part in parts if part))

    return _mapped(args, lambda text: _TOKEN.sub(replaced, text))


def reference(step: str, path: str | None = None) -> str:
    """The text of a reference."""
    return f"${{{step}.{path}}}" if path else f"${{{step}}}"


def resolve(
    args: Mapping[str, Any],
    results: Mapping[str, Any],
    previous: str | None = None,
) -> dict[str, Any]:
    """The arguments with every reference replaced by what it refers to.

    Args:
        args: Arguments of a step.
        results: The structured results of the steps that are done, by step id.
        previous: The text of the step before; None where there is none.

    Raises:
        ReferenceProblem: A step or a field is not there; the message names what is.
    """
    resolved = _mapped(dict(args), lambda text: _resolve_text(text, results, previous))
    return dict(resolved)


def _resolve_text(text: str, results: Mapping[str, Any], previous: str | None) -> Any:
    whole = whole_reference(text)
    if whole is not None:
        return _value(whole, results)

    def replaced(match: re.Match[str]) -> str:
        meant = _meant(match)
        if meant is not None:
            return _as_text(_value(meant, results))
        if match["guard"] == "":
            return _previous(previous)
        return _with_one_less(match)

    return _TOKEN.sub(replaced, text)


def _meant(match: re.Match[str]) -> Reference | None:
    if match["dollars"] == "$" and match["step"]:
        return Reference(match["step"], match["path"])
    return None


def _in_text(text: str) -> list[Reference]:
    found = (_meant(match) for match in _TOKEN.finditer(text))
    return [each for each in found if each is not None]


def _with_one_more(match: re.Match[str]) -> str:
    if match["dollars"]:
        return f"${match[0]}"
    return f"{{${match['guard']}prev_result}}"


def _with_one_less(match: re.Match[str]) -> str:
    if match["guard"]:
        return f"{{{match['guard'][1:]}prev_result}}"
    return match[0][1:] if len(match["dollars"]) > 1 else match[0]


def _previous(previous: str | None) -> str:
    if previous is None:
        raise ReferenceProblem(
            "{prev_result} is used in the first step; write {$prev_result} for the text itself"
        )
    return previous


def _value(meant: Reference, results: Mapping[str, Any]) -> Any:
    if meant.step not in results:
        raise ReferenceProblem(
            f"{reference(*meant)}: there is no result of {meant.step!r}; "
            f"{_there(results, 'steps')}",
            meant.step,
        )
    value: Any = results[meant.step]
    for part in _PART.findall(meant.path or ""):
        value = _inside(value, part, meant)
    return value


def _inside(value: Any, part: str, meant: Reference) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    if isinstance(value, Mapping):
        has = _there(value, "fields")
    else:
        has = f"there are {len(value)} items" if isinstance(value, list) else "it is a plain value"
    raise ReferenceProblem(
        f"{reference(*meant)}: the result of {meant.step!r} has no {part!r} there; {has}",
        meant.step,
    )


def _there(names: Mapping[str, Any], what: str) -> str:
    shown = ", ".join(str(name) for name in list(names)[:_MAX_NAMED])
    return f"there are the {what} {shown}" if shown else f"there are no {what}"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _walk(value: Any, visit: Callable[[str], object]) -> None:
    if isinstance(value, str):
        visit(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            _walk(each, visit)
    elif isinstance(value, list | tuple):
        for each in value:
            _walk(each, visit)


def _mapped(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(each, change) for each in value]
    return value

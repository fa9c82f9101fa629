"""What is wrong with a call's arguments, said so that a person or a model can mend it."""

import difflib
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError
from pydantic_core import ErrorDetails

# What JSON calls the types that pydantic names after Python's.
_WANTED = {
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer, without a fraction",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def argument_problems(tool: Tool, arguments: Mapping[str, Any], max_bytes: int) -> list[str]:
    """One line for each thing that is wrong with `arguments`; empty where they are right.

    Args:
        tool: The tool that is called.
        arguments: What the caller gave, as it came.
        max_bytes: Upper bound of the UTF-8 bytes of all text in one argument.
    """
    known: Mapping[str, Any] = tool.parameters.get("properties", {})
    understood = {*known, *tool.fn_metadata.arg_model.model_fields}
    sizes = [_too_large(name, value, max_bytes) for name, value in arguments.items()]
    if oversized := [line for line in sizes if line]:
        return oversized
    booleans = {
        name
        for name, value in arguments.items()
        if name in known and isinstance(value, bool) and not _takes_boolean(known[name])
    }
    judged = {n: v for n, v in arguments.items() if n in understood and n not in booleans}
    return [
        *(_extra(name, known) for name in arguments if name not in understood),
        *(_not_boolean(name, arguments[name], known[name]) for name in sorted(booleans)),
        *_type_problems(tool, judged, known, missing_elsewhere=booleans),
    ]


def _type_problems(
    tool: Tool, given: dict[str, Any], known: Mapping[str, Any], missing_elsewhere: Set[str]
) -> Iterator[str]:
    try:
        tool.fn_metadata.validate_arguments(given)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            name = str(details["loc"][0]) if details["loc"] else ""
            if details["type"] == "missing" and len(details["loc"]) == 1:
                if name not in missing_elsewhere:
                    yield _missing(name, known)
            else:
                yield _wrong(details)


def _missing(name: str, known: Mapping[str, Any]) -> str:
    about = known.get(name, {}).get("description", "")
    return f"{name}: missing, and required{f': {about}' if about else ''}"


def _not_boolean(name: str, value: bool, schema: Mapping[str, Any]) -> str:
    return f"{name}: must be {_type_name(schema)} (got {_shown(value)})"


def _extra(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"{_shown(name)}: no such argument; did you mean {close[0]!r}?"
    if not known:
        return f"{_shown(name)}: no such argument; this tool takes none"
    return f"{_shown(name)}: no such argument; it takes {', '.join(known)}"


def _wrong(details: ErrorDetails) -> str:
    kind, value = details["type"], details["input"]
    if kind == "missing":
        return f"{_place(details['loc'])}: missing, and required"
    if kind == "extra_forbidden":
        return f"{_place(details['loc'])}: no such field"
    remedy = _WANTED.get(kind) or _from_message(details["msg"])
    hint = _did_you_mean(value, details.get("ctx", {}).get("expected"))
    return f"{_place(details['loc'])}: {remedy} (got {_shown(value)}){hint}"


def _from_message(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = text.replace("Input should be", "must be").replace("Input should", "must")
    return text[:1].lower() + text[1:]


def _did_you_mean(value: object, expected: object) -> str:
    if not isinstance(value, str) or not isinstance(expected, str):
        return ""
    choices = [part for part in expected.split("'")[1::2] if part]
    close = difflib.get_close_matches(value.lower(), choices, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _place(location: Sequence[str | int]) -> str:
    first, *rest = location or ("arguments",)
    return str(first) + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in rest)


def _takes_boolean(schema: Mapping[str, Any]) -> bool:
    """False for numbers only: Python counts booleans among them; all else refuses them itself."""
    return not set(_types(schema)) <= {"integer", "number"}


def _type_name(schema: Mapping[str, Any]) -> str:
    return " or ".join("an integer" if t == "integer" else f"a {t}" for t in _types(schema))


def _types(schema: Mapping[str, Any]) -> list[str]:
    branches: Sequence[Mapping[str, Any]] = schema.get("anyOf", [schema])
    return [str(b.get("type")) for b in branches if b.get("type") != "null"]


def _too_large(name: str, value: object, max_bytes: int) -> str:
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in _texts(value))
    if size <= max_bytes:
        return ""
    return (
        f"{_shown(name)}: {size} bytes are over the limit of {max_bytes}; "
        "send less, or raise performance.max_input_bytes"
    )


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            waiting += part.keys()
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _shown(value: object, limit: int = 60) -> str:
    """A value as its caller wrote it, shortened, on one line."""
    text = "null" if value is None else repr(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= limit else f"{text[:limit]}…"

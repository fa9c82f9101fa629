"""What a JSON schema must not contain for llama.cpp, and how an ignored one shows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from model_backends.errors import SchemaError

_OPENING = {"object": "{", "array": "[", "string": '"'}
_COUNT_KEYWORDS = (("minLength", "maxLength"), ("minItems", "maxItems"))
_REPETITION = re.compile(r"\{(\d+),(\d+)\}")


def require_bounds(schema: Mapping[str, Any]) -> None:
    """Refuse bounds that contradict each other.

    The runtime compiles them to a repetition without an end, and takes memory until there is none
    (xllamacpp 2026.10). What is wrong with a schema otherwise it finds itself.

    Raises:
        SchemaError: A least count is above the greatest, or a count is not a whole number.
    """
    for part in _parts(schema):
        for least, most in _COUNT_KEYWORDS:
            low, high = _count(part, least), _count(part, most)
            if low is not None and high is not None and low > high:
                raise SchemaError(f"{least} {low} is above {most} {high}")
        pattern = part.get("pattern")
        for low, high in _REPETITION.findall(pattern) if isinstance(pattern, str) else ():
            if int(low) > int(high):
                raise SchemaError(f"pattern: {{{low},{high}}} repeats at least more than at most")


def require_opening(text: str, schema: Mapping[str, Any]) -> None:
    """Refuse output that does not begin as the schema's type does.

    For a raw prompt the runtime generates freely, without a word, when it cannot compile a schema.

    Raises:
        SchemaError: It begins otherwise.
    """
    opening, begins = _OPENING.get(str(schema.get("type"))), text.lstrip()[:1]
    if opening and begins and begins != opening:
        raise SchemaError("the runtime cannot decode a raw prompt under it; send messages instead")


def _count(part: Mapping[str, Any], keyword: str) -> int | None:
    value = part.get(keyword)
    # A property may have the name of a keyword; then a schema stands here.
    if value is None or isinstance(value, Mapping | bool):
        return None
    if not isinstance(value, int) or value < 0:
        raise SchemaError(f"{keyword}: {value!r} is not a whole number from 0 on")
    return value


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """All mappings within `schema`; those that are no schemas have none of the keywords."""
    open_parts = [schema]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, Mapping):
            yield part
            open_parts.extend(part.values())
        elif isinstance(part, list | tuple):
            open_parts.extend(part)

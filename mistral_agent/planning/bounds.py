"""Whether a literal value is one that a parameter takes, without a schema library."""

import operator
from collections.abc import Callable
from typing import Any

from mistral_agent.catalogue import Schema

_LIMITS: tuple[tuple[str, Callable[[float, float], bool], str], ...] = (
    ("minimum", operator.ge, "at least"),
    ("maximum", operator.le, "at most"),
    ("exclusiveMinimum", operator.gt, "above"),
    ("exclusiveMaximum", operator.lt, "below"),
)


def out_of_bounds(value: Any, schema: Schema) -> str | None:
    """What is wrong with a value, in words that follow the parameter's name; None if nothing is."""
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        return f"must be one of {', '.join(map(str, choices))}"
    if isinstance(value, str):
        return _wrong_length(value, schema)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _wrong_size(value, schema)


def _wrong_size(value: float, schema: Schema) -> str | None:
    if schema.get("type") == "integer" and value != int(value):
        return "must be a whole number"
    for key, holds, words in _LIMITS:
        limit = schema.get(key)
        if isinstance(limit, int | float) and not holds(value, limit):
            return f"must be {words} {limit}"
    return None


def _wrong_length(value: str, schema: Schema) -> str | None:
    most = schema.get("maxLength")
    if isinstance(most, int) and len(value) > most:
        return f"must have at most {most} characters"
    return None

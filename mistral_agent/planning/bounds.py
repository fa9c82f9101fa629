"""Whether a literal value is one that a parameter takes, without a schema library."""

from typing import Any

from mistral_agent.catalogue import Schema


def out_of_bounds(value: Any, schema: Schema) -> str | None:
    """What is wrong with a value, in words that follow the parameter's name; None if nothing is."""
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        return f"must be one of {', '.join(map(str, choices))}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong_length(value, schema) if isinstance(value, str) else None
    if schema.get("type") == "integer" and value != int(value):
        return "must be a whole number"
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(least, int | float) and value < least:
        return f"must be at least {least}"
    if isinstance(most, int | float) and value > most:
        return f"must be at most {most}"
    return None


def _wrong_length(value: str, schema: Schema) -> str | None:
    most = schema.get("maxLength")
    if isinstance(most, int) and len(value) > most:
        return f"must have at most {most} characters"
    return None

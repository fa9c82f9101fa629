"""The smallest value that a JSON Schema allows, for the keywords that our own schemas use."""

from collections.abc import Mapping
from typing import Any

from model_backends.errors import SchemaError

MAX_DEPTH = 32


def smallest_instance(schema: Mapping[str, Any]) -> Any:
    """Build a minimal valid instance: required properties only, fewest items, shortest texts.

    Patterns, formats and conditions are not considered.

    Raises:
        SchemaError: A reference leads nowhere, a type is unknown, or it has no finite instance.
    """
    return _instance(schema, schema, 0)


def _instance(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise SchemaError(f"no finite instance within {MAX_DEPTH} levels")
    if schema is True:
        return None
    if not isinstance(schema, Mapping):
        raise SchemaError(f"{schema!r} is not a schema")
    for keyword in ("const", "default"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        return _instance(_resolve(schema["$ref"], root), root, depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if schema.get(keyword):
            return _instance(schema[keyword][0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "null")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            required = schema.get("required", ())
            return {n: _instance(properties.get(n, True), root, depth + 1) for n in required}
        case "array":
            item = schema.get("items", True)
            return [_instance(item, root, depth + 1) for _ in range(schema.get("minItems", 0))]
        case "string":
            return "x" * schema.get("minLength", 0)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case "null":
            return None
        case unknown:
            raise SchemaError(f"unrecognized type {unknown!r}")


def _number(schema: Mapping[str, Any]) -> int | float:
    """Zero, moved within the bounds; a bound that is itself excluded is passed by one."""
    number: int | float = 0
    if "exclusiveMaximum" in schema:
        number = min(number, schema["exclusiveMaximum"] - 1)
    if "maximum" in schema:
        number = min(number, schema["maximum"])
    if "exclusiveMinimum" in schema:
        number = max(number, schema["exclusiveMinimum"] + 1)
    if "minimum" in schema:
        number = max(number, schema["minimum"])
    return number


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or (key and key not in found):
            raise SchemaError(f"cannot resolve $ref {reference}")
        found = found[key] if key else found
    return found

"""What a parameter of a tool takes, read from its schema and its name."""

from collections.abc import Mapping
from typing import Any, Literal

from mistral_agent.catalogue import Schema, Tool
from mistral_agent.intent.vocabulary import word_set
from mistral_agent.intent.words import words

SOURCE_CODE = "text/x-source"
"""The `contentMediaType` of fields that hold source code."""

Kind = Literal[
    "source", "choice", "choices", "boolean", "number", "url", "path", "paths", "timezone",
    "messages", "free_text", "content", "list", "name", "other",
]  # fmt: skip

_FREE_TEXT = word_set(
    "description request task prompt query message topic question instruction "
    "instructions goal idea problem requirement requirements comment note subject "
    "statement phrase sentence story"
)
_CONTENT = word_set("content contents text data body input document markdown")
_PATH = word_set("path file filename filepath dir directory folder destination")
_PATHS = _PATH | {"paths", "files", "filenames", "directories", "folders"}
_SOURCE = frozenset({"code", "source_code", "sourcecode", "snippet", "program"})
_MAX_DEPTH = 8


def plain_schema(schema: object, root: Schema) -> Schema:
    """The schema itself, with local references followed and "or null" taken away."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(schema, Mapping):
            return {}
        if isinstance(schema.get("$ref"), str):
            schema = _follow(schema["$ref"], root)
            continue
        options = _options(schema)
        if options is None:
            return schema
        first = next((each for each in options if not _is_null(each)), {})
        rest = {key: value for key, value in schema.items() if key not in _COMBINERS}
        schema = {**rest, **first} if isinstance(first, Mapping) else {}
    return {}


_COMBINERS = ("anyOf", "oneOf", "allOf")


def takes_words(tool: Tool) -> bool:
    """Whether a tool needs a description in words."""
    return any(kind_of(tool, name) == "free_text" for name in tool.required)


def makes_code(tool: Tool) -> bool:
    """Whether a tool makes code of words, rather than of code."""
    takes = any(kind_of(tool, name) == "source" for name in tool.parameters)
    root = tool.output_schema or {}
    return not takes and any(is_source(name, each, root) for name, each in tool.outputs.items())


def types_of(schema: object, root: Schema) -> frozenset[str]:
    """The JSON types that the schema admits; empty where it does not say."""
    found: set[str] = set()
    _collect_types(schema, root, found, _MAX_DEPTH)
    return frozenset(found)


def may_serve(offered: object, offered_root: Schema, wanted: object, wanted_root: Schema) -> bool:
    """Whether a value under one schema can satisfy another, by the JSON types of both.

    Null is set aside: a field that may be null often is not. So are ranges and choices, which
    are known only with the value; of arrays the items are compared.
    """
    for _ in range(_MAX_DEPTH):
        has = types_of(offered, offered_root) - {"null"}
        takes = types_of(wanted, wanted_root)
        if "number" in takes:
            takes |= {"integer"}
        if has and takes and not has & takes:
            return False
        if has & takes != {"array"}:
            return True
        offered = item_schema(plain_schema(offered, offered_root), offered_root)
        wanted = item_schema(plain_schema(wanted, wanted_root), wanted_root)
    return True


def kind_of(tool: Tool, name: str) -> Kind:
    """What the parameter `name` of `tool` takes."""
    schema = plain_schema(tool.parameters.get(name), tool.input_schema)
    kind = _kind_by_type(schema, tool)
    return _kind_of_text(tool, name, schema) if kind is None else _refine(kind, name, schema, tool)


def is_source(name: str, schema: object, root: Schema) -> bool:
    """Whether a field holds source code: it is marked so, or it is a text called "code"."""
    plain = plain_schema(schema, root)
    if plain.get("contentMediaType") == SOURCE_CODE:
        return True
    return name.lower() in _SOURCE and types_of(schema, root) <= {"string", "null"}


def item_schema(schema: Schema, root: Schema) -> Schema:
    """The schema of an array's items."""
    return plain_schema(schema.get("items"), root)


def choices_of(tool: Tool, name: str) -> tuple[str, ...]:
    """The words that a parameter, or each item of it, is a choice of."""
    schema = plain_schema(tool.parameters.get(name), tool.input_schema)
    values = schema.get("enum") or item_schema(schema, tool.input_schema).get("enum")
    words_only = values if isinstance(values, list) else []
    return tuple(each.lower() for each in words_only if isinstance(each, str))


def _kind_by_type(schema: Schema, tool: Tool) -> Kind | None:
    if isinstance(schema.get("enum"), list):
        return "choice"
    kinds: dict[str, Kind] = {
        "boolean": "boolean",
        "integer": "number",
        "number": "number",
        "array": "list",
        "object": "other",
    }
    found = [kinds[each] for each in types_of(schema, tool.input_schema) if each in kinds]
    return found[0] if found else None


def _refine(kind: Kind, name: str, schema: Schema, tool: Tool) -> Kind:
    if kind != "list":
        return kind
    items = item_schema(schema, tool.input_schema)
    if isinstance(items.get("enum"), list):
        return "choices"
    properties = items.get("properties")
    if isinstance(properties, Mapping) and {"role", "content"} <= set(properties):
        return "messages"
    holds_texts = "string" in (types_of(items, tool.input_schema) or {"string"})
    return "paths" if holds_texts and _PATHS.intersection(words(name)) else "list"


def _kind_of_text(tool: Tool, name: str, schema: Schema) -> Kind:
    named = words(name)
    if is_source(name, schema, tool.input_schema):
        return "source"
    if schema.get("format") in ("uri", "url") or {"url", "uri"}.intersection(named):
        return "url"
    if _PATH.intersection(named) or (named == ["source"] and "destination" in tool.parameters):
        return "path"
    if "timezone" in named:
        return "timezone"
    if _FREE_TEXT.intersection(named):
        return "free_text"
    return "content" if _CONTENT.intersection(named) else "name"


def _follow(reference: str, root: Schema) -> object:
    """A local JSON pointer's target; other references are not followed, nothing is fetched."""
    found: Any = root
    if not reference.startswith("#"):
        return {}
    for part in reference.lstrip("#").strip("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, Mapping) and key else found
    return found


def _options(schema: Mapping[str, Any]) -> list[object] | None:
    for key in _COMBINERS:
        options = schema.get(key)
        if isinstance(options, list) and options:
            return options
    return None


def _is_null(schema: object) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _collect_types(schema: object, root: Schema, found: set[str], depth: int) -> None:
    if depth == 0 or not isinstance(schema, Mapping):
        return
    if isinstance(schema.get("$ref"), str):
        _collect_types(_follow(schema["$ref"], root), root, found, depth - 1)
    kinds = schema.get("type")
    found.update([kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else [])
    if isinstance(schema.get("enum"), list) and "type" not in schema:
        found.update(_type_name(value) for value in schema["enum"])
    for option in _options(schema) or ():
        _collect_types(option, root, found, depth - 1)


def _type_name(value: object) -> str:
    names = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")

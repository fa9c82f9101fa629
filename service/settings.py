"""Settings in layers (defaults < YAML < environment < flags), refused by file, key and value.

pydantic-settings was considered: it merges the same sources, but its errors do not say which
file or variable a bad value came from, and unknown environment variables pass in silence.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ValidationInfo

Path_ = tuple[str, ...]


class SettingsError(Exception):
    """A setting is unknown or wrong; the message names where it stands, its key and its value."""

    exit_code: ClassVar[int] = 2


class Section(BaseModel):
    """Base of every settings class: frozen, unknown keys refused, booleans are not numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_boolean_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and info.field_name:
            annotation = cls.model_fields[info.field_name].annotation
            if not _mentions(annotation, bool):
                raise ValueError("a boolean is not valid here")
        return value


S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True)
class Layer:
    """Values from one origin, such as a file; later layers win over earlier ones."""

    origin: str
    values: Mapping[str, Any]


def load_settings(schema: type[S], layers: Sequence[Layer]) -> S:
    """Merge `layers`, the last one winning, and validate the result.

    Raises:
        SettingsError: A key is unknown or a value has the wrong type or range.
    """
    merged: dict[str, Any] = {}
    origins: dict[Path_, str] = {}
    for layer in layers:
        try:
            _merge(merged, layer.values, layer.origin, origins, ())
        except RecursionError:
            raise SettingsError(f"{layer.origin}: a value contains itself") from None
    try:
        return schema.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_explain(error.errors()[0], origins, schema)) from None


def yaml_layer(path: Path, *, packaged: bool = False) -> Layer:
    """Read a YAML file of settings.

    Args:
        path: The file.
        packaged: It is our own, and may be read by libyaml, which is faster, but which deep
            nesting can crash.

    Raises:
        SettingsError: The file cannot be read, is not YAML, or is not a mapping.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader) if packaged else _UniqueKeys
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 (all are safe)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{path}: cannot be read: {reason}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise SettingsError(f"{place}: not valid YAML: {problem}") from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SettingsError(f"{path}: not valid YAML: {reason}") from None
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected a mapping of sections, found {_short(values)}")
    return Layer(str(path), values)


class _UniqueKeys(yaml.SafeLoader):
    """The safe loader, which also refuses a key that stands twice: the first would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def environment_layers(prefix: str, environ: Mapping[str, str]) -> list[Layer]:
    """Read `PREFIX__SECTION__KEY=value` variables, one layer each; values are read as YAML."""
    return [
        Layer(name, _nest(name.removeprefix(f"{prefix}__").lower().split("__"), value))
        for name, value in sorted(environ.items())
        if name.startswith(f"{prefix}__")
    ]


def variable_layer(origin: str, path: str, value: object) -> Layer:
    """A single value by its dotted path, for flags and for variables with names of their own."""
    values: Any = value
    for key in reversed(path.split(".")):
        values = {key: values}
    return Layer(origin, values)


def _nest(keys: Sequence[str], text: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        value = text
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def _merge(
    into: dict[str, Any],
    values: Mapping[str, Any],
    origin: str,
    origins: dict[Path_, str],
    path: Path_,
) -> None:
    for key, value in values.items():
        here = (*path, str(key))
        origins[here] = origin
        if isinstance(value, Mapping):
            base = into.get(str(key))
            into[str(key)] = dict(base) if isinstance(base, Mapping) else {}
            _merge(into[str(key)], value, origin, origins, here)
        else:
            into[str(key)] = value


def _explain(error: ErrorDetails, origins: Mapping[Path_, str], schema: type[Section]) -> str:
    location = tuple(str(part) for part in error["loc"])
    known = next(p for p in _prefixes(location) if p in origins or not p)
    origin, key = origins.get(known, "settings"), ".".join(location)
    if error["type"] == "extra_forbidden":
        return f"{origin}: unknown key {key!r}{_suggest(location, schema)}"
    if error["type"] in ("model_type", "dict_type"):
        return f"{origin}: {key}: expected a mapping of keys (got {_short(error['input'])})"
    message = error["msg"].removeprefix("Value error, ")
    return f"{origin}: {key}: {message[0].lower()}{message[1:]} (got {_short(error['input'])})"


def _prefixes(location: Path_) -> Iterator[Path_]:
    for length in range(len(location), -1, -1):
        yield location[:length]


def _suggest(location: Path_, schema: type[Section]) -> str:
    section: Any = schema
    for part in location[:-1]:
        field = section.model_fields.get(part) if _is_section(section) else None
        section = _section_of(field.annotation) if field else None
    if not _is_section(section):
        return ""
    names = list(section.model_fields)
    close = difflib.get_close_matches(location[-1], names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(names)}"


def _is_section(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _section_of(annotation: object) -> object:
    for part in (annotation, *get_args(annotation)):
        if _is_section(part):
            return part
    return None


def _mentions(annotation: object, wanted: type) -> bool:
    if annotation is wanted or annotation is Any:
        return True
    if get_origin(annotation) in (Union, UnionType):
        return any(_mentions(part, wanted) for part in get_args(annotation))
    return False


def _short(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"

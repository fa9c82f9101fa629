"""A bare `MCPServer` with the tools of the real one in signature only, as the reference.

It is written as Python source from the real tools, so that the two cannot drift apart: parameters,
result models, titles and annotations are the real ones; the functions do nothing.
"""

import importlib
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from mcp.server.mcpserver import Context
from pydantic import BaseModel
from pydantic.fields import ComputedFieldInfo, FieldInfo

MODULE = "bare_server"

_HEAD = '''"""Written by benchmarks/bare.py: tools of the same signatures, which do nothing."""

from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, computed_field

server = MCPServer("bare")
'''
_TAIL = """

def main() -> None:
    server.run()
"""
# What pydantic keeps as metadata objects, by the attribute that names the argument of Field.
_BOUNDS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")
_FIELD_TEXTS = ("alias", "title", "description", "examples", "json_schema_extra")


def write_bare_server(directory: Path, tools: Mapping[str, str]) -> Path:
    """Write the module `bare_server` into `directory`.

    Args:
        directory: Becomes importable for the process that shall serve.
        tools: The module of each real tool, by the tool's name.
    """
    path = directory / f"{MODULE}.py"
    path.write_text(_HEAD + Source().of(tools) + _TAIL, encoding="utf-8")
    return path


class Source:
    """Writes types as source; models become classes, written before what names them."""

    def __init__(self) -> None:
        self._classes: dict[type, str] = {}

    def of(self, tools: Mapping[str, str]) -> str:
        """The source of all classes and tools."""
        functions = [self._tool(n, importlib.import_module(m)) for n, m in tools.items()]
        return "".join([*self._classes.values(), *functions])

    def _tool(self, name: str, module: types.ModuleType) -> str:
        function: Callable[..., Any] = getattr(module, name)
        hints = typing.get_type_hints(function, include_extras=True)
        parameters = [
            self._parameter(p, hints[p.name])
            for p in inspect.signature(function).parameters.values()
            if not _is_context(hints[p.name])
        ]
        description = " ".join((function.__doc__ or "").split("\n\n")[0].split())
        annotations = module.ANNOTATIONS.model_dump(exclude_none=True)
        return (
            f"\n\n@server.tool(title={module.TITLE!r}, description={description!r}, "
            f"annotations=ToolAnnotations(**{annotations!r}))\n"
            f"async def {name}({', '.join(parameters)}) -> {self._type(hints['return'])}:\n"
            f"    raise NotImplementedError\n"
        )

    def _parameter(self, parameter: inspect.Parameter, hint: object) -> str:
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        return f"{parameter.name}: {self._type(hint)}{default}"

    def _type(self, hint: Any) -> str:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is None:
            return self._plain(hint)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:])
        if origin is Literal:
            return f"Literal[{', '.join(map(repr, arguments))}]"
        if origin in (typing.Union, types.UnionType):
            return " | ".join(self._type(a) for a in arguments)
        inner = ", ".join("..." if a is ... else self._type(a) for a in arguments)
        return f"{_builtin(origin)}[{inner}]"

    def _plain(self, hint: Any) -> str:
        if hint in (None, type(None)):
            return "None"
        if hint is Any:
            return "Any"
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return self._model(hint)
        if isinstance(hint, type) and hint.__module__ == "builtins":
            return hint.__name__
        raise TypeError(f"a bare server cannot be written: no source for the type {hint!r}")

    def _annotated(self, hint: object, metadata: tuple[object, ...]) -> str:
        fields = [m for m in metadata if isinstance(m, FieldInfo)]
        keywords: dict[str, object] = {}
        for part in (*metadata, *(m for f in fields for m in f.metadata)):
            keywords |= _bounds(part)
        for info in fields:
            keywords |= _texts(info)
        text = self._type(hint)
        return f"Annotated[{text}, Field({_written(keywords)})]" if keywords else text

    def _model(self, model: type[BaseModel]) -> str:
        if model not in self._classes:
            extra = model.model_config.get("extra")
            lines = [
                f"    {inspect.cleandoc(model.__doc__)!r}\n" if model.__doc__ else "    pass\n",
                f"    model_config = ConfigDict(extra={extra!r})\n" if extra else "",
                *(self._field(name, info) for name, info in model.model_fields.items()),
                *(self._computed(name, info) for name, info in model.model_computed_fields.items()),
            ]
            # Inserted only now: the classes that the fields name stand before this one.
            self._classes[model] = f"\n\nclass {model.__name__}(BaseModel):\n{''.join(lines)}"
        return model.__name__

    def _field(self, name: str, info: FieldInfo) -> str:
        keywords = _texts(info)
        for part in info.metadata:
            keywords |= _bounds(part)
        written = _written(keywords)
        if info.default_factory is not None:
            made = info.get_default(call_default_factory=True, validated_data={})
            written = f"default_factory=lambda: {made!r}, {written}"
        elif not info.is_required():
            written = f"default={info.default!r}, {written}"
        return f"    {name}: {self._type(info.annotation)} = Field({written})\n"

    def _computed(self, name: str, info: ComputedFieldInfo) -> str:
        hint = self._type(info.return_type)
        return (
            f"\n    @computed_field(description={info.description!r})\n    @property\n"
            f"    def {name}(self) -> {hint}:\n        raise NotImplementedError\n"
        )


def _is_context(hint: object) -> bool:
    origin = get_origin(hint) or hint
    return isinstance(origin, type) and issubclass(origin, Context)


def _builtin(origin: Any) -> str:
    """The builtin that has the same JSON Schema as a generic such as Sequence or Mapping."""
    if issubclass(origin, Mapping):
        return "dict"
    return str(origin.__name__) if origin in (list, tuple, set, frozenset) else "list"


def _bounds(part: object) -> dict[str, object]:
    found = {name: getattr(part, name, None) for name in _BOUNDS if not isinstance(part, FieldInfo)}
    return {name: value for name, value in found.items() if value is not None}


def _texts(info: FieldInfo) -> dict[str, object]:
    found = {name: getattr(info, name) for name in _FIELD_TEXTS}
    return {name: value for name, value in found.items() if value is not None}


def _written(keywords: Mapping[str, object]) -> str:
    plain = {k: v.value if isinstance(v, Enum) else v for k, v in keywords.items()}
    return ", ".join(f"{name}={value!r}" for name, value in plain.items())

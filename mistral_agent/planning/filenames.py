"""The name of the file that code comes from, for a parameter that asks for it."""

import keyword
import re
import sys
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mistral_agent.catalogue import Tool
from mistral_agent.intent.arguments import Given
from mistral_agent.intent.parameters import kind_of, plain_schema, types_of
from mistral_agent.intent.words import words

_MODULE = re.compile(r"\bmodule(?:'s)? name\b|\bname of the module\b", re.IGNORECASE)
_FILE = re.compile(r"\bfile(?:'s)? ?name\b|\bname of the (?:source )?file\b", re.IGNORECASE)


def names_of_file(tool: Tool, path: str) -> Mapping[str, Given]:
    """The parameters of `tool` that say what the file is called, with that name.

    A module is called as `module_of` says. Tools that change things are left out: a name that
    they take may be that of a file to be written.
    """
    if not tool.read_only:
        return {}
    file = PurePosixPath(path.replace("\\", "/"))
    found: dict[str, Given] = {}
    for name in tool.parameters:
        asked = _asks_for(tool, name)
        if asked == "module" and (module := module_of(path)):
            found[name] = Given(module, f"from {file.name}")
        elif asked == "file":
            found[name] = Given(file.name, f"from {file.name}")
    return found


def module_of(path: str) -> str | None:
    """What a file is imported by: its stem; None where that is no name, or one of Python's own."""
    file = PurePosixPath(path.replace("\\", "/"))
    name = file.stem if file.suffix else ""
    is_own = keyword.iskeyword(name) or name in sys.stdlib_module_names
    return name if name.isidentifier() and not is_own else None


def path_read(tool: Tool, args: Mapping[str, Any]) -> str | None:
    """The path that a step reads its one file from; None where it reads none."""
    paths = [name for name in tool.parameters if kind_of(tool, name) == "path" and name in args]
    takes_code = any(kind_of(tool, name) == "source" for name in tool.parameters)
    value = args[paths[0]] if len(paths) == 1 and not takes_code else None
    return value if isinstance(value, str) and "${" not in value else None


def _asks_for(tool: Tool, name: str) -> str | None:
    if "string" not in types_of(tool.parameters[name], tool.input_schema):
        return None
    schema = plain_schema(tool.parameters[name], tool.input_schema)
    if "enum" in schema:
        return None
    text = f"{' '.join(words(name))}. {schema.get('description', '')}"
    return "module" if _MODULE.search(text) else "file" if _FILE.search(text) else None

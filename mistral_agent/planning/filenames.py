"""The name of the file that code comes from, for a parameter that asks for it."""

import keyword
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.arguments import Given
from mistral_agent.intent.parameters import kind_of, plain_schema, types_of
from mistral_agent.intent.words import words
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import ITEM, escape, whole_reference

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


def with_names_of_files(plan: Plan, catalogue: Catalogue) -> Plan:
    """Name the file where a step takes the code of one file of the plan and may be told its name.

    The code is of a file when an earlier step read it there, or a step writes it there. An
    argument that was given stays.
    """
    return replace(plan, steps=tuple(_named(step, plan, catalogue) for step in plan.steps))


def _named(step: Step, plan: Plan, catalogue: Catalogue) -> Step:
    tool = catalogue.find(step.server, step.tool)
    if tool is None:
        return step
    code = next((v for n, v in step.args.items() if kind_of(tool, n) == "source"), None)
    files = set(_files(code, step, plan, catalogue))
    if len(files) != 1:
        return step
    named = names_of_file(tool, files.pop())
    found = {name: each for name, each in named.items() if name not in step.args}
    return replace(
        step,
        args={**step.args, **{name: escape(each.value) for name, each in found.items()}},
        sources={**step.sources, **{name: each.source for name, each in found.items()}},
    )


def _files(code: object, taker: Step, plan: Plan, catalogue: Catalogue) -> Iterator[str]:
    """The files that hold what `code` refers to, as far as the plan says."""
    reference = whole_reference(code)
    if reference is None or reference.step == ITEM:
        return
    for step in plan.steps:
        tool = catalogue.find(step.server, step.tool)
        if tool is None or step is taker:
            continue
        if step.id == reference.step or code in step.args.values():
            for name, value in step.args.items():
                if kind_of(tool, name) == "path" and isinstance(value, str) and "${" not in value:
                    yield value


def _asks_for(tool: Tool, name: str) -> str | None:
    if "string" not in types_of(tool.parameters[name], tool.input_schema):
        return None
    schema = plain_schema(tool.parameters[name], tool.input_schema)
    if "enum" in schema:
        return None
    text = f"{' '.join(words(name))}. {schema.get('description', '')}"
    return "module" if _MODULE.search(text) else "file" if _FILE.search(text) else None

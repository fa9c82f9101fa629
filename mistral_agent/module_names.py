"""What code that stands in a file is called by those that import it.

A tool that is given code alone does not know the file's name; tests of it, written next to the
file, would import a module that is not there.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.parameters import is_source, kind_of
from mistral_agent.intent.words import words
from mistral_agent.planning.filenames import module_of
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import ITEM, escape, whole_reference

_NAME_OF_MODULE = ({"module"}, {"module", "name"})


def with_module_names(plan: Plan, catalogue: Catalogue) -> Plan:
    """Name the module where a step takes the code of one file and may be told its name.

    The code is of a file when an earlier step read it there, or a step writes it there. An
    argument that was given stays, and a name that is no module's or is one of Python's own is
    left out: such a file cannot be imported by it.
    """
    return replace(plan, steps=tuple(_named(step, plan, catalogue) for step in plan.steps))


def _named(step: Step, plan: Plan, catalogue: Catalogue) -> Step:
    tool = catalogue.find(step.server, step.tool)
    if tool is None:
        return step
    open_names = [
        n for n in tool.parameters if set(words(n)) in _NAME_OF_MODULE and n not in step.args
    ]
    code = next((v for n, v in step.args.items() if _is_source(tool, n)), None)
    files = list(dict.fromkeys(_files(code, step, plan, catalogue)))
    if len(open_names) != 1 or len(files) != 1:
        return step
    name = module_of(files[0])
    if name is None:
        return step
    said = {**step.sources, open_names[0]: f"the name of {PurePath(files[0]).name}"}
    return replace(step, args={**step.args, open_names[0]: escape(name)}, sources=said)


def _is_source(tool: Tool, name: str) -> bool:
    return is_source(name, tool.parameters.get(name), tool.input_schema)


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
                if kind_of(tool, name) == "path" and isinstance(value, str):
                    yield value

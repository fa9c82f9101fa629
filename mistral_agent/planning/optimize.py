"""Steps that need not run: identical calls, and work on what that work has just made."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.planning.available import variant_of
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import ITEM, rename, whole_reference


def optimize(plan: Plan, catalogue: Catalogue) -> Plan:
    """Make identical calls once and drop steps that change nothing, each with a note.

    Only steps of read-only tools are touched: two commits are two commits.
    """
    kept: list[Step] = []
    instead: dict[str, str] = {}
    notes = list(plan.notes)
    for step in plan.steps:
        current = _renamed(step, instead)
        tool = catalogue.find(step.server, step.tool)
        same = next((each for each in kept if _is_same_call(each, current)), None)
        if tool is not None and tool.read_only and same is not None:
            instead[step.id] = same.id
            notes.append(f"{step.tool} was planned twice with the same input; it runs once")
        elif tool is not None and (again := _repeated(current, kept, tool)) is not None:
            instead[step.id] = again.id
            notes.append(f"{step.tool} of what {step.tool} has just made was left out")
        else:
            kept.append(current)
    return replace(plan, steps=_numbered(kept), notes=tuple(notes))


def _is_same_call(one: Step, other: Step) -> bool:
    return (one.server, one.tool, one.args, one.for_each) == (
        other.server,
        other.tool,
        other.args,
        other.for_each,
    )


def _repeated(step: Step, kept: list[Step], tool: Tool) -> Step | None:
    """The earlier step of the same tool that has already done to its output what `step` would."""
    if not (tool.read_only and tool.idempotent) or step.for_each:
        return None
    for name, value in step.args.items():
        meant = whole_reference(value)
        before = next((each for each in kept if meant and each.id == meant.step), None)
        if before is None or (before.server, before.tool) != (step.server, step.tool):
            continue
        is_newer_self = meant is not None and not variant_of(meant.path or "", tool.name)
        if is_newer_self and _others(before.args, name) == _others(step.args, name):
            return before
    return None


def _others(args: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in args.items() if key != name}


def _renamed(step: Step, ids: Mapping[str, str]) -> Step:
    needed = tuple(dict.fromkeys(ids.get(each, each) for each in step.depends_on))
    return replace(
        step,
        args=rename(step.args, ids),
        depends_on=needed,
        for_each=rename(step.for_each, ids),
    )


def _numbered(steps: list[Step]) -> tuple[Step, ...]:
    """The steps called step1, step2, … again, with their references."""
    ids = {step.id: f"step{number}" for number, step in enumerate(steps, 1)}
    numbered = (replace(_renamed(step, ids), id=ids[step.id]) for step in steps)
    return tuple(replace(step, sources=_sources(step)) for step in numbered)


def _sources(step: Step) -> dict[str, str]:
    sources = dict(step.sources)
    for name, value in step.args.items():
        meant = whole_reference(value)
        if meant is not None and meant.step != ITEM:
            sources[name] = (
                f"{meant.path} of {meant.step}" if meant.path else f"result of {meant.step}"
            )
    return sources

"""Steps that repeat over the items of an earlier result: their calls, references and results."""

import re
from dataclasses import replace

from mistral_agent.catalogue import Tool
from mistral_agent.planning.plan import Step
from mistral_agent.planning.references import Reference, items_of, references, whole_reference

ITEMS = "items"
"""The field of the result of a step that repeats."""

_CALL = re.compile(r"(?P<step>.+)\[(?P<index>\d+)\]")


def call_of(step: Step, index: int) -> Step:
    """The call that a step makes for the item of this index."""
    return replace(step, id=f"{step.id}[{index}]")


def repeated_step(step_id: str) -> tuple[str, int | None]:
    """The step's id and the item's index, where the id is that of a call for an item."""
    match = _CALL.fullmatch(step_id)
    return (match["step"], int(match["index"])) if match else (step_id, None)


def list_of(step: Step) -> Reference | None:
    """What the step repeats over; None where that is no reference, or it does not repeat."""
    return whole_reference(step.for_each)


def needed_results(step: Step) -> frozenset[Reference]:
    """The references of a step to other steps, the list that it repeats over included."""
    over = list_of(step)
    if over is None:
        return references(step.args)
    return references(items_of(step.args, over)) | {over}


def for_first_item(step: Step) -> Step:
    """The step as it is for the first item, with that called by its place in the list."""
    over = list_of(step)
    return step if over is None else replace(step, args=items_of(step.args, over))


def repeating(tool: Tool) -> Tool:
    """The tool with the result of a step that repeats it."""
    each = tool.output_schema or {"type": "object", "properties": dict(tool.outputs)}
    definitions = {key: each[key] for key in ("$defs", "definitions") if key in each}
    listed = {ITEMS: {"type": "array", "items": each}}
    return replace(
        tool,
        output_schema={
            "type": "object",
            "properties": listed,
            "additionalProperties": False,
            **definitions,
        },
    )

"""Whether a plan can run, checked against the live tools' schemas before anything does."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mistral_agent.catalogue import Catalogue, Schema, Tool
from mistral_agent.intent.parameters import may_serve, plain_schema, types_of
from mistral_agent.planning.loops import for_first_item, list_of, needed_results, repeating
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.references import (
    Reference,
    escape,
    reference,
    references,
    resolve,
    uses_previous,
    whole_reference,
)
from mistral_agent.planning.wording import listed, short

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_FIRST = "{prev_result} is used in the first step; write {$prev_result} for the text itself"
_PART = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot run.

    Args:
        text: In a line.
        step: The id of the step at fault; empty where it is the plan as a whole.
        argument: The argument at fault; None where it is the step as a whole.
    """

    text: str
    step: str = ""
    argument: str | None = None

    def __str__(self) -> str:
        return f"{self.step}: {self.text}" if self.step else self.text


def validate_plan(
    plan: Plan,
    catalogue: Catalogue,
    *,
    max_steps: int,
    finished: Collection[str] = (),
    allow_loops: bool = False,
) -> tuple[str, ...]:
    """The problems of a plan, one line each; none where it can run.

    Each tool is there, its arguments match its input schema, each reference points to an existing
    field of an earlier step and fits in type, nothing depends on itself, and there are at most
    `max_steps` steps.

    Args:
        plan: The plan.
        catalogue: The tools as they are now.
        max_steps: Steps that it may have.
        finished: Ids of steps that are not run again; their tools may have changed or gone.
        allow_loops: Steps may repeat over the items of a result.
    """
    problems = find_problems(
        plan, catalogue, max_steps=max_steps, finished=finished, allow_loops=allow_loops
    )
    return tuple(map(str, problems))


def find_problems(
    plan: Plan,
    catalogue: Catalogue,
    *,
    max_steps: int,
    finished: Collection[str] = (),
    allow_loops: bool = False,
) -> tuple[Problem, ...]:
    """As `validate_plan`, with the step and the argument of each problem."""
    problems: list[Problem] = []
    if len(plan.steps) > max_steps:
        problems.append(
            Problem(
                f"the plan has {len(plan.steps)} steps, at most {max_steps} are allowed "
                "(planning.max_steps)"
            )
        )
    tools: dict[str, Tool] = {}
    for position, step in enumerate(plan.steps):
        problems += (
            Problem(each, step.id)
            for each in _order_problems(step, plan.steps[:position], plan.steps)
        )
        if step.id in finished:
            continue
        tool = catalogue.find(step.server, step.tool)
        if tool is None:
            problems.append(Problem(_unknown(step, catalogue), step.id))
            continue
        problems += (Problem(text, step.id) for text in _loop_problems(step, tools, allow_loops))
        problems += (
            Problem(text, step.id, argument)
            for argument, text in _argument_problems(for_first_item(step), tool, tools, position)
        )
        tools[step.id] = repeating(tool) if step.for_each else tool
    return tuple(problems)


def _loop_problems(step: Step, tools: Mapping[str, Tool], allowed: bool) -> Iterable[str]:
    """What speaks against repeating a step over the items of a result."""
    if step.for_each is None:
        return
    if not allowed:
        yield (
            "it repeats over the items of a result, which the settings do not allow; "
            "set planning.allow_loops: true"
        )
    over = list_of(step)
    if over is None:
        yield f"'for_each' must be a reference to a list, not {short(step.for_each)}"
    elif over.step in tools:
        producer = tools[over.step]
        schema, missing = _field(over, producer)
        kinds = types_of(schema, producer.output_schema or {}) - {"null"}
        yield from _field_problems(over, producer)
        if not missing and kinds and "array" not in kinds:
            yield f"it repeats over {reference(*over)}, which is {listed(kinds)} and not a list"


def argument_problems(tool: Tool, args: Mapping[str, Any]) -> tuple[str, ...]:
    """What speaks against calling `tool` with `args`, in which nothing is a reference."""
    step = Step("", tool.server, tool.name, escape(args))
    return tuple(text for _, text in _argument_problems(step, tool, {}, 0))


def _order_problems(step: Step, earlier: Sequence[Step], steps: Sequence[Step]) -> Iterable[str]:
    before = {each.id for each in earlier}
    if step.id in before:
        yield "another step has this id"
    there = {each.id for each in steps}
    for needed in dict.fromkeys((*step.depends_on, *sorted(r.step for r in needed_results(step)))):
        if needed == step.id:
            yield "it depends on itself"
        elif needed not in there:
            yield (f"there is no step {needed!r}; for the text itself write $${{{needed}}}")
        elif needed not in before:
            yield f"it needs {needed}, which comes later; put {needed} first"


def _unknown(step: Step, catalogue: Catalogue) -> str:
    elsewhere = [tool.server for tool in catalogue.tools if tool.name == step.tool]
    if elsewhere:
        return f"server {step.server!r} has no tool {step.tool!r}; {listed(elsewhere)} has"
    known = [tool.name for tool in catalogue.tools if tool.server == step.server]
    if known:
        return f"server {step.server!r} has no tool {step.tool!r}; it has {listed(known)}"
    servers = {tool.server for tool in catalogue.tools}
    return f"there is no server {step.server!r}; there are {listed(servers) or 'none'}"


def _argument_problems(
    step: Step, tool: Tool, tools: Mapping[str, Tool], position: int
) -> Iterable[tuple[str, str]]:
    """The arguments at fault, each with what is wrong."""
    for name in tool.required:
        if name not in step.args:
            yield name, f"{tool.name} needs the argument {name!r}"
    for name, value in step.args.items():
        for text in _problems_of_argument(name, value, tool, tools):
            yield name, text
        if position == 0 and uses_previous(value):
            yield name, _FIRST
        for each in sorted(references(value), key=str):
            if each.step in tools:
                for text in _field_problems(each, tools[each.step]):
                    yield name, text


def _problems_of_argument(
    name: str, value: Any, tool: Tool, tools: Mapping[str, Tool]
) -> Iterable[str]:
    if name in tool.parameters:
        yield from _value_problems(name, value, tool, tools)
    elif not _takes_more(tool):
        known = listed(tool.parameters) or "none"
        yield f"{tool.name} has no argument {name!r}; its arguments are {known}"


def _takes_more(tool: Tool) -> bool:
    """Whether arguments beyond the declared ones are said to be welcome."""
    more = tool.input_schema.get("additionalProperties")
    if "properties" not in tool.input_schema:
        return more is not False
    return more is True or (isinstance(more, Mapping) and bool(more))


def _value_problems(name: str, value: Any, tool: Tool, tools: Mapping[str, Tool]) -> Iterable[str]:
    whole = whole_reference(value)
    if whole is not None:
        if whole.step in tools:
            yield from _type_problems(name, whole, tool, tools[whole.step])
        return
    if isinstance(value, str) and _is_open(value):
        yield from _text_problems(name, tool)
        return
    yield from _schema_problems(name, value, tool)


def _is_open(value: Any) -> bool:
    """Whether a value is known only when its references are resolved."""
    return bool(references(value)) or uses_previous(value)


def _text_problems(name: str, tool: Tool) -> Iterable[str]:
    """What speaks against a text, whose words are known only when it has been put together."""
    kinds = types_of(tool.parameters[name], tool.input_schema)
    if kinds and "string" not in kinds:
        yield f"{name!r} of {tool.name} takes {listed(kinds)}, but it is given text"


def _type_problems(name: str, meant: Reference, tool: Tool, producer: Tool) -> Iterable[str]:
    offered, missing = _field(meant, producer)
    wanted, root = tool.parameters[name], tool.input_schema
    result = producer.output_schema or {}
    if missing or offered is None or may_serve(offered, result, wanted, root):
        return
    has = types_of(offered, result) - {"null"}
    yield (
        f"{name!r} of {tool.name} takes {listed(types_of(wanted, root))}, "
        f"but {reference(*meant)} is {listed(has)}"
        + (" of another kind of items" if has == {"array"} else "")
    )


def _field_problems(meant: Reference, producer: Tool) -> Iterable[str]:
    _, missing = _field(meant, producer)
    if missing:
        yield f"{reference(*meant)}: the result of {producer.name} has no field {missing}"


def _field(meant: Reference, producer: Tool) -> tuple[object, str | None]:
    """The schema of what a reference points to, or None; and what surely is not there."""
    root = producer.output_schema or {}
    here: object = {"type": "object", "properties": producer.outputs}
    if meant.path is None:
        return here, None
    more = root.get("additionalProperties")
    for part in _PART.findall(meant.path):
        schema = plain_schema(here, root)
        kinds = types_of(here, root) - {"null"}
        fields = schema.get("properties")
        if isinstance(fields, Mapping) and part in fields:
            here = fields[part]
        elif kinds == {"array"} and part.isdecimal():
            here = schema.get("items")
        elif kinds == {"object"} and fields and not (more is True or isinstance(more, Mapping)):
            return None, f"{part!r}; it has {listed(fields)}"
        elif kinds and not kinds & {"object", "array"}:
            return None, f"{part!r} there; it is {listed(kinds)}"
        else:
            return None, None
        if not isinstance(here, Mapping):
            return None, None
        more = plain_schema(here, root).get("additionalProperties")
    return here, None


def _schema_problems(name: str, value: Any, tool: Tool) -> Iterable[str]:
    """Check a literal value against its parameter's schema."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = _with_definitions(tool.parameters[name], tool.input_schema)
    # An empty registry: a schema from a server must not make this process fetch anything.
    kind = validator_for(schema)
    validator = kind(schema, registry=Registry())
    try:
        kind.check_schema(schema)
        errors = _certain_errors(validator.iter_errors(_literal(value)))[:3]
    except (Unresolvable, SchemaError, RecursionError, TypeError, ValueError):
        return  # A schema that cannot be applied is the server's to check at the call.
    for error in errors:
        yield f"{name!r} of {tool.name}: {short(error.message)}"


def _literal(value: Any) -> Any:
    """The value as the tool gets it, but for texts that are known only later."""
    if isinstance(value, Mapping):
        return {key: _literal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_literal(each) for each in value]
    if isinstance(value, str) and not _is_open(value):
        return resolve({"": value}, {})[""]
    return value


def _certain_errors(errors: "Iterable[ValidationError]") -> "list[ValidationError]":
    """Those that no result can mend: what stands at their place holds no reference."""
    found: list[ValidationError] = []
    for error in errors:
        is_shape = error.validator in ("required", "additionalProperties", "minItems", "maxItems")
        if is_shape or not _is_open(error.instance):
            found.append(error)
    return found


def _with_definitions(schema: object, root: Schema) -> dict[str, Any]:
    own = dict(schema) if isinstance(schema, Mapping) else {}
    for key in ("$defs", "definitions"):
        if isinstance(root.get(key), Mapping):
            own.setdefault(key, root[key])
    return own

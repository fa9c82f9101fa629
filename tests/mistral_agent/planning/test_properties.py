"""What holds for any tools: references, validation and chaining over generated JSON Schemas."""

import dataclasses
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.model import Goal, Intent
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory, remember, remember_code
from mistral_agent.planning.chaining import PlanOptions, make_plan
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.reading import plan_from_json
from mistral_agent.planning.references import (
    Reference,
    escape,
    reference,
    references,
    rename,
    resolve,
    whole_reference,
)
from mistral_agent.planning.repair import without_misfits
from mistral_agent.planning.validation import find_problems, validate_plan

# The same examples each time: a run says something of the change under test alone.
bounded = settings(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))

ids = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
paths = st.lists(st.from_regex(r"[A-Za-z0-9_]{1,6}", fullmatch=True), min_size=1, max_size=3).map(
    ".".join
)
texts = st.one_of(
    st.text(max_size=12),
    st.lists(
        st.sampled_from(["$", "{", "}", "prev_result", "step1", ".code", "é", "\n", '"', "x "]),
        max_size=8,
    ).map("".join),
)
FIELDS = ["code", "text", "path", "count", "summary", "issues", "name", "test_code", "ratio"]
TOOLS = ["make_code", "read_file", "count_words", "review", "format_text", "merge", "send_report"]


class Typed(NamedTuple):
    """A JSON Schema, and values that satisfy it."""

    schema: dict[str, Any]
    values: st.SearchStrategy[Any]


def _ranged(low: int, span: int) -> Typed:
    return Typed(
        {"type": "integer", "minimum": low, "maximum": low + span}, st.integers(low, low + span)
    )


def _listed(choices: list[str]) -> Typed:
    return Typed({"type": "string", "enum": choices}, st.sampled_from(choices))


def _items(inner: Typed) -> Typed:
    return Typed({"type": "array", "items": inner.schema}, st.lists(inner.values, max_size=3))


def _object(fields: dict[str, Typed]) -> Typed:
    return Typed(
        {
            "type": "object",
            "properties": {name: each.schema for name, each in fields.items()},
            "required": list(fields),
            "additionalProperties": False,
        },
        st.fixed_dictionaries({name: each.values for name, each in fields.items()}),
    )


scalars = st.one_of(
    st.just(Typed({"type": "string"}, texts)),
    st.just(Typed({"type": "string", "contentMediaType": "text/x-source"}, texts)),
    st.just(Typed({"type": "boolean"}, st.booleans())),
    st.just(Typed({"type": "number"}, st.floats(-9, 9))),
    st.builds(_ranged, st.integers(-9, 9), st.integers(0, 90)),
    st.builds(_listed, st.lists(st.sampled_from(["red", "green", "a b"]), min_size=1, unique=True)),
)
typed = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(_items, inner),
        st.builds(_object, st.dictionaries(st.sampled_from(FIELDS), inner, max_size=2)),
    ),
    max_leaves=4,
)
fields = st.dictionaries(st.sampled_from(FIELDS), typed, min_size=1, max_size=3)


class Made(NamedTuple):
    """A generated tool, and what its arguments and results may be."""

    tool: Tool
    inputs: dict[str, Typed]
    outputs: dict[str, Typed] | None


@st.composite
def made_tools(draw: st.DrawFn) -> list[Made]:
    made = []
    for name in draw(st.lists(st.sampled_from(TOOLS), min_size=1, max_size=4, unique=True)):
        inputs, outputs = draw(fields), draw(st.none() | fields)
        required = draw(st.lists(st.sampled_from(sorted(inputs)), unique=True))
        read_only, trusted = draw(st.booleans()), draw(st.booleans())
        schema = _object(inputs).schema | {"required": required}
        tool = Tool(
            draw(st.sampled_from(["a", "b"])),
            name,
            name.replace("_", " ").capitalize(),
            f"It can {name.replace('_', ' ')}.",
            schema,
            None if outputs is None else _object(outputs).schema,
            read_only=read_only,
            destructive=not read_only,
            idempotent=draw(st.booleans()),
            trusted=trusted,
        )
        made.append(Made(tool, inputs, outputs))
    return made


def result_of(draw: st.DrawFn, made: Made) -> dict[str, Any]:
    if made.outputs is None:
        return {"text": draw(texts)}
    return {name: draw(each.values) for name, each in made.outputs.items()}


@st.composite
def made_plans(draw: st.DrawFn) -> tuple[list[Made], list[Made], Plan]:
    """Tools, and a plan of theirs whose arguments are fitting values, references, or neither."""
    offered = draw(made_tools())
    used = draw(st.lists(st.sampled_from(offered), min_size=1, max_size=4))
    steps: list[Step] = []
    for number, each in enumerate(used, 1):
        args: dict[str, Any] = {}
        for name, inner in each.inputs.items():
            if name in each.tool.required or draw(st.booleans()):
                args[name] = draw(_argument(inner, steps, used))
        needed = tuple(sorted({found.step for found in references(args)}))
        steps.append(Step(f"step{number}", each.tool.server, each.tool.name, args, needed))
    return offered, used, Plan("g", tuple(steps))


@st.composite
def _argument(draw: st.DrawFn, wanted: Typed, steps: list[Step], used: list[Made]) -> Any:
    earlier = [
        reference(step.id, name)
        for step, made in zip(steps, used, strict=False)
        for name in made.tool.outputs
    ]
    kind = draw(st.sampled_from(["value", "value", "reference", "inside"]))
    if kind == "value" or not earlier:
        return escape(draw(wanted.values))
    chosen = draw(st.sampled_from(earlier))
    return chosen if kind == "reference" else f"{escape(draw(texts))} {chosen}"


@bounded
@given(ids, st.none() | paths)
def test_a_reference_that_is_written_is_read_as_itself(step, path):
    text = reference(step, path)
    assert whole_reference(text) == Reference(step, path)
    assert references({"a": [text]}) == {Reference(step, path)}
    assert whole_reference(escape(text)) is None
    assert resolve({"a": escape(text)}, {}) == {"a": text}


@bounded
@given(ids, ids, st.none() | paths)
def test_renaming_there_and_back_is_nothing(one, other, path):
    args = {"a": f"x {reference(one, path)} $${{y}}", "b": reference(one, path)}
    assert rename(rename(args, {one: other}), {other: one}) == args


@bounded
@given(st.data(), typed, texts)
def test_a_whole_reference_keeps_the_value_and_one_in_text_keeps_the_text(data, wanted, around):
    value = data.draw(wanted.values)
    args = {"whole": "${s.f}", "inside": f"{escape(around)} ${{s.f}}"}
    resolved = resolve(args, {"s": {"f": value}})
    assert resolved["whole"] == value
    assert type(resolved["whole"]) is type(value)
    assert resolved["inside"].startswith(f"{around} ")


@bounded
@given(st.data(), made_plans())
def test_a_plan_that_validates_resolves_to_arguments_of_the_right_types(data, made):
    offered, used, plan = made
    catalogue = Catalogue(tuple(each.tool for each in offered))
    assume(not validate_plan(plan, catalogue, max_steps=10))
    results: dict[str, dict[str, Any]] = {}
    for step, each in zip(plan.steps, used, strict=True):
        args = resolve(step.args, results)
        assert set(each.tool.required) <= set(args) <= set(each.inputs)
        for name, value in args.items():
            checker = Draft202012Validator(each.inputs[name].schema)
            is_literal = not references(step.args[name])
            errors = [e for e in checker.iter_errors(value) if is_literal or not e.absolute_path]
            # What a result holds is known only when it is there; its type is known before.
            assert not [e for e in errors if is_literal or e.validator == "type"], (name, value)
        results[step.id] = result_of(data.draw, each)


@bounded
@given(made_plans())
def test_a_value_that_fits_is_never_refused(made):
    offered, _, plan = made
    catalogue = Catalogue(tuple(each.tool for each in offered))
    literal = {
        (step.id, name)
        for step in plan.steps
        for name, value in step.args.items()
        if not references(value)
    }
    found = find_problems(plan, catalogue, max_steps=10)
    assert not [each for each in found if (each.step, each.argument) in literal]


def _spoilt(plan: Plan, how: str) -> Plan:
    first, *rest = plan.steps
    args = dict(first.args)
    match how:
        case "tool":
            first = dataclasses.replace(first, tool="no_such_tool")
        case "server":
            first = dataclasses.replace(first, server="nowhere")
        case "extra":
            first = dataclasses.replace(first, args=args | {"colour": "red"})
        case "later":
            first = dataclasses.replace(first, depends_on=(f"step{len(plan.steps) + 1}",))
        case "itself":
            first = dataclasses.replace(first, depends_on=(first.id,))
        case "twice":
            rest = [*rest, first]
        case "field":
            last = reference("step1", "no_such_field")
            again = Step("again", first.server, first.tool, {"colour": last}, ("step1",))
            rest = [*rest, again]
        case "cycle":
            last_id = plan.steps[-1].id
            first = dataclasses.replace(first, depends_on=(last_id,))
    return dataclasses.replace(plan, steps=(first, *rest))


@pytest.mark.parametrize(
    "how", ["tool", "server", "extra", "later", "itself", "twice", "field", "cycle"]
)
@settings(bounded, max_examples=15)
@given(made=made_plans())
def test_a_spoilt_plan_is_always_noticed(how, made):
    offered, _, plan = made
    catalogue = Catalogue(tuple(each.tool for each in offered))
    found = find_problems(_spoilt(plan, how), catalogue, max_steps=20)
    assert [each for each in found if each.step in ("step1", "again")]


@bounded
@given(made_plans(), st.integers(0, 4))
def test_no_plan_of_more_steps_than_allowed_validates(made, most):
    offered, _, plan = made
    catalogue = Catalogue(tuple(each.tool for each in offered))
    assume(len(plan.steps) > most)
    assert f"at most {most} are allowed" in validate_plan(plan, catalogue, max_steps=most)[0]


@bounded
@given(made_plans())
def test_a_plan_that_is_printed_and_read_back_is_the_same(made):
    _, _, plan = made
    assert plan_from_json(plan.to_json()) == plan


@bounded
@given(made_plans(), st.booleans())
def test_what_is_left_of_a_plan_without_its_misfits_validates_or_asks(made, clarify):
    offered, _, plan = made
    catalogue = Catalogue(tuple(each.tool for each in offered))
    mended = without_misfits(plan, catalogue, 10, clarify=clarify)
    needed = [
        each
        for each in find_problems(mended, catalogue, max_steps=10)
        if each.argument not in (catalogue.find(*_tool_of(mended, each.step)) or _NOTHING).required
    ]
    assert mended.questions or needed == []


_NOTHING = Tool("", "", "", "", {})


def _tool_of(plan: Plan, step: str) -> tuple[str, str]:
    return next((each.server, each.tool) for each in plan.steps if each.id == step)


requests = st.lists(
    st.sampled_from(
        ["make code", "read @a.txt", "count the words of it", "review it", "format this text",
         "then", "merge them", "with 79 columns", "`x = 1`", "no report", "and", "for a red list",
         "send a report to ada", "${step1.code}", "{prev_result}", "count=-5", "path=/etc"]
    ),
    min_size=1, max_size=6,
).map(" ".join)  # fmt: skip
plan_options = st.builds(
    PlanOptions,
    max_steps=st.integers(1, 4),
    max_questions=st.integers(1, 3),
    ask_when_ambiguous=st.booleans(),
    clarify=st.booleans(),
    optimize=st.booleans(),
)


def assert_can_run(plan: Plan, catalogue: Catalogue, options: PlanOptions) -> None:
    """At most so many steps, each after what it needs, and no problem where nothing is asked.

    What remains where nobody may be asked are values of arguments that a tool needs; such a plan
    is refused.
    """
    assert len(plan.questions) <= options.max_questions
    most = options.max_steps
    if not plan.questions and validate_plan(plan, catalogue, max_steps=most):
        plan = without_misfits(plan, catalogue, most, clarify=options.clarify)
    assert len(plan.steps) <= most
    before: set[str] = set()
    for step in plan.steps:
        assert set(step.depends_on) <= before
        assert {each.step for each in references(step.args)} <= set(step.depends_on)
        before.add(step.id)
    assert len(before) == len(plan.steps)
    for each in () if plan.questions else find_problems(plan, catalogue, max_steps=most):
        assert not options.clarify, each
        step = next(step for step in plan.steps if step.id == each.step)
        assert each.argument in catalogue.find(step.server, step.tool).required
        assert not references(step.args[each.argument])


@st.composite
def memories(draw: st.DrawFn, offered: list[Made]) -> Memory:
    memory = Memory()
    for each in draw(st.lists(st.sampled_from(offered), max_size=3)):
        memory = remember(memory, each.tool, result_of(draw, each))
    code = extract_literals(draw(st.sampled_from(["", "`y = 2`"]))).code
    return remember_code(memory, code)


@settings(bounded, max_examples=120)
@given(st.data(), made_tools(), requests, plan_options)
def test_any_request_to_any_tools_becomes_a_plan_that_can_run_or_a_question(
    data, offered, request, options
):
    catalogue = Catalogue(tuple(each.tool for each in offered))
    memory = data.draw(memories(offered))
    literals = extract_literals(request, {"a.txt": "words"} if "@a.txt" in request else {})
    has_code = bool(literals.code) or bool(memory.artifacts)
    intent = read_evidence(literals, ToolIndex(catalogue), Surroundings(has_code))
    assert_can_run(make_plan(request, intent, catalogue, memory, options), catalogue, options)


@settings(bounded, max_examples=120)
@given(st.data(), made_tools(), requests, plan_options)
def test_goals_in_any_order_are_chained_into_a_plan_that_can_run(data, offered, request, options):
    catalogue = Catalogue(tuple(each.tool for each in offered))
    memory = data.draw(memories(offered))
    wanted = data.draw(st.lists(st.sampled_from(offered), min_size=1, max_size=6))
    goals = tuple(Goal(each.tool, request) for each in wanted)
    intent = Intent("task", goals, extract_literals(request))
    assert_can_run(make_plan(request, intent, catalogue, memory, options), catalogue, options)

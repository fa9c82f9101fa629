"""Plans are checked against the live tools before anything runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.errors import PlanError
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.reading import plan_from_json
from mistral_agent.planning.validation import validate_plan


def step(tool, number=1, needs=(), server="starcoder", **args):
    return Step(f"step{number}", server, tool, args, tuple(needs))


def problems(catalogue, *steps, max_steps=10):
    return validate_plan(Plan("g", steps), catalogue, max_steps=max_steps)


def test_a_good_plan_has_no_problems(catalogue):
    assert problems(
        catalogue,
        step("generate_code", description="adds", language="go"),
        step("format_code", 2, ["step1"], code="${step1.code}", line_length=79),
        step("review_code", 3, code="${step2.formatted_code}", focus_areas=["style"]),
        step("chat_completion", 4, messages=[{"role": "user", "content": "${step3}{prev_result}"}]),
        step("format_code", 5, code="x = '$${step1}'"),
    ) == ()  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (step("nope"), "server 'starcoder' has no tool 'nope'; it has analyze_complexity"),
        (
            step("format_code", server="x", code="a"),
            "server 'x' has no tool 'format_code'; starcoder has",
        ),
        (step("y", server="x"), "there is no server 'x'; there are starcoder"),
        (step("format_code"), "format_code needs the argument 'code'"),
        (
            step("format_code", code="a", colour="red"),
            "has no argument 'colour'; its arguments are code,",
        ),
        (step("format_code", code=3), "'code' of format_code: 3 is not of type 'string'"),
        (step("format_code", code="a", line_length=900), "900 is greater than the maximum of 500"),
        (step("format_code", code="a", line_length="${step1.x}"), "step1: it depends on itself"),
        (step("format_code", code="a", formatter="vim"), "'vim' is not one of"),
        (
            step("format_code", code="a", line_length="{prev_result} "),
            "takes integer, but it is given text",
        ),
        (step("format_code", code="{prev_result}"), "used in the first step"),
        (step("format_code", code="${HOME}"), "no step 'HOME'; for the text itself write $${HOME}"),
        (step("format_code", 1, ["step7"], code="a"), "there is no step 'step7'"),
    ],
)
def test_a_bad_step_is_named_with_what_is_right(catalogue, bad, problem):
    assert any(problem in each for each in problems(catalogue, bad))


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (step("review_code", 2, code="${step1.cod}"), "has no field 'cod'; it has changes_made"),
        (step("review_code", 2, code="${step1.changes_made}"), "${step1.changes_made} is integer"),
        (step("review_code", 2, code="${step1}"), "takes string, but ${step1} is object"),
        (step("review_code", 2, code="see ${step1.nope[0].x}"), "has no field 'nope'"),
        (step("review_code", 1, code="x"), "another step has this id"),
        (step("review_code", 2, code="${step3.code}"), "there is no step 'step3'"),
    ],
)  # fmt: skip
def test_a_reference_must_point_to_a_fitting_field_of_an_earlier_step(catalogue, second, problem):
    found = problems(catalogue, step("format_code", code="x"), second)
    assert any(problem in each for each in found)


def test_steps_that_wait_for_each_other_are_refused(catalogue):
    found = problems(
        catalogue,
        step("review_code", 1, code="${step2.formatted_code}"),
        step("format_code", 2, code="${step1.refactored_code}"),
    )
    assert found == ("step1: it needs step2, which comes later; put step2 first",)


def test_too_many_steps_are_refused(catalogue):
    steps = [step("model_info", number) for number in range(1, 4)]
    assert "3 steps, at most 2 are allowed" in problems(catalogue, *steps, max_steps=2)[0]


def one(schema, **args):
    catalogue = Catalogue((Tool("s", "t", "", "", schema),))
    return validate_plan(Plan("g", (Step("step1", "s", "t", args),)), catalogue, max_steps=3)


def test_schemas_with_definitions_are_followed_and_nothing_is_fetched():
    local = {"properties": {"x": {"$ref": "#/$defs/X"}}, "$defs": {"X": {"type": "integer"}}}
    assert one(local, x=1) == ()
    assert "'a' is not of type 'integer'" in one(local, x="a")[0]
    remote = {"properties": {"x": {"$ref": "http://127.0.0.1:9/x.json"}}}
    assert one(remote, x=1) == ()


@pytest.mark.parametrize(
    ("schema", "welcome"),
    [
        ({"type": "object"}, True),
        ({"type": "object", "additionalProperties": True, "properties": {}}, True),
        ({"type": "object", "additionalProperties": {"type": "string"}, "properties": {}}, True),
        ({"type": "object", "properties": {}}, False),
        ({"type": "object", "additionalProperties": False}, False),
    ],
)
def test_further_arguments_are_refused_unless_the_tool_welcomes_them(schema, welcome):
    assert (one(schema, more="x") == ()) is welcome


def test_a_broken_schema_is_the_server_s_to_check():
    assert one({"properties": {"x": {"type": "no-such-type"}}}, x=1) == ()


def test_the_printed_plan_can_be_read_back(catalogue):
    made = Plan(
        "g",
        (
            step("generate_code", description="adds"),
            step("review_code", 2, ["step1"], code="${step1.code}"),
        ),
    )
    back = plan_from_json(made.to_json())
    assert back == made
    assert validate_plan(back, catalogue, max_steps=10) == ()


def test_what_a_step_refers_to_is_what_it_depends_on():
    steps = [
        {"server": "s", "tool": "a"},
        {"server": "s", "tool": "b", "args": {"x": "${step1.y}"}},
    ]
    assert plan_from_json({"steps": steps}).steps[1].depends_on == ("step1",)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "a plan is a JSON object"),
        ({}, "no 'steps'"),
        ({"steps": []}, "at least one step"),
        ({"goal": 3, "steps": [{}]}, "'goal' must be a text"),
        ({"steps": ["x"]}, "step 1 of the plan must be an object"),
        ({"steps": [{"tool": "t"}]}, "step 1 of the plan needs 'server'"),
        ({"steps": [{"server": "s", "tool": 3}]}, "needs 'tool', a text"),
        ({"steps": [{"server": "s", "tool": "t", "arg": {}}]}, "unknown key 'arg'; known: args"),
        ({"steps": [{"server": "s", "tool": "t", "args": []}]}, "'args' must be an object"),
        ({"steps": [{"server": "s", "tool": "t", "id": "a b"}]}, "'id' must be letters"),
        ({"steps": [{"server": "s", "tool": "t", "depends_on": "x"}]}, "must be a list"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_with_the_place(value, problem):
    with pytest.raises(PlanError, match=problem):
        plan_from_json(value)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=6,
)


steps = st.fixed_dictionaries(
    {
        "server": st.just("s"),
        "tool": st.just("t"),
        "args": st.dictionaries(st.sampled_from("xyz"), json_values),
    }
)


@given(
    st.fixed_dictionaries({"steps": st.lists(steps, max_size=3)}),
    st.dictionaries(st.sampled_from("xyz"), json_values),
)
def test_any_plan_and_any_schema_end_in_problems_or_none(value, properties):
    try:
        made = plan_from_json(value)
    except PlanError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
        return
    catalogue = Catalogue((Tool("s", "t", "", "", {"type": "object", "properties": properties}),))
    assert all(isinstance(each, str) for each in validate_plan(made, catalogue, max_steps=2))

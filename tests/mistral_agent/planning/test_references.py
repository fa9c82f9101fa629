"""References: what they become, and that literal text stays itself."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_agent.errors import ReferenceProblem
from mistral_agent.planning.references import (
    Reference,
    escape,
    references,
    rename,
    resolve,
    uses_previous,
    whole_reference,
)

RESULTS = {
    "step1": {"code": "x = 1", "count": 3, "issues": [{"line": 7}, {"line": 9}], "none": None},
    "step2": {"text": "ok"},
}

tricky = st.lists(
    st.sampled_from(["$", "{", "}", "prev_result", "step1", ".", "code", "a", "\n", "é", "["])
).map("".join)
values = st.recursive(
    st.one_of(tricky, st.text(), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


def test_a_string_that_is_one_reference_keeps_the_type():
    assert resolve({"a": "${step1.count}", "b": "${step2}"}, RESULTS) == {
        "a": 3,
        "b": {"text": "ok"},
    }


def test_a_reference_inside_text_becomes_text():
    resolved = resolve({"a": "n=${step1.count}: ${step1.code} ${step1.issues}"}, RESULTS)
    assert resolved["a"] == 'n=3: x = 1 [{"line": 7}, {"line": 9}]'


@pytest.mark.parametrize("path", ["issues.1.line", "issues[1].line"])
def test_a_path_goes_into_lists_and_objects(path):
    assert resolve({"a": f"${{step1.{path}}}"}, RESULTS) == {"a": 9}


def test_references_inside_lists_and_objects_are_replaced():
    nested = {"a": [{"b": ["${step1.code}"]}], "c": 4, "d": None}
    assert resolve(nested, RESULTS) == {"a": [{"b": ["x = 1"]}], "c": 4, "d": None}
    assert references(nested) == {Reference("step1", "code")}


def test_the_previous_result_is_the_text_of_the_step_before():
    assert resolve({"a": "{prev_result}", "b": "<{prev_result}>"}, {}, "hi") == {
        "a": "hi",
        "b": "<hi>",
    }
    assert uses_previous({"a": ["{prev_result}"]})
    assert not uses_previous({"a": ["{$prev_result}", "${step1}"]})


def test_the_previous_result_in_the_first_step_is_an_error_that_says_how_to_write_the_text():
    with pytest.raises(ReferenceProblem, match=r"first step.*\{\$prev_result\}"):
        resolve({"a": "{prev_result}"}, {})


def test_text_brought_in_by_a_reference_is_not_read_again():
    results = {"step1": {"code": "${step1.code} {prev_result} $${x}"}}
    assert resolve({"a": "${step1.code}", "b": "-${step1.code}-"}, results) == {
        "a": "${step1.code} {prev_result} $${x}",
        "b": "-${step1.code} {prev_result} $${x}-",
    }


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("${step9.code}", r"no result of 'step9'; there are the steps step1, step2"),
        ("${step1.cod}", r"'step1' has no 'cod' there; there are the fields code, count"),
        ("${step1.issues.5}", r"no '5' there; there are 2 items"),
        ("${step1.count.x}", r"no 'x' there; it is a plain value"),
        ("see ${step2.code}", r"'step2' has no 'code'"),
    ],
)
def test_a_reference_to_nothing_names_what_there_is(text, named):
    with pytest.raises(ReferenceProblem, match=named) as raised:
        resolve({"a": text}, RESULTS)
    assert raised.value.step is not None


@pytest.mark.parametrize("text", ["${", "${}", "${1}", "${a b}", "$step1", "{prev}", "$", "${a.}"])
def test_what_is_no_reference_stays_as_it_is(text):
    assert resolve({"a": text}, RESULTS) == {"a": text}
    assert not references({"a": text})


def test_renaming_changes_the_steps_and_nothing_else():
    args = {"a": "${step1.code}", "b": ["${step2} ${step1} $${step1} {prev_result}", 3]}
    assert rename(args, {"step1": "s", "step2": "step1"}) == {
        "a": "${s.code}",
        "b": ["${step1} ${s} $${step1} {prev_result}", 3],
    }


@given(values)
def test_escaped_text_comes_out_as_it_went_in(value):
    args = {"a": escape(value)}
    assert not references(args)
    assert not uses_previous(args)
    assert whole_reference(args["a"]) is None
    assert resolve(args, {}) == {"a": value}


@given(tricky, tricky)
def test_escaped_text_around_a_reference_comes_out_as_it_went_in(before, after):
    text = f"{escape(before + ' ')}${{step1.code}}{escape(' ' + after)}"
    assert resolve({"a": text}, RESULTS)["a"] == f"{before} x = 1 {after}"


@given(values)
def test_resolving_anything_ends_in_a_value_or_in_an_error_of_its_own(value):
    with contextlib.suppress(ReferenceProblem):
        assert set(resolve({"a": value}, RESULTS, "before")) == {"a"}

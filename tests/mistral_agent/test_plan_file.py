"""Plans from files: what is read, and what is refused with its place."""

import io
import json
from types import SimpleNamespace

import pytest

from mistral_agent.errors import PlanFileError
from mistral_agent.plan_file import MAX_PLAN_BYTES, read_plan
from mistral_agent.planning.plan import Plan, Question, Step


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "plan.json"
        data = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    return write


def plan(**step):
    return {"goal": "g", "steps": [{"id": "s1", "server": "s", "tool": "t", "args": {}} | step]}


def test_a_plan_is_read_as_it_was_printed(write):
    made = Plan(
        "make it",
        (
            Step("step1", "s", "t", {"text": "$${not} a reference", "n": [1, None]}),
            Step("step2", "s", "u", {"code": "${step1.code}", "all": "${step1}"}, ("step1",)),
        ),
    )
    read = read_plan(write(made.to_json()))
    assert read.to_json() == made.to_json()
    assert read.steps[1].sources == {"code": "code of step1", "all": "result of step1"}
    assert read.steps[0].sources["text"] == "the plan"


def test_open_questions_are_read_and_their_steps_are_not_run(write):
    asked = {"goal": "g", "needs_clarification": True, "questions": ["Which?"], "steps": []}
    assert read_plan(write(asked)) == Plan("g", questions=(Question("Which?"),))


def test_what_a_hand_leaves_out_is_derived(write):
    steps = [
        {"server": "s", "tool": "t"},
        {"server": "s", "tool": "u", "args": {"text": "got {prev_result}"}},
        {"server": "s", "tool": "v", "args": {"deep": [{"code": "${step1.code}"}]}},
    ]
    read = read_plan(write({"steps": steps}))
    assert [step.id for step in read.steps] == ["step1", "step2", "step3"]
    assert [step.depends_on for step in read.steps] == [(), ("step1",), ("step1",)]


def test_a_plan_comes_from_standard_input_too(monkeypatch):
    data = io.BytesIO(json.dumps(plan()).encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=data))
    assert read_plan("-").goal == "g"


def test_a_byte_order_mark_is_no_part_of_the_plan(write):
    assert read_plan(write(b"\xef\xbb\xbf" + json.dumps(plan()).encode())).goal == "g"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON: Expecting value (line 1, column 1)"),
        (b'{"goal": "g",\n "steps": [}', "line 2, column 12"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"goal": "a", "goal": "b"}', "'goal' stands twice"),
        (b'{"steps": [{"server": "s", "tool": "t", "args": {"n": NaN}}]}', "NaN is no JSON number"),
        (b" " * (MAX_PLAN_BYTES + 1), f"more than {MAX_PLAN_BYTES} bytes"),
        ([], "a JSON object with 'goal' and 'steps'"),
        ({}, "no 'steps'"),
        ({"steps": []}, "no 'steps'"),
        ({"steps": {}}, "no 'steps'"),
        ({"goal": 3, "steps": []}, "'goal' must be a text"),
        ({"stepz": []}, "unknown key 'stepz'; known: goal"),
        ({"answer": "", "plan": {}}, "the plan is its 'plan'"),
        ({"questions": "Which?"}, "'questions' must be a list"),
        ({"steps": ["t"]}, "step 1 of the plan must be an object"),
        (plan(tol="t"), "step 1 of the plan ('s1') has the unknown key 'tol'"),
        (plan(tool=5), "needs 'tool', a text (got 5)"),
        (plan(server=""), "needs 'server'"),
        (plan(id="a b"), "'id' must be letters"),
        (plan(id=7), "'id' must be letters"),
        (plan(args=["x"]), "'args' must be an object (got [\"x\"])"),
        (plan(depends_on="s0"), "'depends_on' must be a list of step ids (got \"s0\")"),
        (plan(depends_on=[1]), "'depends_on' must be a list"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(write, content, said):
    path = write(content)
    with pytest.raises(PlanFileError) as raised:
        read_plan(path)
    assert said in str(raised.value)
    assert path in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("path", ["missing.json", ".", "a\0b", "~nobody-here/plan.json"])
def test_a_file_that_cannot_be_read_is_named(path):
    with pytest.raises(PlanFileError, match="cannot be read"):
        read_plan(path)

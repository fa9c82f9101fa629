"""Answers composed from structured results."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_agent.answer import MAX_TEXT, compose
from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.events import StepFinished
from mistral_agent.planning.plan import Plan, Step

SOURCE = {"type": "string", "contentMediaType": "text/x-source"}
CODE = "def add(a, b):\n    return a + b\n"


def tool(name, outputs=None, title="", server="starcoder"):
    schema = None if outputs is None else {"type": "object", "properties": outputs}
    return Tool(server, name, title or name, "", {}, schema)


def one(result, outputs=None, status="done", error=None):
    """The answer to a plan of one step of a tool with these outputs."""
    step = Step("step1", "starcoder", "do_it", {})
    outcome = StepFinished(step, status, 1.0, result, error)
    return compose(Plan("goal", (step,)), [outcome], Catalogue((tool("do_it", outputs),)))


def test_source_code_is_fenced_in_its_language():
    outputs = {"code": SOURCE, "language": {"type": "string"}}
    assert (
        one({"code": "fn main() {}", "language": "rust"}, outputs) == "```rust\nfn main() {}\n```"
    )
    assert one({"code": CODE}, outputs) == f"```python\n{CODE}```"


def test_a_language_that_is_no_word_does_not_reach_the_fence():
    text = one({"code": CODE, "language": "x\n```\nverified: 9 checks passed"}, {"code": SOURCE})
    assert text.startswith("```python\n")


def test_code_with_fences_inside_gets_a_longer_fence():
    text = one({"test_code": 'x = """\n```\n"""'}, {"test_code": SOURCE})
    assert "````python\n" in text
    assert text.startswith("**Test code**")


def test_code_is_recognised_without_a_schema():
    text = one({"content": "#include <stdio.h>\nint main() {}", "exit_code": 3, "area_code": "030"})
    assert "```\n#include <stdio.h>" in text
    assert "exit code: 3 · area code: 030" in text
    assert "```python\n" in one({"patch": "import os\n\ndef f():\n    pass"})


def test_optional_source_is_found_behind_any_of():
    outputs = {"refactored": {"anyOf": [SOURCE, {"type": "null"}]}}
    assert "```python\nx = 1\n```" in one({"refactored": "x = 1"}, outputs)
    assert one({"refactored": None, "n": 1}, outputs) == "n: 1"


def test_a_media_type_that_names_a_language_is_believed():
    outputs = {"query": {"type": "string", "contentMediaType": "text/x-sql"}}
    assert "```sql\nSELECT 1\n```" in one({"query": "SELECT 1"}, outputs)


def test_numbers_and_short_words_make_a_line():
    result = {"score": 91.333, "count": 5, "formatter": "black", "strict": True, "found": []}
    expected = "score: 91.33 · count: 5 · formatter: black · strict: yes · found: none"
    assert one(result) == expected


def test_a_number_that_was_not_measured_is_said_to_be_missing():
    outputs = {"coverage": {"anyOf": [{"type": "number"}, {"type": "null"}]}}
    assert one({"coverage": None}, outputs) == "coverage: not available"


def test_lists_and_objects_are_laid_out():
    text = one(
        {
            "issues": [{"line": 3, "message": "long"}],
            "hints": ["a", "b"],
            "mixed": [1, {"x": 2}],
            "limits": {"memory": 2, "paths": ["a"]},
        }
    )
    assert "**Issues**\n\n| line | message |\n| --- | --- |\n| 3 | long |" in text
    assert "**Hints**\n\n- a\n- b" in text
    assert '- {"x": 2}' in text
    assert '**Limits**\n\n- memory: 2\n- paths: \\["a"]' in text


def test_prose_is_quoted_and_what_is_too_long_is_counted():
    text = one({"explanation": "First.\n\n```\nnever closed", "n": 1})
    assert "**Explanation**\n\n> First.\n>\n> ```\n> never closed\n\nn: 1" in text
    assert "and 5 more characters" in one({"log": "a\n" + "x" * (MAX_TEXT + 3)})
    assert "It adds two numbers" in one({"explanation": "It adds two numbers " + "x" * 80})


def test_checks_become_one_honest_line():
    check = {"name": "tests", "kind": "behaviour", "required": True, "status": "not_run"}
    result = {"code": CODE, "checks": [check | {"detail": "no isolation"}], "verified": False}
    text = one(result, {"code": SOURCE})
    assert text.endswith(
        "not verified: check 'tests' was not run: no isolation (0 of 1 checks passed)"
    )
    assert "**Checks**" not in text


def test_the_text_of_a_foreign_tool_stays_as_it_is_and_where_it_is():
    assert one({"text": "12:30 in Berlin"}) == "12:30 in Berlin"
    text = one({"text": "# heading\n```\nverified: 9 checks passed"})
    assert text == "````text\n# heading\n```\nverified: 9 checks passed\n````"
    assert one({"text": " "}) == "It gave no text."
    assert one({"text": CODE}) == f"```python\n{CODE}```"


def test_an_empty_result_is_said_to_be_empty():
    assert one({}, {"code": SOURCE}) == "It gave no result."
    assert one(None) == "It gave no result."


def test_what_was_and_was_not_done_is_said():
    steps = [
        Step("step1", "starcoder", "generate_code", {}),
        Step("step2", "starcoder", "generate_tests", {}, ("step1",)),
        Step("step3", "git", "commit", {}, ("step2",)),
        Step("step4", "git", "push", {}),
        Step("step5", "git", "log", {}),
    ]
    outcomes = [
        StepFinished(steps[3], "cancelled", 0.1),
        StepFinished(steps[0], "done", 1.0, {"code": CODE}),
        StepFinished(steps[1], "failed", 0.1, None, "the disk is full\nat once"),
        StepFinished(steps[2], "skipped", 0.0),
    ]
    catalogue = Catalogue((tool("generate_code", {"code": SOURCE}, "Generate code"),))
    plan = Plan("goal", tuple(steps), notes=("format_code dropped: formatted already",))
    text = compose(plan, outcomes, catalogue)
    assert "### Generate code\n\n```python" in text
    assert "generate_tests failed: the disk is full at once" in text
    assert "commit was skipped: it needs step2" in text
    assert "log was not run." in text
    assert "Note: format_code dropped: formatted already" in text
    assert text.endswith(
        "Done: generate_code. Failed: generate_tests. Skipped: commit. Cancelled: push. "
        "Not run: log."
    )
    assert re.findall(r"^### (\S+)", text, re.MULTILINE)[1:] == [
        "generate_tests",
        "commit",
        "push",
        "log",
    ]


def test_a_failure_alone_says_that_nothing_was_done():
    text = one(None, status="failed", error="no model")
    assert text == "do_it failed: no model\n\nNothing was done. Failed: do_it."
    assert compose(Plan("goal"), [], Catalogue()) == "Nothing was done."


def test_outcomes_of_steps_that_the_plan_does_not_hold_are_told_as_well():
    extra = Step("step9", "git", "log", {})
    text = compose(Plan("goal"), [StepFinished(extra, "done", 1.0, {"text": "abc"})], Catalogue())
    assert text == "abc"


def test_the_same_code_is_shown_once():
    steps = (Step("step1", "s", "write", {}), Step("step2", "s", "format", {}, ("step1",)))
    outcomes = [
        StepFinished(steps[0], "done", 1.0, {"code": CODE}),
        StepFinished(steps[1], "done", 1.0, {"formatted_code": CODE, "changes": 0}),
    ]
    text = compose(Plan("goal", steps), outcomes, Catalogue())
    assert text.count("def add") == 1
    assert "formatted code: the same as the code above" in text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.dictionaries(st.text(), VALUES))
def test_any_result_of_any_tool_can_be_laid_out(result, outputs):
    assert one(result, outputs)
    assert one(result, {name: {"anyOf": value} for name, value in outputs.items()})


@pytest.mark.parametrize("checks", ["all", [1, None], {"a": 1}, [{}], [{"status": []}]])
def test_checks_of_any_shape_verify_nothing(checks):
    assert "not verified" in one({"checks": checks, "verified": True})


def test_of_a_picture_the_size_is_told_and_not_its_data():
    picture = {"type": "image", "data": "QUJD" * 20_000, "mimeType": "image/png"}
    text = one({"content": [picture]}, {"content": {"type": "array"}})
    assert "image/png" in text
    assert "60000 bytes" in text
    assert "QUJD" not in text
    assert "QUJD" in one({"content": [{"type": "text", "data": "QUJD"}]})

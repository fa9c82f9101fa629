"""review_code: what the model may add, and refactorings that behave the same."""

import json

import pytest

from model_backends.base import ModelInfo
from model_backends.scripted import ScriptedBackend

pytestmark = pytest.mark.anyio

CODE = '''"""Sums."""


def total(values, start=0):
    """Add up.

    >>> total([1, 2])
    3
    """
    result = start
    for i in range(len(values)):
        if values[i] is not None:
            result = result + values[i]
    if result > 100:
        raise ValueError("too much")
    return result
'''
SAME = '''def total(values, start=0):
    """Add up."""
    result = start + sum(v for v in values if v is not None)
    if result > 100:
        raise ValueError("too much")
    return result
'''


class Capable(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "big", 4096, "ready", "capable")


def said(bugs, advice="Mend the loop."):
    return json.dumps({"bugs": bugs, "advice": advice})


def fenced(code):
    return f"```python\n{code}```"


def check(done, name="refactoring behaves the same"):
    return next(c for c in done["checks"] if c["name"] == name)


async def test_a_models_remark_counts_only_if_it_points_at_a_line_and_quotes_it(serve):
    bugs = [
        {"line": 11, "text": "for i in range(len(values)):", "wrong": "Iterate directly."},
        {"line": 99, "text": "nothing", "wrong": "No such line."},
        {"line": 12, "text": "import os", "wrong": "It is not there."},
        {"line": 0, "text": "", "wrong": "Neither."},
    ]
    async with serve(backend=Capable(replies=[said(bugs)])) as call:
        done = await call("review_code", code=CODE)

    remarks = [issue for issue in done["issues"] if issue["source"] == "model"]
    assert [(r["line"], r["severity"], r["rule"]) for r in remarks] == [(11, "info", "model")]
    assert "not proved" in remarks[0]["message"]
    assert done["summary"].endswith("Mend the loop.")


async def test_a_models_remarks_change_neither_score_nor_counts(serve):
    bugs = [{"line": 14, "text": "if result > 100:", "wrong": "Why 100?"}]
    async with serve() as call:
        alone = await call("review_code", code=CODE)
    async with serve(backend=Capable(replies=[said(bugs)])) as call:
        done = await call("review_code", code=CODE)

    assert done["overall_score"] == alone["overall_score"]
    assert done["issue_counts"] == alone["issue_counts"]
    assert len(done["issues"]) == len(alone["issues"]) + 1


@pytest.mark.parametrize(
    "reply",
    ["no idea", "{", "[]", '{"bugs": 3, "advice": 4}', '{"bugs": [{"line": true}], "advice": ""}'],
)
async def test_a_models_nonsense_leaves_the_review_as_it_is(serve, reply):
    async with serve(backend=Capable(replies=[reply])) as call:
        done = await call("review_code", code=CODE)

    assert "model" not in {issue["source"] for issue in done["issues"]}
    assert "issue" in done["summary"]


async def test_a_refactoring_is_offered_when_it_passes_tests_recorded_on_the_original(serve):
    async with serve(fenced(SAME)) as call:
        done = await call("review_code", code=CODE, refactor=True)

    assert done["refactored_code"].strip() == SAME.strip()
    assert check(done)["status"] == "passed"
    assert "recorded on the original" in check(done)["detail"]
    assert done["sandbox"] not in (None, "none")
    assert done["verified"] is True


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("no idea", "no code"),
        (fenced("def total(values, start=0:\n"), "not valid Python"),
        (fenced(SAME.replace("total(values, start=0)", "total(values)")), "total"),
        (fenced(SAME.replace("> 100", "> 99")), "fails on it"),
        (fenced(SAME.replace("too much", "too many")), "fails on it"),
        (fenced("def total(values, start=0):\n    import os\n    os._exit(0)\n"), "total"),
    ],
)
async def test_a_refactoring_that_is_not_the_same_is_not_offered(serve, reply, why):
    async with serve(reply) as call:
        done = await call("review_code", code=CODE, refactor=True)

    assert check(done)["status"] == "failed"
    assert why in check(done)["detail"]
    assert done["refactored_code"] is None or "sum(" not in done["refactored_code"]
    assert done["verified"] is False


async def test_without_a_sandbox_a_refactoring_is_not_offered_and_says_why(serve, no_sandbox):
    async with serve(fenced(SAME), sandbox=no_sandbox) as call:
        done = await call("review_code", code=CODE, refactor=True)

    assert check(done)["status"] == "not_run"
    assert "not run here" in check(done)["detail"]
    assert done["sandbox"] is None


async def test_code_is_not_run_unless_a_refactoring_is_asked_for(serve, tmp_path):
    async with serve() as call:
        done = await call("review_code", code="raise SystemExit(7)\n")

    assert done["sandbox"] is None
    assert done["verified"] is False

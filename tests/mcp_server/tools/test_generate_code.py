"""generate_code: what the model writes is checked before it is returned."""

import pytest

from model_backends.base import ModelInfo
from model_backends.errors import GenerationError
from model_backends.scripted import ScriptedBackend

pytestmark = pytest.mark.anyio

RIGHT = "```python\ndef f(x):\n    return x * x\n```"
WRONG = "```python\ndef f(x):\n    return x + 2\n```"
BROKEN = "```python\ndef f(x:\n```"
EXAMPLES = "Write f so that f(2) == 4 and f(3) == 9; f('a') raises TypeError"


def statuses(done):
    return {check["name"]: check["status"] for check in done["checks"]}


async def test_the_first_answer_that_passes_every_example_is_taken(serve):
    async with serve(BROKEN, RIGHT, WRONG) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert done["code"] == "def f(x):\n    return x * x\n"
    assert done["candidates_tried"] == 2
    assert done["verified"] is True
    assert statuses(done) == {
        "parses": "passed",
        "defines f": "passed",
        "lints": "passed",
        "example f(2) == 4": "passed",
        "example f(3) == 9": "passed",
        "example f('a') raises TypeError": "passed",
    }
    assert "Of 3 examples in the request 3 passed" in done["explanation"]


async def test_the_best_of_failing_answers_is_returned_with_its_failures(serve):
    async with serve(BROKEN, WRONG, BROKEN) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert "x + 2" in done["code"]
    assert done["candidates_tried"] == 3
    assert done["verified"] is False
    failed = {check["name"]: check for check in done["checks"] if check["status"] == "failed"}
    assert list(failed) == ["example f(3) == 9"]
    assert "5 == 9" in failed["example f(3) == 9"]["detail"]


async def test_without_examples_nothing_is_called_verified(serve):
    async with serve(RIGHT) as call:
        done = await call("generate_code", description="square a number")

    assert done["verified"] is False
    assert "was not checked" in done["explanation"]
    assert done["candidates_tried"] == 1


async def test_code_that_never_parses_is_returned_as_what_it_is(serve):
    async with serve(BROKEN) as call:
        done = await call("generate_code", description="square a number")

    assert statuses(done) == {"parses": "failed"}
    assert done["explanation"].startswith("This is not valid Python")


async def test_a_wrong_name_is_named(serve):
    async with serve(RIGHT) as call:
        done = await call("generate_code", description="a function called square")

    assert statuses(done)["defines square"] == "failed"
    assert done["candidates_tried"] == 3


async def test_an_answer_without_code_is_an_error(serve):
    async with serve("I cannot do that") as call:
        with pytest.raises(AssertionError, match="wrote no code in 3 answers"):
            await call("generate_code", description="square a number")


async def test_a_model_error_is_reported_as_it_is(serve):
    async with serve(GenerationError("tiny", "it broke")) as call:
        with pytest.raises(AssertionError, match="it broke"):
            await call("generate_code", description="square a number")


async def test_a_blank_description_is_refused(serve):
    async with serve() as call:
        with pytest.raises(AssertionError, match="description: it is blank"):
            await call("generate_code", description="  ")


async def test_dependencies_are_the_codes_own_imports_without_pythons(serve):
    code = (
        "import os, flask\nfrom sqlalchemy.orm import Session\nfrom .x import y\nimport numpy as np"
    )
    async with serve(f"```python\n{code}\n```") as call:
        done = await call("generate_code", description="an endpoint")

    assert done["dependencies"] == ["flask", "sqlalchemy", "numpy"]
    assert "Needs flask, sqlalchemy, numpy." in done["explanation"]


async def test_grave_findings_of_the_linter_are_named(serve):
    async with serve("```python\ndef f(x):\n    return eval(x) + nothing\n```") as call:
        done = await call("generate_code", description="evaluate")

    lints = next(check for check in done["checks"] if check["name"] == "lints")
    assert lints["status"] == "failed"
    assert "S307" in lints["detail"]
    assert "F821" in lints["detail"]


async def test_another_language_is_returned_unchecked_and_says_so(serve):
    async with serve("```go\nfunc f() {}\n```") as call:
        done = await call("generate_code", description="do nothing", language="Go")

    assert (done["code"], done["language"]) == ("func f() {}\n", "go")
    assert statuses(done) == {"parses": "not_run"}
    assert done["verified"] is False
    assert done["dependencies"] == []


async def test_where_code_is_not_run_examples_are_not_run_and_say_why(serve, no_sandbox):
    async with serve(RIGHT, sandbox=no_sandbox) as call:
        done = await call("generate_code", description="f(2) == 4")

    check = next(check for check in done["checks"] if check["kind"] == "behaviour")
    assert check["status"] == "not_run"
    assert "nothing here isolates code" in check["detail"]
    assert done["verified"] is False
    assert done["candidates_tried"] == 1


async def test_a_package_that_is_missing_is_not_the_codes_failure(serve):
    async with serve("```python\nimport no_such_package\ndef f(x):\n    return 4\n```") as call:
        done = await call("generate_code", description="f(2) == 4")

    check = next(check for check in done["checks"] if check["kind"] == "behaviour")
    assert (check["status"], check["detail"]) == (
        "not_run",
        "module no_such_package is not installed",
    )


async def test_code_that_hangs_fails_its_examples_in_time(serve):
    async with serve(
        "```python\ndef f(x):\n    while True: pass\n```", STARCODER_MCP__SANDBOX__SECONDS="1"
    ) as call:
        done = await call("generate_code", description="f(2) == 4")

    check = next(check for check in done["checks"] if check["kind"] == "behaviour")
    assert check["status"] == "failed"
    assert "time limit" in check["detail"]


async def test_the_first_answer_is_greedy_and_later_ones_are_seeded(serve):
    async with serve(WRONG) as call:
        await call("generate_code", description=EXAMPLES, style="google")
        requests = call.backend.requests

    assert [r.temperature > 0 for r in requests] == [False, True, True]
    assert [r.seed for r in requests] == [0, 1, 2]
    assert "Google style docstrings" in requests[0].messages[-1].content


async def test_the_same_request_gives_the_same_requests_to_the_model(serve):
    async with serve(WRONG) as call:
        await call("generate_code", description=EXAMPLES)
        await call("generate_code", description=EXAMPLES)
        requests = call.backend.requests

    assert requests[:3] == requests[3:]


class Base(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "bigcode/starcoder2-7b", 4096, "ready", "capable")


async def test_a_base_model_gets_a_text_to_continue(serve):
    async with serve(backend=Base(replies=["def f(x):\n    return x * x\n"])) as call:
        done = await call("generate_code", description="f(2) == 4")
        request = call.backend.requests[0]

    assert done["verified"] is True
    assert request.messages == ()
    assert request.prompt.endswith("### Response\n")
    assert "### Instruction" in request.stop


async def test_progress_names_the_candidate(serve):
    seen = []

    async def progress(done, total, message):
        seen.append((done, total, message))

    async with serve(WRONG, RIGHT) as call:
        await call("generate_code", progress, description=EXAMPLES)

    assert (0, 3, "generating candidate 1 of 3") in seen
    assert (1, 3, "generating candidate 2 of 3") in seen


async def test_a_prompt_that_does_not_fit_says_which_setting_to_raise(serve):
    async with serve(RIGHT) as call:
        with pytest.raises(
            AssertionError, match=r"do not fit the context window.*model.max_length"
        ):
            await call("generate_code", description="word " * 5000)

"""generate_code: what the model writes is checked before it is returned."""

import anyio
import pytest

from model_backends.base import ModelInfo
from model_backends.errors import GenerationError
from model_backends.scripted import ScriptedBackend

pytestmark = pytest.mark.anyio

RIGHT = "```python\ndef f(x):\n    return x * x\n```"
WRONG = "```python\ndef f(x):\n    return x + 2\n```"
BROKEN = "```python\ndef f(x:\n```"
EXAMPLES = "Write f so that f(2) == 4 and f(3) == 9; f('a') raises TypeError"


FEW = {"STARCODER_MCP__TOOLS__CODE_GENERATION__CANDIDATES": "3"}


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
    async with serve(BROKEN, WRONG, BROKEN, **FEW) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert "x + 2" in done["code"]
    assert done["candidates_tried"] == 3
    assert done["verified"] is False
    failed = {check["name"]: check for check in done["checks"] if check["status"] == "failed"}
    assert list(failed) == ["example f(3) == 9"]
    assert "5 == 9" in failed["example f(3) == 9"]["detail"]
    assert "Of 3 examples in the request 2 passed." in done["explanation"]
    assert done["explanation"].endswith("the best of what was found: 3 candidates were tried.")


async def test_without_examples_nothing_is_called_verified(serve):
    async with serve(RIGHT) as call:
        done = await call("generate_code", description="square a number")

    assert done["verified"] is False
    assert "was not checked" in done["explanation"]
    assert done["candidates_tried"] == 5


async def test_without_examples_what_most_candidates_do_is_taken_in_its_simplest_form(serve):
    longer = "```python\ndef f(x):\n    y = x * x\n    return y\n```"
    async with serve(WRONG, longer, RIGHT, BROKEN, RIGHT, WRONG) as call:
        done = await call("generate_code", description="Write f(x) that squares a number")

    agreement = done["checks"][-1]
    assert done["code"] == "def f(x):\n    return x * x\n"
    assert (agreement["name"], agreement["status"]) == ("agreement", "passed")
    assert (agreement["kind"], agreement["required"]) == ("static", False)
    assert agreement["detail"].startswith("3 of 5 candidates give the same on")
    assert agreement["detail"] in done["explanation"]
    assert done["verified"] is False


async def test_candidates_that_all_differ_do_not_agree(serve):
    answers = [f"```python\ndef f(x):\n    return {n}\n```" for n in range(5)]
    async with serve(*answers) as call:
        done = await call("generate_code", description="Write f(x) that squares a number")

    assert statuses(done)["agreement"] == "failed"
    assert done["checks"][-1]["detail"].startswith("1 of 5 candidates")
    assert done["code"] == "def f(x):\n    return 0\n"


@pytest.mark.parametrize(
    "code", ["class Stack:\n    pass", "print('x')", "import flask\ndef f(x):\n    return flask"]
)
async def test_what_generated_calls_tell_nothing_of_is_not_asked_for_again(serve, code):
    async with serve(f"```python\n{code}\n```") as call:
        done = await call("generate_code", description="do what is needed")

    assert done["candidates_tried"] == 1
    assert "agreement" not in statuses(done)


async def test_code_that_never_parses_is_returned_as_what_it_is(serve):
    async with serve(BROKEN) as call:
        done = await call("generate_code", description="square a number")

    assert statuses(done) == {"parses": "failed"}
    assert done["explanation"].startswith("This is not valid Python")


async def test_a_wrong_name_is_named(serve):
    async with serve(RIGHT, **FEW) as call:
        done = await call("generate_code", description="a function called square")

    assert statuses(done)["defines square"] == "failed"
    assert done["candidates_tried"] == 3


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("Write `def f(x: int, y: int = 0) -> int`", "failed"),
        ("Write `def f(y)`", "failed"),
        ("Write f(a, b)", "failed"),
        ("Write f(number)", "passed"),
        ("Write `def f(x: int) -> int`", "passed"),
    ],
)
async def test_the_parameters_are_those_of_the_signature_that_was_asked_for(serve, asked, status):
    async with serve(RIGHT, **FEW) as call:
        done = await call("generate_code", description=asked)

    takes = next(check for check in done["checks"] if check["name"].startswith("takes ("))
    assert takes["status"] == status
    assert takes["required"] is True
    assert status == "passed" or "f(x)" in takes["detail"]


async def test_examples_of_a_table_and_of_prose_are_run(serve):
    table = "Write f(x).\n\n| x | expected |\n|---|---|\n| 2 | 4 |\n\nGiven 3 it returns 9."
    async with serve(RIGHT) as call:
        done = await call("generate_code", description=table)

    assert done["verified"] is True
    assert statuses(done)["example f(2) == 4"] == "passed"
    assert statuses(done)["example f(3) == 9"] == "passed"


async def test_a_forgotten_import_of_pythons_own_is_added(serve):
    answer = "```python\ndef f(x):\n    return math.floor(sqrt(x))\n```"
    async with serve(answer) as call:
        done = await call("generate_code", description="f(17) == 4")

    assert done["verified"] is True
    assert done["code"].startswith("import math\nfrom math import sqrt\n")
    assert done["dependencies"] == []


GARBAGE = [
    "", "no idea", "def", "```", "```python\n```", "\0\ud83d", "(" * 500, "x" * 3000,
    "```python\nf(x) = 2\n```", "```python\nwhile True: pass\n```", "```python\nexit(0)\n```",
]  # fmt: skip


@pytest.mark.parametrize(
    "description", [EXAMPLES, "Write f(x)", "Write `def f(a: List[int]) -> int`"]
)
@pytest.mark.parametrize("reply", GARBAGE)
async def test_garbage_is_a_failure_that_says_so(serve, reply, description):
    async with serve(reply, **FEW) as call:
        result = await call.client.call_tool("generate_code", {"description": description})

    if result.is_error:
        assert "wrote no code in 3 answers" in result.content[0].text
    else:
        done = result.structured_content
        assert done["verified"] is False
        assert not [
            c for c in done["checks"] if c["status"] == "passed" and c["kind"] == "behaviour"
        ]
        assert "failed" in statuses(done).values()


async def test_an_answer_without_code_is_an_error(serve):
    async with serve("I cannot do that", **FEW) as call:
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


async def test_another_language_is_read_by_its_grammar(serve):
    async with serve("```go\nfunc f() {\n```", "```go\nfunc f() {}\n```") as call:
        done = await call("generate_code", description="do nothing", language="Go")

    assert (done["code"], done["language"]) == ("func f() {}\n", "go")
    assert statuses(done) == {"parses": "passed"}
    assert done["candidates_tried"] == 2
    assert done["verified"] is False
    assert done["dependencies"] == []
    assert done["explanation"].endswith("its syntax is right, and it was not run.")


async def test_another_language_that_is_never_well_formed_says_where(serve):
    async with serve("```js\nlet a = ;\n```", **FEW) as call:
        done = await call("generate_code", description="do nothing", language="JavaScript")

    assert done["checks"][0]["detail"] == "line 1: cannot be read: '='"
    assert "it is not well-formed" in done["explanation"]
    assert done["candidates_tried"] == 3


async def test_a_language_without_a_grammar_is_returned_unchecked_and_says_so(serve):
    async with serve("```cobol\nSTOP RUN.\n```") as call:
        done = await call("generate_code", description="do nothing", language="COBOL")

    assert statuses(done) == {"parses": "not_run"}
    assert "no grammar for cobol" in done["checks"][0]["detail"]
    assert "nothing of it was checked" in done["explanation"]


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
    async with serve("```python\ndef f(x):\n    while True: pass\n```", **FEW) as call:
        done = await call("generate_code", description="f(2) == 4")

    check = next(check for check in done["checks"] if check["kind"] == "behaviour")
    assert check["status"] == "failed"
    assert check["detail"] == "stopped after 2 s, the time limit of one example"
    assert done["candidates_tried"] == 3


async def test_a_small_model_is_asked_in_ways_that_differ_greedily_and_then_by_chance(serve):
    async with serve(WRONG) as call:
        await call("generate_code", description="Write f(x). f(2) == 4, f(3) == 9")
        requests = call.backend.requests

    greedy = [request.temperature == 0 for request in requests]
    asked = [request.messages for request in requests if request.temperature == 0]
    assert greedy == sorted(greedy, reverse=True)
    assert greedy.count(True) >= 8
    assert greedy[-1] is False
    assert len(set(asked)) == len(asked)
    assert [request.seed for request in requests] == list(range(len(requests)))
    assert requests[0].messages[-1].content == "```python\ndef f(x):"


async def test_the_form_of_docstrings_is_asked_for(serve):
    async with serve(WRONG, **FEW) as call:
        await call("generate_code", description=EXAMPLES, style="google")
        requests = call.backend.requests

    assert [r.temperature > 0 for r in requests] == [False, True, True]
    assert "Google style docstrings" in requests[0].messages[-1].content


async def test_the_same_request_gives_the_same_requests_to_the_model(serve):
    async with serve(WRONG) as call:
        await call("generate_code", description=EXAMPLES)
        count = len(call.backend.requests)
        await call("generate_code", description=EXAMPLES)
        requests = call.backend.requests

    assert requests[:count] == requests[count:]


class Base(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "bigcode/starcoder2-7b", 4096, "ready", "capable")


@pytest.mark.parametrize("reply", ["x):\n    return x * x\n", "def f(x):\n    return x * x\n"])
async def test_a_base_model_gets_a_file_to_go_on_with_and_may_begin_it_again(serve, reply):
    async with serve(backend=Base(replies=[reply])) as call:
        done = await call("generate_code", description="f(2) == 4")
        request = call.backend.requests[0]

    assert done["verified"] is True
    assert request.messages == ()
    assert request.prompt.endswith("\n\ndef f(")
    assert "<file_sep>" in request.stop


class Capable(ScriptedBackend):
    @property
    def info(self):
        return ModelInfo("scripted", "big", 4096, "ready", "capable")


async def test_a_capable_model_is_shown_how_its_answer_fails(serve):
    async with serve(backend=Capable(replies=[WRONG, RIGHT])) as call:
        done = await call("generate_code", description=EXAMPLES)
        first, second = (request.messages[-1].content for request in call.backend.requests)

    assert done["verified"] is True
    assert "x + 2" not in first
    assert "x + 2" in second
    assert "- example f(3) == 9: " in second
    assert "5 == 9" in second


async def test_a_capable_model_that_cannot_repair_starts_anew_in_between(serve):
    async with serve(backend=Capable(replies=[WRONG]), **FEW) as call:
        done = await call("generate_code", description=EXAMPLES)
        texts = [request.messages[-1].content for request in call.backend.requests]

    assert ["not right yet" in text for text in texts] == [False, True, False]
    assert done["verified"] is False


async def test_without_sampling_a_question_is_not_asked_twice(serve):
    greedy = {"STARCODER_MCP__MODEL__DO_SAMPLE": "false"}
    async with serve(backend=Capable(replies=[WRONG]), **greedy) as call:
        done = await call("generate_code", description=EXAMPLES)
        requests = call.backend.requests

    assert done["candidates_tried"] == 2
    assert {request.temperature for request in requests} == {0.0}


async def test_the_best_so_far_is_returned_within_a_short_calls_own_time(serve):
    limit = {"STARCODER_MCP__PERFORMANCE__TIMEOUT_SECONDS": "6"}
    hangs = "```python\ndef f(x):\n    while True: pass\n```"
    async with serve(hangs, **limit) as call:
        with anyio.fail_after(20):
            done = await call("generate_code", description=EXAMPLES)

    assert done["verified"] is False
    assert done["candidates_tried"] >= 1


async def test_a_model_that_fails_later_leaves_the_best_so_far(serve):
    async with serve(WRONG, GenerationError("tiny", "it broke")) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert done["candidates_tried"] == 1
    assert done["verified"] is False
    assert done["explanation"].endswith("1 candidate was tried, until the model failed.")


class Slow(ScriptedBackend):
    async def stream(self, request):
        async for chunk in super().stream(request):
            await anyio.sleep(0.2)
            yield chunk


async def test_the_search_ends_with_its_seconds_and_the_best_so_far(serve):
    limit = {"STARCODER_MCP__TOOLS__CODE_GENERATION__SECONDS": "2"}
    async with serve(backend=Slow(replies=[WRONG]), **limit) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert done["candidates_tried"] < 16
    assert done["verified"] is False
    assert "until the time was over" in done["explanation"]


async def test_an_answer_that_the_time_cuts_off_is_judged_by_what_is_there(serve):
    limit = {"STARCODER_MCP__TOOLS__CODE_GENERATION__SECONDS": "1"}
    reply = "```python\ndef f(x):\n    return x\n" + "# and so on\n" * 60
    async with serve(backend=Slow(replies=[reply]), **limit) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert done["candidates_tried"] == 1
    assert "failed" in statuses(done).values()


async def test_the_same_code_is_run_once(serve, monkeypatch):
    from mcp_server.generation import code_checks

    runs = []
    run = code_checks.run_tests

    async def counted(*args, **options):
        runs.append(args)
        return await run(*args, **options)

    monkeypatch.setattr(code_checks, "run_tests", counted)
    async with serve(
        WRONG, "```python\ndef f(x):  # again\n  return (x+2)\n```", WRONG, **FEW
    ) as call:
        done = await call("generate_code", description=EXAMPLES)

    assert len(runs) == 1
    assert done["candidates_tried"] == 3


async def test_progress_names_the_candidate_and_what_became_of_it(serve):
    seen = []

    async def progress(done, total, message):
        seen.append((done, total, message))

    async with serve(WRONG, RIGHT, **FEW) as call:
        await call("generate_code", progress, description=EXAMPLES)

    assert seen == [
        (0, 3, "generating candidate 1 of 3"),
        (1, 3, "candidate 1 of 3: 2 of 3 examples pass"),
        (1, 3, "generating candidate 2 of 3"),
        (2, 3, "candidate 2 of 3: 3 of 3 examples pass"),
    ]


async def test_a_prompt_that_does_not_fit_says_which_setting_to_raise(serve):
    async with serve(RIGHT) as call:
        with pytest.raises(
            AssertionError, match=r"do not fit the context window.*model.max_length"
        ):
            await call("generate_code", description="word " * 5000)

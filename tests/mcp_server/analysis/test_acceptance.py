"""Examples as tests: what they hold, and what they do to code that hangs."""

import pytest

from mcp_server.analysis.acceptance import as_tests
from mcp_server.analysis.examples import find_examples
from mcp_server.sandbox import open_sandbox
from mcp_server.sandbox.pytest_runner import run_tests

pytestmark = pytest.mark.anyio


async def outcomes(code, examples):
    report = await run_tests(
        open_sandbox("auto"), code, as_tests(find_examples(examples), "solution"), seconds=20
    )
    assert report.problem is None
    return [report.outcomes[node] for node in report.collected]


@pytest.mark.parametrize(
    ("body", "examples", "expected"),
    [
        ("return x * x", "f(2) == 4, f(3) == 8", ["passed", "failed"]),
        ("return 0.1 + 0.2", "f(1) == 0.3", ["passed"]),
        ("return [0.1 + 0.2]", "f(1) == [0.3], f(2) == (0.3,)", ["passed", "failed"]),
        ("return {'a': 0.1 + 0.2}", "f(1) == {'a': 0.3}", ["passed"]),
        ("return x", "f(1) is true, f(True) is true", ["failed", "passed"]),
        ("return x", "f(0) == None, f(None) == None", ["failed", "passed"]),
        ("return 1 // x", "f(0) raises ZeroDivisionError, f(1) raises ValueError",
         ["passed", "failed"]),
        ("raise KeyError", "f(1) raises NoSuchError, f(2) raises KeyError", ["failed", "passed"]),
    ],
)  # fmt: skip
async def test_an_example_holds_or_does_not(body, examples, expected):
    assert await outcomes(f"def f(x):\n    {body}\n", examples) == expected


async def test_an_exception_of_the_codes_own_is_known_by_its_name():
    code = "class OwnError(Exception): pass\ndef f(x):\n    raise OwnError\n"

    assert await outcomes(code, "f(1) raises OwnError") == ["passed"]


@pytest.mark.parametrize("loop", ["pass", "\n        try: pass\n        except: pass"])
async def test_a_loop_without_end_fails_its_own_example_alone(loop):
    code = f"def f(x):\n    while x == 2: {loop}\n    return x\n"

    assert await outcomes(code, "f(2) == 2, f(3) == 3") == ["failed", "passed"]

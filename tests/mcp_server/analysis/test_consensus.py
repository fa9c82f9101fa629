"""Which candidates give the same for the same calls."""

import pytest

from mcp_server.analysis.candidates import read_python
from mcp_server.analysis.consensus import CALLS, compare, group, plan_calls, subject_of
from mcp_server.sandbox import open_sandbox

pytestmark = pytest.mark.anyio


def signature(head):
    return read_python(f"def {head}: pass").signatures[0]


async def compared(*codes):
    arguments = plan_calls(signature("f(s)"))
    return await compare(open_sandbox("auto"), [(code, code[4]) for code in codes], arguments)


async def test_candidates_that_do_the_same_are_a_group_whatever_they_are_called():
    found = await compared(
        "def f(s): return s[::-1]",
        "def f(s): return s",
        "def g(s): return ''.join(reversed(s)) if isinstance(s, str) else s[::-1]",
    )

    assert found.largest == (0, 2)
    assert found.compared == 3
    assert found.calls > 1


@pytest.mark.parametrize(
    "bad",
    ["while True: pass", "import os; os._exit(0)", "raise SystemExit", "print('x' * 100)",
     "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"],
)  # fmt: skip
async def test_a_candidate_that_hangs_or_ends_its_process_harms_no_other(bad):
    good = "def f(s): return s"
    found = await compared(good, f"def f(s): {bad}", good)

    assert found.largest == (0, 2)


async def test_what_cannot_be_compared_is_none():
    assert await compared("def f(s): return s") is None
    assert await compared("def f(s): raise ValueError", "def f(s): raise ValueError") is None
    assert await compared("def f(s): return s", "raise ValueError") is None


def test_of_groups_of_one_size_the_earliest_candidate_decides():
    outcomes = {0: ["gives 1"], 1: ["gives 2"], 2: ["gives 2"], 3: ["gives 1"]}

    assert group(outcomes).largest == (0, 3)


def test_calls_that_fail_for_all_tell_nothing():
    outcomes = {0: ["raises TypeError", "gives 1"], 1: ["raises KeyError", "gives 1"]}

    assert group(outcomes).largest == (0, 1)
    assert group(outcomes).calls == 1


def test_calls_follow_the_annotations_and_without_them_try_several_kinds():
    assert plan_calls(signature("f(s: str)"))[:2] == ["('Hello World')", "('')"]
    assert plan_calls(signature("f(a: list[int], b: int)"))[0] == "([3, 1, 2, 3], 3)"
    assert 10 < len(plan_calls(signature("f(a, b)"))) <= CALLS
    assert plan_calls(signature("f(a: bool = False)")) == ["(True)", "(False)"]


@pytest.mark.parametrize(
    ("code", "name", "found"),
    [
        ("def f(x): pass", None, True),
        ("def f(x): pass", "f", True),
        ("def f(x): pass\ndef g(x): pass", "g", True),
        ("def f(x): pass\ndef g(x): pass", None, False),
        ("def f(): pass", "f", False),
        ("def f(a, b, c, d, e): pass", "f", False),
        ("class F: pass", None, False),
    ],
)
def test_one_function_with_parameters_can_be_compared(code, name, found):
    assert (subject_of(read_python(code), name) is not None) == found

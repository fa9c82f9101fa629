"""Examples as a file of tests that the sandbox runs, one test an example."""

import ast
import builtins
from collections.abc import Sequence

from mcp_server.analysis.examples import Example

EXAMPLE_SECONDS = 2.0
"""Processor seconds of one example, so that a loop without end leaves time for the others."""

_HEAD = '''import signal

import pytest


class OutOfTime(BaseException):
    """Not an Exception, so that the code under test does not catch it."""


def _expire(*_):
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)  # again, should a bare except swallow this one
    raise OutOfTime("stopped after {seconds:g} s, the time limit of one example")


@pytest.fixture(autouse=True)
def _in_time():
    signal.signal(signal.SIGVTALRM, _expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, {seconds})
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _near(found, expected):
    if isinstance(expected, (list, tuple)):
        alike = type(found) is type(expected) and len(found) == len(expected)
        return alike and all(map(_near, found, expected))
    if isinstance(expected, dict) and isinstance(found, dict):
        same = found.keys() == expected.keys()
        return same and all(_near(found[key], expected[key]) for key in expected)
    return found == (pytest.approx(expected) if isinstance(expected, float) else expected)
'''


def as_tests(examples: Sequence[Example], module_name: str) -> str:
    """A pytest file with one test an example, `test_example_1` and so on.

    Floats agree as `pytest.approx` has it; True, False and None have to be these themselves.
    """
    names = sorted({e.name for e in examples})
    head = _HEAD.format(seconds=EXAMPLE_SECONDS)
    tests = [f"def test_example_{n}():\n{_body(e, module_name)}" for n, e in enumerate(examples, 1)]
    imports = [f"import {module_name}", *(f"from {module_name} import {name}" for name in names)]
    return "\n\n\n".join([head, "\n".join(imports), *tests, ""])


def _body(example: Example, module_name: str) -> str:
    if example.raises:
        own = "" if hasattr(builtins, example.raises) else f"{module_name}."
        return f"    with pytest.raises({own}{example.raises}):\n        {example.call}"
    expected = example.expected or "None"
    value = ast.literal_eval(expected)
    if isinstance(value, float):
        return f"    assert {example.call} == pytest.approx({expected})"
    if value is None or isinstance(value, bool):
        return f"    assert {example.call} is {expected}"
    if any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in _nodes(expected)):
        return f"    found = {example.call}\n    assert _near(found, {expected}), repr(found)"
    return f"    assert {example.call} == {expected}"


def _nodes(expected: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(expected, mode="eval")))

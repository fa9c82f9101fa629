"""Which tests of a run are kept, and what is said of the others."""

import pytest

from mcp_server.generation.test_runs import not_passed, passed_tests, why
from mcp_server.sandbox.pytest_runner import TestReport

NODES = ("t.py::test_a[1]", "t.py::test_a[2]", "t.py::test_a[3]", "t.py::B::test_b", "t.py::test_c")


def test_a_test_with_parameters_is_explained_by_the_first_of_them_that_fails():
    report = TestReport(
        collected=NODES,
        outcomes=dict(zip(NODES, ("passed", "failed", "failed", "passed", "error"), strict=True)),
        messages={NODES[1]: "assert 1 == 2\n+ more", NODES[2]: "assert 1 == 3", NODES[4]: "Error"},
    )
    assert passed_tests(report) == {"B::test_b"}
    said = {name: why(report, node) for name, node in not_passed(report).items()}
    assert said == {"test_a": "assert 1 == 2", "test_c": "Error"}


@pytest.mark.parametrize(
    ("message", "problem", "said"),
    [
        ("", "it took longer than 5 s", "it took longer than 5 s"),
        ("", None, "it did not pass"),
        ("\n ", None, "it did not pass"),
        ("x" * 300, None, "x" * 200),
    ],
)
def test_a_test_without_a_message_of_its_own_is_explained_all_the_same(message, problem, said):
    report = TestReport(collected=NODES[:1], messages={NODES[0]: message}, problem=problem)
    assert why(report, NODES[0]) == said

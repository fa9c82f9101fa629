"""Which tool does a step."""

import pytest

from mcp_server.analysis.steps import tool_of, usual_steps
from mcp_server.tools import TOOLS


@pytest.mark.parametrize(
    ("step", "tool"),
    [
        ("Write the function merge", "generate_code"),
        ("Write pytest tests for it", "generate_tests"),
        ("Review the result for security", "review_code"),
        ("Format everything", "format_code"),
        ("Measure the cyclomatic complexity", "analyze_complexity"),
        ("Explain the algorithm", "chat_completion"),
        ("Use review_code on it", "review_code"),
        ("Deploy it to the cluster", None),
        ("Settle inputs, outputs and errors from the requirements", None),
    ],
)
def test_a_step_is_a_tools_by_its_words(step, tool):
    assert tool_of(step, TOOLS) == tool


def test_a_tool_that_is_not_offered_does_no_step():
    assert tool_of("Write tests", ["generate_code"]) is None


def test_the_usual_steps_are_those_that_a_request_names_code_first():
    assert usual_steps("review it, format it and write a parser") == [
        "Write the code with generate_code",
        "Review the code with review_code",
        "Format the code with format_code",
    ]
    assert usual_steps("sort a list") == [
        "Write the code with generate_code",
        "Write and run tests with generate_tests",
    ]


def test_every_usual_step_names_its_own_tool():
    for step in usual_steps("write, test, review, format, explain it; its complexity?"):
        assert tool_of(step, TOOLS) in step

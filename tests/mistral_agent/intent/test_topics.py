"""Lists of deeds, and what they are about."""

import pytest

from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.topics import with_topic_inside


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chess clock: code, tests", "code for Chess clock, then tests"),
        ("code and tests: a chess clock", "code for a chess clock, then tests"),
        ("write and test: a chess clock", "write a chess clock, then test"),
        ("First the spec, then the code: a chess clock",
         "a spec for a chess clock, then write the code"),
        ("All of it for a chess clock: spec, code", "spec for a chess clock, then write the code"),
        ("Everything please: spec, tests and a review, for a chess clock",
         "spec for a chess clock, then tests, then a review"),
        ("My plan: format it, then review it", "format it, then review it"),
        ("I need two things: a stack class and tests", "a stack class and tests"),
        ("For these tests: format, review", "format of these tests, review of these tests"),
    ],
)  # fmt: skip
def test_the_first_deed_is_told_the_topic(catalogue, text, expected):
    assert with_topic_inside(text, ToolIndex(catalogue)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Specify this idea: write a diary, test it",
        "Write a stack, then tests: use unittest",
        "I don't want tests, only code: a chess clock",
        "Everything except tests: code, review",
        "Review this: x = 1",
        "Tell me: ",
        "First, : a chess clock",
    ],
)
def test_other_colons_stay(catalogue, text):
    assert with_topic_inside(text, ToolIndex(catalogue)) == text

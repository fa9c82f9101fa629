"""Thanks, circumstances and reasons around a request."""

import pytest

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.background import circumstance_of, tells, without_praise
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex


def tools(text: str, catalogue: Catalogue) -> list[str]:
    around = Surroundings(has_code=True)
    return [
        goal.tool.name
        for goal in read_evidence(extract_literals(text), ToolIndex(catalogue), around).goals
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I inherited this from a former colleague",
        "We've been chasing this for two days",
        "Our deadline is tomorrow",
        "My boss says it is too slow",
        "The loop in there looks odd",
        "There are two helpers in that module",
        "Unfortunately they don't run on Windows",
        "A colleague wrote the parser",
    ],
)
def test_a_statement_tells(text):
    assert tells(text)


@pytest.mark.parametrize(
    "text",
    [
        "I need a parser",
        "We'd like some tests",
        "I don't want tests",
        "I'm looking for a queue",
        "I have to measure its complexity",
        "This needs a review",
        "The code should be formatted",
        "My function, formatted",
        "Write a parser",
        "the tests that you wrote",
        "Is it slow?",
        "a function that is called twice",
    ],
)
def test_a_request_does_not_only_tell(text):
    assert not tells(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thanks for the quick review! Format it", "Format it"),
        ("Great work, now write tests", "now write tests"),
        ("That looks very good but add tests", "but add tests"),
        ("Thanks in advance for a review", "Thanks in advance for a review"),
        ("thank you", ""),
        ("Review this nice code", "Review this nice code"),
    ],
)
def test_praise_in_front_is_left_out(text, left):
    assert without_praise(text) == left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For my robot I need a parser", ("I need a parser", "for my robot")),
        ("In our team we have to use tabs", ("we have to use tabs", "in our team")),
        ("At the end I would like a review", ("At the end I would like a review", "")),
        ("Write a parser for my robot", ("Write a parser for my robot", "")),
    ],
)
def test_circumstances_in_front_of_a_wish_are_told_apart(text, expected):
    assert circumstance_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks for the tests! Please review the code.", "review_code"),
        ("I took this over from a friend and would be thankful if you could review it, because he "
         "has left.", "review_code"),
        ("My students are beginners. Write a calculator and tests for it. They will love it!",
         "generate_code generate_tests"),
        ("We're doing this by the book: please specify a ticket shop, implement it and test it.",
         "formalize_task generate_code generate_tests"),
        ("For our garden I need a function that says when to water, and I'd be happy about unit "
         "tests as well, because I forget things.", "generate_code generate_tests"),
        ("Test it, but before that I would like to know how complex it is.",
         "analyze_complexity generate_tests"),
        ("I'm tinkering with a robot and I would love a function that steers it. Thanks!",
         "generate_code"),
        ("Write a queue class. I need it for my thesis.", "generate_code"),
        ("I think there are bugs in this", "review_code"),
        ("Could I please get your review of this? I want to learn.", "review_code"),
    ],
)  # fmt: skip
def test_only_what_is_asked_for_becomes_a_goal(catalogue, text, expected):
    assert tools(text, catalogue) == expected.split()


def test_what_is_told_goes_with_the_description(catalogue):
    literals = extract_literals("For my zoo I need a function that counts. Animals can die.")
    (goal,) = read_evidence(literals, ToolIndex(catalogue), Surroundings(False)).goals
    assert goal.said == "I need a function that counts. for my zoo Animals can die."

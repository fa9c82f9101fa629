"""Requests in fragments: no verb, a thing and what is to be done with it, slips of the keyboard."""

import pytest

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.intent.spelling import spelled_out


def tools(text: str, catalogue: Catalogue, *, has_code: bool) -> str:
    literals = extract_literals(text)
    around = Surroundings(has_code or bool(literals.code), bool(literals.code))
    intent = read_evidence(literals, ToolIndex(catalogue), around)
    return " ".join(goal.tool.name for goal in intent.goals) or intent.kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tree class w/ insert and find, then test it", "generate_code generate_tests"),
        ("selection sort in Lua, is it complex?", "generate_code analyze_complexity"),
        ("class that collects product reviews", "generate_code"),
        ("script that formats phone numbers and checks their prefixes", "generate_code"),
        ("a coverage reporter for Perl, short", "generate_code"),
        ("vigenere cipher with a key, both reviewed", "generate_code review_code"),
        ("a fucntion that flips a string, and tsets for it", "generate_code generate_tests"),
        ("Makefile for a C project", "generate_code"),
        ("queue class: code, black, tests", "generate_code format_code generate_tests"),
        ("Pascal triangle: write it, then tell me how complex the code is",
         "generate_code analyze_complexity"),
        ("Write a hash ring (and tests for it)", "generate_code generate_tests"),
        ("Write a hash ring. It should be small. Add a docstring.", "generate_code"),
        ("Write a hash ring. Simple comments please.", "generate_code"),
        ("Write a function that cuts words, ignoring spaces and tabs", "generate_code"),
        ("I want a class that logs it, and please test it once it exists",
         "generate_code generate_tests"),
        ("Build a ring, let it be reviewed, and end with tests",
         "generate_code review_code generate_tests"),
        ("Insertion sort in Go. Neither tests nor a review, the code suffices.", "generate_code"),
    ],
)  # fmt: skip
def test_a_thing_without_a_verb_is_to_be_made(catalogue, text, expected):
    assert tools(text, catalogue, has_code=False) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tidy up the spacing", "format_code"),
        ("isort the code", "format_code"),
        ("black, 90 columns", "format_code"),
        ("run tests against it", "generate_tests"),
        ("no review, just tests", "generate_tests"),
        ("skip the tests, formatting only", "format_code"),
        ("Don't test anything, simply format it", "format_code"),
        ("review yes, tests no", "review_code"),
        ("formatting no, tests yes", "generate_tests"),
        ("tests last, formatting before that", "format_code generate_tests"),
        ("tests, but complexity before that", "analyze_complexity generate_tests"),
        ("black on it, a review when that is done", "format_code review_code"),
        ("complexity, and only then the clean-up", "analyze_complexity format_code"),
        ("It has no tests yet. Could you write some?", "generate_tests"),
        ("Now that it is formatted, review it", "review_code"),
        ("Since you have tested it, measure its complexity", "analyze_complexity"),
        ("would you mind testing it?", "generate_tests"),
        ("please go for a review", "review_code"),
        ("Does the class from above contain any mistakes?", "review_code"),
        ("Could someone exploit this?", "review_code"),
        ("figures on its complexity, then unit tests", "analyze_complexity generate_tests"),
        ("Could you tell me how complex it is?", "analyze_complexity"),
        (
            "test it and tell me at the end how complex it turned out",
            "generate_tests analyze_complexity",
        ),
        ("I'd like that tested", "generate_tests"),
        ("test it and have a look at its style", "generate_tests review_code"),
        ("Do your usual checks on it", "review_code"),
        ("I would like it formatted at 90 columns", "format_code"),
        ("Run ruff over the tests", "format_code"),
        ("How maintainable are these tests?", "analyze_complexity"),
        ("I don't trust this, propose changes please", "review_code"),
        ("Write a class Humidity, and check it", "generate_code review_code"),
        ("Which lines are hardest to follow in this?", "review_code"),
    ],
)
def test_few_words_say_what_to_do_with_the_code_that_is_there(catalogue, text, expected):
    assert tools(text, catalogue, has_code=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any race in `x = x + 1`?", "review_code"),
        ("How well structured is `x = x + 1`?", "review_code"),
        ("`x = eval(y)`: would you merge this?", "review_code"),
        ("Here is a snippet: `x = 1`. Tests for it, please.", "generate_tests"),
        ("too many levels? `x = 1 if y else 2`", "analyze_complexity"),
        ("How complicated is `x = 1 if y else 2`?", "analyze_complexity"),
        ("Your criticism of `x = 1 if y else 2` please", "review_code"),
        ("Review this, but format it before that: `x = 1`", "format_code review_code"),
        ("cleaner version of `x = 1 if y else 2`", "review_code"),
    ],
)
def test_few_words_about_code_that_is_given(catalogue, text, expected):
    assert tools(text, catalogue, has_code=False) == expected


@pytest.mark.parametrize(
    "text",
    ["Is it true that a review takes longer than tests?", "hey, just testing if you are there",
     "Do you enjoy writing tests?", "What is the complexity of merge sort?",
     "What is the naming format in Go?", "Thanks, no more tests needed",
     "tests versus types, what is better?", "difference between a test and a review",
     "pylint vs ruff for reviews"],
)  # fmt: skip
def test_what_is_asked_in_general_is_answered_in_words(catalogue, text):
    assert tools(text, catalogue, has_code=True) == "chat"


def test_what_was_done_last_is_done_to_other_code(catalogue):
    literals = extract_literals("The same for this one: `x = eval(y)`")
    last = catalogue.find("starcoder", "review_code")
    intent = read_evidence(literals, ToolIndex(catalogue), Surroundings(True, True, last))
    assert [goal.tool for goal in intent.goals] == [last]


def test_own_code_that_is_not_there_is_asked_for(catalogue):
    assert (
        tools("Can you find the slowest parts of my module?", catalogue, has_code=False) != "chat"
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a heap w/ push", "a heap with push"),
        ("a heap w/o tests", "a heap without tests"),
        ("a heap (and tests)", "a heap, and tests"),
        ("format it (ruff)", "format it with ruff"),
        ("f(x) (see above)", "f(x) (see above)"),
        ("test it, black afterwards on the tests", "test it, black on the tests"),
        ("run black on it", "run black on it"),
        ("tests, then a clean-up", "tests, then a formatting"),
        ("a job for the clean-up of logs", "a job for the clean-up of logs"),
    ],
)
def test_shorthand_is_written_in_full(text, plain):
    assert spelled_out(text) == plain

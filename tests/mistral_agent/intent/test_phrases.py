"""Turns of phrase, new things without a verb, and what is only named for its time."""

import pytest

from mistral_agent.catalogue import Catalogue
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.new_things import plain_wish
from mistral_agent.intent.phrases import without_idioms
from mistral_agent.intent.ranking import ToolIndex


def tools(text: str, catalogue: Catalogue, *, has_code: bool = True) -> list[str]:
    literals = extract_literals(text)
    around = Surroundings(has_code or bool(literals.code), bool(literals.code))
    return [goal.tool.name for goal in read_evidence(literals, ToolIndex(catalogue), around).goals]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("whip up a clock", "create a clock"),
        ("straighten out the imports", "fix the imports"),
        ("pep8 this", "format this"),
        ("bring @a.py into shape", "format @a.py"),
        ("run it through yapf", "use yapf on it"),
        ("lay the class out with black", "format the class with black"),
        ("your thoughts on this loop", "review this loop"),
        ("a review would be nice", "a review"),
        ("a set of unit tests", "some unit tests"),
        ("run it", "run it"),
        ("make our idea precise", "formalize our idea"),
        ("tidy up the indentation", "format the indentation"),
        ("yapf the tests", "format the tests with yapf"),
        ("ruff, 90 characters", "format with ruff, 90 characters"),
        ("execute unit tests against it", "write unit tests for it"),
        ("adopt your suggestions", "fix the issues"),
        ("word the plan as a specification", "formalize the plan"),
        ("is it too nested", "is it too nested"),
        ("too many conditions", "is it too complex"),
        ("how many branches are in this", "how complex is in this"),
        ("how many branches are in this repo", "how many branches are in this repo"),
        ("a bit more robust, it fails on zero", "improve it"),
        ("a less verbose version of this", "improve this"),
        ("more tests", "more tests"),
        ("spec only for a kiosk", "spec for a kiosk"),
        ("figures on complexity", "show complexity"),
        ("apply isort to the module", "format the module with isort"),
        ("use a heap for it", "use a heap for it"),
        ("propose some changes", "review it"),
        ("give the class a thorough check", "check the class"),
        ("add one that divides", "create a function that divides"),
        ("cover around 70 percent", "cover 70 percent"),
    ],
)
def test_a_turn_of_phrase_is_its_plain_imperative(text, plain):
    assert without_idioms(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ruby subroutine that counts bees", "create Ruby subroutine that counts bees"),
        ("a class modelling a hive", "create a class modelling a hive"),
        ("circular buffer class", "create circular buffer class"),
        ("my buffer class", None),
        ("line counter for logs", "create code for line counter for logs"),
        ("a score tokenizer, small", "create code for a score tokenizer, small"),
        ("heap sort in Zig: the fast one", "create code"),
        ("better weather for all", None),
        ("find the slowest class in our repo", None),
        ("bad code", None),
    ],
)
def test_a_new_thing_is_wished_for(text, plain):
    assert plain_wish(text, code_given=False) == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Test it, but not until it is formatted", "format_code generate_tests"),
        ("Hold off on the tests until it is reviewed", "review_code generate_tests"),
        ("I want a review, preceded by formatting", "format_code review_code"),
        ("Having reviewed it, format it", "review_code format_code"),
        ("Begin with a review, go on with tests, end with formatting",
         "review_code generate_tests format_code"),
        ("Write a stack. Test it, but before you test it, review it.",
         "generate_code review_code generate_tests"),
        ("Review it. Write tests only after the review.", "review_code generate_tests"),
        ("Find the bug and fix it", "review_code"),
        ("Tests and a complexity report would round it off", "generate_tests analyze_complexity"),
        ("a spec for a hive, then the code", "formalize_task generate_code"),
    ],
)  # fmt: skip
def test_order_is_heard_in_other_words(catalogue, text, expected):
    assert tools(text, catalogue) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leave the formatting as it is, only review it", "review_code"),
        ("Write a stack; I'll do the tests myself", "generate_code"),
        ("Forget the review, how complex is it?", "analyze_complexity"),
        ("Rather than a review, I'd like unit tests for it", "generate_tests"),
        ("Tests only, I have no use for a review", "generate_tests"),
        ("I never push without tests. Write a stack and tests for it.",
         "generate_code generate_tests"),
    ],
)  # fmt: skip
def test_what_is_left_to_others_is_not_done(catalogue, text, expected):
    assert tools(text, catalogue) == expected.split()


@pytest.mark.parametrize(
    "text",
    [
        "I need a routine that integrates equations, fixed step size",
        "Build a test data generator for orders",
        "Implement a class TestResult with a method format() and a method review()",
        "I'd like a converter that checks its input and tests for negative values",
        "Create a queue (bounded, thread safe)",
        "Create an email validator",
    ],
)
def test_words_that_describe_ask_for_nothing_else(catalogue, text):
    assert tools(text, catalogue, has_code=False) == ["generate_code"]

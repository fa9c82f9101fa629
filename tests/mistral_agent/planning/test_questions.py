"""An answer completes its request, which is then read again."""

import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory
from mistral_agent.planning.answers import NO_ANSWERS, answers_of, bound, value_of
from mistral_agent.planning.chaining import make_plan
from mistral_agent.planning.questions import chosen, continue_request


def plan(text, catalogue, answers=NO_ANSWERS):
    literals = extract_literals(text)
    around = Surroundings(bool(literals.code))
    return make_plan(
        text,
        read_evidence(literals, ToolIndex(catalogue), around),
        catalogue,
        Memory(),
        answers=answers,
    )


def answered(text, answer, catalogue):
    asked = plan(text, catalogue)
    assert asked.questions
    said = bound(asked.questions, answer, {})
    if said is None:
        return plan(continue_request(text, asked.questions, answer), catalogue)
    return plan(text, catalogue, answers_of(said))


@pytest.mark.parametrize(
    ("request_", "answer", "tools", "argument", "value"),
    [
        ("Review my code", "x = 1", ["review_code"], "code", "x = 1"),
        (
            "Review my code",
            "def f(x):\n    return x",
            ["review_code"],
            "code",
            "def f(x):\n    return x",
        ),
        ("Review my code", "```python\nx = 1\n```", ["review_code"], "code", "x = 1"),
        ("Write a function", "it adds two numbers", ["generate_code"], "description", None),
        ("format `x = 1` at 900 columns", "120", ["format_code"], "line_length", 120),
        ("```\nx = 1\n```", "review it", ["review_code"], "code", "x = 1"),
        ("```\nx = 1\n```", "format_code", ["format_code"], "code", "x = 1"),
        ("```\nx = 1\n```", "2", ["review_code"], "code", "x = 1"),
    ],
)
def test_an_answer_completes_the_plan(  # noqa: PLR0917 - one argument a column
    catalogue, request_, answer, tools, argument, value
):
    made = answered(request_, answer, catalogue)
    assert not made.questions
    assert [step.tool for step in made.steps] == tools
    if value is not None:
        assert made.steps[0].args[argument] == value
    else:
        assert "adds two numbers" in made.steps[0].args[argument]


@pytest.mark.parametrize(
    "text",
    [
        "Make something in Haskell",
        "Now create another class",
        "Write an algorithm",
        "Would you mind looking over our script for mistakes?",
        "Please find the slowest functions in our project",
    ],
)
def test_what_is_left_open_is_asked_for(catalogue, text):
    literals = extract_literals(text)
    intent = read_evidence(literals, ToolIndex(catalogue), Surroundings(False))
    assert intent.kind != "chat"
    assert make_plan(text, intent, catalogue, Memory()).questions


@pytest.mark.parametrize(("answer", "server"), [("b.send_mail", "b"), ("2", "b"), ("1", "a")])
def test_a_choice_of_reading_is_taken(answer, server):
    schema = {"type": "object", "properties": {}}
    catalogue = Catalogue(tuple(Tool(s, "send_mail", "Send", "", schema) for s in "ab"))
    made = answered("send the mail", answer, catalogue)
    assert [step.server for step in made.steps] == [server]
    assert not made.questions


@pytest.mark.parametrize(
    ("request_", "answer", "argument", "value"),
    [
        ("format `x = 1` at 900 columns", "make it 100 please", "line_length", 100),
        ("Write a function", "it tests and reviews numbers", "description", None),
        ("Measure the complexity of my code", "print(1)", "code", "print(1)"),
    ],
)
def test_an_answer_is_bound_to_the_parameter_that_was_asked_for(
    catalogue, request_, answer, argument, value
):
    made = answered(request_, answer, catalogue)
    assert not made.questions
    (step,) = made.steps
    assert step.args[argument] == (value or "a function: it tests and reviews numbers")


@pytest.mark.parametrize("answer", ["I don't know", "the one from yesterday", "x"])
def test_words_about_code_are_not_taken_for_code(catalogue, answer):
    made = answered("Review my code", answer, catalogue)
    assert [question.parameter for question in made.questions] == ["review_code.code"]


def test_one_piece_of_code_answers_for_all_that_lack_it(catalogue):
    made = answered("Measure the complexity of my module and review it", "x = 1", catalogue)
    assert [(step.tool, step.args["code"]) for step in made.steps] == [
        ("analyze_complexity", "x = 1"),
        ("review_code", "x = 1"),
    ]


def test_answers_are_kept_while_more_is_asked(catalogue):
    asked = plan("format my code at 900 columns", catalogue)
    assert len(asked.questions) == 2
    said = bound(asked.questions, "x = 1", {})
    again = plan("format my code at 900 columns", catalogue, answers_of(said))
    assert [question.parameter for question in again.questions] == ["format_code.line_length"]
    done = plan(
        "format my code at 900 columns", catalogue, answers_of(bound(again.questions, "88", said))
    )
    assert done.steps[0].args["code"] == "x = 1"
    assert done.steps[0].args["line_length"] == 88


def test_an_empty_answer_leaves_the_request_as_it_is(catalogue):
    asked = plan("Review my code", catalogue)
    assert continue_request("Review my code", asked.questions, " ") == "Review my code"
    assert continue_request("Review my code", (), "x") == "Review my code"


@pytest.mark.parametrize(
    ("choices", "answer", "choice"),
    [
        (("review_code", "no"), "No.", "no"),
        (("review_code", "no"), "no, not review_code", "no"),
        (("review_code", "no"), "I don't know", None),
        (("a", "b"), "b please", "b"),
        (("r", "w"), "write", None),
        (("a.send", "b.send"), "2", "b.send"),
        (("4", "2"), "2", "2"),
        (("c", "c++"), "in C++, please", "c++"),
    ],
)
def test_a_choice_is_taken_where_the_answer_names_it_as_a_word(choices, answer, choice):
    assert chosen(choices, answer) == choice


def test_a_choice_between_numbers_is_answered_with_one_of_them():
    indent = {"type": "integer", "enum": [8, 4, 2]}
    tool = Tool("s", "indent", "Indent", "", {"type": "object", "properties": {"width": indent}})
    assert value_of(tool, "width", "2") == 2
    assert value_of(tool, "width", "4 columns") == 4
    assert value_of(tool, "width", "wide") is None

"""A thing is specified, then made; what is wished for and then pointed at is made once."""

import pytest

from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory, remember
from mistral_agent.planning.chaining import make_plan


def plan(text, catalogue, memory=Memory()):  # noqa: B008
    literals = extract_literals(text)
    newest = memory.last()
    last = catalogue.find(newest.server, newest.tool) if newest else None
    around = Surroundings(bool(literals.code), bool(literals.code), last)
    intent = read_evidence(literals, ToolIndex(catalogue), around)
    return make_plan(text, intent, catalogue, memory)


def tools(text, catalogue):
    made = plan(text, catalogue)
    assert not made.questions
    return " ".join(step.tool for step in made.steps)


def test_code_is_made_from_what_is_specified_where_a_step_needs_it(catalogue):
    made = plan("Specify a word game, then write tests for it", catalogue)
    assert [step.tool for step in made.steps] == [
        "formalize_task", "generate_code", "generate_tests",
    ]  # fmt: skip
    assert made.steps[1].args["description"] == "${step1.formalized_description}"
    assert made.steps[2].args["code"] == "${step2.code}"
    assert any("generate_code was added" in note for note in made.notes)


def test_own_code_is_not_made_from_what_is_specified(catalogue):
    made = plan("Specify a word game, then write tests for my function", catalogue)
    assert made.questions
    assert "generate_code" not in [step.tool for step in made.steps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Test a function that counts bees once you have written it",
            "generate_code generate_tests",
        ),
        (
            "I need a Perl script that renames scans. Would you write it and test it?",
            "generate_code generate_tests",
        ),
        (
            "What I need is a maze generator. Please code it, then check it.",
            "generate_code review_code",
        ),
        ("We need an elevator model. Please build it in Scala.", "generate_code"),
        (
            "We need a mail sorter: bills go to one folder. Specify that, implement it, review it.",
            "formalize_task generate_code review_code",
        ),
        (
            "I want a lottery bot. Write the requirements, then write the code.",
            "formalize_task generate_code",
        ),
        ("I need a spec for a toll gate. Then implement it.", "formalize_task generate_code"),
        ("A spec for a toll gate, then implement it.", "formalize_task generate_code"),
    ],
)
def test_what_is_wished_for_and_pointed_at_is_made_once(catalogue, text, expected):
    assert tools(text, catalogue) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "A specification for a lift, then the code, and finally tests.",
            "formalize_task generate_code generate_tests",
        ),
        ("Draft a spec for a lift, afterwards the implementation.", "formalize_task generate_code"),
        (
            "First the spec, then the program: a lift game.",
            "formalize_task generate_code",
        ),
        (
            "Let's go step by step: first the spec of a lift, then the code.",
            "formalize_task generate_code",
        ),
        (
            "Sketch the requirements of a lift and write a first version of the code.",
            "formalize_task generate_code",
        ),
        ("Spec first, please: a lift game.", "formalize_task"),
        ("Just the spec: a lift game.", "formalize_task"),
        ("Write a spec of a lift. A specification is all I need today.", "formalize_task"),
        ("Spec first, code second: a lift game.", "formalize_task generate_code"),
        ("Nail down the requirements of a lift game and code it.", "formalize_task generate_code"),
        ("Requirements and code, please: a lift of two doors.", "formalize_task generate_code"),
    ],
)
def test_code_that_is_named_after_a_specification_is_written(catalogue, text, expected):
    assert tools(text, catalogue) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write a lift class and review what you wrote", "generate_code review_code"),
        (
            "Build a lift class, check what you've built for bugs and format it",
            "generate_code review_code format_code",
        ),
        ("Write a function that reads a log and reports problems", "generate_code"),
        ("Review this and repair the bugs you find: `x = 1`", "review_code"),
        ("Find the mistake and fix it: `x = 1`", "review_code"),
    ],
)
def test_what_was_made_or_found_just_now_is_no_new_thing(catalogue, text, expected):
    assert tools(text, catalogue) == expected


def test_a_language_that_stands_alone_goes_for_the_whole_request(catalogue):
    steps = plan("A spec for a lift, then the code, then tests. In TypeScript.", catalogue).steps
    assert steps[1].args["language"] == "typescript"
    assert steps[0].args == {"informal_request": "A spec for a lift"}


def test_a_deed_on_a_wish_knows_what_is_wished_for(catalogue):
    step = plan("I need a cache with a lock. Please build it in Scala.", catalogue).steps[0]
    assert step.args["language"] == "scala"
    assert "a cache with a lock" in step.args["description"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amend the spec so doors stay shut, then implement it", "formalize_task generate_code"),
        ("Using the spec, write the program", "generate_code"),
    ],
)
def test_a_spec_is_rewritten_where_it_is_to_be_changed(catalogue, text, expected):
    tool = next(tool for tool in catalogue.tools if tool.name == "formalize_task")
    memory = remember(Memory(), tool, {"formalized_description": "A vending machine."})
    assert " ".join(step.tool for step in plan(text, catalogue, memory).steps) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Implement the spec",
        "Now implement that specification in TypeScript, please",
        "code it in Kotlin according to the spec",
        "Turn the spec into working code",
        "Write it in Go",
        "Ok, now the code for it",
        "Now its implementation",
    ],
)
def test_a_spec_that_is_there_is_what_is_made_of_it(catalogue, text):
    tool = next(tool for tool in catalogue.tools if tool.name == "formalize_task")
    memory = remember(Memory(), tool, {"formalized_description": "A vending machine."})
    (step,) = plan(text, catalogue, memory).steps
    assert (step.tool, step.args["description"]) == ("generate_code", "A vending machine.")

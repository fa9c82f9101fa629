"""Goals become plans: what is chained, what is remembered, what is asked."""

import dataclasses

import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.model import Intent
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory, remember, remember_code
from mistral_agent.planning.chaining import PlanOptions, make_plan
from mistral_agent.planning.validation import validate_plan

ADD = "def add(a, b):\n    return a + b\n"


def plan(text, catalogue, memory=Memory(), files=None, **options):  # noqa: B008
    literals = extract_literals(text, files or {})
    has_code = bool(literals.code) or bool(memory.artifacts)
    intent = read_evidence(literals, ToolIndex(catalogue), Surroundings(has_code))
    made = make_plan(text, intent, catalogue, memory, PlanOptions(**options))
    if not made.questions:
        assert validate_plan(made, catalogue, max_steps=10) == ()
    return made


def named(catalogue, name):
    return next(tool for tool in catalogue.tools if tool.name == name)


def remembering(catalogue, **results):
    memory = Memory()
    for name, result in results.items():
        memory = remember(memory, named(catalogue, name), result)
    return memory


def calls(made):
    return [(step.tool, dict(step.args)) for step in made.steps]


def test_code_that_a_step_makes_serves_the_steps_after_it(catalogue):
    made = plan(
        "Create a REST endpoint for user management, write tests, and review the code", catalogue
    )
    assert calls(made) == [
        ("generate_code", {"description": "a REST endpoint for user management"}),
        ("generate_tests", {"code": "${step1.code}"}),
        ("review_code", {"code": "${step1.code}"}),
    ]
    assert [step.depends_on for step in made.steps] == [(), ("step1",), ("step1",)]
    assert made.steps[1].sources == {"code": "code of step1"}


def test_the_newest_derivative_serves(catalogue):
    made = plan("Format this code, then review it\n```\nx=1\n```", catalogue)
    assert made.steps[1].args == {"code": "${step1.formatted_code}"}


def test_a_review_does_not_replace_the_code(catalogue):
    made = plan("Review and format:\n```\nx=1\n```", catalogue)
    assert [step.args["code"] for step in made.steps] == ["x=1", "x=1"]


def test_tests_are_code_only_where_they_are_named(catalogue):
    made = plan("Write a stack, write tests, review the tests, format the code", catalogue)
    assert [step.args.get("code") for step in made.steps] == [
        None, "${step1.code}", "${step2.test_code}", "${step1.code}",
    ]  # fmt: skip


def test_the_session_s_code_tests_and_review_are_remembered(catalogue):
    memory = remembering(
        catalogue,
        generate_code={"code": ADD, "explanation": "adds", "dependencies": []},
        generate_tests={"test_code": "def test(): ...", "test_count": 1},
    )
    assert calls(plan("Format it", catalogue, memory)) == [("format_code", {"code": ADD})]
    made = plan("Review the tests you wrote", catalogue, memory)
    assert made.steps[0].args == {"code": "def test(): ..."}
    assert made.steps[0].sources["code"] == "test_code of generate_tests, earlier"


def test_code_of_the_request_comes_before_code_of_the_session(catalogue):
    memory = remembering(catalogue, generate_code={"code": ADD})
    assert plan("Review `x = 1`", catalogue, memory).steps[0].args["code"] == "x = 1"


def test_code_that_the_user_gave_earlier_is_remembered(catalogue):
    memory = remember_code(Memory(), extract_literals("see `x = 1`").code)
    assert plan("Review it", catalogue, memory).steps[0].args["code"] == "x = 1"


def test_a_new_thing_is_not_taken_for_the_remembered_one(catalogue):
    memory = remembering(catalogue, generate_code={"code": ADD})
    made = plan("Write tests for a function that sorts numbers", catalogue, memory)
    assert calls(made) == [
        ("generate_code", {"description": "a function that sorts numbers"}),
        ("generate_tests", {"code": "${step1.code}"}),
    ]
    assert any("generate_code was added" in note for note in made.notes)


def test_a_producer_is_added_only_from_a_trusted_read_only_server(catalogue):
    text = "Write tests for a function that sorts numbers"
    for change in ({"trusted": False}, {"read_only": False}):
        tools = tuple(dataclasses.replace(tool, **change) for tool in catalogue.tools)
        made = plan(text, Catalogue(tools))
        assert [question.parameter for question in made.questions] == ["generate_tests.code"]


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("Write tests for my function", "generate_tests.code"),
        ("Review this code", "review_code.code"),
        ("Review the tests", "review_code.code"),
        ("Write a function", "generate_code.description"),
        ("Write some code", "generate_code.description"),
    ],
)
def test_what_nobody_gave_is_asked_for_by_name(catalogue, text, parameter):
    (question,) = plan(text, catalogue).questions
    assert question.parameter == parameter
    assert parameter.partition(".")[0] in question.text


def test_the_tests_that_nobody_wrote_are_not_the_code(catalogue):
    memory = remembering(catalogue, generate_code={"code": ADD})
    assert plan("Review the tests", catalogue, memory).needs_clarification


def test_code_that_several_steps_lack_is_asked_for_once(catalogue):
    made = plan("Review my code, format it and test it", catalogue)
    assert len(made.questions) == 1
    assert [step.tool for step in made.steps] == ["review_code", "format_code", "generate_tests"]


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("Format `x = 1` with yapf at 79 columns", {"formatter": "yapf", "line_length": 79}),
        ("Reformat with line length 120: `x = 1`", {"line_length": 120}),
        ("Format `x = 1`, line_length=88", {"line_length": 88}),
        (
            "Test `x = 1` with unittest and 90 % coverage",
            {"test_framework": "unittest", "coverage_target": 90},
        ),
        (
            "Review `x = 1` for security and performance",
            {"focus_areas": ["security", "performance"]},
        ),
        ("Review `x = 1` in google style", {"style_guide": "google"}),
        ("Analyze the complexity of `x = 1`, not detailed", {"detailed": False}),
        ("Format `x = 1` but not with yapf", {}),
    ],
)
def test_options_are_taken_from_the_words(catalogue, text, args):
    (step,) = plan(text, catalogue).steps
    assert {key: value for key, value in step.args.items() if key != "code"} == args


def test_options_belong_to_their_own_clause(catalogue):
    made = plan("Write a Go function that adds, then test it with unittest", catalogue)
    assert calls(made) == [
        ("generate_code", {"description": "a Go function that adds", "language": "go"}),
        ("generate_tests", {"code": "${step1.code}", "test_framework": "unittest"}),
    ]


def test_a_language_said_for_one_step_is_that_of_no_other(catalogue):
    text = "Write a Rust function that adds two numbers, then write a class for a stack"
    assert [step.args.get("language") for step in plan(text, catalogue).steps] == ["rust", None]


def test_code_is_worked_on_in_the_language_of_its_fence(catalogue):
    made = plan("Format this:\n```sql\nselect  1\n```", catalogue)
    assert made.steps[0].args["language"] == "sql"


def test_a_value_out_of_its_bounds_is_asked_about(catalogue):
    (question,) = plan("format `x = 1` at 900 columns", catalogue).questions
    assert (
        question.text == "'line_length' of format_code must be at most 500, not 900: which value?"
    )
    assert question.default == "100"


def test_without_clarification_defaults_are_taken_and_said(catalogue):
    made = plan("format `x = 1` at 900 columns", catalogue, clarify=False)
    assert not made.questions
    assert "line_length" not in made.steps[0].args
    assert any("900 was left out" in note for note in made.notes)


def test_a_formalized_request_is_what_the_code_is_written_for(catalogue):
    made = plan("Formalize this task: build a todo app; then generate code for it", catalogue)
    assert calls(made) == [
        ("formalize_task", {"informal_request": "build a todo app"}),
        ("generate_code", {"description": "${step1.formalized_description}"}),
    ]


def test_what_it_means_in_a_description_goes_along(catalogue):
    memory = remembering(catalogue, generate_code={"code": ADD})
    (step,) = plan("Write a function like this for three numbers", catalogue, memory).steps
    assert step.args["description"] == f"a function like this for three numbers\n\n{ADD}"


def test_files_are_worked_on_one_by_one(catalogue):
    made = plan("Review @a.py and @b.py", catalogue, files={"a.py": "a = 1", "b.py": "b = 1"})
    assert [step.args["code"] for step in made.steps] == ["a = 1", "b = 1"]
    assert made.steps[0].sources["code"] == "@a.py"


def test_two_things_are_both_tested(catalogue):
    made = plan(
        "Write a function that adds and write a class that subtracts, then test them", catalogue
    )
    assert [step.args.get("code") for step in made.steps[2:]] == ["${step1.code}", "${step2.code}"]


def test_text_of_the_user_that_looks_like_a_reference_stays_text(catalogue):
    made = plan("Format this:\n```\nx = '${step1.code} {prev_result}'\n```", catalogue)
    assert made.steps[0].args["code"] == "x = '$${step1.code} {$prev_result}'"
    assert made.steps[0].depends_on == ()


def test_chains_go_across_servers(catalogue_of):
    everything = catalogue_of("starcoder", "filesystem", "git", "time")
    made = plan(
        "Read /tmp/x/a.py, write tests for it and save the tests to /tmp/x/test_a.py", everything
    )
    assert calls(made) == [
        ("read_text_file", {"path": "/tmp/x/a.py"}),
        ("generate_tests", {"code": "${step1.content}", "module_name": "a"}),
        ("write_file", {"path": "/tmp/x/test_a.py", "content": "${step2.test_code}"}),
    ]
    assert made.steps[2].depends_on == ("step1", "step2")


def test_what_changes_things_waits_for_what_comes_before_and_holds_what_comes_after(catalogue_of):
    everything = catalogue_of("filesystem")
    made = plan("Create the folder /tmp/d, then list the directory /tmp", everything)
    assert [step.depends_on for step in made.steps] == [(), ("step1",)]


def test_two_readings_that_fit_alike_are_a_choice():
    schema = {"type": "object", "properties": {}}
    tools = [Tool(server, "send_mail", "Send", "", schema) for server in "ab"]
    (question,) = plan("send the mail", Catalogue(tuple(tools))).questions
    assert question.choices == ("a.send_mail", "b.send_mail")
    assert question.default == "a.send_mail"
    quiet = plan("send the mail", Catalogue(tuple(tools)), ask_when_ambiguous=False)
    assert not quiet.questions
    taken = plan("send the mail", Catalogue(tuple(tools)), clarify=False)
    assert any("without asking" in note for note in taken.notes)


def test_of_tools_of_one_name_the_trusted_one_is_taken_unasked():
    schema = {"type": "object", "properties": {}}
    foreign, own = (Tool(s, "send_mail", "Send", "", schema, trusted=s == "b") for s in "ab")
    made = plan("send the mail", Catalogue((foreign, own)))
    assert [step.server for step in made.steps] == ["b"]
    assert not made.questions


def test_more_steps_than_allowed_are_cut_with_a_note(catalogue):
    made = plan("Write a stack, test it, review it, format it", catalogue, max_steps=2)
    assert len(made.steps) == 2
    assert any("only the first 2 are planned" in note for note in made.notes)


def test_no_more_questions_than_allowed_are_asked(catalogue):
    made = plan("Write code. Review my script", catalogue, max_questions=1)
    assert len(made.questions) == 1


def test_a_chat_has_no_steps_and_an_unclear_request_is_asked_about(catalogue):
    assert plan("hello", catalogue).steps == ()
    (question,) = plan("```\nx = 1\n```", catalogue).questions
    assert "review_code" in question.choices
    (bare,) = make_plan("", Intent("unclear"), Catalogue(), Memory()).questions
    assert bare.text == "What should be done? Say it in a sentence."


def test_identical_calls_are_made_once(catalogue):
    made = plan("Review `x = 1`, then review the code", catalogue)
    assert len(made.steps) == 1
    assert any("runs once" in note for note in made.notes)


def test_formatting_what_was_just_formatted_is_left_out(catalogue):
    made = plan("Format `x = 1`, then format the code, then review it", catalogue)
    assert calls(made) == [
        ("format_code", {"code": "x = 1"}),
        ("review_code", {"code": "${step1.formatted_code}"}),
    ]
    kept = plan("Format `x = 1`, then format the code, then review it", catalogue, optimize=False)
    assert [step.tool for step in kept.steps] == ["format_code", "format_code", "review_code"]


ODD_SCHEMAS = [
    {},
    {"type": "object"},
    {"type": "object", "properties": {"x": True}, "required": ["x"]},
    {"type": "object", "properties": {"x": {"$ref": "#/$defs/X"}}, "required": ["x"]},
    {"type": "object", "properties": {"x": {"$ref": "#/properties/x"}}, "required": ["x"]},
    {"type": "object", "properties": {"x": {"anyOf": [{"type": "null"}]}}, "required": ["x"]},
    {"type": "object", "properties": {"x": {"type": ["string", "null"]}}, "required": ["x", "y"]},
    {"type": "object", "properties": {"x": {"enum": [1, None, "a"]}}},
    {"type": "object", "properties": "nonsense", "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {"x": {"allOf": [{"type": "integer"}]}}, "required": ["x"]},
    {
        "type": "object",
        "properties": {"": {"type": "string"}, "é": {"type": "array"}},
        "required": [""],
    },
    {"properties": {"x": {"$ref": "https://example.org/x.json"}}, "required": ["x"]},
]


@pytest.mark.parametrize("schema", ODD_SCHEMAS)
def test_odd_schemas_lead_to_a_plan_or_a_question(schema):
    catalogue = Catalogue((Tool("s", "launch_rocket", "", "", schema, read_only=True),))
    made = plan("launch the rocket 'a' at 3, x=5", catalogue)
    assert [step.tool for step in made.steps] == ["launch_rocket"]

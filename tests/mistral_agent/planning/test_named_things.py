"""What a request names: the file that code comes from, a server, a quotation's parameter."""

from dataclasses import replace

import pytest

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory
from mistral_agent.planning.chaining import make_plan

TEXT = {"type": "string"}


def tool(server, name, description, inputs, outputs=None):
    schema = {"type": "object", "properties": inputs, "required": list(inputs)}
    output = {"type": "object", "properties": outputs} if outputs else None
    return Tool(server, name, name, description, schema, output, read_only=True, trusted=True)


def planned(text, catalogue, files=None):
    literals = extract_literals(text, files or {})
    around = Surroundings(bool(literals.code), bool(literals.code))
    intent = read_evidence(literals, ToolIndex(catalogue), around)
    return make_plan(text, intent, catalogue, Memory())


NOTES = Catalogue(
    tuple(
        each
        for server in ("alpha", "beta")
        for each in (
            tool(server, "list_notes", "List the notes.", {}),
            tool(server, "write_note", "Write a note.", {"name": TEXT, "text": TEXT}),
        )
    )
)
FILES = Catalogue(
    (
        tool("docs", "list_files", "List the files of a folder.", {"folder": TEXT},
             {"files": {"type": "array", "items": TEXT}}),
        tool("docs", "count_lines", "Count the lines of a file.", {"path": TEXT}),
    )
)  # fmt: skip


@pytest.mark.parametrize("name", ["app.py", "src/app.py"])
def test_a_module_is_named_after_the_file_that_its_code_comes_from(catalogue, name):
    (step,) = planned("write tests", catalogue, {name: "def f(x):\n    return x\n"}).steps
    assert step.args["module_name"] == "app"
    assert step.sources["module_name"] == "from app.py"


@pytest.mark.parametrize("name", ["my-app.py", "class.py", "calendar.py", "app"])
def test_a_file_that_cannot_be_imported_by_its_name_names_no_module(catalogue, name):
    (step,) = planned("write tests", catalogue, {name: "x = 1\n"}).steps
    assert "module_name" not in step.args


def test_a_tool_that_changes_things_is_not_given_the_name_of_a_file(catalogue):
    tools = tuple(replace(each, read_only=False) for each in catalogue.tools)
    (step,) = planned("write tests", Catalogue(tools), {"app.py": "x = 1\n"}).steps
    assert "module_name" not in step.args


@pytest.mark.parametrize(
    "text", ["list the notes on beta", "show beta's notes", "list notes using the beta server"]
)
def test_a_server_that_is_named_is_the_one_whose_tool_is_taken(text):
    made = planned(text, NOTES)
    assert [(each.server, each.tool) for each in made.steps] == [("beta", "list_notes")]
    assert not made.needs_clarification


def test_where_no_server_is_named_tools_of_one_name_are_asked_about():
    assert planned("list notes", NOTES).needs_clarification


def test_a_quotation_goes_to_the_parameter_that_is_named_before_it():
    (step,) = planned("write a note on alpha with name 'todo' and text 'milk'", NOTES).steps
    assert step.args == {"name": "todo", "text": "milk"}


def test_each_of_a_list_is_not_the_folder_that_was_listed():
    made = planned("list the files in /tmp/x, then count the lines of each", FILES)
    assert [each.args for each in made.steps] == [{"folder": "/tmp/x"}, {"path": "${item}"}]


def test_the_words_of_a_resource_address_ask_for_nothing():
    made = planned("thanks for @docs:file:///list/files/count.py", FILES)
    assert made.steps == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("write a worker pool in go", "go"),
        ("write the code in c++ for a cache", "cpp"),
        ("binary tree, rust", "rust"),
        ("quick fizzbuzz in js pls", "javascript"),
    ],
)
def test_a_language_is_found_however_it_is_written(catalogue, text, language):
    (step,) = planned(text, catalogue).steps
    assert (step.tool, step.args["language"]) == ("generate_code", language)

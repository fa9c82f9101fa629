"""Requests that ask for each item of what a step gives."""

from mistral_agent.catalogue import Catalogue, Tool
from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex
from mistral_agent.memory import Memory
from mistral_agent.planning.chaining import make_plan
from mistral_agent.planning.validation import validate_plan

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def tool(name, description, inputs, outputs=None):
    schema = {"type": "object", "properties": inputs, "required": list(inputs)}
    output = {"type": "object", "properties": outputs} if outputs else None
    return Tool("files", name, name, description, schema, output, read_only=True, trusted=True)


def array(items):
    return {"type": "array", "items": items}


FOUND = {"type": "object", "properties": {"path": TEXT, "size": NUMBER}}
CATALOGUE = Catalogue(
    (
        tool("list_files", "List the files in a folder.", {"folder": TEXT}, {"files": array(TEXT)}),
        tool("search_files", "Search for a pattern.", {"pattern": TEXT}, {"hits": array(FOUND)}),
        tool("measure_file", "Measure the length of a file.", {"path": TEXT}, {"lines": NUMBER}),
        tool("add_up", "Add up.", {"numbers": array(NUMBER)}, {"total": NUMBER}),
    )
)


def planned(text):
    literals = extract_literals(text, {})
    intent = read_evidence(literals, ToolIndex(CATALOGUE), Surroundings(has_code=False))
    return make_plan(text, intent, CATALOGUE, Memory())


def test_each_of_an_array_that_a_step_gives_is_a_step_that_repeats():
    made = planned("List the files in the folder 'src', then measure each of them")
    assert [each.tool for each in made.steps] == ["list_files", "measure_file"]
    again = made.steps[1]
    assert (again.for_each, again.args) == ("${step1.files}", {"path": "${item}"})
    assert again.depends_on == ("step1",)
    assert again.sources == {"path": "each of files of step1"}
    assert validate_plan(made, CATALOGUE, max_steps=10, allow_loops=True) == ()


def test_a_step_that_repeats_is_refused_where_loops_are_not_allowed():
    made = planned("List the files in the folder 'src', then measure each of them")
    (problem,) = validate_plan(made, CATALOGUE, max_steps=10)
    assert problem.startswith("step2: ")
    assert "planning.allow_loops: true" in problem


def test_a_field_of_items_that_are_objects_serves_by_its_name():
    made = planned("Search the files for the pattern 'TODO', then measure each of them")
    assert [each.tool for each in made.steps] == ["search_files", "measure_file"]
    again = made.steps[1]
    assert (again.for_each, again.args) == ("${step1.hits}", {"path": "${item.path}"})


def test_without_a_word_for_each_nothing_repeats():
    made = planned("List the files in the folder 'src', then measure the file 'a.py'")
    assert [each.for_each for each in made.steps] == [None, None]

"""The names under which the code of files is imported, as plans tell them to tools."""

import pytest

from mistral_agent.planning.filenames import with_names_of_files
from mistral_agent.planning.plan import Plan, Step
from mistral_agent.planning.validation import validate_plan


def named(catalogue, *steps):
    """The arguments of the plan's tool for tests, after naming."""
    plan = with_names_of_files(Plan("goal", steps), catalogue)
    assert not validate_plan(plan, catalogue, max_steps=10)
    return next(step.args for step in plan.steps if step.tool == "generate_tests")


def read(path, name="step1"):
    return Step(name, "filesystem", "read_text_file", {"path": path})


def generate(code, number=2, **more):
    args = {"code": code, **more}
    after = tuple(f"step{n}" for n in range(1, number))
    return Step(f"step{number}", "starcoder", "generate_tests", args, after)


@pytest.fixture
def catalogue(catalogue_of):
    return catalogue_of("starcoder", "filesystem")


def test_tests_of_a_file_that_was_read_import_it_by_its_name(catalogue):
    args = named(catalogue, read("/x/my_calc.py"), generate("${step1.content}"))
    assert args["module_name"] == "my_calc"


def test_tests_of_code_that_is_written_to_a_file_import_that_file(catalogue):
    write = {"path": "/x/fib.py", "content": "${step1.code}"}
    args = named(
        catalogue,
        Step("step1", "starcoder", "generate_code", {"description": "fibonacci"}),
        Step("step2", "filesystem", "write_file", write, ("step1",)),
        generate("${step1.code}", 3),
    )
    assert args["module_name"] == "fib"


def test_a_name_that_was_given_stays(catalogue):
    args = named(catalogue, read("/x/a.py"), generate("${step1.content}", module_name="given"))
    assert args["module_name"] == "given"


@pytest.mark.parametrize("file", ["my-calc.py", "1.py", "class.py", "calendar.py", "${x}.py", ""])
def test_a_file_that_cannot_be_imported_by_its_name_gives_none(catalogue, file):
    steps = read(f"/x/{file}".replace("$", "$$")), generate("${step1.content}")
    assert "module_name" not in named(catalogue, *steps)


def test_code_that_stands_in_two_files_has_no_name(catalogue):
    write = Step(
        "step2",
        "filesystem",
        "write_file",
        {"path": "/x/b.py", "content": "${step1.content}"},
        ("step1",),
    )
    args = named(catalogue, read("/x/a.py"), write, generate("${step1.content}", 3))
    assert "module_name" not in args


def test_code_in_the_request_itself_has_no_name(catalogue):
    assert "module_name" not in named(catalogue, read("/x/a.py"), generate("x = 1"))

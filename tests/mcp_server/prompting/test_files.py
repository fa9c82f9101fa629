"""Requests to base models, as files that they go on with."""

import ast

import pytest

from mcp_server.prompting import CodeRequest, Question, fill_question, plain_question
from mcp_server.prompting.files import file_of_tests, function_file, simpler_file
from mcp_server.prompting.styles import style_of, styled
from model_backends.base import GenerationRequest, ModelInfo

REQUEST = CodeRequest(
    description='Write f(a) that doubles """a""". f(1) == 2',
    statement='Write f(a) that doubles """a""".',
    language="Python",
    head="def f(a):",
    examples=["f(1) == 2", "f('\\n')"],
)


def info(style=None, *, fills=False, name="some/model"):
    return ModelInfo("transformers", name, 4096, "ready", "capable", style=style, fills=fills)


def asked(info, question):
    return styled(info, question, GenerationRequest(prompt="", stop=("END",)))


def test_a_function_begins_with_its_signature_and_a_docstring_that_parses():
    begins = plain_question(REQUEST).file.begins
    function = ast.parse(begins).body[0]

    assert function.name == "f"
    assert "doubles '''a'''" in ast.get_docstring(function)
    assert ">>> f(1)\n2" in ast.get_docstring(function)


@pytest.mark.parametrize("statement", ["", "\\", 'ends with "', "a\n\n   b", "ü — €"])
def test_any_statement_makes_a_file_that_parses(statement):
    start = function_file("Python", statement, "def f(a):", ["f('\"\"\"') == '\\\\'"])

    assert ast.parse(start.begins)


@pytest.mark.parametrize(
    ("language", "mark"), [("Go", "// "), ("SQL", "-- "), ("Python", "# "), ("Bash", "# ")]
)
def test_without_a_signature_the_request_is_a_comment_of_the_language(language, mark):
    start = function_file(language, "Do this.\nAnd that.", "", [])

    assert start.above == f"{mark}Do this.\n{mark}And that.\n\n"
    assert start.begins == ""


def test_a_base_model_continues_the_file_and_ends_where_a_function_does():
    request = asked(info("completion"), plain_question(REQUEST))

    assert request.messages == ()
    assert request.prompt.startswith("def f(a):\n")
    assert {"END", "<file_sep>", "<|endoftext|>", "\nclass "} <= set(request.stop)


def test_a_model_that_fills_in_a_middle_gets_the_examples_below():
    question = fill_question(REQUEST)
    filled = asked(info("completion", fills=True), question).prompt
    plain = asked(info("completion"), question).prompt

    assert filled.startswith("<fim_prefix>def f(a):")
    assert filled.endswith("<fim_middle>")
    assert "<fim_suffix>\n\n\nassert f(1) == 2\nassert " in filled
    assert "fim" not in plain


def test_tests_are_the_file_next_to_the_module_and_files_are_set_apart():
    question = Question(
        "Write tests.", file=file_of_tests("sums", "def add(): ...", ["add"], "pytest")
    )
    known = asked(info("completion", fills=True), question).prompt
    other = asked(info("completion"), question).prompt

    assert known.endswith(
        "<file_sep># test_sums.py\nimport pytest\n\nfrom sums import add\n\n\ndef test_"
    )
    assert "<file_sep>" not in other
    assert known.startswith("# sums.py\ndef add(): ...\n")


def test_findings_stand_above_the_simpler_module_as_comments():
    start = simpler_file("x = 1\n", "E501 long\nF401 unused")

    assert start.above.endswith("# E501 long\n# F401 unused\n\n")


def test_an_instruct_model_without_a_template_gets_a_document():
    request = asked(info("instruct"), plain_question(REQUEST))

    assert request.prompt.startswith("### Instruction\nWrite Python code")
    assert request.prompt.endswith("### Response\n")


def test_a_chat_model_gets_messages():
    assert asked(info("chat"), plain_question(REQUEST)).messages[0].role == "user"


def test_what_the_backend_knows_goes_before_what_the_name_says():
    assert style_of(info(name="bigcode/starcoder2-7b")) == "completion"
    assert style_of(info("chat", name="bigcode/starcoder2-7b")) == "chat"
    assert style_of(info("completion", name="x/instruct")) == "completion"

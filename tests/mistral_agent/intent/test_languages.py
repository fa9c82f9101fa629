import pytest

from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.languages import languages_of
from mistral_agent.intent.literals import extract_literals


@pytest.mark.parametrize(
    ("text", "said", "given"),
    [
        ("turn this Perl script into Ruby", ("perl", "ruby"), ("perl",)),
        ("move it from Lua to Go:", ("lua", "go"), ("lua",)),
        ("a Scala version of my old Java class", ("scala", "java"), ("java",)),
        ("rewrite this in Swift", ("swift",), ()),
        ("port this to Dart, not to Kotlin", ("dart",), ()),
        ("a Go version of it", ("go",), ()),
        ("a pyhton script, no javascrit", ("python",), ()),
        ("a rusty jav", (), ()),
        ("a viewer for CSS files in Rust", ("css", "rust"), ("css",)),
        ("a reader of HTML pages", ("html",), ()),
        ("write a C program, no C++ please", ("c",), ()),
    ],
)
def test_a_language_may_be_that_of_what_is_there_already(text, said, given):
    assert languages_of(text) == (said, given)


@pytest.mark.parametrize(
    ("tool_name", "text", "language"),
    [
        ("generate_code", "rewrite this Lua table as a Ruby hash", "ruby"),
        ("generate_code", "convert my Java enum to Kotlin", "kotlin"),
        ("generate_code", "extend this Haskell module", "haskell"),
        ("analyze_complexity", "how complex is this Lua function for a Ruby port?", "lua"),
    ],
)
def test_code_that_is_made_has_the_language_that_is_wanted(catalogue, tool_name, text, language):
    tool = next(each for each in catalogue.tools if each.name == tool_name)
    said = extract_literals(text)
    assert literal_arguments(tool, said, said)["language"].value == language

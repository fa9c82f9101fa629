"""Measures of other languages than Python."""

import pytest

from mcp_server.analysis.guard import SourceError
from mcp_server.analysis.limits import excesses
from mcp_server.analysis.token_metrics import measure_tokens

C = """/* many */
int many(int a, char *b) {

    if (a && *b) { return 1; }
    return a ? 2 : 3;
}
"""


def test_a_function_has_its_measures():
    measured = measure_tokens(C, "c")

    (row,) = measured.rows
    assert (row.name, row.line, row.end_line, row.length) == ("many", 2, 6, 5)
    assert (row.cyclomatic, row.parameters, row.nloc) == (4, 2, 4)
    assert row.cognitive is None
    assert (measured.nloc, measured.total, measured.blank) == (4, 6, 1)
    assert (measured.tokens, row.tokens) == (31, 30)  # the function begins with its name
    assert measured.maintainability_index is None


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("cpp", "int A::f(int a) { return a ? 1 : 2; }"),
        ("csharp", "class A { int f(int a) { return a > 0 ? 1 : 2; } }"),
        ("go", "package a\nfunc f(a int) int { if a > 1 { return 1 }; return 2 }"),
        ("java", "class A { int f(int a) { return a > 0 ? 1 : 2; } }"),
        ("javascript", "function f(a) { return a ? 1 : 2; }"),
        ("kotlin", "fun f(a: Int): Int { if (a > 1) { return 1 }; return 2 }"),
        ("lua", "function f(a) if a then return 1 end return 2 end"),
        ("php", "<?php function f($a) { return $a ? 1 : 2; }"),
        ("ruby", "def f(a)\n  return 1 if a\n  2\nend\n"),
        ("rust", "fn f(a: i32) -> i32 { if a > 1 { 1 } else { 2 } }"),
        ("swift", "func f(a: Int) -> Int { if a > 1 { return 1 }; return 2 }"),
        ("typescript", "function f(a: number): number { return a ? 1 : 2; }"),
    ],
)
def test_a_branch_is_counted_in_every_language(language, code):
    measured = measure_tokens(code, language)

    assert [row.cyclomatic for row in measured.rows] == [2]


def test_what_is_over_a_limit_is_named_with_value_limit_and_remedy():
    branches = "".join(f"if (a == {i}) return {i};\n" for i in range(70))
    code = f"int f(int a, int b, int c, int d, int e, int g, int h) {{\n{branches}return 0; }}"

    found = [str(each) for each in excesses(measure_tokens(code, "c"), 10)]

    assert found[0].startswith("f() (line 1): cyclomatic complexity is 71, over the limit of 10")
    assert any("length in lines is 72" in each for each in found)
    assert any("number of parameters is 7" in each for each in found)


def test_what_is_not_code_of_the_language_is_not_called_simple():
    measured = measure_tokens("This is a letter, not a program (really).", "java")

    assert measured.rows == ()
    assert any("No function of java was found" in note for note in measured.notes)
    assert any("not valid java" in note for note in measured.notes)


def test_a_syntax_error_is_said_since_lizard_counts_on():
    measured = measure_tokens("int f(int a) { if (a { return 1; }", "c")

    assert any("This is not valid c, so the numbers may be wrong" in n for n in measured.notes)


def test_where_the_syntax_cannot_be_checked_the_notes_say_so():
    measured = measure_tokens("func _f(a):\n\tif a:\n\t\tpass\n", "gdscript")

    assert any("The syntax was not checked" in note for note in measured.notes)


def test_valid_code_has_a_note_on_what_was_not_measured_only():
    assert measure_tokens(C, "c").notes == (
        "Only functions were measured: what stands outside of them was not.",
    )


def test_a_language_that_lizard_does_not_read_is_named_with_those_that_it_does():
    with pytest.raises(SourceError, match=r"'cobol' cannot be measured; there are: .*java, .*rust"):
        measure_tokens("x", "cobol")


HOSTILE = {
    "nul": "a\0b",
    "empty": " ",
    "braces": "{" * 50_000,
    "parentheses": "(" * 50_000,
    "long line": "x" * 1_000_000,
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("language", ["c", "javascript", "go"])
def test_hostile_source_gives_a_result_or_a_clear_error(language, case):
    try:
        said = measure_tokens(HOSTILE[case], language).notes[0]
    except SourceError as error:
        said = str(error)
    assert 0 < len(said) < 200

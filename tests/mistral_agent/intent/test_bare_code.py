"""Code that stands in a sentence without a mark."""

import pytest

from mistral_agent.intent.code import split_code
from mistral_agent.intent.literals import literals_of


@pytest.mark.parametrize(
    ("text", "prose", "code"),
    [
        ("format a=1;b=2", "format this code", "a=1;b=2"),
        ("Please check x = eval(line) for holes", "Please check this code for holes",
         "x = eval(line)"),
        ("format a=1 and then review it", "format this code and then review it", "a=1"),
        ("complexity of lambda n: n * n?", "complexity of this code?", "lambda n: n * n"),
        ("review for n in names: print(n)", "review this code", "for n in names: print(n)"),
        ("review def f(a): return eval(a), because I must", "review this code, because I must",
         "def f(a): return eval(a)"),
        ("security review of `os.system(cmd)`", "security review of this code", "os.system(cmd)"),
        ("isort this: import re, ast", "isort this: this code", "import re, ast"),
        ("Could this hurt? eval(input())", "Could this hurt? this code", "eval(input())"),
        ("risk in os.popen(cmd) ?", "risk in this code ?", "os.popen(cmd)"),
        ("black for a = {1:2} please", "black for this code please", "a = {1:2}"),
        ("My def f(a): return a. Test it.", "My this code. Test it.", "def f(a): return a"),
        ("def f(a): return a - test that please", "this code - test that please",
         "def f(a): return a"),
        ("def f(a): return a -- is that fine?", "this code -- is that fine?", "def f(a): return a"),
        ("tests for def f(a): return a, 80% coverage", "tests for this code, 80% coverage",
         "def f(a): return a"),
        ("def f(a): return a  # review this", "review this", "def f(a): return a"),
        ("Test func Abs(n int) int { if n < 0 { return -n }; return n } now", "Test this code now",
         "func Abs(n int) int { if n < 0 { return -n }; return n }"),
        ("review const f = (a) => { return a } and test it", "review this code and test it",
         "const f = (a) => { return a }"),
    ],
)  # fmt: skip
def test_a_statement_after_a_deed_is_code(text, prose, code):
    found, blocks = split_code(text)
    assert (found, [each.text for each in blocks]) == (prose, [code])


@pytest.mark.parametrize(
    "text",
    [
        "format it at line_length = 88",
        "test the stack",
        "review it, coverage=90",
        "Compute y = m + b",
        "check if x is None",
        "test `add(a, b)`",
        "Write a function for which this holds: x = f(1)",
        "Write a function {",
        "a function that returns (a + b",
    ],
)
def test_settings_and_names_are_none(text):
    assert split_code(text) == (text, ())


def test_the_number_of_a_step_is_no_value():
    assert literals_of("Step 3: write the tests, 5 of them").numbers[0].value == 5


def test_statements_after_a_colon_are_code_up_to_the_next_words():
    found, blocks = split_code("Tidy this:\n\na=1\nfor b in c:\n    a += b\nand then test it")
    assert [each.text for each in blocks] == ["a=1\nfor b in c:\n    a += b"]
    assert found == "Tidy this:\n\nand then test it"


def test_words_after_a_colon_are_none():
    text = "Do this:\nformat it\ntest it"
    assert split_code(text) == (text, ())

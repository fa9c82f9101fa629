"""Examples found in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.analysis.examples import as_tests, find_examples, requested_name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f(2) == 4", ["f(2) == 4"]),
        ("assert f(2) == 4, 'no'", ["f(2) == 4"]),
        ("f(2) = 4 and f(3) -> 9", ["f(2) == 4", "f(3) == 9"]),
        ("f(2) returns 4.", ["f(2) == 4"]),
        ("`f(2)` should return `4`", ["f(2) == 4"]),
        ("for example add(1, 2) gives 3", ["add(1, 2) == 3"]),
        ("f(-1) is -1.5, f(0) is None", ["f(-1) == -1.5", "f(0) == None"]),
        ("f([1, 2], key='a)') => {'a': [1]}", ["f([1, 2], key='a)') == {'a': [1]}"]),
        ('f("it\'s") returns "no"', ["f(\"it's\") == 'no'"]),
        ("is_even(2) is true", ["is_even(2) == True"]),
        ("f(0) should raise a ValueError", ["f(0) raises ValueError"]),
        ("f(0) raises ZeroDivisionError.", ["f(0) raises ZeroDivisionError"]),
        (">>> rev('abc')\n'cba'\n", ["rev('abc') == 'cba'"]),
        (">>> f(0)\nTraceback (most recent call last):\nValueError: no\n",
         ["f(0) raises ValueError"]),
        ("f(2) == 4. Again: f(2) == 4", ["f(2) == 4"]),
        ("f(x) returns 3", []),
        ("f(1) is positive", []),
        ("f(2) is 4th in the list", []),
        ("f(os.system('x')) == 1", []),
        ("obj.f(2) == 4", []),
        ("f(2", []),
        ("f(2) == ", []),
        ("f(2) returns the square", []),
        ("a function that returns 3", []),
        ("  >>> x = 1\n >>> bad", []),
    ],
)  # fmt: skip
def test_examples_are_found_where_the_text_says_what_a_call_gives(text, found):
    assert [str(example) for example in find_examples(text)] == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Write a function called slugify", "slugify"),
        ("Write a function fib(n) for numbers", "fib"),
        ("a class named `Stack`", "Stack"),
        ("def merge(a, b): merges", "merge"),
        ("implement the function `is_prime`", "is_prime"),
        ("write f so that f(2) == 4", "f"),
        ("Write a function that merges two lists", None),
        ("Create a REST endpoint", None),
        ("a function to sort", None),
    ],
)
def test_the_requested_name_is_read_from_the_description(text, name):
    assert requested_name(text) == name


def test_examples_become_tests_that_compile():
    source = as_tests(find_examples("f(2) == 4, f(0) raises ValueError, g(1) = 0.5"), "solution")

    compile(source, "test", "exec")
    assert "from solution import f, g" in source
    assert "assert f(2) == 4" in source
    assert "with pytest.raises(ValueError):\n        f(0)" in source
    assert "assert g(1) == pytest.approx(0.5)" in source


@given(st.text(alphabet="f(2)[]{}'\"=->\n .,raisesTrue\\`é", max_size=60))
def test_any_text_is_read_without_failing(text):
    for example in find_examples(text):
        compile(as_tests([example], "m"), "t", "exec")

"""What a request fixes: examples in calls, tables and prose, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.analysis.acceptance import as_tests
from mcp_server.analysis.wanted import read_request


def found(text):
    return [str(example) for example in read_request(text).examples]


@pytest.mark.parametrize(
    ("head", "rows", "examples"),
    [
        ("f(a)", "| a | expected |\n|---|---|\n| 1 | 2 |\n| 'x' | `3` |",
         ["f(1) == 2", "f('x') == 3"]),
        ("f(a, b)", "| a | b | sum |\n|:-:|---|--:|\n| 1 | 2 | 3 |", ["f(1, 2) == 3"]),
        ("f(a, b)", "| b | a | result |\n|---|---|---|\n| 1 | 2 | 3 |", ["f(2, 1) == 3"]),
        ("f(a, b=0)", "| a | f(a) |\n|---|---|\n| 1 | 3 |", ["f(1) == 3"]),
        ("f(a, b)", "| input | output |\n|---|---|\n| 1, 2 | 3 |", ["f(1, 2) == 3"]),
        ("f(a)", "| call | result |\n|---|---|\n| `f(1)` | 3 |", ["f(1) == 3"]),
        ("f(a)", "| # | a | returns | note |\n|---|---|---|---|\n| 1 | 5 | 6 | odd |",
         ["f(5) == 6"]),
        ("f(a)", "| a | output |\n|---|---|\n| -1 | ValueError |\n| 0 | raises a KeyError |",
         ["f(-1) raises ValueError", "f(0) raises KeyError"]),
        ("f(a)", "a | output\n--|--\n'x|y' | 2\n", ["f('x|y') == 2"]),
        ("f(a)", "+---+---+\n| a | output |\n+===+===+\n| 1 | 2 |\n+---+---+\n| 3 | 4 |",
         ["f(1) == 2", "f(3) == 4"]),
        ("f(a)", "| a | output |\n|---|---|\n| a list | its sum |\n", []),
        ("f(a)", "| field | meaning |\n|---|---|\n| 1 | 2 |", []),
        ("f(a)", "| a | output | output |\n|---|---|---|\n| 1 | 2 | 3 |", []),
        ("f(a, b)", "| a | output |\n|---|---|\n| 1 | 2 |", []),
        ("f(a) and g(a)", "| a | output |\n|---|---|\n| 1 | 2 |", []),
    ],
)  # fmt: skip
def test_tables_hold_examples_where_their_heads_say_so(head, rows, examples):
    assert found(f"Write {head}.\n\n{rows}\n\nThat is all.") == examples


@pytest.mark.parametrize(
    ("text", "examples"),
    [
        ("f(xs): given [1, 2] it returns 3", ["f([1, 2]) == 3"]),
        ("f(xs). Given the list [1, 2], the function should return 3.", ["f([1, 2]) == 3"]),
        ("f(s). Input: 'abc' Output: 'cba'", ["f('abc') == 'cba'"]),
        ('f(s)\nInput: s = "abc"\nOutput: "cba"', ["f('abc') == 'cba'"]),
        ("f(nums, k)\nInput: nums = [1, 2], k = 3\nOutput: 5", ["f([1, 2], 3) == 5"]),
        ("f(nums, k)\nInput: k = 3, nums = [1]\nOutput: 5", ["f(k=3, nums=[1]) == 5"]),
        ("f(a, b). For 2 and 3 it returns 5.", ["f(2, 3) == 5"]),
        ("f(s) reverses:\n- 'ab' -> 'ba'\n- 'x' becomes 'x'", ["f('ab') == 'ba'", "f('x') == 'x'"]),
        ("f(n): when called with 4 you get 16", ["f(4) == 16"]),
        ("f(n): for -1 it should raise a ValueError", ["f(-1) raises ValueError"]),
        ("f(n): for 0 the sum is 0.", ["f(0) == 0"]),
        ("f(xs): for an empty list return 0. f([1]) == 2", ["f([1]) == 2", "f([]) == 0"]),
        ("f(s): an empty string gives None; f('a') == 1", ["f('a') == 1", "f('') == None"]),
        ("f(xs): the largest, or None if the list is empty. f([1]) == 1",
         ["f([1]) == 1", "f([]) == None"]),
        ("f(xs): raise ValueError if the list is empty. f([1]) == 1",
         ["f([1]) == 1", "f([]) raises ValueError"]),
        ("f(xs): if xs is empty, return -1. f([1]) == 1", ["f([1]) == 1", "f([]) == -1"]),
        ("f(xs): for an empty list return 0", []),
        ("f(xs): raise ValueError if the list is empty or odd. f([1]) == 1", ["f([1]) == 1"]),
        ("f(a, b): for an empty list return 0. f([1], 2) == 2", ["f([1], 2) == 2"]),
        ("f(n): for 3 return 3 items", []),
        ("f(d): with 5 threads it returns 3", []),
        ("given a list it returns 3, f(xs)", []),
        ("f(xs) gives 3 for 2 items", []),
        ("f(a, b): given 2 it returns 3", []),
        ("given 2 it returns 3", []),
        ("f(a) or g(b): given 2 it returns 3", []),
        ("f(x): for i in [1, 2] it is 3 times", []),
    ],
)  # fmt: skip
def test_prose_holds_examples_of_the_only_function(text, examples):
    assert found(f"Write {text}") == examples


def test_a_request_without_a_function_fixes_nothing():
    wanted = read_request("Create a REST endpoint for 3 users")

    assert (wanted.name, wanted.signature, wanted.examples) == (None, None, ())
    assert wanted.statement == "Create a REST endpoint for 3 users"


def test_a_table_of_thousands_is_cut():
    rows = "\n".join(f"| {n} | {n} |" for n in range(1000))

    assert len(found(f"f(a)\n| a | output |\n|---|---|\n{rows}")) == 40


@given(st.text(alphabet="f(a)2[]{}'\"=->|\n .,:given returns empty list Output\\`é+-", max_size=80))
def test_any_text_is_read_without_failing(text):
    examples = list(read_request(f"f(a) {text}").examples)

    compile(as_tests(examples, "m"), "t", "exec")


@given(st.lists(st.integers(), max_size=4), st.text(max_size=6))
def test_an_example_survives_each_way_of_writing_it(argument, outcome):
    call, result = repr(argument), repr(outcome)
    ways = (
        f"f(xs) f({call}) == {result}",
        f"f(xs)\n>>> f({call})\n{result}\n",
        f"f(xs): f({call}) returns {result}.",
        f"f(xs): given {call} it returns {result}.",
        f"f(xs)\nInput: xs = {call}\nOutput: {result}",
    )
    for text in ways:
        assert found(text) == [f"f({call}) == {result}"], text

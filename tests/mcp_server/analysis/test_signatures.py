"""The function that a description asks for."""

import ast

import pytest

from mcp_server.analysis.signatures import (
    mismatch,
    requested_name,
    requested_signature,
    several_functions,
    signature_of,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Write a function called slugify", "slugify"),
        ("Write a function fib(n) for numbers", "fib"),
        ("a class named `Stack`", "Stack"),
        ("a class Stack with a method push(x)", "Stack"),
        ("def merge(a, b): merges", "merge"),
        ("implement the function `is_prime`", "is_prime"),
        ("write f so that f(2) == 4", "f"),
        ("I need repeat_string(s, n), which repeats", "repeat_string"),
        ("Please implement rev(s)", "rev"),
        ("is_blank(s) tells whether s is blank", "is_blank"),
        ("Write a function that merges two lists", None),
        ("Create a REST endpoint", None),
        ("a function to sort", None),
        ("Sort in O(n) and print(x)", None),
        ("Count the item(s)", None),
        ("one(a) or two(b)", None),
    ],
)
def test_the_requested_name_is_read_from_the_description(text, name):
    assert requested_name(text) == name


@pytest.mark.parametrize(
    ("text", "source", "exact"),
    [
        ('Write `def f(a: int, b: str = "x") -> int`.', "f(a: int, b: str='x') -> int", True),
        ("def f(a, b) -> list[int]: merges", "f(a, b) -> list[int]", True),
        ("def f(a, b) -> of course", "f(a, b)", True),
        ("a function f(a, b)", "f(a, b)", False),
        ("Write f(a, b=2), f(1) == 2", "f(a, b=2)", False),
        ("sum up with f(first, *rest)", "f(first, *rest)", False),
        ("f(2) == 4", None, False),
        ("f(True)", None, False),
        ("the word(s) f", None, False),
    ],
)
def test_the_signature_is_read_from_a_def_line_or_a_mention(text, source, exact):
    found = requested_signature(text, requested_name(text))

    assert (found.source if found else None) == source
    assert (found.exact if found else False) == exact


@pytest.mark.parametrize(
    ("asked", "found", "problem"),
    [
        ("f(a, b)", "f(x, y)", None),
        ("f(a, b)", "f(a, b, c=1)", None),
        ("f(a, b)", "f(*args)", None),
        ("f(a)", "f(a, b)", "it needs 2 arguments: f(a, b)"),
        ("f(a, b)", "f(a)", "it takes no more than 1 argument: f(a)"),
        ("f(a, b=1)", "f(a, b)", "it needs 2 arguments: f(a, b)"),
        ("def f(a, b)", "f(x, y)", "its parameters have other names: f(x, y)"),
        ("def f(a, b)", "f(a, b, c=None)", None),
        ("def f(a: int)", "f(a)", None),
    ],
)
def test_parameters_are_compatible_if_every_call_that_was_asked_for_can_be_made(
    asked, found, problem
):
    wanted = requested_signature(asked, "f")
    node = ast.parse(f"def {found}: pass").body[0]

    assert mismatch(wanted, signature_of(node)) == problem


def test_several_functions_or_a_class_are_told_from_one_function():
    assert several_functions("encode(text) and decode(text)")
    assert several_functions("a class Stack")
    assert not several_functions("f(x) in O(n), using len(x); f(2) == 4")

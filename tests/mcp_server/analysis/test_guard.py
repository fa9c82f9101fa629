"""The guard in front of every tool that reads code."""

import pickle
import warnings

import pytest

from mcp_server.analysis.guard import SourceError, clean_source, parse_python


@pytest.mark.parametrize(
    ("code", "message", "line", "column"),
    [
        ("", "the code is empty", None, None),
        (" \n\t\n", "the code is empty", None, None),
        ("x = 1\ny = '\0'", "a NUL byte", 2, 6),
        ("x = 1\ny = '\ud800'", "a lone surrogate U+D800", 2, 6),
        ("x = 1\ny = (\n", "not valid Python: '(' was never closed", 2, 5),
        ("def f():\nreturn 1", "expected an indented block", 2, 1),
        ("x = " + "9" * 5000, "not valid Python", 1, None),
        ("-" * 20_000 + "1", "nested too deeply", None, None),
        ("1" + "+1" * 20_000, "nested too deeply", None, None),
        ("a" + ".b" * 20_000, "nested too deeply", None, None),
        ("(" * 5000 + ")" * 5000, "too many nested parentheses", 1, None),
        ("x = 1\ny = 0x" + "f" * 5000, "an integer of more than 4300 digits", 2, 5),
        ("#!/bin/x\n# coding: klingon\n", "not valid Python: unknown encoding 'klingon'", 2, None),
        ("--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-x = 0\n+x = 1\n", "it is a diff", None, None),
        ("f'{" * 200 + "x", "not valid Python", 1, None),
    ],
)
def test_code_that_cannot_be_parsed_is_refused_with_its_place(code, message, line, column):
    with pytest.raises(SourceError) as caught:
        parse_python(code)

    assert message in str(caught.value)
    assert caught.value.line == line
    if column:
        assert caught.value.column == column
        assert str(caught.value).startswith(f"line {line}, column {column}: ")


def test_a_byte_order_mark_and_foreign_newlines_are_taken_away():
    assert clean_source("\ufeffx = 1\r\ny = 2\rz = 3\n") == "x = 1\ny = 2\nz = 3\n"


def test_several_byte_order_marks_are_taken_away():
    assert clean_source("\ufeff\ufeffx = 1\n") == "x = 1\n"


@pytest.mark.parametrize(
    "code",
    ["# coding: latin-1\nx = 1", "x = 1\n\n# coding: klingon", "x = '0x" + "f" * 5000 + "'"],
)
def test_what_only_looks_like_a_fault_is_parsed(code):
    assert parse_python(code).body


def test_warnings_about_the_code_do_not_reach_this_program():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_python("x = '\\d'\nassert (x, 'always')\n").body


def test_an_error_survives_the_way_out_of_a_worker():
    again = pickle.loads(pickle.dumps(SourceError("wrong", 3, 4)))

    assert str(again) == "line 3, column 4: wrong"
    assert str(SourceError("wrong", 3)) == "line 3: wrong"

"""Literals in plain text."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.analysis.literals import literal_call, read_literal


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.5.", "2.5"), ("-1,", "-1"), ("1e3 x", "1000.0"), ("`4` y", "4"), ("[1, 2] x", "[1, 2]"),
        ("true", "True"), ("null.", "None"), ("'a\\'b' c", '"a\'b"'), ("{1: 'a'}", "{1: 'a'}"),
        ("b'a'", "b'a'"), ("\u201cab\u201d z", "'ab'"), ("(1, (2,))", "(1, (2,))"),
        ("4th", None), ("1.5.2", None), ("3(x)", None), ("[1, x]", None), ("(1, 2", None),
        ("'open", None), ("word", None), ("", None), ("truely", None),
    ],
)  # fmt: skip
def test_a_literal_is_read_where_a_text_begins_with_one(text, found):
    form = read_literal(text)

    assert (form[0] if form else None) == found


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner)
            | st.dictionaries(st.integers(), inner, max_size=2)
        ),
        max_leaves=6,
    ),
    st.sampled_from(["", " and more", ", then", ".", "\n"]),
)
def test_every_value_that_python_writes_is_read_back(value, rest):
    form = read_literal(f"{value!r}{rest}")

    assert form is not None
    assert ast.literal_eval(form[0]) == value
    assert form[1] == len(repr(value))


@given(st.text(max_size=40))
def test_any_text_is_read_without_failing(text):
    read_literal(text)
    literal_call(text)

"""Answers that have been begun for the model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.prompting import continued, extract_code, is_whole, own_code

HEAD = "```python\ndef f(a):"
RETURN = f"{HEAD}\n    return"


@pytest.mark.parametrize(
    ("opening", "answer", "code"),
    [
        (HEAD, "\n    return a\n\nprint(f(1))\n", "def f(a):\n    return a\n"),
        (RETURN, " a + 1\n```\nThis adds one.", "def f(a):\n    return a + 1\n"),
        (RETURN, " [\n    a,\n]\nf(1)", "def f(a):\n    return [\n    a,\n]\n"),
        (HEAD, "\n    import math\n    return math.pi\ndef g(): pass",
         "def f(a):\n    import math\n    return math.pi\n"),
        (RETURN, " a +", "def f(a):\n    return a +\n"),
        (HEAD, "\n    a = 1\n    return a\n    print(", "def f(a):\n    a = 1\n    return a\n"),
        ("```python\n# Add one.\ndef f(a):\n    return", " a + 1\n",
         "def f(a):\n    return a + 1\n"),
        (HEAD, "```python\ndef g(b):\n    return b\n```", "def g(b):\n    return b\n"),
        (HEAD, "Sure!\n```python\ndef g(b):\n    return b\n```", "def g(b):\n    return b\n"),
        (HEAD, "def g(b):\n    return b\n", "def g(b):\n    return b\n"),
        ("```python\ndef f(", "x, y):\n    return x\n", "def f(x, y):\n    return x\n"),
        ("", "```python\nx = 1\n```", "x = 1\n"),
    ],
)  # fmt: skip
def test_an_answer_goes_on_from_its_opening_up_to_the_end_of_the_function(opening, answer, code):
    assert extract_code(continued(opening, answer)) == code


@pytest.mark.parametrize(
    ("opening", "answer", "whole"),
    [
        (HEAD, "\n    return a\n", False),
        (HEAD, "\n    return a\n\nprint", True),
        (HEAD, "\n    return a\n```", True),
        (HEAD, "\n    return [\n]\n", False),
        (HEAD, "```python\ndef f(a):\n    return a\nx", False),
        (HEAD, "```python\ndef f(a):\n    return a\n```", True),
        ("", "```python\nx = 1\n", False),
        ("", "```python\nx = 1\n```", True),
    ],
)
def test_an_answer_is_whole_when_its_function_or_its_block_has_ended(opening, answer, whole):
    assert is_whole(opening, answer) == whole


def test_what_was_written_for_the_model_is_not_its_own():
    assert own_code(RETURN, "def f(a):\n    return\n") == ""
    assert own_code(RETURN, "def f(a):\n    return a\n") == "def f(a):\n    return a\n"
    assert own_code("", "x = 1\n") == "x = 1\n"


@given(st.text(alphabet="`~ \nabdef():=#", max_size=60))
def test_any_answer_is_continued_without_failing(answer):
    is_whole(RETURN, answer)
    extract_code(continued(RETURN, answer))

"""Examples found in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.analysis.acceptance import as_tests
from mcp_server.analysis.examples import find_examples, without_examples


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
        ("f(2) == 4 but f(2) == 5", ["f(2) == 4"]),
        ("f(2) --> 4, f(3) ==> 9, f(4) → 16", ["f(2) == 4", "f(3) == 9", "f(4) == 16"]),
        ("f(2)  # => 4\nf(3)  # 9\n", ["f(2) == 4", "f(3) == 9"]),
        ("- f(2): 4\n- `f(3)`: `9`.\n", ["f(2) == 4", "f(3) == 9"]),
        ("self.assertEqual(f(2), 4)", ["f(2) == 4"]),
        ("so f(2) should be 4, f(3) must equal 9", ["f(2) == 4", "f(3) == 9"]),
        ("f(2) evaluates to 4", ["f(2) == 4"]),
        ("f(0) and f(1) return 1", ["f(1) == 1"]),
        ("f(\u201cab\u201d) is \u201cba\u201d", []),
        ("f('ab') is \u201cba\u201d", ["f('ab') == 'ba'"]),
        ("f(2) == [1,\n2]", ["f(2) == [1, 2]"]),
        (">>> f(2)\n4\nThat is all.", ["f(2) == 4"]),
        ("f(2) returns 3 items", []),
        ("f(2) returns 3 because it adds one", ["f(2) == 3"]),
        ("f(2) returns 5 instead of 4", []),
        ("f(2) returns 5 but should return 4", []),
        ("currently f(2) returns 5. f(3) is 9", ["f(3) == 9"]),
        ("f(2) == 2 * 3", []),
        ("f(2) == 'a' + 'b'", []),
        ("f(2) == [1][0]", []),
        ("f(2) is 1 or 2", []),
        ("f(2) != 4", []),
        ("f(2) is not 4", []),
        ("f(2) > 4", []),
        ("f(1) + f(2) == 3", []),
        ("not f(2) == 3", []),
        ("len(f(2)) == 3", []),
        ("f(2)[0] == 3", []),
        ("f(2) % 2 == 0", []),
        ("f(n): 4 is the least", []),
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
    ("text", "rest"),
    [
        ("Write f(n). f(2) == 4", "Write f(n)."),
        (
            "Write f(n) that squares.\n>>> f(2)\n4\n\nBe quick.",
            "Write f(n) that squares. Be quick.",
        ),
        ("Square it. For example, f(2) gives 4 and f(3) gives 9.", "Square it."),
        ("Merge.\nExamples:\n- `f({'a': 1})` -> `{'a: b': [1]}`\n", "Merge."),
        ("Square n.", "Square n."),
    ],
)
def test_a_text_is_told_apart_from_its_examples(text, rest):
    assert without_examples(text) == rest


@given(st.text(alphabet="f(2)[]{}'\"=->\n .,raisesTrue\\`é", max_size=60))
def test_any_text_is_read_without_failing(text):
    for example in find_examples(text):
        compile(as_tests([example], "m"), "t", "exec")

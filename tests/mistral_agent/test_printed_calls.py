"""Calls that a model writes as text are told from words, code and examples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_agent.printed_calls import MAX_HELD, CallGuard, find_call

TOOLS = ("format_code", "review_code")
CALL = '{"name": "format_code", "arguments": {"code": "x=1"}}'


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"```json\n{CALL}\n```",
        f"Sure, one moment.\n{CALL}",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"[TOOL_CALLS] [{CALL}]",
        "<function=format_code>{}</function>",
        "<|python_tag|>format_code.call(code='x')",
        f"[{CALL}, {CALL}]",
        '{"arguments": {"code": "x"}, "name": "format_code"}',
        '{"name": "format_code", "arguments": {"code": "x',
        '{"name": "delete_everything", "parameters": {}}',
        '{"tool_calls": [{"id": "1", "function": {"name": "x", "arguments": "{}"}}]}',
        '{"kind": "task", "goals": [{"tool": "rm", "request": "all"}]}',
        'format_code(code="x=1")',
        '```python\nformat_code(code="x=1")\n```',
        'functions.review_code({"code": "x"})',
    ],
)
def test_a_call_is_found_and_nothing_of_it_is_given_out(text):
    assert find_call(text, TOOLS) is not None
    guard = CallGuard(TOOLS)
    shown = "".join(guard.add(letter) for letter in text)
    assert guard.found()
    assert shown in ("", "Sure, one moment.\n")


@pytest.mark.parametrize(
    "text",
    [
        "A decorator is a function that takes a function.",
        "Write `format_code(code)` to format, or f(x) for more.",
        "format_code is a tool that formats code.",
        '```python\nd = {"a": 1, "b": [1, 2]}\nprint(d["a"])\n```',
        '{"name": "Ada", "age": 36}',
        'An object: {"name": "get_weather", "arguments": {"city": "Rome"}} is such a call.',
        "[1, 2, 3]",
        "a < b and b <t> c, [T] and ` and ```",
        "<table><tr><td>1</td></tr></table>\n\nis HTML",
        "if (a) { return b; }",
        "{",
        "null",
    ],
)
def test_words_code_and_examples_come_out_as_they_went_in(text):
    guard = CallGuard(TOOLS)
    shown = "".join(guard.add(letter) for letter in text)
    assert not guard.found()
    assert shown + guard.finish() == text


def test_a_long_answer_is_not_held_back_for_a_brace_that_never_closes():
    guard = CallGuard(TOOLS)
    assert guard.add('{"a": "' + "x" * (MAX_HELD + 1))


def test_an_answer_of_objects_that_never_close_is_looked_through_once(monkeypatch):
    looked = []
    monkeypatch.setattr(
        "mistral_agent.printed_calls.find_call", lambda text, _: looked.append(len(text))
    )
    text = "".join(f'{{"a{number} ' for number in range(MAX_HELD))
    assert CallGuard(TOOLS).add(text)
    assert looked == [len(text)]


pieces = st.lists(
    st.sampled_from(
        ['{"', "}", "[", "]", "<t", "```", "\n", '": ', "name", "format_code", "(", "a"]
    )
)


@settings(max_examples=150, derandomize=True)
@given(pieces)
def test_whatever_comes_is_given_out_once_and_in_order(parts):
    guard = CallGuard(TOOLS)
    shown = "".join(map(guard.add, parts))
    assert "".join(parts).startswith(shown)
    assert shown + guard.finish() == "".join(parts)

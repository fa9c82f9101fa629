"""What is said while a question is open: small talk, taking back, or the answer."""

import pytest

from mistral_agent.intent.asides import aside


@pytest.mark.parametrize(
    "text",
    ["hello", "Thanks!", "thank you very much", "what is a decorator?", "wait, what does it do?",
     "why do you ask?", "Can you explain generators first?", "explain recursion", "is it safe?"],
)  # fmt: skip
def test_small_talk_and_questions_are_no_answers(text):
    assert aside(text) == "talk"


@pytest.mark.parametrize(
    "text", ["never mind", "Nevermind.", "ok, forget it", "cancel that please"]
)
def test_a_request_can_be_taken_back(text):
    assert aside(text) == "cancel"


@pytest.mark.parametrize(
    "text",
    ["yes", "2", "python", "no", "the default", "a function that adds two numbers", "@app.py",
     "def what(): return 1", "```\nhello\n```", "return a if a else b", "hi = 3\nhow = 4",
     "could you make it sort a list?", "cancel_order(order_id)", "stop the server", "what.py",
     "print('hello?')", "is_valid(x)"],
)  # fmt: skip
def test_everything_else_is_the_answer(text):
    assert aside(text) is None

"""Questions: which are for a tool, and which are answered in words."""

import pytest

from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex

CODE = "\n```python\ndef area(w, h):\n    return w * h\n```"


def tools(text, catalogue, has_code=False):
    files = {"@shop.py": "def f(x):\n    return x\n"} if "@shop.py" in text else {}
    literals = extract_literals(text, files)
    around = Surroundings(has_code or bool(literals.code), bool(literals.code))
    intent = read_evidence(literals, ToolIndex(catalogue), around)
    return [goal.tool.name for goal in intent.goals] or [intent.kind]


@pytest.mark.parametrize(
    "text",
    ["what LLM is answering me?", "Which model powers you, and which backend does it use?",
     "tell me the name of the model you are using", "Which model is it that I chat with?",
     "What model is behind the server?"],
)  # fmt: skip
def test_a_question_about_what_a_tool_informs_of_is_for_it(catalogue, text):
    assert tools(text, catalogue) == ["model_info"]


@pytest.mark.parametrize(
    "text",
    ["Which methods in @shop.py are the most complicated?",
     "Which part of @shop.py is the worst with regard to cognitive complexity?",
     "How deep is the nesting in this?" + CODE],
)  # fmt: skip
def test_what_follows_the_place_in_a_question_is_what_is_asked(catalogue, text):
    assert tools(text, catalogue) == ["analyze_complexity"]


@pytest.mark.parametrize(
    "text",
    ["Could you explain what this loop does, and why it stops?" + CODE,
     "What is this function for?" + CODE,
     "I only want to know how your program works",
     "Please don't touch anything, just tell me what this prints." + CODE,
     "Walk me through this code step by step, please." + CODE,
     "Explain this snippet to me, I am a beginner." + CODE,
     "help me understand what this returns: `x & 1`"],
)  # fmt: skip
def test_what_code_does_is_told_in_words(catalogue, text):
    assert tools(text, catalogue, has_code=True) == ["chat"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What bugs does this have?" + CODE, "review_code"),
        ("Tell me what this computes and format it" + CODE, "format_code"),
        ("I don't know how it works, so please review it." + CODE, "review_code"),
    ],
)
def test_what_is_asked_beside_an_explanation_is_done(catalogue, text, expected):
    assert tools(text, catalogue) == [expected]


@pytest.mark.parametrize(
    "text",
    ["Which language model is the best for poems?", "Is it a good idea to format SQL by hand?",
     "What LLM would you recommend to a student?", "Which code review tool is the most popular?",
     "Why do teams write tests, review code and format it?",
     "What are the differences between a specification, unit tests and a code review?",
     "At which point would you add tests, a formatter and reviews to a young project?"],
)  # fmt: skip
def test_what_holds_everywhere_is_told_in_words(catalogue, text):
    assert tools(text, catalogue) == ["chat"]


def test_a_long_question_is_read_as_fast_as_a_short_one(catalogue):
    long = "explain what " + "how what " * 700 + "x " * 300 + "?" + " in" * 300
    assert tools(long, catalogue)

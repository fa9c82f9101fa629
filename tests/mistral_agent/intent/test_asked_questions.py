"""Questions: which are for a tool, and which are answered in words."""

import pytest

from mistral_agent.intent.evidence import Surroundings, read_evidence
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.ranking import ToolIndex

CODE = "\n```python\ndef area(w, h):\n    return w * h\n```"


def tools(text, catalogue, has_code=False):
    literals = extract_literals(text, {"@shop.py": "def f(x):\n    return x\n"})
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

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
     "What model is behind the server?", "Tell me which model this assistant uses",
     "which backend is behind this server?"],
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


@pytest.mark.timeout(0.6, func_only=True)
def test_a_long_question_is_read_as_fast_as_a_short_one(catalogue):
    long = "explain what " + "how what " * 700 + "x " * 300 + "?" + " in" * 300
    assert tools(long, catalogue)


@pytest.mark.parametrize(
    "text",
    ["What would you do differently here?" + CODE, "Anything you would improve?" + CODE,
     "Is there something I should fix in this class?" + CODE, "How could this be corrected?" + CODE,
     "How do I make the method safer?" + CODE, "make it less error-prone" + CODE],
)  # fmt: skip
def test_what_to_mend_is_asked_of_the_tool_that_improves(catalogue, text):
    assert tools(text, catalogue) == ["review_code"]


@pytest.mark.parametrize(
    "text", ["What should I change in my life?", "Is there anything I could improve as a runner?"]
)
def test_without_code_what_to_mend_is_talked_about(catalogue, text):
    assert tools(text, catalogue) == ["chat"]


@pytest.mark.parametrize(
    "text",
    ["Does anything look odd here?" + CODE, "Can you spot something fishy?" + CODE,
     "Is this solid enough to ship?" + CODE, "Would you accept this in a library?" + CODE,
     "Is our method too slow?" + CODE, "What could go wrong here?" + CODE],
)  # fmt: skip
def test_how_good_code_is_is_asked_of_the_tool_that_reviews(catalogue, text):
    assert tools(text, catalogue) == ["review_code"]


@pytest.mark.parametrize(
    "text",
    ["Is it too late to learn programming?", "Is this a closure?" + CODE,
     "Is Kotlin good for servers?"],
)  # fmt: skip
def test_other_judgements_are_made_in_words(catalogue, text):
    assert tools(text, catalogue) == ["chat"]


def test_a_judgement_without_code_asks_for_the_code(catalogue):
    assert tools("Is my script too messy?", catalogue) == ["review_code"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Could this be made safer? Please fix it." + CODE, ["review_code"]),
        ("Is anything wrong? Then test it." + CODE, ["review_code", "generate_tests"]),
    ],
)
def test_a_question_and_its_deed_are_one(catalogue, text, expected):
    assert tools(text, catalogue) == expected


@pytest.mark.parametrize("text", ["What is wrong with using goto?", "Is Scala good for servers?"])
def test_a_word_used_for_one_of_few_states_asks_for_no_tool(catalogue, text):
    assert tools(text, catalogue) == ["chat"]


@pytest.mark.parametrize(
    "text",
    ["May I have a phone book app in Lua?", "Can you code an email sender in Java?",
     "write a letter counter in Go", "Do you have an example of a linked list in Rust?"],
)  # fmt: skip
def test_a_program_about_letters_is_no_letter(catalogue, text):
    assert tools(text, catalogue) == ["generate_code"]


def test_a_letter_is_written_in_words(catalogue):
    assert tools("Write a letter to my landlord", catalogue) == ["chat"]

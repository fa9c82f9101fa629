"""Other languages word by word; English stays English."""

import pytest

from mistral_agent.intent.glossary import glossed


@pytest.mark.parametrize(
    "text",
    ["Thanks, no more tests needed", "Next, unit tests", "no tests", "A heap, no tests",
     "a test of the code", "me too"],
)  # fmt: skip
def test_english_is_none(text):
    assert glossed(text) is None


@pytest.mark.parametrize(
    ("text", "language", "english"),
    [
        ("Tests bitte", "German", "tests please"),
        ("Escribe una función", "Spanish", "write a function"),
        ("des tests pour cette fonction", "French", "a tests for this function"),
    ],
)
def test_what_is_known_of_another_language_is_told_in_english(text, language, english):
    found = glossed(text)
    assert found is not None
    assert (found.language, found.english) == (language, english)

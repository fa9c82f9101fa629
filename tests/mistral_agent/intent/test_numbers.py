import time

import pytest

from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.numbers import numbers_of
from mistral_agent.intent.words import corrected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("seventy columns", 70),
        ("eighty-eight characters", 88),
        ("a hundred and twenty wide", 120),
        ("two hundred lines", 200),
        ("ninety five percent", 95),
        ("Thirty days", 30),
        ("the first three of them", 3),
        ("at most ten issues", 10),
    ],
)
def test_a_number_may_be_spelled_out(text, value):
    assert [each.value for each in numbers_of(text)] == [value]


@pytest.mark.parametrize("text", ["this one", "the two functions", "a hundredweight", "often"])
def test_small_numbers_in_words_count_nothing(text):
    assert not list(numbers_of(text))


@pytest.mark.parametrize(
    ("tool_name", "text", "parameter", "value"),
    [
        ("format_code", "break its lines at 76", "line_length", 76),
        ("format_code", "reformat it, limit 70", "line_length", 70),
        ("format_code", "format it with a maximum of 92, please", "line_length", 92),
        ("format_code", "format it, nothing longer than 66", "line_length", 66),
        ("generate_tests", "tests with texts longer than 66", "coverage_target", None),
        ("format_code", "format the 3 functions at the top", "line_length", None),
        ("format_code", "format what was written at 10 o'clock", "line_length", None),
        ("generate_tests", "tests with full branch coverage", "coverage_target", 100),
        ("generate_tests", "I want complete coverage in tests", "coverage_target", 100),
        ("generate_tests", "tests, without full coverage", "coverage_target", None),
        ("generate_tests", "tests of the full text search", "coverage_target", None),
        ("generate_tests", "tests of at least seventy percent", "coverage_target", 70),
        ("format_code", "format the complete line", "line_length", None),
    ],
)
def test_a_parameter_takes_the_number_that_is_meant(catalogue, tool_name, text, parameter, value):
    tool = next(each for each in catalogue.tools if each.name == tool_name)
    said = extract_literals(text)
    given = literal_arguments(tool, said, said).get(parameter)
    assert (given.value if given else None) == value


def test_a_number_is_no_slip_of_another_word():
    assert corrected("three", frozenset({"tree"})) == "three"
    assert corrected("treee", frozenset({"tree"})) == "tree"


@pytest.mark.parametrize("text", ["twenty " * 1_000, "a hundred and " * 500, "1 " * 3_000])
def test_many_numbers_take_no_longer_than_words(text):
    start = time.thread_time()
    list(numbers_of(text))
    assert time.thread_time() - start < 0.5

import pytest

from mistral_agent.intent.arguments import literal_arguments
from mistral_agent.intent.literals import extract_literals
from mistral_agent.intent.mentions import is_denied, is_left_out, mentions


@pytest.mark.parametrize(
    "text",
    [
        "our course doesn't allow ruby",
        "we don't use ruby",
        "anything but ruby",
        "instead of ruby",
        "ruby isn't installed there",
        "ruby is not an option",
        "`ruby` is forbidden",
        "we moved away from ruby",
        "I prefer lua over ruby",
        "we no longer use ruby",
        "neither lua nor ruby",
        "they banned ruby",
        "we switched from ruby to lua",
        "leave ruby out",
        "swap ruby for lua",
        "replace ruby by lua",
    ],
)
def test_a_value_that_is_said_no_to_is_not_meant(text):
    assert is_denied(text, text.index("ruby"))
    assert not mentions(text, "ruby")


@pytest.mark.parametrize(
    "text",
    [
        "not lua but ruby",
        "instead of lua use ruby",
        "not only lua but also ruby",
        "don't forget ruby",
        "I prefer ruby over lua",
        "the ruby part is not fast",
        "no lua, ruby please",
        "replace lua by ruby",
        "leave ruby as it is",
    ],
)
def test_a_value_beside_one_that_is_said_no_to_is_meant(text):
    assert mentions(text, "ruby")


@pytest.mark.parametrize(
    "text", ["ignore speed", "everything except speed", "I don't care about speed", "all but speed"]
)
def test_what_is_left_out_leaves_the_rest(text):
    assert is_left_out(text, "speed")
    assert not is_left_out(text.replace("speed", "size"), "speed")


@pytest.mark.parametrize(
    "text", ["review its style, ignore security", "focus on style, security doesn't matter"]
)
def test_of_several_choices_those_stay_that_are_not_said_no_to(catalogue, text):
    assert areas_of(text, catalogue) == ["style"]


def test_where_choices_are_only_said_no_to_the_others_stay(catalogue):
    found = areas_of("review it, but ignore security", catalogue)
    assert {"style", "performance"} <= set(found)
    assert "security" not in found


def areas_of(text, catalogue):
    tool = next(each for each in catalogue.tools if each.name == "review_code")
    said = extract_literals(text)
    return literal_arguments(tool, said, said)["focus_areas"].value


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("test it with unittest, as pytest isn't available", "unittest"),
        ("instead of unittest take pytest for the tests", "pytest"),
        ("tests, not for pytest but for unittest", "unittest"),
        ("most of us like pytest, but these tests are written with unittest", "unittest"),
        ("unittest cases, like those that pytest runs", "unittest"),
    ],
)
def test_of_two_choices_the_one_that_is_wanted_is_taken(catalogue, text, framework):
    tool = next(each for each in catalogue.tools if each.name == "generate_tests")
    said = extract_literals(text)
    assert literal_arguments(tool, said, said)["test_framework"].value == framework

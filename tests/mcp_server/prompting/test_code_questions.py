"""The ways in which a small model is asked for code."""

from itertools import islice

from mcp_server.prompting import CodeRequest, small_model_tries

REQUEST = CodeRequest(
    description="Write f(a). f(1) == [2]",
    statement="Write f(a).",
    language="Python",
    head="def f(a):",
    examples=["f(1) == [2]"],
    gives="list",
)


def test_greedy_ways_come_first_and_each_is_another_question():
    ways = list(islice(small_model_tries(REQUEST), 24))
    greedy = [way.question for way in ways if way.temperature == 0]

    assert [way.temperature == 0 for way in ways] == sorted(
        (way.temperature == 0 for way in ways), reverse=True
    )
    assert 8 <= len(greedy) < 24
    assert len(
        {(question.text, question.opening, len(question.earlier)) for question in greedy}
    ) == len(greedy)
    assert any(question.opening.endswith("\n    return [") for question in greedy)


def test_no_opening_ends_with_a_newline():
    for way in islice(small_model_tries(REQUEST), 24):
        assert not way.question.opening[-1].isspace()


def test_examples_are_shown_in_some_ways_and_left_out_in_others():
    texts = {way.question.text for way in islice(small_model_tries(REQUEST), 24)}

    assert texts == {"Write f(a).", "Write f(a).\nf(1) == [2]"}


def test_without_a_known_beginning_the_plain_question_is_repeated_warmly():
    plain = CodeRequest("Create a REST endpoint.", "Create a REST endpoint.", "Python")
    ways = list(islice(small_model_tries(plain), 3))

    assert [way.temperature for way in ways] == [0.0, 0.8, 0.8]
    assert {way.question.opening for way in ways} == {""}
    assert "Create a REST endpoint." in ways[0].question.text


def test_parameters_that_are_not_known_are_left_to_the_model():
    named = CodeRequest(
        "f(1) == 2", "f", "Python", head="def f(", examples=["f(1) == 2"], gives="int"
    )
    openings = {way.question.opening for way in islice(small_model_tries(named), 12)}

    assert openings <= {"```python\ndef f(", "```python\n# f\ndef f("}

import pytest
from gradebook import average, final_grade, letter, ranking


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.0, "F"),
        (87.0, "B+"),
        (70.0, "C-"),
    ],
)
def test_letter_returns_expected_text(score, expected):
    assert letter(score) == expected


@pytest.mark.parametrize(
    "score",
    [
        93.0,
        100.0,
    ],
)
def test_letter_returns_a(score):
    assert letter(score) == "A"


@pytest.mark.parametrize(
    "score",
    [
        60.0,
        69.2,
    ],
)
def test_letter_returns_d(score):
    assert letter(score) == "D"


def test_letter_raises_value_error_score_out_of_range():
    with pytest.raises(ValueError) as error:
        letter(100.5)
    assert str(error.value) == "score out of range: 100.5"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([1], 1.0),
        ([1, 2], 2.0),
    ],
)
def test_average_returns_expected_number(scores, expected):
    assert average(scores, True) == expected


def test_average_returns_1_point_5():
    assert average([1, 2]) == 1.5


def test_average_returns_none_for_empty_list():
    assert average([]) is None


def test_final_grade_returns_incomplete_for_empty_dict():
    assert final_grade({}) == "incomplete"


@pytest.mark.parametrize(
    "record",
    [
        {"": "a"},
        {"quiz": "", "C": 1},
    ],
)
def test_final_grade_raises_key_error(record):
    with pytest.raises(KeyError):
        final_grade(record)


def test_ranking_returns_list():
    assert ranking({"quiz": {"hello world": ""}}) == ["quiz"]
